// SPDX-License-Identifier: GPL-2.0-only
#include "core/ffa.h"

#include <string.h>

#include "core/smc.h"

/* A handle is two registers of 32 bits, as are the halves of a UUID. */
static void put_pair(u64 *regs, u64 value)
{
	regs[0] = (u32)value;
	regs[1] = value >> 32;
}

unsigned int smc_op_regs(const struct op *op, const u64 args[OP_MAX_ARGS], u64 regs[SMC_OP_REGS])
{
	static const u64 functions[OP_CODE_LIMIT] = {
		[OP_ffa_version] = FFA_VERSION,
		[OP_ffa_features] = FFA_FEATURES,
		[OP_ffa_rxtx_map] = FFA_RXTX_MAP,
		[OP_ffa_rxtx_unmap] = FFA_RXTX_UNMAP,
		[OP_ffa_mem_share] = FFA_MEM_SHARE,
		[OP_ffa_mem_lend] = FFA_MEM_LEND,
		[OP_ffa_mem_frag_tx] = FFA_MEM_FRAG_TX,
		[OP_ffa_mem_reclaim] = FFA_MEM_RECLAIM,
		[OP_ffa_partition_info_get] = FFA_PARTITION_INFO_GET,
		[OP_ffa_rx_release] = FFA_RX_RELEASE,
	};

	unsigned int nr = op_desc(op->code)->nr_args;

	if (op->code == OP_host_smc) {
		memcpy(regs, args, nr * sizeof(*args));
		return nr;
	}
	if (op->code >= OP_CODE_LIMIT || !functions[op->code])
		return 0;

	memset(regs, 0, SMC_OP_REGS * sizeof(*regs));
	regs[0] = functions[op->code];
	switch (op->code) {
	case OP_ffa_mem_frag_tx:
	case OP_ffa_mem_reclaim:
		put_pair(regs + 1, args[0]);
		memcpy(regs + 3, args + 1, 2 * sizeof(*args));
		break;
	case OP_ffa_partition_info_get:
		put_pair(regs + 1, args[0]);
		regs[5] = args[1];
		break;
	default:
		memcpy(regs + 1, args, nr * sizeof(*args));
	}

	return SMC_OP_REGS;
}
