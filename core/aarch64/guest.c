// SPDX-License-Identifier: GPL-2.0-only
/* Guests, under their own stage-2 until they exit. */
#include "core/aarch64/machine.h"
#include "core/guest_code.h"
#include "core/syndrome.h"

#define HCR_RW BIT(31)

/* More than __guest_enter takes until it leaves EL2 */
#define GUEST_ENTER_SIZE 0x400

void machine_note_code(struct machine *m, u64 pa)
{
	for (unsigned int i = 0; i < m->nr_code; i++)
		if (m->code[i] == pa)
			return;
	if (m->nr_code < MAX_CODE_PAGES && phys_ptr(&m->core.phys, pa, GUEST_CODE_SIZE))
		m->code[m->nr_code++] = pa;
}

/*
 * The emulator finds translations by VA: drop them with all address translation off, when a VA is a PA.
 * A table that is full may have missed a page: drop everything.
 */
void machine_retranslate_code(struct machine *m)
{
	struct cpu *cpu = &m->cpu;
	u64 hcr, sctlr;

	if (!m->nr_code)
		return;
	if (m->nr_code == MAX_CODE_PAGES) {
		uc_ctl_flush_tb(cpu->uc);
		return;
	}

	hcr = emu_sysreg(cpu, SYSREG_HCR_EL2);
	sctlr = emu_sysreg(cpu, SYSREG_SCTLR_EL1);
	emu_set_sysreg(cpu, SYSREG_HCR_EL2, HCR_RW);
	emu_set_sysreg(cpu, SYSREG_SCTLR_EL1, 0);
	uc_ctl_flush_tlb(cpu->uc);
	for (unsigned int i = 0; i < m->nr_code; i++)
		uc_ctl_remove_cache(cpu->uc, m->code[i], m->code[i] + GUEST_CODE_SIZE);
	emu_set_sysreg(cpu, SYSREG_SCTLR_EL1, sctlr);
	emu_set_sysreg(cpu, SYSREG_HCR_EL2, hcr);
}

/* At the ERET to a guest */
static void on_entry(uc_engine *uc, u64 pc, u32 size, void *arg)
{
	const struct machine *m = arg;

	(void)uc;
	(void)pc;
	(void)size;
#define FIX(name) emu_set_sysreg(&m->cpu, SYSREG_##name, 0);
	GUEST_FIXED_SYSREGS(FIX)
#undef FIX
}

int machine_watch_guests(struct machine *m, struct error *err)
{
	const u64 va = image_symbol(&m->image, "__guest_enter");
	u64 pc = va;
	uc_hook hook;
	u32 insn;

	do {
		insn = phys_read64(&m->core.phys, map_hyp_pa(&m->core.map, pc & ~7ULL)) >>
		       (pc & 4 ? 32 : 0);
		pc += 4;
	} while (insn != INSN_ERET && pc - va < GUEST_ENTER_SIZE);
	if (insn != INSN_ERET ||
	    uc_hook_add(m->cpu.uc, &hook, UC_HOOK_CODE, on_entry, m, pc - 4, pc - 4))
		return error_set(err, "__guest_enter: no ERET in it; see core/aarch64/guest.c");
	return 0;
}

static void guest_root(const struct machine *m, struct table_root *root)
{
	root_from_vtcr(root, emu_sysreg(&m->cpu, SYSREG_VTTBR_EL2),
	               emu_sysreg(&m->cpu, SYSREG_VTCR_EL2), m->core.config.caps & BIT(CAP_fwb));
}

bool machine_in_guest(const struct machine *m)
{
	struct table_root root;

	/* Where a host leaves PSTATE as it was, zero, the guest runs at EL0. */
	if (emu_el(&m->cpu) > 1)
		return false;
	guest_root(m, &root);
	return root.base != m->core.observer.host_s2.base;
}

static u64 guest_insn(const struct machine *m, const struct table_root *root, u64 pc)
{
	struct leaf leaf;

	table_lookup(&m->core.phys, root, pc, &leaf);
	return phys_read64(&m->core.phys, leaf.pa + (pc & 0xff8)) >> (pc & 4 ? 32 : 0) & ~0U;
}

