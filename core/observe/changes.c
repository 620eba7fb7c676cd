// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is no longer as after boot, in a page table. Most tables never change, and the tables that EL2
 * makes at boot are many: a look at each of them tells more cheaply than reading all their leaves.
 */
#include "core/observe/observe.h"

#include <stdlib.h>

struct boot_table {
	u64 pa;
	u64 ia; /* the first input address */
	int level;
	u32 after; /* the next table that is not below this one */
	u64 gone_in; /* the walk that found it unlinked */
	const u64 *now; /* it, in memory */
	u32 entries; /* that were not zero */
	/* its struct hyp_page, in memory, and what that was */
	const u64 *hyp_page;
	u64 boot_word;
};

/* Room for one more table. */
static int grow(struct boot_tables *boot)
{
	struct boot_table *tables = realloc(boot->tables, (boot->nr + 1) * sizeof(*tables));
	u64(*descs)[TABLE_ENTRIES];

	if (!tables)
		return -1;
	boot->tables = tables;
	descs = realloc(boot->descs, (boot->nr + 1) * sizeof(*descs));
	if (!descs)
		return -1;
	boot->descs = descs;

	return 0;
}

static int remember(struct boot_tables *boot, const struct observer *obs, u64 pa, int level, u64 ia)
{
	const u64 *descs = phys_ptr(obs->phys, pa, sizeof(*boot->descs));
	struct boot_table *table;
	u32 index = boot->nr;
	u64 hyp_page;

	if (!descs || grow(boot))
		return -1;
	/* Where an entry is less than a word, its neighbour is looked at, too. */
	hyp_page = ALIGN_DOWN(obs->hyp_pages[map_page_index(obs->map, pa)], sizeof(u64));
	table = &boot->tables[boot->nr];
	*table = (struct boot_table){
		.pa = pa,
		.ia = ia,
		.level = level,
		.now = descs,
		.hyp_page = phys_ptr(obs->phys, hyp_page, sizeof(u64)),
		.boot_word = phys_read64(obs->phys, hyp_page),
	};
	for (unsigned int i = 0; i < TABLE_ENTRIES; i++)
		table->entries += !!descs[i];
	memcpy(boot->descs[boot->nr++], descs, sizeof(*boot->descs));

	for (unsigned int i = 0; i < TABLE_ENTRIES; i++) {
		if (descriptor_is_table(descs[i], level) &&
		    remember(boot, obs, descs[i] & DESC_NEXT_TABLE, level + 1,
		             ia + ((u64)i << level_shift(level))))
			return -1;
	}
	boot->tables[index].after = boot->nr;

	return 0;
}

int boot_tables_init(struct boot_tables *boot, const struct observer *obs,
                     const struct table_root *root)
{
	unsigned int span = level_shift(root->start_level) + TABLE_BITS;

	boot->root = *root;
	for (u64 ia = 0, pa = root->base; !(ia >> root->ia_bits);
	     ia += BIT(span), pa += MAP_PAGE_SIZE) {
		if (remember(boot, obs, pa, root->start_level, ia))
			return -1;
	}

	return 0;
}

void boot_tables_release(struct boot_tables *boot)
{
	free(boot->tables);
	free(boot->descs);
	boot->tables = NULL;
	boot->descs = NULL;
	boot->nr = 0;
}

struct changes {
	const struct observer *obs;
	struct boot_tables *boot;
	const struct table_visitor *visit;
	void *arg;
};

static void lose_leaf(const struct changes *changes, u64 desc, int level, u64 ia)
{
	struct leaf leaf;

	descriptor_leaf(&changes->boot->root, desc, level, &leaf);
	changes->visit->lost(changes->arg, ia, &leaf);
}

/* A table of the boot is no longer linked: its leaves are lost, and so are those below. */
static void lose_tables(const struct changes *changes, u32 first)
{
	struct boot_tables *boot = changes->boot;

	for (u32 i = first; i < boot->tables[first].after; i++) {
		const struct boot_table *table = &boot->tables[i];

		for (unsigned int n = 0; n < TABLE_ENTRIES; n++) {
			u64 desc = boot->descs[i][n];

			if (desc && !descriptor_is_table(desc, table->level))
				lose_leaf(changes, desc, table->level,
				          table->ia + ((u64)n << level_shift(table->level)));
		}
	}
	boot->tables[first].gone_in = boot->walk;
}

/* The table below @parent that translates @ia, which there is. */
static u32 table_below(const struct boot_tables *boot, u32 parent, u64 ia)
{
	u32 child = parent + 1;

	while (boot->tables[child].ia != ia)
		child = boot->tables[child].after;

	return child;
}

static int visit_entry(const struct changes *changes, u32 index, u64 ia, u64 was, u64 is)
{
	const struct boot_tables *boot = changes->boot;
	int level = boot->tables[index].level;
	struct leaf leaf;

	if (descriptor_is_table(was, level))
		lose_tables(changes, table_below(boot, index, ia));
	else if (was)
		lose_leaf(changes, was, level, ia);

	if (descriptor_is_table(is, level))
		return table_walk_below(changes->obs->phys, &boot->root, is & DESC_NEXT_TABLE,
		                        level + 1, ia, changes->visit, changes->arg);
	if (is) {
		descriptor_leaf(&boot->root, is, level, &leaf);
		changes->visit->leaf(changes->arg, ia, &leaf);
	}

	return 0;
}

static int visit_table(const struct changes *changes, u32 index)
{
	const struct boot_table *table = &changes->boot->tables[index];
	const u64 *now = table->now, *then = changes->boot->descs[index];
	u32 entries = table->entries, i = TABLE_ENTRIES;

	if (!phys_is_unwritten_at(changes->obs->phys, now))
		i = next_difference(now, then, 0, TABLE_ENTRIES);
	if (i == TABLE_ENTRIES && *table->hyp_page == table->boot_word)
		return 0;

	for (; i < TABLE_ENTRIES; i = next_difference(now, then, i + 1, TABLE_ENTRIES)) {
		entries += !!now[i] - !!then[i];
		if (visit_entry(changes, index, table->ia + ((u64)i << level_shift(table->level)),
		                then[i], now[i]))
			return -1;
	}
	changes->visit->table(changes->arg, table->pa, table->level, entries);

	return 0;
}

int table_walk_changes(const struct observer *obs, struct boot_tables *boot,
                       const struct table_visitor *visit, void *arg)
{
	const struct changes changes = { .obs = obs, .boot = boot, .visit = visit, .arg = arg };

	boot->walk++;
	for (u32 i = 0; i < boot->nr;) {
		const struct boot_table *table = &boot->tables[i];

		if (table->gone_in == boot->walk) {
			i = table->after;
			continue;
		}
		if (visit_table(&changes, i))
			return -1;
		i++;
	}

	return 0;
}
