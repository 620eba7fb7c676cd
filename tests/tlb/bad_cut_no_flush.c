// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* Permissions are cut, and nobody else sees to the TLBI. */
BAD(cut_no_flush, "missing")
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), S2_PAGE(0x40) & ~S2_W);
	dsb(tlb, ish);
}
