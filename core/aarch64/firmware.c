// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is around EL2 while it runs: EL3, which answers its SMCs, and guests, whose exceptions it takes; and what
 * the emulated CPU lacks.
 */
#include "core/aarch64/machine.h"
#include "core/syndrome.h"

/* SYS with CRn 8: TLBI (Arm ARM C5.5) */
#define INSN_TLBI_MASK 0xfff8f000U
#define INSN_TLBI 0xd5088000U

static bool smc_of_el2(const struct cpu *cpu)
{
	return cpu->exception == EXC_SMC && emu_el(cpu) == 2;
}

static void call_firmware(struct machine *m)
{
	u64 regs[31];

	emu_get_xregs(&m->cpu, regs);
	firmware_smc(&m->core, regs);
	emu_set_xregs(&m->cpu, regs, SMC_REGS);
}

static u32 insn_of_el2(const struct machine *m, u64 pc)
{
	struct leaf leaf;

	table_lookup(&m->core.phys, &m->core.observer.hyp_s1, pc, &leaf);
	return phys_read64(&m->core.phys, leaf.pa + (pc & 0xff8)) >> (pc & 4 ? 32 : 0);
}

/* FEAT_TLBIRANGE, for machines that are said to have it: all translations go. */
static bool tlbi_range(struct machine *m, enum cpu_stop stop, u64 pc)
{
	if (!(m->core.config.caps & BIT(CAP_tlb_range)) || emu_el(&m->cpu) != 2 ||
	    (stop == STOP_EXCEPTION && m->cpu.exception != EXC_UNDEFINED) ||
	    (insn_of_el2(m, pc) & INSN_TLBI_MASK) != INSN_TLBI)
		return false;

	emu_flush_tlb(&m->cpu);
	return true;
}

/*
 * A return from EL2 to a mode that a guest cannot have leaves the CPU at EL2 with PSTATE.IL set (Arm ARM D1.3.4). What it
 * cannot run then is an exception to EL2's own vector.
 */
static bool illegal_return(const struct machine *m)
{
	return emu_el(&m->cpu) == 2 && emu_reg(&m->cpu, UC_ARM64_REG_PSTATE) & PSTATE_IL;
}

enum cpu_stop machine_run(struct machine *m, u64 pc)
{
	struct cpu *cpu = &m->cpu;
	enum cpu_stop stop = emu_run(cpu, pc);

	while (stop == STOP_EXCEPTION || stop == STOP_UNDEFINED) {
		if (stop == STOP_EXCEPTION && smc_of_el2(cpu)) {
			call_firmware(m);
			if (m->core.firmware.psci.restart)
				return machine_restart_cpu(m, m->core.firmware.psci.restart);
			/* The emulator reports SMC with PC behind it, the preferred return address. */
			pc = emu_reg(cpu, UC_ARM64_REG_PC);
		} else if (tlbi_range(m, stop, emu_reg(cpu, UC_ARM64_REG_PC))) {
			pc = emu_reg(cpu, UC_ARM64_REG_PC) + 4;
		} else if (machine_in_guest(m)) {
			pc = machine_guest_exception(m, stop);
		} else if (illegal_return(m)) {
			pc = exception_in_el2(m, ESR_EC(EC_ILLEGAL));
		} else {
			break;
		}
		if (!pc)
			break;
		stop = emu_run(cpu, pc);
	}

	return stop;
}
