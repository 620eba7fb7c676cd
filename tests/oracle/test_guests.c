// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every check of VMs and guests fires, as those of test_checks.c do: the core is a model, honest but
 * for one thing.
 */
#include <stdio.h>
#include <string.h>

#include "oracle/lockstep.h"
#include "tests/oracle/vm_trace.h"
#include "tests/replay/cmocka_test.h"

static struct core *core;
static struct lockstep *ls;
static struct vm_trace trace;

static void make_vm(bool protected)
{
	trace.core = core;
	trace_make_vm(&trace, protected);
}

static void give_pages(bool protected)
{
	trace_give_pages(&trace, protected);
	/* nothing that shows: its step is the one that is spoiled */
	OP(&trace, flush_vm_context);
	OP(&trace, host_load, .place = { PLACE_RAM });
}

#define SPOILED_STEP (trace.nr_ops - 2)

static struct model_vm *vm(void)
{
	return &core->model->vms.vm[0];
}

static void add_guest_leaf(u64 gfn, struct leaf leaf)
{
	core->guest_extra[core->nr_guest_extra++] =
		(struct fake_leaf){ .ia = gfn << MAP_PAGE_SHIFT, .leaf = leaf };
}

static struct leaf own_leaf(u64 n)
{
	struct leaf leaf = fake_leaf(vm()->pages[n].pa, vm()->pages[n].perm);

	leaf.state = vm()->pages[n].state;
	return leaf;
}

/* The guest's last page, seen through another leaf. */
static struct leaf replace_last(void)
{
	struct leaf leaf = own_leaf(2);

	vm()->nr_pages--;
	return leaf;
}

#define SPOIL(name, ...)       \
	static void name(void) \
	{                      \
		__VA_ARGS__    \
	}

SPOIL(page_lost, vm()->nr_pages--;)
SPOIL(page_too_many, add_guest_leaf(GFN + 77, own_leaf(0));)
SPOIL(page_of_the_host,
      add_guest_leaf(GFN + 77, fake_leaf(fake_place(core, PLACE_RAM, 3), PERM_R));)
SPOIL(page_elsewhere, vm()->pages[1].pa += 0x10000;)
SPOIL(page_at_another_gfn, vm()->pages[1].gfn += 64;)
SPOIL(page_device, struct leaf leaf = replace_last(); leaf.type = MEM_DEVICE;
      add_guest_leaf(GFN + 2, leaf);)
SPOIL(page_in_a_block, struct leaf leaf = replace_last(); leaf.level = 2;
      add_guest_leaf(GFN + 2, leaf);)
SPOIL(page_garbage, struct leaf leaf = { .kind = LEAF_OTHER, .level = 3 }; vm()->nr_pages--;
      add_guest_leaf(GFN + 2, leaf);)
SPOIL(page_read_only, vm()->pages[1].perm = PERM_R;)
SPOIL(page_not_executable, vm()->pages[1].perm &= ~PERM_X;)
SPOIL(page_old, vm()->pages[1].old = true;)
SPOIL(page_shared, vm()->pages[1].state = STATE_SHARED_OWNED;)
SPOIL(page_of_no_state, vm()->pages[1].state = STATE_UNKNOWN;)
SPOIL(page_poisoned, vm()->pages[1].poisoned = true;)
SPOIL(table_broken, core->broken[WALK_GUEST_S2] = true;)
SPOIL(table_refcount, fake_view(core, vm()->pgd)->refcount++;)
SPOIL(table_of_the_host, fake_view(core, vm()->pgd)->hyp = STATE_NOPAGE;)
SPOIL(vm_elsewhere, vm()->mem += MAP_PAGE_SIZE;)
SPOIL(vm_gone, core->model->vms.state[0] = VM_FREE;)
SPOIL(vm_reserved, core->model->vms.state[0] = VM_RESERVED;)
SPOIL(slot_taken, core->slots[5] = 0x1234;)
SPOIL(struct_unpinned, fake_view(core, map_object(&core->map, ARENA_KVM, 0))->refcount = 0;)
SPOIL(vcpu_unmapped, fake_view(core, map_object(&core->map, ARENA_VCPU, 0))->s1.kind = LEAF_NONE;)
SPOIL(vm_mem_readable, u64 pa = map_object(&core->map, ARENA_VM_MEM, 0);
      fake_view(core, pa)->s2 = fake_leaf(pa, PERM_R);)
SPOIL(shares_lost, fake_view(core, fake_place(core, PLACE_RAM, PAGE))->host_shares = 0;)
SPOIL(guest_page_readable, u64 pa = fake_place(core, PLACE_RAM, PAGE);
      fake_view(core, pa)->s2 = fake_leaf(pa, PERM_R);)
SPOIL(guest_page_of_hyp, fake_view(core, fake_place(core, PLACE_RAM, PAGE))->s2.owner = OWNER_HYP;)
SPOIL(guest_page_of_another_gfn,
      fake_view(core, fake_place(core, PLACE_RAM, PAGE))->s2.meta ^= BIT(16);)
