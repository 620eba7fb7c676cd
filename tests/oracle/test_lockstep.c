// SPDX-License-Identifier: GPL-2.0-only
/* How a run goes: modes, verdicts, digests, the second run that locates, explanations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle/lockstep.h"
#include "oracle/model.h"
#include "tests/oracle/fake_core.h"
#include "tests/replay/cmocka_test.h"

static struct core *core;
static struct lockstep *ls;
static struct lockstep_result result;

static const struct op share = { .code = OP_host_share_hyp,
	                         .place = { PLACE_RAM },
	                         .value = { 5 } };
static const struct op unshare = { .code = OP_host_unshare_hyp,
	                           .place = { PLACE_RAM },
	                           .value = { 5 } };
static const struct op store = { .code = OP_host_store,
	                         .place = { PLACE_RAM },
	                         .value = { 0x9000, 0x77 } };
static const struct op load = { .code = OP_host_load, .place = { PLACE_RAM }, .value = { 0x9000 } };
static const struct op refused = { .code = OP_pkvm_init };

static void run(enum lockstep_mode mode, const struct op *ops, u32 nr_ops)
{
	/* What a run says must not depend on what was there. */
	memset(&result, 0xa5, sizeof(result));
	lockstep_run(ls, ops, nr_ops, mode, NULL, &result);
}

#define RUN(mode, ...)                                \
	run(mode, (const struct op[]){ __VA_ARGS__ }, \
	    sizeof((const struct op[]){ __VA_ARGS__ }) / sizeof(struct op))

static void an_empty_trace_passes(void **state)
{
	(void)state;
	for (int mode = LOCKSTEP_CHEAP; mode <= LOCKSTEP_BARE; mode++) {
		run(mode, NULL, 0);
		assert_int_equal(result.verdict, VERDICT_PASS);
		assert_int_equal(result.steps, 0);
		assert_int_equal(result.absent, 0);
	}
}

static void a_passing_run_has_no_finding(void **state)
{
	(void)state;
	for (int mode = LOCKSTEP_CHEAP; mode <= LOCKSTEP_BARE; mode++) {
		RUN(mode, share, store, load, unshare, refused);
		assert_int_equal(result.verdict, VERDICT_PASS);
		assert_int_equal(result.steps, 5);
		assert_int_equal(result.finding.class, FINDING_NONE);
		assert_string_equal(result.finding.place, "");
		assert_string_equal(result.finding.op, "");
		assert_string_equal(result.reason, "");
	}
}

static void each_run_starts_at_boot(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		/* A second share, or a load of the last run's store, would be seen. */
		RUN(LOCKSTEP_CHEAP, load, share, store);
		assert_int_equal(result.verdict, VERDICT_PASS);
	}
	RUN(LOCKSTEP_BARE, share);
	RUN(LOCKSTEP_CHEAP, share);
	assert_int_equal(result.verdict, VERDICT_PASS);
}

static void equal_runs_have_equal_digests(void **state)
{
	u64 first, full;

	(void)state;
	RUN(LOCKSTEP_CHEAP, share, store, load);
	first = result.digest;
	RUN(LOCKSTEP_FULL, share, store, load);
	full = result.digest;
	RUN(LOCKSTEP_CHEAP, unshare);
	for (int i = 0; i < 3; i++) {
		RUN(LOCKSTEP_CHEAP, share, store, load);
		assert_int_equal(result.digest, first);
		RUN(LOCKSTEP_FULL, share, store, load);
		assert_int_equal(result.digest, full);
	}
}

static void a_digest_depends_on_the_trace(void **state)
{
	u64 first;

	(void)state;
	RUN(LOCKSTEP_CHEAP, share, store);
	first = result.digest;
	RUN(LOCKSTEP_CHEAP, store, share);
	assert_int_not_equal(result.digest, first);
	RUN(LOCKSTEP_CHEAP, share);
	assert_int_not_equal(result.digest, first);
}

