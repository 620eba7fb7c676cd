// SPDX-License-Identifier: GPL-2.0-only
#include "core/aarch64/cpu.h"

#include "core/image/coverage.h"

#include <stdlib.h>

#define TCG_BUFFER_SIZE (16U << 20)

struct sysreg_encoding {
	u32 op0, op1, crn, crm, op2;
};

static const struct sysreg_encoding sysregs[] = {
#define S(name, o0, o1, n, m, o2) [SYSREG_##name] = { o0, o1, n, m, o2 },
	SYSREGS(S)
#undef S
};

static int xreg_ids[31];

static void on_interrupt(uc_engine *uc, u32 exception, void *arg)
{
	struct cpu *cpu = arg;

	cpu->exception = exception;
	uc_emu_stop(uc);
}

/* Bits of cpu->seen beside INSN_* */
#define SEEN_BLOCK 128

/* Where the last block went on: how its conditional branch went. */
static void note_branch(struct cpu *cpu, u64 pc)
{
	*cpu->branch |= pc == cpu->branch_pc + 4 ? INSN_FELL_THROUGH : INSN_TAKEN;
	cpu->branch = NULL;
}

static void on_block(uc_engine *uc, u64 pc, u32 size, void *arg)
{
	struct cpu *cpu = arg;

	if (cpu->branch)
		note_branch(cpu, pc);
	if (pc - cpu->text_start < cpu->text_end - cpu->text_start) {
		u8 *seen = &cpu->seen[(pc - cpu->text_start) >> 2];
		u8 *last = &seen[size / 4 - 1];

		cpu->counters[(pc - cpu->text_start) >> 2]++;
		if (!(*seen & SEEN_BLOCK)) {
			cpu->nr_seen++;
			for (u32 i = 0; i < size / 4 && pc + i * 4 < cpu->text_end; i++)
				seen[i] |= INSN_RAN;
			*seen |= SEEN_BLOCK;
		}
		if (size && pc + size <= cpu->text_end && *last & INSN_BRANCH) {
			cpu->branch = last;
			cpu->branch_pc = pc + size - 4;
		}
	}
	if (++cpu->blocks > cpu->budget) {
		cpu->over_budget = true;
		uc_emu_stop(uc);
	}
}

static int add_hooks(struct cpu *cpu)
{
	uc_hook hook;

	/* An end below the begin: everywhere. */
	return uc_hook_add(cpu->uc, &hook, UC_HOOK_INTR, on_interrupt, cpu, 1, 0) ||
	       uc_hook_add(cpu->uc, &hook, UC_HOOK_BLOCK, on_block, cpu, 1, 0);
}

int emu_open(struct cpu *cpu, const struct phys *phys, struct error *err)
{
	uc_err e;

	memset(cpu, 0, sizeof(*cpu));
	for (int i = 0; i < 31; i++)
		xreg_ids[i] = i < 29 ? UC_ARM64_REG_X0 + i : UC_ARM64_REG_X29 + i - 29;

	e = uc_open(UC_ARCH_ARM64, UC_MODE_ARM, &cpu->uc);
	if (!e)
		e = uc_ctl_set_cpu_model(cpu->uc, UC_CPU_ARM64_MAX);
	/* The default is 1 GiB, all of which is zeroed at every flush; EL2 needs some hundred KiB. */
	if (!e)
		e = uc_ctl_set_tcg_buffer_size(cpu->uc, TCG_BUFFER_SIZE);
	for (unsigned int i = 0; !e && i < phys->nr_segments; i++) {
		const struct phys_segment *seg = &phys->segments[i];

		e = uc_mem_map_ptr(cpu->uc, seg->base, seg->size, UC_PROT_ALL, seg->host);
	}
	if (e || add_hooks(cpu))
		return error_set(err, "unicorn: %s", uc_strerror(e ? e : UC_ERR_HOOK));

	/*
	 * Non-secure, HVC enabled, AArch64 below EL3, pointer authentication not trapped: as firmware
	 * leaves it. In the secure state HCR_EL2 would have no effect.
	 */
	emu_set_sysreg(cpu, SYSREG_SCR_EL3, BIT(0) | BIT(8) | BIT(10) | BIT(16) | BIT(17));
	emu_set_el(cpu, PSTATE_EL2H);

	return 0;
}

