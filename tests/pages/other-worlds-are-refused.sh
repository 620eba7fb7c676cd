#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# other-worlds-are-refused.sh EL2FUZZ: where pages are not of 4 KiB, the world el2 is refused.
set -u
el2fuzz=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

"$el2fuzz" run --traces 1 --db el2.db >out 2>&1
[ $? = 2 ] || exit 1
grep -q 'only --world pgtable and --world nested run' out || { cat out; exit 1; }
"$el2fuzz" run --world pgtable --traces 8 --seed 1 --db pgtable.db
