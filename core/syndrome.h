/* SPDX-License-Identifier: GPL-2.0-only */
/* ESR_ELx, the syndrome of an exception (Arm ARM D24.2.40): what both cores deliver, and report. */
#ifndef EL2FUZZ_SYNDROME_H
#define EL2FUZZ_SYNDROME_H

#include "core/observe/observe.h"

#define EC_UNKNOWN 0x00
#define EC_WFX 0x01
#define EC_SYS64 0x18
#define EC_ILLEGAL 0x0e /* an illegal execution state */
#define EC_HVC64 0x16
#define EC_SMC64 0x17
#define EC_IABT_LOW 0x20
#define EC_IABT_CUR 0x21
#define EC_DABT_LOW 0x24
#define EC_DABT_CUR 0x25
#define EC_BRK64 0x3c

/* With IL: every instruction has 32 bits. */
#define ESR_EC(ec) ((u64)(ec) << 26 | BIT(25))

/* Of VBAR_EL1: current EL with SP_ELx, synchronous */
#define VECTOR_CURRENT_SYNC 0x200

/**
 * esr_stage2_fault() - an access from EL1 that stage 2 does not allow
 * @leaf: what the IPA has in the table
 * @perm: what was wanted: PERM_R, PERM_W or PERM_FETCH
 */
u64 esr_stage2_fault(const struct leaf *leaf, u8 perm);

/** esr_address_size_fault() - an access at EL1, its MMU off, beyond the PA range (Arm ARM D8.2.5) */
u64 esr_address_size_fault(u8 perm);

#endif
