// SPDX-License-Identifier: GPL-2.0-only
/* Two cores in lockstep: what must be equal, what may differ, and what a difference is called. */
#include <stdio.h>
#include <string.h>

#include "oracle/lockstep.h"
#include "tests/oracle/fake_core.h"
#include "tests/replay/cmocka_test.h"

#define assert_says(text, part) assert_non_null(strstr(text, part))

static struct core *one, *two;
static struct lockstep *ls;
static struct lockstep_result result;

static const struct op share = { .code = OP_host_share_hyp,
	                         .place = { PLACE_RAM },
	                         .value = { 5 } };
static const struct op unshare = { .code = OP_host_unshare_hyp,
	                           .place = { PLACE_RAM },
	                           .value = { 5 } };
static const struct op load = { .code = OP_host_load, .place = { PLACE_RAM }, .value = { 0x9000 } };

static void run(enum lockstep_mode mode)
{
	const struct op ops[] = { share, load, unshare, load };

	memset(&result, 0xa5, sizeof(result));
	lockstep_run(ls, ops, ARRAY_SIZE(ops), mode, NULL, &result);
}

static void expect_difference(u32 step, const char *op, const char *place)
{
	for (int mode = LOCKSTEP_CHEAP; mode <= LOCKSTEP_FULL; mode++) {
		run(mode);
		assert_int_equal(result.verdict, VERDICT_FINDING);
		assert_int_equal(result.finding.class, FINDING_CORES);
		assert_int_equal(result.finding.step, step);
		assert_string_equal(result.finding.op, op);
		assert_string_equal(result.finding.place, place);
		assert_memory_equal(result.finding.expected, "first: ", 7);
		assert_memory_equal(result.finding.actual, "second: ", 8);
	}
}

static void expect_pass(void)
{
	for (int mode = LOCKSTEP_CHEAP; mode <= LOCKSTEP_BARE; mode++) {
		run(mode);
		assert_int_equal(result.verdict, VERDICT_PASS);
		assert_int_equal(result.steps, 4);
	}
}

static void cores_that_do_the_same_pass(void **state)
{
	(void)state;
	expect_pass();
	assert_true(two->resets > 1);
}

static void answer_otherwise(struct core *core, u32 step, const struct op *op, struct outcome *out)
{
	(void)core;
	(void)op;
	if (step == 2)
		out->regs[1] = 0xbad;
}

static void another_answer_is_found(void **state)
{
	(void)state;
	two->defect = answer_otherwise;
	expect_difference(2, "host_unshare_hyp", "x1");
	assert_string_equal(result.finding.expected, "first: x1 0x0");
	assert_string_equal(result.finding.actual, "second: x1 0xbad");
}

/* The model would say that this core is wrong; that the other is not says more. */
static void it_is_found_on_the_first_core_as_well(void **state)
{
	(void)state;
	one->defect = answer_otherwise;
	expect_difference(2, "host_unshare_hyp", "x1");
}

static void what_both_do_wrong_is_left_to_the_model(void **state)
{
	(void)state;
	one->defect = two->defect = answer_otherwise;
	run(LOCKSTEP_CHEAP);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	assert_int_equal(result.finding.class, FINDING_RETURN);
}

static void change_pstate(struct core *core, u32 step, const struct op *op, struct outcome *out)
{
	(void)core;
	(void)op;
	if (step == 1)
		out->pstate |= BIT(22);
}

static void another_pstate_is_found(void **state)
{
	(void)state;
	two->defect = change_pstate;
	expect_difference(1, "host_load", "PSTATE");
}

static void crash(struct core *core, u32 step, const struct op *op, struct outcome *out)
{
	(void)core;
	(void)op;
	if (step == 1)
		out->kind = OUTCOME_EL2_EXCEPTION;
}

static void a_crash_of_one_core_is_found(void **state)
{
	(void)state;
	two->defect = crash;
	expect_difference(1, "host_load", "the_symbol");
	assert_says(result.finding.actual, "exception taken from EL2");
	assert_says(result.finding.expected, "returned");
}

