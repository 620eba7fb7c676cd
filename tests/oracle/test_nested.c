// SPDX-License-Identifier: GPL-2.0-only
/* Each rule of the nested world fires on an observation that breaks it, made by hand. */
#include "oracle/nested/check.h"
#include "tests/replay/cmocka_test.h"

#include <stdlib.h>
#include <string.h>

#define IPA 0x80000000ULL
#define LEVEL1 (NESTED_POOL_PA)
#define LEVEL2 (NESTED_POOL_PA + 0x1000)
#define LEVEL3 (NESTED_POOL_PA + 0x2000)
/* KVM's tables */
#define DESC_TABLE 3
#define DESC_RW (0x4c3ULL | BIT(54))
#define DESC_R (0x443ULL | BIT(54))
/* L1's: a page, read and write, and a block */
#define L1_PAGE 0x7ffULL
#define L1_BLOCK 0x7fdULL

struct made {
	struct nested_shared shared;
	struct nested_view view;
	struct nested_model model;
	struct nested_check check;
	struct finding finding;
	struct op op;
	u64 args[OP_MAX_ARGS];
	u64 *pool, *ram;
};

static u64 *entry(struct made *w, u64 table, u64 index)
{
	return w->pool + (table - NESTED_POOL_PA) / 8 + index;
}

static u64 *page_entry(struct made *w, u64 page)
{
	return entry(w, LEVEL3, page);
}

static void issue(struct made *w, u16 code, u64 a, u64 b, u64 c)
{
	w->op.code = code;
	w->args[0] = a;
	w->args[1] = b;
	w->args[2] = c;
	w->finding.class = FINDING_NONE;
}

/* vCPU 0 runs L2 by stage 2 number 1, of VMID 1 and 39 bits; L1 maps one page of it. */
static int setup(void **state)
{
	struct made *w = calloc(1, sizeof(*w));
	struct nested_vcpu *vcpu = &w->shared.vcpus[0];

	w->pool = calloc(NESTED_POOL_PAGES, NESTED_PAGE_SIZE);
	w->ram = calloc(1, NESTED_RAM_SIZE);
	w->view = (struct nested_view){ &w->shared, (u8 *)w->pool, (u8 *)w->ram };
	w->model.view = &w->view;
	w->model.pa_bits = w->shared.pa_bits = 40;
	w->model.xnx = true;
	w->model.fwb = true;
	w->check = (struct nested_check){
		.model = &w->model, .finding = &w->finding, .op = &w->op, .args = w->args, .mmu = 1
	};
	for (unsigned int i = 0; i < NESTED_SLOTS; i++)
		w->model.slots[i] = NESTED_SLOT_THERE;
	for (u64 i = 0; i < NESTED_RAM_PAGES; i++)
		w->shared.backing[i] = NESTED_RAM_PA / NESTED_PAGE_SIZE + i;

	vcpu->in_l2 = 1;
	vcpu->mmu = 1;
	vcpu->regs[NESTED_REG_vttbr_el2] = BIT(48) | NESTED_RAM_IPA;
	vcpu->regs[NESTED_REG_vtcr_el2] = 0x80020059;
	vcpu->regs[NESTED_REG_hcr_el2] = 1;
	w->shared.mmus[1] = (struct nested_mmu){ .pgd = LEVEL1,
		                                 .vttbr = vcpu->regs[NESTED_REG_vttbr_el2],
		                                 .vtcr = 0x80020059,
		                                 .ia_bits = 40,
		                                 .start_level = 1,
		                                 .refs = 1,
		                                 .s2_enabled = 1 };
	w->model.contexts[1].vttbr = w->shared.mmus[1].vttbr;
	w->model.contexts[1].vtcr = 0x80020059;
	w->model.contexts[1].s2_enabled = true;
	w->model.before[0] = *vcpu;

	*entry(w, LEVEL1, 2) = LEVEL2 | DESC_TABLE;
	*entry(w, LEVEL2, 0) = LEVEL3 | DESC_TABLE;
	w->ram[2] = (NESTED_RAM_IPA + 0x2000) | DESC_TABLE;
	w->ram[0x2000 / 8] = (NESTED_RAM_IPA + 0x3000) | DESC_TABLE;
	w->ram[0x3000 / 8 + 1] = (NESTED_RAM_IPA + 0x200000) | L1_PAGE;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct made *w = *state;

	free(w->pool);
	free(w->ram);
	free(w);
	return 0;
}

