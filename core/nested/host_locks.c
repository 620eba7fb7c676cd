// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake host kernel's locks. One thread runs, so a lock that is not free is never waited for: taking
 * it again, releasing what is not held, and sleeping with a spinlock held stop the op.
 */
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/srcu.h>

#include "driver.h"

/* What this CPU's thread holds */
static struct {
	int atomic; /* spinlocks and rwlocks */
	int mutexes, rwsems, rcu_readers, srcu_readers;
} held;
static struct rcu_head *callbacks;
static void *to_free[512];
static unsigned int nr_to_free;

void host_might_sleep(void)
{
	if (held.atomic)
		host_stop(NESTED_MISUSE, "it may sleep, and holds a spinlock");
	host_yield();
}

/* Another CPU's thread holds nothing of this one's. */
static void run_others(void)
{
	const typeof(held) mine = held;
	const int preempted = preempt_count();

	memset(&held, 0, sizeof(held));
	preempt_count_set(0);
	nested_others_run(mine.mutexes || mine.srcu_readers);
	host_locks_check();
	held = mine;
	preempt_count_set(preempted);
}

void host_yield(void)
{
	if (!held.atomic && nested_others_turn())
		run_others();
}

void host_locks_check(void)
{
	if (held.atomic)
		host_stop(NESTED_MISUSE, "a spinlock was not released");
	if (held.mutexes)
		host_stop(NESTED_MISUSE, "a mutex was not released");
	if (held.rwsems)
		host_stop(NESTED_MISUSE, "a semaphore was not released");
	if (held.rcu_readers)
		host_stop(NESTED_MISUSE, "an RCU read section was not left");
	if (held.srcu_readers)
		host_stop(NESTED_MISUSE, "an SRCU read section was not left");
	if (preempt_count())
		host_stop(NESTED_MISUSE, "preemption was left disabled");
}

/* Spinlocks: "val" is 1 while it is held. */

static void take_spinlock(raw_spinlock_t *lock)
{
	if (atomic_read(&lock->raw_lock.val))
		host_stop(NESTED_MISUSE, "a spinlock was taken twice");
	atomic_set(&lock->raw_lock.val, 1);
	held.atomic++;
}

static void release_spinlock(raw_spinlock_t *lock)
{
	if (!atomic_read(&lock->raw_lock.val))
		host_stop(NESTED_MISUSE, "a spinlock was released that was not held");
	atomic_set(&lock->raw_lock.val, 0);
	held.atomic--;
}

void __lockfunc _raw_spin_lock(raw_spinlock_t *lock)
{
	take_spinlock(lock);
}

void __lockfunc _raw_spin_unlock(raw_spinlock_t *lock)
{
	release_spinlock(lock);
}

void __lockfunc _raw_spin_lock_irq(raw_spinlock_t *lock)
{
	take_spinlock(lock);
}

void __lockfunc _raw_spin_unlock_irq(raw_spinlock_t *lock)
{
	release_spinlock(lock);
}

unsigned long __lockfunc _raw_spin_lock_irqsave(raw_spinlock_t *lock)
{
	take_spinlock(lock);
	return 0;
}

void __lockfunc _raw_spin_unlock_irqrestore(raw_spinlock_t *lock, unsigned long flags)
{
	release_spinlock(lock);
}

void __lockfunc _raw_spin_lock_bh(raw_spinlock_t *lock)
{
	take_spinlock(lock);
}

void __lockfunc _raw_spin_unlock_bh(raw_spinlock_t *lock)
{
	release_spinlock(lock);
}

/* Reader-writer locks: "cnts" is the number of readers, -1 with a writer. */

static bool irqs_off; /* by who has a lock for writing */

void __lockfunc _raw_write_lock(rwlock_t *lock)
{
	host_yield();
	if (atomic_read(&lock->raw_lock.cnts))
		host_stop(NESTED_MISUSE, "a lock was taken for writing that is held");
	atomic_set(&lock->raw_lock.cnts, -1);
	held.atomic++;
}

void __lockfunc _raw_write_unlock(rwlock_t *lock)
{
	if (atomic_read(&lock->raw_lock.cnts) != -1)
		host_stop(NESTED_MISUSE, "a lock was released by a writer that it has not");
	atomic_set(&lock->raw_lock.cnts, 0);
	held.atomic--;
}

