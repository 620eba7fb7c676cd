// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* Another memory type needs a break, too. */
BAD(memory_type, "bbm")
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), S2_PAGE(0x40) & ~NORMAL);
	flush_ipa(tlb, 0, NO_HINT, 0x1000);
}
