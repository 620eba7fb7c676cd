#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cores-agree.sh EL2FUZZ WORLD [TRACES]: the same traces give the same digests and the same findings on all cores, and on both
# in lockstep, in both layouts and with other capabilities. TRACES: of the nested world, so many each.
set -u
el2fuzz=$1 world=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

# agree TRACES OPTION...
agree()
{
	local core traces=$1

	shift
	for core in aarch64 native native-san both; do
		rm -f $core.db*
		"$el2fuzz" run --world "$world" --core $core --db $core.db --traces "$traces" --seed 1 \
			"$@" >all.$core
		[ $? -le 1 ] || exit 1
		sed -n '/finding/s/; el2fuzz.*//p; /^seed/p' all.$core >run.$core
	done
	grep -q '^seed .* digest ' run.aarch64 || exit 1
	for core in native native-san both; do
		# A sanitizer ends a trace where another core goes on: what is known of such a tree is not compared.
		! grep '^known finding .*: sanitizer' run.$core || continue
		diff run.aarch64 run.$core || exit 1
	done
}

case $world in
el2)
	agree 2000
	agree 2000 --layout holes
	agree 2000 --caps none
	agree 2000 --tlb full --caps lse,fwb,dic,idc,xnx,tlb_range,ttl
	agree 2000 --tlb end --caps none ;;
pgtable)
	agree 400
	agree 400 --caps none
	agree 400 --tlb full --caps lse,fwb,xnx,tlb_range,ttl
	agree 400 --tlb end
	# Pages of 64 KiB have 52 bits without it.
	lpa2=,lpa2
	! "$el2fuzz" run --world pgtable --caps lpa2 --traces 1 --db lpa2.db 2>&1 |
		grep -q 'lpa2: .* without FEAT_LPA2' || lpa2=
	agree 200 --tlb full --caps lse,xnx,ttl,hvhe$lpa2
	agree 200 --tlb full --caps fwb,dic,tlb_range$lpa2 ;;
nested)
	agree "${3:-150}"
	agree "${3:-40}" --layout holes --caps none
	agree "${3:-100}" --tlb full --caps lse,fwb,xnx,tlb_range,ttl
	agree "${3:-60}" --tlb end ;;
esac
