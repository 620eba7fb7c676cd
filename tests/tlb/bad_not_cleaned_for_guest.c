// SPDX-License-Identifier: GPL-2.0-only
#include "tests/tlb/script.h"

/* Without FWB the guest may read what is behind the cache. */
BAD(not_cleaned_for_guest, "clean-guest")
{
	tlb->fwb = false;
	guest(tlb, 1, 0x80);
	entry(tlb, GUEST, 3, 0x1000, 0, S2_PAGE(0x40));
	dsb(tlb, ishst);
}
