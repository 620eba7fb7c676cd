#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The cache keeps the objects of the trees that were used last, and never takes away what somebody works in.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

kbuild=$XDG_CACHE_HOME/el2fuzz/kbuild
for name in a b c d e; do
	mkdir -p "$kbuild/$name"
	expect 0 "$root/cmake/setup/prune.sh" "$kbuild/$name"
	sleep 0.05	# more than the file system's clock tick
done
mkdir "$kbuild/of-before"
expect 0 "$root/cmake/setup/prune.sh" "$kbuild/b"

left()
{
	[ "$(cd "$kbuild" && echo */)" = "$1" ] || fail "$(ls "$kbuild") instead of $1"
}

expect 0 "$root/cmake/setup/prune.sh" "$kbuild/b" 6
left 'a/ b/ c/ d/ e/ of-before/'
flock "$kbuild/a.lock" "$root/cmake/setup/prune.sh" "$kbuild/b" 3
left 'a/ b/ d/ e/'
expect 0 "$root/cmake/setup/prune.sh" "$kbuild/b" 3
left 'b/ d/ e/'
