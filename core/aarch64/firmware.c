// SPDX-License-Identifier: GPL-2.0-only
/* EL3: answers the SMCs of EL2. So far a firmware without FF-A, which the hypervisor must accept. */
#include "core/aarch64/machine.h"

#define SMCCC_RET_NOT_SUPPORTED (~0ULL)

enum cpu_stop machine_run(struct machine *m, u64 pc)
{
	static const u64 answer[] = { SMCCC_RET_NOT_SUPPORTED, 0, 0, 0 };
	struct cpu *cpu = &m->cpu;
	enum cpu_stop stop = emu_run(cpu, pc);

	while (stop == STOP_EXCEPTION && cpu->exception == EXC_SMC && emu_el(cpu) == 2) {
		emu_set_xregs(cpu, answer, ARRAY_SIZE(answer));
		/* The emulator reports SMC with PC behind it, the preferred return address. */
		stop = emu_run(cpu, emu_reg(cpu, UC_ARM64_REG_PC));
	}

	return stop;
}
