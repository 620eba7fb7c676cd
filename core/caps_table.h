/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU capabilities that a run may choose: CAP(name in --caps, enumerator of the tree's cpucaps.h
 * without ARM64_). Includes nothing, since the probe reads it under the kernel's headers.
 */
#ifndef EL2FUZZ_CAPS_TABLE_H
#define EL2FUZZ_CAPS_TABLE_H

#define EL2FUZZ_CAPS(CAP)         \
	CAP(lse, HAS_LSE_ATOMICS) \
	CAP(fwb, HAS_STAGE2_FWB)  \
	CAP(dic, HAS_CACHE_DIC)   \
	CAP(idc, HAS_CACHE_IDC)   \
	CAP(xnx, HAS_XNX)         \
	CAP(tlb_range, HAS_TLB_RANGE)

/* What firmware may have: the same option chooses it. */
#define EL2FUZZ_FIRMWARE_CAPS(CAP) CAP(ffa)

#endif
