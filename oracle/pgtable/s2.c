// SPDX-License-Identifier: GPL-2.0-only
/* Stage 2: what the functions kvm_pgtable_stage2_*() promise. */
#include "oracle/pgtable/model.h"

/* At least two levels, and at most sixteen tables in a row at the first one (Arm ARM D8.2.2). */
static int first_level(unsigned int ia_bits)
{
	int level = PT_LAST_LEVEL - 1;

	while (ia_bits > pgtable_shift(level - 1) + 4)
		level--;
	return level;
}

static unsigned int nr_first_tables(unsigned int ia_bits)
{
	return ((BIT(ia_bits) - 1) >> pgtable_shift(first_level(ia_bits) - 1)) + 1;
}

static bool good_ia_bits(const struct pt_model *m, u64 ia_bits)
{
	return ia_bits >= PGTABLE_MIN_IA_BITS && ia_bits <= m->pa_bits;
}

/* Inner Shareable, that PA space, and the first level as each granule counts it (Arm ARM D8.2, VTCR_EL2) */
static u64 vtcr_format(const struct pt_model *m)
{
	const u64 tg0 = PGTABLE_PAGE_SHIFT == 12 ? 0 : PGTABLE_PAGE_SHIFT == 14 ? 2 : 1;
	const u64 sl0 = (PGTABLE_PAGE_SHIFT == 12 ? 2 : 3) - m->s2.start_level;
	const u64 ps = m->pa_bits == 52 ? 6 : 5, ds = pt_has(m, CAP_lpa2);

	return (64 - m->s2.ia_bits) | sl0 << 6 | 3 << 12 | tg0 << 14 | ps << 16 | ds << 32;
}

static s64 init(struct pt_model *m, const u64 *args)
{
	struct pt_table *t = &m->s2;
	u64 span;

	if (t->nr_roots || args[0] == PGTABLE_STYLE_early || args[0] >= PGTABLE_STYLE_COUNT ||
	    !good_ia_bits(m, args[1]))
		return PGTABLE_REFUSED;
	if (!args[3])
		return PT_E_NOMEM;

	t->made = true;
	t->style = args[0];
	t->ia_bits = args[1];
	t->flags =
		args[2] & (PGTABLE_IDMAP |
	                   (tree_has(m->info, FEATURE_host_fwb) ? PGTABLE_AS_S1 : PGTABLE_NOFWB));
	t->start_level = first_level(t->ia_bits);
	t->nr_roots = nr_first_tables(t->ia_bits);
	span = pt_granule(t->start_level - 1);
	for (unsigned int i = 0; i < t->nr_roots; i++)
		t->roots[i] = pt_alloc_root(m, t->start_level, i * span);
	m->expect.value[0] = vtcr_format(m);

	return 0;
}

static s64 destroy(struct pt_model *m)
{
	struct pt_table *t = &m->s2;

	if (!t->nr_roots || t->style == PGTABLE_STYLE_host)
		return PGTABLE_REFUSED;
	for (unsigned int i = 0; i < t->nr_roots; i++)
		pt_free_tree(m, t->roots[i]);
	t->nr_roots = 0;

	return 0;
}

/* Only with FEAT_XNX can one of EL1 and EL0 execute without the other. */
static bool good_exec(const struct pt_model *m, u64 prot)
{
	return pt_has(m, CAP_xnx) || !(prot & PGTABLE_PX) == !(prot & PGTABLE_UX);
}

/* What a caller's prot means for a mapping. Return: 0 or what is wrong with it. */
static int mapping(const struct pt_model *m, u64 prot, struct pt_entry *entry)
{
	u64 type = prot & (PGTABLE_DEVICE | PGTABLE_NC);

	prot = pt_prot(m, prot);
	/* At most one type, and only normal memory is executed. */
	if (type == (PGTABLE_DEVICE | PGTABLE_NC) || (type && prot & PGTABLE_X))
		return PT_E_INVAL;
	if (!good_exec(m, prot))
		return PT_E_INVAL;

	*entry = (struct pt_entry){
		.kind = PT_MAPPED,
		.young = true,
		.prot = prot & (PGTABLE_RWX | PGTABLE_SW),
		.mem = m->s2.flags & PGTABLE_AS_S1 ? PT_MEM_AS_S1 :
		       type == PGTABLE_DEVICE      ? PT_MEM_DEVICE :
		       type == PGTABLE_NC          ? PT_MEM_NC :
		                                     PT_MEM_NORMAL,
	};
	return 0;
}

