// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* Break-before-make of a block, by its address. */
GOOD(block_to_table)
{
	entry(tlb, HOST, 2, 0x200000, S2_BLOCK(0x200), 0);
	flush_ipa(tlb, 0, HINT(2), 0x200000);
	entry(tlb, HOST, 2, 0x200000, 0, TABLE(0x90));
	dsb(tlb, ishst);
}
