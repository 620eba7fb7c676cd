/* SPDX-License-Identifier: GPL-2.0-only */
/* EL2 has no current task; headers of the kernel proper want the name. */
#ifndef EL2FUZZ_ASM_CURRENT_H
#define EL2FUZZ_ASM_CURRENT_H

struct task_struct;

#define get_current() ((struct task_struct *)0)
#define current get_current()

#endif
