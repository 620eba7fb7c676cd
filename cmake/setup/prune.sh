#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# prune.sh OUT [N]: OUT, which Kbuild made of a tree, is used. Of all that is like it in the cache, keep what was used
# last, N of them (16), and what is being made. The rest is made again when it is wanted.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=cmake/setup/lib.sh
. "$here/lib.sh"

keep=${2-16}
[ ! -d "$1" ] || : >"$1/el2fuzz.used"
shopt -s nullglob
dirs=("$cache"/kbuild/*/)
[ ${#dirs[@]} -gt "$keep" ] || exit 0
for dir in "${dirs[@]}"; do
	echo "$(stat -c %.Y "$dir/el2fuzz.used" 2>/dev/null || echo 0) ${dir%/}"
done | sort -rn | tail -n +$((keep + 1)) | while read -r _ dir; do
	# The lock's file stays: somebody may wait for it.
	flock -n "$dir.lock" rm -rf "$dir" "$dir.log" || :
done
