// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* More permissions: this CPU is enough. */
GOOD(relax)
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40) & ~S2_W, S2_PAGE(0x40));
	dsb(tlb, nsh);
	tlbi_at(tlb, ipas2e1, 0, HINT(3), 0x1000ULL);
	dsb(tlb, nsh);
	tlbi_all(tlb, vmalle1, 0);
	dsb(tlb, nsh);
}
