// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* What nobody has walked owes nothing: the VM has never run since its flush. */
GOOD(guest_not_entered)
{
	guest(tlb, 1, 0x80);
	flush_vmid(tlb, 1);
	next_step(tlb);
	entry(tlb, GUEST, 3, 0x1000, S2_PAGE(0x40), 0);
}
