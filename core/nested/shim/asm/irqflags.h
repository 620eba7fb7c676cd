/* SPDX-License-Identifier: GPL-2.0-only */
/* No interrupt ever comes: masking them has nothing to do. */
#ifndef EL2FUZZ_ASM_IRQFLAGS_H
#define EL2FUZZ_ASM_IRQFLAGS_H

#include <asm/barrier.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>

static __always_inline void arch_local_irq_enable(void)
{
}

static __always_inline void arch_local_irq_disable(void)
{
}

static __always_inline unsigned long arch_local_save_flags(void)
{
	return 0;
}

static __always_inline bool arch_irqs_disabled_flags(unsigned long flags)
{
	return false;
}

static __always_inline bool arch_irqs_disabled(void)
{
	return false;
}

static __always_inline unsigned long arch_local_irq_save(void)
{
	return 0;
}

static __always_inline void arch_local_irq_restore(unsigned long flags)
{
}

#endif
