// SPDX-License-Identifier: GPL-2.0-only
/*
 * SMCs of the host. What goes on to EL3, what is refused and what comes back is as in the tree's
 * handle_host_smc() and psci-relay.c, read there, not taken from the model.
 */
#include <string.h>

#include "core/psci.h"
#include "oracle/lockstep.h"
#include "tests/oracle/fake_core.h"
#include "tests/replay/cmocka_test.h"

#define NOT_SUPPORTED (~0ULL)
#define HINT BIT(16)

static struct core *core;
static struct model *model;
static struct expectation expect;

static int open_model(void **state)
{
	(void)state;
	core = fake_open(LAYOUT_SMALL);
	model = model_open(&core->map, &core->info);
	model->smcs = &core->smcs;
	return 0;
}

static int close_model(void **state)
{
	(void)state;
	model_close(model);
	fake_close(core);
	return 0;
}

/* What EL3 saw and answered: x0..x3 as given, the rest as it was asked. */
static void el3(const u64 args[4], u64 answer)
{
	struct smc_call *call = &core->smcs.calls[core->smcs.nr++];

	call->restarted = false;
	for (int i = 0; i < SMC_REGS; i++)
		call->args[i] = i < 4 ? args[i] : 0xabcd0000ULL + i;
	memcpy(call->answer, call->args, sizeof(call->answer));
	call->answer[0] = answer;
	call->answer[1] = call->answer[2] = 0x77;
}

static void issue(u64 id, u64 a1, u64 a2, u64 a3)
{
	const u64 args[OP_MAX_ARGS] = { id, a1, a2, a3 };
	const struct op op = { .code = OP_host_smc };
	u64 regs[31];

	for (int i = 0; i < 31; i++)
		regs[i] = 0xabcd0000 + i;
	assert_int_equal(smc_op_regs(&op, args, regs), 4);
	memcpy(expect.regs, regs, sizeof(regs));
	model_step(model, &op, args, &expect);
	core->smcs.nr = 0;
	assert_null(expect.unmodelled);
	for (int i = SMC_REGS; i < 31; i++)
		assert_int_equal(expect.regs[i], regs[i]);
}

#define ARGS4(...) ((const u64[4]){ __VA_ARGS__ })

static void assert_psci(u64 x0)
{
	assert_false(expect.smc.wrong);
	assert_int_equal(expect.regs[0], x0);
	for (int i = 1; i < 4; i++)
		assert_int_equal(expect.regs[i], 0);
	assert_int_equal(expect.regs[4], 0xabcd0004);
}

static void psci_goes_to_el3_as_it_is(void **state)
{
	(void)state;
	el3(ARGS4(0x84000000, 1, 2, 3), 0x10001);
	issue(0x84000000, 1, 2, 3);
	assert_psci(0x10001);
	/* Hints choose no other function, and are passed on. */
	el3(ARGS4(0xc4000004 | HINT, 1, 2, 3), 0);
	issue(0xc4000004 | HINT, 1, 2, 3);
	assert_psci(0);
}

static void psci_that_el2_does_not_know_is_refused(void **state)
{
	static const u64 ids[] = { 0x84000001, 0x84000003, 0x84000004, 0x8400000e, 0x84000013,
		                   0xc4000000, 0xc400000a, 0xc400001f, 0x8400001f };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		issue(ids[i], 1, 2, 3);
		assert_psci(NOT_SUPPORTED);
	}
}

#define ENTRY 0x5000
#define RESUME 0x5800

static u64 params(unsigned int cpu)
{
	return 0x6000 + cpu * 0x100;
}

static void know_entries(void)
{
	core->info.cpu_entry = ENTRY;
	core->info.cpu_resume = RESUME;
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++)
		core->info.init_params[cpu] = params(cpu);
}

/* One that was off when a trace begins, and could be turned on */
static unsigned int cpu_that_is_off(void)
{
	unsigned int cpu = 0;

	while (machine_cpus[cpu].power != CPU_OFF)
		cpu++;
	return cpu;
}