static u64 take_data_abort(struct machine *m, const struct table_root *root, u64 pc)
{
	u32 insn = guest_insn(m, root, pc);
	u8 perm = PERM_R;
	u64 far = 0;
	struct leaf leaf;

	if ((insn & INSN_LDR_STR_MASK) == INSN_LDR_STR) {
		u64 regs[31];

		emu_get_xregs(&m->cpu, regs);
		far = regs[insn >> 5 & 31] + (insn >> 10 & 0xfff) * 8;
		if (!(insn & INSN_IS_LOAD))
			perm = PERM_W;
	}
	table_lookup(&m->core.phys, root, far, &leaf);

	return exception_to_el2(m, esr_stage2_fault(&leaf, perm), far, (far >> 12) << 4);
}

static u64 take_prefetch_abort(struct machine *m, const struct table_root *root, u64 pc)
{
	struct leaf leaf;

	table_lookup(&m->core.phys, root, pc, &leaf);
	return exception_to_el2(m, esr_stage2_fault(&leaf, PERM_FETCH), pc, (pc >> 12) << 4);
}

/*
 * An instruction that the CPU does not have is the guest's own exception: to its EL1. What the emulator
 * made of the word must not outlive the word, see machine_retranslate_code().
 */
static u64 take_undefined(struct machine *m, const struct table_root *root, u64 pc)
{
	struct cpu *cpu = &m->cpu;
	struct leaf leaf;

	table_lookup(&m->core.phys, root, pc, &leaf);
	machine_note_code(m, leaf.pa + GUEST_CODE_OFFSET);
	emu_set_sysreg(cpu, SYSREG_ELR_EL1, pc);
	emu_set_sysreg(cpu, SYSREG_SPSR_EL1, (u32)emu_reg(cpu, UC_ARM64_REG_PSTATE));
	emu_set_sysreg(cpu, SYSREG_ESR_EL1, ESR_EC(EC_UNKNOWN));
	emu_set_el(cpu, PSTATE_EL1H);

	return emu_sysreg(cpu, SYSREG_VBAR_EL1) + VECTOR_CURRENT_SYNC;
}

/* The word that stands for an instruction which may trap. */
static u64 take_any(struct machine *m, const struct table_root *root, u64 pc)
{
	struct cpu *cpu = &m->cpu;
	u64 esr;

	switch (guest_insn_effect(m->guest_insn, emu_sysreg(cpu, SYSREG_HCR_EL2), &esr)) {
	case GUEST_TRAPS:
		return exception_to_el2(m, esr, 0, 0);
	case GUEST_COMPLETES:
		if (m->guest_insn.kind == GUEST_INSN_MRS)
			emu_set_reg(cpu, UC_ARM64_REG_X1, 0);
		return pc + 4;
	default:
		return take_undefined(m, root, pc);
	}
}

u64 machine_guest_exception(struct machine *m, enum cpu_stop stop)
{
	u64 pc = emu_reg(&m->cpu, UC_ARM64_REG_PC);
	struct table_root root;

	guest_root(m, &root);
	if (stop == STOP_UNDEFINED || m->cpu.exception == EXC_UNDEFINED)
		return guest_insn(m, &root, pc) == INSN_ANY ? take_any(m, &root, pc) :
		                                              take_undefined(m, &root, pc);
	switch (m->cpu.exception) {
	case EXC_HVC:
		return exception_to_el2(m, ESR_EC(EC_HVC64), 0, 0);
	case EXC_SMC:
	case EXC_HYP_TRAP:
		return exception_to_el2(m, ESR_EC(EC_SMC64), 0, 0);
	case EXC_DATA_ABORT:
		return take_data_abort(m, &root, pc);
	case EXC_PREFETCH_ABORT:
		return take_prefetch_abort(m, &root, pc);
	default:
		return 0;
	}
}
