// SPDX-License-Identifier: GPL-2.0-only
/* What the shims ask for, and what the native image has of its own, for both forms of the library. */
#include <linux/kvm_host.h>

#include "core/native/hooks.h"

struct pgtable_event;

struct el2fuzz_hooks el2fuzz_hooks;
unsigned char el2fuzz_caps[EL2FUZZ_MAX_CAPS];
unsigned char el2fuzz_watched;

void el2fuzz_pgtable_event(const struct pgtable_event *event);

void el2fuzz_pgtable_event(const struct pgtable_event *event)
{
	el2fuzz_hooks.event(event);
}

void el2fuzz_bug(const char *file, int line, int flags)
{
	el2fuzz_hooks.bug((unsigned long)__builtin_return_address(0), file, line, flags);
	unreachable();
}

void el2fuzz_tlbi(const char *op, el2fuzz_u64 arg)
{
	el2fuzz_hooks.tlbi((unsigned long)__builtin_return_address(0), op, arg);
}

void el2fuzz_barrier(int crm)
{
	el2fuzz_hooks.sync((unsigned long)__builtin_return_address(0), crm);
}

/* With VHE the host kernel's code calls TLB maintenance as functions, not EL2. */
void el2fuzz_smc(unsigned long *args, unsigned int nr)
{
	el2fuzz_hooks.stop((unsigned long)__builtin_return_address(0));
	unreachable();
}
