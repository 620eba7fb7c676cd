// SPDX-License-Identifier: GPL-2.0-only
/* Walks as kvm_pgtable_walk() of the tree's header promises them. */
#include "oracle/pgtable/model.h"

/* -EAGAIN is for fault handlers; others may ask to go on. */
static bool goes_on(const struct pt_walk *walk, int ret)
{
	return !ret || (ret == PT_E_AGAIN && walk->flags & PGTABLE_IGNORE_EAGAIN);
}

/* Invalid entries are leaves. A callback may put a table where a leaf was: it is walked, too. */
static int visit(struct pt_walk *walk, struct pt_node *node, unsigned int i)
{
	const struct pt_entry *entry = &node->entries[i];
	u64 granule = pt_granule(node->level), at = walk->addr;
	int ret = 0;

	walk->at = at;
	if (entry->kind == PT_TABLE && walk->flags & PGTABLE_TABLE_PRE)
		ret = walk->visit(walk, node, i, PGTABLE_TABLE_PRE);
	else if (entry->kind != PT_TABLE && walk->flags & PGTABLE_LEAF)
		ret = walk->visit(walk, node, i, PGTABLE_LEAF);
	if (!goes_on(walk, ret))
		return ret;
	if (entry->kind != PT_TABLE) {
		walk->addr = ALIGN_DOWN(walk->addr, granule) + granule;
		return 0;
	}

	ret = pt_walk_node(walk, entry->child);
	walk->at = at;
	if (goes_on(walk, ret) && walk->flags & PGTABLE_TABLE_POST)
		ret = walk->visit(walk, node, i, PGTABLE_TABLE_POST);

	return goes_on(walk, ret) ? 0 : ret;
}

int pt_walk_node(struct pt_walk *walk, struct pt_node *node)
{
	unsigned int i = walk->addr >> pgtable_shift(node->level) & (PGTABLE_ENTRIES - 1);
	int ret = 0;

	for (; !ret && i < PGTABLE_ENTRIES && walk->addr < walk->end; i++)
		ret = visit(walk, node, i);

	return ret;
}

int pt_walk_range(struct pt_walk *walk, u64 addr, u64 size)
{
	const struct pt_table *table = walk->table;
	/* A shift by 64 is one by 0 on the machine. */
	u64 limit = BIT(table->ia_bits % 64);
	int ret = 0;

	walk->addr = walk->start = ALIGN_DOWN(addr, PT_PAGE);
	walk->end = ALIGN_UP(walk->start + size, PT_PAGE);
	/* There is no lock for readers at EL2; the host kernel has RCU. */
	if (walk->flags & PGTABLE_SHARED && table->style != PGTABLE_STYLE_kvm)
		return PT_E_PERM;
	if (walk->addr > limit || walk->end > limit)
		return PT_E_RANGE;
	if (!table->nr_roots)
		return PT_E_INVAL;

	/* Tables in a row (Arm ARM D8.2.2) */
	while (!ret && walk->addr < walk->end) {
		u64 root = walk->addr >> pgtable_shift(table->start_level - 1);

		ret = pt_walk_node(walk, table->roots[root < table->nr_roots ? root : 0]);
	}

	return ret;
}

static int remember_leaf(struct pt_walk *walk, struct pt_node *node, unsigned int i,
                         unsigned int when)
{
	struct pt_expectation *expect = walk->arg;

	(void)when;
	expect->leaf = &node->entries[i];
	expect->leaf_level = node->level;
	expect->leaf_stage2 = walk->table->stage2;
	return 0;
}

void pt_get_leaf(struct pt_model *m, struct pt_table *table, u64 addr)
{
	struct pt_walk walk = {
		.m = m,
		.table = table,
		.visit = remember_leaf,
		.arg = &m->expect,
		.flags = PGTABLE_LEAF,
	};

	m->expect.ret = pt_walk_range(&walk, addr, PT_PAGE);
}

struct visits {
	u64 nr, hash, stop;
	int ret;
};

static int count_visit(struct pt_walk *walk, struct pt_node *node, unsigned int i,
                       unsigned int when)
{
	struct visits *v = walk->arg;

	(void)i;
	v->hash = PGTABLE_HASH(v->hash, walk->at);
	v->hash = PGTABLE_HASH(v->hash, when | (u64)(node->level + 1) << 8);
	return ++v->nr == v->stop ? v->ret : 0;
}

void pt_count_visits(struct pt_model *m, struct pt_table *table, const u64 *args)
{
	struct visits v = { .stop = args[3], .ret = args[4] };
	struct pt_walk walk = {
		.m = m,
		.table = table,
		.visit = count_visit,
		.arg = &v,
		.flags = args[2],
	};

	m->expect.ret = pt_walk_range(&walk, args[0], args[1]);
	m->expect.value[0] = v.nr;
	m->expect.value[1] = v.hash;
}
