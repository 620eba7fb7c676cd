// SPDX-License-Identifier: GPL-2.0-only
/* After a trace the host gets all back, or that is a finding. */
#include <stdio.h>
#include <string.h>

#include "oracle/lockstep.h"
#include "oracle/teardown.h"
#include "tests/oracle/vm_trace.h"
#include "tests/replay/cmocka_test.h"

static struct core *core;
static struct lockstep *ls;
static struct vm_trace trace;
static struct lockstep_result result;

static void open_core(void)
{
	core = fake_open(LAYOUT_HOLES);
	fake_follow(core);
	ls = lockstep_open(core);
	trace.core = core;
}

static void close_core(void)
{
	lockstep_close(ls);
	fake_close(core);
}

static void run(void)
{
	lockstep_run(ls, trace.ops, trace.nr_ops, LOCKSTEP_CHEAP, NULL, &result);
}

static void assert_as_after_boot(void)
{
	for (u64 i = 0; i < core->map.nr_pages; i++) {
		const struct page_view *is = &core->views[i], *was = &core->boot[i];

		if (is->host != was->host || is->hyp != was->hyp || is->refcount != was->refcount ||
		    is->host_shares != was->host_shares || is->s1.kind != was->s1.kind)
			fail_msg("page 0x%llx is not as it was",
			         (unsigned long long)map_page_pa(&core->map, i));
	}
	for (u32 slot = 0; slot < core->info.vm_slots; slot++)
		assert_int_equal(core_vm_slots(core)[slot], 0);
}

static void every_trace_is_undone(void **state)
{
	(void)state;
	open_core();
	for (int protected = 0; protected < 2; protected ++) {
		trace_make_vm(&trace, protected);
		trace_give_pages(&trace, protected);
		OP(&trace, reserve_vm);
		OP(&trace, host_share_hyp, .place = { PLACE_RAM });
		run();
		if (result.verdict != VERDICT_PASS)
			fail_msg("%s: %s, but %s", result.finding.place, result.finding.expected,
			         result.finding.actual);
		assert_int_equal(result.steps, trace.nr_ops);
		assert_as_after_boot();
	}
	close_core();
}

/* A core that does nothing: there is nothing to undo. */
static void a_trace_that_leaves_nothing_is_left_alone(void **state)
{
	(void)state;
	open_core();
	trace.nr_ops = 0;
	OP(&trace, host_load, .place = { PLACE_RAM });
	run();
	assert_int_equal(result.verdict, VERDICT_PASS);
	assert_int_equal(core->steps, 1);
	close_core();
}

static u64 kvm_word(enum kvm_field field)
{
	return map_object(&core->map, ARENA_KVM, 0) + core->info.kvm_fields[field].offset;
}

static u64 *word(u64 pa)
{
	for (unsigned int i = 0; i < core->nr_words; i++) {
		if (core->words[i].pa == pa)
			return &core->words[i].value;
	}
	fail_msg("nobody wrote 0x%llx", (unsigned long long)pa);
	return NULL;
}

static u64 *first_link(void)
{
	return word(kvm_word(KVM_FIELD_stage2_mc_head));
}

#define SPOIL(name, ...)                      \
	static void name(struct outcome *out) \
	{                                     \
		(void)out;                    \
		__VA_ARGS__                   \
	}

SPOIL(list_elsewhere, *first_link() = fake_place(core, PLACE_HYP, 3);)
SPOIL(list_too_short, *first_link() = *word(*first_link());)
SPOIL(list_cyclic, *word(*word(*first_link())) = *first_link();)
SPOIL(list_mixed_up, *word(kvm_word(KVM_FIELD_teardown_mc_head)) = *first_link();)
SPOIL(tail_lost, u64 at = *first_link(); while (*word(at)) at = *word(at); *word(at) = 0x1000;)
SPOIL(miscounted, u64 pa = kvm_word(KVM_FIELD_stage2_mc_nr);
      core->words[core->nr_words++] = (struct fake_word){ .pa = pa, .value = 77 };)
SPOIL(structure_not_cleared,
      fake_write(core, *word(kvm_word(KVM_FIELD_teardown_mc_head)) + MAP_PAGE_SIZE - 8, 1);)
SPOIL(not_cleared, out->regs[1] = 0x1234;)
SPOIL(refused, out->regs[1] = -22;)
SPOIL(hangs, out->kind = OUTCOME_HANG;)

