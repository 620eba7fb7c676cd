// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* TLBI VALE2IS leaves walks through a table alone. */
BAD(last_level_only, "last-level")
{
	entry(tlb, EL2, 2, 0x200000, TABLE(0x90), 0);
	dsb(tlb, ishst);
	tlbi_at(tlb, vale2is, 0, NO_HINT, 0x200000ULL);
	dsb(tlb, ish);
}
