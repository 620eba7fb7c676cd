/* SPDX-License-Identifier: GPL-2.0-only */
/* AT translates by the tables of the machine under test: the harness walks them. */
#ifndef EL2FUZZ_ASM_KVM_ASM_H
#define EL2FUZZ_ASM_KVM_ASM_H

#include_next <asm/kvm_asm.h>

#undef __kvm_at
#define __kvm_at(at_op, addr)                        \
	({                                           \
		int __err = el2fuzz_at(at_op, addr); \
                                                     \
		el2fuzz_note_barrier(EL2FUZZ_ISB);   \
		__err;                               \
	})

#endif
