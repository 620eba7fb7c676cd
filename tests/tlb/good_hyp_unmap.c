// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A page of EL2's goes: DSB ISHST, TLBI VALE2IS, DSB ISH. */
GOOD(hyp_unmap)
{
	entry(tlb, EL2, 3, 0x1000, S1_PAGE(0x40), 0);
	dsb(tlb, ishst);
	tlbi_at(tlb, vale2is, 0, HINT(3), 0x1000ULL);
	dsb(tlb, ish);
	isb(tlb);
	entry(tlb, EL2, 3, 0x1000, 0, S1_PAGE(0x41));
	dsb(tlb, ishst);
}