/* L2 reads the page that L1 maps; KVM maps it as @desc. */
static int fault(struct made *w, u64 page, u64 how, u64 desc)
{
	issue(w, OP_access, 0, IPA + page * NESTED_PAGE_SIZE, how);
	nested_walk(&w->model, 1, w->args[1], &w->check.leaf);
	nested_walk_l1(&w->model, &w->shared.vcpus[0], w->args[1], &w->check.l1);
	w->shared.ret = 1;
	w->shared.value[0] = 0x93c08007;
	*page_entry(w, page) = desc;
	return nested_check_fault(&w->check) || nested_check_shadows(&w->check);
}

static void assert_finding(struct made *w, enum finding_class class, const char *place)
{
	assert_string_equal(w->finding.place, place);
	assert_int_equal(w->finding.class, class);
}

static void map_one(struct made *w)
{
	assert_int_equal(fault(w, 1, NESTED_ACCESS_read, (NESTED_RAM_PA + 0x200000) | DESC_RW), 0);
	assert_int_equal(w->model.contexts[1].nr, 1);
}

static void a_right_leaf_passes(void **state)
{
	struct made *w = *state;

	map_one(w);
	assert_int_equal(nested_check_everything(&w->check), 0);
}

static void another_page_is_found(void **state)
{
	struct made *w = *state;

	assert_int_not_equal(fault(w, 1, NESTED_ACCESS_read, (NESTED_RAM_PA + 0x201000) | DESC_RW),
	                     0);
	assert_finding(w, FINDING_STATE, "new leaf, another page");
}

static void more_permission_than_l1s_is_found(void **state)
{
	struct made *w = *state;

	w->ram[0x3000 / 8 + 1] &= ~BIT(7);
	assert_int_not_equal(fault(w, 1, NESTED_ACCESS_read, (NESTED_RAM_PA + 0x200000) | DESC_RW),
	                     0);
	assert_finding(w, FINDING_STATE, "new leaf, permission");
}

static void a_page_that_has_moved_is_found(void **state)
{
	struct made *w = *state;

	w->shared.backing[0x200] += NESTED_RAM_PAGES;
	assert_int_not_equal(fault(w, 1, NESTED_ACCESS_read, (NESTED_RAM_PA + 0x200000) | DESC_RW),
	                     0);
	assert_finding(w, FINDING_STATE, "new leaf, not the host's page");
}

static void a_writable_leaf_of_a_read_only_slot_is_found(void **state)
{
	struct made *w = *state;

	w->model.slots[0] |= NESTED_SLOT_READONLY;
	assert_int_not_equal(fault(w, 1, NESTED_ACCESS_read, (NESTED_RAM_PA + 0x200000) | DESC_RW),
	                     0);
	assert_finding(w, FINDING_STATE, "new leaf, of a read-only slot");
}

static void a_page_that_is_moving_is_found(void **state)
{
	struct made *w = *state;

	w->model.nr_notified = 1;
	w->model.notified[0] = 0x1ff000;
	w->model.notified_size[0] = 0x2000;
	assert_int_not_equal(fault(w, 1, NESTED_ACCESS_read, (NESTED_RAM_PA + 0x200000) | DESC_RW),
	                     0);
	assert_finding(w, FINDING_STATE, "new leaf, within a notifier");
}

static void a_leaf_larger_than_l1s_is_found(void **state)
{
	struct made *w = *state;

	*entry(w, LEVEL2, 0) = 0;
	issue(w, OP_access, 0, IPA + 0x1000, NESTED_ACCESS_read);
	nested_walk_l1(&w->model, &w->shared.vcpus[0], w->args[1], &w->check.l1);
	w->shared.ret = 1;
	*entry(w, LEVEL2, 0) = (NESTED_RAM_PA + 0x200000) | (DESC_RW & ~2ULL);
	assert_int_not_equal(nested_check_shadows(&w->check), 0);
	assert_finding(w, FINDING_STATE, "new leaf, larger than L1's");
}

static void a_fault_that_l1_must_see_is_missed(void **state)
{
	struct made *w = *state;

	assert_int_not_equal(fault(w, 2, NESTED_ACCESS_read, 0), 0);
	assert_finding(w, FINDING_RETURN, "reflected, but L2 goes on");
}

static void a_fault_of_another_level_is_found(void **state)
{
	struct made *w = *state;

	w->shared.vcpus[0].in_l2 = 0;
	w->shared.vcpus[0].esr_el2 = 0x93c08006;
	assert_int_not_equal(fault(w, 2, NESTED_ACCESS_read, 0), 0);
	assert_finding(w, FINDING_RETURN, "reflected FSC");
}

