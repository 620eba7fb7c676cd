// SPDX-License-Identifier: GPL-2.0-only
/* test_cpus IMAGE: several CPUs in the tree's own code, on every core. */
#include "core/core.h"
#include "core/psci.h"
#include "tests/replay/cmocka_test.h"

static const char *image;
static struct core *core;
static struct outcome out;

static void step(enum op_code code, enum place place, u64 value)
{
	const struct op op = { .code = code, .place = { place }, .value = { value } };
	u64 args[OP_MAX_ARGS];

	map_resolve(core_map(core), op_desc(code), &op, core_info(core)->vm_handle_base, args);
	core_step(core, &op, args, &out);
	assert_int_equal(out.kind, OUTCOME_RETURNED);
}

static void open_core(enum core_kind kind, enum layout layout)
{
	const struct core_config config = {
		.kind = kind, .layout = layout, .caps = CAPS_DEFAULT, .image = image
	};
	struct error err = { "" };

	core = core_open(&config, &err);
	if (!core)
		fail_msg("%s: %s", core_kind_name(kind), err.text);
	core_reset(core);
}

/* Each test on each core */
static void on_every_core(void (*test)(void))
{
	for (int kind = 0; kind < CORE_KIND_COUNT; kind++) {
		for (int layout = 0; layout < LAYOUT_SHARED; layout++) {
			open_core(kind, layout);
			test();
			core_close(core);
		}
	}
}

static void own_registers(void)
{
	step(OP_timer_set_cntvoff, PLACE_RAW, 5);
	step(OP_on_cpu, PLACE_RAW, 1);
	for (int i = 0; i < 31; i++)
		assert_int_equal(out.regs[i], 0);
	assert_int_equal(core_cntvoff(core, 1), 0);
	step(OP_timer_set_cntvoff, PLACE_RAW, 7);
	assert_int_equal(core_cntvoff(core, 0), 5);
	assert_int_equal(core_cntvoff(core, 1), 7);
	step(OP_on_cpu, PLACE_RAW, 0);
	assert_int_equal(out.regs[1], 5);
	step(OP_on_cpu, PLACE_RAW, 1);
	assert_int_equal(out.regs[1], 7);
	/* TPIDR_EL2, at least, is another one. */
	assert_int_not_equal(core_control(core, 0), core_control(core, 1));
}

static void each_cpu_has_its_own_registers(void **state)
{
	(void)state;
	on_every_core(own_registers);
}

static void one_memory(void)
{
	step(OP_host_share_hyp, PLACE_RAM, 3);
	assert_int_equal(out.regs[1], 0);
	step(OP_on_cpu, PLACE_RAW, 1);
	step(OP_host_share_hyp, PLACE_RAM, 3);
	assert_int_equal((s64)out.regs[1], -1);
	step(OP_host_unshare_hyp, PLACE_RAM, 3);
	assert_int_equal(out.regs[1], 0);
	step(OP_on_cpu, PLACE_RAW, 0);
	step(OP_host_share_hyp, PLACE_RAM, 3);
	assert_int_equal(out.regs[1], 0);
}

static void memory_is_the_same_for_all(void **state)
{
	(void)state;
	on_every_core(one_memory);
}

static void off(void)
{
	step(OP_timer_set_cntvoff, PLACE_RAW, 5);
	for (u64 cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		if (machine_cpus[cpu].power == CPU_ON)
			continue;
		step(OP_on_cpu, PLACE_RAW, cpu);
		assert_int_equal(out.regs[1], 5);
		assert_int_equal(core_cntvoff(core, cpu), 0);
	}
}

static void a_cpu_that_is_off_issues_nothing(void **state)
{
	(void)state;
	on_every_core(off);
}

static void wraps(void)
{
	step(OP_on_cpu, PLACE_RAW, NR_MACHINE_CPUS + 1);
	step(OP_timer_set_cntvoff, PLACE_RAW, 7);
	assert_int_equal(core_cntvoff(core, 1), 7);
}

static void the_number_of_a_cpu_wraps(void **state)
{
	(void)state;
	on_every_core(wraps);
}

static void reset(void)
{
	u64 control = core_control(core, 1);

	step(OP_on_cpu, PLACE_RAW, 1);
	step(OP_timer_set_cntvoff, PLACE_RAW, 7);
	core_reset(core);
	assert_int_equal(core_cntvoff(core, 1), 0);
	assert_int_equal(core_control(core, 1), control);
	step(OP_timer_set_cntvoff, PLACE_RAW, 5);
	assert_int_equal(core_cntvoff(core, 0), 5);
	step(OP_on_cpu, PLACE_RAW, 1);
	assert_int_equal(out.regs[1], 0);
}

static void a_reset_begins_on_the_first_cpu(void **state)
{
	(void)state;
	on_every_core(reset);
}

