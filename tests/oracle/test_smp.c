// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several CPUs: what one of them may do while a vCPU is loaded on another. The answers are those of the
 * tree's pkvm_load_hyp_vcpu() and __pkvm_start_teardown_vm(), read there, not taken from the model.
 */
#include <string.h>

#include "oracle/lockstep.h"
#include "tests/oracle/fake_core.h"
#include "tests/replay/cmocka_test.h"

#define EINVAL_RET ((u64) - 22)
#define MAX_OPS 64
#define KEEPS 0x1000 /* a hypercall that answers nothing leaves x1, here the handle */

static struct core *core;
static struct lockstep *ls;
static struct op ops[MAX_OPS];
static u32 nr_ops;

#define OP(name, ...)                          \
	ops[nr_ops++] = (struct op)            \
	{                                      \
		.code = OP_##name, __VA_ARGS__ \
	}

static void share(enum place place, enum arena_kind arena, u64 objects)
{
	u64 pages = objects * (core->map.arenas[arena].object_size >> MAP_PAGE_SHIFT);

	for (u64 i = 0; i < pages; i++)
		OP(host_share_hyp, .place = { place }, .value = { i });
}

/* A protected VM with two vCPUs; the first is loaded on CPU 0. Then CPU 1 goes on. */
static void make_vm(void)
{
	nr_ops = 0;
	OP(reserve_vm);
	share(PLACE_KVM, ARENA_KVM, 1);
	share(PLACE_VCPU, ARENA_VCPU, 2);
	OP(kvm_set, .value = { 0, KVM_FIELD_created_vcpus, 2 });
	OP(kvm_set, .value = { 0, KVM_FIELD_handle, core->info.vm_handle_base });
	OP(kvm_set, .value = { 0, KVM_FIELD_is_protected, 1 });
	OP(init_vm, .place = { PLACE_KVM, PLACE_VM_MEM, PLACE_PGD });
	for (u64 i = 0; i < 2; i++) {
		OP(vcpu_set, .value = { 0, i, VCPU_FIELD_vcpu_idx, i });
		OP(init_vcpu, .place = { PLACE_VM, PLACE_VCPU, PLACE_VCPU_MEM },
		   .value = { 0, i, i });
	}
	OP(vcpu_load, .place = { PLACE_VM });
	OP(on_cpu, .value = { 1 });
}

static int open_core(void **state)
{
	(void)state;
	core = fake_open(LAYOUT_SMALL);
	fake_follow(core);
	ls = lockstep_open(core);
	make_vm();
	return 0;
}

static int close_core(void **state)
{
	(void)state;
	lockstep_close(ls);
	fake_close(core);
	return 0;
}

/* Once more, and then stop: lockstep takes all back at the end. */
static void go_on_to_the_end(void)
{
	core_reset(core);
	for (u32 i = 0; i < nr_ops; i++) {
		u64 args[OP_MAX_ARGS];
		struct outcome out;

		map_resolve(&core->map, op_desc(ops[i].code), &ops[i], core->info.vm_handle_base,
		            args);
		core_step(core, &ops[i], args, &out);
	}
}

/* The trace so far passes; Return: x1 at its end. */
static u64 passes(void)
{
	struct lockstep_result result;

	core->defect = NULL;
	lockstep_run(ls, ops, nr_ops, LOCKSTEP_FULL, NULL, &result);
	if (result.verdict != VERDICT_PASS)
		fail_msg("step %u: %s%s: %s, but %s", result.steps - 1, result.reason,
		         result.finding.place, result.finding.expected, result.finding.actual);
	go_on_to_the_end();
	return core->regs[1];
}

static void answer_otherwise(struct core *c, u32 step, const struct op *op, struct outcome *out)
{
	(void)op;
	if (step != nr_ops - 1)
		return;
	c->regs[1]++;
	out->regs[1]++;
}

/* Any other answer of the last op is a finding. */
static void assert_checked(const char *rule)
{
	struct lockstep_result result;

	core->defect = answer_otherwise;
	lockstep_run(ls, ops, nr_ops, LOCKSTEP_CHEAP, NULL, &result);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	assert_int_equal(result.finding.class, FINDING_RETURN);
	assert_non_null(strstr(result.finding.place, rule));
}

