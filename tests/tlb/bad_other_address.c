// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A TLBI of the page next to it. */
BAD(other_address, "missing")
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), 0);
	flush_ipa(tlb, 0, NO_HINT, 0x2000);
}
