#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# cores-agree.sh EL2FUZZ: in the nested world, too, the same traces give the same digests and the same
# findings on all cores, and both at once see no difference.
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
		"$el2fuzz" run --world nested --core $core --db $core.db --seed 1 "$@" >all.$core || exit 1
		sed -n '/finding/s/; el2fuzz.*//p; /^seed/p' all.$core >run.$core
	done
	grep -q '^seed .* digest ' run.aarch64 || exit 1
	for core in native native-san both; do
		diff run.aarch64 run.$core || exit 1
	done
}

agree --traces 150
agree --traces 40 --layout holes --caps none
