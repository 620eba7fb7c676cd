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
	m->pa_bits = pgtable_pa_bits(pt_has(m, CAP_lpa2), tree_has(m->info, FEATURE_pa_52));
	m->s2.stage2 = true;

	return m;
}

bool pt_has(const struct pt_model *m, enum cap cap)
{
	return m->caps & BIT(cap);
}

bool pt_fwb(const struct pt_model *m)
{
	return pt_has(m, CAP_fwb) && !(m->s2.flags & PGTABLE_NOFWB);
}

u64 pt_prot(const struct pt_model *m, u64 prot)
{
	return prot & PGTABLE_X && !tree_has(m->info, FEATURE_split_exec) ? prot | PGTABLE_X : prot;
}

bool pt_refuses_output(const struct pt_model *m, u64 phys, u64 size)
{
	return pgtable_reaches_pool(m->pa_bits, phys, size) ||
	       (!tree_has(m->info, FEATURE_typed_annotations) && phys >> m->pa_bits);
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
		if (node->used) {
			memset(node->entries, 0, sizeof(node->entries));
			memset(node->descs, 0, sizeof(node->descs));
		}
		node->next = m->free;
		m->free = node;
	}
}

static void free_roots(struct pt_model *m, struct pt_table *table)
{
	for (unsigned int i = 0; i < table->nr_roots; i++)
		pt_free_tree(m, table->roots[i]);
	table->nr_roots = 0;
}

