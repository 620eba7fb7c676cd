// SPDX-License-Identifier: GPL-2.0-only
/*
 * PSCI (DEN0022) of the host: EL2 hands on what needs no entry point, and puts its own in place of the
 * host's where one is needed, so that no CPU comes up without it.
 */
#include "core/psci.h"
#include "oracle/model.h"

#include <string.h>

enum psci_rule {
	REFUSED,
	FORWARDED, /* the host's own arguments */
	TURNS_ON,
	SUSPENDS,
	SUSPENDS_SYSTEM,
};

static const enum psci_rule rules_32[PSCI_NUMBERS] = {
	[0x00] = FORWARDED, /* PSCI_VERSION */
	[0x02] = FORWARDED, /* CPU_OFF */
	[0x06] = FORWARDED, /* MIGRATE_INFO_TYPE */
	[0x08] = FORWARDED, /* SYSTEM_OFF */
	[0x09] = FORWARDED, /* SYSTEM_RESET */
	[0x0a] = FORWARDED, /* PSCI_FEATURES */
	[0x0f] = FORWARDED, /* PSCI_SET_SUSPEND_MODE */
	[0x15] = FORWARDED, /* SYSTEM_OFF2 */
};

static const enum psci_rule rules_64[PSCI_NUMBERS] = {
	[0x01] = SUSPENDS, /* CPU_SUSPEND */
	[0x03] = TURNS_ON, /* CPU_ON */
	[0x04] = FORWARDED, /* AFFINITY_INFO */
	[0x05] = FORWARDED, /* MIGRATE */
	[0x07] = FORWARDED, /* MIGRATE_INFO_UP_CPU */
	[0x0e] = SUSPENDS_SYSTEM, /* SYSTEM_SUSPEND */
	[0x12] = FORWARDED, /* SYSTEM_RESET2 */
	[0x15] = FORWARDED, /* SYSTEM_OFF2 */
};

/* Who was not online when KVM was initialised is not known to EL2, as what was never there. */
static int known_cpu(u64 mpidr)
{
	for (int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		if (machine_cpus[cpu].mpidr == mpidr && machine_cpus[cpu].power != CPU_NEVER_ONLINE)
			return cpu;
	}

	return -1;
}

/* arm_smccc_1_1_smc() takes 32 bits of a function's id. */
static s64 forward(struct model *model, const u64 *regs, struct expectation *expect)
{
	const struct smc_call *call =
		model_smc(model, (u64[]){ (u32)regs[0], regs[1], regs[2], regs[3] }, 4, expect);

	return call ? (s64)call->answer[0] : 0;
}

/* CPU_ON(mpidr, entry point, context): one at a time, until the CPU has taken its entry point. */
static s64 turn_on(struct model *model, u64 id, const u64 *regs, struct expectation *expect)
{
	int cpu = known_cpu(regs[1]);
	const struct smc_call *call;
	struct model_cpu *target;

	if (cpu < 0)
		return PSCI_INVALID_PARAMETERS;
	target = &model->cpus[cpu];
	if (target->entry_taken)
		return PSCI_ALREADY_ON;

	call = model_smc(
		model,
		(u64[]){ id, regs[1], model->info->cpu_entry, model->info->init_params[cpu] }, 4,
		expect);
	if (!call)
		return 0;
	if (call->answer[0] == PSCI_SUCCESS) {
		target->entry_taken = true;
		target->context = regs[3];
	}
	/* EL2 keeps 32 bits of it. */
	return (s32)call->answer[0];
}

/*
 * EL2 asks for its own entry point. If the CPU comes back by it, the host goes on at its own, with @context
 * in x0 and the rest as it was when it asked. Return: does the host get an answer, @ret, instead?
 */
static bool suspend(struct model *model, const u64 args[4], u64 context, s64 *ret,
                    struct expectation *expect)
{
	const struct smc_call *call = model_smc(model, args, 4, expect);

	if (call && call->restarted) {
		expect->regs[0] = context;
		model->cntvoff = 0;
		return false;
	}
	*ret = call ? (s32)call->answer[0] : 0;
	return true;
}

static bool apply(struct model *model, enum psci_rule rule, u64 id, const u64 *regs, s64 *ret,
                  struct expectation *expect)
{
	u64 entry = model->info->cpu_resume, params = model->info->init_params[model->cpu];

	switch (rule) {
	case FORWARDED:
		*ret = forward(model, regs, expect);
		return true;
	case TURNS_ON:
		*ret = turn_on(model, id, regs, expect);
		return true;
	case SUSPENDS:
		return suspend(model, (u64[]){ id, regs[1], entry, params }, regs[3], ret, expect);
	case SUSPENDS_SYSTEM:
		return suspend(model, (u64[]){ id, entry, params, 0 }, regs[2], ret, expect);
	default:
		*ret = PSCI_NOT_SUPPORTED;
		return true;
	}
}

bool rule_psci(struct model *model, u64 id, const u64 *regs, struct expectation *expect)
{
	enum psci_rule rule;
	s64 ret = 0;

	if (id - PSCI_32(0) < PSCI_NUMBERS)
		rule = rules_32[id - PSCI_32(0)];
	else if (id - PSCI_64(0) < PSCI_NUMBERS)
		rule = rules_64[id - PSCI_64(0)];
	else
		return false;

	if ((id == PSCI_32(0x15) || id == PSCI_64(0x15)) &&
	    !tree_has(model->info, FEATURE_psci_off2))
		rule = REFUSED;

	expect->rule = "psci";
	if (apply(model, rule, id, regs, &ret, expect)) {
		expect->regs[0] = ret;
		memset(expect->regs + 1, 0, 3 * sizeof(u64));
	}

	return true;
}
