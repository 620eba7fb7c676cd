// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/tlb/tables.h"

#include "core/nested/core.h"
#include "core/pgtable/shared.h"

#include <stdlib.h>
#include <string.h>

/* A table that changed in so many traces of late is always looked at: that of the fixmap. */
#define ALWAYS_HOT 24
#define COOL_EVERY 32

#define OUTPUT GENMASK(47, 12)

/* In the page-table world the pages are the driver's, in the nested world the fake kernel's. */
static const u64 *page_of(const struct core *core, u64 pa)
{
	const struct pgtable_shared *shared = core_pgtable(core);
	const struct nested_view *nested = core_nested(core);

	if (shared)
		return (const u64 *)pgtable_words(shared, pa);
	if (nested)
		return pa - NESTED_POOL_PA < NESTED_POOL_PAGES * NESTED_PAGE_SIZE ?
		               (const u64 *)(nested->pool + (pa - NESTED_POOL_PA)) :
		               NULL;
	return map_page_index(core_map(core), pa) >= 0 ? core_page(core, pa) : NULL;
}

const u64 *tlb_tables_page(const struct tlb_tables *tables, u64 pa)
{
	return page_of(tables->core, pa & ~(BIT(tables->page_shift) - 1));
}

/* @pa is one that page_of() knows. */
static u32 slot_of(const struct tlb_tables *tables, u64 pa)
{
	if (core_pgtable(tables->core))
		return (pa - PGTABLE_POOL_PA) >> tables->page_shift;
	if (core_nested(tables->core))
		return (pa - NESTED_POOL_PA) >> tables->page_shift;
	return map_page_index(core_map(tables->core), pa);
}

int tlb_tables_open(struct tlb_tables *tables, const struct core *core)
{
	const bool pgtable = core_pgtable(core);

	memset(tables, 0, sizeof(*tables));
	tables->core = core;
	tables->page_shift = pgtable || core_nested(core) ? EL2FUZZ_PAGE_SHIFT : MAP_PAGE_SHIFT;
	tables->nr_entries = BIT(tables->page_shift - 3);
	tables->nr_pages = pgtable           ? PGTABLE_POOL_PAGES :
	                   core_nested(core) ? NESTED_POOL_PAGES :
	                                       core_map(core)->nr_pages;
	tables->by_page = calloc(tables->nr_pages, sizeof(*tables->by_page));

	return tables->by_page ? 0 : -1;
}

void tlb_tables_close(struct tlb_tables *tables)
{
	for (u32 i = 0; i < tables->room; i++) {
		free(tables->tables[i].entries);
		free(tables->tables[i].boot_entries);
	}
	free(tables->tables);
	free(tables->by_page);
}

struct tlb_table *tlb_tables_find(struct tlb_tables *tables, u64 pa)
{
	u32 i;

	if (!tlb_tables_page(tables, pa))
		return NULL;
	i = tables->by_page[slot_of(tables, pa)];
	return i ? &tables->tables[i - 1] : NULL;
}

static int grow(struct tlb_tables *tables)
{
	u32 room = tables->room ? 2 * tables->room : 64;
	struct tlb_table *more = realloc(tables->tables, room * sizeof(*more));

	if (!more)
		return -1;
	memset(more + tables->room, 0, (room - tables->room) * sizeof(*more));
	tables->tables = more;
	tables->room = room;

	return 0;
}

/* A place of its own: one that was dropped, or a new one. */
static struct tlb_table *take(struct tlb_tables *tables)
{
	u32 i = tables->nr_boot;

	while (i < tables->nr && tables->tables[i].pa)
		i++;
	if (i == tables->room && grow(tables))
		return NULL;
	if (!tables->tables[i].entries)
		tables->tables[i].entries = malloc(BIT(tables->page_shift));
	if (!tables->tables[i].entries)
		return NULL;
	if (i == tables->nr)
		tables->nr++;

	return &tables->tables[i];
}

struct tlb_table *tlb_tables_add(struct tlb_tables *tables, u64 pa, u32 context, s8 level, u64 ia)
{
	struct tlb_table *table = tlb_tables_find(tables, pa);
	u64 *entries;

	if (!tlb_tables_page(tables, pa))
		return NULL;
	if (!table)
		table = take(tables);
	if (!table)
		return NULL;
	entries = table->entries;
	table->pa = pa;
	table->ia = ia;
	table->context = context;
	table->level = level;
	table->unlinked = false;
	table->changed = table->hot = true;
	memset(entries, 0, BIT(tables->page_shift));
	tables->by_page[slot_of(tables, pa)] = table - tables->tables + 1;

	return table;
}

static unsigned int shift_of(const struct tlb_tables *tables, int level)
{
	return tables->page_shift + (tables->page_shift - 3) * (3 - level);
}

