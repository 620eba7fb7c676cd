/* SPDX-License-Identifier: GPL-2.0-only */
/* The only source of randomness in the project. */
#ifndef EL2FUZZ_PRNG_H
#define EL2FUZZ_PRNG_H

#include "core/types.h"

struct prng {
	u64 s[4];
};

/**
 * prng_seed() - start the stream of trace @index of a run with seed @seed
 *
 * Streams of different (seed, index) pairs are independent: a run's n-th trace is found again
 * without generating those before it.
 */
void prng_seed(struct prng *prng, u64 seed, u64 index);

/** prng_u64() - the next 64 bits (xoshiro256**) */
u64 prng_u64(struct prng *prng);

/** prng_below() - uniform in [0, bound), bound > 0 */
u64 prng_below(struct prng *prng, u64 bound);

/** prng_chance() - true in @num of @den cases */
bool prng_chance(struct prng *prng, u32 num, u32 den);

#endif
