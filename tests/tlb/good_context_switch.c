// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* VTTBR_EL2 is written, the context synchronised, then the guest's VMID flushed. */
GOOD(context_switch)
{
	guest(tlb, 1, 0x80);
	entry(tlb, GUEST, 3, 0x1000, S2_PAGE(0x40), 0);
	dsb(tlb, ish);
	vttbr(tlb, 1, 0x80);
	isb(tlb);
	tlbi_at(tlb, ipas2e1is, 1, HINT(3), 0x1000ULL);
	dsb(tlb, ish);
	tlbi_all(tlb, vmalle1is, 1);
	dsb(tlb, ish);
}
