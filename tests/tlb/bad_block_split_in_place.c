// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A block becomes a table without a break. */
BAD(block_split_in_place, "bbm")
{
	entry(tlb, HOST, 2, 0x200000, S2_BLOCK(0x200), TABLE(0x90));
	flush_ipa(tlb, 0, NO_HINT, 0x200000);
}
