/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BUG and WARN end the step and tell the harness where they are. At EL2 a WARN does not return either:
 * its BRK is an exception from EL2 itself, and that is a panic.
 */
#ifndef EL2FUZZ_ASM_BUG_H
#define EL2FUZZ_ASM_BUG_H

#include <linux/stringify.h>

#include <asm/asm-bug.h>

#define BUG() el2fuzz_bug(__FILE__, __LINE__, 0)
/* (flags) or (condition, flags): of a comma the last counts */
#define __WARN_FLAGS(...) el2fuzz_bug(__FILE__, __LINE__, BUGFLAG_WARNING | (__VA_ARGS__))

#define HAVE_ARCH_BUG

#include <asm-generic/bug.h>

#endif
