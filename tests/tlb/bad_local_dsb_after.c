// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A DSB NSH does not wait for the other CPUs. */
BAD(local_dsb_after, "dsb-after")
{
	entry(tlb, EL2, 3, 0x1000, S1_PAGE(0x40), 0);
	dsb(tlb, ishst);
	tlbi_at(tlb, vale2is, 0, HINT(3), 0x1000ULL);
	dsb(tlb, nsh);
}
