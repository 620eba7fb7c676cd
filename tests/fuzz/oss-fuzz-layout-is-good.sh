#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# oss-fuzz-layout-is-good.sh BUILD OSS_FUZZ: the target is laid out as OSS-Fuzz expects it, and what is not is
# noticed.
set -u
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

OUT=$dir/out EL2FUZZ_BUILD=$1 "$2/build.sh" && "$2/check.sh" "$dir/out" || exit 1
rm "$dir/out/hyp-native.elf"
if "$2/check.sh" "$dir/out" >"$dir/said"; then
	echo "FAIL: a missing image is not noticed"
	exit 1
fi
grep -q 'does not run in an empty folder' "$dir/said"