static int add_tree(struct tlb_tables *tables, u64 pa, u32 context, s8 level, u64 ia)
{
	const u64 *now = tlb_tables_page(tables, pa);
	const struct tlb_table *table;

	/* What leads out of memory is somebody else's finding. */
	if (!now || tlb_tables_find(tables, pa))
		return 0;
	table = tlb_tables_add(tables, pa, context, level, ia);
	if (!table)
		return -1;
	memcpy(table->entries, now, BIT(tables->page_shift));
	for (u32 i = 0; i < tables->nr_entries; i++) {
		if (tlb_is_table(now[i], level) &&
		    add_tree(tables, now[i] & OUTPUT, context, level + 1,
		             ia + ((u64)i << shift_of(tables, level))))
			return -1;
	}

	return 0;
}

int tlb_tables_add_root(struct tlb_tables *tables, u32 context, const struct tlb_root *root)
{
	const unsigned int span = shift_of(tables, root->start_level - 1);
	const u64 nr = root->ia_bits > span ? BIT(root->ia_bits - span) : 1;

	/* Tables in a row (D8.2.2) */
	for (u64 i = 0; i < nr; i++) {
		if (add_tree(tables, root->base + (i << tables->page_shift), context,
		             root->start_level, i << span))
			return -1;
	}

	return 0;
}

int tlb_tables_booted(struct tlb_tables *tables)
{
	for (u32 i = 0; i < tables->nr; i++) {
		struct tlb_table *table = &tables->tables[i];

		table->boot_entries = malloc(BIT(tables->page_shift));
		if (!table->boot_entries)
			return -1;
		memcpy(table->boot_entries, table->entries, BIT(tables->page_shift));
		table->boot_ia = table->ia;
		table->boot_context = table->context;
		table->boot_level = table->level;
		table->boot = true;
		table->changed = table->hot = false;
	}
	tables->nr_boot = tables->nr;

	return 0;
}

bool tlb_tables_in_use(const struct tlb_tables *tables, u32 i)
{
	const struct tlb_table *table = &tables->tables[i];

	return table->pa && tables->by_page[slot_of(tables, table->pa)] == i + 1;
}

static void drop(struct tlb_tables *tables, struct tlb_table *table)
{
	tables->by_page[slot_of(tables, table->pa)] = 0;
	/* What was there after boot keeps its place, and comes back with the next reset. */
	if (table->boot)
		table->changed = true;
	else
		table->pa = 0;
}

void tlb_tables_reset(struct tlb_tables *tables)
{
	const bool cool = ++tables->resets % COOL_EVERY == 0;

	for (u32 i = tables->nr_boot; i < tables->nr; i++) {
		if (tables->tables[i].pa)
			drop(tables, &tables->tables[i]);
	}
	tables->nr = tables->nr_boot;
	for (u32 i = 0; i < tables->nr_boot; i++) {
		struct tlb_table *table = &tables->tables[i];

		if (table->changed) {
			memcpy(table->entries, table->boot_entries, BIT(tables->page_shift));
			table->ia = table->boot_ia;
			table->context = table->boot_context;
			table->level = table->boot_level;
			tables->by_page[slot_of(tables, table->pa)] = i + 1;
		}
		if (cool)
			table->heat /= 2;
		table->changed = table->unlinked = false;
		table->hot = table->heat >= ALWAYS_HOT;
	}
}

void tlb_tables_drop(struct tlb_tables *tables, u32 context)
{
	for (u32 i = 0; i < tables->nr; i++) {
		struct tlb_table *table = &tables->tables[i];

		if (tlb_tables_in_use(tables, i) && table->context == context)
			drop(tables, table);
	}
}

void tlb_tables_drop_unlinked(struct tlb_tables *tables)
{
	for (u32 i = 0; i < tables->nr; i++) {
		struct tlb_table *table = &tables->tables[i];

		if (table->unlinked && tlb_tables_in_use(tables, i))
			drop(tables, table);
	}
}

void tlb_tables_heat(struct tlb_tables *tables, const struct tlb_root *root, u64 ia)
{
	u64 pa = root->base, index;
	int level = root->start_level;

	if (!root->base || (root->ia_bits < 64 && ia >> root->ia_bits))
		return;
	index = ia >> shift_of(tables, level);
	pa += index / tables->nr_entries << tables->page_shift;
	for (;;) {
		struct tlb_table *table = tlb_tables_find(tables, pa);
		u64 desc;

		if (!table)
			return;
		table->hot = true;
		desc = table->entries[index % tables->nr_entries];
		if (!tlb_is_table(desc, level))
			return;
		pa = desc & OUTPUT;
		index = ia >> shift_of(tables, ++level);
	}
}
