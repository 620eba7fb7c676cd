// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A VMID with other tables, after all of it was flushed. */
GOOD(guest_comes_back)
{
	guest(tlb, 1, 0x80);
	flush_vmid(tlb, 1);
	guest(tlb, 1, 0x90);
}
