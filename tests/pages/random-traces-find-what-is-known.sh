#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# random-traces-find-what-is-known.sh EL2FUZZ: in the nested world with larger pages there is no finding but those that
# are known of 4 KiB.
set -u
el2fuzz=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1

for machine in small:500 holes:100 pa36:100; do
	"$el2fuzz" run --world nested --layout "${machine%:*}" --db el2.db --seed 1 --traces "${machine#*:}" >out ||
		{ cat out; exit 1; }
done