static void map_early(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	u64 pa = fake_place(c, PLACE_RAM, 200);

	(void)op;
	(void)out;
	if (step == 0)
		fake_view(c, pa)->s2 = fake_leaf(pa, PERM_R | PERM_W | PERM_X);
}

static void a_digest_holds_what_no_op_touched(void **state)
{
	u64 first;

	(void)state;
	RUN(LOCKSTEP_CHEAP, share);
	first = result.digest;
	/* Allowed, but something else happened. */
	core->defect = map_early;
	RUN(LOCKSTEP_CHEAP, share);
	assert_int_equal(result.verdict, VERDICT_PASS);
	assert_int_not_equal(result.digest, first);
}

static u32 wrong_step;

static void change_far_page(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	(void)op;
	(void)out;
	if (step == wrong_step)
		fake_view(c, fake_place(c, PLACE_RAM, 100))->refcount = 1;
}

static void a_late_difference_is_located_by_a_second_run(void **state)
{
	static const struct op trace[] = { share, store, load, refused, unshare, load };
	u32 resets;

	(void)state;
	core->defect = change_far_page;
	for (wrong_step = 0; wrong_step < ARRAY_SIZE(trace); wrong_step++) {
		resets = core->resets;
		run(LOCKSTEP_CHEAP, trace, ARRAY_SIZE(trace));
		assert_int_equal(core->resets, resets + 2);
		assert_int_equal(result.verdict, VERDICT_FINDING);
		assert_int_equal(result.finding.step, wrong_step);
		assert_string_equal(result.finding.op, op_desc(trace[wrong_step].code)->name);
		assert_string_equal(result.finding.place, "refcount");
		run(LOCKSTEP_FULL, trace, ARRAY_SIZE(trace));
		assert_int_equal(result.finding.step, wrong_step);
	}
}

static void a_difference_at_its_step_needs_no_second_run(void **state)
{
	u32 resets = core->resets;

	(void)state;
	RUN(LOCKSTEP_CHEAP, share);
	assert_int_equal(core->resets, resets + 1);
}

static bool once;

static void change_far_page_once(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	(void)op;
	(void)out;
	if (step == 1 && !once) {
		once = true;
		fake_view(c, fake_place(c, PLACE_RAM, 100))->refcount = 1;
	}
}

static void what_the_second_run_does_not_show_is_kept(void **state)
{
	(void)state;
	once = false;
	core->defect = change_far_page_once;
	RUN(LOCKSTEP_CHEAP, share, store, load);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	assert_int_equal(result.finding.step, 3);
	assert_string_equal(result.finding.op, "end");
	assert_string_equal(result.finding.place, "refcount");
}

static void what_was_wrong_before_the_first_step_is_found(void **state)
{
	(void)state;
	core->boot[map_page_index(&core->map, fake_place(core, PLACE_DATA, 0))].s2.kind = LEAF_NONE;
	lockstep_close(ls);
	ls = lockstep_open(core);
	RUN(LOCKSTEP_CHEAP, share, store, load);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	assert_int_equal(result.steps, 0);
	assert_int_equal(result.finding.step, 0);
	assert_string_equal(result.finding.op, "boot");
	assert_string_equal(result.finding.place, "host_annotation");
}

static void lose(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	(void)c;
	(void)op;
	if (step == wrong_step)
		out->kind = OUTCOME_LOST;
}

static void a_lost_harness_ends_the_trace(void **state)
{
	(void)state;
	core->defect = lose;
	wrong_step = 1;
	for (int mode = LOCKSTEP_CHEAP; mode <= LOCKSTEP_FULL; mode++) {
		RUN(mode, share, load, store);
		assert_int_equal(result.verdict, VERDICT_LOST);
		assert_int_equal(result.steps, 2);
		assert_true(strlen(result.reason) > 0);
		assert_int_equal(result.finding.class, FINDING_NONE);
	}
	RUN(LOCKSTEP_BARE, share, load, store);
	assert_int_equal(result.steps, 2);
}

