// SPDX-License-Identifier: GPL-2.0-only
#include "core/backend.h"

#include <string.h>

#define SMCCC_RET_NOT_SUPPORTED (~0ULL)

/* SMCCC 1.2 2.6: what is not known is not supported, and changes nothing else that counts. */
static void refuse(u64 regs[SMC_REGS])
{
	regs[0] = SMCCC_RET_NOT_SUPPORTED;
	regs[1] = regs[2] = regs[3] = 0;
}

/*
 * A proxy that speaks SMCCC 1.1 takes it that x4 to x17 are preserved (SMCCC 1.1 2.7), and so they are; a
 * secure world that answers in more registers breaks it.
 */
static void keep_registers(const struct core *core, const u64 was[SMC_REGS], u64 regs[SMC_REGS])
{
	if (!tree_has(&core->info, FEATURE_smccc_1_2))
		memcpy(regs + 4, was + 4, (SMC_REGS - 4) * sizeof(u64));
}

void firmware_smc(struct core *core, u64 regs[SMC_REGS])
{
	u64 was[SMC_REGS];
	struct smc_log *log = &core->firmware.log;
	struct smc_call *call = log->nr < SMC_MAX_CALLS ? &log->calls[log->nr] : NULL;
	struct spmd *spmd = &core->firmware.spmd;

	memcpy(was, regs, sizeof(was));
	log->nr++;
	if (call) {
		memcpy(call->args, regs, sizeof(call->args));
		call->sent = call->received = NULL;
	}
	if (core->config.caps & BIT(CAP_ffa) && spmd_is_ffa(regs[0])) {
		/* What is written there is written behind the core's back. */
		if (core->backend->memory_written && spmd->now.rx)
			core->backend->memory_written(core, spmd->now.rx);
		spmd->layout = &core->info.ffa;
		spmd->phys = &core->phys;
		log->scripted |= spmd_call(spmd, regs, call);
	} else if (!psci_smc(&core->firmware.psci, regs)) {
		refuse(regs);
	}
	keep_registers(core, was, regs);
	if (call) {
		memcpy(call->answer, regs, sizeof(call->answer));
		call->restarted = core->firmware.psci.restart;
	}
}

void firmware_booted(struct core *core, u64 ffa_pages)
{
	struct spmd *spmd = &core->firmware.spmd;
	const struct ffa_layout *layout = &core->info.ffa;

	spmd->layout = layout;
	spmd->phys = &core->phys;
	spmd->boot = spmd->now;
	core->info.ffa_version = spmd->now.version;
	core->info.ffa_desc_size = (ffa_pages << MAP_PAGE_SHIFT) - 2 * layout->mailbox_size;
}

void firmware_reset(struct core *core)
{
	core->firmware.spmd.now = core->firmware.spmd.boot;
	psci_reset(&core->firmware.psci);
}

void firmware_step(struct core *core)
{
	core->firmware.log.nr = 0;
	core->firmware.psci.restart = NULL;
	core->firmware.log.scripted = core->firmware.spmd.now.lied;
	core->firmware.spmd.nr_buffers = 0;
}

bool firmware_op(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS])
{
	const struct spmd_script script = {
		.skip = args[0] % SMC_MAX_CALLS,
		.data = op->code == OP_spmd_data,
		.at = args[1],
		.value = args[2],
	};

	if (op->code != OP_spmd_answer && op->code != OP_spmd_data)
		return false;

	spmd_plan(&core->firmware.spmd, &script);
	return true;
}