static bool cacheable(const struct pt_entry *entry)
{
	return entry->kind == PT_MAPPED &&
	       (entry->mem == PT_MEM_NORMAL || entry->mem == PT_MEM_AS_S1);
}

static bool does_cmos(const struct pt_model *m)
{
	return m->s2.style == PGTABLE_STYLE_guest || m->s2.style == PGTABLE_STYLE_kvm;
}

/* Mapping, annotating and filling a table that is linked to nothing */
struct map {
	struct pt_entry entry; /* value: where the range begins, for mappings */
	bool no_blocks;
	bool cache; /* there is a memcache */
};

static u64 phys_at(const struct pt_walk *walk, const struct map *map)
{
	return map->entry.value + (walk->at - walk->start);
}

static bool is_leaf_here(const struct pt_walk *walk, const struct map *map, int level)
{
	if (map->no_blocks || map->entry.kind == PT_ANNOTATED)
		return level == PT_LAST_LEVEL;
	return pt_block_fits(walk, level, phys_at(walk, map));
}

/* The same, permissions apart: who asks saw an old state, and is to look again. */
static bool only_permissions_differ(const struct pt_entry *old, const struct pt_entry *new)
{
	return old->kind == PT_MAPPED && new->kind == PT_MAPPED && old->value == new->value &&
	       old->mem == new->mem && old->young == new->young &&
	       !((old->prot ^ new->prot) & PGTABLE_SW);
}

static bool only_software_differs(const struct pt_entry *old, const struct pt_entry *new)
{
	return old->kind == PT_MAPPED && new->kind == PT_MAPPED && old->value == new->value &&
	       old->mem == new->mem && old->young == new->young &&
	       !((old->prot ^ new->prot) & ~PGTABLE_SW);
}

/* The library is about to ask for memory or for cache maintenance: another CPU may come first. */
static void let_others_in(struct pt_model *m)
{
	void (*others)(struct pt_model *m, const u64 *args) = m->others;

	m->others = NULL;
	if (others)
		others(m, m->args);
}

static bool is_same(const struct pt_entry *a, const struct pt_entry *b)
{
	return a->kind == b->kind && a->value == b->value && a->prot == b->prot &&
	       a->mem == b->mem && a->young == b->young;
}

/* What a CPU puts in the place of an entry while it changes it */
static struct pt_entry being_changed(const struct pt_model *m)
{
	return (struct pt_entry){ .kind = PT_ANNOTATED, .value = m->info->invalid_pte_locked };
}

static bool is_being_changed(const struct pt_model *m, const struct pt_entry *entry)
{
	return entry->kind == PT_ANNOTATED && entry->value == m->info->invalid_pte_locked;
}

static void clean_for(struct pt_walk *walk, const struct pt_entry *entry, u64 granule)
{
	if (entry->kind != PT_MAPPED || !does_cmos(walk->m) || walk->flags & PGTABLE_SKIP_CMO)
		return;
	if (cacheable(entry)) {
		let_others_in(walk->m);
		pt_cmo(walk->m, PGTABLE_DCACHE, entry->value, granule);
	}
	if (entry->prot & PGTABLE_X) {
		let_others_in(walk->m);
		pt_cmo(walk->m, PGTABLE_ICACHE, entry->value, granule);
	}
}

