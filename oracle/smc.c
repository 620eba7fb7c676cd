// SPDX-License-Identifier: GPL-2.0-only
/* SMCs of the host: PSCI goes through a relay, FF-A through a proxy, the rest to EL3 as it is. */
#include "oracle/model.h"

#include <string.h>

static const struct smc_log no_smcs;

const struct smc_call *model_next_smc(const struct model *model)
{
	const struct smc_log *log = model->smcs ? model->smcs : &no_smcs;

	return model->next_smc < log->nr && model->next_smc < SMC_MAX_CALLS ?
	               &log->calls[model->next_smc] :
	               NULL;
}

const struct smc_call *model_smc(struct model *model, const u64 *args, unsigned int nr,
                                 struct expectation *expect)
{
	const struct smc_call *call = model_next_smc(model);
	struct expected_smc *smc = &expect->smc;
	u32 index = model->next_smc++;

	if (smc->wrong || expect->unmodelled)
		return NULL;
	if (call && !memcmp(call->args, args, nr * sizeof(*args)))
		return call;
	if (!call && model->smcs && index < model->smcs->nr) {
		expect->unmodelled = "more calls to EL3 than are kept";
		return NULL;
	}

	smc->wrong = true;
	smc->index = index;
	smc->nr = nr;
	memcpy(smc->args, args, nr * sizeof(*args));

	return NULL;
}

void model_no_more_smcs(struct model *model, struct expectation *expect)
{
	if (expect->smc.wrong || !model->smcs || model->smcs->nr == model->next_smc)
		return;

	expect->smc.wrong = true;
	expect->smc.index = model->next_smc;
	expect->smc.nr = 0;
}

static void forward(struct model *model, const u64 *regs, struct expectation *expect)
{
	const struct smc_call *call = model_smc(model, regs, SMC_REGS, expect);

	if (call)
		memcpy(expect->regs, call->answer, SMC_REGS * sizeof(u64));
}

void rule_host_smc(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 id = regs[0] & ~model->info->hypercall_hints;

	if (!tree_has(model->info, FEATURE_smc_checks_upper))
		id = (u32)id;
	if (id >> 32) {
		expect->rule = "smc";
		expect->regs[0] = SMCCC_NOT_SUPPORTED;
	} else if (!rule_psci(model, id, regs, expect) && !rule_ffa(model, id, regs, expect)) {
		/* A call of FF-A that the proxy lets pass may have a name. */
		if (!expect->rule)
			expect->rule = "smc";
		forward(model, regs, expect);
	}
}
