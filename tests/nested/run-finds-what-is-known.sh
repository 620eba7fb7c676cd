#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run-finds-what-is-known.sh EL2FUZZ: random traces of the nested world have no finding but the known ones,
# whatever the size of the PA space, and are the same each time; nor with the rules of TLB maintenance.
set -u
el2fuzz=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

# A walk of all of a stage 2 takes sixteen times as long with the larger one.
for machine in small:1500 holes:200 pa36:300 pa42:200 pa48:10; do
	layout=${machine%:*}
	for i in 1 2; do
		"$el2fuzz" run --world nested --layout "$layout" --db "$layout.$i.db" --seed 1 \
			--traces "${machine#*:}" >"$layout.$i" || { cat "$layout.$i"; exit 1; }
	done
	digest=$(grep -o 'digest 0x[0-9a-f]*' "$layout.1")
	if [ -z "$digest" ] || [ "$digest" != "$(grep -o 'digest 0x[0-9a-f]*' "$layout.2")" ]; then
		echo "FAIL: two runs differ"
		cat "$layout.1" "$layout.2"
		exit 1
	fi
done

"$el2fuzz" run --layout pa36 --db el2.db --traces 1 >refused 2>&1
[ $? = 2 ] && grep -q 'world nested' refused || { echo "FAIL: el2 takes layout pa36"; cat refused; exit 1; }

"$el2fuzz" run --world nested --core aarch64 --layout pa48 --db pa48.db --traces 1 >refused 2>&1
[ $? = 2 ] && grep -q 'core native' refused || { echo "FAIL: pa48 is emulated"; cat refused; exit 1; }

for tlb in end full; do
	"$el2fuzz" run --world nested --tlb $tlb --db $tlb.db --seed 2 --traces 1500 >$tlb || { cat $tlb; exit 1; }
done

# What a VM's end took from the rules is back for the next trace: this one is long after the first.
"$el2fuzz" run --world nested --core native --tlb full --db later.db --seed 4 --traces 800 >later || { cat later; exit 1; }
grep -q '^known finding .*: tlb, .* (memslot) of trace [1-9][0-9][0-9]: ' later ||
	{ echo "FAIL: no rule of TLBs was broken but at first"; cat later; exit 1; }
