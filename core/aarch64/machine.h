/* SPDX-License-Identifier: GPL-2.0-only */
/* The AArch64 core: what its files share. */
#ifndef EL2FUZZ_AARCH64_MACHINE_H
#define EL2FUZZ_AARCH64_MACHINE_H

#include "core/aarch64/cpu.h"
#include "core/backend.h"
#include "core/image/place.h"

#define MAX_CODE_PAGES 64

struct machine {
	struct core core; /* first: the core interface hands it around */
	struct image image;
	struct cpu cpu;
	struct placement place;
	/* where this trace wrote guest code */
	u64 code[MAX_CODE_PAGES];
	unsigned int nr_code;
};

/* An EL2 that runs on for this many basic blocks will not come back: a step takes some hundred. */
#define STEP_BUDGET 1000000
#define BOOT_BUDGET 1000000000

/* A stage-2 fault that EL2 resumes this often without effect is a livelock of the host. */
#define MAX_FAULTS 4

int machine_boot(struct machine *m, struct error *err);

/**
 * machine_hypercall() - HVC #0 from EL1, through the real vectors, until EL2 is back at EL1
 * @regs: x0.. up to @nr
 */
void machine_hypercall(struct machine *m, const u64 *regs, unsigned int nr, struct outcome *out);

/** machine_smc() - the same for SMC #0 of EL1, which EL2 traps */
void machine_smc(struct machine *m, const u64 *regs, unsigned int nr, struct outcome *out);

/**
 * machine_host_access() - one load, store or fetch at EL1 under the host's stage-2
 * @addr: PA, which is the VA too, since EL1's MMU is off
 */
void machine_host_load(struct machine *m, u64 addr, struct outcome *out);
void machine_host_store(struct machine *m, u64 addr, u64 value, struct outcome *out);
void machine_host_fetch(struct machine *m, u64 addr, struct outcome *out);

/**
 * machine_run() - emu_run(), with EL3 behind EL2
 *
 * An SMC of EL2 is answered by the firmware (firmware.c) and EL2 goes on.
 */
enum cpu_stop machine_run(struct machine *m, u64 pc);

/** machine_note_code() - guest code was written at @pa, or what a guest ran as such */
void machine_note_code(struct machine *m, u64 pa);

/**
 * machine_retranslate_code() - forget what noted code was translated to
 *
 * A store by EL2 (the DC ZVA that clears a reclaimed page) or a reset changes code behind the emulator's
 * back. Call it while EL1, the host, runs.
 */
void machine_retranslate_code(struct machine *m);

/** machine_in_guest() - is the CPU at EL1 under another stage-2 than the host's? */
bool machine_in_guest(const struct machine *m);

/** machine_guest_exception() - deliver what stopped the guest to EL2; the vector, 0 if it cannot be */
u64 machine_guest_exception(struct machine *m, enum cpu_stop stop);

/** exception_to_el2() - take a synchronous exception from EL1; Return: the vector's address */
u64 exception_to_el2(struct machine *m, u64 esr, u64 far, u64 hpfar);

/**
 * exception_crash() - describe how EL2 stopped, for good
 * @stop: what emu_run() said
 */
void exception_crash(struct machine *m, enum cpu_stop stop, struct outcome *out);

#endif
