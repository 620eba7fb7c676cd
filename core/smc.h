/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SMCs: what the host asks of EL2, which traps them (HCR_EL2.TSC), and what EL2 asks of EL3. What
 * reached EL3 in a step, and what it answered, is an observation like the host's registers.
 */
#ifndef EL2FUZZ_SMC_H
#define EL2FUZZ_SMC_H

#include "core/op.h"
#include "core/types.h"

/* x0..x17 carry arguments and results (SMCCC 1.2 2.6) */
#define SMC_REGS 18
#define SMCCC_1_1_REGS 8 /* of arguments, x0 to x7 */
#define SMC_OP_REGS 8 /* that the host sets for a call of its own */

/* EL2 makes a handful in a step; what exceeds this is counted and not kept. */
#define SMC_MAX_CALLS 32

struct smc_call {
	u64 args[SMC_REGS];
	u64 answer[SMC_REGS];
	/* FF-A: EL2's TX buffer when it asked, its RX buffer when it was answered; or NULL */
	const u8 *sent, *received;
	bool restarted; /* the CPU got no answer: it lost what it held and started anew */
};

struct smc_log {
	u32 nr; /* calls made, kept or not */
	bool scripted; /* a trace had EL3 answer what it should not */
	struct smc_call calls[SMC_MAX_CALLS];
};

/* Function identifiers (SMCCC 2.5) */
#define SMCCC_FAST BIT(31)
#define SMCCC_OWNER(id) ((id) >> 24 & 0x3f)
#define SMCCC_OWNER_STANDARD 4
#define SMCCC_FUNCTION(id) ((id) & 0xffff)

/**
 * smc_op_regs() - the registers by which the host issues an op that is an SMC
 * @regs: x0.. as far as the op sets them
 *
 * Return: how many; 0 if the op is no SMC.
 */
unsigned int smc_op_regs(const struct op *op, const u64 args[OP_MAX_ARGS], u64 regs[SMC_OP_REGS]);

#endif
