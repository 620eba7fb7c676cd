// SPDX-License-Identifier: GPL-2.0-only
/* Each rule about VNCR_EL2 fires on an observation that breaks it, made by hand. */
#include "oracle/nested/check.h"
#include "tests/replay/cmocka_test.h"

#include <stdlib.h>
#include <string.h>

#define DESC_TABLE 3

struct made {
	struct nested_shared shared;
	struct nested_view view;
	struct nested_model model;
	struct nested_check check;
	struct finding finding;
	struct op op;
	u64 args[OP_MAX_ARGS];
	u64 *ram;
};

static void issue(struct made *w, u16 code, u64 a, u64 b)
{
	w->op.code = code;
	w->args[0] = a;
	w->args[1] = b;
}

/* vCPU 0 runs L2. */
static int setup(void **state)
{
	struct made *w = calloc(1, sizeof(*w));

	w->ram = calloc(1, NESTED_RAM_SIZE);
	w->view = (struct nested_view){ .shared = &w->shared, .ram = (u8 *)w->ram };
	w->model.view = &w->view;
	w->model.pa_bits = w->shared.pa_bits = 40;
	w->check = (struct nested_check){
		.model = &w->model, .finding = &w->finding, .op = &w->op, .args = w->args
	};
	for (unsigned int i = 0; i < NESTED_SLOTS; i++)
		w->model.slots[i] = NESTED_SLOT_THERE;
	for (u64 i = 0; i < NESTED_RAM_PAGES; i++)
		w->shared.backing[i] = NESTED_RAM_PA / NESTED_PAGE_SIZE + i;
	w->shared.vcpus[0].in_l2 = 1;
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct made *w = *state;

	free(w->ram);
	free(w);
	return 0;
}

static void assert_finding(const struct made *w, enum finding_class class, const char *place)
{
	assert_int_equal(w->finding.class, class);
	assert_string_equal(w->finding.place, place);
}

/* L2 is a hypervisor, whose registers are in the first page of L1's RAM. */
static void map_vncr(struct made *w)
{
	w->shared.vcpus[0].regs[NESTED_REG_vncr_el2] = NESTED_RAM_IPA;
	w->shared.vncr[0].pa = NESTED_RAM_PA;
	w->shared.vncr[0].writable = 1;
	w->model.vncr[0].nr = 0;
	nested_vncr_before(&w->check);
	nested_vncr_walked(&w->check, 0, &w->check.vncr[0]);
	assert_int_equal(nested_check_vncr(&w->check), 0);
}

static void a_vncr_page_of_nobodys_is_found(void **state)
{
	struct made *w = *state;

	map_vncr(w);
	w->shared.vncr[0].pa += NESTED_PAGE_SIZE;
	assert_int_not_equal(nested_check_vncr(&w->check), 0);
	assert_finding(w, FINDING_STATE, "VNCR page, another page");

	map_vncr(w);
	w->model.notified_size[0] = NESTED_PAGE_SIZE;
	w->model.notified[0] = 0;
	w->model.nr_notified = 1;
	assert_int_not_equal(nested_check_vncr(&w->check), 0);
	assert_finding(w, FINDING_STATE, "VNCR page within a notifier");
	w->model.nr_notified = 0;

	w->model.slots[0] = NESTED_SLOT_THERE | NESTED_SLOT_READONLY;
	assert_int_not_equal(nested_check_vncr(&w->check), 0);
	assert_finding(w, FINDING_STATE, "VNCR page of a read-only slot, writable");
	w->model.slots[0] = 0;
	assert_int_not_equal(nested_check_vncr(&w->check), 0);
	assert_finding(w, FINDING_STATE, "VNCR page outside of memory slots");

	w->shared.vcpus[0].in_l2 = 0;
	assert_int_not_equal(nested_check_vncr(&w->check), 0);
	assert_finding(w, FINDING_STATE, "VNCR page while L1 runs");
}

