// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* The guest's entry, under the host's VMID. */
BAD(wrong_vmid, "vmid")
{
	guest(tlb, 1, 0x80);
	entry(tlb, GUEST, 3, 0x1000, S2_PAGE(0x40), 0);
	flush_ipa(tlb, 0, NO_HINT, 0x1000);
}
