/* SPDX-License-Identifier: GPL-2.0-only */
/* Static keys are not patched into the code: linux/jump_label.h reads them. */
#ifndef EL2FUZZ_ASM_JUMP_LABEL_H
#define EL2FUZZ_ASM_JUMP_LABEL_H

#include <linux/types.h>

#define HAVE_JUMP_LABEL_BATCH
#define JUMP_LABEL_NOP_SIZE 4

static __always_inline bool arch_static_branch(struct static_key *const key, const bool branch)
{
	__builtin_trap();
}

static __always_inline bool arch_static_branch_jump(struct static_key *const key, const bool branch)
{
	__builtin_trap();
}

#endif
