#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# full-disk-loses-nothing.sh BUILD: a campaign whose disk fills up says so, and what it found is there when it goes on.
set -u
build=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# In a mount namespace of its own, so that nothing stays.
# shellcheck disable=SC2016
unshare -m bash -c '
build=$1 dir=$2 failed=0
out=$dir/out
mkdir "$dir/disk"
mount -t tmpfs -o size=60m tmpfs "$dir/disk" 2>/dev/null || exit 77
cd "$dir/disk" && mkdir none || exit 1
fuzz() { "$build/el2fuzz" fuzz --db a.db --known none --minimise 0 "$@"; }
fail() { echo "FAIL: $*"; sed "s/^/    /" "$out"; failed=1; }

fuzz --seed 1 --time 60 >"$out" 2>&1 &
for _ in $(seq 200); do ! grep -q "^finding" "$out" || break; sleep 0.1; done
dd if=/dev/zero of=fill bs=64k 2>/dev/null
wait $!
[ $? = 2 ] && grep -q "the disk is full.*\(nothing is lost\|is kept\): free some space" "$out" || fail "it does not say it"
! pgrep -f "el2fuzz-[a-z]* .*a[.]db[.]work" >/dev/null || fail "processes stay"
said=$(grep -c "^finding" "$out")
fuzz --time 1 >"$out" 2>&1
[ $? = 2 ] && grep -q "the disk is full" "$out" || fail "it starts again all the same"
rm fill
"$build/el2fuzz" findings --db a.db >"$out" 2>&1 || fail "the database cannot be read"
[ "$(grep -c "^ *[0-9]" "$out")" -ge "$said" ] || fail "findings are gone"
fuzz --time 2 >"$out" 2>&1
[ $? -le 1 ] && grep -q "^run 2: " "$out" || fail "it does not go on"
! grep "^finding.*seen before" "$out" || fail "it found the same again"
exit $failed' full "$build" "$dir"
