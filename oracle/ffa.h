/* SPDX-License-Identifier: GPL-2.0-only */
/* The FF-A proxy in EL2 as the model sees it. */
#ifndef EL2FUZZ_ORACLE_FFA_H
#define EL2FUZZ_ORACLE_FFA_H

#include "core/spmd.h"
#include "oracle/model.h"

/* An array of memory ranges: where its bytes are, and how many ranges. */
struct ffa_ranges {
	const u8 *bytes;
	u32 nr;
};

/** ffa_answer() - the proxy's own answer: x0, x2, and zero in all others that carry results */
void ffa_answer(struct expectation *expect, u64 x0, u64 x2);
void ffa_error(struct expectation *expect, s64 status);

/** ffa_pass() - EL3's answer is the host's */
void ffa_pass(struct expectation *expect, const struct smc_call *call);

/** ffa_smc() - model_call() for a call of the proxy's own, the registers not given being zero */
const struct smc_call *ffa_smc(struct model *model, const u64 args[SMC_REGS],
                               struct expectation *expect);

/** ffa_mem_* - the calls that move memory */
void ffa_mem_send(struct model *model, u64 function, const u64 *regs, struct expectation *expect);
void ffa_mem_frag_tx(struct model *model, const u64 *regs, struct expectation *expect);
void ffa_mem_reclaim(struct model *model, const u64 *regs, struct expectation *expect);

#endif
