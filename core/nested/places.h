/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the nested world's native core has what. The VMM's memory lies below the kernel's linear map, as
 * a user's does; all of it above what ASan keeps for itself, and where sanitize.h has a shadow for it.
 */
#ifndef EL2FUZZ_NESTED_PLACES_H
#define EL2FUZZ_NESTED_PLACES_H

#define EL2FUZZ_NESTED_IMAGE 0x280000000000
/* Symbols that nobody has modelled: a page each, with nothing there */
#define EL2FUZZ_NESTED_NOTHING 0x280040000000
#define EL2FUZZ_PAGE_OFFSET 0x290000000000UL
#define EL2FUZZ_PAGE_END 0x298000000000UL
#define EL2FUZZ_VMEMMAP_START 0x2a0000000000UL
/* T1SZ: 48 bits */
#define EL2FUZZ_TCR_EL1 (16UL << 16)

#endif
