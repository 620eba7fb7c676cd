// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A guest's page goes back as it is in the cache. */
BAD(not_cleaned, "clean")
{
	tlb_given_back(tlb, OUT(0x40), 0x1000);
}
