// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* Broken and made again, and the TLBI comes after that. */
BAD(made_too_soon, "bbm")
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), 0);
	entry(tlb, HOST, 3, 0x1000, 0, S2_PAGE(0x41));
	flush_ipa(tlb, 0, NO_HINT, 0x1000);
}
