// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A hint invalidates leaves; this was a table. */
BAD(hinted_table, "level")
{
	entry(tlb, HOST, 2, 0x200000, TABLE(0x90), 0);
	flush_ipa(tlb, 0, HINT(2), 0x200000);
}
