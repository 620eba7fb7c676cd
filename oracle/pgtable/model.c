// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/pgtable/model.h"

#include <stdlib.h>
#include <string.h>

struct pt_model *pt_open(const struct core *core)
{
	struct pt_model *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->info = core_info(core);
	m->caps = core_config(core)->caps;
	m->s2.stage2 = true;

	return m;
}

bool pt_has(const struct pt_model *m, enum cap cap)
{
	return m->caps & BIT(cap);
}

static void free_list(struct pt_node *node)
{
	while (node) {
		struct pt_node *next = node->next;

		free(node);
		node = next;
	}
}

static void leave_limbo(struct pt_model *m)
{
	while (m->limbo) {
		struct pt_node *node = m->limbo;

		m->limbo = node->next;
		node->next = m->free;
		m->free = node;
	}
}

static void free_roots(struct pt_model *m, struct pt_table *table)
{
	for (unsigned int i = 0; i < table->nr_roots; i++)
		pt_free_tree(m, table->roots[i], !table->stage2);
	table->nr_roots = 0;
}

void pt_reset(struct pt_model *m)
{
	free_roots(m, &m->s2);
	free_roots(m, &m->hyp);
	for (unsigned int i = 0; i < PGTABLE_UNLINKED; i++) {
		if (m->unlinked[i])
			pt_free_tree(m, m->unlinked[i], true);
		m->unlinked[i] = NULL;
	}
	leave_limbo(m);
	m->s2.made = m->hyp.made = false;
	m->used = m->used_pool = 0;
	m->nr_touched = m->nr_debts = 0;
	m->touched_all = false;
}

void pt_close(struct pt_model *m)
{
	if (!m)
		return;
	pt_reset(m);
	free_list(m->free);
	free(m);
}

struct pt_node *pt_alloc(struct pt_model *m, int level, u64 ia, bool pool)
{
	struct pt_node *node = m->free;

	if (pool && (!m->budget || m->used_pool == PGTABLE_POOL_PAGES - PGTABLE_PGD_PAGES))
		return NULL;
	if (node)
		m->free = node->next;
	else if (!(node = malloc(sizeof(*node))))
		abort(); /* a wrong answer would be worse */
	memset(node, 0, sizeof(*node));
	node->level = level;
	node->ia = ia;
	m->used++;
	if (pool) {
		m->used_pool++;
		m->budget--;
	}
	pt_touch(m, node, 0, PGTABLE_ENTRIES - 1);

	return node;
}

void pt_free(struct pt_model *m, struct pt_node *node, bool pool)
{
	node->freed = true;
	node->next = m->limbo;
	m->limbo = node;
	m->used--;
	if (pool)
		m->used_pool--;
}

void pt_free_tree(struct pt_model *m, struct pt_node *node, bool pool)
{
	for (unsigned int i = 0; node->used && i < PGTABLE_ENTRIES; i++) {
		if (node->entries[i].kind == PT_TABLE)
			pt_free_tree(m, node->entries[i].child, true);
	}
	pt_free(m, node, pool);
}

void pt_touch(struct pt_model *m, struct pt_node *node, unsigned int first, unsigned int last)
{
	struct pt_touch *t = m->nr_touched ? &m->touched[m->nr_touched - 1] : NULL;

	if (t && t->node == node && t->first <= first && first <= t->last + 1U) {
		if (t->last < last)
			t->last = last;
		return;
	}
	if (m->nr_touched == PT_MAX_TOUCHED) {
		m->touched_all = true;
		return;
	}
	m->touched[m->nr_touched++] =
		(struct pt_touch){ .node = node, .first = first, .last = last };
}

void pt_set(struct pt_model *m, struct pt_node *node, unsigned int i, const struct pt_entry *to)
{
	node->used += (to->kind != PT_NONE) - (node->entries[i].kind != PT_NONE);
	node->entries[i] = *to;
	if (to->kind == PT_TABLE) {
		to->child->parent = node;
		to->child->slot = i;
	}
	pt_touch(m, node, i, i);
}