static void call_psci(u64 id, u64 a1, u64 a2, u64 a3)
{
	const struct op op = { .code = OP_host_smc };

	core_step(core, &op, (u64[OP_MAX_ARGS]){ id, a1, a2, a3 }, &out);
	assert_int_equal(out.kind, OUTCOME_RETURNED);
}

#define HOST_PC 0x40012340
#define CONTEXT 0x1234567890abcdefULL

static void comes_up(void)
{
	const u64 mpidr = machine_cpus[2].mpidr;
	const struct smc_log *log = core_smcs(core);
	u64 control = core_control(core, 2);

	call_psci(PSCI_CPU_ON, mpidr, HOST_PC, CONTEXT);
	assert_int_equal(out.regs[0], 0);
	assert_int_equal(log->nr, 1);
	assert_int_equal(log->calls[0].args[2], core_info(core)->cpu_entry);
	assert_int_equal(log->calls[0].args[3], core_info(core)->init_params[2]);
	call_psci(PSCI_AFFINITY_INFO, mpidr, 0, 0);
	assert_int_equal(out.regs[0], 2);

	/* The lock is held until the CPU has taken its entry point. */
	call_psci(PSCI_CPU_ON, mpidr, HOST_PC, CONTEXT);
	assert_int_equal((s64)out.regs[0], PSCI_ALREADY_ON);
	assert_int_equal(log->nr, 0);
	step(OP_on_cpu, PLACE_RAW, 2);
	assert_int_equal(out.regs[0], CONTEXT);
	assert_int_equal(out.pc_offset, 0);
	assert_int_equal(out.pstate, 0x3c5);
	assert_int_equal(core_control(core, 2), control);
	call_psci(PSCI_CPU_ON, mpidr, HOST_PC, CONTEXT);
	assert_int_equal((s64)out.regs[0], PSCI_ALREADY_ON);
	assert_int_equal(log->nr, 1);

	/* Its host runs under the stage-2 like any. */
	step(OP_host_share_hyp, PLACE_RAM, 3);
	assert_int_equal(out.regs[1], 0);
	core_reset(core);
	step(OP_on_cpu, PLACE_RAW, 2);
	assert_int_equal(out.regs[0], 0);
}

static void a_cpu_is_turned_on(void **state)
{
	(void)state;
	on_every_core(comes_up);
}

static void sleeps(void)
{
	u64 control;

	step(OP_on_cpu, PLACE_RAW, 1);
	control = core_control(core, 1);
	step(OP_timer_set_cntvoff, PLACE_RAW, 7);
	call_psci(PSCI_CPU_SUSPEND, 0, HOST_PC, CONTEXT);
	assert_int_equal(out.regs[0], 0);
	assert_int_equal(out.regs[2], 0);
	call_psci(PSCI_CPU_SUSPEND, PSCI_POWERDOWN, HOST_PC, CONTEXT);
	assert_int_equal(out.regs[0], CONTEXT);
	assert_int_equal(out.regs[2], HOST_PC);
	assert_int_equal(out.pc_offset, 0);
	assert_int_equal(core_control(core, 1), control);
	assert_int_equal(core_cntvoff(core, 1), 0);
	step(OP_host_share_hyp, PLACE_RAM, 3);
	assert_int_equal(out.regs[1], 0);
	/* Not while others are on */
	call_psci(PSCI_SYSTEM_SUSPEND, HOST_PC, CONTEXT, 0);
	assert_int_equal((s64)out.regs[0], PSCI_DENIED);
}

static void a_cpu_sleeps_and_wakes(void **state)
{
	(void)state;
	on_every_core(sleeps);
}

static void wakes_anywhere(void)
{
	static const u64 pcs[] = { 0,          2,          0x40012341,    0x40400000,
		                   0x8000000,  1ULL << 44, 1ULL << 63,    ~0ULL,
		                   0x40012ffc, 0x40013000, MAP_IMAGE_BASE };

	for (size_t i = 0; i < ARRAY_SIZE(pcs); i++) {
		call_psci(PSCI_CPU_SUSPEND, PSCI_POWERDOWN, pcs[i], CONTEXT);
		assert_int_equal(out.regs[0], CONTEXT);
		assert_int_equal(out.pc_offset, 0);
	}
	step(OP_host_share_hyp, PLACE_RAM, 3);
	assert_int_equal(out.regs[1], 0);
}

static void a_cpu_wakes_wherever_the_host_says(void **state)
{
	(void)state;
	on_every_core(wakes_anywhere);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_cpu_has_its_own_registers),
		cmocka_unit_test(memory_is_the_same_for_all),
		cmocka_unit_test(a_cpu_that_is_off_issues_nothing),
		cmocka_unit_test(the_number_of_a_cpu_wraps),
		cmocka_unit_test(a_reset_begins_on_the_first_cpu),
		cmocka_unit_test(a_cpu_is_turned_on),
		cmocka_unit_test(a_cpu_sleeps_and_wakes),
		cmocka_unit_test(a_cpu_wakes_wherever_the_host_says),
	};

	if (argc != 2)
		return 2;
	image = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
