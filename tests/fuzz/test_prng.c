// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/prng.h"
#include "tests/replay/cmocka_test.h"

/* The reference implementation's first numbers from the state 1, 2, 3, 4. */
static void the_stream_is_xoshiro256starstar(void **state)
{
	static const u64 want[] = { 11520, 0, 1509978240, 1215971899390074240 };
	struct prng prng = { .s = { 1, 2, 3, 4 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(want); i++)
		assert_true(prng_u64(&prng) == want[i]);
}

static void each_seed_and_index_has_a_stream_of_its_own(void **state)
{
	u64 first[32 * 32];
	struct prng prng;
	size_t nr = 0;

	(void)state;
	for (u64 seed = 0; seed < 32; seed++) {
		for (u64 index = 0; index < 32; index++) {
			prng_seed(&prng, seed, index);
			first[nr++] = prng_u64(&prng);
		}
	}

	for (size_t i = 0; i < nr; i++) {
		for (size_t j = 0; j < i; j++)
			assert_true(first[i] != first[j]);
	}
}

static void numbers_below_a_bound_are_even(void **state)
{
	unsigned int count[7] = { 0 };
	struct prng prng;

	(void)state;
	prng_seed(&prng, 1, 1);
	for (unsigned int i = 0; i < 70000; i++)
		count[prng_below(&prng, 7)]++;
	for (unsigned int i = 0; i < 7; i++)
		assert_in_range(count[i], 9500, 10500);

	for (unsigned int i = 0; i < 100; i++) {
		assert_int_equal(prng_below(&prng, 1), 0);
		assert_true(prng_below(&prng, ~0ULL) < ~0ULL);
	}
}

static void chances_are_as_asked(void **state)
{
	struct prng prng;
	unsigned int hits = 0;

	(void)state;
	prng_seed(&prng, 2, 2);
	for (unsigned int i = 0; i < 100000; i++)
		hits += prng_chance(&prng, 1, 10);
	assert_in_range(hits, 9500, 10500);
	assert_false(prng_chance(&prng, 0, 5));
	assert_true(prng_chance(&prng, 5, 5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_stream_is_xoshiro256starstar),
		cmocka_unit_test(each_seed_and_index_has_a_stream_of_its_own),
		cmocka_unit_test(numbers_below_a_bound_are_even),
		cmocka_unit_test(chances_are_as_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
