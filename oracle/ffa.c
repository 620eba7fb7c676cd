// SPDX-License-Identifier: GPL-2.0-only
/* FF-A calls of the host: what the proxy in EL2 answers, forwards and makes of them. */
#include "core/ffa.h"
#include "oracle/model.h"

#include <string.h>

static bool is_ffa(u64 id)
{
	return id & SMCCC_FAST && SMCCC_OWNER(id) == SMCCC_OWNER_STANDARD &&
	       SMCCC_FUNCTION(id) >= FFA_FIRST && SMCCC_FUNCTION(id) <= FFA_LAST;
}

/* The proxy answers in x0..x17, all of them. */
static void answer(struct expectation *expect, u64 x0, u64 x2)
{
	memset(expect->regs, 0, SMC_REGS * sizeof(u64));
	expect->regs[0] = x0;
	expect->regs[2] = x2;
}

/* Before it agrees with the host, the proxy asks who it is. */
static void version(struct model *model, const u64 *regs, struct expectation *expect)
{
	const u64 id_get[SMC_REGS] = { FFA_ID_GET };

	answer(expect, FFA_NOT_SUPPORTED, 0);
	if (FFA_MAJOR((u32)regs[1]) == 1)
		model_smc(model, id_get, SMC_REGS, expect);
}

bool rule_ffa(struct model *model, u64 id, const u64 *regs, struct expectation *expect)
{
	if (!is_ffa(id))
		return false;

	expect->rule = "ffa";
	if (id == FFA_VERSION)
		version(model, regs, expect);
	else
		answer(expect, FFA_ERROR, FFA_INVALID_PARAMETERS);

	return true;
}