SPOIL(guest_page_of_another_vm, fake_view(core, fake_place(core, PLACE_RAM, PAGE))->s2.meta ^= 1;)
SPOIL(guest_page_mapped_by_hyp, u64 pa = fake_place(core, PLACE_RAM, PAGE);
      fake_view(core, pa)->s1 = fake_leaf(pa, PERM_R | PERM_W);)

#define PROTECTED BIT(0)
#define NORMAL BIT(1)
#define BOTH (PROTECTED | NORMAL)

static const struct defect {
	const char *name;
	void (*spoil)(void);
	unsigned int vms;
	enum finding_class class;
	const char *place;
} defects[] = {
	{ "a page lost", page_lost, BOTH, FINDING_INVARIANT, "guest_stage2" },
	{ "a page too many", page_too_many, BOTH, FINDING_INVARIANT, "isolation guest" },
	{ "a page of the host", page_of_the_host, BOTH, FINDING_INVARIANT, "isolation guest" },
	{ "a page elsewhere", page_elsewhere, BOTH, FINDING_INVARIANT, "guest_stage2" },
	{ "a page at another GFN", page_at_another_gfn, BOTH, FINDING_INVARIANT,
	  "isolation guest" },
	{ "a page as device", page_device, BOTH, FINDING_INVARIANT, "guest_stage2" },
	{ "a page in a block", page_in_a_block, BOTH, FINDING_INVARIANT, "guest_stage2" },
	{ "garbage", page_garbage, BOTH, FINDING_INVARIANT, "guest_stage2" },
	{ "a page read-only", page_read_only, BOTH, FINDING_INVARIANT, "guest_stage2 permission" },
	{ "a page not executable", page_not_executable, BOTH, FINDING_INVARIANT,
	  "guest_stage2 permission" },
	{ "a page old", page_old, BOTH, FINDING_INVARIANT, "guest_stage2 access flag" },
	{ "a page shared", page_shared, BOTH, FINDING_INVARIANT, "guest_state" },
	{ "a page of no state", page_of_no_state, BOTH, FINDING_INVARIANT, "guest_state" },
	{ "a page poisoned", page_poisoned, BOTH, FINDING_INVARIANT, "guest_stage2" },
	{ "a table broken", table_broken, BOTH, FINDING_INVARIANT, "guest_stage2 broken" },
	{ "a table's refcount", table_refcount, BOTH, FINDING_INVARIANT, "table refcount" },
	{ "a table of the host", table_of_the_host, BOTH, FINDING_STATE, "hyp_state" },
	{ "the VM elsewhere", vm_elsewhere, BOTH, FINDING_STATE, "vm_table" },
	{ "the VM gone", vm_gone, BOTH, FINDING_STATE, "vm_table" },
	{ "the VM only reserved", vm_reserved, BOTH, FINDING_STATE, "vm_table" },
	{ "another slot taken", slot_taken, BOTH, FINDING_STATE, "vm_table" },
	{ "struct kvm not pinned", struct_unpinned, BOTH, FINDING_STATE, "refcount" },
	{ "struct kvm_vcpu not mapped", vcpu_unmapped, BOTH, FINDING_STATE, "hyp_stage1" },
	{ "struct pkvm_hyp_vm readable", vm_mem_readable, BOTH, FINDING_STATE, "host_annotation" },
	{ "shares not counted", shares_lost, NORMAL, FINDING_STATE, "host_share_guest_count" },
	{ "a guest's page readable", guest_page_readable, PROTECTED, FINDING_STATE,
	  "host_annotation" },
	{ "a guest's page the hypervisor's", guest_page_of_hyp, PROTECTED, FINDING_STATE,
	  "host_annotation" },
	{ "a guest's page annotated with another GFN", guest_page_of_another_gfn, PROTECTED,
	  FINDING_STATE, "host_annotation" },
	{ "a guest's page annotated with another VM", guest_page_of_another_vm, PROTECTED,
	  FINDING_STATE, "host_annotation" },
	{ "a guest's page mapped at EL2", guest_page_mapped_by_hyp, BOTH, FINDING_STATE,
	  "hyp_stage1" },
};

static const struct defect *current;
static u32 spoiled_step;

static void spoil(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	(void)c;
	(void)op;
	(void)out;
	if (step == spoiled_step)
		current->spoil();
}

static void open_core(enum layout layout)
{
	core = fake_open(layout);
	fake_follow(core);
	ls = lockstep_open(core);
}

static void close_core(void)
{
	lockstep_close(ls);
	fake_close(core);
}

