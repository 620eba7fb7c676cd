// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* EL2 makes a mapping and breaks it: it cannot have used it. */
BAD(fixmap_not_seen, "dsb-make")
{
	entry(tlb, EL2, 3, 0x1000, 0, S1_PAGE(0x40));
	entry(tlb, EL2, 3, 0x1000, S1_PAGE(0x40), 0);
	dsb(tlb, ishst);
	tlbi_at(tlb, vale2is, 0, HINT(3), 0x1000ULL);
	dsb(tlb, ish);
}
