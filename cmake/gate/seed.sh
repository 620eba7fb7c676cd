#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# seed.sh BUILD TREE OUT: TREE is a copy of the tree that the build folder BUILD is of. Let OUT, if there is none, begin
# with what Kbuild made of that one: then only what differs is compiled. What does not fit, make finds out.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=cmake/setup/lib.sh
. "$here/../setup/lib.sh"

of_build()
{
	sed -n "s/^$1:PATH=//p" "$build/CMakeCache.txt"
}

build=$1 tree=$2 out=$3
[ ! -e "$out" ] && [ -f "$build/CMakeCache.txt" ] || exit 0
base=$(of_build EL2FUZZ_LINUX) from=$(of_build EL2FUZZ_KBUILD)
[ -e "$from/el2fuzz.done" ] || exit 0
# As good as any other start, unless the copy has been made of another tree.
[ "$(readlink -f "$tree/COPYING")" = "$(readlink -f "$base/COPYING")" ] || exit 0

rm -rf "$out.seed"
if ! cp -a "$from" "$out.seed" ||
   ! grep -rlZF "$base/" --include='*.cmd' --include=Makefile "$out.seed" |
	xargs -0 -r sed -i "s,$base/,$tree/,g"; then
	rm -rf "$out.seed"
	exit 0
fi
stat -c '%i %W' "$tree" >"$out.seed/el2fuzz.folder"
mv "$out.seed" "$out"
