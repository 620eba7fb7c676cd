// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ops that are done on another CPU while one is under way. The code under test gives way where it drops
 * mmu_lock, sleeps, or does what another CPU could come before: takes the lock, reads L1's memory, asks for a
 * page of the VMM's. What is due is done there; what was never due is done behind the op.
 */
#include "driver.h"
#include "op_numbers.h"

static u64 when; /* is the next op to be done meanwhile: its place among the yield points */
static bool all_done; /* what is in meanwhile[] has been done */
static unsigned int under_way; /* the op; 0: none, or one that nobody may come before */
static int vcpu_under_way; /* -1: it is none's */
static u64 yields;

static int vcpu_of(unsigned int op, const unsigned long long *args)
{
	switch (op) {
	case NESTED_OP_access:
	case NESTED_OP_vncr_access:
	case NESTED_OP_enter_l2:
	case NESTED_OP_enter_l1:
	case NESTED_OP_l1_write:
	case NESTED_OP_l1_tlbi:
	case NESTED_OP_l1_at:
	case NESTED_OP_set_way:
	case NESTED_OP_l2_sctlr:
	case NESTED_OP_resched:
		return args[0] % NESTED_VCPUS;
	default:
		return -1;
	}
}

/* These are about the trace, or the end of it. */
static bool stands_alone(unsigned int op)
{
	return op == NESTED_OP_meanwhile || op == NESTED_OP_fail_alloc ||
	       op == NESTED_OP_use_strategy || op == NESTED_OP_destroy_vm;
}

bool nested_defer(unsigned int op, const unsigned long long *args)
{
	struct nested_shared *s = &el2fuzz_nested;

	if (all_done)
		s->nr_meanwhile = s->nr_done = 0;
	all_done = false;
	if (op == NESTED_OP_meanwhile) {
		when = args[0] ?: 1;
		return true;
	}
	if (!when || stands_alone(op) || s->nr_meanwhile == NESTED_MEANWHILE) {
		when = 0;
		return false;
	}
	s->meanwhile[s->nr_meanwhile++] = (struct nested_meanwhile){
		.op = op,
		.args = { args[0], args[1], args[2] },
		.nr = when,
	};
	when = 0;
	return true;
}

/* One thread does one thing at a time, and who changes slots waits for who uses them. */
static bool possible(const struct nested_meanwhile *other, bool slots_in_use)
{
	bool slots = under_way == NESTED_OP_memslot;
	bool notifier =
		under_way == NESTED_OP_notifier_start || under_way == NESTED_OP_notifier_end;

	switch (other->op) {
	case NESTED_OP_memslot:
	case NESTED_OP_wp_slot:
		return !slots_in_use && !slots && !notifier;
	case NESTED_OP_notifier_start:
		return !slots;
	case NESTED_OP_notifier_end:
		return !slots && !notifier;
	default:
		return vcpu_of(other->op, other->args) < 0 ||
		       vcpu_of(other->op, other->args) != vcpu_under_way;
	}
}

static struct nested_meanwhile *due(u64 now)
{
	struct nested_shared *s = &el2fuzz_nested;

	for (unsigned int i = 0; i < s->nr_meanwhile; i++) {
		if (!s->meanwhile[i].order && s->meanwhile[i].nr <= now)
			return &s->meanwhile[i];
	}
	return NULL;
}

bool nested_others_turn(void)
{
	return under_way && due(++yields);
}

void nested_others_run(bool slots_in_use)
{
	struct nested_shared *s = &el2fuzz_nested;
	const unsigned long long value[2] = { s->value[0], s->value[1] };
	const struct nested_exit exit = s->exit;
	const unsigned int op = under_way, cpu = el2fuzz_task.thread_info.cpu;
	struct nested_meanwhile *other;

	/* Nobody comes before these. */
	while ((other = due(yields))) {
		bool can = possible(other, slots_in_use);

		under_way = 0;
		other->order = ++s->nr_done;
		other->ret = NESTED_DEFERRED;
		other->ret = can ? nested_perform(other->op, other->args) : NESTED_REFUSED;
		under_way = op;
	}
	host_run_on(cpu);
	s->value[0] = value[0];
	s->value[1] = value[1];
	s->exit = exit;
}

s64 nested_perform_with_others(unsigned int op, const unsigned long long *args)
{
	struct nested_shared *s = &el2fuzz_nested;
	s64 ret;

	if (!s->nr_meanwhile)
		return nested_perform(op, args);
	yields = 0;
	vcpu_under_way = vcpu_of(op, args);
	under_way = stands_alone(op) ? 0 : op;
	ret = nested_perform(op, args);
	under_way = 0;
	vcpu_under_way = -1;
	yields = ~0ULL;
	nested_others_run(false);
	all_done = true;
	return ret;
}