unsigned long __lockfunc _raw_write_lock_irqsave(rwlock_t *lock)
{
	_raw_write_lock(lock);
	irqs_off = true;
	return 0;
}

void __lockfunc _raw_write_unlock_irqrestore(rwlock_t *lock, unsigned long flags)
{
	irqs_off = false;
	_raw_write_unlock(lock);
}

bool host_irqs_off(void)
{
	return irqs_off;
}

void __lockfunc _raw_read_lock(rwlock_t *lock)
{
	host_yield();
	if (atomic_read(&lock->raw_lock.cnts) < 0)
		host_stop(NESTED_MISUSE, "a lock was taken for reading that a writer holds");
	atomic_inc(&lock->raw_lock.cnts);
	held.atomic++;
}

void __lockfunc _raw_read_unlock(rwlock_t *lock)
{
	if (atomic_read(&lock->raw_lock.cnts) <= 0)
		host_stop(NESTED_MISUSE, "a lock was released by a reader that it has not");
	atomic_dec(&lock->raw_lock.cnts);
	held.atomic--;
}

int __cond_resched_rwlock_write(rwlock_t *lock)
{
	if (held.atomic > 1 || !nested_others_turn())
		return 0;
	_raw_write_unlock(lock);
	run_others();
	_raw_write_lock(lock);
	return 1;
}

void preempt_schedule(void)
{
}

void preempt_schedule_notrace(void)
{
}

/* What may sleep: the owner is told by one bit. */

void mutex_init_generic(struct mutex *lock)
{
	atomic_long_set(&lock->owner, 0);
}

void mutex_lock(struct mutex *lock)
{
	host_might_sleep();
	if (atomic_long_read(&lock->owner))
		host_stop(NESTED_MISUSE, "a mutex was taken twice");
	atomic_long_set(&lock->owner, 1);
	held.mutexes++;
}

void mutex_unlock(struct mutex *lock)
{
	if (!atomic_long_read(&lock->owner))
		host_stop(NESTED_MISUSE, "a mutex was released that was not held");
	atomic_long_set(&lock->owner, 0);
	held.mutexes--;
}

void down_read(struct rw_semaphore *sem)
{
	host_might_sleep();
	held.rwsems++;
}

void up_read(struct rw_semaphore *sem)
{
	if (!held.rwsems--)
		host_stop(NESTED_MISUSE, "a semaphore was released that was not held");
}

/* RCU: a grace period ends with the op. */

void __rcu_read_lock(void)
{
	held.rcu_readers++;
}

void __rcu_read_unlock(void)
{
	if (!held.rcu_readers--)
		host_stop(NESTED_MISUSE, "an RCU read section was left that was not entered");
}

int __srcu_read_lock(struct srcu_struct *srcu)
{
	held.srcu_readers++;
	return 0;
}

void __srcu_read_unlock(struct srcu_struct *srcu, int index)
{
	if (!held.srcu_readers--)
		host_stop(NESTED_MISUSE, "an SRCU read section was left that was not entered");
}

void synchronize_srcu_expedited(struct srcu_struct *srcu)
{
	host_might_sleep();
	if (held.srcu_readers)
		host_stop(NESTED_MISUSE, "it waits for its own SRCU read section");
}

void synchronize_rcu(void)
{
	host_might_sleep();
	if (held.rcu_readers)
		host_stop(NESTED_MISUSE, "it waits for its own RCU read section");
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	head->func = func;
	head->next = (struct callback_head *)callbacks;
	callbacks = head;
}

static void free_after_grace_period(void *head, void *p)
{
	if (nr_to_free == ARRAY_SIZE(to_free))
		host_stop(NESTED_UNMODELLED, "too much is freed after a grace period");
	to_free[nr_to_free++] = p;
}

/* Trees have other types for the head. */
__typeof__(kvfree_call_rcu) kvfree_call_rcu __alias(free_after_grace_period);

void host_grace_period(void)
{
	while (nr_to_free)
		kvfree(to_free[--nr_to_free]);
	while (callbacks) {
		struct rcu_head *head = callbacks;

		callbacks = (struct rcu_head *)head->next;
		head->func(head);
	}
}

void finish_rcuwait(struct rcuwait *wait)
{
}

int rcuwait_wake_up(struct rcuwait *wait)
{
	return 0;
}
