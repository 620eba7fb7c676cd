/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLBI instructions: TLBI(name, op1, CRm, op2, what it takes away, from whom). Encodings and meanings are
 * of Arm ARM C5.5; CRn is 8. What is not here an EL2 hypervisor for EL1 guests has no use for.
 *
 * What: ALL of a regime; VMID: stage 1, or both stages, of the current VMID; VA: stage 1 of an address, of leaf
 * entries only (VAL); IPA: stage 2 of an address, of leaf entries only (IPAL); R...: of a range.
 */
#ifndef EL2FUZZ_TLBI_TABLE_H
#define EL2FUZZ_TLBI_TABLE_H

#define TLBIS(TLBI)                                        \
	TLBI(vmalle1is, 0, 3, 0, VMID_S1, SHARED)          \
	TLBI(vae1is, 0, 3, 1, EL1_VA, SHARED)              \
	TLBI(aside1is, 0, 3, 2, EL1_VA, SHARED)            \
	TLBI(vaae1is, 0, 3, 3, EL1_VA, SHARED)             \
	TLBI(vale1is, 0, 3, 5, EL1_VA, SHARED)             \
	TLBI(vaale1is, 0, 3, 7, EL1_VA, SHARED)            \
	TLBI(vmalle1, 0, 7, 0, VMID_S1, LOCAL)             \
	TLBI(vae1, 0, 7, 1, EL1_VA, LOCAL)                 \
	TLBI(aside1, 0, 7, 2, EL1_VA, LOCAL)               \
	TLBI(vaae1, 0, 7, 3, EL1_VA, LOCAL)                \
	TLBI(vale1, 0, 7, 5, EL1_VA, LOCAL)                \
	TLBI(vaale1, 0, 7, 7, EL1_VA, LOCAL)               \
	TLBI(ipas2e1is, 4, 0, 1, IPA, SHARED)              \
	TLBI(ripas2e1is, 4, 0, 2, RANGE_IPA, SHARED)       \
	TLBI(ipas2le1is, 4, 0, 5, IPA_LEAF, SHARED)        \
	TLBI(ripas2le1is, 4, 0, 6, RANGE_IPA_LEAF, SHARED) \
	TLBI(ipas2e1, 4, 4, 1, IPA, LOCAL)                 \
	TLBI(ripas2e1, 4, 4, 2, RANGE_IPA, LOCAL)          \
	TLBI(ipas2le1, 4, 4, 5, IPA_LEAF, LOCAL)           \
	TLBI(ripas2le1, 4, 4, 6, RANGE_IPA_LEAF, LOCAL)    \
	TLBI(rvae2is, 4, 2, 1, RANGE_VA, SHARED)           \
	TLBI(rvale2is, 4, 2, 5, RANGE_VA_LEAF, SHARED)     \
	TLBI(alle2is, 4, 3, 0, EL2_ALL, SHARED)            \
	TLBI(vae2is, 4, 3, 1, VA, SHARED)                  \
	TLBI(alle1is, 4, 3, 4, EL1_ALL, SHARED)            \
	TLBI(vale2is, 4, 3, 5, VA_LEAF, SHARED)            \
	TLBI(vmalls12e1is, 4, 3, 6, VMID_S12, SHARED)      \
	TLBI(rvae2, 4, 6, 1, RANGE_VA, LOCAL)              \
	TLBI(rvale2, 4, 6, 5, RANGE_VA_LEAF, LOCAL)        \
	TLBI(alle2, 4, 7, 0, EL2_ALL, LOCAL)               \
	TLBI(vae2, 4, 7, 1, VA, LOCAL)                     \
	TLBI(alle1, 4, 7, 4, EL1_ALL, LOCAL)               \
	TLBI(vale2, 4, 7, 5, VA_LEAF, LOCAL)               \
	TLBI(vmalls12e1, 4, 7, 6, VMID_S12, LOCAL)

#endif
