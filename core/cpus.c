// SPDX-License-Identifier: GPL-2.0-only
#include "core/cpus.h"

/* Two clusters of two, so that an MPIDR is no index. */
const struct machine_cpu machine_cpus[NR_MACHINE_CPUS] = {
	{ .mpidr = 0x000, .power = CPU_ON },
	{ .mpidr = 0x001, .power = CPU_ON },
	{ .mpidr = 0x100, .power = CPU_OFF },
	{ .mpidr = 0x101, .power = CPU_NEVER_ONLINE },
};