static void a_wrong_vncr_abort_is_found(void **state)
{
	struct made *w = *state;
	const u64 esr = 0x25ULL << 26 | BIT(25) | BIT(13) | 7;

	map_vncr(w);
	w->shared.vncr[0].pa = 0;
	w->shared.ret = 1;
	w->shared.value[0] = esr;
	w->model.before[0] = w->shared.vcpus[0];
	issue(w, OP_vncr_access, 0, 1);
	assert_int_not_equal(nested_check_vncr_access(&w->check), 0);
	assert_finding(w, FINDING_STATE, "VNCR abort");
	w->model.slots[0] = 0;
	assert_int_not_equal(nested_check_vncr_access(&w->check), 0);
	assert_finding(w, FINDING_RETURN, "VNCR abort");
	w->shared.vcpus[0].in_l2 = 0;
	w->shared.vcpus[0].esr_el2 = esr;
	assert_int_not_equal(nested_check_vncr_access(&w->check), 0);
	assert_finding(w, FINDING_RETURN, "VNCR abort, ESR");
	w->shared.vcpus[0].esr_el2 = (esr & ~0x3fULL) | 0x10;
	w->shared.vcpus[0].elr_el2 = w->shared.vcpus[0].pc;
	assert_int_equal(nested_check_vncr_access(&w->check), 0);
	w->args[1] |= NESTED_VNCR_FAR;
	assert_int_not_equal(nested_check_vncr_access(&w->check), 0);
	assert_finding(w, FINDING_RETURN, "VNCR abort, FAR");
}

/* L1's own stage 1 has 39 bits and maps VNCR_EL2's page, of ASID 3, at level 3; what it is then is @desc */
#define VNCR_VA 0x40201000ULL

static void map_vncr_by_stage1(struct made *w, u64 desc)
{
	u64 *regs = (u64 *)w->shared.vcpus[0].regs;

	regs[NESTED_REG_sctlr_el2] = 1;
	regs[NESTED_REG_tcr_el2] = 25 | 25 << 16 | 2ULL << 30 | 2ULL << 32;
	regs[NESTED_REG_ttbr0_el2] = 3ULL << 48 | (NESTED_RAM_IPA + 0x4000);
	regs[NESTED_REG_vncr_el2] = VNCR_VA;
	w->ram[0x4000 / 8 + 1] = (NESTED_RAM_IPA + 0x5000) | DESC_TABLE;
	w->ram[0x5000 / 8 + 1] = (NESTED_RAM_IPA + 0x6000) | DESC_TABLE;
	w->ram[0x6000 / 8 + 1] = NESTED_RAM_IPA | desc;
	w->model.before[0] = w->shared.vcpus[0];
	w->model.vncr[0].nr = 0;
	nested_vncr_before(&w->check);
	nested_vncr_walked(&w->check, 0, &w->check.vncr[0]);
	w->shared.vncr[0] = (struct nested_vncr){ .pa = NESTED_RAM_PA, .writable = 1 };
}

#define S1_PAGE 0x703ULL
#define S1_NG BIT(11)
#define S1_READONLY BIT(7)

static void a_vncr_page_that_stage_1_does_not_give_is_found(void **state)
{
	struct made *w = *state;
	u64 *regs = (u64 *)w->shared.vcpus[0].regs;

	map_vncr_by_stage1(w, S1_PAGE | S1_NG);
	assert_int_equal(nested_check_vncr(&w->check), 0);
	regs[NESTED_REG_ttbr0_el2] ^= BIT(48);
	assert_int_not_equal(nested_check_vncr(&w->check), 0);
	assert_finding(w, FINDING_STATE, "VNCR page of another ASID");
	regs[NESTED_REG_sctlr_el2] = 0;
	assert_int_not_equal(nested_check_vncr(&w->check), 0);
	assert_finding(w, FINDING_STATE, "VNCR page of when stage 1 was not as it is");
	regs[NESTED_REG_vncr_el2] += 0x1000;
	assert_int_not_equal(nested_check_vncr(&w->check), 0);
	assert_finding(w, FINDING_STATE, "VNCR page of another address");
	map_vncr_by_stage1(w, S1_PAGE | S1_READONLY);
	assert_int_not_equal(nested_check_vncr(&w->check), 0);
	assert_finding(w, FINDING_STATE, "VNCR page, writable");
	/* Of what is not translated nothing is kept. */
	map_vncr_by_stage1(w, 0);
	assert_int_not_equal(nested_check_vncr(&w->check), 0);
	assert_finding(w, FINDING_STATE, "VNCR page that nothing is translated to");
}

/* Return: does a TLBI cover the page that map_vncr_by_stage1() maps? */
static bool forgets_vncr(struct made *w, u64 cpu, u64 tlbi, u64 value)
{
	const u64 args[OP_MAX_ARGS] = { cpu, tlbi, value };

	w->model.before[cpu].regs[NESTED_REG_hcr_el2] = w->model.before[0].regs[NESTED_REG_hcr_el2];
	nested_vncr_follow(&w->check, OP_l1_tlbi, args);
	return nested_check_vncr(&w->check);
}

