// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* Stage 2 alone: what was combined with stage 1 is left. */
BAD(no_stage1, "stage1")
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), 0);
	dsb(tlb, ish);
	tlbi_at(tlb, ipas2e1is, 0, NO_HINT, 0x1000ULL);
	dsb(tlb, ish);
}
