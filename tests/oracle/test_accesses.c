// SPDX-License-Identifier: GPL-2.0-only
/* As test_rules.c, for the host's own loads, stores and fetches: what handle_host_mem_abort() does. */
#include "tests/oracle/rule.h"

#define ESR_IABT 0x86000000ULL /* EC 0x21, IL */
#define ESR_DABT 0x96000000ULL /* EC 0x25, IL */
#define WNR 0x40
#define S1PTW 0x80
#define TRANSLATION_L3 0x7

static void goes_through(u64 x1)
{
	assert_int_equal(expect.kind, OUTCOME_RETURNED);
	assert_null(expect.unmodelled);
	assert_false(expect.any_x1);
	assert_int_equal(expect.regs[1], x1);
	assert_int_equal(expect.esr, 0);
	assert_int_equal(expect.far, 0);
}

static void the_host_reaches_its_own_memory(void **state)
{
	static const struct arg places[] = { RAM(0x5000), RAM(0x5ff8), END(0), NOMAP(0) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (places[i].place == PLACE_NOMAP && core->map.layout != LAYOUT_HOLES)
			continue;
		ISSUE(host_fetch, places[i]);
		goes_through(0);
		ISSUE(host_store, places[i], RAW(0x1234));
		goes_through(0x1234);
		assert_int_equal(model->nr_touched, 1);
		ISSUE(host_load, places[i]);
		goes_through(0x1234);
	}
	ISSUE(host_load, RAM(0x6000));
	goes_through(0);
}

static void what_is_shared_is_still_the_hosts(void **state)
{
	(void)state;
	ISSUE(host_store, RAM(0x5000), RAW(77));
	ANSWERS(0, host_share_hyp, RAM(5));
	ISSUE(host_load, RAM(0x5000));
	goes_through(77);
	ISSUE(host_store, RAM(0x5000), RAW(78));
	goes_through(78);
}

static void memory_that_boot_wrote_can_hold_anything(void **state)
{
	u64 pa = 0;

	(void)state;
	for (unsigned int i = 0; i < core->map.nr_carveouts; i++) {
		if (core->map.carveouts[i].role == CARVE_HOST)
			pa = core->map.carveouts[i].base;
	}
	ISSUE(host_load, RAW(pa));
	assert_int_equal(expect.kind, OUTCOME_RETURNED);
	assert_true(expect.any_x1);
	ISSUE(host_store, RAW(pa), RAW(5));
	ISSUE(host_load, RAW(pa));
	goes_through(5);
	ISSUE(host_load, TEXT(0));
	assert_true(expect.any_x1);
}

static void more_stores_than_can_be_kept_are_unmodelled(void **state)
{
	(void)state;
	for (u64 i = 0; i < MODEL_MAX_WORDS; i++) {
		ISSUE(host_store, RAM(8 * i), RAW(i));
		assert_null(expect.unmodelled);
	}
	ISSUE(host_store, RAM(0), RAW(1));
	assert_null(expect.unmodelled);
	ISSUE(host_store, RAM(8 * MODEL_MAX_WORDS), RAW(1));
	assert_non_null(expect.unmodelled);
}

static void aborts_with(u64 esr, u64 far)
{
	assert_int_equal(expect.kind, OUTCOME_ABORTED);
	assert_int_equal(expect.esr, esr);
	assert_int_equal(expect.far, far);
	assert_int_equal(expect.regs[0], far);
}

static void what_the_host_lost_aborts(void **state)
{
	static const struct arg lost[] = { HYP(0),       HYP(0x1ffff8), DATA(0),
		                           DATA(0x4008), PERCPU(0),     PERCPU(0x2000) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lost); i++) {
		u64 pa = fake_place(core, lost[i].place, 0) + lost[i].value;

		ISSUE(host_load, lost[i]);
		aborts_with(ESR_DABT | S1PTW | TRANSLATION_L3, expect.regs[0]);
		assert_int_equal(expect.regs[1], 0);
		ISSUE(host_store, lost[i], RAW(5));
		aborts_with(ESR_DABT | S1PTW | WNR | TRANSLATION_L3, expect.regs[0]);
		assert_int_equal(expect.regs[1], 5);
		ISSUE(host_fetch, lost[i]);
		aborts_with(ESR_IABT | S1PTW | TRANSLATION_L3, expect.regs[0]);
		if (lost[i].place == PLACE_HYP)
			assert_int_equal(expect.regs[0], pa);
	}
	/* ... and nothing was stored. */
	assert_int_equal(model->nr_words, 0);
}

static void text_can_only_be_read(void **state)
{
	(void)state;
	ISSUE(host_load, TEXT(0));
	assert_int_equal(expect.kind, OUTCOME_RETURNED);
	ISSUE(host_store, TEXT(0), RAW(1));
	assert_int_equal(expect.kind, OUTCOME_REFAULTED);
	ISSUE(host_fetch, TEXT(0));
	assert_int_equal(expect.kind, OUTCOME_REFAULTED);
	assert_int_equal(model->nr_words, 0);
}

static void devices_are_the_hosts_but_not_to_execute(void **state)
{
	static const struct arg devices[] = { MMIO(0), MMIO(0x123000), END(0x1000),
		                              LIMIT(-0x1000ULL) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		ISSUE(host_store, devices[i], RAW(5));
		goes_through(5);
		ISSUE(host_load, devices[i]);
		goes_through(0);
		ISSUE(host_fetch, devices[i]);
		assert_int_equal(expect.kind, OUTCOME_REFAULTED);
	}
}

static void faults_with(u64 esr, u64 far)
{
	assert_int_equal(expect.kind, OUTCOME_EL1_FAULT);
	assert_int_equal(expect.esr, esr);
	assert_int_equal(expect.far, far);
	assert_int_equal(model->nr_touched, 0);
}

static void beyond_the_physical_addresses_stage_1_faults(void **state)
{
	static const u64 beyond[] = { 0, 0x1000, 0x10000000000 };
	u64 limit = BIT(core->map.pa_bits);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++) {
		ISSUE(host_load, LIMIT(beyond[i]));
		faults_with(ESR_DABT, limit + beyond[i]);
		ISSUE(host_store, LIMIT(beyond[i]), RAW(1));
		faults_with(ESR_DABT | WNR, limit + beyond[i]);
		ISSUE(host_fetch, LIMIT(beyond[i]));
		faults_with(ESR_IABT, limit + beyond[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_both(the_host_reaches_its_own_memory),
		in_both(what_is_shared_is_still_the_hosts),
		in_both(memory_that_boot_wrote_can_hold_anything),
		in_both(more_stores_than_can_be_kept_are_unmodelled),
		in_both(what_the_host_lost_aborts),
		in_both(text_can_only_be_read),
		in_both(devices_are_the_hosts_but_not_to_execute),
		in_both(beyond_the_physical_addresses_stage_1_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
