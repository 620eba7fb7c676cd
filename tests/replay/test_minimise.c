// SPDX-License-Identifier: GPL-2.0-only
/* What is left of a trace: as little as fails, as plain as fails. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/prng.h"
#include "replay/minimise.h"
#include "replay/simplify.h"
#include "tests/replay/cmocka_test.h"

static struct memory_map map;

static struct trace parse(const char *ops)
{
	struct trace trace = { 0 };
	char text[4096];
	struct error err;

	snprintf(text, sizeof(text), "# el2fuzz trace 1 world=el2\n%s", ops);
	if (trace_parse(&trace, "test", text, strlen(text), &err))
		fail_msg("%s", err.text);
	return trace;
}

static bool has_line(const struct trace *trace, const char *line)
{
	char text[OP_TEXT_MAX];

	for (u32 i = 0; i < trace->nr_ops; i++) {
		if (!strcmp(op_format(&trace->ops[i], text, sizeof(text)), line))
			return true;
	}

	return false;
}

static void simplify(struct trace *trace, bool (*fails)(void *, struct trace *), void *arg)
{
	struct simplifier s = { .map = &map, .trace = trace, .fails = fails, .arg = arg };

	do {
		simplify_ops(&s);
	} while (simplify_args(&s));
	simplifier_free(&s);
}

static void expect(struct trace *trace, const char *ops)
{
	struct trace expected = parse(ops);
	char a[OP_TEXT_MAX], b[OP_TEXT_MAX];

	assert_int_equal(trace->nr_ops, expected.nr_ops);
	for (u32 i = 0; i < expected.nr_ops; i++)
		assert_string_equal(op_format(&trace->ops[i], a, sizeof(a)),
		                    op_format(&expected.ops[i], b, sizeof(b)));
	trace_free(trace);
	trace_free(&expected);
}

/* A page is shared twice. */
static bool shares_twice(void *arg, struct trace *trace)
{
	(void)arg;
	for (u32 i = 0; i < trace->nr_ops; i++) {
		for (u32 j = 0; j < i; j++) {
			if (trace->ops[i].code == OP_host_share_hyp &&
			    !memcmp(&trace->ops[i], &trace->ops[j], sizeof(struct op))) {
				trace->nr_ops = i + 1;
				return true;
			}
		}
	}

	return false;
}

static void a_page_stays_one_page(void **state)
{
	struct trace trace = parse("host_load addr=ram+0x5000\n"
	                           "host_share_hyp pfn=ram+0x55\n"
	                           "host_share_hyp pfn=end-1\n"
	                           "host_share_hyp pfn=ram+0x12\n"
	                           "host_share_hyp pfn=ram+0x55\n"
	                           "host_load addr=ram+0x6000\n");

	(void)state;
	simplify(&trace, shares_twice, NULL);
	expect(&trace, "host_share_hyp pfn=ram+0x0\nhost_share_hyp pfn=ram+0x0\n");
}

static bool stores_where_shared(void *arg, struct trace *trace)
{
	(void)arg;
	return trace->nr_ops == 2 && trace->ops[0].code == OP_host_share_hyp &&
	       trace->ops[1].code == OP_host_store &&
	       trace->ops[0].place[0] == trace->ops[1].place[0] &&
	       trace->ops[0].value[0] == trace->ops[1].value[0] >> MAP_PAGE_SHIFT &&
	       (trace->ops[1].value[0] & 0xfff) >= 0x100 && trace->ops[1].value[1] >= 77;
}

static void a_page_is_the_same_in_pages_and_in_bytes(void **state)
{
	struct trace trace = parse("host_share_hyp pfn=text+0x3\n"
	                           "host_store addr=text+0x3458 value=0xfedcba9876543210\n");

	(void)state;
	simplify(&trace, stores_where_shared, NULL);
	expect(&trace, "host_share_hyp pfn=ram+0x0\n"
	               "host_store addr=ram+0x100 value=0x4d\n");
}

static bool loads_far_out(void *arg, struct trace *trace)
{
	(void)arg;
	return trace->nr_ops && trace->ops[0].place[0] == PLACE_LIMIT;
}

static void what_counts_back_stays(void **state)
{
	struct trace trace = parse("host_load addr=limit-0x1000\n");

	(void)state;
	simplify(&trace, loads_far_out, NULL);
	expect(&trace, "host_load addr=limit+0x0\n");
}

/* A second slot is taken, and a VM of it torn down. */
static bool tears_down(void *arg, struct trace *trace)
{
	u64 slots = 0;

	(void)arg;
	for (u32 i = 0; i < trace->nr_ops; i++) {
		if (trace->ops[i].code == OP_reserve_vm)
			slots++;
		if (trace->ops[i].code == OP_start_teardown_vm &&
		    trace->ops[i].place[0] == PLACE_VM && trace->ops[i].value[0] + 1 == slots)
			return true;
	}

	return false;
}

static void slots_move_up(void **state)
{
	struct trace trace = parse("reserve_vm\nreserve_vm\nreserve_vm\n"
	                           "start_teardown_vm handle=vm+2\n");

	(void)state;
	simplify(&trace, tears_down, NULL);
	expect(&trace, "reserve_vm\nstart_teardown_vm handle=vm+0\n");
}

/* Object and page of the object belong to one VM. */
static bool uses_its_vcpu(void *arg, struct trace *trace)
{
	u64 pages = map.arenas[ARENA_VCPU].object_size >> MAP_PAGE_SHIFT;
	const struct op *share = trace->ops, *init = trace->ops + 1, *load = trace->ops + 2;

	(void)arg;
	return trace->nr_ops == 3 && share->place[0] == PLACE_VCPU &&
	       init->place[1] == PLACE_VCPU && share->value[0] / pages == init->value[1] &&
	       init->value[1] / MAP_VCPUS == load->value[0];
}

