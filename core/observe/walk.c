// SPDX-License-Identifier: GPL-2.0-only
/* Translation table walks, 4 KiB granule (Arm ARM D8.2). */
#include "core/observe/observe.h"

/* More tables than all of memory could hold: the table points into itself. */
#define MAX_TABLES 65536

void root_from_vtcr(struct table_root *root, u64 vttbr, u64 vtcr, bool fwb)
{
	memset(root, 0, sizeof(*root));
	root->stage2 = true;
	root->ia_bits = 64 - (vtcr & 0x3f);
	/* VTCR_EL2.SL0, 4 KiB granule: 0 starts at level 2, 1 at level 1, 2 at level 0 */
	root->start_level = 2 - (int)(vtcr >> 6 & 3);
	root->base = vttbr & GENMASK(47, 1);
	root->fwb = fwb;
}

void root_from_tcr(struct table_root *root, u64 ttbr, u64 tcr, u64 mair)
{
	memset(root, 0, sizeof(*root));
	root->ia_bits = 64 - (tcr & 0x3f);
	root->start_level = TABLE_LAST_LEVEL - (int)(root->ia_bits - 12 - 1) / 9;
	root->base = ttbr & GENMASK(47, 1);
	root->mair = mair;
}

static void lookup_below(const struct phys *phys, const struct table_root *root, u64 table,
                         int level, u64 ia, struct leaf *leaf)
{
	unsigned int shift = level_shift(level);
	/* The first level may be several tables in a row: do not mask its index. */
	u64 index = ia >> shift, desc;

	if (level > root->start_level)
		index &= TABLE_ENTRIES - 1;
	for (;;) {
		desc = phys_read64(phys, table + index * sizeof(u64));
		if (!descriptor_is_table(desc, level))
			break;
		table = desc & DESC_NEXT_TABLE;
		level++;
		shift -= TABLE_BITS;
		index = ia >> shift & (TABLE_ENTRIES - 1);
	}

	descriptor_leaf(root, desc, level, leaf);
	if (leaf->kind == LEAF_MAPPED)
		leaf->pa += ALIGN_DOWN(ia & (BIT(shift) - 1), MAP_PAGE_SIZE);
}

void table_lookup(const struct phys *phys, const struct table_root *root, u64 ia, struct leaf *leaf)
{
	if (ia >> root->ia_bits)
		descriptor_leaf(root, 0, -1, leaf);
	else
		lookup_below(phys, root, root->base, root->start_level, ia, leaf);
}

#define PATH_LEVEL 2

static bool still_leads(const struct table_path *path, u64 ia)
{
	return path->entry[0] && path->range == ia >> level_shift(PATH_LEVEL - 1) &&
	       !((*path->entry[0] ^ path->held[0]) | (*path->entry[1] ^ path->held[1]));
}

/* Return: is there a table of %PATH_LEVEL for @ia? If not, the path of before is left. */
static bool find_path(const struct phys *phys, const struct table_root *root,
                      struct table_path *path, u64 ia)
{
	struct table_path found = { .range = ia >> level_shift(PATH_LEVEL - 1),
		                    .table = root->base };
	u64 index = ia >> level_shift(root->start_level);

	for (int level = root->start_level; level < PATH_LEVEL; level++) {
		const u64 *entry = phys_ptr(phys, found.table + index * sizeof(u64), sizeof(u64));

		if (!entry || !descriptor_is_table(*entry, level))
			return false;
		/* Where there is no level 0, its part is taken by the same again. */
		for (int n = level; n >= 0 && !found.entry[n]; n--) {
			found.entry[n] = entry;
			found.held[n] = *entry;
		}
		found.table = *entry & DESC_NEXT_TABLE;
		index = ia >> level_shift(level + 1) & (TABLE_ENTRIES - 1);
	}
	if (!found.entry[0])
		return false;
	*path = found;

	return true;
}

void table_lookup_by(const struct phys *phys, const struct table_root *root,
                     struct table_path *path, u64 ia, struct leaf *leaf)
{
	if (!(ia >> root->ia_bits) && (still_leads(path, ia) || find_path(phys, root, path, ia)))
		lookup_below(phys, root, path->table, PATH_LEVEL, ia, leaf);
	else
		table_lookup(phys, root, ia, leaf);
}

struct walk {
	const struct phys *phys;
	const struct table_root *root;
	const struct table_visitor *visit;
	void *arg;
	unsigned int tables;
};

static int walk_table(struct walk *walk, u64 table, int level, u64 ia)
{
	const u64 *descs = phys_ptr(walk->phys, table, TABLE_ENTRIES * sizeof(u64));
	unsigned int entries = 0;

	if (!descs || ++walk->tables > MAX_TABLES)
		return -1;

	for (unsigned int i = 0; i < TABLE_ENTRIES; i++) {
		u64 at = ia + ((u64)i << level_shift(level));
		struct leaf leaf;

		if (!descs[i])
			continue;
		entries++;
		if (descriptor_is_table(descs[i], level)) {
			if (walk_table(walk, descs[i] & DESC_NEXT_TABLE, level + 1, at))
				return -1;
			continue;
		}
		descriptor_leaf(walk->root, descs[i], level, &leaf);
		walk->visit->leaf(walk->arg, at, &leaf);
	}
	if (walk->visit->table)
		walk->visit->table(walk->arg, table, level, entries);

	return 0;
}

int table_walk_below(const struct phys *phys, const struct table_root *root, u64 table, int level,
                     u64 ia, const struct table_visitor *visit, void *arg)
{
	struct walk walk = { .phys = phys, .root = root, .visit = visit, .arg = arg };

	return walk_table(&walk, table, level, ia);
}

int table_walk(const struct phys *phys, const struct table_root *root,
               const struct table_visitor *visit, void *arg)
{
	struct walk walk = { .phys = phys, .root = root, .visit = visit, .arg = arg };
	unsigned int span = level_shift(root->start_level) + TABLE_BITS;

	/* Concatenated first-level tables (D8.2.2) */
	for (u64 ia = 0, table_pa = root->base; !(ia >> root->ia_bits);
	     ia += BIT(span), table_pa += MAP_PAGE_SIZE) {
		if (walk_table(&walk, table_pa, root->start_level, ia))
			return -1;
	}

	return 0;
}
