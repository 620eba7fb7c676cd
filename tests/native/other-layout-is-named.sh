#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# other-layout-is-named.sh NATIVE TREE_H: a structure of another size stops the build, by name.
set -u
native=$1 tree_h=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$native/parity.sh" "$tree_h" "$tree_h" || exit 1
sed '/TREE_sizeof_kvm /s/0x.*/0x1ULL/' "$tree_h" >"$dir/other.h"
! "$native/parity.sh" "$tree_h" "$dir/other.h" 2>"$dir/said" && grep -qw TREE_sizeof_kvm "$dir/said"