static void the_first_vm_takes_its_objects_along(void **state)
{
	struct trace trace = parse("host_share_hyp pfn=vcpu+0xc\n"
	                           "init_vcpu handle=vm+0x0 vcpu=vcpu+0x6 mem=vcpu_mem+0x6\n"
	                           "guest_load vm=3 vcpu=0 ipa=0x80000000\n");

	(void)state;
	simplify(&trace, uses_its_vcpu, NULL);
	expect(&trace, "host_share_hyp pfn=vcpu+0x0\n"
	               "init_vcpu handle=vm+0x0 vcpu=vcpu+0x0 mem=vcpu_mem+0x0\n"
	               "guest_load vm=0 vcpu=0 ipa=0x0\n");
}

/* Some ops are needed, in their order; others must not be there without a third. */
static bool needs(void *arg, struct trace *trace)
{
	const u8 *needed = arg;
	u32 found = 0;

	for (u32 i = 0; i < trace->nr_ops && needed[found]; i++) {
		if (trace->ops[i].code == needed[found])
			found++;
	}

	return !needed[found];
}

static void no_single_op_can_go(void **state)
{
	static const u8 codes[] = { OP_host_load, OP_host_share_hyp, OP_reserve_vm, OP_vcpu_put };
	struct prng prng;

	(void)state;
	prng_seed(&prng, 1, 0);
	for (int round = 0; round < 300; round++) {
		u8 needed[9] = { 0 };
		struct trace trace = { 0 };
		u32 nr = prng_below(&prng, ARRAY_SIZE(needed));

		for (u32 i = 0; i < nr; i++)
			needed[i] = codes[prng_below(&prng, ARRAY_SIZE(codes))];
		for (int i = 0; i < 64; i++) {
			struct op op = { .code = codes[prng_below(&prng, ARRAY_SIZE(codes))],
				         .value[0] = prng_u64(&prng) };

			trace_append(&trace, &op);
		}
		if (needs(needed, &trace)) {
			simplify(&trace, needs, needed);
			assert_int_equal(trace.nr_ops, nr);
		}
		trace_free(&trace);
	}
}

static char build_id_file[] = "/tmp/el2fuzz-test-XXXXXX";

static const struct client_config config = { .runner = FAKE_RUNNER,
	                                     .core = "aarch64",
	                                     .image = "none",
	                                     .layout = "holes",
	                                     .caps = "none",
	                                     .build_id_file = build_id_file,
	                                     .start_timeout = 20,
	                                     .run_timeout = 20 };

static enum minimise_verdict run(const char *find, const char *signature, struct minimised *result)
{
	struct trace trace = parse("host_load addr=ram+0x5000\nreserve_vm\nhost_share_hyp pfn=9\n");
	const struct minimise_task task = { .config = &config,
		                            .trace = &trace,
		                            .signature = signature };
	enum minimise_verdict verdict;
	struct error err;

	setenv("FAKE_FIND", find, 1);
	verdict = minimise(&task, result, &err);
	unsetenv("FAKE_FIND");
	trace_free(&trace);
	return verdict;
}

static void the_machine_becomes_the_default(void **state)
{
	struct minimised result;

	(void)state;
	assert_int_equal(run("reserve_vm", NULL, &result), MINIMISE_DONE);
	assert_int_equal(result.trace.nr_ops, 1);
	assert_true(has_line(&result.trace, "reserve_vm"));
	assert_string_equal(result.signature, "return reserve_vm fake aa");
	assert_string_equal(result.layout, "small");
	assert_string_equal(result.caps, "lse,fwb,xnx,ffa");
	assert_true(result.is_minimum);
	minimised_free(&result);
}

static void what_passes_is_not_minimised(void **state)
{
	struct minimised result;

	(void)state;
	assert_int_equal(run("vcpu_put", NULL, &result), MINIMISE_PASSES);
	minimised_free(&result);
	assert_int_equal(run("reserve_vm", "bug somewhere else", &result), MINIMISE_PASSES);
	minimised_free(&result);
}

static void a_death_of_the_runner_is_minimised(void **state)
{
	struct minimised result;

	(void)state;
	setenv("FAKE_DIE", "host_share_hyp", 1);
	assert_int_equal(run("vcpu_put", NULL, &result), MINIMISE_DONE);
	unsetenv("FAKE_DIE");
	assert_int_equal(result.trace.nr_ops, 1);
	assert_string_equal(result.signature, "harness end runner SIGKILL");
	minimised_free(&result);
}

static int set_up(void **state)
{
	static const char text[] = "kernel 7.3\nid 0123456789abcdef\n";
	int fd = mkstemp(build_id_file);

	(void)state;
	map_init(&map, LAYOUT_SMALL, 40, BIT(47));
	for (int kind = 0; kind < ARENA_COUNT; kind++)
		map_add_arena(&map, kind, 2 * MAP_PAGE_SIZE, MAP_VMS * MAP_VCPUS);
	map_finish(&map);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -1;
	return close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(build_id_file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_stays_one_page),
		cmocka_unit_test(a_page_is_the_same_in_pages_and_in_bytes),
		cmocka_unit_test(what_counts_back_stays),
		cmocka_unit_test(slots_move_up),
		cmocka_unit_test(the_first_vm_takes_its_objects_along),
		cmocka_unit_test(no_single_op_can_go),
		cmocka_unit_test(the_machine_becomes_the_default),
		cmocka_unit_test(what_passes_is_not_minimised),
		cmocka_unit_test(a_death_of_the_runner_is_minimised),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