#if __has_feature(address_sanitizer)
/* uc_close() forgets 32 bytes that uc_open() allocated; nothing of ours is in that library. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

const char *__lsan_default_suppressions(void)
{
	return "leak:libunicorn";
}

const char *__lsan_default_options(void)
{
	return "print_suppressions=0";
}
#endif

void emu_close(struct cpu *cpu)
{
	if (cpu->uc)
		uc_close(cpu->uc);
	free(cpu->seen);
	free(cpu->counters);
	free(cpu->pcs);
}

static uc_arm64_cp_reg encode(enum sysreg reg)
{
	const struct sysreg_encoding *s = &sysregs[reg];

	return (uc_arm64_cp_reg){
		.op0 = s->op0,
		.op1 = s->op1,
		.crn = s->crn,
		.crm = s->crm,
		.op2 = s->op2,
	};
}

u32 emu_sysreg_index(enum sysreg reg)
{
	const struct sysreg_encoding *s = &sysregs[reg];

	return s->op0 << 14 | s->op1 << 11 | s->crn << 7 | s->crm << 3 | s->op2;
}

u64 emu_sysreg(const struct cpu *cpu, enum sysreg reg)
{
	uc_arm64_cp_reg cp = encode(reg);

	uc_reg_read(cpu->uc, UC_ARM64_REG_CP_REG, &cp);
	return cp.val;
}

void emu_set_sysreg(const struct cpu *cpu, enum sysreg reg, u64 val)
{
	uc_arm64_cp_reg cp = encode(reg);

	cp.val = val;
	uc_reg_write(cpu->uc, UC_ARM64_REG_CP_REG, &cp);
}

u64 emu_reg(const struct cpu *cpu, int uc_reg)
{
	u64 val = 0;

	uc_reg_read(cpu->uc, uc_reg, &val);
	return val;
}

void emu_set_reg(const struct cpu *cpu, int uc_reg, u64 val)
{
	uc_reg_write(cpu->uc, uc_reg, &val);
}

void emu_get_xregs(const struct cpu *cpu, u64 regs[31])
{
	void *vals[31];

	for (int i = 0; i < 31; i++)
		vals[i] = &regs[i];
	uc_reg_read_batch(cpu->uc, xreg_ids, vals, 31);
}

void emu_set_xregs(const struct cpu *cpu, const u64 *regs, unsigned int nr)
{
	void *vals[31];

	for (unsigned int i = 0; i < nr; i++)
		vals[i] = (void *)&regs[i];
	uc_reg_write_batch(cpu->uc, xreg_ids, vals, nr);
}

void emu_set_el(const struct cpu *cpu, u32 pstate)
{
	uc_reg_write(cpu->uc, UC_ARM64_REG_PSTATE, &pstate);
	/* Only a system register write makes the emulator look at the new exception level. */
	emu_set_sysreg(cpu, SYSREG_FAR_EL1, emu_sysreg(cpu, SYSREG_FAR_EL1));
}

unsigned int emu_el(const struct cpu *cpu)
{
	return emu_reg(cpu, UC_ARM64_REG_PSTATE) >> 2 & 3;
}

void emu_add_exit(struct cpu *cpu, u64 pc)
{
	cpu->exits[cpu->nr_exits++] = pc;
}

static bool is_exit(const struct cpu *cpu, u64 pc)
{
	for (unsigned int i = 0; i < cpu->nr_exits; i++) {
		if (cpu->exits[i] == pc)
			return true;
	}

	return false;
}

static void on_stop_address(uc_engine *uc, u64 pc, u32 size, void *arg)
{
	(void)pc;
	(void)size;
	(void)arg;
	uc_emu_stop(uc);
}

