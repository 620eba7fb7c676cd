// SPDX-License-Identifier: GPL-2.0-only
#include "core/smc.h"

#include <string.h>

unsigned int smc_op_regs(const struct op *op, const u64 args[OP_MAX_ARGS], u64 regs[8])
{
	unsigned int nr = op_desc(op->code)->nr_args;

	if (op->code != OP_host_smc)
		return 0;

	memcpy(regs, args, nr * sizeof(*args));
	return nr;
}
