/* SPDX-License-Identifier: GPL-2.0-only */
/* Capabilities are patched into the kernel at boot. Here they are an array that a run fills. */
#ifndef EL2FUZZ_ASM_ALTERNATIVE_MACROS_H
#define EL2FUZZ_ASM_ALTERNATIVE_MACROS_H

#define alternative_has_cap_likely el2fuzz_unused_cap_likely
#define alternative_has_cap_unlikely el2fuzz_unused_cap_unlikely
#include_next <asm/alternative-macros.h>
#undef alternative_has_cap_likely
#undef alternative_has_cap_unlikely

#define alternative_has_cap_likely(cap) (cpucap_is_possible(cap) && el2fuzz_caps[cap])
#define alternative_has_cap_unlikely(cap) (cpucap_is_possible(cap) && el2fuzz_caps[cap])

/*
 * An asm statement of nothing but two instructions without operands, between which a capability chooses:
 * prelude.h tells it by the number of arguments that this is.
 */
#undef ALTERNATIVE
#define ALTERNATIVE(old, new, cap, ...) old, new, cap, , , , , , , , ,

#endif
