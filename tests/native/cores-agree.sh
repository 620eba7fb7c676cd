#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cores-agree.sh EL2FUZZ: the same traces give the same digests and the same findings on all cores, and
# on both in lockstep, in both layouts and with other capabilities.
set -u
el2fuzz=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

agree()
{
	local core

	for core in aarch64 native native-san both; do
		rm -f $core.db*
		"$el2fuzz" run --core $core --db $core.db --traces 2000 --seed 1 "$@" >all.$core
		[ $? -le 1 ] || exit 1
		sed -n '/finding/s/; el2fuzz.*//p; /^seed/p' all.$core >run.$core
	done
	grep -q '^seed .* digest ' run.aarch64 || exit 1
	for core in native native-san both; do
		diff run.aarch64 run.$core || exit 1
	done
}

agree
agree --layout holes
agree --caps none
agree --tlb full --caps lse,fwb,dic,idc,xnx,tlb_range,ttl
agree --tlb end --caps none
