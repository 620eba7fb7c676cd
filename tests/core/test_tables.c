// SPDX-License-Identifier: GPL-2.0-only
/* The observers' own walkers, over page tables made by hand. */
#include "core/observe/observe.h"
#include "tests/replay/cmocka_test.h"

#include "tree.h"

#define BASE 0x40000000ULL
#define PAGE(n) (BASE + (n) * MAP_PAGE_SIZE)
#define MAX_SEEN 2048

#define VALID_PAGE 3ULL
#define VALID_BLOCK 1ULL
#define TABLE 3ULL

#define S2_RW (BIT(6) | BIT(7))
#define S2_NORMAL (0xfULL << 2)
#define S1_XN BIT(54)
#define S1_RO BIT(7)

static struct memory_map map;
static struct phys phys;

static struct seen {
	struct {
		u64 ia;
		struct leaf leaf;
	} leaves[MAX_SEEN], lost[MAX_SEEN];
	struct {
		u64 pa;
		int level;
		unsigned int entries;
	} tables[MAX_SEEN];
	unsigned int nr_leaves, nr_lost, nr_tables;
} seen;

static void set(u64 table, unsigned int index, u64 desc)
{
	memcpy(phys_ptr(&phys, table + index * sizeof(u64), sizeof(u64)), &desc, sizeof(desc));
}

static void see_leaf(void *arg, u64 ia, const struct leaf *leaf)
{
	assert_ptr_equal(arg, &seen);
	if (seen.nr_leaves < MAX_SEEN) {
		seen.leaves[seen.nr_leaves].ia = ia;
		seen.leaves[seen.nr_leaves].leaf = *leaf;
	}
	seen.nr_leaves++;
}

static void see_table(void *arg, u64 pa, int level, unsigned int entries)
{
	assert_ptr_equal(arg, &seen);
	if (seen.nr_tables < MAX_SEEN) {
		seen.tables[seen.nr_tables].pa = pa;
		seen.tables[seen.nr_tables].level = level;
		seen.tables[seen.nr_tables].entries = entries;
	}
	seen.nr_tables++;
}

static void see_lost(void *arg, u64 ia, const struct leaf *leaf)
{
	assert_ptr_equal(arg, &seen);
	if (seen.nr_lost < MAX_SEEN) {
		seen.lost[seen.nr_lost].ia = ia;
		seen.lost[seen.nr_lost].leaf = *leaf;
	}
	seen.nr_lost++;
}

static const struct table_visitor leaves_only = { .leaf = see_leaf };
static const struct table_visitor all = { .leaf = see_leaf, .table = see_table, .lost = see_lost };

static int walk(const struct table_root *root)
{
	memset(&seen, 0, sizeof(seen));
	return table_walk(&phys, root, &all, &seen);
}

static struct leaf lookup(const struct table_root *root, u64 ia)
{
	struct leaf leaf;

	table_lookup(&phys, root, ia, &leaf);
	return leaf;
}

static struct leaf stage2_leaf(u64 desc, bool fwb)
{
	const struct table_root root = { .stage2 = true, .fwb = fwb };
	struct leaf leaf;

	descriptor_leaf(&root, desc, 3, &leaf);
	return leaf;
}

static struct leaf stage1_leaf(u64 desc, u64 mair)
{
	const struct table_root root = { .mair = mair };
	struct leaf leaf;

	descriptor_leaf(&root, desc, 3, &leaf);
	return leaf;
}

/* Level 1 in page 0, level 2 in page 1, level 3 in page 2. */
static struct table_root three_levels(void)
{
	const struct table_root root = {
		.base = PAGE(0), .start_level = 1, .ia_bits = 39, .stage2 = true
	};

	set(PAGE(0), 1, PAGE(1) | TABLE);
	set(PAGE(1), 2, PAGE(2) | TABLE);
	return root;
}

static void vtcr_gives_size_and_first_level(void **state)
{
	struct table_root root;

	(void)state;
	root_from_vtcr(&root, PAGE(3) | BIT(48) | 1, 24 | 1 << 6, true);
	assert_int_equal(root.base, PAGE(3));
	assert_int_equal(root.ia_bits, 40);
	assert_int_equal(root.start_level, 1);
	assert_true(root.stage2 && root.fwb);
	root_from_vtcr(&root, PAGE(3), 20 | 2 << 6, false);
	assert_int_equal(root.ia_bits, 44);
	assert_int_equal(root.start_level, 0);
	assert_false(root.fwb);
	root_from_vtcr(&root, PAGE(3), 32, false);
	assert_int_equal(root.start_level, 2);
}

