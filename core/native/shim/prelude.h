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
#define asm(...) __asm(EL2FUZZ_REGISTER)
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
#include "core/native/memcache.h"

#endif
