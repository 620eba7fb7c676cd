/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model of the pgtable world: what each input address of a table is mapped to, or annotated with,
 * what each op answers and changes. Written from what the library's header promises, in plain C, without
 * a kernel header: no bits of descriptors, no reference counts, no order of stores. Those are invariants
 * (check.c).
 *
 * A block is one entry, and so is a table: how far blocks are used decides how many pages an op takes,
 * and so where it fails.
 */
#ifndef EL2FUZZ_PGTABLE_MODEL_H
#define EL2FUZZ_PGTABLE_MODEL_H

#include "core/core.h"
#include "core/pgtable/shared.h"

#define PT_LAST_LEVEL 3
#define PT_FIRST_LEVEL (-1)
#define PT_DESC_TABLE 3ULL /* bits 1..0 (Arm ARM D8.3.1) */
#define PT_PAGE ((u64)PGTABLE_PAGE_SIZE)

enum pt_kind {
	PT_NONE,
	PT_MAPPED,
	PT_ANNOTATED,
	PT_TABLE,
};

/* What an entry says of memory, as the caller asked for it. */
enum pt_mem {
	PT_MEM_NORMAL,
	PT_MEM_DEVICE,
	PT_MEM_NC,
	PT_MEM_AS_S1, /* stage 1 alone decides */
};

struct pt_node;

struct pt_entry {
	union {
		u64 value; /* output address, or the annotation with its type in place */
		struct pt_node *child;
	};
	u16 prot; /* PGTABLE_R, W, PX, UX and software bits */
	u8 mem; /* enum pt_mem */
	u8 kind; /* enum pt_kind */
	bool young;
};

struct pt_node {
	struct pt_node *next; /* of the free ones */
	struct pt_node *parent; /* NULL: a first table, or linked to nothing */
	u16 slot; /* in the parent */
	u64 pa; /* where the library has it; 0: not known yet */
	u64 ia; /* what its first entry translates */
	s8 level; /* of its entries */
	bool stage2;
	bool pool; /* not of a stage 2's first level */
	bool freed; /* in this step */
	u16 used; /* entries that are not PT_NONE */
	u16 tables; /* entries that are PT_TABLE */
	struct pt_entry entries[PGTABLE_ENTRIES];
	/* As the architecture writes them down. Where a table is, the library says: see check.c. */
	u64 descs[PGTABLE_ENTRIES];
};

struct pt_table {
	bool made; /* ever */
	bool stage2;
	u8 style; /* enum pgtable_style */
	u8 flags; /* enum pgtable_init_flag */
	unsigned int ia_bits;
	int start_level;
	unsigned int nr_roots; /* 0: there is no table */
	struct pt_node *roots[PGTABLE_PGD_PAGES];
};

/* TLB invalidation that the step owes. */
enum pt_debt_kind {
	PT_DEBT_LEAF, /* a valid leaf was changed: invalid while it is invalidated */
	PT_DEBT_TABLE, /* a table was unlinked: not freed before */
	PT_DEBT_RELAX, /* permissions were widened: afterwards, on this CPU */
};

struct pt_debt {
	u64 ia;
	u64 page; /* of PT_DEBT_TABLE; 0: not freed */
	s8 level;
	u8 kind;
	bool stage2;
};

/* Entries that the step could have changed. */
struct pt_touch {
	struct pt_node *node;
	u16 first, last;
};

#define PT_MAX_TOUCHED 8192
#define PT_MAX_DEBTS 8192

struct pt_expectation {
	const char *rule;
	bool warns; /* the library stops with a WARN */
	const char *what; /* special about the op, for the names of findings; or NULL */
	s64 ret;
	u64 value[3];
	bool any_value; /* not compared */
	const struct pt_entry *leaf; /* value[0] is its descriptor, value[1] its level */
	int leaf_level;
	bool leaf_stage2;
	/* cache maintenance, in order */
	u64 nr_cmos;
	u64 cmos;
};

struct pt_model {
	const struct tree_info *info;
	u32 caps;
	unsigned int pa_bits; /* of the PA space */
	struct pt_table s2, hyp;
	struct pt_node *unlinked[PGTABLE_UNLINKED];
	u64 used; /* pages, all of them */
	u64 used_pool; /* but for a stage 2's first level */

	/* of the step */
	u64 budget; /* pages that it may still allocate */
	struct pt_touch touched[PT_MAX_TOUCHED];
	unsigned int nr_touched;
	bool touched_all; /* there was no room */
	struct pt_debt debts[PT_MAX_DEBTS];
	unsigned int nr_debts;
	struct pt_expectation expect;
	/* What another CPU does meanwhile, once (PGTABLE_OTHERS), and to which arguments */
	void (*others)(struct pt_model *m, const u64 *args);
	const u64 *args;

