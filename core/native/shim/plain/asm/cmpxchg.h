/* SPDX-License-Identifier: GPL-2.0-only */
/* One thread: exchange and compare-and-exchange in plain C. */
#ifndef EL2FUZZ_ASM_CMPXCHG_H
#define EL2FUZZ_ASM_CMPXCHG_H

#include <linux/build_bug.h>
#include <linux/compiler.h>

#include <asm/barrier.h>
#include <asm/lse.h>

#define EL2FUZZ_XCHG(ptr, new)                                \
	({                                                    \
		typeof(ptr) __ptr = (ptr);                    \
		typeof(*(ptr)) __new = (typeof(*(ptr)))(new); \
		typeof(*(ptr)) __old = *__ptr;                \
                                                              \
		*__ptr = __new;                               \
		__old;                                        \
	})

#define EL2FUZZ_CMPXCHG(ptr, old, new)                        \
	({                                                    \
		typeof(ptr) __ptr = (ptr);                    \
		typeof(*(ptr)) __old = (typeof(*(ptr)))(old); \
		typeof(*(ptr)) __new = (typeof(*(ptr)))(new); \
		typeof(*(ptr)) __was = *__ptr;                \
                                                              \
		if (__was == __old)                           \
			*__ptr = __new;                       \
		__was;                                        \
	})

#define arch_xchg_relaxed EL2FUZZ_XCHG
#define arch_xchg_acquire EL2FUZZ_XCHG
#define arch_xchg_release EL2FUZZ_XCHG
#define arch_xchg EL2FUZZ_XCHG
#define arch_cmpxchg_relaxed EL2FUZZ_CMPXCHG
#define arch_cmpxchg_acquire EL2FUZZ_CMPXCHG
#define arch_cmpxchg_release EL2FUZZ_CMPXCHG
#define arch_cmpxchg EL2FUZZ_CMPXCHG
#define arch_cmpxchg_local EL2FUZZ_CMPXCHG
#define arch_cmpxchg64_relaxed EL2FUZZ_CMPXCHG
#define arch_cmpxchg64_acquire EL2FUZZ_CMPXCHG
#define arch_cmpxchg64_release EL2FUZZ_CMPXCHG
#define arch_cmpxchg64 EL2FUZZ_CMPXCHG
#define arch_cmpxchg64_local EL2FUZZ_CMPXCHG
#define arch_cmpxchg128 EL2FUZZ_CMPXCHG
#define arch_cmpxchg128_local EL2FUZZ_CMPXCHG
#define system_has_cmpxchg128() 1
#define __cmpwait_relaxed(ptr, val) barrier()

#endif
