// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A page of a guest's is cleaned before the host gets it. */
GOOD(poisoned)
{
	cleaned(tlb, 0x40, 0x1000);
	tlb_given_back(tlb, OUT(0x40), 0x1000);
}
