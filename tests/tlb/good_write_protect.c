// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* The host has its guest's page write-protected, and flushes when it likes. */
GOOD(write_protect)
{
	tlb->contexts[HOST].delegates = true;
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), S2_PAGE(0x40) & ~S2_W);
}
