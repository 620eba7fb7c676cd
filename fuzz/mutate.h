/* SPDX-License-Identifier: GPL-2.0-only */
/* Mutation of binary traces by what the op table says of them: for every engine. */
#ifndef EL2FUZZ_MUTATE_H
#define EL2FUZZ_MUTATE_H

#include "fuzz/generate.h"

/* A mutated trace has no more ops than this. */
#define MUTATE_MAX_OPS 128

struct mutator {
	struct generator generator; /* of what comes in anew */
	struct trace trace, fresh, other;
};

/** mutator_init() - @target is what traces are for, and must live as long */
void mutator_init(struct mutator *mutator, const struct hello *target);
void mutator_free(struct mutator *mutator);

/**
 * mutate() - change a binary trace in place
 * @bytes: @size bytes of any kind, in room for @max
 * @seed: the same seed changes the same trace alike
 *
 * Return: its new size, at most @max.
 */
size_t mutate(struct mutator *mutator, u8 *bytes, size_t size, size_t max, u64 seed);

/**
 * crossover() - a trace that begins as one and goes on with a part of another
 * @out: room for @max bytes; it may not be part of the others
 */
size_t crossover(struct mutator *mutator, const u8 *bytes, size_t size, const u8 *other,
                 size_t other_size, u8 *out, size_t max, u64 seed);

#endif
