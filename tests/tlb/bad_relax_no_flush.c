// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* The CPU faults again and again. */
BAD(relax_no_flush, "relax")
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40) & ~S2_W, S2_PAGE(0x40));
	dsb(tlb, ish);
}
