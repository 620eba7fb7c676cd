/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU capabilities that a run may choose: CAP(name in --caps, enumerator of the tree's cpucaps.h
 * without ARM64_, feature of trees that have it). Includes nothing, since the probe reads it under the kernel's headers.
 */
#ifndef EL2FUZZ_CAPS_TABLE_H
#define EL2FUZZ_CAPS_TABLE_H

#define EL2FUZZ_CAPS(CAP)                     \
	CAP(lse, HAS_LSE_ATOMICS, always)     \
	CAP(fwb, HAS_STAGE2_FWB, always)      \
	CAP(dic, HAS_CACHE_DIC, always)       \
	CAP(idc, HAS_CACHE_IDC, always)       \
	CAP(xnx, HAS_XNX, cap_xnx)            \
	CAP(tlb_range, HAS_TLB_RANGE, always) \
	CAP(ttl, HAS_ARMv8_4_TTL, always)     \
	CAP(hvhe, KVM_HVHE, always)           \
	CAP(lpa2, HAS_LPA2, always)

/* What firmware may have: the same option chooses it. */
#define EL2FUZZ_FIRMWARE_CAPS(CAP) CAP(ffa)

#endif
