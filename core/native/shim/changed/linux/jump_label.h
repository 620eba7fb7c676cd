/* SPDX-License-Identifier: GPL-2.0-only */
/* A static key is a variable that is read each time, since nobody patches this code. */
#ifndef EL2FUZZ_LINUX_JUMP_LABEL_H
#define EL2FUZZ_LINUX_JUMP_LABEL_H

#include_next <linux/jump_label.h>

#undef static_branch_likely
#undef static_branch_unlikely
#define static_branch_likely(x) (READ_ONCE((x)->key.enabled.counter) > 0)
#define static_branch_unlikely(x) (READ_ONCE((x)->key.enabled.counter) > 0)

#endif
