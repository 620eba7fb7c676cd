// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* The TLBI comes before the write. */
BAD(flush_before_write, "early")
{
	flush_ipa(tlb, 0, NO_HINT, 0x1000);
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), 0);
	dsb(tlb, ish);
}
