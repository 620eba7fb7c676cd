// SPDX-License-Identifier: GPL-2.0-only
/* xoshiro256** by Blackman and Vigna, seeded by splitmix64 as they advise. */
#include "fuzz/prng.h"

static u64 splitmix(u64 *state)
{
	u64 z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

void prng_seed(struct prng *prng, u64 seed, u64 index)
{
	u64 state = seed;

	/* Mixing the seed first keeps (1, 2) and (2, 1) apart. */
	state = splitmix(&state) ^ index;
	for (unsigned int i = 0; i < ARRAY_SIZE(prng->s); i++)
		prng->s[i] = splitmix(&state);
}

static u64 rotl(u64 x, unsigned int n)
{
	return x << n | x >> (64 - n);
}

u64 prng_u64(struct prng *prng)
{
	u64 *s = prng->s;
	u64 result = rotl(s[1] * 5, 7) * 9;
	u64 t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);

	return result;
}

u64 prng_below(struct prng *prng, u64 bound)
{
	/* The low residues would come up once too often: draw again when we hit the surplus. */
	u64 surplus = -bound % bound;
	u64 r;

	do {
		r = prng_u64(prng);
	} while (r < surplus);

	return r % bound;
}

bool prng_chance(struct prng *prng, u32 num, u32 den)
{
	return prng_below(prng, den) < num;
}