static int put_leaf(struct pt_walk *walk, const struct map *map, struct pt_node *node,
                    unsigned int i)
{
	const struct pt_entry old = node->entries[i], changing = being_changed(walk->m);
	struct pt_entry new = map->entry;

	if (new.kind == PT_MAPPED)
		new.value = pt_output(walk->m, phys_at(walk, map));
	if (only_permissions_differ(&old, &new) || is_being_changed(walk->m, &old))
		return PT_E_AGAIN;
	if (walk->flags & PGTABLE_SHARED || !only_software_differs(&old, &new)) {
		if (!(walk->flags & PGTABLE_SKIP_BBM_TLBI))
			pt_owe(walk->m, node, i);
		if (walk->m->others)
			pt_set(walk->m, node, i, &changing);
		clean_for(walk, &new, pt_granule(node->level));
	}
	if (old.kind == PT_TABLE)
		pt_free_tree(walk->m, old.child);
	pt_set(walk->m, node, i, &new);

	return 0;
}

/* A block, or nothing, makes room for a table: what the block mapped is faulted in again, lazily. */
static int put_table(struct pt_walk *walk, const struct map *map, struct pt_node *node,
                     unsigned int i)
{
	const struct pt_entry old = node->entries[i];
	struct pt_entry table = { .kind = PT_TABLE };
	u64 granule = pt_granule(node->level);

	if (!map->cache)
		return PT_E_NOMEM;
	let_others_in(walk->m);
	table.child = pt_alloc(walk->m, true, node->level + 1, node->ia + i * granule);
	if (!table.child)
		return PT_E_NOMEM;
	if (!is_same(&node->entries[i], &old) || is_being_changed(walk->m, &old)) {
		pt_free(walk->m, table.child);
		return PT_E_AGAIN;
	}
	if (!(walk->flags & PGTABLE_SKIP_BBM_TLBI))
		pt_owe(walk->m, node, i);
	pt_set(walk->m, node, i, &table);

	return 0;
}

static int map_visit(struct pt_walk *walk, struct pt_node *node, unsigned int i, unsigned int when)
{
	const struct map *map = walk->arg;

	if (is_leaf_here(walk, map, node->level))
		return put_leaf(walk, map, node, i);

	return when == PGTABLE_LEAF ? put_table(walk, map, node, i) : 0;
}

static void set_budget(struct pt_model *m, u64 cache)
{
	m->budget = cache == CACHE_NONE        ? 0 :
	            cache < PGTABLE_POOL_PAGES ? cache :
	                                         PGTABLE_POOL_PAGES;
}

static int fill(struct pt_model *m, u64 addr, u64 size, struct map *map, u64 flags)
{
	struct pt_walk walk = {
		.m = m,
		.table = &m->s2,
		.visit = map_visit,
		.arg = map,
		.flags = (flags & ~(u64)PGTABLE_TABLE_POST) | PGTABLE_TABLE_PRE | PGTABLE_LEAF,
	};

	return pt_walk_range(&walk, addr, size);
}

#define CALLERS_FLAGS \
	(PGTABLE_SHARED | PGTABLE_IGNORE_EAGAIN | PGTABLE_SKIP_BBM_TLBI | PGTABLE_SKIP_CMO)

static bool has_others(u64 flags)
{
	return flags & PGTABLE_OTHERS && flags & PGTABLE_SHARED;
}

/* The first page, from another cache */
static void others_map(struct pt_model *m, const u64 *args)
{
	struct map map = { .cache = true };
	u64 budget = m->budget;

	mapping(m, args[3], &map.entry);
	map.entry.value = ALIGN_DOWN(args[2], PT_PAGE);
	m->budget = PGTABLE_OTHERS_CACHE;
	fill(m, args[0], PT_PAGE, &map, PGTABLE_SHARED);
	m->budget = budget;
}

static s64 map(struct pt_model *m, const u64 *args)
{
	const u64 all = PGTABLE_RWX | PGTABLE_SW | PGTABLE_DEVICE | PGTABLE_NC;
	struct map map = { .cache = args[4] != CACHE_NONE };
	int ret;

	if (pt_refuses_output(m, args[2], args[1]))
		return PGTABLE_REFUSED;
	if (m->s2.flags & PGTABLE_IDMAP && args[0] != args[2]) {
		m->expect.warns = true;
		return 0;
	}
	ret = mapping(m, args[3], &map.entry);
	if (ret)
		return ret;
	map.entry.value = ALIGN_DOWN(args[2], PT_PAGE);
	/* The host's memory in blocks, what is anything else by pages: see the driver's force_pte(). */
	map.no_blocks =
		m->s2.style == PGTABLE_STYLE_host && (pt_prot(m, args[3]) & all) != PGTABLE_RWX;
	set_budget(m, args[4]);
	m->others = has_others(args[5]) ? others_map : NULL;

	return fill(m, args[0], args[1], &map, args[5] & CALLERS_FLAGS);
}

