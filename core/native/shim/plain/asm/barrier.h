/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One thread: a barrier has to hold the compiler back, nobody else. Those that complete TLB maintenance or
 * synchronise the context are events, too.
 */
#ifndef EL2FUZZ_ASM_BARRIER_H
#define EL2FUZZ_ASM_BARRIER_H

#define array_index_mask_nospec el2fuzz_unused_index_mask
#include_next <asm/barrier.h>
#undef array_index_mask_nospec
#define array_index_mask_nospec(index, size) \
	((unsigned long)(index) < (unsigned long)(size) ? ~0UL : 0UL)

#undef nops
#undef sev
#undef wfe
#undef wfi
#undef isb
#undef dmb
#undef dsb
#undef psb_csync
#undef __tsb_csync
#undef csdb
#undef dgh
#undef spec_bar
#undef gsb_ack
#undef gsb_sys
#undef pmr_sync
#undef arch_counter_enforce_ordering
#undef __smp_store_release
#undef __smp_load_acquire

#define nops(n) barrier()
#define sev() barrier()
#define wfe() barrier()
#define wfi() barrier()
#define isb()                                      \
	do {                                       \
		barrier();                         \
		el2fuzz_note_barrier(EL2FUZZ_ISB); \
	} while (0)
#define dmb(opt) barrier()
#define dsb(opt)                                         \
	do {                                             \
		barrier();                               \
		el2fuzz_note_barrier(EL2FUZZ_DSB_##opt); \
	} while (0)
#define psb_csync() barrier()
#define __tsb_csync() barrier()
#define csdb() barrier()
#define dgh() barrier()
#define spec_bar() barrier()
#define gsb_ack() barrier()
#define gsb_sys() barrier()
#define pmr_sync() barrier()
#define arch_counter_enforce_ordering(val) ((void)(val))

#define __smp_store_release(p, v)                    \
	do {                                         \
		barrier();                           \
		*(volatile typeof(*(p)) *)(p) = (v); \
	} while (0)
#define __smp_load_acquire(p)                                     \
	({                                                        \
		typeof(*(p)) __v = *(volatile typeof(*(p)) *)(p); \
		barrier();                                        \
		__v;                                              \
	})

#endif
