/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before every source of the tree: makes each arm64 asm statement that no shim covers a trap
 * with its address in a table, which the build compares with asm-sites.txt.
 *
 * The keywords become function-like macros, so that their other uses stay as they are: "asm volatile(",
 * "asm goto(". A bare "asm(" is also how register variables are written: it becomes the name of a register
 * of this machine, which as a statement is an assembler macro that traps.
 */
#ifndef EL2FUZZ_NATIVE_PRELUDE_H
#define EL2FUZZ_NATIVE_PRELUDE_H

#undef asm_inline
#undef asm_goto_output
#if defined(EL2FUZZ_ON_X86_64)
#define EL2FUZZ_TRAP_INSN "ud2"
#define EL2FUZZ_REGISTER "r11"
#elif defined(EL2FUZZ_ON_AARCH64)
#define EL2FUZZ_TRAP_INSN "udf #0"
#define EL2FUZZ_REGISTER "x11"
#else
#error "core/native has not been taken to this machine: see docs/native.md"
#endif
#define EL2FUZZ_TRAP_SITE                      \
	"661: " EL2FUZZ_TRAP_INSN "\n"         \
	"\t.pushsection .el2fuzz.asm, \"a\"\n" \
	"\t.quad 661b\n"                       \
	"\t.popsection\n"
#define EL2FUZZ_TRAP (EL2FUZZ_TRAP_SITE)
__asm(".macro " EL2FUZZ_REGISTER "\n" EL2FUZZ_TRAP_SITE ".endm");
/* With as many arguments as ALTERNATIVE() makes, of shim/changed/asm/alternative-macros.h: */
#define EL2FUZZ_ASM_ALTERNATIVE(old, new, cap, ...) el2fuzz_alternative(old, new, el2fuzz_caps[cap])
#define EL2FUZZ_ASM_OTHER(...) __asm(EL2FUZZ_REGISTER)
#define EL2FUZZ_12TH(a, b, c, d, e, f, g, h, i, j, k, l, kind, ...) kind
#define EL2FUZZ_ASM(...)                                                                        \
	EL2FUZZ_12TH(__VA_ARGS__, ALTERNATIVE, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, OTHER, \
	             OTHER, OTHER, OTHER, OTHER, OTHER)
#define EL2FUZZ_ASM_AS_(kind, ...) EL2FUZZ_ASM_##kind(__VA_ARGS__)
#define EL2FUZZ_ASM_AS(kind, ...) EL2FUZZ_ASM_AS_(kind, __VA_ARGS__)
#define asm(...) EL2FUZZ_ASM_AS(EL2FUZZ_ASM(__VA_ARGS__), __VA_ARGS__)
#define __asm__(...) __asm(EL2FUZZ_REGISTER)
#define volatile(...) EL2FUZZ_TRAP
#define __volatile__(...) EL2FUZZ_TRAP
#define goto(...) EL2FUZZ_TRAP
#define asm_goto_output(...) __asm __volatile(EL2FUZZ_TRAP_INSN)
#define asm_inline __asm

/* The compiler's own barriers, in the spelling that the macros above leave alone. */
#undef barrier
#define barrier() __asm __volatile("" : : : "memory")
#undef barrier_data
#define barrier_data(ptr) __asm __volatile("" : : "r"(ptr) : "memory")
#undef __ADDRESSABLE
#define __ADDRESSABLE(sym)
#undef RELOC_HIDE
#undef OPTIMIZER_HIDE_VAR
#define OPTIMIZER_HIDE_VAR(var) __asm("" : "=r"(var) : "0"(var))

#include "core/native/hooks.h"

/* What has an effect here is an ISB, not a NOP or a DMB; all else is a trap. */
static inline __attribute__((always_inline)) void el2fuzz_alternative(const char *old,
                                                                      const char *new, int chosen)
{
	const char *insn = chosen ? new : old;

	if (insn[0] == 'i' && insn[1] == 's' && insn[2] == 'b')
		el2fuzz_note_barrier(EL2FUZZ_ISB);
	else if (insn[0] != 'n' && insn[0] != 'd')
		__builtin_trap();
}

#include "core/native/memcache.h"

#endif