/* An annotation has a type in the bits that the tree gives to types; two of them have other uses. */
static s64 annotate(struct pt_model *m, const u64 *args)
{
	const u64 types = m->info->invalid_pte_types;
	struct map map = { .entry = { .kind = PT_ANNOTATED }, .cache = args[4] != CACHE_NONE };
	u64 type = args[2] << __builtin_ctzll(types) & types;

	if (args[3] & (types | 1))
		return PT_E_INVAL;
	if (!type || type == m->info->invalid_pte_locked)
		return PT_E_INVAL;
	map.entry.value = type | args[3];
	set_budget(m, args[4]);

	return fill(m, args[0], args[1], &map, 0);
}

/* The same where all that it says is an owner, and the first one is that there is none. */
static s64 set_owner(struct pt_model *m, const u64 *args)
{
	const u8 owner = args[2];
	struct map map = {
		.entry = { .kind = owner ? PT_ANNOTATED : PT_NONE,
		           .value = (u64)owner << __builtin_ctzll(m->info->invalid_pte_owner) },
		.no_blocks = true,
		.cache = args[3] != CACHE_NONE,
	};

	if (owner > m->info->owner_max)
		return PT_E_INVAL;
	set_budget(m, args[3]);

	return fill(m, args[0], args[1], &map, PGTABLE_IGNORE_EAGAIN);
}

/* What is there goes; a block goes as a whole, a table when it is empty. */
static int unmap_visit(struct pt_walk *walk, struct pt_node *node, unsigned int i,
                       unsigned int when)
{
	const struct pt_entry nothing = { .kind = PT_NONE };
	const struct pt_entry old = node->entries[i];

	(void)when;
	if (old.kind == PT_NONE || (old.kind == PT_TABLE && old.child->used))
		return 0;
	pt_owe(walk->m, node, i);
	if (cacheable(&old) && does_cmos(walk->m) && !pt_fwb(walk->m))
		pt_cmo(walk->m, PGTABLE_DCACHE, old.value, pt_granule(node->level));
	if (old.kind == PT_TABLE)
		pt_free(walk->m, old.child);
	pt_set(walk->m, node, i, &nothing);

	return 0;
}

static int walk_s2(struct pt_model *m, pt_visit *visit, void *arg, unsigned int flags, u64 addr,
                   u64 size)
{
	struct pt_walk walk = {
		.m = m,
		.table = &m->s2,
		.visit = visit,
		.arg = arg,
		.flags = flags,
	};

	return pt_walk_range(&walk, addr, size);
}

struct change {
	u16 set, clear; /* of prot */
	bool make_young;
	bool relax;
};

static int change_visit(struct pt_walk *walk, struct pt_node *node, unsigned int i,
                        unsigned int when)
{
	const struct change *change = walk->arg;
	const struct pt_entry old = node->entries[i];
	struct pt_entry new = old;
	bool executed = new.prot & PGTABLE_X;
	const struct pt_debt debt = {
		.ia = node->ia + i * pt_granule(node->level),
		.level = node->level,
		.kind = PT_DEBT_RELAX,
		.stage2 = true,
	};

	(void)when;
	if (new.kind != PT_MAPPED)
		return PT_E_AGAIN;
	new.prot = (new.prot & ~change->clear) | change->set;
	new.young |= change->make_young;
	if (!executed && new.prot & PGTABLE_X &&does_cmos(walk->m)) {
		let_others_in(walk->m);
		pt_cmo(walk->m, PGTABLE_ICACHE, new.value, pt_granule(node->level));
	}
	if (!is_same(&node->entries[i], &old))
		return PT_E_AGAIN;
	if (change->relax)
		pt_owe_one(walk->m, &debt);
	pt_set(walk->m, node, i, &new);

	return 0;
}