static void run_defect(const struct defect *defect, bool protected, enum lockstep_mode mode)
{
	struct lockstep_result result;

	make_vm(protected);
	give_pages(protected);
	current = defect;
	spoiled_step = SPOILED_STEP;
	core->defect = spoil;
	lockstep_run(ls, trace.ops, trace.nr_ops, mode, NULL, &result);
	if (result.verdict != VERDICT_FINDING)
		fail_msg("%s: no finding, %s", defect->name, result.reason);
	if (result.finding.class != defect->class || strcmp(result.finding.place, defect->place) ||
	    result.finding.step != spoiled_step)
		fail_msg("%s: %s at step %u: '%s', instead of %s at step %u: '%s'; %s; %s",
		         defect->name, finding_class_name(result.finding.class),
		         result.finding.step, result.finding.place,
		         finding_class_name(defect->class), spoiled_step, defect->place,
		         result.finding.expected, result.finding.actual);
}

static void every_defect_is_found(void **state)
{
	(void)state;
	for (int layout = 0; layout < LAYOUT_SHARED; layout++) {
		open_core(layout);
		for (size_t i = 0; i < ARRAY_SIZE(defects); i++) {
			for (int mode = LOCKSTEP_CHEAP; mode <= LOCKSTEP_FULL; mode++) {
				if (defects[i].vms & PROTECTED)
					run_defect(&defects[i], true, mode);
				if (defects[i].vms & NORMAL)
					run_defect(&defects[i], false, mode);
			}
		}
		close_core();
	}
}

static void pass(void)
{
	struct lockstep_result result;

	for (int mode = LOCKSTEP_CHEAP; mode <= LOCKSTEP_FULL; mode++) {
		lockstep_run(ls, trace.ops, trace.nr_ops, mode, NULL, &result);
		if (result.verdict != VERDICT_PASS)
			fail_msg("step %u: %s%s: %s, but %s", result.steps - 1, result.reason,
			         result.finding.place, result.finding.expected,
			         result.finding.actual);
	}
}

/* At the step that other tests spoil, the guest has its pages, or they would show nothing. */
static void look_at_vm(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	(void)op;
	(void)out;
	if (step != SPOILED_STEP)
		return;
	assert_int_equal(vm()->nr_pages, 3);
	assert_int_equal(c->model->vms.state[0], VM_LIVE);
}

static void an_honest_core_gives_no_finding(void **state)
{
	(void)state;
	open_core(LAYOUT_HOLES);
	core->defect = look_at_vm;
	for (int protected = 0; protected < 2; protected ++) {
		make_vm(protected);
		give_pages(protected);
		pass();
	}
	close_core();
}

/* A struct kvm_vcpu after a guest's run */
static void spoil_exit(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	u64 pa = map_object(&c->map, ARENA_VCPU, 0) + c->info.vcpu_fields[VCPU_FIELD_esr].offset;

	(void)op;
	(void)out;
	for (u32 i = 0; step == spoiled_step && i < c->model->nr_words; i++) {
		if (c->model->words[i].pa == ALIGN_DOWN(pa, 8))
			c->model->words[i].value ^= 1ULL << (pa & 7) * 8;
	}
}

static void what_a_guests_exit_leaves_in_memory_is_checked(void **state)
{
	struct lockstep_result result;

	(void)state;
	open_core(LAYOUT_SMALL);
	for (int protected = 0; protected < 2; protected ++) {
		make_vm(protected);
		/* No code is mapped: the guest exits with a fault. */
		OP(&trace, guest_load, .value = { 0, 0, (u64)GFN << MAP_PAGE_SHIFT });
		core->defect = NULL;
		pass();
		core->defect = spoil_exit;
		spoiled_step = trace.nr_ops - 1;
		lockstep_run(ls, trace.ops, trace.nr_ops, LOCKSTEP_CHEAP, NULL, &result);
		assert_int_equal(result.verdict, VERDICT_FINDING);
		assert_int_equal(result.finding.class, FINDING_STATE);
		assert_string_equal(result.finding.place, "host memory");
		assert_string_equal(result.finding.op, "guest_load");
	}
	close_core();
}

SPOIL(poison_lifted, vm()->pages[1].poisoned = false;)

static void a_poisoned_page_that_comes_back_is_found(void **state)
{
	static const struct defect lifted = { "poison lifted", poison_lifted, PROTECTED,
		                              FINDING_INVARIANT, "guest_annotation" };
	struct lockstep_result result;

	(void)state;
	open_core(LAYOUT_SMALL);
	make_vm(true);
	give_pages(true);
	OP(&trace, force_reclaim_guest_page, .place = { PLACE_RAM },
	   .value = { (u64)(PAGE + 1) << MAP_PAGE_SHIFT });
	OP(&trace, flush_vm_context);
	core->defect = NULL;
	pass();
	current = &lifted;
	core->defect = spoil;
	spoiled_step = trace.nr_ops - 1;
	lockstep_run(ls, trace.ops, trace.nr_ops, LOCKSTEP_CHEAP, NULL, &result);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	assert_string_equal(result.finding.place, "guest_annotation");
	assert_int_equal(result.finding.step, spoiled_step);
	close_core();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_core_gives_no_finding),
		cmocka_unit_test(every_defect_is_found),
		cmocka_unit_test(what_a_guests_exit_leaves_in_memory_is_checked),
		cmocka_unit_test(a_poisoned_page_that_comes_back_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