static void a_resolved_fault_without_a_leaf_is_found(void **state)
{
	struct made *w = *state;

	assert_int_not_equal(fault(w, 1, NESTED_ACCESS_read, 0), 0);
	assert_finding(w, FINDING_STATE, "resolved");
}

static void a_hit_elsewhere_is_found(void **state)
{
	struct made *w = *state;

	map_one(w);
	issue(w, OP_access, 0, IPA + 0x1000, NESTED_ACCESS_read);
	nested_walk(&w->model, 1, w->args[1], &w->check.leaf);
	w->shared.ret = NESTED_HIT;
	w->shared.value[0] = NESTED_RAM_PA;
	assert_int_not_equal(nested_check_fault(&w->check), 0);
	assert_finding(w, FINDING_RETURN, "hit");
}

static void a_leaf_that_goes_without_a_tlbi_is_found(void **state)
{
	struct made *w = *state;

	map_one(w);
	issue(w, OP_resched, 0, 0, 0);
	w->shared.ret = 0;
	*page_entry(w, 1) = 0;
	assert_int_not_equal(nested_check_shadows(&w->check), 0);
	assert_finding(w, FINDING_STATE, "gone, and no TLBI");

	/* Of another stage 2: it does not help. */
	w->shared.events[0] = (struct nested_event){ .kind = NESTED_FLUSH_VMID, .mmu = 2 };
	w->shared.nr_events = 1;
	issue(w, OP_resched, 0, 0, 0);
	assert_int_not_equal(nested_check_shadows(&w->check), 0);
	w->shared.events[0].mmu = 1;
	issue(w, OP_resched, 0, 0, 0);
	assert_int_equal(nested_check_shadows(&w->check), 0);
}

static void a_leaf_that_a_notifier_leaves_is_found(void **state)
{
	struct made *w = *state;

	map_one(w);
	w->shared.ret = 0;
	issue(w, OP_notifier_start, 0x201000, 0x1000, 0);
	assert_int_equal(nested_check_shadows(&w->check), 0);
	issue(w, OP_notifier_start, 0x200000, 0x1000, 0);
	assert_int_not_equal(nested_check_shadows(&w->check), 0);
	assert_finding(w, FINDING_STATE, "notifier leaves a leaf");
}

static void a_leaf_that_a_tlbi_leaves_is_found(void **state)
{
	struct made *w = *state;

	map_one(w);
	w->shared.ret = 1;
	issue(w, OP_l1_tlbi, 0, NESTED_TLBI_IPAS2E1IS, (IPA + 0x2000) >> 12);
	assert_int_equal(nested_check_shadows(&w->check), 0);
	/* A hint of another level may miss, and another VMID does. */
	issue(w, OP_l1_tlbi, 0, NESTED_TLBI_IPAS2E1IS, (IPA + 0x1000) >> 12 | 6ULL << 44);
	assert_int_equal(nested_check_shadows(&w->check), 0);
	w->model.before[0].regs[NESTED_REG_vttbr_el2] = BIT(49);
	issue(w, OP_l1_tlbi, 0, NESTED_TLBI_VMALLS12E1IS, 0);
	assert_int_equal(nested_check_shadows(&w->check), 0);
	issue(w, OP_l1_tlbi, 0, NESTED_TLBI_ALLE1, 0);
	assert_int_not_equal(nested_check_shadows(&w->check), 0);
	assert_finding(w, FINDING_STATE, "TLBI leaves a leaf");
	w->model.before[0].regs[NESTED_REG_vttbr_el2] = BIT(48);
	issue(w, OP_l1_tlbi, 0, NESTED_TLBI_RIPAS2E1, (IPA + 0x1000) >> 12 | BIT(46));
	assert_int_not_equal(nested_check_shadows(&w->check), 0);
}

static void a_block_goes_as_a_whole(void **state)
{
	struct made *w = *state;

	w->ram[0x2000 / 8] = (NESTED_RAM_IPA + 0x200000) | L1_BLOCK;
	assert_int_equal(fault(w, 1, NESTED_ACCESS_read, (NESTED_RAM_PA + 0x201000) | DESC_RW), 0);
	w->shared.ret = 1;
	issue(w, OP_l1_tlbi, 0, NESTED_TLBI_IPAS2E1IS, (IPA + 0x7000) >> 12);
	assert_int_not_equal(nested_check_shadows(&w->check), 0);
	assert_finding(w, FINDING_STATE, "TLBI leaves a leaf");
	issue(w, OP_l1_tlbi, 0, NESTED_TLBI_RIPAS2E1, (IPA + 0x8000) >> 12 | BIT(46));
	assert_int_not_equal(nested_check_shadows(&w->check), 0);
	assert_finding(w, FINDING_STATE, "range TLBI leaves the rest of a block");
}

