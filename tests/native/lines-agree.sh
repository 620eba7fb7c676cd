#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lines-agree.sh EL2FUZZ: what the native core's counters say of the lines that ran, and what the emulated one has
# seen run: of the same traces, in the same functions.
set -u
el2fuzz=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

for core in aarch64 native; do
	"$el2fuzz" run --core $core --seed 1 --traces 150 --minimise 0 --db $core.db --lcov $core.info >said 2>&1
	[ $? -le 1 ] || { cat said; exit 1; }
	"$el2fuzz" coverage $core.info nvhe/mem_protect.c |
		awk 'NR > 1 { print $NF, ($3 > 0 ? "ran" : "never") }' | sort >$core.functions
done
# A compiler may leave nothing of a function that another one keeps.
join aarch64.functions native.functions >common
awk '$2 != $3 { print; bad = 1 } END { print NR " functions on both"; exit bad || NR < 50 }' common
