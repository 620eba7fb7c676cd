// SPDX-License-Identifier: GPL-2.0-only
#include "core/firmware.h"

#include <string.h>

#define SMCCC_RET_NOT_SUPPORTED (~0ULL)

/* A firmware that has none of what it is asked for. */
static void answer(u64 regs[SMC_REGS])
{
	regs[0] = SMCCC_RET_NOT_SUPPORTED;
	regs[1] = regs[2] = regs[3] = 0;
}

void firmware_smc(struct firmware *fw, u64 regs[SMC_REGS])
{
	struct smc_log *log = &fw->log;
	struct smc_call *call = log->nr < SMC_MAX_CALLS ? &log->calls[log->nr] : NULL;

	log->nr++;
	if (call)
		memcpy(call->args, regs, sizeof(call->args));
	answer(regs);
	if (call)
		memcpy(call->answer, regs, sizeof(call->answer));
}
