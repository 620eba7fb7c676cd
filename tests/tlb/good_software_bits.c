// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* Hardware does not look at bits 58 to 55. */
GOOD(software_bits)
{
	entry(tlb, HOST, 3, 0x1000, S2_PAGE(0x40), S2_PAGE(0x40) | BIT(55));
}
