/* SPDX-License-Identifier: GPL-2.0-only */
/* The stack pointer by the compiler's means. */
#ifndef EL2FUZZ_ASM_STACK_POINTER_H
#define EL2FUZZ_ASM_STACK_POINTER_H

#define current_stack_pointer ((unsigned long)__builtin_frame_address(0))

#endif