static void tcr_gives_size_and_first_level(void **state)
{
	static const struct {
		unsigned int bits;
		int level;
	} sizes[] = { { 48, 0 }, { 40, 0 }, { 39, 1 }, { 31, 1 }, { 30, 2 }, { 25, 2 } };
	struct table_root root;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		root_from_tcr(&root, PAGE(4) | 1, 64 - sizes[i].bits, 0x12345);
		assert_int_equal(root.base, PAGE(4));
		assert_int_equal(root.ia_bits, sizes[i].bits);
		assert_int_equal(root.start_level, sizes[i].level);
		assert_int_equal(root.mair, 0x12345);
		assert_false(root.stage2);
	}
}

static void a_page_is_found_through_all_levels(void **state)
{
	struct table_root root = three_levels();
	u64 ia = BIT(30) + 2 * BIT(21) + 7 * BIT(12);
	struct leaf leaf;

	(void)state;
	set(PAGE(2), 7, PAGE(9) | VALID_PAGE | S2_RW | S2_NORMAL);
	leaf = lookup(&root, ia + 0x123);
	assert_int_equal(leaf.kind, LEAF_MAPPED);
	assert_int_equal(leaf.level, 3);
	assert_int_equal(leaf.pa, PAGE(9));
	assert_int_equal(leaf.raw, PAGE(9) | VALID_PAGE | S2_RW | S2_NORMAL);
	assert_int_equal(lookup(&root, ia + MAP_PAGE_SIZE).kind, LEAF_NONE);
	assert_int_equal(lookup(&root, ia + MAP_PAGE_SIZE).level, 3);
	assert_int_equal(lookup(&root, ia + BIT(21)).level, 2);
	assert_int_equal(lookup(&root, 0).level, 1);

	assert_int_equal(walk(&root), 0);
	assert_int_equal(seen.nr_leaves, 1);
	assert_int_equal(seen.leaves[0].ia, ia);
	assert_int_equal(seen.leaves[0].leaf.pa, PAGE(9));
}

/* By the path of the lookup before, too, wherever that led. */
static void a_path_leads_where_a_walk_does(void **state)
{
	struct table_root root = three_levels();
	const u64 page = BIT(30) + 2 * BIT(21) + 7 * BIT(12);
	const u64 places[] = { page,        page + BIT(12), page + BIT(21), 5 * BIT(30),
		               6 * BIT(30), page,           BIT(39) };
	struct table_path path = { 0 };

	(void)state;
	set(PAGE(2), 7, PAGE(9) | VALID_PAGE | S2_RW | S2_NORMAL);
	set(PAGE(3), 2, PAGE(4) | TABLE);
	set(PAGE(4), 7, PAGE(10) | VALID_PAGE | S2_RW | S2_NORMAL);
	set(PAGE(0), 5, 0xc0000000 | VALID_BLOCK | S2_RW | S2_NORMAL);
	/* Another table, none, a block, and the first again: by the entries above, which are read each time. */
	for (u64 entry = 0; entry < 5; entry++) {
		const u64 above[] = { PAGE(1) | TABLE, PAGE(3) | TABLE, 0, 0x80000000 | VALID_BLOCK,
			              PAGE(1) | TABLE };

		set(PAGE(0), 1, above[entry]);
		for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
			struct leaf walked, led;

			table_lookup(&phys, &root, places[i], &walked);
			table_lookup_by(&phys, &root, &path, places[i], &led);
			assert_memory_equal(&walked, &led, sizeof(led));
		}
	}
}

