// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A flush of this CPU is none of the others. */
BAD(vmid_reused_after_local_flush, "vmid-reuse")
{
	guest(tlb, 1, 0x80);
	dsb(tlb, ish);
	tlbi_all(tlb, vmalls12e1, 1);
	dsb(tlb, ish);
	guest(tlb, 1, 0x90);
}
