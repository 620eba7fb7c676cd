/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kern_hyp_va() is patched into the kernel at boot. Here it is a hook: where the linear map lies is the
 * harness's choice. Caches of instructions and data are one here, so maintenance is an event and no more.
 */
#ifndef EL2FUZZ_ASM_KVM_MMU_H
#define EL2FUZZ_ASM_KVM_MMU_H

#define __invalidate_icache_guest_page el2fuzz_unused_invalidate_icache
#include_next <asm/kvm_mmu.h>
#undef __invalidate_icache_guest_page

/* All of it: the tree does so where a page has more lines than it cares to name, as on the emulated CPU. */
static inline void __invalidate_icache_guest_page(void *va, size_t size)
{
	/* icache_inval_all_pou() asks; some callers have before. */
	if (cpus_have_final_cap(ARM64_HAS_CACHE_DIC))
		return;
	el2fuzz_cache(1, 0, ~0UL);
	dsb(ish);
}

#undef kern_hyp_va
#define kern_hyp_va(v) ((typeof(v))el2fuzz_kern_hyp_va((unsigned long)(v)))

#endif
