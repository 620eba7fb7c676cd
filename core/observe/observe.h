/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the abstract state back from raw memory, with walkers of its own: a bug in the hypervisor's
 * walkers must not hide itself.
 */
#ifndef EL2FUZZ_OBSERVE_H
#define EL2FUZZ_OBSERVE_H

#include "core/core.h"
#include "core/phys.h"

/* A page table as the architecture sees it: 4 KiB granule (Arm ARM D8.2). */
struct table_root {
	u64 base; /* PA of the first-level table, concatenated tables in a row */
	int start_level;
	unsigned int ia_bits;
	bool stage2;
	bool fwb; /* FEAT_S2FWB in use: other encoding of the stage-2 memory type */
	u64 mair; /* stage 1 */
};

struct observer {
	const struct phys *phys;
	const struct memory_map *map;
	struct table_root host_s2;
	struct table_root hyp_s1;
	u64 vm_table; /* PA */
	u64 *hyp_pages; /* PA of the struct hyp_page of each memory page */
	u64 *boot_words; /* what it held after boot */
};

/**
 * root_from_vtcr() - host stage-2 from VTTBR_EL2 and VTCR_EL2
 * @fwb: HCR_EL2.FWB as the hypervisor wrote it; a CPU without the feature does not keep it
 */
void root_from_vtcr(struct table_root *root, u64 vttbr, u64 vtcr, bool fwb);

/** root_from_tcr() - EL2 stage-1 from TTBR0_EL2, TCR_EL2 and MAIR_EL2 */
void root_from_tcr(struct table_root *root, u64 ttbr, u64 tcr, u64 mair);

/** state_from() - what the tree's encoding of a page state means */
enum page_state state_from(u64 state);

/** descriptor_leaf() - what a leaf descriptor at @level says; 4 KiB granule */
void descriptor_leaf(const struct table_root *root, u64 desc, int level, struct leaf *leaf);

/**
 * table_lookup() - the leaf that translates @ia
 *
 * leaf->pa is the output address of @ia's page. An address beyond ia_bits has no leaf, at level -1.
 */
void table_lookup(const struct phys *phys, const struct table_root *root, u64 ia,
                  struct leaf *leaf);

/** table_walk() - core_walk() over one table */
int table_walk(const struct phys *phys, const struct table_root *root,
               void (*leaf)(void *arg, u64 ia, const struct leaf *leaf),
               void (*table)(void *arg, u64 pa, int level, unsigned int entries), void *arg);

/** observer_init() - find every page's struct hyp_page through EL2's own stage 1 */
int observer_init(struct observer *obs, u64 vmemmap_va, struct error *err);
void observer_release(struct observer *obs);

/** observe_changed() - core_changed_pages() */
void observe_changed(const struct observer *obs, void (*visit)(void *arg, u64 pa), void *arg);

void observe_page(const struct observer *obs, u64 pa, struct page_view *view);

#endif
