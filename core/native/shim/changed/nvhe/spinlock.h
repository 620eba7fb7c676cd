/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One CPU runs at a time, so a lock that is held is held for ever, and an unlock of what is not held is
 * an error: both end the step. The tickets count as on hardware.
 */
#ifndef EL2FUZZ_NVHE_SPINLOCK_H
#define EL2FUZZ_NVHE_SPINLOCK_H

#define hyp_spin_lock el2fuzz_unused_spin_lock
#define hyp_spin_unlock el2fuzz_unused_spin_unlock
#include_next <nvhe/spinlock.h>
#undef hyp_spin_lock
#undef hyp_spin_unlock

/* A report names the line that takes or releases the lock, not one in here. */
#define EL2FUZZ_AS_CALLER static __always_inline __attribute__((__nodebug__))

EL2FUZZ_AS_CALLER void hyp_spin_lock(hyp_spinlock_t *lock)
{
	barrier();
	if (unlikely(lock->owner != lock->next))
		el2fuzz_lock_error(EL2FUZZ_LOCK_HELD);
	lock->next++;
	barrier();
}

EL2FUZZ_AS_CALLER void hyp_spin_unlock(hyp_spinlock_t *lock)
{
	barrier();
	if (unlikely(lock->owner == lock->next))
		el2fuzz_lock_error(EL2FUZZ_LOCK_NOT_HELD);
	lock->owner++;
	barrier();
}

#endif
