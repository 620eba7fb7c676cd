// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A TLBI of this CPU, for tables that all walk. */
BAD(local_tlbi, "scope")
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), 0);
	dsb(tlb, ish);
	tlbi_at(tlb, ipas2e1, 0, NO_HINT, 0x1000ULL);
	dsb(tlb, ish);
	tlbi_all(tlb, vmalle1, 0);
	dsb(tlb, ish);
}
