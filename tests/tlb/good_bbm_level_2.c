// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* FEAT_BBM, level 2: a block becomes a table at once, but what was is still flushed. */
GOOD(bbm_level_2)
{
	tlb->bbm = 2;
	entry(tlb, HOST, 2, 0x200000, S2_BLOCK(0x200), TABLE(0x90));
	flush_ipa(tlb, 0, NO_HINT, 0x200000);
}
