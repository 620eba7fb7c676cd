#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# new-asm-is-named.sh NATIVE IMAGE: inline assembly that the list does not allow stops the build, by name.
set -u
native=$1 image=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

cp "$image" "$dir/image"
"$native/asm-sites.sh" "$dir/image" "$native/asm-sites.txt" || exit 1
grep -v '^arch_timer_read_cntpct_el0 ' "$native/asm-sites.txt" >"$dir/allowed"
! "$native/asm-sites.sh" "$dir/image" "$dir/allowed" 2>"$dir/said" && grep -q 'arch_timer_read_cntpct_el0() of arch_timer.h' "$dir/said"
