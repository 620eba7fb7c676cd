/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PSCI (DEN0022), the firmware's side: which CPUs are on, and what EL2 asks about them. A version 1.1
 * that has what a host of pKVM uses.
 */
#ifndef EL2FUZZ_PSCI_H
#define EL2FUZZ_PSCI_H

#include "core/cpus.h"
#include "core/smc.h"

/* Function numbers, in the 32-bit or the 64-bit range */
#define PSCI_32(number) (0x84000000ULL | (number))
#define PSCI_64(number) (0xc4000000ULL | (number))
#define PSCI_NUMBERS 32

#define PSCI_VERSION PSCI_32(0x00)
#define PSCI_CPU_SUSPEND PSCI_64(0x01)
#define PSCI_CPU_OFF PSCI_32(0x02)
#define PSCI_CPU_ON PSCI_64(0x03)
#define PSCI_AFFINITY_INFO PSCI_64(0x04)
#define PSCI_MIGRATE_INFO_TYPE PSCI_32(0x06)
#define PSCI_FEATURES PSCI_32(0x0a)
#define PSCI_SYSTEM_SUSPEND PSCI_64(0x0e)

#define PSCI_SUCCESS 0LL
#define PSCI_NOT_SUPPORTED (-1LL)
#define PSCI_INVALID_PARAMETERS (-2LL)
#define PSCI_DENIED (-3LL)
#define PSCI_ALREADY_ON (-4LL)
#define PSCI_ON_PENDING (-5LL)

/* power_state of CPU_SUSPEND: the CPU loses what it holds, and starts anew */
#define PSCI_POWERDOWN BIT(16)

/* Where a CPU that comes up starts, at EL2 with its MMU off. */
struct psci_entry {
	u64 pc; /* what EL2 asked for ... */
	u64 context; /* ... with this in x0 */
	u64 host_pc; /* what the host asked EL2 for: there the CPU should get in the end */
};

struct psci_cpu {
	enum cpu_power power;
	bool pending; /* CPU_ON succeeded; the CPU starts when it is its turn */
	struct psci_entry entry;
};

struct psci {
	struct psci_cpu cpus[NR_MACHINE_CPUS];
	unsigned int cpu; /* that issues ops */
	u64 host[OP_MAX_ARGS]; /* x0.. of the SMC that the host issued */
	struct psci_entry *restart; /* the CPU that called does not return, but starts here */
};

/** psci_reset() - CPUs as a trace finds them */
void psci_reset(struct psci *psci);

/** psci_host() - the CPU that issues ops now issues this SMC */
void psci_host(struct psci *psci, unsigned int cpu, const u64 regs[OP_MAX_ARGS]);

/**
 * psci_smc() - an SMC of EL2
 *
 * After it psci->restart says if it does not return. Return: false if it is no PSCI.
 */
bool psci_smc(struct psci *psci, u64 regs[SMC_REGS]);

#endif
