// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A table of nothing but annotations: no walker finds more by it than it did before. */
GOOD(new_table)
{
	entry(tlb, HOST, 2, 0x200000, 0, TABLE(0x90));
	entry(tlb, HOST, 3, 0x201000, 0, 4ULL << 60);
}