static void a_block_translates_each_of_its_pages(void **state)
{
	struct table_root root = three_levels();
	u64 ia = BIT(30) + 3 * BIT(21);

	(void)state;
	set(PAGE(1), 3, 0x80000000 | VALID_BLOCK | S2_RW | S2_NORMAL);
	set(PAGE(0), 5, 0xc0000000 | VALID_BLOCK | S2_RW | S2_NORMAL);
	for (u64 off = 0; off < BIT(21); off += MAP_PAGE_SIZE) {
		struct leaf leaf = lookup(&root, ia + off + 8);

		assert_int_equal(leaf.kind, LEAF_MAPPED);
		assert_int_equal(leaf.level, 2);
		assert_int_equal(leaf.pa, 0x80000000 + off);
	}
	assert_int_equal(lookup(&root, 5 * BIT(30) + 0x12345678).pa, 0xc0000000 + 0x12345000);
	assert_int_equal(lookup(&root, 5 * BIT(30)).level, 1);

	assert_int_equal(walk(&root), 0);
	assert_int_equal(seen.nr_leaves, 2);
	assert_int_equal(seen.leaves[0].ia, ia);
	assert_int_equal(seen.leaves[0].leaf.pa, 0x80000000);
	assert_int_equal(seen.leaves[1].ia, 5 * BIT(30));
	assert_int_equal(seen.leaves[1].leaf.level, 1);
}

static void every_table_is_visited_with_its_entries(void **state)
{
	struct table_root root = three_levels();

	(void)state;
	set(PAGE(2), 0, PAGE(9) | VALID_PAGE);
	set(PAGE(2), 511, TREE_owner_hyp << 1 | 0x10);
	set(PAGE(1), 0, 0x80000000 | VALID_BLOCK);
	assert_int_equal(walk(&root), 0);
	assert_int_equal(seen.nr_tables, 3);
	/* After what it holds */
	assert_int_equal(seen.tables[0].pa, PAGE(2));
	assert_int_equal(seen.tables[0].level, 3);
	assert_int_equal(seen.tables[0].entries, 2);
	assert_int_equal(seen.tables[1].pa, PAGE(1));
	assert_int_equal(seen.tables[1].entries, 2);
	assert_int_equal(seen.tables[2].pa, PAGE(0));
	assert_int_equal(seen.tables[2].level, 1);
	assert_int_equal(seen.tables[2].entries, 1);
	assert_int_equal(seen.nr_leaves, 3);
	assert_int_equal(table_walk(&phys, &root, &leaves_only, &seen), 0);
}

/* Page 40 stands for the vmemmap, one word a page. */
static void remember_boot(struct observer *obs, const struct table_root *root)
{
	static u64 hyp_pages[64], boot_words[64];

	*obs = (struct observer){ .phys = &phys, .map = &map };
	obs->hyp_pages = hyp_pages;
	obs->boot_words = boot_words;
	for (u64 i = 0; i < ARRAY_SIZE(hyp_pages); i++)
		hyp_pages[i] = PAGE(40) + i * sizeof(u64);
	assert_int_equal(boot_tables_init(&obs->boot[WALK_HOST_S2], obs, root), 0);
}

static void changes(struct observer *obs, int ret)
{
	memset(&seen, 0, sizeof(seen));
	assert_int_equal(table_walk_changes(obs, &obs->boot[WALK_HOST_S2], &all, &seen), ret);
}

static void only_what_changed_is_visited(void **state)
{
	struct table_root root = three_levels();
	u64 ia = BIT(30) + 2 * BIT(21);
	struct observer obs;

	(void)state;
	set(PAGE(2), 7, PAGE(9) | VALID_PAGE | S2_RW);
	set(PAGE(2), 8, PAGE(10) | VALID_PAGE | S2_RW);
	set(PAGE(1), 3, 0x80000000 | VALID_BLOCK | S2_RW);
	remember_boot(&obs, &root);
	changes(&obs, 0);
	assert_int_equal(seen.nr_leaves + seen.nr_lost + seen.nr_tables, 0);

	/* One goes, one comes, one is replaced. */
	set(PAGE(2), 7, 0);
	set(PAGE(2), 9, PAGE(11) | VALID_PAGE | S2_RW);
	set(PAGE(2), 8, PAGE(12) | VALID_PAGE | S2_RW);
	changes(&obs, 0);
	assert_int_equal(seen.nr_lost, 2);
	assert_int_equal(seen.lost[0].ia, ia + 7 * BIT(12));
	assert_int_equal(seen.lost[0].leaf.pa, PAGE(9));
	assert_int_equal(seen.lost[1].ia, ia + 8 * BIT(12));
	assert_int_equal(seen.lost[1].leaf.pa, PAGE(10));
	assert_int_equal(seen.nr_leaves, 2);
	assert_int_equal(seen.leaves[0].ia, ia + 8 * BIT(12));
	assert_int_equal(seen.leaves[0].leaf.pa, PAGE(12));
	assert_int_equal(seen.leaves[1].ia, ia + 9 * BIT(12));
	assert_int_equal(seen.nr_tables, 1);
	assert_int_equal(seen.tables[0].pa, PAGE(2));
	assert_int_equal(seen.tables[0].entries, 2);
	boot_tables_release(&obs.boot[WALK_HOST_S2]);
}

