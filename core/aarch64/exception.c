// SPDX-License-Identifier: GPL-2.0-only
/* Exceptions: delivered to EL2 from EL1, described when taken from EL2 itself. */
#include "core/aarch64/machine.h"
#include "core/syndrome.h"

#include "tree.h"

#define VECTOR_LOWER_SYNC 0x400

u64 exception_in_el2(struct machine *m, u64 esr)
{
	struct cpu *cpu = &m->cpu;

	emu_set_sysreg(cpu, SYSREG_SPSR_EL2, (u32)emu_reg(cpu, UC_ARM64_REG_PSTATE));
	emu_set_sysreg(cpu, SYSREG_ELR_EL2, emu_reg(cpu, UC_ARM64_REG_PC));
	emu_set_sysreg(cpu, SYSREG_ESR_EL2, esr);
	emu_set_el(cpu, PSTATE_EL2H);

	return emu_sysreg(cpu, SYSREG_VBAR_EL2) + VECTOR_CURRENT_SYNC;
}

u64 exception_to_el2(struct machine *m, u64 esr, u64 far, u64 hpfar)
{
	struct cpu *cpu = &m->cpu;

	/* SP of EL1 goes to its bank and SP of EL2 comes from its own: the emulator swaps on ERET. */
	emu_set_sysreg(cpu, SYSREG_SP_EL1, emu_reg(cpu, UC_ARM64_REG_SP));
	emu_set_sysreg(cpu, SYSREG_SPSR_EL2, (u32)emu_reg(cpu, UC_ARM64_REG_PSTATE));
	emu_set_sysreg(cpu, SYSREG_ELR_EL2, emu_reg(cpu, UC_ARM64_REG_PC));
	emu_set_sysreg(cpu, SYSREG_ESR_EL2, esr);
	emu_set_sysreg(cpu, SYSREG_FAR_EL2, far);
	emu_set_sysreg(cpu, SYSREG_HPFAR_EL2, hpfar);
	emu_set_el(cpu, PSTATE_EL2H);
	emu_set_reg(cpu, UC_ARM64_REG_SP, emu_sysreg(cpu, SYSREG_SP_EL2));

	return emu_sysreg(cpu, SYSREG_VBAR_EL2) + VECTOR_LOWER_SYNC;
}

static u64 translate(const struct machine *m, u64 va)
{
	struct leaf leaf;

	table_lookup(&m->core.phys, &m->core.observer.hyp_s1, va, &leaf);
	return leaf.kind == LEAF_MAPPED ? leaf.pa + (va & (MAP_PAGE_SIZE - 1)) : 0;
}

/* Frame records (AAPCS64 6.4.6): x29 points to the caller's x29 and the return address. */
static void backtrace(const struct machine *m, struct crash *crash)
{
	u64 fp = emu_reg(&m->cpu, UC_ARM64_REG_X29);

	while (crash->nr_frames < CRASH_MAX_FRAMES && fp && !(fp & 7)) {
		u64 record = translate(m, fp);
		u64 next = phys_read64(&m->core.phys, record);
		u64 lr = phys_read64(&m->core.phys, record + 8);

		if (!record || lr < m->image.start || lr >= m->image.end)
			break;
		crash->frames[crash->nr_frames++] = lr;
		/* Stacks grow down: a caller's record is above. */
		if (next <= fp)
			break;
		fp = next;
	}
}

static u32 insn_at(struct machine *m, u64 pc)
{
	return phys_read64(&m->core.phys, ALIGN_DOWN(translate(m, pc), 8)) >> (pc & 4 ? 32 : 0);
}

static void classify(struct machine *m, enum cpu_stop stop, struct outcome *out)
{
	struct crash *crash = &out->crash;

	out->kind = OUTCOME_EL2_EXCEPTION;
	switch (stop) {
	case STOP_BUDGET:
		out->kind = OUTCOME_HANG;
		return;
	case STOP_UNDEFINED:
	case STOP_ERROR:
		crash->esr = ESR_EC(EC_UNKNOWN);
		return;
	case STOP_DEVICE:
		/* EL2 maps no device here: an access went where no memory is. */
		crash->esr = ESR_EC(EC_DABT_CUR) | 0x10;
		return;
	default:
		break;
	}

	switch (m->cpu.exception) {
	case EXC_BRK:
		brk_describe(&m->cpu, insn_at(m, crash->pc), insn_at(m, m->cpu.branch_pc), out);
		break;
	case EXC_PREFETCH_ABORT:
		crash->esr = ESR_EC(EC_IABT_CUR);
		crash->far = crash->pc;
		break;
	case EXC_DATA_ABORT:
		crash->esr = ESR_EC(EC_DABT_CUR);
		break;
	default:
		crash->esr = ESR_EC(EC_UNKNOWN);
	}
}

void exception_crash(struct machine *m, enum cpu_stop stop, struct outcome *out)
{
	memset(&out->crash, 0, sizeof(out->crash));
	out->crash.pc = emu_reg(&m->cpu, UC_ARM64_REG_PC);
	classify(m, stop, out);
	backtrace(m, &out->crash);
	out->blocks = m->cpu.blocks;
}
