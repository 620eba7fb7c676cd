/* SPDX-License-Identifier: GPL-2.0-only */
/* The driver of the page-table library: between its ops and what is around the library. */
#ifndef EL2FUZZ_PGTABLE_DRIVER_H
#define EL2FUZZ_PGTABLE_DRIVER_H

#include <linux/kvm_host.h>

#include <asm/kvm_hyp.h>
#include <asm/kvm_mmu.h>
#include <asm/kvm_pgtable.h>
#include <asm/tlbflush.h>

#define EL2FUZZ_PAGE_SHIFT PAGE_SHIFT
#include "op_numbers.h"
#include "shared.h"

struct driver {
	struct kvm_s2_mmu mmu;
	struct kvm_pgtable s2, hyp;
	bool s2_made, hyp_made; /* ever */
	u8 s2_style, hyp_style;
	/* Of the op */
	int budget; /* of allocations without a memcache */
	bool destroying; /* a table that nothing walks any more */
	void (*others)(const u64 *args); /* what another CPU does meanwhile, once */
};

extern struct pgtable_shared *shared;
extern struct driver driver;
extern struct kvm_pgtable_mm_ops mm_ops[PGTABLE_NR_STYLES];

void el2fuzz_pgtable_event(const struct pgtable_event *event);

void *virt(u64 pa);
u64 phys(const void *va);

/** note_link() - the entry that was counted last has been written since */
void note_link(void);

void memory_begin(void);
void memory_reset(void);

#endif
