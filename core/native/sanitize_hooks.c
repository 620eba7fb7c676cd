// SPDX-License-Identifier: GPL-2.0-only
/*
 * What instrumented code calls: AddressSanitizer asks about each access, UndefinedBehaviorSanitizer tells
 * what it met. A report ends the step, by the harness.
 */
#include <linux/kvm_host.h>

#include <nvhe/mem_protect.h>
#include <nvhe/memory.h>
#include <nvhe/spinlock.h>

#include "core/native/entry.h"
#include "core/native/sanitize_check.h"

#define GRANULE 8UL
#define HERE ((unsigned long)__builtin_return_address(0))

/* Shadow that the compiler writes, or has us write, around globals and in stack frames */
#define SHADOW_GLOBAL 0xf9
#define SHADOW_STACK_FIRST 0xf1
#define SHADOW_STACK_LAST 0xf8

static __noreturn void report(unsigned long pc, const char *what, bool write, unsigned long addr,
                              unsigned long size)
{
	el2fuzz_hooks.report(pc, what, write ? "write" : "read", addr, size);
	unreachable();
}

static const char *name_of(u8 shadow)
{
	switch (shadow) {
	case SHADOW_FREE:
		return "use-after-free";
	case SHADOW_GLOBAL:
		return "global-out-of-bounds";
	case SHADOW_STACK_FIRST ... SHADOW_STACK_LAST:
		return "stack-out-of-bounds";
	default:
		return "out-of-bounds";
	}
}

static __noreturn void bad_access(unsigned long pc, bool write, unsigned long addr,
                                  unsigned long size)
{
	const u8 *shadow = (const u8 *)EL2FUZZ_SHADOW(addr);
	const u8 *end = (const u8 *)EL2FUZZ_SHADOW(addr + size - 1);

	/* Some bytes of a granule that may be used: what follows says whose end it is. */
	while (shadow < end && *shadow < GRANULE)
		shadow++;
	if (*shadow < GRANULE)
		shadow++;
	report(pc, name_of(*shadow), write, addr, size);
}

static bool shadowed(unsigned long addr)
{
	return addr - EL2FUZZ_SHADOWED_START < EL2FUZZ_SHADOWED_END - EL2FUZZ_SHADOWED_START;
}

#ifdef EL2FUZZ_WITHOUT_LOCKS
static void check_lock(unsigned long pc, unsigned long addr, unsigned long size)
{
}
#else
/*
 * vmemmap: the states and the guests' count are guarded by the host stage-2 lock (struct hyp_page). The
 * hypervisor's state is guarded by its own lock, too, but shares a byte with the host's, so that writing it
 * without the host's lock would lose an update. Reference counts have no lock of theirs.
 */
static void check_vmemmap(unsigned long pc, unsigned long addr, unsigned long size)
{
	unsigned long offset = (addr - __hyp_vmemmap) % sizeof(struct hyp_page);

	if (offset + size > offsetofend(struct hyp_page, order) &&
	    !hyp_spin_is_locked(&host_mmu.lock))
		report(pc, "vmemmap without host_mmu.lock", true, addr, size);
}

static __always_inline void check_lock(unsigned long pc, unsigned long addr, unsigned long size)
{
	unsigned long linear = addr - el2fuzz_hyp_va_base;

	if (!el2fuzz_locks_checked)
		return;
	if (linear < BIT(44)) {
		hyp_spinlock_t *lock = el2fuzz_notes[linear >> PAGE_SHIFT].lock;

		if (lock && !el2fuzz_in_fixmap && !hyp_spin_is_locked(lock))
			report(pc, "table without its lock", true, addr, size);
	} else if (addr - __hyp_vmemmap < BIT(44) / PAGE_SIZE * sizeof(struct hyp_page)) {
		check_vmemmap(pc, addr, size);
	}
}
#endif

/* An access within a granule, as all aligned ones are; others are seen by their first bytes. */
static __always_inline void check_small(unsigned long pc, bool write, unsigned long addr,
                                        unsigned long size)
{
	s8 shadow;

	/* The access itself will fault, as EL2's accesses do. */
	if (unlikely(!shadowed(addr)))
		return;
	shadow = *EL2FUZZ_SHADOW(addr);
	if (unlikely(shadow) && (s8)((addr & (GRANULE - 1)) + size - 1) >= shadow)
		bad_access(pc, write, addr, size);
	if (write)
		check_lock(pc, addr, size);
}