static void turn_on(unsigned int cpu, u64 answer)
{
	know_entries();
	el3(ARGS4(PSCI_CPU_ON, machine_cpus[cpu].mpidr, ENTRY, params(cpu)), answer);
	issue(PSCI_CPU_ON, machine_cpus[cpu].mpidr, 2, 3);
}

static void go_on(unsigned int cpu)
{
	const struct op op = { .code = OP_on_cpu };

	model_step(model, &op, (u64[OP_MAX_ARGS]){ cpu }, &expect);
}

static void cpus_that_are_not_there_are_not_turned_on(void **state)
{
	static const u64 mpidrs[] = {
		2, 0x102, 1ULL << 32, 1ULL << 63, ~0ULL, 1 << 24, 0x40000001
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(mpidrs); i++) {
		issue(PSCI_CPU_ON, mpidrs[i], 2, 3);
		assert_psci(-2ULL);
	}
	/* Nor one that is there, but was not when KVM was initialised. */
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		if (machine_cpus[cpu].power != CPU_NEVER_ONLINE)
			continue;
		issue(PSCI_CPU_ON, machine_cpus[cpu].mpidr, 2, 3);
		assert_psci(-2ULL);
	}
}

static void el2_puts_its_own_entry_point_in_place(void **state)
{
	(void)state;
	turn_on(1, -4ULL);
	assert_psci(-4ULL);
	/* EL3's answer is 32 bits, and hints are not passed on. */
	el3(ARGS4(PSCI_CPU_ON, 1, ENTRY, params(1)), 0xfffffffc);
	issue(PSCI_CPU_ON | HINT, 1, 2, 3);
	assert_psci(-4ULL);
	/* The host's own would be a way around EL2. */
	el3(ARGS4(PSCI_CPU_ON, 1, 2, 3), 0);
	issue(PSCI_CPU_ON, 1, 2, 3);
	assert_true(expect.smc.wrong);
	el3(ARGS4(PSCI_CPU_ON, 1, ENTRY, params(0)), 0);
	issue(PSCI_CPU_ON, 1, 2, 3);
	assert_true(expect.smc.wrong);
}

static void a_cpu_that_comes_up_is_not_asked_for_again(void **state)
{
	unsigned int cpu = cpu_that_is_off();

	(void)state;
	turn_on(cpu, 0);
	assert_psci(0);
	/* EL3 is not asked: what is kept for the CPU is taken. */
	issue(PSCI_CPU_ON, machine_cpus[cpu].mpidr, 4, 5);
	assert_psci(-4ULL);
	assert_false(model->cpus[cpu].on);
	go_on(cpu);
	assert_true(model->cpus[cpu].on);
	assert_int_equal(model->cpu, cpu);
	assert_int_equal(expect.regs[0], 3);
	/* Now it is EL3 that says so. */
	turn_on(cpu, -4ULL);
	assert_psci(-4ULL);
}

static void a_cpu_that_was_refused_can_be_asked_for_again(void **state)
{
	unsigned int cpu = cpu_that_is_off();

	(void)state;
	turn_on(cpu, -3ULL);
	assert_psci(-3ULL);
	go_on(cpu);
	assert_int_equal(model->cpu, 0);
	turn_on(cpu, 0);
	assert_psci(0);
}

static void el2_answers_for_a_cpu_that_did_not_sleep(void **state)
{
	(void)state;
	know_entries();
	el3(ARGS4(PSCI_CPU_SUSPEND, 1, RESUME, params(0)), 0);
	issue(PSCI_CPU_SUSPEND, 1, 2, 3);
	assert_psci(0);
	el3(ARGS4(PSCI_SYSTEM_SUSPEND, RESUME, params(0), 0), -3ULL);
	issue(PSCI_SYSTEM_SUSPEND, 2, 3, 4);
	assert_psci(-3ULL);
}