void pt_owe_one(struct pt_model *m, const struct pt_debt *debt)
{
	/* More than this, and the first will do. */
	if (m->nr_debts < PT_MAX_DEBTS)
		m->debts[m->nr_debts++] = *debt;
}

void pt_owe(struct pt_model *m, bool stage2, const struct pt_node *node, unsigned int i)
{
	const struct pt_entry *entry = &node->entries[i];
	struct pt_debt debt = {
		.ia = node->ia + i * pt_granule(node->level),
		.level = node->level,
		.kind = entry->kind == PT_TABLE ? PT_DEBT_TABLE : PT_DEBT_LEAF,
		.stage2 = stage2,
	};

	if (entry->kind == PT_TABLE) {
		debt.page = entry->child->pa;
		for (unsigned int n = 0; entry->child->used && n < PGTABLE_ENTRIES; n++)
			pt_owe(m, stage2, entry->child, n);
	}
	if (entry->kind == PT_TABLE || entry->kind == PT_MAPPED)
		pt_owe_one(m, &debt);
}

void pt_cmo(struct pt_model *m, enum pgtable_event_kind kind, u64 addr, u64 size)
{
	m->expect.nr_cmos++;
	m->expect.cmos = PGTABLE_HASH(PGTABLE_HASH(m->expect.cmos, addr), size + kind);
}

bool pt_block_fits(const struct pt_walk *walk, int level, u64 phys)
{
	u64 granule = pt_granule(level);

	return level >= PGTABLE_MIN_BLOCK_LEVEL && granule <= walk->end - walk->at &&
	       !(phys & (granule - 1)) && !(walk->at & (granule - 1));
}

/*
 * VMSAv8-64 (Arm ARM D8.3.1): bits 1..0, attributes by stage (D8.4, D8.6), and what KVM keeps in the bits
 * that the architecture leaves to software.
 */
u64 pt_descriptor(const struct pt_model *m, const struct pt_entry *e, int level, bool stage2)
{
	const u64 sw = (u64)(e->prot & PGTABLE_SW) / PGTABLE_SW0;
	const bool fwb = pt_has(m, CAP_fwb);
	const u8 memattr[] = {
		[PT_MEM_NORMAL] = fwb ? 6 : 0xf,
		[PT_MEM_DEVICE] = 1,
		[PT_MEM_NC] = 5,
		[PT_MEM_AS_S1] = fwb ? 7 : 0xf,
	};
	u64 desc;

	if (e->kind != PT_MAPPED)
		return e->kind == PT_ANNOTATED ? e->value : 0;

	/* Inner Shareable, accessed */
	desc = (e->value & PGTABLE_OUTPUT) | (e->value >> 48) << 12 |
	       (level == PT_LAST_LEVEL ? 3 : 1) | 3 << 8 | (u64)e->young << 10 |
	       sw << m->info->pte_sw_shift;
	if (!stage2)
		return desc |
		       (e->mem == PT_MEM_DEVICE ? m->info->mt_device : m->info->mt_normal) << 2 |
		       (e->prot & PGTABLE_W ? 1 : 3) << 6 | (e->prot & PGTABLE_PX ? 0 : BIT(54));

	return desc | memattr[e->mem] << 2 | (e->prot & PGTABLE_R ? BIT(6) : 0) |
	       (e->prot & PGTABLE_W ? BIT(7) : 0) |
	       ((e->prot & PGTABLE_X) == PGTABLE_X ? 0ULL :
	        e->prot & PGTABLE_UX               ? 1ULL :
	        e->prot & PGTABLE_PX               ? 3ULL :
	                                             2ULL)
	               << 53;
}

void pt_step(struct pt_model *m, const struct op *op, const u64 args[OP_MAX_ARGS])
{
	leave_limbo(m);
	m->nr_touched = m->nr_debts = 0;
	m->touched_all = false;
	m->budget = 0;
	memset(&m->expect, 0, sizeof(m->expect));
	m->expect.rule = op_desc(op->code)->name;
	if (op->code < OP_hyp_init)
		pt_s2_step(m, op->code, args);
	else
		pt_hyp_step(m, op->code, args);
}
