// SPDX-License-Identifier: GPL-2.0-only
/* The hypervisor's stage 1: what the functions kvm_pgtable_hyp_*() promise. */
#include "oracle/pgtable/model.h"

static s64 init(struct pt_model *m, const u64 *args)
{
	struct pt_table *t = &m->hyp;
	int level;

	if (t->nr_roots || args[0] >= PGTABLE_STYLE_COUNT || !pgtable_good_hyp_bits(args[1]))
		return PGTABLE_REFUSED;
	/* As many levels as the address has bits for: each resolves those of a page but for 3 */
	level = PT_LAST_LEVEL + 1 - (int)(args[1] - 4) / (PGTABLE_PAGE_SHIFT - 3);
	if (level < PT_FIRST_LEVEL || level > PT_LAST_LEVEL)
		return PT_E_INVAL;
	m->budget = args[2] < PGTABLE_POOL_PAGES ? args[2] : PGTABLE_POOL_PAGES;
	t->roots[0] = pt_alloc(m, false, level, 0);
	if (!t->roots[0])
		return PT_E_NOMEM;

	t->made = true;
	t->style = args[0];
	t->ia_bits = args[1];
	t->start_level = level;
	t->nr_roots = 1;

	return 0;
}

static s64 destroy(struct pt_model *m)
{
	struct pt_table *t = &m->hyp;

	if (!t->nr_roots || t->style == PGTABLE_STYLE_early)
		return PGTABLE_REFUSED;
	pt_free_tree(m, t->roots[0]);
	t->nr_roots = 0;

	return 0;
}

/* Everything is readable, nothing is both written and executed, devices are not executed. */
static int mapping(const struct pt_model *m, u64 prot, struct pt_entry *entry)
{
	/* Nobody is unprivileged in a regime of one EL. */
	u64 exec = prot & (pt_has(m, CAP_hvhe) ? PGTABLE_X : PGTABLE_PX);
	bool device = prot & PGTABLE_DEVICE;

	if (!(prot & PGTABLE_R) || (exec && (prot & PGTABLE_W || device)))
		return PT_E_INVAL;
	*entry = (struct pt_entry){
		.kind = PT_MAPPED,
		.young = true,
		.prot = (prot & (PGTABLE_R | PGTABLE_W | PGTABLE_SW)) | exec,
		.mem = device ? PT_MEM_DEVICE : PT_MEM_NORMAL,
	};

	return 0;
}

static bool only_software_differs(const struct pt_entry *a, const struct pt_entry *b)
{
	return a->value == b->value && a->mem == b->mem && !((a->prot ^ b->prot) & ~PGTABLE_SW);
}

/* What is mapped already is refused, with a WARN; but for software bits. */
static int map_visit(struct pt_walk *walk, struct pt_node *node, unsigned int i, unsigned int when)
{
	const struct pt_entry *old = &node->entries[i];
	struct pt_entry new = *(const struct pt_entry *)walk->arg;
	struct pt_entry table = { .kind = PT_TABLE };

	(void)when;
	new.value = pt_output(walk->m, new.value + (walk->at - walk->start));
	if (pt_block_fits(walk, node->level, new.value)) {
		if (old->kind == PT_MAPPED && !only_software_differs(old, &new))
			return PT_WARN;
		pt_set(walk->m, node, i, &new);
		return 0;
	}
	if (old->kind == PT_MAPPED) {
		walk->m->expect.what = "inside a block";
		return PT_WARN;
	}
	table.child =
		pt_alloc(walk->m, false, node->level + 1, node->ia + i * pt_granule(node->level));
	if (!table.child)
		return PT_E_NOMEM;
	pt_set(walk->m, node, i, &table);

	return 0;
}

static s64 map(struct pt_model *m, const u64 *args)
{
	struct pt_entry entry;
	struct pt_walk walk = {
		.m = m,
		.table = &m->hyp,
		.visit = map_visit,
		.arg = &entry,
		.flags = PGTABLE_LEAF,
	};
	int ret = mapping(m, pt_prot(m, args[3]), &entry);

	if (pt_refuses_output(m, args[2], args[1]))
		return PGTABLE_REFUSED;
	if (ret)
		return ret;
	entry.value = ALIGN_DOWN(args[2], PT_PAGE);
	m->budget = args[4] < PGTABLE_POOL_PAGES ? args[4] : PGTABLE_POOL_PAGES;
	ret = pt_walk_range(&walk, args[0], args[1]);
	m->expect.warns = ret == PT_WARN;

	return ret;
}

/* Until something is not mapped, or is a block that reaches beyond the range. */
static int unmap_visit(struct pt_walk *walk, struct pt_node *node, unsigned int i,
                       unsigned int when)
{
	const struct pt_entry nothing = { .kind = PT_NONE };
	const struct pt_entry old = node->entries[i];
	u64 granule = pt_granule(node->level);

	if (old.kind == PT_NONE)
		return PT_E_INVAL;
	if (old.kind == PT_TABLE && old.child->used)
		return 0;
	if (old.kind == PT_MAPPED && walk->end - walk->at < granule)
		return PT_E_INVAL;

	pt_owe(walk->m, node, i);
	if (old.kind == PT_TABLE)
		pt_free(walk->m, old.child);
	else
		walk->m->expect.value[0] += granule;
	pt_set(walk->m, node, i, &nothing);
	(void)when;

	return 0;
}

static void unmap(struct pt_model *m, const u64 *args)
{
	struct pt_walk walk = {
		.m = m,
		.table = &m->hyp,
		.visit = unmap_visit,
		.flags = PGTABLE_LEAF | PGTABLE_TABLE_POST,
	};

	/* Without counts of its pages nothing can be taken from a table. */
	if (m->hyp.style != PGTABLE_STYLE_early)
		pt_walk_range(&walk, args[0], args[1]);
}

static void perform(struct pt_model *m, unsigned int code, const u64 *args)
{
	switch (code) {
	case OP_hyp_map:
		m->expect.ret = map(m, args);
		break;
	case OP_hyp_unmap:
		unmap(m, args);
		break;
	case OP_hyp_get_leaf:
		pt_get_leaf(m, &m->hyp, args[0]);
		break;
	default:
		pt_count_visits(m, &m->hyp, args);
	}
}

void pt_hyp_step(struct pt_model *m, unsigned int code, const u64 *args)
{
	if (code == OP_hyp_init)
		m->expect.ret = init(m, args);
	else if (code == OP_hyp_destroy)
		m->expect.ret = destroy(m);
	else if (m->hyp.made)
		perform(m, code, args);
	else
		m->expect.ret = PGTABLE_REFUSED;
}
