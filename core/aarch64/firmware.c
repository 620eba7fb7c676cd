// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is around EL2 while it runs: EL3, which answers its SMCs (so far a firmware without FF-A), and
 * guests, whose exceptions it takes.
 */
#include "core/aarch64/machine.h"

#define SMCCC_RET_NOT_SUPPORTED (~0ULL)

static bool smc_of_el2(const struct cpu *cpu)
{
	return cpu->exception == EXC_SMC && emu_el(cpu) == 2;
}

enum cpu_stop machine_run(struct machine *m, u64 pc)
{
	static const u64 answer[] = { SMCCC_RET_NOT_SUPPORTED, 0, 0, 0 };
	struct cpu *cpu = &m->cpu;
	enum cpu_stop stop = emu_run(cpu, pc);

	while (stop == STOP_EXCEPTION || stop == STOP_UNDEFINED) {
		if (stop == STOP_EXCEPTION && smc_of_el2(cpu)) {
			emu_set_xregs(cpu, answer, ARRAY_SIZE(answer));
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
