// SPDX-License-Identifier: GPL-2.0-only
/* What is around EL2 while it runs: EL3, which answers its SMCs, and guests, whose exceptions it takes. */
#include "core/aarch64/machine.h"

static bool smc_of_el2(const struct cpu *cpu)
{
	return cpu->exception == EXC_SMC && emu_el(cpu) == 2;
}

static void call_firmware(struct machine *m)
{
	u64 regs[31];

	emu_get_xregs(&m->cpu, regs);
	firmware_smc(&m->core.firmware, regs);
	emu_set_xregs(&m->cpu, regs, SMC_REGS);
}

enum cpu_stop machine_run(struct machine *m, u64 pc)
{
	struct cpu *cpu = &m->cpu;
	enum cpu_stop stop = emu_run(cpu, pc);

	while (stop == STOP_EXCEPTION || stop == STOP_UNDEFINED) {
		if (stop == STOP_EXCEPTION && smc_of_el2(cpu)) {
			call_firmware(m);
			/* The emulator reports SMC with PC behind it, the preferred return address. */
			pc = emu_reg(cpu, UC_ARM64_REG_PC);
		} else if (machine_in_guest(m)) {
			pc = machine_guest_exception(m, stop);
		} else {
			break;
		}
		if (!pc)
			break;
		stop = emu_run(cpu, pc);
	}

	return stop;
}
