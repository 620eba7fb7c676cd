/* SPDX-License-Identifier: GPL-2.0-only */
/* There is one CPU, whose per-CPU data is where it is linked. */
#ifndef EL2FUZZ_ASM_PERCPU_H
#define EL2FUZZ_ASM_PERCPU_H

#include <linux/preempt.h>

#include <asm/alternative.h>
#include <asm/cmpxchg.h>
#include <asm/stack_pointer.h>
#include <asm/sysreg.h>

#define __my_cpu_offset 0UL

#include <asm-generic/percpu.h>

#endif
