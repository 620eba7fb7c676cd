/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions of guests that EL2 may trap. The program of a guest (guest_code.h) has one word that stands for any of
 * them; the op says which. What the CPU makes of it is decided here, from HCR_EL2, the same for every core.
 */
#ifndef EL2FUZZ_GUEST_INSN_H
#define EL2FUZZ_GUEST_INSN_H

#include "core/op.h"

/* HCR_EL2 (Arm ARM D24.2.48) */
#define HCR_VF BIT(6)
#define HCR_VI BIT(7)
#define HCR_VSE BIT(8)
#define HCR_TWI BIT(13)
#define HCR_TWE BIT(14)
#define HCR_TID1 BIT(16)
#define HCR_TID2 BIT(17)
#define HCR_TID3 BIT(18)
#define HCR_TSC BIT(19)
#define HCR_TIDCP BIT(20)
#define HCR_TACR BIT(21)
#define HCR_TSW BIT(22)
#define HCR_TVM BIT(26)
#define HCR_TLOR BIT(35)

struct guest_sysreg {
	const char *name;
	u8 op0, op1, crn, crm, op2;
	bool readable, writable;
	u64 trap; /* HCR_* */
};

enum guest_insn_kind {
	GUEST_INSN_NONE,
	GUEST_INSN_MRS, /* x1 from a register */
	GUEST_INSN_MSR, /* x1 to it */
	GUEST_INSN_WFI,
	GUEST_INSN_WFE,
	GUEST_INSN_SMC, /* #0 */
};

struct guest_insn {
	enum guest_insn_kind kind;
	u8 sysreg; /* number in GUEST_SYSREGS */
};

enum guest_effect {
	GUEST_UNDEFINED, /* an exception to the guest's own EL1 */
	GUEST_TRAPS, /* one to EL2 */
	GUEST_COMPLETES, /* a register that is read gives 0: the CPU has no more of it */
};

/** guest_entry() - x0 to x3 of the guest for an op of its; Return: the entry of its program, GUEST_CODE_* */
u64 guest_entry(const struct op *op, const u64 args[OP_MAX_ARGS], u64 x[4]);

/** guest_sysreg() - by number, which wraps */
const struct guest_sysreg *guest_sysreg(u64 number);

/** guest_insn_of() - what the guest of an op runs; GUEST_INSN_NONE if it is no such op */
struct guest_insn guest_insn_of(const struct op *op, const u64 args[OP_MAX_ARGS]);

/**
 * guest_insn_effect() - what the CPU does at EL1
 * @esr: ESR_EL2, for %GUEST_TRAPS
 */
enum guest_effect guest_insn_effect(struct guest_insn insn, u64 hcr, u64 *esr);

#endif