static void a_crash_elsewhere_is_found(void **state)
{
	(void)state;
	one->defect = two->defect = crash;
	snprintf(two->source.symbol, sizeof(two->source.symbol), "elsewhere");
	expect_difference(1, "host_load", "the_symbol");
}

static void the_same_crash_is_the_models(void **state)
{
	(void)state;
	one->defect = two->defect = crash;
	run(LOCKSTEP_CHEAP);
	assert_int_equal(result.finding.class, FINDING_EXCEPTION);
}

static void call_el3(struct core *core, u32 step, const struct op *op, struct outcome *out)
{
	(void)op;
	(void)out;
	core->smcs.nr = step == 1;
	core->smcs.calls[0].args[0] = 0x84000063;
	core->smcs.calls[0].args[7] = 7;
}

static void call_el3_otherwise(struct core *core, u32 step, const struct op *op,
                               struct outcome *out)
{
	call_el3(core, step, op, out);
	core->smcs.calls[0].args[7] = 8;
}

static void another_call_to_el3_is_found(void **state)
{
	(void)state;
	one->defect = call_el3;
	two->defect = call_el3_otherwise;
	expect_difference(1, "host_load", "EL3 call");
	assert_string_equal(result.finding.actual, "second: x7 of call 0 to EL3 0x8");
}

static void share_more(struct core *core, u32 step, const struct op *op, struct outcome *out)
{
	(void)op;
	(void)out;
	if (step == 0)
		fake_view(core, fake_place(core, PLACE_RAM, 5))->refcount = 3;
}

static void a_page_that_the_step_touched_is_found_at_once(void **state)
{
	(void)state;
	two->defect = share_more;
	expect_difference(0, "host_share_hyp", "memory of the vmemmap");
	assert_says(result.finding.actual, "ram+0x5");
	assert_says(result.finding.actual, "refcount 3");
}

static u64 stray_pa, stray_word;

static void write_stray(struct core *core, u32 step, const struct op *op, struct outcome *out)
{
	(void)op;
	(void)out;
	if (step == 1)
		fake_write(core, stray_pa, stray_word);
}

/* No rule of the model looks there: found at the end of the trace, and located. */
static void a_write_that_no_step_makes_is_located(void **state)
{
	(void)state;
	two->defect = write_stray;
	stray_pa = fake_place(two, PLACE_RAM, 200) + 0x10;
	stray_word = 0xfeed;
	expect_difference(1, "host_load", "memory of the host");
	assert_says(result.finding.expected, "ram+0xc8");
	assert_says(result.finding.expected, " 0x0");
	assert_says(result.finding.actual, " 0xfeed");
	one->defect = write_stray;
	expect_pass();
}

static void what_was_written_has_a_name(void **state)
{
	const struct {
		u64 pa;
		const char *place, *text;
	} places[] = {
		{ core_hyp_page(one, fake_place(one, PLACE_RAM, 9)), "memory of the vmemmap",
		  "struct hyp_page of ram+0x9" },
		{ core_vm_table(one) + 16, "memory of the VM table", "VM slot 2" },
		{ one->tables[WALK_HOST_S2].pa + 8, "memory of the host stage-2",
		  "entry 1 of the level 0 table" },
		{ one->tables[WALK_HYP_S1].pa + 24, "memory of the hyp stage-1",
		  "entry 3 of the level 1 table" },
		{ fake_place(one, PLACE_HYP, 100), "memory of the pool", "(hypervisor pool)" },
		{ fake_place(one, PLACE_TEXT, 1), "memory of the text", "(hypervisor text)" },
	};

	(void)state;
	two->defect = write_stray;
	stray_word = 0xfeed;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		stray_pa = places[i].pa;
		expect_difference(1, "host_load", places[i].place);
		assert_says(result.finding.actual, places[i].text);
	}
}

static void stacks_are_a_cores_own(void **state)
{
	(void)state;
	two->defect = write_stray;
	stray_word = 0xfeed;
	for (unsigned int i = 0; i < two->map.nr_carveouts; i++) {
		if (two->map.carveouts[i].role != CARVE_STACK)
			continue;
		stray_pa = two->map.carveouts[i].base;
		expect_pass();
	}
}

