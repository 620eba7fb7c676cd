#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# other-headers-are-named.sh CORE TREE: a header that is not of the form which a rewrite expects stops the
# build, by name.
set -u
core=$1 tree=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
asm=arch/arm64/include/asm

# refused SCRIPT HEADER EDIT [ARGUMENT ...]: generate.sh of SCRIPT, with the tree's headers, but that HEADER is edited
refused()
{
	local script=$1 header=$2 edit=$3
	shift 3

	rm -rf "${dir:?}"/*
	mkdir -p "$dir/tree/$asm"
	cp "$tree/$asm/"{tlbflush,kvm_host,memory}.h "$dir/tree/$asm" || exit 1
	sed -i "$edit" "$dir/tree/$asm/$header"
	! cmp -s "$tree/$asm/$header" "$dir/tree/$asm/$header" || { echo "$edit edits nothing"; exit 1; }
	if "$core/$script/generate.sh" "$@" "$dir/generated" 2>"$dir/said" || ! grep -q "$header" "$dir/said"; then
		echo "$script/generate.sh takes $header after $edit, or does not name it:"
		cat "$dir/said"
		exit 1
	fi
}

native=("$dir" "$dir/tree" "$core/native/absent-registers.txt")
refused native tlbflush.h 's/^#define __tlbi(op/#define __tlbi(operation/' "${native[@]}"
refused native kvm_host.h 's/push_hyp_memcache/push_memcache/' "${native[@]}"
refused native kvm_host.h 's/pop_hyp_memcache(struct kvm_hyp_memcache/pop_hyp_memcache(struct memcache/' "${native[@]}"
refused nested memory.h '/_PAGE_OFFSET/d' "$dir/tree"