static void a_table_that_comes_or_goes_takes_its_leaves_along(void **state)
{
	struct table_root root = three_levels();
	struct observer obs;

	(void)state;
	set(PAGE(2), 7, PAGE(9) | VALID_PAGE | S2_RW);
	set(PAGE(1), 3, 0x80000000 | VALID_BLOCK | S2_RW);
	remember_boot(&obs, &root);

	/* The table is unlinked, and then written to, which is nobody's business. */
	set(PAGE(1), 2, 0);
	set(PAGE(2), 8, PAGE(10) | VALID_PAGE | S2_RW);
	/* The block becomes a table of pages. */
	set(PAGE(1), 3, PAGE(3) | TABLE);
	set(PAGE(3), 1, 0x80001000 | VALID_PAGE | S2_RW);
	changes(&obs, 0);
	assert_int_equal(seen.nr_lost, 2);
	assert_int_equal(seen.lost[0].ia, BIT(30) + 2 * BIT(21) + 7 * BIT(12));
	assert_int_equal(seen.lost[1].ia, BIT(30) + 3 * BIT(21));
	assert_int_equal(seen.lost[1].leaf.level, 2);
	assert_int_equal(seen.nr_leaves, 1);
	assert_int_equal(seen.leaves[0].ia, BIT(30) + 3 * BIT(21) + BIT(12));
	assert_int_equal(seen.nr_tables, 2);
	assert_int_equal(seen.tables[0].pa, PAGE(3));
	assert_int_equal(seen.tables[1].pa, PAGE(1));
	assert_int_equal(seen.tables[1].entries, 1);

	/* Linked again at another place, it is new there. */
	set(PAGE(1), 5, PAGE(2) | TABLE);
	changes(&obs, 0);
	assert_int_equal(seen.nr_lost, 2);
	assert_int_equal(seen.nr_leaves, 3);
	assert_int_equal(seen.leaves[1].ia, BIT(30) + 5 * BIT(21) + 7 * BIT(12));

	set(PAGE(1), 6, BIT(45) | TABLE);
	changes(&obs, -1);
	boot_tables_release(&obs.boot[WALK_HOST_S2]);
}

static void a_table_is_visited_when_its_refcount_changed(void **state)
{
	struct table_root root = three_levels();
	struct observer obs;

	(void)state;
	remember_boot(&obs, &root);
	set(PAGE(40), map_page_index(&map, PAGE(1)), 1);
	changes(&obs, 0);
	assert_int_equal(seen.nr_leaves + seen.nr_lost, 0);
	assert_int_equal(seen.nr_tables, 1);
	assert_int_equal(seen.tables[0].pa, PAGE(1));
	boot_tables_release(&obs.boot[WALK_HOST_S2]);
}

static void first_level_tables_in_a_row_are_one(void **state)
{
	struct table_root root = {
		.base = PAGE(8), .start_level = 1, .ia_bits = 42, .stage2 = true
	};

	(void)state;
	/* 2^(42 - 39) tables */
	for (u64 n = 0; n < 8; n++)
		set(PAGE(8 + n), n, (n + 1) << 30 | VALID_BLOCK);
	assert_int_equal(walk(&root), 0);
	assert_int_equal(seen.nr_tables, 8);
	assert_int_equal(seen.nr_leaves, 8);
	for (u64 n = 0; n < 8; n++) {
		u64 ia = n << 39 | n << 30;

		assert_int_equal(seen.tables[n].pa, PAGE(8 + n));
		assert_int_equal(seen.leaves[n].ia, ia);
		assert_int_equal(lookup(&root, ia).kind, LEAF_MAPPED);
		assert_int_equal(lookup(&root, ia).pa, (n + 1) << 30);
	}
	assert_int_equal(lookup(&root, BIT(42)).level, -1);
}

