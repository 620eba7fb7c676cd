// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* The TLBI may be done before the write is seen. */
BAD(no_dsb_before, "dsb-before")
{
	entry(tlb, EL2, 3, 0x1000, S1_PAGE(0x40), 0);
	tlbi_at(tlb, vale2is, 0, HINT(3), 0x1000ULL);
	dsb(tlb, ish);
}