static u64 words[2];

static void write_words(struct core *core, u32 step, const struct op *op, struct outcome *out)
{
	(void)op;
	(void)out;
	if (step == 1)
		fake_write(core, fake_place(core, PLACE_HYP, 100), words[core == two]);
}

static void point(u64 first, u64 second)
{
	one->defect = two->defect = write_words;
	words[0] = first;
	words[1] = second;
}

static void addresses_are_the_same_if_they_lead_to_the_same_place(void **state)
{
	u64 pa = fake_place(one, PLACE_HYP, 7);

	(void)state;
	point(map_hyp_va(&one->map, pa), map_hyp_va(&two->map, pa));
	expect_pass();
	point(map_hyp_va(&one->map, pa), map_hyp_va(&two->map, pa) + 8);
	expect_difference(1, "host_load", "memory of the pool");
	/* The vmemmap's range */
	point(one->map.hyp_va_base / 8 * 6 + 0x40, two->map.hyp_va_base / 8 * 6 + 0x40);
	expect_pass();
	point(one->map.hyp_va_base / 8 * 6 + 0x40, two->map.hyp_va_base / 8 * 5 + 0x40);
	expect_difference(1, "host_load", "memory of the pool");
}

static void functions_are_the_same_by_name(void **state)
{
	one->functions[0] = (struct fake_symbol){ "zalloc", 0x800040201000, 0x100 };
	two->functions[0] = (struct fake_symbol){ "zalloc", 0x3ffff0004000, 0x80 };
	two->functions[1] = (struct fake_symbol){ "free", 0x3ffff0005000, 0x80 };
	one->nr_functions = 1;
	two->nr_functions = 2;

	(void)state;
	point(0x800040201000, 0x3ffff0004000);
	expect_pass();
	expect_pass();
	point(0x800040201000, 0x3ffff0005000);
	expect_difference(1, "host_load", "memory of the pool");
	point(0x800040201000, 0x3ffff0004010);
	expect_difference(1, "host_load", "memory of the pool");
}

static void add_variable(struct core *core, const char *name, u64 offset)
{
	u64 pa = fake_place(core, PLACE_DATA, 0) + offset;

	core->variables[core->nr_variables++] =
		(struct fake_symbol){ name, map_hyp_va(&core->map, pa), 16 };
}

static void write_variable(struct core *core, u32 step, const struct op *op, struct outcome *out)
{
	(void)op;
	(void)out;
	if (step == 1)
		fake_write(core, map_hyp_pa(&core->map, core->variables[0].va) + 8,
		           words[core == two]);
}

static void variables_are_compared_by_name(void **state)
{
	(void)state;
	one->defect = two->defect = write_variable;
	words[0] = words[1] = 5;
	expect_pass();
	words[1] = 6;
	expect_difference(1, "host_load", "variable pool");
	assert_string_equal(result.finding.actual, "second: pool+0x8 0x6");
}

static void addresses_of_variables_are_translated(void **state)
{
	(void)state;
	point(one->variables[0].va + 8, two->variables[0].va + 8);
	expect_pass();
	/* The same place is now another variable. */
	point(one->variables[0].va + 8,
	      map_hyp_va(&two->map, map_hyp_pa(&one->map, one->variables[0].va + 8)));
	expect_difference(1, "host_load", "memory of the pool");
}

static void a_step_that_the_model_does_not_know_is_compared(void **state)
{
	u64 none = one->info.hypercall_base + one->info.hypercall_max++;
	const struct op ops[] = { load, { .code = OP_host_hvc, .value = { none } }, load };

	(void)state;
	lockstep_run(ls, ops, ARRAY_SIZE(ops), LOCKSTEP_CHEAP, NULL, &result);
	assert_int_equal(result.verdict, VERDICT_UNMODELLED);
	assert_string_equal(result.finding.op, "");

	two->defect = write_stray;
	stray_pa = fake_place(two, PLACE_RAM, 200);
	stray_word = 0xfeed;
	lockstep_run(ls, ops, ARRAY_SIZE(ops), LOCKSTEP_CHEAP, NULL, &result);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	assert_int_equal(result.finding.class, FINDING_CORES);
	assert_int_equal(result.finding.step, 1);
	assert_string_equal(result.finding.op, "host_hvc");
}

