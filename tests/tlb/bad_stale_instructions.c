// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* The guest may run what was in the page before. */
BAD(stale_instructions, "icache")
{
	tlb->dic = false;
	guest(tlb, 1, 0x80);
	entry(tlb, GUEST, 3, 0x1000, 0, S2_PAGE(0x40) & ~S2_NOEXEC);
	dsb(tlb, ishst);
}
