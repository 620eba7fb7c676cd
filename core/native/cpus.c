// SPDX-License-Identifier: GPL-2.0-only
/* Several CPUs: each has its own system registers, where EL2 finds them; one of them runs. */
#include "core/native/machine.h"
#include "core/syndrome.h"

static void set_cpu(struct native *n, unsigned int cpu)
{
	n->p.core.cpu = cpu;
	n->sym.sysregs = n->sym.all_sysregs[cpu];
	*n->sym.cpu_sysregs = n->sym.sysregs;
}

void native_reset_cpus(struct native *n)
{
	memset(n->regs, 0, sizeof(n->regs));
	memset(n->cpu_regs, 0, sizeof(n->cpu_regs));
	set_cpu(n, 0);
}

void native_switch_cpu(struct native *n, unsigned int cpu)
{
	memcpy(n->cpu_regs[n->p.core.cpu], n->regs, sizeof(n->regs));
	memcpy(n->regs, n->cpu_regs[cpu], sizeof(n->regs));
	set_cpu(n, cpu);
}

static void call_start_cpu(void *arg)
{
	struct native *n = arg;

	n->sym.start_cpu((el2fuzz_u64 *)n->regs, n->entry->context,
	                 n->entry->pc == n->p.core.info.cpu_resume);
}

enum outcome_kind native_restart_cpu(struct native *n, const struct psci_entry *entry)
{
	enum outcome_kind how;
	u64 sctlr_el1;

	if (entry->pc != n->p.core.info.cpu_entry && entry->pc != n->p.core.info.cpu_resume) {
		n->p.crash = (struct crash){ .pc = entry->pc, .esr = ESR_EC(EC_IABT_CUR) };
		return OUTCOME_EL2_EXCEPTION;
	}
	memory_reset_regs(&n->memory, (u64)n->sym.sysregs, sizeof(*n->sym.all_sysregs));
	sctlr_el1 = n->sym.sysregs[NATIVE_SCTLR_EL1];
	n->entry = entry;
	how = native_run(n, call_start_cpu);
	/* The first that a host does at its entry point. */
	n->sym.sysregs[NATIVE_SCTLR_EL1] = sctlr_el1;

	return how;
}

void native_start_cpu(struct native *n, unsigned int cpu, const struct psci_entry *entry,
                      struct outcome *out)
{
	native_switch_cpu(n, cpu);
	native_arrived(n, native_restart_cpu(n, entry), entry->host_pc, out);
}