static void check_range(unsigned long pc, bool write, unsigned long addr, unsigned long size)
{
	if (!size || !shadowed(addr) || !shadowed(addr + size - 1))
		return;
	for (unsigned long at = addr; at < addr + size; at = (at | (GRANULE - 1)) + 1) {
		s8 shadow = *EL2FUZZ_SHADOW(at);
		unsigned long last = min(at | (GRANULE - 1), addr + size - 1);

		if (unlikely(shadow) && (s8)(last & (GRANULE - 1)) >= shadow)
			bad_access(pc, write, addr, size);
	}
	if (!write)
		return;
	for (unsigned long at = addr; at < addr + size; at = (at | ~PAGE_MASK) + 1)
		check_lock(pc, at, min(size, addr + size - at));
}

/* AddressSanitizer, as the kernel has it: -fsanitize=kernel-address, outlined */

#define ACCESS(size)                                          \
	void __asan_load##size##_noabort(unsigned long addr)  \
	{                                                     \
		check_small(HERE, false, addr, size);         \
	}                                                     \
	void __asan_store##size##_noabort(unsigned long addr) \
	{                                                     \
		check_small(HERE, true, addr, size);          \
	}

ACCESS(1)
ACCESS(2)
ACCESS(4)
ACCESS(8)

void __asan_load16_noabort(unsigned long addr)
{
	check_range(HERE, false, addr, 16);
}

void __asan_store16_noabort(unsigned long addr)
{
	check_range(HERE, true, addr, 16);
}

void __asan_loadN_noabort(unsigned long addr, size_t size)
{
	check_range(HERE, false, addr, size);
}

void __asan_storeN_noabort(unsigned long addr, size_t size)
{
	check_range(HERE, true, addr, size);
}

void *__asan_memcpy(void *to, const void *from, size_t n)
{
	check_range(HERE, false, (unsigned long)from, n);
	check_range(HERE, true, (unsigned long)to, n);
	return memcpy(to, from, n);
}

void *__asan_memmove(void *to, const void *from, size_t n)
{
	check_range(HERE, false, (unsigned long)from, n);
	check_range(HERE, true, (unsigned long)to, n);
	return memmove(to, from, n);
}

void *__asan_memset(void *to, int c, size_t n)
{
	check_range(HERE, true, (unsigned long)to, n);
	return memset(to, c, n);
}

/* Who leaves a step has the shadow of its stack cleared by the harness. */
void __asan_handle_no_return(void)
{
}

#define SET_SHADOW(value)                                              \
	void __asan_set_shadow_##value(unsigned long shadow, size_t n) \
	{                                                              \
		memset((void *)shadow, 0x##value, n);                  \
	}

SET_SHADOW(00)
SET_SHADOW(f1)
SET_SHADOW(f2)
SET_SHADOW(f3)
SET_SHADOW(f5)
SET_SHADOW(f8)

/* struct __asan_global of LLVM's ABI */
struct asan_global {
	unsigned long addr, size, size_with_redzone;
	unsigned long name, module, has_dynamic_init, location, odr_indicator;
};

void __asan_register_globals(const struct asan_global *globals, unsigned long nr)
{
	for (unsigned long i = 0; i < nr; i++) {
		const struct asan_global *g = &globals[i];
		unsigned long open = ALIGN_DOWN(g->size, GRANULE);

		memset(EL2FUZZ_SHADOW(g->addr + open), SHADOW_GLOBAL,
		       (g->size_with_redzone - open) >> 3);
		if (g->size != open)
			*EL2FUZZ_SHADOW(g->addr + open) = g->size - open;
	}
}

/* UndefinedBehaviorSanitizer: what is on is in CMakeLists.txt; none of these goes on */

#define UNDEFINED(name, what)                                 \
	void __ubsan_handle_##name##_abort(void *data)        \
	{                                                     \
		el2fuzz_hooks.report(HERE, what, NULL, 0, 0); \
		unreachable();                                \
	}

UNDEFINED(shift_out_of_bounds, "shift-out-of-bounds")
UNDEFINED(out_of_bounds, "array-index-out-of-bounds")
UNDEFINED(divrem_overflow, "division-overflow")
UNDEFINED(load_invalid_value, "invalid-value")
UNDEFINED(type_mismatch_v1, "misaligned-access")
UNDEFINED(vla_bound_not_positive, "array-size-not-positive")

/* There is no _abort: it never goes on. */
void __ubsan_handle_builtin_unreachable(void *data)
{
	el2fuzz_hooks.report(HERE, "unreachable", NULL, 0, 0);
	unreachable();
}
