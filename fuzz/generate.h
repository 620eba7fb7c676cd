/* SPDX-License-Identifier: GPL-2.0-only */
/* Random traces. A trace is a function of the seed, its index, the options and the target. */
#ifndef EL2FUZZ_GENERATE_H
#define EL2FUZZ_GENERATE_H

#include "replay/runner/protocol.h"
#include "replay/trace.h"

#define GENERATE_LENGTH 64
#define GENERATE_HOSTILE 10

struct generator_options {
	u32 length; /* ops in a trace, at most TRACE_MAX_OPS */
	u32 hostile; /* per cent of arguments that no sane host would pass */
	/* Only ops that let a trace go on to its end, for bench. */
	bool calm;
	/* All ops about as often, for what goes on from other traces. */
	bool even;
};

struct generator {
	struct generator_options options;
	const struct hello *target; /* what the traces are for */
	u32 total_weight;
	u32 weight[OP_CODE_LIMIT]; /* 0 for what the target does not have */
};

/** generator_init() - @target must live as long as the generator */
void generator_init(struct generator *gen, const struct generator_options *options,
                    const struct hello *target);

/** generate_trace() - replace @trace by trace @index of seed @seed; -1 without memory */
int generate_trace(const struct generator *gen, u64 seed, u64 index, struct trace *trace);

/**
 * generate_more() - append up to @nr ops that go on from where @trace is
 *
 * In the world el2 they are about the same pages and VMs. Return: 0, -1 without memory.
 */
int generate_more(const struct generator *gen, u64 seed, u32 nr, struct trace *trace);

#endif
