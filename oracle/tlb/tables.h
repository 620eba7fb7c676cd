/* SPDX-License-Identifier: GPL-2.0-only */
/* The table pages that watch.c knows of, and what was in them. */
#ifndef EL2FUZZ_TLB_TABLES_H
#define EL2FUZZ_TLB_TABLES_H

#include "core/core.h"
#include "oracle/tlb/rules.h"

/* A page of tables. */
struct tlb_table {
	u64 pa; /* 0: not in use */
	u64 ia; /* the first input address */
	u32 context;
	s8 level;
	bool boot; /* was there after boot */
	bool unlinked; /* no entry leads here any more, but a walker may not know yet */
	bool changed; /* since the trace began */
	bool hot; /* looked at, at the next point */
	u8 heat; /* how often it changed of late */
	u64 *entries; /* as they were */
	u64 *boot_entries;
	u64 boot_ia;
	u32 boot_context;
	s8 boot_level;
};

struct tlb_tables {
	const struct core *core;
	unsigned int page_shift;
	u32 nr_entries;
	struct tlb_table *tables;
	u32 nr, nr_boot, room;
	u32 *by_page; /* number of the table that a page is, plus one */
	u32 nr_pages;
	u32 resets;
};

/* A root of tables, as the registers have it. */
struct tlb_root {
	u64 base;
	int start_level;
	unsigned int ia_bits;
};

int tlb_tables_open(struct tlb_tables *tables, const struct core *core);
void tlb_tables_close(struct tlb_tables *tables);

/** tlb_tables_add_root() - all tables from @root down, as they are; -1 without memory */
int tlb_tables_add_root(struct tlb_tables *tables, u32 context, const struct tlb_root *root);

/** tlb_tables_booted() - what is known now is known after each reset */
int tlb_tables_booted(struct tlb_tables *tables);
void tlb_tables_reset(struct tlb_tables *tables);

/** tlb_tables_drop() - forget those of a context, or those that are unlinked */
void tlb_tables_drop(struct tlb_tables *tables, u32 context);
void tlb_tables_drop_unlinked(struct tlb_tables *tables);

/** tlb_tables_find() - the table that the page of @pa is, or NULL */
struct tlb_table *tlb_tables_find(struct tlb_tables *tables, u64 pa);

/** tlb_tables_add() - a page becomes a table, in which nothing was; NULL without memory */
struct tlb_table *tlb_tables_add(struct tlb_tables *tables, u64 pa, u32 context, s8 level, u64 ia);

/** tlb_tables_in_use() - is number @i a table, not one that was dropped? */
bool tlb_tables_in_use(const struct tlb_tables *tables, u32 i);

/** tlb_tables_heat() - look at the tables on the way to @ia from now on */
void tlb_tables_heat(struct tlb_tables *tables, const struct tlb_root *root, u64 ia);

/** tlb_tables_page() - what is in a page now; NULL if it is none */
const u64 *tlb_tables_page(const struct tlb_tables *tables, u64 pa);

#endif
