// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A table and the leaf below it are broken; the whole VMID is flushed. */
GOOD(table_to_block)
{
	entry(tlb, HOST, 2, 0x200000, TABLE(0x90), 0);
	entry(tlb, HOST, 3, 0x203000, S2_PAGE(0x40), 0);
	flush_vmid(tlb, 0);
	entry(tlb, HOST, 2, 0x200000, 0, S2_BLOCK(0x200));
	freed(tlb, 0x90);
	dsb(tlb, ishst);
}
