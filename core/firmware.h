/* SPDX-License-Identifier: GPL-2.0-only */
/* EL3: the firmware that answers EL2's SMCs, the same for every core. */
#ifndef EL2FUZZ_FIRMWARE_H
#define EL2FUZZ_FIRMWARE_H

#include "core/psci.h"
#include "core/spmd.h"

struct core;

struct firmware {
	struct smc_log log; /* of this step */
	struct spmd spmd;
	struct psci psci;
};

/** firmware_smc() - answer an SMC of EL2 in @regs, which hold its arguments */
void firmware_smc(struct core *core, u64 regs[SMC_REGS]);

/** firmware_booted() - what firmware and EL2 agreed upon so far is what a reset goes back to */
void firmware_booted(struct core *core, u64 ffa_pages);
void firmware_reset(struct core *core);

/** firmware_step() - forget what was asked in the step before */
void firmware_step(struct core *core);

/** firmware_op() - an op about coming answers; false if @op is none */
bool firmware_op(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS]);

#endif
