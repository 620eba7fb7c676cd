#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# edges-are-counted.sh EL2FUZZ: a run knows how much of the native code it has reached, and more traces
# reach more of it.
set -u
el2fuzz=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

covered()
{
	"$el2fuzz" run --core native --seed 1 --traces "$1" --db "$1.db" |
		sed -n 's/.* \([0-9]*\) blocks covered$/\1/p'
}

few=$(covered 10) more=$(covered 500)
echo "10 traces reach $few edges, 500 reach $more"
[ "$few" -gt 100 ] && [ "$more" -gt "$few" ]
