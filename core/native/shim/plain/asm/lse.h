/* SPDX-License-Identifier: GPL-2.0-only */
/* One thread: what asm/atomic.h selects between LSE and LL/SC is plain C here. */
#ifndef EL2FUZZ_ASM_LSE_H
#define EL2FUZZ_ASM_LSE_H

#include <linux/compiler_types.h>
#include <linux/export.h>
#include <linux/stringify.h>

#include <asm/alternative-macros.h>
#include <asm/alternative.h>
#include <asm/cpucaps.h>

#define __LSE_PREAMBLE ""
#define ARM64_LSE_ATOMIC_INSN(llsc, lse) ""
#define __lse_ll_sc_body(op, ...) el2fuzz_##op(__VA_ARGS__)

#define EL2FUZZ_FETCH(kind, type, op, new, suffix)                                              \
	static __always_inline type el2fuzz_##kind##_fetch_##op##suffix(type i, kind##_t *v)    \
	{                                                                                       \
		type old = v->counter;                                                          \
                                                                                                \
		v->counter = (new);                                                             \
		return old;                                                                     \
	}                                                                                       \
	static __always_inline type el2fuzz_##kind##_##op##_return##suffix(type i, kind##_t *v) \
	{                                                                                       \
		type old = v->counter;                                                          \
                                                                                                \
		return v->counter = (new);                                                      \
	}

#define EL2FUZZ_ATOMIC(kind, type, op, new)                                    \
	static __always_inline void el2fuzz_##kind##_##op(type i, kind##_t *v) \
	{                                                                      \
		type old = v->counter;                                         \
                                                                               \
		v->counter = (new);                                            \
	}                                                                      \
	EL2FUZZ_FETCH(kind, type, op, new, )                                   \
	EL2FUZZ_FETCH(kind, type, op, new, _relaxed)                           \
	EL2FUZZ_FETCH(kind, type, op, new, _acquire)                           \
	EL2FUZZ_FETCH(kind, type, op, new, _release)

#define EL2FUZZ_ATOMICS(kind, type)                  \
	EL2FUZZ_ATOMIC(kind, type, add, old + i)     \
	EL2FUZZ_ATOMIC(kind, type, sub, old - i)     \
	EL2FUZZ_ATOMIC(kind, type, and, old &i)      \
	EL2FUZZ_ATOMIC(kind, type, andnot, old & ~i) \
	EL2FUZZ_ATOMIC(kind, type, or, old | i)      \
	EL2FUZZ_ATOMIC(kind, type, xor, old ^ i)

EL2FUZZ_ATOMICS(atomic, int)
EL2FUZZ_ATOMICS(atomic64, long)

static __always_inline long el2fuzz_atomic64_dec_if_positive(atomic64_t *v)
{
	long dec = v->counter - 1;

	if (dec >= 0)
		v->counter = dec;
	return dec;
}

#endif