static void beyond_the_input_size_there_is_no_leaf(void **state)
{
	struct table_root root = three_levels();
	static const u64 ias[] = { BIT(39), BIT(39) + BIT(30), BIT(63), ~0ULL };

	(void)state;
	for (unsigned int i = 0; i < 512; i++)
		set(PAGE(0), i, (u64)i << 30 | VALID_BLOCK | S2_RW);
	assert_int_equal(lookup(&root, BIT(39) - 1).kind, LEAF_MAPPED);
	for (size_t i = 0; i < ARRAY_SIZE(ias); i++) {
		assert_int_equal(lookup(&root, ias[i]).kind, LEAF_NONE);
		assert_int_equal(lookup(&root, ias[i]).level, -1);
	}
}

static void every_stage_2_permission_is_read(void **state)
{
	static const u8 exec[] = { PERM_X, PERM_UX, 0, PERM_PX };

	(void)state;
	for (unsigned int bits = 0; bits < 16; bits++) {
		u64 desc = PAGE(9) | VALID_PAGE | S2_NORMAL | (bits & 1 ? BIT(6) : 0) |
		           (bits & 2 ? BIT(7) : 0) | (u64)(bits >> 2) << 53;
		u8 perm = (bits & 1 ? PERM_R : 0) | (bits & 2 ? PERM_W : 0) | exec[bits >> 2];

		assert_int_equal(stage2_leaf(desc, false).kind, LEAF_MAPPED);
		assert_int_equal(stage2_leaf(desc, false).perm, perm);
		assert_int_equal(stage2_leaf(desc, true).perm, perm);
		/* Neither shareability, nor the access flag, nor software bits are permissions. */
		assert_int_equal(stage2_leaf(desc | BIT(10) | 3 << 8 | 0xfULL << 55, false).perm,
		                 perm);
	}
}

static void every_stage_2_memory_type_is_read(void **state)
{
	(void)state;
	for (u64 attr = 0; attr < 16; attr++) {
		u64 desc = PAGE(9) | VALID_PAGE | attr << 2;
		enum mem_type plain = attr < 4 ? MEM_DEVICE : attr == 15 ? MEM_NORMAL : MEM_OTHER;
		enum mem_type fwb = attr < 4               ? MEM_DEVICE :
		                    attr == 6 || attr == 7 ? MEM_NORMAL :
		                                             MEM_OTHER;

		assert_int_equal(stage2_leaf(desc, false).type, plain);
		assert_int_equal(stage2_leaf(desc, true).type, fwb);
	}
}

static void every_stage_1_permission_is_read(void **state)
{
	static const struct {
		u64 bits;
		u8 perm;
	} perms[] = {
		{ 0, PERM_R | PERM_W | PERM_X },
		{ S1_RO, PERM_R | PERM_X },
		{ S1_XN, PERM_R | PERM_W },
		{ S1_RO | S1_XN, PERM_R },
		/* PXN is not of this regime. */
		{ BIT(53), PERM_R | PERM_W | PERM_X },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(perms); i++)
		assert_int_equal(stage1_leaf(PAGE(9) | VALID_PAGE | perms[i].bits, 0xff).perm,
		                 perms[i].perm);
}

static void the_stage_1_memory_type_comes_from_mair(void **state)
{
	const u64 mair = 0x00ff44f00c04ff00; /* index 7 .. index 0 */
	static const enum mem_type types[] = {
		MEM_DEVICE, MEM_NORMAL, MEM_DEVICE, MEM_DEVICE,
		MEM_OTHER,  MEM_OTHER,  MEM_NORMAL, MEM_DEVICE,
	};

	(void)state;
	for (u64 index = 0; index < 8; index++)
		assert_int_equal(stage1_leaf(PAGE(9) | VALID_PAGE | index << 2, mair).type,
		                 types[index]);
}

static u64 field(u64 mask, u64 value)
{
	return mask ? value << __builtin_ctzll(mask) & mask : 0;
}

static u64 annotation(u64 owner, u64 meta)
{
	return field(TREE_invalid_pte_type_mask, TREE_invalid_pte_type_donation) |
	       field(TREE_donation_owner_mask, owner) | field(TREE_donation_extra_mask, meta);
}