void pt_reset(struct pt_model *m)
{
	free_roots(m, &m->s2);
	free_roots(m, &m->hyp);
	for (unsigned int i = 0; i < PGTABLE_UNLINKED; i++) {
		if (m->unlinked[i])
			pt_free_tree(m, m->unlinked[i]);
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

static struct pt_node *add_node(struct pt_model *m, int level, u64 ia)
{
	struct pt_node *node = m->free;

	if (node)
		m->free = node->next;
	else if (!(node = calloc(1, sizeof(*node))))
		abort(); /* a wrong answer would be worse */
	memset(node, 0, offsetof(struct pt_node, entries));
	node->level = level;
	node->ia = ia;
	m->used++;
	pt_touch(m, node, 0, PGTABLE_ENTRIES - 1);

	return node;
}

struct pt_node *pt_alloc(struct pt_model *m, bool stage2, int level, u64 ia)
{
	struct pt_node *node;

	if (!m->budget || m->used_pool == PGTABLE_POOL_PAGES - PGTABLE_PGD_PAGES)
		return NULL;
	m->used_pool++;
	m->budget--;
	node = add_node(m, level, ia);
	node->stage2 = stage2;
	node->pool = true;

	return node;
}

struct pt_node *pt_alloc_root(struct pt_model *m, int level, u64 ia)
{
	struct pt_node *node = add_node(m, level, ia);

	node->stage2 = true;
	return node;
}

void pt_free(struct pt_model *m, struct pt_node *node)
{
	node->freed = true;
	node->next = m->limbo;
	m->limbo = node;
	m->used--;
	m->used_pool -= node->pool;
}

void pt_free_tree(struct pt_model *m, struct pt_node *node)
{
	for (unsigned int i = 0, left = node->tables; left; i++) {
		if (node->entries[i].kind != PT_TABLE)
			continue;
		pt_free_tree(m, node->entries[i].child);
		left--;
	}
	pt_free(m, node);
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
	const struct pt_entry *old = &node->entries[i];

	node->used += (to->kind != PT_NONE) - (old->kind != PT_NONE);
	node->tables += (to->kind == PT_TABLE) - (old->kind == PT_TABLE);
	node->entries[i] = *to;
	node->descs[i] = pt_descriptor(m, to, node->level, node->stage2);
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

void pt_owe(struct pt_model *m, const struct pt_node *node, unsigned int i)
{
	const struct pt_entry *entry = &node->entries[i];
	struct pt_debt debt = {
		.ia = node->ia + i * pt_granule(node->level),
		.level = node->level,
		.kind = entry->kind == PT_TABLE ? PT_DEBT_TABLE : PT_DEBT_LEAF,
		.stage2 = node->stage2,
	};

	if (entry->kind == PT_TABLE) {
		debt.page = entry->child->pa;
		for (unsigned int n = 0; entry->child->used && n < PGTABLE_ENTRIES; n++)
			pt_owe(m, entry->child, n);
	}
	if (entry->kind == PT_TABLE || entry->kind == PT_MAPPED)
		pt_owe_one(m, &debt);
}

void pt_cmo(struct pt_model *m, enum pgtable_event_kind kind, u64 addr, u64 size)
{
	m->expect.nr_cmos++;
	m->expect.cmos = PT_HASH_CMO(m->expect.cmos, kind, addr, size);
}

bool pt_block_fits(const struct pt_walk *walk, int level, u64 phys)
{
	u64 granule = pt_granule(level);

	return level >= PGTABLE_MIN_BLOCK_LEVEL && granule <= walk->end - walk->at &&
	       !(phys & (granule - 1)) && !(walk->at & (granule - 1));
}

/*
 * AP[2:1], UXN and PXN (Arm ARM D8.4.1). A regime of one EL has AP[1] RES1, and XN in the place of UXN; with hVHE it
 * is EL2&0: AP[1] is EL0's access.
 */
static u64 hyp_permissions(const struct pt_model *m, u64 prot)
{
	u64 writes = prot & PGTABLE_W ? 0 : BIT(7);

	if (!pt_has(m, CAP_hvhe))
		return writes | BIT(6) | (prot & PGTABLE_PX ? 0 : BIT(54));
	return writes | (prot & PGTABLE_PX ? 0 : BIT(53)) | (prot & PGTABLE_UX ? 0 : BIT(54));
}

/*
 * VMSAv8-64 (Arm ARM D8.3.1): attributes by stage (D8.4, D8.6); Inner Shareable. With FEAT_LPA2 that is said in TCR_EL2
 * and VTCR_EL2, for all.
 */
static u64 attributes(const struct pt_model *m, const struct pt_entry *e, int level, bool stage2)
{
	const u64 sw = (u64)(e->prot & PGTABLE_SW) / PGTABLE_SW0;
	const bool fwb = pt_fwb(m);
	const u8 memattr[] = {
		[PT_MEM_NORMAL] = fwb ? 6 : 0xf,
		[PT_MEM_DEVICE] = 1,
		[PT_MEM_NC] = 5,
		[PT_MEM_AS_S1] = fwb ? 7 : 0xf,
	};
	u64 attr = (level == PT_LAST_LEVEL ? 3 : 1) | (pt_has(m, CAP_lpa2) ? 0 : 3 << 8) |
	           (u64)e->young << 10 | sw << m->info->pte_sw_shift;

	if (!stage2)
		return attr | hyp_permissions(m, e->prot) |
		       (e->mem == PT_MEM_DEVICE ? m->info->mt_device : m->info->mt_normal) << 2;

	return attr | memattr[e->mem] << 2 | (e->prot & PGTABLE_R ? BIT(6) : 0) |
	       (e->prot & PGTABLE_W ? BIT(7) : 0) |
	       ((e->prot & PGTABLE_X) == PGTABLE_X ? 0ULL :
	        e->prot & PGTABLE_UX               ? 1ULL :
	        e->prot & PGTABLE_PX               ? 3ULL :
	                                             2ULL)
	               << 53;
}

/* Bits 51..48 of an output address (Arm ARM D8.3.1): FEAT_LPA2 has 49..48 in place, and 51..50 where SH was */
static u64 output_field(const struct pt_model *m, u64 pa)
{
	if (pt_has(m, CAP_lpa2))
		return (pa & GENMASK(49, 0)) | (pa >> 50) << 8;
	return (pa & PGTABLE_OUTPUT) | (pa >> 48) << 12;
}

u64 pt_descriptor(struct pt_model *m, const struct pt_entry *e, int level, bool stage2)
{
	u64 key;

	if (e->kind == PT_TABLE)
		return e->child->pa ? e->child->pa | PT_DESC_TABLE : 0;
	if (e->kind != PT_MAPPED)
		return e->kind == PT_ANNOTATED ? e->value : 0;

	key = 1 | e->prot << 8 | (u64)e->mem << 24 | (u64)e->young << 32 | (u64)stage2 << 33 |
	      (u64)(level == PT_LAST_LEVEL) << 34 | (u64)pt_fwb(m) << 35;
	if (key != m->attr_key) {
		m->attr_key = key;
		m->attr = attributes(m, e, level, stage2);
	}
	return m->attr | output_field(m, e->value);
}

void pt_step(struct pt_model *m, const struct op *op, const u64 args[OP_MAX_ARGS])
{
	leave_limbo(m);
	m->nr_touched = m->nr_debts = 0;
	m->touched_all = false;
	m->budget = 0;
	m->others = NULL;
	m->args = args;
	memset(&m->expect, 0, sizeof(m->expect));
	m->expect.rule = op_desc(op->code)->name;
	if (op->code < OP_hyp_init)
		pt_s2_step(m, op->code, args);
	else
		pt_hyp_step(m, op->code, args);
}
