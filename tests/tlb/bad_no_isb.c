// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* The TLBI may still be under the old VMID. */
BAD(no_isb, "isb-context")
{
	dsb(tlb, ish);
	vttbr(tlb, 1, 0x80);
	tlbi_all(tlb, vmalls12e1is, 1);
	dsb(tlb, ish);
}
