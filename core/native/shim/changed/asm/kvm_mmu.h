/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kern_hyp_va() is patched into the kernel at boot. Here it is a hook: where the linear map lies is the
 * harness's choice. Caches of instructions and data are one here, so maintenance has nothing to do.
 */
#ifndef EL2FUZZ_ASM_KVM_MMU_H
#define EL2FUZZ_ASM_KVM_MMU_H

#define __invalidate_icache_guest_page el2fuzz_unused_invalidate_icache
#include_next <asm/kvm_mmu.h>
#undef __invalidate_icache_guest_page

static inline void __invalidate_icache_guest_page(void *va, size_t size)
{
}

#undef kern_hyp_va
#define kern_hyp_va(v) ((typeof(v))el2fuzz_kern_hyp_va((unsigned long)(v)))

#endif
