/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The secure world: the SPMD at EL3 and what is behind it, as far as the non-secure world can tell. It
 * does what a correct one would, unless a trace says otherwise.
 */
#ifndef EL2FUZZ_SPMD_H
#define EL2FUZZ_SPMD_H

#include "core/ffa.h"
#include "core/phys.h"
#include "core/smc.h"

#define SPMD_VERSION FFA_V1_2
#define SPMD_MAX_REGIONS 8
#define SPMD_MAX_SCRIPT 16
#define SPMD_MAX_DESC 0x10000U
#define SPMD_MAX_MAILBOX 0x1000U
#define SPMD_PARTITIONS 2

/* The n-th transaction since the reset; both words of a handle differ from each other. */
#define SPMD_HANDLE(n) (0x500000001ULL + (n))

/* A memory transaction, complete once @got is @len */
struct spmd_region {
	bool used;
	u64 handle;
	u32 len; /* of the descriptor */
	u32 got;
	u32 ranges; /* where its ranges begin */
};

/* What a trace wants of a coming answer. */
struct spmd_script {
	u32 skip; /* FF-A calls before it */
	bool data; /* 8 bytes of the RX buffer, not a register */
	u32 at;
	u64 value;
};

/* What a reset brings back */
struct spmd_state {
	u32 version; /* 0: none agreed upon */
	u64 tx, rx; /* of EL2, 0: not mapped */
	bool rx_full;
	/* A trace had it contradict itself: what it says it holds is no longer what it holds. */
	bool lied;
	u64 nr_transactions;
	struct spmd_region regions[SPMD_MAX_REGIONS];
	struct spmd_script script[SPMD_MAX_SCRIPT];
	u32 nr_script;
};

struct spmd {
	const struct ffa_layout *layout;
	const struct phys *phys;
	struct spmd_state now, boot;
	u8 desc[SPMD_MAX_REGIONS][SPMD_MAX_DESC];
	/* Buffers as they were when EL2 asked, and when it had its answer */
	u8 buffers[2 * SMC_MAX_CALLS][SPMD_MAX_MAILBOX];
	u32 nr_buffers;
};

/** spmd_is_ffa() - is this function id the secure world's? */
bool spmd_is_ffa(u64 id);

/**
 * spmd_call() - answer an FF-A call of EL2
 * @regs: arguments, then the answer
 * @call: takes what buffers held; may be NULL
 *
 * Return: did a trace have it answer something else than it would have?
 */
bool spmd_call(struct spmd *spmd, u64 regs[SMC_REGS], struct smc_call *call);

/** spmd_plan() - change a coming answer; what does not fit into the script is forgotten */
void spmd_plan(struct spmd *spmd, const struct spmd_script *script);

/**
 * spmd_ranges() - visit the ranges that the secure world was told it may use
 *
 * Also those of transactions that are not complete.
 */
void spmd_ranges(const struct spmd *spmd, void (*visit)(void *arg, u64 pa, u32 nr_pages),
                 void *arg);

#endif
