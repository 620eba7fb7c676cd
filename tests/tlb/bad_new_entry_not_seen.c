// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A new entry, and no DSB. */
BAD(new_entry_not_seen, "dsb-make")
{
	entry(tlb, HOST, 3, 0x1000, 0, S2_PAGE(0x40));
}