static void a_cpu_that_slept_wakes_at_the_hosts_entry_point(void **state)
{
	(void)state;
	know_entries();
	model->cntvoff = 7;
	el3(ARGS4(PSCI_CPU_SUSPEND, PSCI_POWERDOWN, RESUME, params(0)), 0);
	core->smcs.calls[0].restarted = true;
	issue(PSCI_CPU_SUSPEND, PSCI_POWERDOWN, 2, 3);
	assert_false(expect.smc.wrong);
	/* x0 is the context that it asked for, the rest is as it was. */
	assert_int_equal(expect.regs[0], 3);
	assert_int_equal(expect.regs[1], PSCI_POWERDOWN);
	assert_int_equal(expect.regs[2], 2);
	assert_int_equal(model_cntvoff(model, 0), 0);

	el3(ARGS4(PSCI_SYSTEM_SUSPEND, RESUME, params(0), 0), 0);
	core->smcs.calls[0].restarted = true;
	issue(PSCI_SYSTEM_SUSPEND, 2, 3, 4);
	assert_int_equal(expect.regs[0], 3);
	/* Another entry point is found. */
	el3(ARGS4(PSCI_CPU_SUSPEND, 0, ENTRY, params(0)), 0);
	issue(PSCI_CPU_SUSPEND, 0, 2, 3);
	assert_true(expect.smc.wrong);
}

static void what_is_nobodys_goes_to_el3(void **state)
{
	(void)state;
	el3(ARGS4(0x80000000, 1, 2, 3), 0x10002);
	issue(0x80000000, 1, 2, 3);
	assert_false(expect.smc.wrong);
	assert_int_equal(expect.regs[0], 0x10002);
	assert_int_equal(expect.regs[1], 0x77);
	assert_int_equal(expect.regs[3], 3);
	assert_int_equal(expect.regs[17], 0xabcd0011);
}

static void ids_beyond_32_bits_are_refused(void **state)
{
	(void)state;
	issue(0x180000000, 1, 2, 3);
	assert_false(expect.smc.wrong);
	assert_int_equal(expect.regs[0], NOT_SUPPORTED);
	assert_int_equal(expect.regs[1], 1);
}

/* The same through lockstep: a core whose EL2 asks EL3 something else. */
static u64 asked;

static void ask(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	(void)step;
	(void)op;
	(void)out;
	c->smcs.nr = 0;
	if (asked)
		el3(ARGS4(asked, 1, 2, 3), NOT_SUPPORTED);
}

static struct lockstep_result run(u64 id)
{
	const struct op op = { .code = OP_host_smc, .value = { id, 1, 2, 3 } };
	static struct lockstep_result result;
	struct lockstep *ls;

	fake_follow(core);
	core->defect = ask;
	ls = lockstep_open(core);
	lockstep_run(ls, &op, 1, LOCKSTEP_CHEAP, NULL, &result);
	lockstep_close(ls);

	return result;
}

static void a_call_that_did_not_reach_el3_is_found(void **state)
{
	struct lockstep_result result;

	(void)state;
	asked = 0;
	result = run(0x84000000);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	assert_string_equal(result.finding.place, "psci EL3 call");
	assert_string_equal(result.finding.actual, "no call");
}

static void another_call_to_el3_is_found(void **state)
{
	struct lockstep_result result;

	(void)state;
	asked = 0x84000002;
	result = run(0x84000000);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	assert_string_equal(result.finding.place, "psci EL3 call");
	assert_non_null(strstr(result.finding.actual, "0x84000002"));
}

static void a_call_to_el3_that_should_not_be_is_found(void **state)
{
	struct lockstep_result result;

	(void)state;
	asked = 0x84000003;
	result = run(0x84000003);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	assert_string_equal(result.finding.expected, "no call");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_model, close_model)
		TEST(psci_goes_to_el3_as_it_is),
		TEST(psci_that_el2_does_not_know_is_refused),
		TEST(cpus_that_are_not_there_are_not_turned_on),
		TEST(el2_puts_its_own_entry_point_in_place),
		TEST(a_cpu_that_comes_up_is_not_asked_for_again),
		TEST(a_cpu_that_was_refused_can_be_asked_for_again),
		TEST(el2_answers_for_a_cpu_that_did_not_sleep),
		TEST(a_cpu_that_slept_wakes_at_the_hosts_entry_point),
		TEST(what_is_nobodys_goes_to_el3),
		TEST(ids_beyond_32_bits_are_refused),
		TEST(a_call_that_did_not_reach_el3_is_found),
		TEST(another_call_to_el3_is_found),
		TEST(a_call_to_el3_that_should_not_be_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
