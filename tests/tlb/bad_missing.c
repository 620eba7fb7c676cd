// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* No TLBI at all. */
BAD(missing, "missing")
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), 0);
	dsb(tlb, ish);
}
