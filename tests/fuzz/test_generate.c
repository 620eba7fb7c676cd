// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/psci.h"
#include "fuzz/generate.h"
#include "tests/replay/cmocka_test.h"

#define NR_TRACES 3000

static struct hello target;
static const char *program;

static const struct generator_options usual = { .length = GENERATE_LENGTH,
	                                        .hostile = GENERATE_HOSTILE };

static void make_target(enum layout layout)
{
	memset(&target, 0, sizeof(target));
	memset(target.has_op, 1, sizeof(target.has_op));
	map_init(&target.map, layout, 40, BIT(47));
	map_carve(&target.map, CARVE_TEXT, 0x20000, MAP_PAGE_SIZE);
	map_carve(&target.map, CARVE_POOL, 0x200000, MAP_PAGE_SIZE);
	map_finish(&target.map);
	target.hypercall_base = 0xc6000000;
	target.hypercall_max = 60;
	target.vm_slots = 255;
}

/* One number for many traces, from their binary form. */
static u64 hash_of_traces(u64 seed, u64 first, u64 nr)
{
	static u8 bytes[TRACE_MAX_OPS * 64];
	struct trace trace = { 0 };
	u64 hash = 0xcbf29ce484222325ULL;
	struct generator gen;

	generator_init(&gen, &usual, &target);
	for (u64 index = first; index < first + nr; index++) {
		size_t len;

		assert_int_equal(generate_trace(&gen, seed, index, &trace), 0);
		len = trace_encode(&trace, bytes);
		for (size_t i = 0; i < len; i++)
			hash = (hash ^ bytes[i]) * 0x100000001b3ULL;
	}

	trace_free(&trace);
	return hash;
}

static void two_processes_generate_the_same_traces(void **state)
{
	char command[4200];
	unsigned long long theirs;
	FILE *other;

	(void)state;
	make_target(LAYOUT_HOLES);
	snprintf(command, sizeof(command), "'%s' --hash", program);
	other = popen(command, "r");
	assert_int_equal(fscanf(other, "%llx", &theirs), 1);
	assert_int_equal(pclose(other), 0);
	assert_true(theirs == hash_of_traces(1, 0, NR_TRACES));
}

static void a_trace_does_not_depend_on_those_before_it(void **state)
{
	(void)state;
	make_target(LAYOUT_SMALL);
	hash_of_traces(1, 0, 17);
	assert_true(hash_of_traces(1, 500, 1) == hash_of_traces(1, 500, 1));
	assert_true(hash_of_traces(1, 500, 1) != hash_of_traces(1, 501, 1));
	assert_true(hash_of_traces(1, 500, 1) != hash_of_traces(2, 500, 1));
}

/* It has no op of its own, but host_hvc makes it. */
static void a_hypercall_without_an_op_is_made(void **state)
{
	struct trace trace = { 0 };
	struct generator gen;
	bool made = false;

	(void)state;
	make_target(LAYOUT_SMALL);
	target.nr_unknown = 1;
	target.unknown[0].id = 0x4321;
	generator_init(&gen, &usual, &target);
	for (u64 index = 0; index < NR_TRACES && !made; index++) {
		assert_int_equal(generate_trace(&gen, 1, index, &trace), 0);
		for (u32 i = 0; i < trace.nr_ops; i++)
			made |= trace.ops[i].code == OP_host_hvc &&
			        trace.ops[i].value[0] == target.hypercall_base + 0x4321;
	}
	trace_free(&trace);
	assert_true(made);
}

static void count_ops(const struct generator_options *options, u32 count[OP_CODE_LIMIT])
{
	struct trace trace = { 0 };
	struct generator gen;

	memset(count, 0, OP_CODE_LIMIT * sizeof(*count));
	generator_init(&gen, options, &target);
	for (u64 index = 0; index < NR_TRACES; index++) {
		assert_int_equal(generate_trace(&gen, 1, index, &trace), 0);
		assert_int_equal(trace.nr_ops, options->length);
		for (u32 i = 0; i < trace.nr_ops; i++)
			count[trace.ops[i].code]++;
	}
	trace_free(&trace);
}

static void every_op_comes_up_and_interplay_most_of_all(void **state)
{
	const u32 all = NR_TRACES * GENERATE_LENGTH;
	u32 count[OP_CODE_LIMIT];
	const struct op_desc *desc;

	(void)state;
	make_target(LAYOUT_SMALL);
	count_ops(&usual, count);
	for_each_op(WORLD_EL2, code, desc)
		if (!count[code])
			fail_msg("%s never comes up", desc->name);
	assert_true(count[OP_host_share_hyp] > all / 8);
	assert_true(count[OP_host_unshare_hyp] > all / 10);
	assert_true(count[OP_host_load] + count[OP_host_store] > all / 8);
	assert_true(count[OP_tlb_flush_vmid] < all / 1000);
}

static void what_the_tree_lacks_is_not_generated(void **state)
{
	u32 count[OP_CODE_LIMIT];

	(void)state;
	make_target(LAYOUT_SMALL);
	target.has_op[OP_host_share_hyp] = 0;
	count_ops(&usual, count);
	assert_int_equal(count[OP_host_share_hyp], 0);
}

/* Does a trace have an op with this first value? */
static bool has(const struct trace *trace, enum op_code code, u64 value)
{
	for (u32 i = 0; i < trace->nr_ops; i++) {
		if (trace->ops[i].code == code && trace->ops[i].value[0] == value)
			return true;
	}

	return false;
}

