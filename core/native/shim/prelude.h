/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included before every source of the tree: makes each arm64 asm statement that no shim covers a trap
 * with its address in a table, which the build compares with asm-sites.txt.
 *
 * The keywords become function-like macros, so that their other uses stay as they are: "asm volatile(",
 * "asm goto(". A bare "asm(" is also how register variables and symbol names are written, so it cannot
 * be a trap; it is dropped. What the tree has of it is barriers and code that EL2 does not run.
 */
#ifndef EL2FUZZ_NATIVE_PRELUDE_H
#define EL2FUZZ_NATIVE_PRELUDE_H

#undef asm_inline
#undef asm_goto_output
#define EL2FUZZ_TRAP                            \
	("661: ud2\n"                           \
	 "\t.pushsection .el2fuzz.asm, \"a\"\n" \
	 "\t.quad 661b\n"                       \
	 "\t.popsection")
#define asm(...)
#define __asm__(...)
#define volatile(...) EL2FUZZ_TRAP
#define __volatile__(...) EL2FUZZ_TRAP
#define goto(...) EL2FUZZ_TRAP
#define asm_goto_output(...) __asm __volatile("ud2")
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