static const struct model_vm *vm(void)
{
	return &core->model->vms.vm[0];
}

static void a_loaded_vcpu_is_loaded_nowhere_else(void **state)
{
	(void)state;
	OP(vcpu_load, .place = { PLACE_VM });
	passes();
	assert_int_equal(vm()->refs, 1);
	assert_null(core->model->vms.loaded_vcpu);
	/* So this CPU has no guest to give a page to. */
	OP(host_donate_guest, .place = { PLACE_RAM }, .value = { 40, 0x90000 });
	assert_int_equal(passes(), EINVAL_RET);
	assert_checked("host_donate_guest x1");
}

static void two_vcpus_run_on_two_cpus(void **state)
{
	(void)state;
	OP(vcpu_load, .place = { PLACE_VM }, .value = { 0, 1 });
	passes();
	assert_int_equal(vm()->refs, 2);
	assert_ptr_equal(core->model->vms.loaded_vcpu, &vm()->vcpus[1]);
	OP(on_cpu, .value = { 0 });
	passes();
	assert_ptr_equal(core->model->vms.loaded_vcpu, &vm()->vcpus[0]);
	assert_checked("on_cpu x1");
}

static void a_vm_is_not_torn_down_under_a_vcpu(void **state)
{
	(void)state;
	OP(start_teardown_vm, .place = { PLACE_VM });
	assert_int_equal(passes(), EINVAL_RET);
	assert_checked("start_teardown_vm x1");
	/* A put here puts nothing: the vCPU is not loaded on this CPU. */
	OP(vcpu_put);
	OP(start_teardown_vm, .place = { PLACE_VM });
	assert_int_equal(passes(), EINVAL_RET);
	OP(on_cpu, .value = { 0 });
	OP(vcpu_put);
	OP(on_cpu, .value = { 1 });
	OP(start_teardown_vm, .place = { PLACE_VM });
	assert_int_equal(passes(), 0);
}

static void a_vcpu_that_was_put_goes_to_another_cpu(void **state)
{
	(void)state;
	OP(on_cpu, .value = { 0 });
	OP(vcpu_put);
	OP(on_cpu, .value = { 1 });
	OP(vcpu_load, .place = { PLACE_VM });
	passes();
	assert_ptr_equal(core->model->vms.loaded_vcpu, &vm()->vcpus[0]);
	assert_int_equal(vm()->refs, 1);
}

static void no_vcpu_is_loaded_over_another(void **state)
{
	(void)state;
	OP(vcpu_load, .place = { PLACE_VM }, .value = { 0, 1 });
	OP(vcpu_load, .place = { PLACE_VM }, .value = { 0, 0 });
	passes();
	assert_ptr_equal(core->model->vms.loaded_vcpu, &vm()->vcpus[1]);
	assert_int_equal(vm()->refs, 2);
}

static void registers_and_cntvoff_stay_with_their_cpu(void **state)
{
	(void)state;
	OP(timer_set_cntvoff, .value = { 7 });
	OP(on_cpu, .value = { 0 });
	assert_int_equal(passes(), KEEPS);
	assert_int_equal(model_cntvoff(core->model, 0), 0);
	assert_int_equal(model_cntvoff(core->model, 1), 7);
	OP(on_cpu, .value = { NR_MACHINE_CPUS + 1 });
	assert_int_equal(passes(), 7);
}

static void a_cpu_that_is_off_does_not_go_on(void **state)
{
	(void)state;
	OP(timer_set_cntvoff, .value = { 7 });
	for (u64 cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		if (machine_cpus[cpu].power != CPU_ON)
			OP(on_cpu, .value = { cpu });
	}
	assert_int_equal(passes(), 7);
	assert_int_equal(core->model->cpu, 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_core, close_core)
	const struct CMUnitTest tests[] = {
		TEST(a_loaded_vcpu_is_loaded_nowhere_else),
		TEST(two_vcpus_run_on_two_cpus),
		TEST(a_vm_is_not_torn_down_under_a_vcpu),
		TEST(a_vcpu_that_was_put_goes_to_another_cpu),
		TEST(no_vcpu_is_loaded_over_another),
		TEST(registers_and_cntvoff_stay_with_their_cpu),
		TEST(a_cpu_that_is_off_does_not_go_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
