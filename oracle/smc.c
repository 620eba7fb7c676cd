// SPDX-License-Identifier: GPL-2.0-only
/* SMCs of the host: PSCI goes through a relay, FF-A through a proxy, the rest to EL3 as it is. */
#include "oracle/model.h"

#include <string.h>

/* PSCI (DEN0022): SMCCC sets 32 numbers aside for it, in the 32-bit and the 64-bit range. */
#define PSCI_32 0x84000000ULL
#define PSCI_64 0xc4000000ULL
#define PSCI_NUMBERS 32
#define PSCI_NOT_SUPPORTED (-1LL)
#define PSCI_INVALID_PARAMETERS (-2LL)

enum psci_call {
	PSCI_REFUSED,
	PSCI_FORWARDED, /* the host's own arguments */
	PSCI_CPU_ON, /* EL2 puts its own entry point in place of the host's */
	PSCI_SUSPENDS,
};

static const enum psci_call psci_32[PSCI_NUMBERS] = {
	[0x00] = PSCI_FORWARDED, /* PSCI_VERSION */
	[0x02] = PSCI_FORWARDED, /* CPU_OFF */
	[0x06] = PSCI_FORWARDED, /* MIGRATE_INFO_TYPE */
	[0x08] = PSCI_FORWARDED, /* SYSTEM_OFF */
	[0x09] = PSCI_FORWARDED, /* SYSTEM_RESET */
	[0x0a] = PSCI_FORWARDED, /* PSCI_FEATURES */
	[0x0f] = PSCI_FORWARDED, /* PSCI_SET_SUSPEND_MODE */
	[0x15] = PSCI_FORWARDED, /* SYSTEM_OFF2 */
};

static const enum psci_call psci_64[PSCI_NUMBERS] = {
	[0x01] = PSCI_SUSPENDS, /* CPU_SUSPEND */
	[0x03] = PSCI_CPU_ON,    [0x04] = PSCI_FORWARDED, /* AFFINITY_INFO */
	[0x05] = PSCI_FORWARDED, /* MIGRATE */
	[0x07] = PSCI_FORWARDED, /* MIGRATE_INFO_UP_CPU */
	[0x0e] = PSCI_SUSPENDS, /* SYSTEM_SUSPEND */
	[0x12] = PSCI_FORWARDED, /* SYSTEM_RESET2 */
	[0x15] = PSCI_FORWARDED, /* SYSTEM_OFF2 */
};

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

/* Who was not online when KVM was initialised is not known to EL2, as what was never there. */
static bool is_cpu(u64 mpidr)
{
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		if (machine_cpus[cpu].mpidr == mpidr)
			return machine_cpus[cpu].power != CPU_NEVER_ONLINE;
	}

	return false;
}

static void psci(struct model *model, enum psci_call call, const u64 *regs,
                 struct expectation *expect)
{
	/* What follows are addresses of EL2's own, and the firmware's business. */
	unsigned int nr = call == PSCI_FORWARDED ? 4 : 1;
	const struct smc_call *done;
	s64 ret = PSCI_NOT_SUPPORTED;

	expect->rule = "psci";
	if (call == PSCI_CPU_ON && !is_cpu(regs[1])) {
		ret = PSCI_INVALID_PARAMETERS;
	} else if (call != PSCI_REFUSED) {
		u64 args[4] = { regs[0], regs[1], regs[2], regs[3] };

		/* What EL2 issues itself has no hint bits. */
		if (call != PSCI_FORWARDED)
			args[0] &= ~model->info->hypercall_hints;
		done = model_smc(model, args, nr, expect);
		if (done)
			ret = call == PSCI_FORWARDED ? (s64)done->answer[0] : (s32)done->answer[0];
	}

	expect->regs[0] = ret;
	memset(expect->regs + 1, 0, 3 * sizeof(u64));
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

	if (id >> 32) {
		expect->rule = "smc";
		expect->regs[0] = SMCCC_NOT_SUPPORTED;
	} else if (id - PSCI_32 < PSCI_NUMBERS) {
		psci(model, psci_32[id - PSCI_32], regs, expect);
	} else if (id - PSCI_64 < PSCI_NUMBERS) {
		psci(model, psci_64[id - PSCI_64], regs, expect);
	} else if (!rule_ffa(model, id, regs, expect)) {
		/* A call of FF-A that the proxy lets pass may have a name. */
		if (!expect->rule)
			expect->rule = "smc";
		forward(model, regs, expect);
	}
}