static void crash(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	(void)c;
	(void)op;
	if (step == wrong_step)
		out->kind = OUTCOME_HANG;
}

static void a_crash_ends_the_trace(void **state)
{
	(void)state;
	core->defect = crash;
	wrong_step = 1;
	for (int mode = LOCKSTEP_CHEAP; mode <= LOCKSTEP_BARE; mode++) {
		RUN(mode, share, load, store);
		assert_int_equal(result.steps, 2);
		assert_int_equal(core->steps, 2);
		if (mode != LOCKSTEP_BARE)
			assert_int_equal(result.finding.class, FINDING_HANG);
	}
}

static struct op raw_hypercall(u64 id)
{
	return (struct op){ .code = OP_host_hvc,
		            .value = { core->info.hypercall_base + id, ~0ULL } };
}

static void what_the_model_cannot_answer_ends_the_trace(void **state)
{
	u64 none = core->info.hypercall_max++;

	(void)state;
	for (int mode = LOCKSTEP_CHEAP; mode <= LOCKSTEP_FULL; mode++) {
		RUN(mode, share, raw_hypercall(none), store);
		assert_int_equal(result.verdict, VERDICT_UNMODELLED);
		assert_int_equal(result.steps, 2);
		assert_true(strlen(result.reason) > 0);
	}
}

static void a_crash_needs_no_model(void **state)
{
	u64 none = core->info.hypercall_max++;

	(void)state;
	core->defect = crash;
	wrong_step = 1;
	RUN(LOCKSTEP_CHEAP, share, raw_hypercall(none), store);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	assert_int_equal(result.finding.class, FINDING_HANG);
	assert_string_equal(result.finding.op, "host_hvc");
}

static void ops_that_the_tree_lacks_are_counted(void **state)
{
	(void)state;
	core->info.hypercall[OP_host_share_hyp] = -1;
	for (int mode = LOCKSTEP_CHEAP; mode <= LOCKSTEP_FULL; mode++) {
		RUN(mode, share, store, share, load);
		assert_int_equal(result.verdict, VERDICT_PASS);
		assert_int_equal(result.steps, 4);
		assert_int_equal(result.absent, 2);
	}
}

static void wrong_x1(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	(void)c;
	(void)op;
	if (step == wrong_step)
		out->regs[1] ^= 1;
}

static void a_raw_hypercall_is_called_by_its_name(void **state)
{
	(void)state;
	core->defect = wrong_x1;
	wrong_step = 0;
	RUN(LOCKSTEP_CHEAP, raw_hypercall(core->info.hypercall[OP_host_share_hyp]));
	assert_string_equal(result.finding.op, "host_share_hyp");
	assert_string_equal(result.finding.place, "host_share_hyp x1");
	RUN(LOCKSTEP_CHEAP, raw_hypercall(core->info.hypercall_max));
	assert_string_equal(result.finding.op, "host_hvc");
	assert_string_equal(result.finding.place, "refused_hypercall x1");
}

static void a_raw_hypercall_keeps_its_registers(void **state)
{
	const struct op op = { .code = OP_host_hvc, .value = { 1, 2, 3, 4 } };

	(void)state;
	RUN(LOCKSTEP_FULL, op, op, refused, share);
	assert_int_equal(result.verdict, VERDICT_PASS);
}

static char *explain(const struct op *ops, u32 nr_ops, enum lockstep_mode mode)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	lockstep_run(ls, ops, nr_ops, mode, out, &result);
	fclose(out);
	return text;
}

static void assert_says(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("no '%s' in:\n%s", what, text);
}

