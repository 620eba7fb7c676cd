// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* The page of a table is freed before the TLBI. */
BAD(table_freed, "table-freed")
{
	entry(tlb, HOST, 2, 0x200000, TABLE(0x90), 0);
	freed(tlb, 0x90);
	flush_ipa(tlb, 0, NO_HINT, 0x200000);
}
