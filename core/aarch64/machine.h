/* SPDX-License-Identifier: GPL-2.0-only */
/* The AArch64 core: what its files share. */
#ifndef EL2FUZZ_AARCH64_MACHINE_H
#define EL2FUZZ_AARCH64_MACHINE_H

#include "core/aarch64/cpu.h"
#include "core/backend.h"
#include "core/image/place.h"

#define MAX_CODE_PAGES 64

#define INSN_ERET 0xd69f03e0U

/* What a CPU is while another one is in the emulator. */
struct saved_cpu {
	uc_context *context;
	u64 control, cntvoff; /* as core_control() and core_cntvoff() say of it */
};

/* One of the CPUs. The one that core.cpu names is in the emulator. */
struct emulated_cpu {
	struct saved_cpu boot; /* as a trace finds it */
	struct saved_cpu now; /* once it ran */
	bool ran; /* since the reset */
};

struct machine {
	struct core core; /* first: the core interface hands it around */
	struct image image;
	struct cpu cpu;
	struct emulated_cpu cpus[NR_MACHINE_CPUS];
	uc_context *cold; /* what firmware starts a CPU with */
	u64 sctlr_el1; /* of the host */
	/* machine_catch() */
	u8 *caught;
	u32 caught_word;
	struct placement place;
	/* where this trace wrote guest code */
	u64 code[MAX_CODE_PAGES];
	unsigned int nr_code;
	struct guest_insn guest_insn; /* what the word in its program stands for */
	struct watch *watch; /* events.c */
};

static inline struct machine *machine_of(const struct core *core)
{
	return (struct machine *)core;
}

/* machine.c: for whatever world the machine is of; most is as the core interface has it */

/** machine_new() - core_new() of what begins with a machine */
void *machine_new(size_t size, const struct core_backend *backend, const struct core_config *config,
                  unsigned int pa_bits, u64 hyp_va_base, struct error *err);
void machine_close(struct core *core);
void machine_source(const struct core *core, u64 va, struct source_place *place);
bool machine_bug_source(const struct core *core, u64 va, struct source_place *place, bool *warning);
int machine_coverage(const struct core *core, FILE *out, struct error *err);
u64 machine_blocks_covered(const struct core *core);

/** machine_counters() - of basic blocks: one for each instruction, since any may begin one */
bool machine_counters(const struct core *core, struct core_counters *counters);

/* An EL2 that runs on for this many basic blocks will not come back: a step takes some hundred. */
#define STEP_BUDGET 1000000
#define BOOT_BUDGET 1000000000

/* A stage-2 fault that EL2 resumes this often without effect is a livelock of the host. */
#define MAX_FAULTS 4

/* cpus.c */

/** machine_open_cpus() - every CPU is what the emulator's is now */
int machine_open_cpus(struct machine *m, struct error *err);
void machine_close_cpus(struct machine *m);

/** machine_switch_cpu() - go on as another CPU; its TLB is empty */
void machine_switch_cpu(struct machine *m, unsigned int cpu);

/**
 * machine_restart_cpu() - the CPU in the emulator comes out of reset, and runs until it is at EL1
 *
 * Return: why it stopped, as emu_run() says.
 */
enum cpu_stop machine_restart_cpu(struct machine *m, const struct psci_entry *entry);

/** machine_start_cpu() - the same for a CPU that was off */
void machine_start_cpu(struct machine *m, unsigned int cpu, const struct psci_entry *entry,
                       struct outcome *out);

/** machine_snapshot_cpus() - what a reset goes back to is now, with CPU 0 in the emulator */
void machine_snapshot_cpus(struct machine *m);
void machine_reset_cpus(struct machine *m);

/** machine_control(), machine_cntvoff() - as core_control() and core_cntvoff() */
u64 machine_control(const struct machine *m, unsigned int cpu);
u64 machine_cntvoff(const struct machine *m, unsigned int cpu);

int machine_boot(struct machine *m, struct error *err);

/** machine_watch() - fill core.events from now on, or no more; -1 with the reason */
int machine_watch(struct machine *m, bool on, struct error *err);
void machine_free_watch(struct machine *m);

/**
 * machine_hypercall() - HVC #0 from EL1, through the real vectors, until EL2 is back at EL1
 * @regs: x0.. up to @nr
 */
void machine_hypercall(struct machine *m, const u64 *regs, unsigned int nr, struct outcome *out);

/** machine_smc() - the same for SMC #0 of EL1, which EL2 traps */
void machine_smc(struct machine *m, const u64 *regs, unsigned int nr, struct outcome *out);

/**
 * machine_catch() - stop the host before it runs what is at @addr, whatever that is
 *
 * Until machine_release().
 */
void machine_catch(struct machine *m, u64 addr);
void machine_release(struct machine *m);

/** machine_arrived() - the host is at EL1 again, where it should go on at @pc; or EL2 crashed */
void machine_arrived(struct machine *m, enum cpu_stop stop, u64 pc, struct outcome *out);

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

/** machine_watch_guests() - from now on, GUEST_FIXED_SYSREGS are zero when a guest begins to run */
int machine_watch_guests(struct machine *m, struct error *err);

/** machine_in_guest() - is the CPU at EL1 under another stage-2 than the host's? */
bool machine_in_guest(const struct machine *m);

/** machine_guest_exception() - deliver what stopped the guest to EL2; the vector, 0 if it cannot be */
u64 machine_guest_exception(struct machine *m, enum cpu_stop stop);

/** exception_in_el2() - take a synchronous exception from EL2 itself; Return: the vector's address */
u64 exception_in_el2(struct machine *m, u64 esr);

/** exception_to_el2() - take a synchronous exception from EL1; Return: the vector's address */
u64 exception_to_el2(struct machine *m, u64 esr, u64 far, u64 hpfar);

/**
 * brk_describe() - what the BRK at the crash's PC says of itself: a BUG, or a check of UBSan's or CFI's
 * @branch: the conditional branch at @cpu->branch_pc
 */
void brk_describe(const struct cpu *cpu, u32 insn, u32 branch, struct outcome *out);

/**
 * exception_crash() - describe how EL2 stopped, for good
 * @stop: what emu_run() said
 */
void exception_crash(struct machine *m, enum cpu_stop stop, struct outcome *out);

#endif
