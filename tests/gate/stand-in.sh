#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# stand-in.sh --linux DIR build TARGET...: what the launcher is to a gate whose trees are toys: it
# "builds" one in DIR.build, and prints that. What the runner there does, the tree's mm/a.c says.
set -eu
tree=$2 build=$2.build
if grep -q 'does not compile' "$tree/mm/a.c"; then
	echo "el2fuzz: error: $tree: does not compile: mm/a.c:7:1: error: expected a number" >&2
	exit 2
fi
mkdir -p "$build"
{
	echo '#!/bin/sh'
	sed -n 's/^FAKE_/export FAKE_/p' "$tree/mm/a.c"
	echo "exec '$FAKE_RUNNER' \"\$@\""
} >"$build/el2fuzz-runner"
chmod +x "$build/el2fuzz-runner"
cp "$FAKE_BUILD_ID" "$build/build-id"
cp "$tree/mm/a.c" "$build/hyp.elf"
echo "$build"