void emu_stop_at(struct cpu *cpu, u64 pc)
{
	if (cpu->stop_hook)
		uc_hook_del(cpu->uc, cpu->stop_hook);
	cpu->stop_hook = 0;
	if (pc)
		uc_hook_add(cpu->uc, &cpu->stop_hook, UC_HOOK_CODE, on_stop_address, cpu, pc, pc);
}

enum cpu_stop emu_run(struct cpu *cpu, u64 pc)
{
	cpu->exception = -1;
	cpu->over_budget = false;
	cpu->branch = NULL;
	cpu->error = uc_emu_start(cpu->uc, pc, 0, 0, 0);

	if (cpu->exception == EXC_BRK && is_exit(cpu, emu_reg(cpu, UC_ARM64_REG_PC)))
		return STOP_EXIT;
	if (cpu->exception >= 0)
		return STOP_EXCEPTION;
	if (cpu->over_budget)
		return STOP_BUDGET;

	switch (cpu->error) {
	case UC_ERR_OK:
		return STOP_EXIT;
	case UC_ERR_INSN_INVALID:
	case UC_ERR_EXCEPTION:
		return STOP_UNDEFINED;
	case UC_ERR_READ_UNMAPPED:
	case UC_ERR_WRITE_UNMAPPED:
	case UC_ERR_FETCH_UNMAPPED:
		return STOP_DEVICE;
	default:
		return STOP_ERROR;
	}
}

/* B.cond and BC.cond; CBZ and CBNZ; TBZ and TBNZ (Arm ARM C4.1, Branches) */
static bool is_conditional(u32 insn)
{
	return (insn & 0xff000000) == 0x54000000 || (insn & 0x7e000000) == 0x34000000 ||
	       (insn & 0x7e000000) == 0x36000000;
}

int emu_cover(struct cpu *cpu, u64 start, u64 end, const u32 *text, struct error *err)
{
	u64 nr = (end - start) >> 2;

	cpu->seen = calloc(nr, 1);
	cpu->counters = calloc(nr, 1);
	cpu->pcs = calloc(nr, 2 * sizeof(*cpu->pcs));
	if (!cpu->seen || !cpu->counters || !cpu->pcs)
		return error_set(err, "out of memory");
	for (u64 i = 0; i < nr; i++) {
		cpu->pcs[2 * i] = start + 4 * i;
		cpu->seen[i] = is_conditional(text[i]) ? INSN_BRANCH : 0;
	}

	cpu->text_start = start;
	cpu->text_end = end;
	return 0;
}

uc_context *emu_new_context(const struct cpu *cpu)
{
	uc_context *context = NULL;

	if (uc_context_alloc(cpu->uc, &context))
		return NULL;
	emu_save(cpu, context);

	return context;
}

void emu_save(const struct cpu *cpu, uc_context *to)
{
	uc_context_save(cpu->uc, to);
}

void emu_restore(const struct cpu *cpu, uc_context *from)
{
	uc_context_restore(cpu->uc, from);
	uc_ctl_flush_tlb(cpu->uc);
}

void emu_flush_tlb(struct cpu *cpu)
{
	uc_ctl_flush_tlb(cpu->uc);
}

static void on_instruction(uc_engine *uc, u64 pc, u32 size, void *arg)
{
	struct cpu *cpu = arg;

	(void)uc;
	(void)size;
	cpu->trace(cpu->trace_arg, pc);
}

int emu_trace(struct cpu *cpu, void (*visit)(void *arg, u64 pc), void *arg)
{
	if (cpu->trace_hook)
		uc_hook_del(cpu->uc, cpu->trace_hook);
	cpu->trace_hook = 0;
	cpu->trace = visit;
	cpu->trace_arg = arg;
	if (visit && uc_hook_add(cpu->uc, &cpu->trace_hook, UC_HOOK_CODE, on_instruction, cpu,
	                         cpu->text_start, cpu->text_end - 1))
		return -1;

	/* What was translated before has no such hook in it, or has it still. */
	emu_text_changed(cpu);
	return 0;
}

void emu_text_changed(struct cpu *cpu)
{
	uc_ctl_flush_tb(cpu->uc);
	uc_ctl_flush_tlb(cpu->uc);
}