static void a_leaf_that_stays_writable_is_found(void **state)
{
	struct made *w = *state;

	map_one(w);
	w->shared.ret = 0;
	issue(w, OP_memslot, 0, NESTED_SLOT_THERE | NESTED_SLOT_LOGGED, 0);
	assert_int_not_equal(nested_check_shadows(&w->check), 0);
	assert_finding(w, FINDING_STATE, "memory slot logged");

	*page_entry(w, 1) = (NESTED_RAM_PA + 0x200000) | DESC_R;
	issue(w, OP_memslot, 0, NESTED_SLOT_THERE | NESTED_SLOT_LOGGED, 0);
	assert_int_not_equal(nested_check_shadows(&w->check), 0);
	assert_finding(w, FINDING_STATE, "write-protected, and no TLBI");
}

static void a_stage_2_of_another_context_is_found(void **state)
{
	struct made *w = *state;

	assert_int_equal(nested_check_vcpus(&w->check), 0);
	w->shared.mmus[1].refs = 2;
	assert_int_not_equal(nested_check_vcpus(&w->check), 0);
	assert_finding(w, FINDING_INVARIANT, "users of a stage 2");
	w->shared.mmus[1].vttbr ^= BIT(12);
	assert_int_not_equal(nested_check_vcpus(&w->check), 0);
	assert_finding(w, FINDING_INVARIANT, "context of a vCPU");
}

static void what_a_recycled_stage_2_keeps_is_found(void **state)
{
	struct made *w = *state;

	map_one(w);
	w->shared.ret = 0;
	w->shared.mmus[1].vttbr = BIT(50);
	w->shared.mmus[1].pending_unmap = 1;
	issue(w, OP_enter_l2, 0, 0, 0);
	assert_int_equal(nested_check_shadows(&w->check), 0);
	w->shared.mmus[1].pending_unmap = 0;
	assert_int_not_equal(nested_check_shadows(&w->check), 0);
	assert_finding(w, FINDING_STATE, "recycled");
}

static void a_leaf_that_nobody_made_is_found(void **state)
{
	struct made *w = *state;

	map_one(w);
	*page_entry(w, 7) = (NESTED_RAM_PA + 0x200000) | DESC_R;
	assert_int_not_equal(nested_check_everything(&w->check), 0);
	assert_finding(w, FINDING_STATE, "a leaf that nobody has made");
}

static void clean(struct made *w, u64 size)
{
	w->shared.nr_events = 1;
	w->shared.events[0] = (struct nested_event){ .kind = NESTED_CLEAN,
		                                     .addr = NESTED_RAM_PA + 0x200000,
		                                     .size = size };
}

/* Without FEAT_S2FWB */
static void what_is_not_cleaned_is_found(void **state)
{
	struct made *w = *state;

	w->model.fwb = false;
	assert_int_not_equal(fault(w, 1, NESTED_ACCESS_read, (NESTED_RAM_PA + 0x200000) | DESC_RW),
	                     0);
	assert_finding(w, FINDING_STATE, "new leaf, not cleaned");
	*page_entry(w, 1) = 0;
	clean(w, NESTED_PAGE_SIZE);
	map_one(w);

	w->shared.nr_events = 0;
	issue(w, OP_l2_sctlr, 0, 5, 0);
	assert_false(nested_clean_due(&w->check));
	w->model.traps_sctlr[0] = true;
	w->check.cleans = nested_clean_due(&w->check);
	assert_int_not_equal(nested_check_shadows(&w->check), 0);
	assert_finding(w, FINDING_STATE, "not cleaned");
	nested_follow_caches(&w->model, OP_l2_sctlr, w->args);
	issue(w, OP_set_way, 0, 0, 0);
	assert_true(nested_clean_due(&w->check));
	clean(w, NESTED_PAGE_SIZE / 2);
	assert_int_not_equal(nested_check_shadows(&w->check), 0);
	clean(w, NESTED_PAGE_SIZE);
	assert_int_equal(nested_check_shadows(&w->check), 0);
	/* Until the caches are on */
	nested_follow_caches(&w->model, OP_set_way, w->args);
	assert_false(nested_clean_due(&w->check));
}

