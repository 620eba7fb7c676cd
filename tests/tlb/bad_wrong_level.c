// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* A hint of level 3, for a block of level 2. */
BAD(wrong_level, "level")
{
	entry(tlb, HOST, 2, 0x200000, S2_BLOCK(0x200), 0);
	flush_ipa(tlb, 0, HINT(3), 0x200000);
}