static void others_relax(struct pt_model *m, const u64 *args)
{
	struct change change = { .set = PGTABLE_R | PGTABLE_W, .relax = true };

	walk_s2(m, change_visit, &change, PGTABLE_SHARED | PGTABLE_LEAF, args[0], 1);
}

/* What the handler of a fault asks for, where it is not asked. */
static unsigned int fault_flags(const struct pt_model *m, u64 flags)
{
	return tree_has(m->info, FEATURE_walk_flags) ? flags & CALLERS_FLAGS : PGTABLE_SHARED;
}

static s64 relax_perms(struct pt_model *m, const u64 *args)
{
	/* "No permissions are removed" */
	const u64 prot = pt_prot(m, args[1]);
	struct change change = { .set = prot & PGTABLE_RWX, .relax = true };

	if (prot & PGTABLE_SW)
		return PT_E_INVAL;
	if (prot & PGTABLE_X && !good_exec(m, prot))
		return PT_E_INVAL;

	m->others = has_others(args[2]) ? others_relax : NULL;
	return walk_s2(m, change_visit, &change, fault_flags(m, args[2]) | PGTABLE_LEAF, args[0],
	               1);
}

struct age {
	bool clear;
	bool was_young;
};

static int age_visit(struct pt_walk *walk, struct pt_node *node, unsigned int i, unsigned int when)
{
	struct pt_entry entry = node->entries[i];
	struct age *age = walk->arg;

	(void)when;
	if (entry.kind != PT_MAPPED || !entry.young)
		return 0;
	age->was_young = true;
	entry.young = !age->clear;
	pt_set(walk->m, node, i, &entry);

	return 0;
}

static s64 test_clear_young(struct pt_model *m, const u64 *args)
{
	struct age age = { .clear = args[2] };

	/* It has no way to return an error. */
	m->expect.warns = walk_s2(m, age_visit, &age, PGTABLE_LEAF, args[0], args[1]);
	return age.was_young;
}

static int flush_visit(struct pt_walk *walk, struct pt_node *node, unsigned int i,
                       unsigned int when)
{
	const struct pt_entry *entry = &node->entries[i];

	(void)when;
	if (cacheable(entry) && does_cmos(walk->m))
		pt_cmo(walk->m, PGTABLE_DCACHE, entry->value, pt_granule(node->level));
	return 0;
}

/* A table for what is mapped as one block: its entries are written nowhere else yet. */
static struct pt_node *make_unlinked(struct pt_model *m, const struct pt_entry *block, u64 ia,
                                     int level, bool force_pte, bool cache)
{
	struct map map = { .entry = *block, .no_blocks = force_pte, .cache = cache };
	struct pt_walk walk = {
		.m = m,
		.table = &m->s2,
		.visit = map_visit,
		.arg = &map,
		.flags = PGTABLE_LEAF | PGTABLE_SKIP_BBM_TLBI | PGTABLE_SKIP_CMO,
		.start = ia,
		.addr = ia,
		.end = ia + pt_granule(level),
	};
	struct pt_node *node = pt_alloc(m, true, level + 1, ia);

	if (node && pt_walk_node(&walk, node)) {
		pt_free_tree(m, node);
		return NULL;
	}

	return node;
}

static s64 create_unlinked(struct pt_model *m, const u64 *args)
{
	struct pt_entry block;
	int ret;

	if (args[0] >= PGTABLE_UNLINKED || m->unlinked[args[0]] || args[2] >= PT_LAST_LEVEL)
		return PGTABLE_REFUSED;
	if (pt_refuses_output(m, args[1], pt_granule(args[2])))
		return PGTABLE_REFUSED;
	if (args[1] & (pt_granule(args[2]) - 1))
		return PT_E_INVAL;
	ret = mapping(m, args[3], &block);
	if (ret)
		return ret;
	block.value = args[1];
	set_budget(m, args[4]);
	m->unlinked[args[0]] = make_unlinked(m, &block, 0, args[2], args[5], args[4] != CACHE_NONE);

	return m->unlinked[args[0]] ? 0 : PT_E_NOMEM;
}

