/* SPDX-License-Identifier: GPL-2.0-only */
/* The current task is the fake host kernel's only one. */
#ifndef EL2FUZZ_ASM_CURRENT_H
#define EL2FUZZ_ASM_CURRENT_H

struct task_struct;
extern struct task_struct el2fuzz_task;

#define get_current() (&el2fuzz_task)
#define current get_current()

#endif
