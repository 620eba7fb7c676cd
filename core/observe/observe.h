/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the abstract state back from raw memory, with walkers of its own: a bug in the hypervisor's
 * walkers must not hide itself.
 */
#ifndef EL2FUZZ_OBSERVE_H
#define EL2FUZZ_OBSERVE_H

#include "core/core.h"
#include "core/phys.h"

#define TABLE_BITS 9
#define TABLE_ENTRIES BIT(TABLE_BITS)
#define TABLE_LAST_LEVEL 3
#define DESC_NEXT_TABLE GENMASK(47, 12)

/* A page table as the architecture sees it: 4 KiB granule (Arm ARM D8.2). */
struct table_root {
	u64 base; /* PA of the first-level table, concatenated tables in a row */
	int start_level;
	unsigned int ia_bits;
	bool stage2;
	bool fwb; /* FEAT_S2FWB in use: other encoding of the stage-2 memory type */
	u64 mair; /* stage 1 */
};

/* A page table as it was after boot. */
struct boot_tables {
	struct table_root root;
	struct boot_table *tables; /* each before those below it */
	u64 (*descs)[TABLE_ENTRIES]; /* of each */
	u32 nr;
	u64 walk; /* number of walks so far */
};

/*
 * The entries that led to a table of level 2, and what they held: while they hold the same, they lead there. To find
 * that out they are read side by side; in a walk, each waits for the one before.
 */
struct table_path {
	u64 range; /* that the table translates */
	const u64 *entry[2]; /* NULL: there is no path yet */
	u64 held[2];
	u64 table;
};

/* Entries of struct hyp_page that lie in a row. */
struct hyp_page_run {
	u32 first;
	u32 nr;
	const u8 *now; /* they, in memory */
};

struct observer {
	const struct phys *phys;
	const struct memory_map *map;
	struct table_root host_s2;
	struct table_root hyp_s1;
	u64 vm_table; /* PA */
	u64 *hyp_pages; /* PA of the struct hyp_page of each memory page */
	u64 *boot_words; /* what it held after boot */
	struct table_path *paths; /* by enum walk_root */
	struct hyp_page_run *runs; /* hyp_pages[], in rows */
	u32 nr_runs;
	struct boot_tables boot[2]; /* by enum walk_root: host stage-2, hyp stage-1 */
};

/**
 * root_from_vtcr() - host stage-2 from VTTBR_EL2 and VTCR_EL2
 * @fwb: HCR_EL2.FWB as the hypervisor wrote it; a CPU without the feature does not keep it
 */
void root_from_vtcr(struct table_root *root, u64 vttbr, u64 vtcr, bool fwb);

/** root_from_tcr() - EL2 stage-1 from TTBR0_EL2, TCR_EL2 and MAIR_EL2 */
void root_from_tcr(struct table_root *root, u64 ttbr, u64 tcr, u64 mair);

/** level_shift() - the lowest bit of the input address that an entry at @level translates */
static inline unsigned int level_shift(int level)
{
	return MAP_PAGE_SHIFT + TABLE_BITS * (TABLE_LAST_LEVEL - level);
}

/** descriptor_is_table() - does an entry at @level point to another table? (D8.3.1) */
static inline bool descriptor_is_table(u64 desc, int level)
{
	return level < TABLE_LAST_LEVEL && (desc & 3) == 3;
}

/** next_difference() - the first word from @i on that differs between @a and @b, or @n */
static inline u32 next_difference(const u64 *a, const u64 *b, u32 i, u32 n)
{
	enum { ROW = 64 };

	/* The C library's has the widest loads that this machine knows. */
	while (i + ROW <= n && !memcmp(a + i, b + i, ROW * sizeof(*a)))
		i += ROW;
	while (i < n && a[i] == b[i])
		i++;

	return i;
}

/** state_from() - what the tree's encoding of a page state means */
enum page_state state_from(u64 state);

/** leaf_state() - the state of a page whose leaf has it in its software bits */
static inline enum page_state leaf_state(const struct leaf *leaf, enum page_state unmapped)
{
	return leaf->kind == LEAF_MAPPED ? leaf->state :
	       leaf->kind == LEAF_NONE   ? unmapped :
	                                   STATE_NOPAGE;
}

/** descriptor_leaf() - what a leaf descriptor at @level says; 4 KiB granule */
void descriptor_leaf(const struct table_root *root, u64 desc, int level, struct leaf *leaf);

/**
 * table_lookup() - the leaf that translates @ia
 *
 * leaf->pa is the output address of @ia's page. An address beyond ia_bits has no leaf, at level -1.
 */
void table_lookup(const struct phys *phys, const struct table_root *root, u64 ia,
                  struct leaf *leaf);

/** table_lookup_by() - the same, of @root always, by the path of a lookup before, or by a new one */
void table_lookup_by(const struct phys *phys, const struct table_root *root,
                     struct table_path *path, u64 ia, struct leaf *leaf);

/** table_walk() - visit every leaf that is not zero, and every table; -1 if it leaves memory or loops */
int table_walk(const struct phys *phys, const struct table_root *root,
               const struct table_visitor *visit, void *arg);

/** table_walk_below() - the same from a table of @level on, whose first input address is @ia */
int table_walk_below(const struct phys *phys, const struct table_root *root, u64 table, int level,
                     u64 ia, const struct table_visitor *visit, void *arg);

/** boot_tables_init() - remember what is in all tables of @root; -1 if that is no page table */
int boot_tables_init(struct boot_tables *boot, const struct observer *obs,
                     const struct table_root *root);
void boot_tables_release(struct boot_tables *boot);

/**
 * table_walk_changes() - visit what is not as after boot
 *
 * A leaf that was replaced is first lost, then visited. Tables are visited when an entry or their
 * struct hyp_page changed, or when they are new. Return: as table_walk().
 */
int table_walk_changes(const struct observer *obs, struct boot_tables *boot,
                       const struct table_visitor *visit, void *arg);

/**
 * observer_init() - find every page's struct hyp_page through EL2's own stage 1, and remember what is to
 *		     be called unchanged from now on
 */
int observer_init(struct observer *obs, u64 vmemmap_va, struct error *err);
void observer_release(struct observer *obs);

/** observe_changed() - core_changed_pages() */
void observe_changed(const struct observer *obs, void (*visit)(void *arg, u64 pa), void *arg);

void observe_page(const struct observer *obs, u64 pa, struct page_view *view);
void observe_states(const struct observer *obs, u64 pa, struct page_view *view);

#endif