static const struct defect {
	const char *name;
	void (*spoil)(struct outcome *out);
	u8 code; /* of the step that is spoiled */
	const char *op;
	const char *place;
} defects[] = {
	{ "another page", list_elsewhere, OP_finalize_teardown_vm, "finalize_teardown_vm",
	  "memcache of a destroyed VM" },
	{ "a page lost", list_too_short, OP_finalize_teardown_vm, "finalize_teardown_vm",
	  "memcache of a destroyed VM" },
	{ "a cycle", list_cyclic, OP_finalize_teardown_vm, "finalize_teardown_vm",
	  "memcache of a destroyed VM" },
	{ "pages in the other list", list_mixed_up, OP_finalize_teardown_vm, "finalize_teardown_vm",
	  "memcache of a destroyed VM" },
	{ "the tail lost", tail_lost, OP_finalize_teardown_vm, "finalize_teardown_vm",
	  "memcache tail" },
	{ "a wrong number", miscounted, OP_finalize_teardown_vm, "finalize_teardown_vm",
	  "host memory" },
	{ "a structure not cleared", structure_not_cleared, OP_finalize_teardown_vm,
	  "finalize_teardown_vm", "memory of a destroyed VM" },
	{ "a page not cleared", not_cleared, OP_host_load, "host_load", "host_access x1" },
	{ "a page not given back", refused, OP_reclaim_dying_guest_page, "reclaim_dying_guest_page",
	  "reclaim_dying_guest_page x1" },
	{ "a VM that stays", refused, OP_start_teardown_vm, "start_teardown_vm",
	  "start_teardown_vm x1" },
	{ "a hang", hangs, OP_finalize_teardown_vm, "finalize_teardown_vm", "the_symbol" },
};

static const struct defect *current;

static void spoil(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	(void)c;
	(void)step;
	if (op->code == current->code)
		current->spoil(out);
}

static void what_goes_wrong_in_a_teardown_is_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(defects); i++) {
		current = &defects[i];
		open_core();
		core->defect = spoil;
		trace_make_vm(&trace, true);
		trace_give_pages(&trace, true);
		run();
		if (result.verdict != VERDICT_FINDING ||
		    strcmp(result.finding.place, current->place) ||
		    strcmp(result.finding.op, current->op))
			fail_msg("%s: '%s' in %s", current->name, result.finding.place,
			         result.finding.op);
		assert_int_equal(result.finding.step, trace.nr_ops);
		close_core();
	}
}

/* The model, which agrees with the core by then, holds what is left. */
static void what_is_left_is_a_leak(void **state)
{
	struct model *model;
	struct model_page *page;
	struct finding finding;
	struct check check = { .finding = &finding };

	(void)state;
	open_core();
	check.model = model = model_open(&core->map, &core->info);
	page = model_change(model, fake_place(core, PLACE_RAM, 9));
	assert_int_equal(check_leaks(&check), 0);

#define LEAK(what, leaves)                                          \
	do {                                                        \
		const struct model_page saved = *page;              \
		leaves;                                             \
		assert_int_equal(check_leaks(&check), -1);          \
		assert_int_equal(finding.class, FINDING_INVARIANT); \
		assert_string_equal(finding.place, what);           \
		*page = saved;                                      \
	} while (0)

	LEAK("leak pin", page->pins = 1);
	LEAK("leak share", page->host_shares = 1);
	LEAK("leak share", (page->host_shares = 2, page->orphaned = 1));
	LEAK("leak page", page->host = STATE_SHARED_OWNED);
	LEAK("leak page", page->hyp = STATE_OWNED);
	LEAK("leak page", page->access = ACCESS_DONATED);
	LEAK("leak mapping", page->hyp_perm = PERM_R);
	/* What the host let a VM take with it, it knows. */
	page->host = STATE_NOPAGE;
	page->orphaned = 1;
	assert_int_equal(check_leaks(&check), 0);
	model->vms.any = true;
	model->vms.state[3] = VM_RESERVED;
	assert_int_equal(check_leaks(&check), -1);
	assert_string_equal(finding.place, "leak VM slot");
	model_close(model);
	close_core();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_trace_is_undone),
		cmocka_unit_test(a_trace_that_leaves_nothing_is_left_alone),
		cmocka_unit_test(what_goes_wrong_in_a_teardown_is_found),
		cmocka_unit_test(what_is_left_is_a_leak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
