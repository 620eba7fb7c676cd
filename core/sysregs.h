/* SPDX-License-Identifier: GPL-2.0-only */
/* The system registers that a core sets or reads, and their encodings (Arm ARM D24). */
#ifndef EL2FUZZ_SYSREGS_H
#define EL2FUZZ_SYSREGS_H

/*
 * Zero whenever a guest begins to run, whatever the host wrote into the vCPU: its program has no stage 1, no FP,
 * its vector at 0, and nobody who steps it. Of the rest, CPUs differ in which bits they keep.
 */
#define GUEST_FIXED_SYSREGS(S) \
	S(SCTLR_EL1)           \
	S(CPACR_EL1)           \
	S(TCR_EL1)             \
	S(AFSR0_EL1)           \
	S(AFSR1_EL1)           \
	S(AMAIR_EL1)           \
	S(VBAR_EL1)            \
	S(CONTEXTIDR_EL1)      \
	S(CNTKCTL_EL1)         \
	S(MDSCR_EL1)

/* S(name, op0, op1, CRn, CRm, op2) */
#define SYSREGS(S)                        \
	S(SCTLR_EL2, 3, 4, 1, 0, 0)       \
	S(TPIDR_EL2, 3, 4, 13, 0, 2)      \
	S(CNTVOFF_EL2, 3, 4, 14, 0, 3)    \
	S(SPSR_EL1, 3, 0, 4, 0, 0)        \
	S(ELR_EL1, 3, 0, 4, 0, 1)         \
	S(SCR_EL3, 3, 6, 1, 1, 0)         \
	S(HCR_EL2, 3, 4, 1, 1, 0)         \
	S(TTBR0_EL2, 3, 4, 2, 0, 0)       \
	S(TCR_EL2, 3, 4, 2, 0, 2)         \
	S(VTTBR_EL2, 3, 4, 2, 1, 0)       \
	S(VTCR_EL2, 3, 4, 2, 1, 2)        \
	S(SPSR_EL2, 3, 4, 4, 0, 0)        \
	S(ELR_EL2, 3, 4, 4, 0, 1)         \
	S(SP_EL1, 3, 4, 4, 1, 0)          \
	S(SP_EL2, 3, 6, 4, 1, 0)          \
	S(ESR_EL2, 3, 4, 5, 2, 0)         \
	S(FAR_EL2, 3, 4, 6, 0, 0)         \
	S(HPFAR_EL2, 3, 4, 6, 0, 4)       \
	S(MAIR_EL2, 3, 4, 10, 2, 0)       \
	S(VBAR_EL2, 3, 4, 12, 0, 0)       \
	S(SCTLR_EL1, 3, 0, 1, 0, 0)       \
	S(TCR_EL1, 3, 0, 2, 0, 2)         \
	S(PAR_EL1, 3, 0, 7, 4, 0)         \
	S(ESR_EL1, 3, 0, 5, 2, 0)         \
	S(FAR_EL1, 3, 0, 6, 0, 0)         \
	S(VBAR_EL1, 3, 0, 12, 0, 0)       \
	S(MDSCR_EL1, 2, 0, 0, 2, 2)       \
	S(CPACR_EL1, 3, 0, 1, 0, 2)       \
	S(AFSR0_EL1, 3, 0, 5, 1, 0)       \
	S(AFSR1_EL1, 3, 0, 5, 1, 1)       \
	S(AMAIR_EL1, 3, 0, 10, 3, 0)      \
	S(CONTEXTIDR_EL1, 3, 0, 13, 0, 1) \
	S(CNTKCTL_EL1, 3, 0, 14, 1, 0)

#endif
