#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# page-sizes.sh EL2FUZZ: with pages of 16 and 64 KiB the worlds that can have them are built, and pass a short run. More is in the
# tests of such a build: ./el2fuzz --page-size 16k test.
set -u
root=$(readlink -f "$(dirname "$0")/../..")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
unset EL2FUZZ_BUILD_DIR EL2FUZZ_CONFIGURATION

# run SIZE OPTION...
run()
{
	"$root/el2fuzz" --offline --linux "$EL2FUZZ_LINUX" --page-size "$1" run "${@:2}" --seed 1 \
		--db "$dir/$1.db" >"$dir/out" 2>&1 && grep -q '^0 findings' "$dir/out" && return
	echo "FAILED: $*" >&2
	cat "$dir/out" >&2
	exit 1
}

for size in 16k 64k; do
	run $size --world pgtable --core both --traces 100
	[ ! -e "$(dirname "$1")/nested.elf" ] || run $size --world nested --core native --traces 100
done
