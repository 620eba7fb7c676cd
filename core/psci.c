// SPDX-License-Identifier: GPL-2.0-only
#include "core/psci.h"

#include <string.h>

#define VERSION_1_1 (1 << 16 | 1)
#define NO_TRUSTED_OS 2

void psci_reset(struct psci *psci)
{
	memset(psci, 0, sizeof(*psci));
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++)
		psci->cpus[cpu].power = machine_cpus[cpu].power;
}

void psci_host(struct psci *psci, unsigned int cpu, const u64 regs[OP_MAX_ARGS])
{
	psci->cpu = cpu;
	memcpy(psci->host, regs, sizeof(psci->host));
}

static struct psci_cpu *find_cpu(struct psci *psci, u64 mpidr)
{
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		if (machine_cpus[cpu].mpidr == mpidr)
			return &psci->cpus[cpu];
	}

	return NULL;
}

static s64 cpu_on(struct psci *psci, const u64 *regs)
{
	struct psci_cpu *cpu = find_cpu(psci, regs[1]);

	if (!cpu)
		return PSCI_INVALID_PARAMETERS;
	if (cpu->power == CPU_ON)
		return PSCI_ALREADY_ON;
	if (cpu->pending)
		return PSCI_ON_PENDING;

	cpu->pending = true;
	cpu->entry = (struct psci_entry){
		.pc = regs[2],
		.context = regs[3],
		.host_pc = psci->host[2],
	};
	return PSCI_SUCCESS;
}

/* An interrupt is always pending, so that the CPU wakes at once. */
static s64 suspend(struct psci *psci, u64 pc, u64 context, u64 host_pc)
{
	struct psci_cpu *cpu = &psci->cpus[psci->cpu];

	cpu->entry = (struct psci_entry){ .pc = pc, .context = context, .host_pc = host_pc };
	psci->restart = &cpu->entry;

	return PSCI_SUCCESS;
}

static s64 cpu_suspend(struct psci *psci, const u64 *regs)
{
	if (regs[1] & PSCI_POWERDOWN)
		return suspend(psci, regs[2], regs[3], psci->host[2]);

	return PSCI_SUCCESS;
}

/* The last CPU that is on suspends the system. */
static s64 system_suspend(struct psci *psci, const u64 *regs)
{
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		if (cpu != psci->cpu &&
		    (psci->cpus[cpu].power == CPU_ON || psci->cpus[cpu].pending))
			return PSCI_DENIED;
	}

	return suspend(psci, regs[1], regs[2], psci->host[1]);
}

/* Affinity level 0 only: 0 on, 1 off, 2 coming up */
static s64 affinity_info(struct psci *psci, const u64 *regs)
{
	const struct psci_cpu *cpu = find_cpu(psci, regs[1]);

	if (!cpu || regs[2])
		return PSCI_INVALID_PARAMETERS;

	return cpu->pending ? 2 : cpu->power != CPU_ON;
}

static s64 features(u64 id)
{
	switch (id) {
	case PSCI_VERSION:
	case PSCI_CPU_SUSPEND:
	case PSCI_CPU_OFF:
	case PSCI_CPU_ON:
	case PSCI_AFFINITY_INFO:
	case PSCI_MIGRATE_INFO_TYPE:
	case PSCI_FEATURES:
	case PSCI_SYSTEM_SUSPEND:
		return PSCI_SUCCESS;
	default:
		return PSCI_NOT_SUPPORTED;
	}
}

static s64 call(struct psci *psci, const u64 *regs)
{
	switch (regs[0]) {
	case PSCI_VERSION:
		return VERSION_1_1;
	case PSCI_CPU_SUSPEND:
		return cpu_suspend(psci, regs);
	case PSCI_CPU_OFF:
		/* A firmware may want a CPU to stay on (5.5.2). */
		return PSCI_DENIED;
	case PSCI_CPU_ON:
		return cpu_on(psci, regs);
	case PSCI_AFFINITY_INFO:
		return affinity_info(psci, regs);
	case PSCI_MIGRATE_INFO_TYPE:
		return NO_TRUSTED_OS;
	case PSCI_FEATURES:
		return features(regs[1]);
	case PSCI_SYSTEM_SUSPEND:
		return system_suspend(psci, regs);
	default:
		return PSCI_NOT_SUPPORTED;
	}
}

bool psci_smc(struct psci *psci, u64 regs[SMC_REGS])
{
	psci->restart = NULL;
	if (regs[0] - PSCI_32(0) >= PSCI_NUMBERS && regs[0] - PSCI_64(0) >= PSCI_NUMBERS)
		return false;

	regs[0] = call(psci, regs);
	regs[1] = regs[2] = regs[3] = 0;
	return true;
}
