// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* Stage 1 may be flushed before stage 2 is. */
BAD(no_dsb_between, "dsb-between")
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), 0);
	dsb(tlb, ish);
	tlbi_at(tlb, ipas2e1is, 0, NO_HINT, 0x1000ULL);
	tlbi_all(tlb, vmalle1is, 0);
	dsb(tlb, ish);
}