static void an_annotation_names_the_owner(void **state)
{
	static const struct {
		u64 id;
		enum owner owner;
	} owners[] = {
		{ TREE_owner_host, OWNER_HOST },
		{ TREE_owner_hyp, OWNER_HYP },
#if HAS_guest_stage2
		{ TREE_owner_guest, OWNER_GUEST },
#endif
		{ ~0ULL, OWNER_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(owners); i++) {
		const u64 desc = annotation(owners[i].id, 0x1234567);
		struct leaf leaf = stage2_leaf(desc, false);

		/* Where only the owner is noted, the host's pages have no annotation. */
		if (!desc) {
			assert_int_equal(leaf.kind, LEAF_NONE);
			continue;
		}
		assert_int_equal(leaf.kind, LEAF_DONATED);
		assert_int_equal(leaf.owner, owners[i].owner);
		assert_int_equal(leaf.meta, TREE_donation_extra_mask ? 0x1234567 : 0);
	}
}

static void an_annotation_with_a_stray_bit_is_none(void **state)
{
	const u64 known =
		TREE_invalid_pte_type_mask | TREE_donation_owner_mask | TREE_donation_extra_mask;
	const u64 desc = annotation(TREE_owner_hyp, 0);

	(void)state;
	/* Bit 0 makes it valid; what a tree leaves unused must stay zero. */
	for (int bit = 1; bit < 64; bit++) {
		enum leaf_kind kind = stage2_leaf(desc ^ BIT(bit), false).kind;

		if (BIT(bit) & TREE_invalid_pte_type_mask || !(BIT(bit) & known))
			assert_int_equal(kind, LEAF_OTHER);
		else
			assert_int_equal(kind, desc ^ BIT(bit) ? LEAF_DONATED : LEAF_NONE);
	}
}

static void another_type_of_invalid_entry_is_no_annotation(void **state)
{
	(void)state;
	for (u64 type = 0; type < 1u << __builtin_popcountll(TREE_invalid_pte_type_mask); type++) {
		u64 desc = field(TREE_invalid_pte_type_mask, type) |
		           field(TREE_donation_owner_mask, TREE_owner_hyp);

		assert_int_equal(stage2_leaf(desc, false).kind,
		                 type == TREE_invalid_pte_type_donation ? LEAF_DONATED :
		                                                          LEAF_OTHER);
	}
	assert_int_equal(stage2_leaf(0, false).kind, LEAF_NONE);
}

static void stage_1_has_no_annotations(void **state)
{
	(void)state;
	assert_int_equal(stage1_leaf(annotation(TREE_owner_hyp, 1), 0xff).kind, LEAF_OTHER);
	assert_int_equal(stage1_leaf(0, 0xff).kind, LEAF_NONE);
}

static void reserved_encodings_map_nothing(void **state)
{
	const struct table_root root = { .stage2 = true };
	struct leaf leaf;

	(void)state;
	assert_int_equal(stage2_leaf(PAGE(9) | VALID_BLOCK | S2_RW, false).kind, LEAF_OTHER);
	descriptor_leaf(&root, VALID_BLOCK | S2_RW, 0, &leaf);
	assert_int_equal(leaf.kind, LEAF_OTHER);
	for (int level = 1; level <= 2; level++) {
		descriptor_leaf(&root, VALID_BLOCK | S2_RW, level, &leaf);
		assert_int_equal(leaf.kind, LEAF_MAPPED);
	}
}

static void a_table_that_points_into_itself_is_broken(void **state)
{
	struct table_root root = {
		.base = PAGE(0), .start_level = 0, .ia_bits = 48, .stage2 = true
	};

	(void)state;
	for (unsigned int i = 0; i < 512; i++)
		set(PAGE(0), i, PAGE(0) | TABLE);
	assert_int_equal(walk(&root), -1);
	/* A lookup takes as many steps as there are levels. */
	assert_int_equal(lookup(&root, 0x123456789000).kind, LEAF_MAPPED);
	assert_int_equal(lookup(&root, 0x123456789000).pa, PAGE(0));
}

static void a_table_outside_memory_is_broken(void **state)
{
	static const u64 outside[] = { 0, 0x1000, BASE - MAP_PAGE_SIZE, BASE + 0x2000000,
		                       GENMASK(47, 12) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(outside); i++) {
		struct table_root root = three_levels();

		set(PAGE(1), 4, outside[i] | TABLE);
		assert_int_equal(walk(&root), -1);
		assert_int_equal(lookup(&root, BIT(30) + 4 * BIT(21)).kind, LEAF_NONE);
		root.base = outside[i];
		assert_int_equal(walk(&root), -1);
	}
}

static void memory_is_read_only_where_there_is_some(void **state)
{
	(void)state;
	set(PAGE(0), 0, 0x1122334455667788);
	assert_int_equal(phys_read64(&phys, PAGE(0)), 0x1122334455667788);
	assert_int_equal(phys_read64(&phys, BASE - 8), 0);
	assert_int_equal(phys_read64(&phys, BASE + phys.size), 0);
	assert_non_null(phys_ptr(&phys, BASE + phys.size - 8, 8));
	assert_null(phys_ptr(&phys, BASE + phys.size - 4, 8));
	assert_null(phys_ptr(&phys, BASE, phys.size + 1));
	assert_null(phys_ptr(&phys, ~0ULL, 1));
}

static void touching_regions_are_one_piece_of_memory(void **state)
{
	struct memory_map holes;
	struct phys mem;
	struct error err;

	(void)state;
	map_init(&holes, LAYOUT_HOLES, 44, BIT(47));
	assert_int_equal(phys_init(&mem, &holes, &err), 0);
	assert_true(mem.nr_segments < holes.nr_regions);
	for (u64 i = 0; i < holes.nr_pages; i++)
		assert_non_null(phys_ptr(&mem, map_page_pa(&holes, i), MAP_PAGE_SIZE));
	assert_int_equal(mem.size, holes.nr_pages << MAP_PAGE_SHIFT);
	phys_release(&mem);
}

static void a_reset_brings_the_snapshot_back(void **state)
{
	struct phys mem;
	struct error err;
	u8 *bytes;

	(void)state;
	assert_int_equal(phys_init(&mem, &map, &err), 0);
	bytes = phys_ptr(&mem, BASE, mem.size);
	memset(bytes, 0x5a, 3 * MAP_PAGE_SIZE);
	assert_int_equal(phys_snapshot(&mem, &err), 0);
	for (int i = 0; i < 3; i++) {
		memset(bytes, i, MAP_PAGE_SIZE);
		bytes[mem.size - 1] = 7;
		phys_reset(&mem);
		assert_int_equal(bytes[0], 0x5a);
		assert_int_equal(bytes[3 * MAP_PAGE_SIZE - 1], 0x5a);
		assert_int_equal(bytes[mem.size - 1], 0);
	}
	phys_release(&mem);
}

static int fresh_memory(void **state)
{
	struct error err;

	(void)state;
	map_init(&map, LAYOUT_SMALL, 44, BIT(47));
	return phys_init(&phys, &map, &err);
}

static int release_memory(void **state)
{
	(void)state;
	phys_release(&phys);
	return 0;
}

#define over_memory(test) cmocka_unit_test_setup_teardown(test, fresh_memory, release_memory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		over_memory(vtcr_gives_size_and_first_level),
		over_memory(tcr_gives_size_and_first_level),
		over_memory(a_page_is_found_through_all_levels),
		over_memory(a_path_leads_where_a_walk_does),
		over_memory(a_block_translates_each_of_its_pages),
		over_memory(every_table_is_visited_with_its_entries),
		over_memory(only_what_changed_is_visited),
		over_memory(a_table_that_comes_or_goes_takes_its_leaves_along),
		over_memory(a_table_is_visited_when_its_refcount_changed),
		over_memory(first_level_tables_in_a_row_are_one),
		over_memory(beyond_the_input_size_there_is_no_leaf),
		over_memory(every_stage_2_permission_is_read),
		over_memory(every_stage_2_memory_type_is_read),
		over_memory(every_stage_1_permission_is_read),
		over_memory(the_stage_1_memory_type_comes_from_mair),
		over_memory(an_annotation_names_the_owner),
		over_memory(an_annotation_with_a_stray_bit_is_none),
		over_memory(another_type_of_invalid_entry_is_no_annotation),
		over_memory(stage_1_has_no_annotations),
		over_memory(reserved_encodings_map_nothing),
		over_memory(a_table_that_points_into_itself_is_broken),
		over_memory(a_table_outside_memory_is_broken),
		over_memory(memory_is_read_only_where_there_is_some),
		over_memory(touching_regions_are_one_piece_of_memory),
		over_memory(a_reset_brings_the_snapshot_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