	struct pt_node *free, *limbo; /* free: without entries; limbo: until the step is over */
	/* The last attributes of a leaf: those of its neighbours are the same. */
	u64 attr_key, attr;
};

struct pt_model *pt_open(const struct core *core);
void pt_close(struct pt_model *m);
void pt_reset(struct pt_model *m);

/** pt_step() - what the op must answer, in m->expect, and what it changes */
void pt_step(struct pt_model *m, const struct op *op, const u64 args[OP_MAX_ARGS]);

/* For the rules */

#define PT_E_PERM (-1)
#define PT_E_2BIG (-7)
#define PT_E_AGAIN (-11)
#define PT_E_NOMEM (-12)
#define PT_E_INVAL (-22)
#define PT_E_RANGE (-34)
#define PT_WARN 1 /* no error number: the walk ends in a WARN */

struct pt_walk;
typedef int pt_visit(struct pt_walk *walk, struct pt_node *node, unsigned int i, unsigned int when);

/* A walk over [start, end): what is visited is up to the flags, and a callback that fails ends it. */
struct pt_walk {
	struct pt_model *m;
	struct pt_table *table;
	pt_visit *visit;
	void *arg;
	unsigned int flags; /* enum pgtable_flag */
	u64 start, addr, end;
	u64 at; /* of the entry that is visited: where the walk was when it came to it */
};

/**
 * pt_walk_range() - kvm_pgtable_walk()
 *
 * Return: 0, what the callback returned, or what is wrong with the range.
 */
int pt_walk_range(struct pt_walk *walk, u64 addr, u64 size);

/** pt_walk_node() - the same from a table on, without a look at the range */
int pt_walk_node(struct pt_walk *walk, struct pt_node *node);

static inline u64 pt_granule(int level)
{
	return BIT(pgtable_shift(level));
}

/** pt_alloc() - a table for the entries of @level; NULL when the step may not have another page */
struct pt_node *pt_alloc(struct pt_model *m, bool stage2, int level, u64 ia);

/** pt_alloc_root() - one of a stage 2's first tables, which are a page for the budget together */
struct pt_node *pt_alloc_root(struct pt_model *m, int level, u64 ia);
void pt_free(struct pt_model *m, struct pt_node *node);

/** pt_free_tree() - with all that is below */
void pt_free_tree(struct pt_model *m, struct pt_node *node);

/** pt_set() - change an entry; it counts as touched */
void pt_set(struct pt_model *m, struct pt_node *node, unsigned int i, const struct pt_entry *to);

void pt_touch(struct pt_model *m, struct pt_node *node, unsigned int first, unsigned int last);

/** pt_owe() - the entry, and all that is below it, must leave the TLB */
void pt_owe(struct pt_model *m, const struct pt_node *node, unsigned int i);
void pt_owe_one(struct pt_model *m, const struct pt_debt *debt);

/** pt_block_fits() - may the entry that the walk is at map a block, or page, at @phys? */
bool pt_block_fits(const struct pt_walk *walk, int level, u64 phys);

/* All cache maintenance of a step, in order */
#define PT_HASH_CMO(hash, kind, addr, size) \
	PGTABLE_HASH(hash, (addr) ^ ((size) + (u64)(kind)) * 0xff51afd7ed558ccdULL)

/** pt_cmo() - cache maintenance that the step does */
void pt_cmo(struct pt_model *m, enum pgtable_event_kind kind, u64 addr, u64 size);

/** pt_descriptor() - how the architecture writes an entry at @level down */
u64 pt_descriptor(struct pt_model *m, const struct pt_entry *entry, int level, bool stage2);

bool pt_has(const struct pt_model *m, enum cap cap);

/** pt_output() - what an entry has room for of an output address: with pages of 64 KiB, always 52 bits */
static inline u64 pt_output(const struct pt_model *m, u64 phys)
{
	const unsigned int bits = PGTABLE_PAGE_SHIFT == 16 ? 52 : m->pa_bits;

	return phys & GENMASK(bits - 1, PGTABLE_PAGE_SHIFT);
}

/** pt_fwb() - does the stage 2 say memory types as FEAT_S2FWB has them? */
bool pt_fwb(const struct pt_model *m);

/** pt_prot() - where the library knows but one permission to execute, either asks for it */
u64 pt_prot(const struct pt_model *m, u64 prot);

/** pt_refuses_output() - what the driver does not pass on, to map it */
bool pt_refuses_output(const struct pt_model *m, u64 phys, u64 size);
void pt_s2_step(struct pt_model *m, unsigned int code, const u64 *args);
void pt_hyp_step(struct pt_model *m, unsigned int code, const u64 *args);
void pt_get_leaf(struct pt_model *m, struct pt_table *table, u64 addr);
void pt_count_visits(struct pt_model *m, struct pt_table *table, const u64 *args);

#endif
