// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "fuzz/mutate.h"
#include "tests/replay/cmocka_test.h"

#define MAX 4096
#define NR_SEEDS 3000

static struct hello target;
static struct mutator mutator;
static u8 base[MAX], changed[MAX], again[MAX];

static int setup(void **state)
{
	(void)state;
	memset(target.has_op, 1, sizeof(target.has_op));
	target.has_op[OP_tracing_load] = false;
	map_init(&target.map, LAYOUT_SMALL, 40, BIT(47));
	map_finish(&target.map);
	target.hypercall_max = 60;
	target.vm_slots = 255;
	mutator_init(&mutator, &target);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mutator_free(&mutator);
	return 0;
}

static size_t make_base(void)
{
	return mutate(&mutator, base, 0, MAX, 1);
}

/* Does it read as whole ops, and nothing else? */
static void assert_whole(const u8 *bytes, size_t size)
{
	struct trace trace = { 0 };
	u8 encoded[MAX];

	trace_decode(&trace, bytes, size);
	assert_true(trace.nr_ops <= MUTATE_MAX_OPS);
	assert_int_equal(trace_encode(&trace, encoded), size);
	assert_memory_equal(encoded, bytes, size);
	trace_free(&trace);
}

static void nothing_becomes_a_trace(void **state)
{
	(void)state;
	assert_true(make_base() > 0);
}

static void mutants_are_whole_ops_and_fit(void **state)
{
	size_t size = make_base();

	(void)state;
	for (u64 seed = 0; seed < NR_SEEDS; seed++) {
		size_t max = size + seed % 200;

		size = mutate(&mutator, base, size, max > MAX ? MAX : max, seed);
		assert_true(size <= max);
		assert_whole(base, size);
		if (!size)
			size = make_base();
	}
}

static void a_seed_mutates_alike_and_mostly_differently(void **state)
{
	size_t size = make_base();
	u32 same = 0;

	(void)state;
	for (u64 seed = 0; seed < NR_SEEDS; seed++) {
		size_t one, two;

		memcpy(changed, base, size);
		memcpy(again, base, size);
		one = mutate(&mutator, changed, size, MAX, seed);
		two = mutate(&mutator, again, size, MAX, seed);
		assert_int_equal(one, two);
		assert_memory_equal(changed, again, one);
		same += one == size && !memcmp(changed, base, size);
	}
	assert_true(same < NR_SEEDS / 10);
}

static void what_the_tree_lacks_does_not_come_in(void **state)
{
	struct trace trace = { 0 };
	size_t size = make_base();

	(void)state;
	for (u64 seed = 0; seed < NR_SEEDS; seed++)
		size = mutate(&mutator, base, size, MAX, seed);
	trace_decode(&trace, base, size);
	for (u32 i = 0; i < trace.nr_ops; i++)
		assert_int_not_equal(trace.ops[i].code, OP_tracing_load);
	trace_free(&trace);
}

static void junk_is_mutated_too(void **state)
{
	(void)state;
	for (u64 seed = 0; seed < NR_SEEDS; seed++) {
		for (size_t i = 0; i < 300; i++)
			changed[i] = (seed + 1) * (i + 7) * 2654435761U >> 13;
		assert_whole(changed, mutate(&mutator, changed, 300, MAX, seed));
	}
}

static void crossover_joins_two(void **state)
{
	struct trace one = { 0 }, two = { 0 }, both = { 0 };
	size_t size = make_base(), other_size;
	u32 same = 0;

	(void)state;
	other_size = mutate(&mutator, changed, 0, MAX, 2);
	trace_decode(&one, base, size);
	trace_decode(&two, changed, other_size);
	for (u64 seed = 0; seed < 100; seed++) {
		size_t len = crossover(&mutator, base, size, changed, other_size, again, MAX, seed);
		const struct op *last;
		u32 begin = 0;

		assert_whole(again, len);
		trace_decode(&both, again, len);
		if (!both.nr_ops)
			continue;
		while (begin < both.nr_ops && begin < one.nr_ops &&
		       !memcmp(&both.ops[begin], &one.ops[begin], sizeof(*one.ops)))
			begin++;
		last = &both.ops[both.nr_ops - 1];
		same += begin == both.nr_ops || both.nr_ops == MUTATE_MAX_OPS ||
		        !memcmp(last, &two.ops[two.nr_ops - 1], sizeof(*last));
	}
	assert_true(same > 90);
	trace_free(&one);
	trace_free(&two);
	trace_free(&both);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_becomes_a_trace),
		cmocka_unit_test(mutants_are_whole_ops_and_fit),
		cmocka_unit_test(a_seed_mutates_alike_and_mostly_differently),
		cmocka_unit_test(what_the_tree_lacks_does_not_come_in),
		cmocka_unit_test(junk_is_mutated_too),
		cmocka_unit_test(crossover_joins_two),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