static void some_traces_use_several_cpus_and_most_do_not(void **state)
{
	u32 several = 0, turned_on = 0;
	struct trace trace = { 0 };
	struct generator gen;

	(void)state;
	make_target(LAYOUT_SMALL);
	generator_init(&gen, &usual, &target);
	for (u64 index = 0; index < NR_TRACES; index++) {
		assert_int_equal(generate_trace(&gen, 1, index, &trace), 0);
		several += has(&trace, OP_on_cpu, 1);
		turned_on += has(&trace, OP_host_smc, PSCI_CPU_ON) && has(&trace, OP_on_cpu, 2);
	}
	trace_free(&trace);
	assert_in_range(several, NR_TRACES / 8, NR_TRACES / 2);
	assert_true(turned_on > NR_TRACES / 50);
}

static void calm_traces_leave_raw_pointers_alone(void **state)
{
	const struct generator_options calm = { .length = 64, .hostile = 10, .calm = true };
	u32 count[OP_CODE_LIMIT];

	(void)state;
	make_target(LAYOUT_SMALL);
	count_ops(&calm, count);
	assert_int_equal(count[OP_tlb_flush_vmid], 0);
	assert_int_equal(count[OP_init_vm], 0);
	assert_true(count[OP_host_share_hyp]);
}

/* How many different pages the sharing ops of a trace name */
static unsigned int distinct_pages(const struct trace *trace)
{
	u64 pages[GENERATE_LENGTH];
	unsigned int nr = 0, i;

	for (u32 n = 0; n < trace->nr_ops; n++) {
		const struct op *op = &trace->ops[n];

		if (op->code != OP_host_share_hyp || op->place[0] != PLACE_RAM)
			continue;
		for (i = 0; i < nr && pages[i] != op->value[0]; i++)
			;
		if (i == nr)
			pages[nr++] = op->value[0];
	}

	return nr;
}

static void a_trace_plays_with_few_pages(void **state)
{
	struct trace trace = { 0 };
	struct generator gen;

	(void)state;
	make_target(LAYOUT_SMALL);
	generator_init(&gen, &usual, &target);
	for (u64 index = 0; index < NR_TRACES; index++) {
		generate_trace(&gen, 1, index, &trace);
		assert_true(distinct_pages(&trace) <= 24);
	}
	trace_free(&trace);
}

/* The page of a PLACE_RAM argument, or -1 */
static u64 ram_page(const struct op *op, unsigned int arg)
{
	const struct op_desc *desc = op_desc(op->code);

	if (arg >= desc->nr_args || op->place[arg] != PLACE_RAM)
		return -1;
	return desc->args[arg].kind == ARG_PFN ? op->value[arg] : op->value[arg] >> MAP_PAGE_SHIFT;
}

static void what_goes_on_is_about_the_same_pages(void **state)
{
	const struct op share = { .code = OP_host_share_hyp,
		                  .value = { 0x123 },
		                  .place = { PLACE_RAM } };
	struct generator_options options = usual;
	u32 near = 0, all = 0;
	struct generator gen;

	(void)state;
	make_target(LAYOUT_SMALL);
	options.even = true;
	generator_init(&gen, &options, &target);
	for (u64 seed = 0; seed < 200; seed++) {
		struct trace trace = { 0 };

		trace_append(&trace, &share);
		assert_int_equal(generate_more(&gen, seed, 20, &trace), 0);
		assert_int_equal(trace.nr_ops, 21);
		assert_memory_equal(&trace.ops[0], &share, sizeof(share));
		for (u32 i = 1; i < trace.nr_ops; i++) {
			u64 page = ram_page(&trace.ops[i], 0);

			all += page != (u64)-1;
			near += page - 0x123 + 20 < 40;
		}
		trace_free(&trace);
	}
	assert_true(all > 200 && near > all / 3);
}

static void hostile_values_come_at_the_set_rate(void **state)
{
	const u32 rates[] = { 0, 10, 50 };
	struct trace trace = { 0 };
	struct generator gen;

	(void)state;
	make_target(LAYOUT_HOLES);
	for (size_t r = 0; r < ARRAY_SIZE(rates); r++) {
		const struct generator_options options = { .length = 64, .hostile = rates[r] };
		u32 shares = 0, hostile = 0;

		generator_init(&gen, &options, &target);
		for (u64 index = 0; index < NR_TRACES; index++) {
			generate_trace(&gen, 1, index, &trace);
			for (u32 i = 0; i < trace.nr_ops; i++) {
				if (trace.ops[i].code != OP_host_share_hyp)
					continue;
				shares++;
				hostile += trace.ops[i].place[0] != PLACE_RAM;
			}
		}
		assert_true(100 * hostile <= (rates[r] + 3) * shares);
		assert_true(100 * hostile + 3 * shares >= rates[r] * shares);
	}
	trace_free(&trace);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_processes_generate_the_same_traces),
		cmocka_unit_test(a_hypercall_without_an_op_is_made),
		cmocka_unit_test(a_trace_does_not_depend_on_those_before_it),
		cmocka_unit_test(every_op_comes_up_and_interplay_most_of_all),
		cmocka_unit_test(what_the_tree_lacks_is_not_generated),
		cmocka_unit_test(some_traces_use_several_cpus_and_most_do_not),
		cmocka_unit_test(calm_traces_leave_raw_pointers_alone),
		cmocka_unit_test(a_trace_plays_with_few_pages),
		cmocka_unit_test(what_goes_on_is_about_the_same_pages),
		cmocka_unit_test(hostile_values_come_at_the_set_rate),
	};

	program = argv[0];
	if (argc == 2 && !strcmp(argv[1], "--hash")) {
		make_target(LAYOUT_HOLES);
		printf("%llx\n", (unsigned long long)hash_of_traces(1, 0, NR_TRACES));
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
