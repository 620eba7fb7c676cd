// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several CPUs: the ops between which one CPU goes on for another, CPUs that are turned on and suspended,
 * and what happens to a VM on one of them while it is loaded on another.
 */
#include "fuzz/draft.h"

#include "core/psci.h"

#define MAX_OPS_OF_A_ROW 8

/* A row of ops */
struct row {
	struct op ops[MAX_OPS_OF_A_ROW];
	unsigned int nr;
};

#define OP_OF(op_code, ...) ((struct op){ .code = OP_##op_code, .value = { __VA_ARGS__ } })

static void add(struct row *row, struct op op)
{
	row->ops[row->nr++] = op;
}

static void go_on(struct row *row, u64 cpu)
{
	add(row, OP_OF(on_cpu, cpu));
}

struct op smp_switch(struct draft *draft)
{
	return OP_OF(on_cpu, prng_below(&draft->prng, NR_MACHINE_CPUS));
}

static u64 any_mpidr(struct draft *draft)
{
	u64 mpidr = machine_cpus[prng_below(&draft->prng, NR_MACHINE_CPUS)].mpidr;

	if (!prng_chance(&draft->prng, draft->gen->options.hostile, 50))
		return mpidr;
	/* Bits that are no affinity field; the mark of an entry that nobody has. */
	return prng_chance(&draft->prng, 1, 2) ? mpidr ^ BIT(prng_below(&draft->prng, 64)) : ~0ULL;
}

/* Where the host wants to go on: an address of its own, or one that it will not get to. */
static void set_entry(struct draft *draft, struct op *op, unsigned int pc, unsigned int context)
{
	struct spot spot = draft_spot(draft);

	op->place[pc] = spot.place;
	op->value[pc] = spot.page << MAP_PAGE_SHIFT | prng_below(&draft->prng, 1024) * 4;
	op->value[context] = prng_u64(&draft->prng);
}

static struct op cpu_on(struct draft *draft)
{
	struct op op = OP_OF(host_smc, PSCI_CPU_ON, any_mpidr(draft));

	set_entry(draft, &op, 2, 3);
	return op;
}

static struct op cpu_suspend(struct draft *draft)
{
	struct op op = OP_OF(host_smc, PSCI_CPU_SUSPEND,
	                     prng_chance(&draft->prng, 3, 4) ? PSCI_POWERDOWN : 0);

	set_entry(draft, &op, 2, 3);
	return op;
}

static struct op psci_op(struct draft *draft)
{
	struct op op;

	switch (prng_below(&draft->prng, 8)) {
	case 0:
		op = OP_OF(host_smc, PSCI_SYSTEM_SUSPEND);
		set_entry(draft, &op, 1, 2);
		return op;
	case 1:
		return OP_OF(host_smc, PSCI_AFFINITY_INFO, any_mpidr(draft));
	case 2:
		return OP_OF(host_smc, PSCI_FEATURES, PSCI_CPU_ON);
	case 3:
	case 4:
		return cpu_suspend(draft);
	default:
		return cpu_on(draft);
	}
}

static struct op load(struct draft *draft, u64 vcpu)
{
	struct op op = OP_OF(vcpu_load, draft->vm[draft->current].slot, vcpu);

	op.place[0] = PLACE_VM;
	return op;
}

static struct op tear_down(struct draft *draft)
{
	struct op op = prng_chance(&draft->prng, 1, 2) ?
	                       OP_OF(start_teardown_vm, draft->vm[draft->current].slot) :
	                       OP_OF(finalize_teardown_vm, draft->vm[draft->current].slot);

	op.place[0] = PLACE_VM;
	return op;
}

static struct op rewrite(struct draft *draft)
{
	struct prng *prng = &draft->prng;

	if (prng_chance(prng, 1, 4))
		return OP_OF(kvm_set, draft->current, prng_below(prng, KVM_FIELD_COUNT),
		             prng_below(prng, 4));
	return OP_OF(vcpu_set, draft->current, prng_below(prng, MAP_VCPUS),
	             prng_below(prng, VCPU_FIELD_COUNT), prng_below(prng, 4));
}

static struct op run(struct draft *draft)
{
	u64 ipa = (RECIPE_GFN + prng_below(&draft->prng, RECIPE_GFNS)) << MAP_PAGE_SHIFT;

	return OP_OF(guest_load, draft->current, 0, ipa);
}

/* A vCPU is loaded on one CPU; then another one loads it, tears its VM down or rewrites its fields. */
static void meddle(struct draft *draft, struct row *row)
{
	struct prng *prng = &draft->prng;
	u64 first = prng_below(prng, 2), second = 1 - first;

	go_on(row, first);
	add(row, load(draft, 0));
	go_on(row, second);
	switch (prng_below(prng, 3)) {
	case 0:
		add(row, load(draft, prng_chance(prng, 1, 4)));
		add(row, run(draft));
		break;
	case 1:
		add(row, tear_down(draft));
		break;
	default:
		add(row, rewrite(draft));
	}
	if (prng_chance(prng, 1, 4))
		add(row, OP_OF(vcpu_put));
	go_on(row, first);
	add(row, run(draft));
}

/* A vCPU goes from one CPU to another. */
static void migrate(struct draft *draft, struct row *row)
{
	u64 to = prng_below(&draft->prng, 2);

	add(row, OP_OF(vcpu_put));
	go_on(row, to);
	add(row, load(draft, 0));
	add(row, run(draft));
}

int smp_append(struct draft *draft, struct trace *trace)
{
	struct prng *prng = &draft->prng;
	struct row row = { .nr = 0 };

	if (draft->vms && draft->vm[draft->current].made && prng_chance(prng, 1, 8)) {
		if (prng_chance(prng, 1, 3))
			migrate(draft, &row);
		else
			meddle(draft, &row);
	} else if (prng_chance(prng, 1, 4)) {
		add(&row, psci_op(draft));
		if (prng_chance(prng, 1, 2))
			go_on(&row, 2);
	} else {
		add(&row, smp_switch(draft));
	}

	for (unsigned int i = 0; i < row.nr && trace->nr_ops < draft->limit; i++) {
		if (draft->gen->target->has_op[row.ops[i].code] && trace_append(trace, &row.ops[i]))
			return -1;
	}

	return 0;
}
