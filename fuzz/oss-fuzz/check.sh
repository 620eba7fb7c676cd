#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check.sh OUT: what OSS-Fuzz's bad_build step wants of a target, and what it needs that is beside it: it runs
# without arguments, in an empty folder, on its seed corpus, from wherever it was moved to.
set -euo pipefail
out=$(readlink -f "$1")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp -r "$out" "$dir/moved"
target=$dir/moved/el2fuzz
mkdir "$dir/empty" "$dir/seeds"
cd "$dir/empty"

fail()
{
	echo "check: $*"
	[ ! -e "$dir/said" ] || tail -n 15 "$dir/said"
	exit 1
}

for file in el2fuzz el2fuzz_seed_corpus.zip el2fuzz.dict el2fuzz.options; do
	[ -s "$dir/moved/$file" ] || fail "there is no $file"
done
timeout 60 env -i "$target" -runs=100 -seed=1 >"$dir/said" 2>&1 || fail "it does not run in an empty folder"
grep -q 'INFO: Loaded 1 PC tables' "$dir/said" || grep -q 'cov: [1-9]' "$dir/said" ||
	fail "it reports no coverage"
(cd "$dir/seeds" && cmake -E tar xf "$dir/moved/el2fuzz_seed_corpus.zip")
timeout 120 env -i "$target" "$dir"/seeds/* >"$dir/said" 2>&1 || fail "it does not run its seed corpus"
timeout 60 env -i "$target" -runs=10 "-dict=$dir/moved/el2fuzz.dict" >"$dir/said" 2>&1 ||
	fail "its dictionary is refused"
! readelf -d "$target" | grep -E 'R(UN)?PATH.*\[/' || fail "it has an absolute path to libraries"
[ -z "$(ls)" ] || fail "it left something behind: $(ls)"
echo "check: $out is good"
