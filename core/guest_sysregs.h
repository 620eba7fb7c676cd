/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System registers that guests access: G(number in binary traces, name, op0, op1, CRn, CRm, op2, the bit of HCR_EL2
 * that traps it, what EL1 may do: R, W or RW). Arm ARM D24, C5 for what is an instruction.
 */
#ifndef EL2FUZZ_GUEST_SYSREGS_H
#define EL2FUZZ_GUEST_SYSREGS_H

#define GUEST_SYSREGS(G)                                \
	G(0, id_pfr0_el1, 3, 0, 0, 1, 0, TID3, R)       \
	G(1, id_isar0_el1, 3, 0, 0, 2, 0, TID3, R)      \
	G(2, mvfr0_el1, 3, 0, 0, 3, 0, TID3, R)         \
	G(3, unallocated_0_3_3, 3, 0, 0, 3, 3, TID3, R) \
	G(4, id_aa64pfr0_el1, 3, 0, 0, 4, 0, TID3, R)   \
	G(5, id_aa64pfr1_el1, 3, 0, 0, 4, 1, TID3, R)   \
	G(6, unallocated_0_4_3, 3, 0, 0, 4, 3, TID3, R) \
	G(7, id_aa64dfr0_el1, 3, 0, 0, 5, 0, TID3, R)   \
	G(8, id_aa64isar0_el1, 3, 0, 0, 6, 0, TID3, R)  \
	G(9, id_aa64isar1_el1, 3, 0, 0, 6, 1, TID3, R)  \
	G(10, id_aa64mmfr0_el1, 3, 0, 0, 7, 0, TID3, R) \
	G(11, id_aa64mmfr2_el1, 3, 0, 0, 7, 2, TID3, R) \
	G(12, revidr_el1, 3, 0, 0, 0, 6, TID1, R)       \
	G(13, aidr_el1, 3, 1, 0, 0, 7, TID1, R)         \
	G(14, smidr_el1, 3, 1, 0, 0, 6, TID1, R)        \
	G(15, ccsidr_el1, 3, 1, 0, 0, 0, TID2, R)       \
	G(16, ccsidr2_el1, 3, 1, 0, 0, 2, TID2, R)      \
	G(17, clidr_el1, 3, 1, 0, 0, 1, TID2, R)        \
	G(18, csselr_el1, 3, 2, 0, 0, 0, TID2, RW)      \
	G(19, ctr_el0, 3, 3, 0, 0, 1, TID2, R)          \
	G(20, actlr_el1, 3, 0, 1, 0, 1, TACR, RW)       \
	G(21, dc_cisw, 1, 0, 7, 14, 2, TSW, W)          \
	G(22, lorc_el1, 3, 0, 10, 4, 3, TLOR, RW)       \
	G(23, imp_def_c11, 3, 0, 11, 0, 0, TIDCP, RW)   \
	G(24, sctlr_el1, 3, 0, 1, 0, 0, TVM, W)         \
	G(25, contextidr_el1, 3, 0, 13, 0, 1, TVM, W)

#endif
