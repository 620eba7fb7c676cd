#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What is no usable tree is refused at once, with the reason and what to do.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
kbuild=$root/cmake/kernel/kbuild.sh

touch file
expect 2 "$kbuild" file out
said "file: not a directory"

mkdir empty
expect 2 "$kbuild" empty out
said "$tmp/empty: not a Linux tree"

fake_tree old
rm -r old/arch/arm64/kvm
expect 2 "$kbuild" old out
said "$tmp/old: this Linux tree has no arch/arm64/kvm/hyp/nvhe"

fake_tree 'my linux'
expect 2 "$kbuild" 'my linux' out
said "a space or a colon" "$tmp/my linux"

for file in .config include/config arch/arm64/include/generated; do
	rm -rf used
	fake_tree used
	mkdir -p used/$file
	expect 2 "$kbuild" used out
	said "$tmp/used: this tree is configured in place ($file" "make mrproper"
done
[ ! -e out.log ] || fail "something was built"
