// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* Valid, and at once valid with another output address. */
BAD(no_break, "bbm")
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), S2_PAGE(0x41));
	flush_ipa(tlb, 0, NO_HINT, 0x1000);
}