static void what_differs_after_boot_is_found(void **state)
{
	u64 pa = fake_place(two, PLACE_RAM, 3);
	struct error err;

	(void)state;
	two->memory[map_page_index(&two->map, pa) * MAP_PAGE_SIZE] = 1;
	lockstep_close(ls);
	ls = lockstep_open(one);
	assert_int_equal(lockstep_add(ls, two, &err), 0);
	expect_difference(0, "boot", "memory of the host");
}

static void another_machine_is_refused(void **state)
{
	struct lockstep *other = lockstep_open(one);
	struct core *holes = fake_open(LAYOUT_HOLES);
	struct error err;

	(void)state;
	assert_int_equal(lockstep_add(other, holes, &err), -1);
	assert_says(err.text, "differently");
	two->config.caps ^= 1;
	assert_int_equal(lockstep_add(other, two, &err), -1);
	lockstep_close(other);
	fake_close(holes);
}

static void a_report_shows_both_values(void **state)
{
	char text[8192] = { 0 };
	FILE *report = fmemopen(text, sizeof(text) - 1, "w");
	const struct op ops[] = { share, load, unshare };

	(void)state;
	two->defect = answer_otherwise;
	lockstep_run(ls, ops, ARRAY_SIZE(ops), LOCKSTEP_CHEAP, report, &result);
	fclose(report);
	assert_says(text, "the cores differ:");
	assert_says(text, "first: x1 0x0\n");
	assert_says(text, "second: x1 0xbad\n");
}

static int open_cores(void **state)
{
	struct error err;

	(void)state;
	one = fake_open(LAYOUT_SMALL);
	two = fake_open(LAYOUT_SMALL);
	two->config.kind = 1;
	/* Where another core has its linear map */
	two->map.hyp_va_base = BIT(46);
	core_reset(two);
	ls = lockstep_open(one);
	return lockstep_add(ls, two, &err);
}

static int close_cores(void **state)
{
	(void)state;
	lockstep_close(ls);
	fake_close(one);
	fake_close(two);
	return 0;
}

/* A compiler puts them in another order. */
static int open_with_variables(void **state)
{
	struct error err;

	open_cores(state);
	lockstep_close(ls);
	add_variable(one, "pool", 0x20);
	add_variable(one, "lock", 0x40);
	add_variable(two, "pool", 0x48);
	add_variable(two, "lock", 0x20);
	ls = lockstep_open(one);
	return lockstep_add(ls, two, &err);
}

#define with_cores(test) cmocka_unit_test_setup_teardown(test, open_cores, close_cores)
#define with_variables(test) cmocka_unit_test_setup_teardown(test, open_with_variables, close_cores)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_cores(cores_that_do_the_same_pass),
		with_cores(another_answer_is_found),
		with_cores(it_is_found_on_the_first_core_as_well),
		with_cores(what_both_do_wrong_is_left_to_the_model),
		with_cores(another_pstate_is_found),
		with_cores(a_crash_of_one_core_is_found),
		with_cores(a_crash_elsewhere_is_found),
		with_cores(the_same_crash_is_the_models),
		with_cores(another_call_to_el3_is_found),
		with_cores(a_page_that_the_step_touched_is_found_at_once),
		with_cores(a_write_that_no_step_makes_is_located),
		with_cores(what_was_written_has_a_name),
		with_cores(stacks_are_a_cores_own),
		with_cores(addresses_are_the_same_if_they_lead_to_the_same_place),
		with_cores(functions_are_the_same_by_name),
		with_variables(variables_are_compared_by_name),
		with_variables(addresses_of_variables_are_translated),
		with_cores(a_step_that_the_model_does_not_know_is_compared),
		with_cores(what_differs_after_boot_is_found),
		with_cores(another_machine_is_refused),
		with_cores(a_report_shows_both_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
