// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A VMID gets other tables, and was not flushed. */
BAD(vmid_reused, "vmid-reuse")
{
	guest(tlb, 1, 0x80);
	guest(tlb, 1, 0x90);
}
