// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* The access flag owes nothing: an entry without it is not cached. */
GOOD(access_flag)
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), S2_PAGE(0x40) & ~AF);
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40) & ~AF, S2_PAGE(0x40));
}
