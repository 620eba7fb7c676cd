/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPUs of the machine under test. Read by the kernel's compiler flags and by ours, so: fixed widths,
 * no includes.
 */
#ifndef EL2FUZZ_CPUS_H
#define EL2FUZZ_CPUS_H

#define NR_MACHINE_CPUS 4

/* What EL2 is told of all of them: list registers of the GIC, and the longest vector in units of 128 bits. */
#define MACHINE_NR_LRS 4
#define MACHINE_SVE_VQ 4

/* What a CPU is when a trace begins. */
enum cpu_power {
	CPU_ON,
	/* It took part in the boot and was turned off again: PSCI CPU_ON brings it up. */
	CPU_OFF,
	/*
	 * It was not online when KVM was initialised, so that its features were not checked: the
	 * hypervisor lets nobody turn it on.
	 */
	CPU_NEVER_ONLINE,
};

struct machine_cpu {
	unsigned long long mpidr; /* the affinity fields of MPIDR_EL1 */
	enum cpu_power power;
};

extern const struct machine_cpu machine_cpus[NR_MACHINE_CPUS];

#endif
