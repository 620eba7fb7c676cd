/* SPDX-License-Identifier: GPL-2.0-only */
/* The fake host kernel: what its files and the driver know of each other. */
#ifndef EL2FUZZ_NESTED_HOST_H
#define EL2FUZZ_NESTED_HOST_H

#include <linux/kvm_host.h>

#define EL2FUZZ_PAGE_SHIFT PAGE_SHIFT
#include "shared.h"

/* In an image of its own, so that the harness finds it by this name. */
extern struct nested_shared el2fuzz_nested;

extern struct task_struct el2fuzz_task;
extern struct mm_struct el2fuzz_mm;

/** el2fuzz_stop() - the harness takes over: does not return */
void __noreturn el2fuzz_stop(void);

/** host_stop() - the op ends here, with a finding */
void __noreturn host_stop(enum nested_stop why, const char *text);

/** host_event() - something that the oracle wants to know */
void host_event(enum nested_event_kind kind, struct kvm_s2_mmu *mmu, u64 addr, u64 size, int level);

/** host_run_on() - what comes is done on that CPU: each vCPU has one */
void host_run_on(unsigned int cpu);

/** el2fuzz_nested_event() - tell the harness of one, as it happens; the harness finds it by this name */
void el2fuzz_nested_event(const struct nested_event *event);

/** host_mmu_index() - number of a stage 2 in struct nested_shared; NESTED_MMUS if it is none */
unsigned int host_mmu_index(const struct kvm_s2_mmu *mmu);

/* host_memory.c */
void host_memory_init(void);

/** host_page_alloc() / host_page_free() - @nr pages in a row, zeroed */
void *host_pages_alloc(unsigned int nr);
void host_pages_free(void *va, unsigned int nr);

/** host_fail_alloc() - the @nr'th allocation from now on fails; 0: none does */
void host_fail_alloc(u64 nr);

/* host_locks.c */

/** host_might_sleep() - stops if a lock is held that forbids it */
void host_might_sleep(void);

/** host_yield() - what may be done here by others is done, if no lock forbids it */
void host_yield(void);

/** host_irqs_off() - are interrupts masked, with a lock held for writing? */
bool host_irqs_off(void);

/** host_locks_check() - stops if an op has left a lock */
void host_locks_check(void);

/** host_grace_period() - what waits for one is called */
void host_grace_period(void);

/* host_mm.c */
void host_mm_init(void);

/** host_back() - map a range of L1's RAM to other pages; whole pages */
void host_back(u64 ram, u64 size, enum nested_backing how);

/** host_refs_check() - stops if an op has kept a page of L1's RAM, or dropped one too often */
void host_refs_check(void);

#endif
