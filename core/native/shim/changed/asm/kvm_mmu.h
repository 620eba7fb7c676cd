/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kern_hyp_va() is patched into the kernel at boot. Here it is a hook: where the linear map lies is the
 * harness's choice. Caches of instructions and data are one here, so maintenance has nothing to do.
 */
#ifndef EL2FUZZ_ASM_KVM_MMU_H
#define EL2FUZZ_ASM_KVM_MMU_H

#include_next <asm/kvm_mmu.h>

#undef kern_hyp_va
#define kern_hyp_va(v) ((typeof(v))el2fuzz_kern_hyp_va((unsigned long)(v)))

#endif
