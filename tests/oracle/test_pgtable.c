// SPDX-License-Identifier: GPL-2.0-only
/* The model of the pgtable world, without a library: what ops answer, what they change and owe. */
#include <string.h>

#include "oracle/pgtable/check.h"
#include "tests/oracle/fake_core.h"
#include "tests/replay/cmocka_test.h"

#define MIB2 0x200000ULL

static struct core *core;
static struct pt_model *m;

#define ISSUE(name, ...) issue(OP_##name, (const u64[OP_MAX_ARGS]){ __VA_ARGS__ })

static s64 issue(unsigned int code, const u64 args[OP_MAX_ARGS])
{
	const struct op op = { .code = code };

	pt_step(m, &op, args);
	return m->expect.ret;
}

static int open_model(void **state)
{
	(void)state;
	core = fake_open(LAYOUT_SMALL);
	m = pt_open(core);
	assert_non_null(m);
	assert_int_equal(ISSUE(s2_init, PGTABLE_STYLE_guest, 40, 0, 16), 0);
	return 0;
}

static int close_model(void **state)
{
	(void)state;
	pt_close(m);
	fake_close(core);
	return 0;
}

static const struct pt_entry *leaf(u64 addr)
{
	ISSUE(s2_get_leaf, addr);
	return m->expect.leaf;
}

static void a_block_is_one_entry(void **state)
{
	(void)state;
	assert_int_equal(ISSUE(s2_map, 0, MIB2, 0x40000000, PGTABLE_RWX, 4, 0), 0);
	assert_int_equal(leaf(0x1000)->kind, PT_MAPPED);
	assert_int_equal(m->expect.leaf_level, 2);
	/* The first level is two tables, and one leads to the block. */
	assert_int_equal(m->used, 3);
}

static void a_page_in_a_block_takes_its_neighbours(void **state)
{
	(void)state;
	ISSUE(s2_map, 0, MIB2, 0x40000000, PGTABLE_RWX, 4, 0);
	if (m->info->owner_max)
		assert_int_equal(ISSUE(s2_set_owner, 0x1000, 0x1000, 1, 4), 0);
	else
		assert_int_equal(ISSUE(s2_annotate, 0x1000, 0x1000, 2, 8, 4), 0);
	assert_int_equal(m->nr_debts, 1);
	assert_int_equal(m->debts[0].kind, PT_DEBT_LEAF);
	assert_int_equal(leaf(0x1000)->kind, PT_ANNOTATED);
	assert_int_equal(leaf(0x2000)->kind, PT_NONE);
}

static void too_few_pages_end_an_op(void **state)
{
	(void)state;
	assert_int_equal(ISSUE(s2_map, 0, 0x1000, 0, PGTABLE_R, 1, 0), PT_E_NOMEM);
	/* The level that there was a page for stays. */
	assert_int_equal(m->used, 3);
	assert_int_equal(ISSUE(s2_map, 0, 0x1000, 0, PGTABLE_R, CACHE_NONE, 0), PT_E_NOMEM);
	assert_int_equal(ISSUE(s2_map, 0, 0x1000, 0, PGTABLE_R, 1, 0), 0);
}

static void an_empty_table_goes_with_its_last_entry(void **state)
{
	(void)state;
	ISSUE(s2_map, 0, 0x2000, 0, PGTABLE_R, 4, 0);
	assert_int_equal(m->used, 4);
	ISSUE(s2_unmap, 0, 0x1000);
	assert_int_equal(m->used, 4);
	ISSUE(s2_unmap, 0x1000, 0x1000);
	assert_int_equal(m->used, 2);
	/* A leaf, and two tables */
	assert_int_equal(m->nr_debts, 3);
}

static void permissions_alone_are_for_another_op(void **state)
{
	(void)state;
	ISSUE(s2_map, 0, 0x1000, 0x5000, PGTABLE_R, 4, 0);
	assert_int_equal(ISSUE(s2_map, 0, 0x1000, 0x5000, PGTABLE_RWX, 4, 0), PT_E_AGAIN);
	assert_int_equal(leaf(0)->prot, PGTABLE_R);
	assert_int_equal(ISSUE(s2_relax_perms, 0, PGTABLE_W, 0), 0);
	assert_int_equal(leaf(0)->prot, PGTABLE_R | PGTABLE_W);
	assert_int_equal(ISSUE(s2_wrprotect, 0, 0x10000), 0);
	assert_int_equal(leaf(0)->prot, PGTABLE_R);
}

static void splitting_keeps_what_is_mapped(void **state)
{
	(void)state;
	ISSUE(s2_map, 0, MIB2, 0x40000000, PGTABLE_R | PGTABLE_DEVICE, 4, 0);
	assert_int_equal(ISSUE(s2_split, 0, MIB2, 0), PT_E_NOMEM);
	assert_int_equal(ISSUE(s2_split, 0, MIB2, 1), 0);
	assert_int_equal(leaf(0x3000)->value, 0x40003000);
	assert_int_equal(leaf(0x3000)->mem, PT_MEM_DEVICE);
}

static void ranges_end_where_addresses_do(void **state)
{
	(void)state;
	assert_int_equal(ISSUE(s2_unmap, BIT(40) - 0x1000, 0x1000), 0);
	assert_int_equal(ISSUE(s2_unmap, BIT(40) - 0x1000, 0x1001), PT_E_RANGE);
	assert_int_equal(ISSUE(s2_map, BIT(40), 0x1000, 0, PGTABLE_R, 4, 0), PT_E_RANGE);
}