/* L2 touches a page while another vCPU does @op; KVM maps it as @desc. */
static int race(struct made *w, u16 op, u64 a, u64 b, u64 c, u64 desc)
{
	issue(w, OP_access, 0, IPA + NESTED_PAGE_SIZE, NESTED_ACCESS_read);
	w->shared.ret = 1;
	w->shared.nr_meanwhile = 1;
	w->shared.nr_done = 0;
	w->shared.meanwhile[0] =
		(struct nested_meanwhile){ .op = op % OP_CODE_LIMIT, .args = { a, b, c } };
	nested_race_before(&w->check);
	*page_entry(w, 1) = desc;
	w->shared.nr_done = w->shared.meanwhile[0].order = 1;
	return nested_check_race(&w->check);
}

static void what_races_with_an_access_is_checked(void **state)
{
	struct made *w = *state;
	const u64 right = (NESTED_RAM_PA + 0x200000) | DESC_R, page = (IPA + 0x1000) >> 12;

	assert_int_equal(race(w, OP_resched, 1, 0, 0, right), 0);
	assert_int_equal(race(w, OP_l1_tlbi, 1, NESTED_TLBI_IPAS2E1IS, page, right), 0);
	assert_int_not_equal(race(w, OP_resched, 1, 0, 0, right + NESTED_PAGE_SIZE), 0);
	assert_finding(w, FINDING_STATE, "changed in a race, and no TLBI");
}

static void a_leaf_of_nobodys_in_a_race_is_found(void **state)
{
	struct made *w = *state;
	const u64 right = (NESTED_RAM_PA + 0x200000) | DESC_R;

	assert_int_not_equal(race(w, OP_resched, 1, 0, 0, right + NESTED_PAGE_SIZE), 0);
	assert_finding(w, FINDING_STATE, "new leaf, not L1's, in a race");
	w->model.contexts[1].nr = 0;
	assert_int_not_equal(race(w, OP_notifier_start, 0x200000, 0x1000, 0, right), 0);
	assert_finding(w, FINDING_STATE, "leaf within a notifier, in a race");
	w->model.nr_notified = 0;
	w->model.contexts[1].nr = 0;
	w->shared.backing[0x200]++;
	assert_int_not_equal(race(w, OP_resched, 1, 0, 0, right), 0);
	assert_finding(w, FINDING_STATE, "not the host's page, in a race");
}

static void a_tlbi_that_is_lost_in_a_race_is_found(void **state)
{
	struct made *w = *state;

	map_one(w);
	w->model.before[1].regs[NESTED_REG_vttbr_el2] = w->shared.mmus[1].vttbr;
	w->ram[0x3000 / 8 + 1] = 0;
	assert_int_not_equal(race(w, OP_l1_tlbi, 1, NESTED_TLBI_IPAS2E1IS, (IPA + 0x1000) >> 12,
	                          (NESTED_RAM_PA + 0x200000) | DESC_RW),
	                     0);
	assert_finding(w, FINDING_STATE, "TLBI lost in a race");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_right_leaf_passes),
		TEST(another_page_is_found),
		TEST(more_permission_than_l1s_is_found),
		TEST(a_page_that_has_moved_is_found),
		TEST(a_writable_leaf_of_a_read_only_slot_is_found),
		TEST(a_page_that_is_moving_is_found),
		TEST(a_leaf_larger_than_l1s_is_found),
		TEST(a_fault_that_l1_must_see_is_missed),
		TEST(a_fault_of_another_level_is_found),
		TEST(a_resolved_fault_without_a_leaf_is_found),
		TEST(a_hit_elsewhere_is_found),
		TEST(a_leaf_that_goes_without_a_tlbi_is_found),
		TEST(a_leaf_that_a_notifier_leaves_is_found),
		TEST(a_leaf_that_a_tlbi_leaves_is_found),
		TEST(a_block_goes_as_a_whole),
		TEST(a_leaf_that_stays_writable_is_found),
		TEST(a_stage_2_of_another_context_is_found),
		TEST(what_a_recycled_stage_2_keeps_is_found),
		TEST(a_leaf_that_nobody_made_is_found),
		TEST(what_is_not_cleaned_is_found),
		TEST(what_races_with_an_access_is_checked),
		TEST(a_leaf_of_nobodys_in_a_race_is_found),
		TEST(a_tlbi_that_is_lost_in_a_race_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
