#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# parity.sh AARCH64 NATIVE
#
# Fails with the names of the constants of the tree's headers that are not the same on both machines.
set -eu

differ=$(grep -h '^#define TREE_[a-z]' "$1" "$2" | sort | uniq -u | awk '{ print $2 }' | sort -u)
[ -z "$differ" ] || {
	echo "not laid out as on AArch64: $(echo "$differ" | tr '\n' ' ')" >&2
	exit 1
}
