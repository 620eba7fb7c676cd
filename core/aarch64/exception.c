// SPDX-License-Identifier: GPL-2.0-only
/* Exceptions: delivered to EL2 from EL1, described when taken from EL2 itself. */
#include "core/aarch64/machine.h"

#include "tree.h"

#define ESR_EC_SHIFT 26
#define ESR_IL BIT(25)
#define EC_UNKNOWN 0x00ULL
#define EC_IABT_LOW 0x20ULL
#define EC_IABT_CUR 0x21ULL
#define EC_DABT_LOW 0x24ULL
#define EC_DABT_CUR 0x25ULL
#define EC_BRK64 0x3cULL
#define ISS_WNR BIT(6)
#define FSC_TRANSLATION 0x04 /* plus level */
#define FSC_PERMISSION 0x0c

#define VECTOR_LOWER_SYNC 0x400

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

u64 stage2_fault_esr(const struct machine *m, u64 ipa, bool fetch, bool write)
{
	u64 esr = (fetch ? EC_IABT_LOW : EC_DABT_LOW) << ESR_EC_SHIFT | ESR_IL;
	struct leaf leaf;

	core_host_leaf(&m->core, ipa, &leaf);
	if (write)
		esr |= ISS_WNR;
	if (leaf.kind == LEAF_MAPPED)
		return esr | FSC_PERMISSION | leaf.level;

	/* Beyond the input size of stage 2 the walk ends before it begins (Arm ARM D8.2.4). */
	return esr | FSC_TRANSLATION | (leaf.level < 0 ? 0 : leaf.level);
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

static void classify(struct machine *m, enum cpu_stop stop, struct outcome *out)
{
	struct crash *crash = &out->crash;
	u64 insn;

	out->kind = OUTCOME_EL2_EXCEPTION;
	switch (stop) {
	case STOP_BUDGET:
		out->kind = OUTCOME_HANG;
		return;
	case STOP_UNDEFINED:
	case STOP_ERROR:
		crash->esr = EC_UNKNOWN << ESR_EC_SHIFT | ESR_IL;
		return;
	case STOP_DEVICE:
		/* EL2 maps no device here: an access went where no memory is. */
		crash->esr = EC_DABT_CUR << ESR_EC_SHIFT | ESR_IL | 0x10;
		return;
	default:
		break;
	}

	switch (m->cpu.exception) {
	case EXC_BRK:
		insn = phys_read64(&m->core.phys, ALIGN_DOWN(translate(m, crash->pc), 8)) >>
		       (crash->pc & 4 ? 32 : 0);
		crash->esr = EC_BRK64 << ESR_EC_SHIFT | ESR_IL | (insn >> 5 & 0xffff);
		if ((insn >> 5 & 0xffff) == TREE_bug_brk_imm)
			out->kind = OUTCOME_EL2_BUG;
		break;
	case EXC_PREFETCH_ABORT:
		crash->esr = EC_IABT_CUR << ESR_EC_SHIFT | ESR_IL;
		crash->far = crash->pc;
		break;
	case EXC_DATA_ABORT:
		crash->esr = EC_DABT_CUR << ESR_EC_SHIFT | ESR_IL;
		break;
	default:
		crash->esr = EC_UNKNOWN << ESR_EC_SHIFT | ESR_IL;
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
