#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# generate.sh TREE GENERATED
#
# Writes asm/memory.h as the nested world's native core needs it: the tree's, with the linear map and
# struct pages at addresses that a process can have, and a user page table of 48 bits. Its inline
# functions use these, so no redefinition behind it would reach them. Fails where the tree is not of the
# form that this expects.
set -eu

tree=$1 generated=$2
memory=$tree/arch/arm64/include/asm/memory.h

fail()
{
	echo "nested/generate.sh: $memory: $*" >&2
	exit 2
}

one()
{
	[ "$(grep -c "$1" "$memory")" = "$2" ] || fail "$3"
}

one '^#define PAGE_OFFSET[[:space:]]' 1 "does not define PAGE_OFFSET once"
one '^#define PAGE_END[[:space:]]' 2 "does not define PAGE_END twice, for KASAN and without"
one '^#define VMEMMAP_START[[:space:]]' 1 "does not define VMEMMAP_START once"
one 'asm("mrs %0, tcr_el1" : "=r"(tcr));' 1 "does not read TCR_EL1 once"

mkdir -p "$generated/asm"
{
	echo '#include "core/nested/places.h"'
	echo "# 1 \"$memory\""
	sed -E '
	s/^(#define PAGE_OFFSET[[:space:]]).*/\1EL2FUZZ_PAGE_OFFSET/
	s/^(#define PAGE_END[[:space:]]).*/\1EL2FUZZ_PAGE_END/
	s/^(#define VMEMMAP_START[[:space:]]).*/\1EL2FUZZ_VMEMMAP_START/
	s/asm\("mrs %0, tcr_el1" : "=r"\(tcr\)\);/tcr = EL2FUZZ_TCR_EL1;/' "$memory"
} > "$generated/asm/memory.h.new"
cmp -s "$generated/asm/memory.h.new" "$generated/asm/memory.h" ||
	mv "$generated/asm/memory.h.new" "$generated/asm/memory.h"
rm -f "$generated/asm/memory.h.new"