static void an_explanation_has_ops_registers_and_changes(void **state)
{
	const struct op trace[] = {
		share, store, load, { .code = OP_host_load, .place = { PLACE_HYP } }
	};
	char *text = explain(trace, ARRAY_SIZE(trace), LOCKSTEP_FULL);

	(void)state;
	assert_int_equal(result.verdict, VERDICT_PASS);
	assert_says(text, "  0  host_share_hyp: share a page with the hypervisor, pfn ram+0x5 (0x");
	assert_says(text, "expected returned, x0 0x0, x1 0x0\n");
	assert_says(text, "actual   returned, x0 0x0, x1 0x0\n");
	assert_says(text, "host OWNED -> SHARED_OWNED, hyp NOPAGE -> SHARED_BORROWED\n");
	assert_says(text, "  1  host_store: store 8 bytes, addr ram+0x9 (0x");
	assert_says(text, "value 0x77\n");
	assert_says(text, "host stage-2 nothing -> ");
	assert_says(text, "rwx memory at level 3\n");
	assert_says(text, "  3  host_load: ");
	assert_says(text, "abort injected into EL1, ESR_EL1 0x96000087, FAR_EL1 0x");
	free(text);
}

static void map_block_early(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	(void)step;
	(void)op;
	(void)out;
	for (u64 n = 200; n < 205; n++) {
		u64 pa = fake_place(c, PLACE_RAM, n);

		fake_view(c, pa)->s2 = fake_leaf(pa, PERM_R | PERM_W | PERM_X);
	}
}

static void an_explanation_joins_pages_that_changed_alike(void **state)
{
	char *text;

	(void)state;
	core->defect = map_block_early;
	text = explain(&load, 1, LOCKSTEP_CHEAP);
	assert_says(text, "ram+0xc8 (0x400c8000), 5 pages: host stage-2 nothing -> rwx memory");
	assert_says(text, "ram+0x9 (0x40009000): host stage-2 nothing -> rwx memory");
	assert_null(strstr(text, "ram+0xc9 "));
	free(text);
}

static void an_explanation_shows_what_was_wrong(void **state)
{
	const struct op trace[] = { share, unshare };
	char *text;

	(void)state;
	core->defect = wrong_x1;
	wrong_step = 1;
	text = explain(trace, ARRAY_SIZE(trace), LOCKSTEP_CHEAP);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	assert_says(text, "  1  host_unshare_hyp: ");
	assert_says(text, "actual   returned, x0 0x0, x1 0x1\n");
	free(text);
}

static void errors_are_explained_by_name(void **state)
{
	char *text = explain(&unshare, 1, LOCKSTEP_CHEAP);

	(void)state;
	assert_says(text, "expected returned, x0 0x0, x1 -EPERM\n");
	free(text);
}

static void an_explanation_says_what_has_no_expectation(void **state)
{
	const struct op unknown[] = { share, raw_hypercall(core->info.hypercall_max) };
	const struct op trace[] = { share, store };
	char *text;

	(void)state;
	core->info.hypercall_max++;
	text = explain(unknown, ARRAY_SIZE(unknown), LOCKSTEP_CHEAP);
	assert_int_equal(result.verdict, VERDICT_UNMODELLED);
	assert_says(text, "the model has no answer\n");
	free(text);
	core->info.hypercall_max--;

	core->info.hypercall[OP_host_share_hyp] = -1;
	core->defect = lose;
	wrong_step = 0; /* of the ops that the tree has */
	text = explain(trace, ARRAY_SIZE(trace), LOCKSTEP_CHEAP);
	assert_int_equal(result.verdict, VERDICT_LOST);
	assert_says(text, "the tree has no such op\n");
	assert_says(text, "the model has no answer\n");
	assert_says(text, "EL1's own code is gone\n");
	free(text);
}

static void explaining_changes_no_verdict(void **state)
{
	const struct op trace[] = { share, store, load };
	struct lockstep_result plain;

	(void)state;
	run(LOCKSTEP_CHEAP, trace, ARRAY_SIZE(trace));
	plain = result;
	free(explain(trace, ARRAY_SIZE(trace), LOCKSTEP_CHEAP));
	assert_memory_equal(&plain, &result, sizeof(plain));
}

