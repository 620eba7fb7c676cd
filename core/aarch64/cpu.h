/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One emulated CPU. Unicorn runs instructions, translates addresses and executes ERET; it delivers no
 * exception: exception.c does. Functions are named emu_: libunicorn exports cpu_ ones of its own.
 */
#ifndef EL2FUZZ_AARCH64_CPU_H
#define EL2FUZZ_AARCH64_CPU_H

#include "core/phys.h"
#include "core/sysregs.h"

#include <unicorn/unicorn.h>

enum sysreg {
#define S(name, ...) SYSREG_##name,
	SYSREGS(S)
#undef S
};

#define PSTATE_EL1H 0x3c5 /* D, A, I, F masked */
#define PSTATE_EL2H 0x3c9
#define PSTATE_IL BIT(20)

enum cpu_stop {
	STOP_EXIT, /* reached one of the exit addresses */
	STOP_EXCEPTION, /* cpu->exception says which */
	STOP_UNDEFINED, /* an instruction the CPU does not have */
	STOP_DEVICE, /* translated to an address without memory behind it */
	STOP_BUDGET, /* ran more than cpu->budget basic blocks */
	STOP_ERROR, /* the emulator gave up: cpu->error */
};

/* What UC_HOOK_INTR reports: EXCP_* of the emulator. */
enum cpu_exception {
	EXC_UNDEFINED = 1,
	EXC_SVC = 2,
	EXC_PREFETCH_ABORT = 3,
	EXC_DATA_ABORT = 4,
	EXC_BRK = 7,
	EXC_HVC = 11,
	EXC_HYP_TRAP = 12,
	EXC_SMC = 13,
};

#define CPU_MAX_EXITS 8

struct cpu {
	uc_engine *uc;
	int exception;
	uc_err error;
	bool over_budget;
	u64 blocks; /* run since emu_run() began */
	u64 budget;
	u64 exits[CPU_MAX_EXITS];
	unsigned int nr_exits;
	uc_hook stop_hook;
	uc_hook trace_hook;
	void (*trace)(void *arg, u64 pc);
	void *trace_arg;
	/* Coverage: one byte per instruction of the hypervisor's text */
	u64 text_start, text_end; /* VAs */
	u8 *seen; /* INSN_* */
	u8 *branch; /* of these, the conditional branch that ended the last block; NULL: none did */
	u64 branch_pc;
	u64 nr_seen;
	u8 *counters; /* the same, counted: for a fuzzer */
	u64 *pcs; /* of each counter, and a word of flags */
};

int emu_open(struct cpu *cpu, const struct phys *phys, struct error *err);
void emu_close(struct cpu *cpu);

u64 emu_sysreg(const struct cpu *cpu, enum sysreg reg);
void emu_set_sysreg(const struct cpu *cpu, enum sysreg reg, u64 val);
/** emu_sysreg_index() - op0, op1, CRn, CRm and op2 as an MSR has them, in 16 bits */
u32 emu_sysreg_index(enum sysreg reg);
u64 emu_reg(const struct cpu *cpu, int uc_reg);
void emu_set_reg(const struct cpu *cpu, int uc_reg, u64 val);

/** emu_get_xregs() - x0..x30 */
void emu_get_xregs(const struct cpu *cpu, u64 regs[31]);

/** emu_set_xregs() - x0.. up to @nr */
void emu_set_xregs(const struct cpu *cpu, const u64 *regs, unsigned int nr);

/** emu_set_el() - change the exception level: PSTATE and what the emulator derives from it */
void emu_set_el(const struct cpu *cpu, u32 pstate);
unsigned int emu_el(const struct cpu *cpu);

/**
 * emu_add_exit() - a BRK instruction at @pc, which the caller wrote there, ends a run
 *
 * The emulator's own exits do the same, but forget what they translated there after each run.
 */
void emu_add_exit(struct cpu *cpu, u64 pc);

/** emu_stop_at() - fetch, but do not run the instruction at @pc; any address; 0 for none */
void emu_stop_at(struct cpu *cpu, u64 pc);

/** emu_run() - run from @pc to the first reason to stop */
enum cpu_stop emu_run(struct cpu *cpu, u64 pc);

/** emu_cover() - see what runs between two hyp VAs from now on; @text is what is there */
int emu_cover(struct cpu *cpu, u64 start, u64 end, const u32 *text, struct error *err);

/** emu_trace() - be told of each instruction between the VAs of emu_cover(); NULL: no more; -1 if it cannot */
int emu_trace(struct cpu *cpu, void (*visit)(void *arg, u64 pc), void *arg);

/**
 * emu_new_context() - room for all that a CPU has but its TLB
 *
 * It holds the CPU as it is. Return: NULL if there is none; freed by uc_context_free().
 */
uc_context *emu_new_context(const struct cpu *cpu);
void emu_save(const struct cpu *cpu, uc_context *to);

/** emu_restore() - be another CPU, or this one at an earlier time, with an empty TLB */
void emu_restore(const struct cpu *cpu, uc_context *from);

/** emu_flush_tlb() - forget all translations of addresses */
void emu_flush_tlb(struct cpu *cpu);

/** emu_text_changed() - instructions were written behind the emulator's back */
void emu_text_changed(struct cpu *cpu);

#endif
