#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# two-runs-agree.sh EL2FUZZ: 10,000 traces, run in two processes, give the same digests and the same
# findings.
set -u
el2fuzz=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

for i in 1 2; do
	"$el2fuzz" run --db $i.db --traces 10000 --seed 1 >all.$i
	[ $? -le 1 ] || exit 1
	sed -n '/^finding/s/; el2fuzz.*//p; /^seed/p' all.$i >run.$i
done
grep -q '^seed .* digest ' run.1 && diff run.1 run.2
