// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A table of EL2's goes: walks through it, too, and only then its page. */
GOOD(hyp_table)
{
	entry(tlb, EL2, 2, 0x200000, TABLE(0x90), 0);
	dsb(tlb, ishst);
	tlbi_at(tlb, vae2is, 0, NO_HINT, 0x200000ULL);
	dsb(tlb, ish);
	freed(tlb, 0x90);
}
