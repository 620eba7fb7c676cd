// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A page of the host's stage 2 goes: DSB, stage 2, DSB, stage 1, DSB. */
GOOD(stage2_unmap)
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), 0);
	flush_ipa(tlb, 0, HINT(3), 0x1000);
	next_step(tlb);
	entry(tlb, HOST, 3, 0x1000, 0, S2_PAGE(0x41));
	dsb(tlb, ishst);
}
