// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* Without FWB and DIC a page is cleaned, and instructions are invalidated, before a guest has it. */
GOOD(caches)
{
	tlb->fwb = tlb->dic = false;
	guest(tlb, 1, 0x80);
	cleaned(tlb, 0x40, 0x1000);
	instructions(tlb, 0x40, 0x1000);
	entry(tlb, GUEST, 3, 0x1000, 0, S2_PAGE(0x40) & ~S2_NOEXEC);
	dsb(tlb, ishst);
}