static s64 free_unlinked(struct pt_model *m, const u64 *args)
{
	if (args[0] >= PGTABLE_UNLINKED || !m->unlinked[args[0]])
		return PGTABLE_REFUSED;
	pt_free_tree(m, m->unlinked[args[0]]);
	m->unlinked[args[0]] = NULL;

	return 0;
}

/*
 * As far as there are pages: down to single pages if there are enough for all of them, otherwise one
 * level at a time. What was mapped stays mapped, and as it was; only that it was accessed may be
 * forgotten the other way round.
 */
static int split_visit(struct pt_walk *walk, struct pt_node *node, unsigned int i,
                       unsigned int when)
{
	const struct pt_entry *old = &node->entries[i];
	u64 whole = node->level == 1 ? PGTABLE_ENTRIES + 1 : 1;
	struct pt_entry table = { .kind = PT_TABLE }, block = *old;
	bool force_pte = walk->m->budget >= whole;

	(void)when;
	if (node->level == PT_LAST_LEVEL || old->kind != PT_MAPPED)
		return 0;
	if (!walk->m->budget)
		return PT_E_NOMEM;
	block.young = true;
	table.child = make_unlinked(walk->m, &block, node->ia + i * pt_granule(node->level),
	                            node->level, force_pte, true);
	if (!table.child)
		return PT_E_NOMEM;
	pt_owe(walk->m, node, i);
	pt_set(walk->m, node, i, &table);

	return 0;
}

static s64 change(struct pt_model *m, struct change change, unsigned int flags, u64 addr, u64 size)
{
	return walk_s2(m, change_visit, &change, flags | PGTABLE_LEAF, addr, size);
}

static s64 perform(struct pt_model *m, unsigned int code, const u64 *args)
{
	switch (code) {
	case OP_s2_map:
		return map(m, args);
	case OP_s2_annotate:
		return annotate(m, args);
	case OP_s2_set_owner:
		return set_owner(m, args);
	case OP_s2_unmap:
		if (args[1] % PT_PAGE)
			m->expect.what = "of part of a page";
		return walk_s2(m, unmap_visit, NULL, PGTABLE_LEAF | PGTABLE_TABLE_POST, args[0],
		               args[1]);
	case OP_s2_wrprotect:
		return change(m, (struct change){ .clear = PGTABLE_W }, PGTABLE_IGNORE_EAGAIN,
		              args[0], args[1]);
	case OP_s2_relax_perms:
		return relax_perms(m, args);
	case OP_s2_mkyoung:
		change(m, (struct change){ .make_young = true }, fault_flags(m, args[1]), args[0],
		       1);
		return 0;
	case OP_s2_test_clear_young:
		return test_clear_young(m, args);
	case OP_s2_flush:
		return pt_fwb(m) ? 0 :
		                   walk_s2(m, flush_visit, NULL, PGTABLE_LEAF, args[0], args[1]);
	case OP_s2_split:
		set_budget(m, args[2]);
		return walk_s2(m, split_visit, NULL, PGTABLE_LEAF, args[0], args[1]);
	case OP_s2_create_unlinked:
		return create_unlinked(m, args);
	case OP_s2_free_unlinked:
		return free_unlinked(m, args);
	case OP_s2_get_leaf:
		pt_get_leaf(m, &m->s2, args[0]);
		return m->expect.ret;
	default:
		pt_count_visits(m, &m->s2, args);
		return m->expect.ret;
	}
}

void pt_s2_step(struct pt_model *m, unsigned int code, const u64 *args)
{
	struct pt_expectation *expect = &m->expect;

	switch (code) {
	case OP_s2_init:
		expect->ret = init(m, args);
		break;
	case OP_s2_destroy:
		expect->ret = destroy(m);
		break;
	case OP_s2_pgd_size:
		expect->ret = good_ia_bits(m, args[0]) ? nr_first_tables(args[0]) * PT_PAGE :
		                                         PGTABLE_REFUSED;
		break;
	default:
		expect->ret = m->s2.made ? perform(m, code, args) : PGTABLE_REFUSED;
	}
}
