// SPDX-License-Identifier: GPL-2.0-only
/* What the shims ask for, and what the native image has of its own. */
#include <linux/kvm_host.h>
#include <linux/mm.h>

#include "core/native/hooks.h"
#include "core/nested/driver.h"

struct el2fuzz_hooks el2fuzz_hooks;
static el2fuzz_u64 sysregs[EL2FUZZ_NR_SYSREGS];
el2fuzz_u64 *el2fuzz_cpu_sysregs = sysregs;
unsigned char el2fuzz_absent[EL2FUZZ_NR_SYSREGS];
unsigned char el2fuzz_caps[EL2FUZZ_MAX_CAPS];
unsigned char el2fuzz_watched = 1; /* the harness looks whether it wants them */
unsigned long el2fuzz_hyp_va_base;
const unsigned long el2fuzz_sizeof_page = sizeof(struct page);

/* What a kernel that runs L1s has found at boot */
static const u16 capabilities[] = {
	ARM64_ALWAYS_BOOT,
	ARM64_ALWAYS_SYSTEM,
	ARM64_HAS_VIRT_HOST_EXTN,
	ARM64_HAS_NESTED_VIRT,
};

typedef void (*constructor)(void);
extern constructor el2fuzz_constructors[], el2fuzz_constructors_end[];

void el2fuzz_nested_prepare(void);

void el2fuzz_nested_prepare(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(capabilities); i++)
		el2fuzz_caps[capabilities[i]] = 1;
	/* A VHE host */
	write_sysreg(CurrentEL_EL2, CurrentEL);
	/* Of a sanitized image: they tell where its globals end. */
	for (constructor *fn = el2fuzz_constructors; fn < el2fuzz_constructors_end; fn++)
		(*fn)();
}

void el2fuzz_stop(void)
{
	el2fuzz_hooks.stop((unsigned long)__builtin_return_address(0));
	unreachable();
}

void el2fuzz_bug(const char *file, int line, int flags)
{
	el2fuzz_hooks.bug((unsigned long)__builtin_return_address(0), file, line, flags);
	unreachable();
}

/* The fake host kernel does TLB maintenance, firmware calls and address translation itself. */

void el2fuzz_undefined(void)
{
	host_stop(NESTED_UNMODELLED, "a system register that the CPU has not");
}

void el2fuzz_tlbi(const char *op, el2fuzz_u64 arg)
{
	host_stop(NESTED_UNMODELLED, "TLBI");
}

void el2fuzz_barrier(int crm)
{
	el2fuzz_hooks.sync((unsigned long)__builtin_return_address(0), crm);
}

void el2fuzz_nested_event(const struct nested_event *event)
{
	el2fuzz_hooks.event(event);
}

void el2fuzz_reg_written(unsigned int index, el2fuzz_u64 value)
{
	el2fuzz_hooks.reg_written((unsigned long)__builtin_return_address(0), index, value);
}

void el2fuzz_cache(int instructions, unsigned long addr, unsigned long size)
{
	el2fuzz_hooks.cache((unsigned long)__builtin_return_address(0), instructions, addr, size);
}

int el2fuzz_at(unsigned int op, el2fuzz_u64 addr)
{
	return -EFAULT; /* KVM walks the tables itself then */
}

void el2fuzz_smc(unsigned long *args, unsigned int nr)
{
	host_stop(NESTED_UNMODELLED, "SMC");
}
