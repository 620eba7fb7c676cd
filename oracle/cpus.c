// SPDX-License-Identifier: GPL-2.0-only
/* Several CPUs: each has its registers and its loaded vCPU; memory is one. */
#include "oracle/model.h"

#include <string.h>

void model_reset_cpus(struct model *model)
{
	memset(model->cpus, 0, sizeof(model->cpus));
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++)
		model->cpus[cpu].on = machine_cpus[cpu].power == CPU_ON;
	model->cpu = 0;
	model->cntvoff = 0;
}

u64 model_cntvoff(const struct model *model, unsigned int cpu)
{
	return cpu == model->cpu ? model->cntvoff : model->cpus[cpu].cntvoff;
}

/* It was turned on: the host starts with what it left when the CPU was turned off, but for x0. */
static void start(struct model *model, struct model_cpu *cpu, struct expectation *expect)
{
	cpu->on = true;
	cpu->entry_taken = false;
	model->cntvoff = 0;
	expect->regs[0] = cpu->context;
}

/* From here on another CPU issues the ops, if it is on; what it finds is what it left. */
void rule_on_cpu(struct model *model, const u64 args[OP_MAX_ARGS], struct expectation *expect)
{
	struct model_cpu *from = &model->cpus[model->cpu];
	unsigned int cpu = args[0] % NR_MACHINE_CPUS;
	struct model_cpu *to = &model->cpus[cpu];

	expect->rule = "on_cpu";
	if (!to->on && !to->entry_taken)
		return;

	memcpy(from->regs, expect->regs, sizeof(from->regs));
	from->cntvoff = model->cntvoff;
	from->loaded_vm = model->vms.loaded_vm;
	from->loaded_vcpu = model->vms.loaded_vcpu;

	memcpy(expect->regs, to->regs, sizeof(to->regs));
	model->cntvoff = to->cntvoff;
	model->vms.loaded_vm = to->loaded_vm;
	model->vms.loaded_vcpu = to->loaded_vcpu;
	model->cpu = cpu;

	if (to->entry_taken)
		start(model, to, expect);
}