#define ASID(asid) ((u64)(asid) << 48)
#define VA(va) ((va) >> 12)
#define TTL(ttl) ((u64)(ttl) << 44)
#define RANGE(tg, scale, num, va) \
	((u64)(tg) << 46 | (u64)(scale) << 44 | (u64)(num) << 39 | (va) >> 12)

static void a_vncr_page_that_a_tlbi_covers_is_found(void **state)
{
	struct made *w = *state;
	static const struct {
		u64 desc, tlbi, value;
		bool e1; /* of EL2&0 with TGE alone */
		bool covers;
	} cases[] = {
		{ S1_NG, NESTED_TLBI_ALLE2, 0, false, true },
		{ S1_NG, NESTED_TLBI_VAE2IS, ASID(3) | VA(VNCR_VA), false, true },
		{ S1_NG, NESTED_TLBI_VAE2IS, ASID(2) | VA(VNCR_VA), false, false },
		{ 0, NESTED_TLBI_VAE2IS, ASID(2) | VA(VNCR_VA), false, true },
		{ 0, NESTED_TLBI_VALE2, VA(VNCR_VA + 0x1000), false, false },
		{ 0, NESTED_TLBI_VALE2, TTL(7) | VA(VNCR_VA), false, true },
		{ 0, NESTED_TLBI_VALE2, TTL(6) | VA(VNCR_VA), false, false },
		{ 0, NESTED_TLBI_RVAE2, RANGE(1, 0, 0, VNCR_VA - 0x1000), false, true },
		{ 0, NESTED_TLBI_RVAE2, RANGE(1, 0, 0, VNCR_VA - 0x2000), false, false },
		{ 0, NESTED_TLBI_RVAE2, RANGE(2, 1, 0, VNCR_VA), false, false },
		{ S1_NG, NESTED_TLBI_ASIDE1IS, ASID(3), true, true },
		{ S1_NG, NESTED_TLBI_ASIDE1IS, ASID(2), true, false },
		{ 0, NESTED_TLBI_ASIDE1IS, ASID(3), true, false },
		{ S1_NG, NESTED_TLBI_VAAE1, VA(VNCR_VA), true, true },
		{ S1_NG, NESTED_TLBI_VMALLE1, 0, true, true },
		{ S1_NG, NESTED_TLBI_RVAAE1, RANGE(1, 0, 0, VNCR_VA), true, true },
		{ S1_NG, NESTED_TLBI_VMALLS12E1, 0, false, false },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		map_vncr_by_stage1(w, S1_PAGE | cases[i].desc);
		assert_false(cases[i].e1 && forgets_vncr(w, 0, cases[i].tlbi, cases[i].value));
		if (cases[i].e1)
			w->model.before[0].regs[NESTED_REG_hcr_el2] |= BIT(27);
		assert_int_equal(forgets_vncr(w, 0, cases[i].tlbi, cases[i].value) != 0,
		                 cases[i].covers);
	}
	/* Of one PE: the other's is left. */
	map_vncr_by_stage1(w, S1_PAGE);
	assert_false(forgets_vncr(w, 1, NESTED_TLBI_ALLE2, 0));
	assert_true(forgets_vncr(w, 1, NESTED_TLBI_ALLE2IS, 0));
}

static void what_stage_1_says_of_vncr_is_reported(void **state)
{
	struct made *w = *state;
	const u64 esr = 0x25ULL << 26 | BIT(25) | BIT(13) | BIT(6);

	map_vncr_by_stage1(w, S1_PAGE | S1_READONLY);
	w->shared.ret = 1;
	w->shared.value[0] = esr | 7;
	w->shared.vcpus[0].in_l2 = 0;
	w->shared.vcpus[0].elr_el2 = w->shared.vcpus[0].pc;
	w->shared.vcpus[0].esr_el2 = esr | 0x0f;
	issue(w, OP_vncr_access, 0, 1);
	assert_int_equal(nested_check_vncr_access(&w->check), 0);
	w->shared.vcpus[0].esr_el2 = esr | 0x10;
	assert_int_not_equal(nested_check_vncr_access(&w->check), 0);
	assert_finding(w, FINDING_RETURN, "VNCR abort, external before stage 1");
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_vncr_page_of_nobodys_is_found),
		TEST(a_wrong_vncr_abort_is_found),
		TEST(a_vncr_page_that_stage_1_does_not_give_is_found),
		TEST(a_vncr_page_that_a_tlbi_covers_is_found),
		TEST(what_stage_1_says_of_vncr_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