static void a_finding_says_what_was_met_and_what_was_due(void **state)
{
	u64 index = map_page_index(&core->map, fake_place(core, PLACE_RAM, 5));

	(void)state;
	core->boot[index].s2 = (struct leaf){ .kind = LEAF_OTHER, .raw = 0xb00, .level = 3 };
	RUN(LOCKSTEP_CHEAP, share);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	assert_says(result.finding.actual, "ram+0x5 (0x");
	assert_says(result.finding.actual, "invalid, holding 0xb00, at level 3");
	assert_says(result.finding.expected, "host SHARED_OWNED, hyp SHARED_BORROWED");
	assert_says(result.finding.expected, "nothing or rwx memory");
}

static int open_lockstep(void **state)
{
	(void)state;
	core = fake_open(LAYOUT_HOLES);
	ls = lockstep_open(core);
	return ls ? 0 : -1;
}

static int close_lockstep(void **state)
{
	(void)state;
	lockstep_close(ls);
	fake_close(core);
	return 0;
}

static void a_model_that_cannot_be_had_is_no_lockstep(void **state)
{
	(void)state;
	core->info.vm_slots = MODEL_MAX_SLOTS + 1;
	assert_null(lockstep_open(core));
}

#define in_lockstep(test) cmocka_unit_test_setup_teardown(test, open_lockstep, close_lockstep)

static u64 other_answer;

static void answer_second(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	(void)op;
	if (step == 1)
		c->regs[1] = out->regs[1] = other_answer;
}

/* For the gate: which error it is changes nothing but the answer. */
static void any_error_will_do_where_one_is_due(void **state)
{
	u64 digest;

	(void)state;
	RUN(LOCKSTEP_ANY_ERROR, share, share, unshare);
	assert_int_equal(result.verdict, VERDICT_PASS);
	digest = result.digest;

	core->defect = answer_second;
	other_answer = (u64)-16;
	RUN(LOCKSTEP_CHEAP, share, share, unshare);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	RUN(LOCKSTEP_ANY_ERROR, share, share, unshare);
	assert_int_equal(result.verdict, VERDICT_PASS);
	assert_int_equal(result.steps, 3);
	assert_int_not_equal(result.digest, digest);

	other_answer = 0;
	RUN(LOCKSTEP_ANY_ERROR, share, share, unshare);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	/* Nor may there be an error where none is due. */
	other_answer = (u64)-1;
	RUN(LOCKSTEP_ANY_ERROR, share, unshare);
	assert_int_equal(result.verdict, VERDICT_FINDING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_lockstep(an_empty_trace_passes),
		in_lockstep(a_passing_run_has_no_finding),
		in_lockstep(each_run_starts_at_boot),
		in_lockstep(equal_runs_have_equal_digests),
		in_lockstep(a_digest_depends_on_the_trace),
		in_lockstep(a_digest_holds_what_no_op_touched),
		in_lockstep(a_late_difference_is_located_by_a_second_run),
		in_lockstep(a_difference_at_its_step_needs_no_second_run),
		in_lockstep(what_the_second_run_does_not_show_is_kept),
		in_lockstep(what_was_wrong_before_the_first_step_is_found),
		in_lockstep(any_error_will_do_where_one_is_due),
		in_lockstep(a_lost_harness_ends_the_trace),
		in_lockstep(a_crash_ends_the_trace),
		in_lockstep(what_the_model_cannot_answer_ends_the_trace),
		in_lockstep(a_crash_needs_no_model),
		in_lockstep(ops_that_the_tree_lacks_are_counted),
		in_lockstep(a_raw_hypercall_is_called_by_its_name),
		in_lockstep(a_raw_hypercall_keeps_its_registers),
		in_lockstep(an_explanation_has_ops_registers_and_changes),
		in_lockstep(an_explanation_joins_pages_that_changed_alike),
		in_lockstep(an_explanation_shows_what_was_wrong),
		in_lockstep(errors_are_explained_by_name),
		in_lockstep(an_explanation_says_what_has_no_expectation),
		in_lockstep(explaining_changes_no_verdict),
		in_lockstep(a_finding_says_what_was_met_and_what_was_due),
		in_lockstep(a_model_that_cannot_be_had_is_no_lockstep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
