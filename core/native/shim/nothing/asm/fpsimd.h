/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * No floating-point or vector state is kept: nothing that runs on this core has any. Saving leaves the
 * buffer as it is, loading does nothing.
 */
#ifndef EL2FUZZ_ASM_FPSIMD_H
#define EL2FUZZ_ASM_FPSIMD_H

#define fpsimd_save_vregs el2fuzz_unused_save_vregs
#define fpsimd_load_vregs el2fuzz_unused_load_vregs
#define fpsimd_save_state el2fuzz_unused_save_state
#define fpsimd_load_state el2fuzz_unused_load_state
#define sve_get_vl el2fuzz_unused_sve_get_vl
#define sve_save_state el2fuzz_unused_sve_save_state
#define sve_load_state el2fuzz_unused_sve_load_state
#include_next <asm/fpsimd.h>
#undef fpsimd_save_vregs
#undef fpsimd_load_vregs
#undef fpsimd_save_state
#undef fpsimd_load_state
#undef sve_get_vl
#undef sve_save_state
#undef sve_load_state

static inline void fpsimd_save_state(struct user_fpsimd_state *state)
{
}

static inline void fpsimd_load_state(const struct user_fpsimd_state *state)
{
}

static inline unsigned int sve_get_vl(void)
{
	return 16;
}

static inline void sve_save_state(struct arm64_sve_state *state, bool ffr)
{
}

static inline void sve_load_state(const struct arm64_sve_state *state, bool ffr)
{
}

#endif