static void a_mapping_of_the_hypervisor_is_not_replaced(void **state)
{
	(void)state;
	ISSUE(hyp_init, PGTABLE_STYLE_guest, 48, 8);
	assert_int_equal(ISSUE(hyp_map, 0, MIB2, 0, PGTABLE_R, 8), 0);
	assert_int_equal(ISSUE(hyp_map, 0, MIB2, 0, PGTABLE_R | PGTABLE_SW0, 8), 0);
	assert_false(m->expect.warns);
	ISSUE(hyp_map, 0, MIB2, MIB2, PGTABLE_R, 8);
	assert_true(m->expect.warns);
}

/* With hVHE, EL0 is in the hypervisor's regime: what it may execute is a bit of its own. */
static void hvhe_has_two_bits_for_execution(void **state)
{
	(void)state;
	ISSUE(hyp_init, PGTABLE_STYLE_guest, 48, 8);
	ISSUE(hyp_map, 0x1000, 0x1000, 0, PGTABLE_R | PGTABLE_UX | PGTABLE_W, 8);
	ISSUE(hyp_get_leaf, 0x1000);
	assert_int_equal(pt_descriptor(m, m->expect.leaf, 3, false) & (3ULL << 53 | 3 << 6),
	                 BIT(54) | BIT(6));
	m->caps |= BIT(CAP_hvhe);
	assert_int_equal(ISSUE(hyp_map, 0x2000, 0x1000, 0, PGTABLE_R | PGTABLE_UX | PGTABLE_W, 8),
	                 PT_E_INVAL);
	ISSUE(hyp_map, 0x3000, 0x1000, 0, PGTABLE_R | PGTABLE_UX, 8);
	ISSUE(hyp_get_leaf, 0x3000);
	assert_int_equal(pt_descriptor(m, m->expect.leaf, 3, false) & (3ULL << 53 | 3 << 6),
	                 BIT(53) | BIT(7));
}

/* FEAT_LPA2: bits 51..50 of an output address lie where shareability was, which VTCR_EL2 has then. */
static void lpa2_has_two_bits_more_of_output(void **state)
{
	const u64 phys = 0xd123456789000, high = 3 << 8 | 3ULL << 48;

	(void)state;
	ISSUE(s2_map, 0x1000, 0x1000, phys, PGTABLE_R, 4, 0);
	assert_int_equal(leaf(0x1000)->value, phys & GENMASK(47, 0));
	assert_int_equal(pt_descriptor(m, leaf(0x1000), 3, true) & high, 3 << 8);
	assert_int_equal(ISSUE(s2_pgd_size, 52), PGTABLE_REFUSED);

	pt_close(m);
	core->config.caps = BIT(CAP_lpa2);
	m = pt_open(core);
	assert_int_equal(ISSUE(s2_init, PGTABLE_STYLE_guest, 52, 0, 16), 0);
	assert_int_equal(m->expect.value[0] & (BIT(32) | 7 << 16 | 3 << 12 | 0x3f),
	                 BIT(32) | 6 << 16 | 3 << 12 | 12);
	ISSUE(s2_map, BIT(51), 0x1000, phys, PGTABLE_R, 4, 0);
	assert_int_equal(leaf(BIT(51))->value, phys);
	assert_int_equal(pt_descriptor(m, leaf(BIT(51)), 3, true) & high, 3 << 8 | 1ULL << 48);
}

static void only_the_host_kernel_shares_walks(void **state)
{
	(void)state;
	assert_int_equal(ISSUE(s2_map, 0, 0x1000, 0, PGTABLE_R, 4, PGTABLE_SHARED), PT_E_PERM);
	ISSUE(s2_destroy, 0);
	ISSUE(s2_init, PGTABLE_STYLE_kvm, 40, 0, 16);
	assert_int_equal(ISSUE(s2_map, 0, 0x1000, 0, PGTABLE_R, 4, PGTABLE_SHARED), 0);
}

/* The one that came second finds its entry changed, gives its page back and looks again. */
static void who_comes_second_looks_again(void **state)
{
	(void)state;
	ISSUE(s2_destroy, 0);
	ISSUE(s2_init, PGTABLE_STYLE_kvm, 40, 0, 16);
	assert_int_equal(
		ISSUE(s2_map, 0, 0x1000, 0x5000, PGTABLE_R, 4, PGTABLE_SHARED | PGTABLE_OTHERS),
		PT_E_AGAIN);
	assert_int_equal(leaf(0)->value, 0x5000);
	assert_int_equal(m->used, 4);
}

/* While an entry is changed, others find it locked: nothing of theirs stays. */
static void who_finds_a_change_in_progress_leaves(void **state)
{
	(void)state;
	ISSUE(s2_destroy, 0);
	ISSUE(s2_init, PGTABLE_STYLE_kvm, 40, 0, 16);
	ISSUE(s2_map, 0x1000, 0x1000, 0, PGTABLE_R, 4, 0);
	assert_int_equal(
		ISSUE(s2_map, 0, 0x1000, 0x5000, PGTABLE_R, 4, PGTABLE_SHARED | PGTABLE_OTHERS), 0);
	assert_int_equal(leaf(0)->value, 0x5000);
	assert_int_equal(m->used, 4);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_model, close_model)
	const struct CMUnitTest tests[] = {
		TEST(a_block_is_one_entry),
		TEST(a_page_in_a_block_takes_its_neighbours),
		TEST(too_few_pages_end_an_op),
		TEST(an_empty_table_goes_with_its_last_entry),
		TEST(permissions_alone_are_for_another_op),
		TEST(splitting_keeps_what_is_mapped),
		TEST(ranges_end_where_addresses_do),
		TEST(a_mapping_of_the_hypervisor_is_not_replaced),
		TEST(hvhe_has_two_bits_for_execution),
		TEST(lpa2_has_two_bits_more_of_output),
		TEST(only_the_host_kernel_shares_walks),
		TEST(who_comes_second_looks_again),
		TEST(who_finds_a_change_in_progress_leaves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
