#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A tree that does not compile: the file and line, the compiler's words, the log.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
[ -d "${EL2FUZZ_LINUX-}" ] || skip "EL2FUZZ_LINUX names no kernel tree"

# A copy that is links, but for the file to break; one that Kbuild compiles early.
from=$(readlink -f "$EL2FUZZ_LINUX")
file=kernel/bounds.c
mkdir -p tree/kernel
ln -s "$from"/* tree 2>/dev/null || :
ln -s "$from"/kernel/* tree/kernel
rm tree/$file
cp "$from/$file" tree/$file
echo 'int broken = no_such_thing;' >>tree/$file
line=$(wc -l <tree/$file)

expect 2 "$root/cmake/kernel/kbuild.sh" tree out
said "$tmp/tree: does not compile" "$file:$line:" "no_such_thing" "(log: $tmp/out.log)"
[ ! -e out/el2fuzz.done ] || fail "the broken build passes for complete"
