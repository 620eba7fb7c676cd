// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* The last page of the range is left out. */
BAD(range_short, "range")
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), 0);
	entry(tlb, HOST, 3, 0x2000, S2_PAGE(0x41), 0);
	dsb(tlb, ish);
	tlbi_range(tlb, ripas2e1is, 0, 0x1000ULL, 0x1000);
	dsb(tlb, ish);
	tlbi_all(tlb, vmalle1is, 0);
	dsb(tlb, ish);
}
