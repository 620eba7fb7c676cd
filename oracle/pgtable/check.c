// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/pgtable/check.h"

#include "oracle/check.h"

#include <stdio.h>
#include <string.h>

static void add(struct pt_check *check, u64 value)
{
	check->digest = (check->digest ^ value) * 0xff51afd7ed558ccdULL;
	check->digest ^= check->digest >> 32;
}

int pt_fail(struct pt_check *check, enum finding_class class, const char *what,
            const char *expected, const char *actual)
{
	const struct pt_expectation *expect = &check->model->expect;
	struct finding *f = check->finding;

	f->class = class;
	snprintf(f->place, sizeof(f->place), "%s %s%s%s", expect->rule, what,
	         expect->what ? " " : "", expect->what ? expect->what : "");
	snprintf(f->expected, sizeof(f->expected), "%s", expected);
	snprintf(f->actual, sizeof(f->actual), "%s", actual);
	return -1;
}

static int fail_numbers(struct pt_check *check, enum finding_class class, const char *what,
                        u64 expected, u64 actual)
{
	char e[32], a[32];

	snprintf(e, sizeof(e), "0x%llx", (unsigned long long)expected);
	snprintf(a, sizeof(a), "0x%llx", (unsigned long long)actual);
	return pt_fail(check, class, what, e, a);
}

/* What the model says stops with a WARN, may. */
static int check_crash(struct pt_check *check, const struct outcome *out)
{
	const struct pt_expectation *expect = &check->model->expect;
	struct source_place place;
	bool warning = false;
	char text[FINDING_TEXT_MAX];

	add(check, out->kind);
	if (out->kind == OUTCOME_EL2_BUG)
		core_bug_source(check->core, out->crash.pc, &place, &warning);
	if (expect->warns && warning)
		return 0;

	describe_outcome(check->core, out, text, sizeof(text));
	pt_fail(check,
	        out->kind == OUTCOME_EL2_BUG    ? FINDING_BUG :
	        out->kind == OUTCOME_HANG       ? FINDING_HANG :
	        out->kind == OUTCOME_EL2_REPORT ? FINDING_SANITIZER :
	                                          FINDING_EXCEPTION,
	        "", expect->warns ? "a WARN" : "no crash", text);
	if (out->kind != OUTCOME_EL2_BUG)
		core_source(check->core, out->crash.pc, &place);
	snprintf(check->finding->place, sizeof(check->finding->place), "%s %s:%u%s%s%s",
	         place.function, place.file, place.line, warning ? " WARN" : "",
	         out->crash.report[0] ? " " : "", out->crash.report);
	return -1;
}

/* What is not mapped has software bits still: an annotation may be in their place. */
static u64 told_prot(const struct pt_check *check, const struct pt_entry *entry)
{
	if (entry->kind == PT_MAPPED)
		return entry->prot;
	return entry->kind == PT_ANNOTATED ?
	               (entry->value >> check->model->info->pte_sw_shift) * PGTABLE_SW0 &
	                       PGTABLE_SW :
	               0;
}

static int check_leaf(struct pt_check *check, const struct outcome *out)
{
	const struct pt_expectation *expect = &check->model->expect;
	u64 desc =
		pt_descriptor(check->model, expect->leaf, expect->leaf_level, expect->leaf_stage2);

	if (out->regs[1] != desc)
		return fail_numbers(check, FINDING_RETURN, "pte", desc, out->regs[1]);
	if ((s8)out->regs[2] != expect->leaf_level)
		return fail_numbers(check, FINDING_RETURN, "level", expect->leaf_level,
		                    out->regs[2]);
	if (out->regs[3] != told_prot(check, expect->leaf))
		return fail_numbers(check, FINDING_RETURN, "prot", told_prot(check, expect->leaf),
		                    out->regs[3]);
	return 0;
}

int pt_check_outcome(struct pt_check *check, const struct outcome *out)
{
	const struct pt_expectation *expect = &check->model->expect;

	if (outcome_crashed(out))
		return check_crash(check, out);
	for (unsigned int i = 0; i < 4; i++)
		add(check, out->regs[i]);
	if (expect->warns)
		return pt_fail(check, FINDING_RETURN, "no WARN", "a WARN", "it returned");
	if ((s64)out->regs[0] != expect->ret &&
	    !(check->any_error && finding_other_error(expect->ret, out->regs[0])))
		return fail_numbers(check, FINDING_RETURN, "ret", expect->ret, out->regs[0]);
	if (expect->leaf)
		return check_leaf(check, out);
	for (unsigned int i = 0; i < ARRAY_SIZE(expect->value); i++) {
		if (out->regs[1 + i] != expect->value[i])
			return fail_numbers(check, FINDING_RETURN, "value", expect->value[i],
			                    out->regs[1 + i]);
	}

	return 0;
}

static const u64 *words_of(const struct pgtable_shared *shared, u64 pa)
{
	return (const u64 *)pgtable_words(shared, pa);
}

/* Where the library has this table: its parent leads to it. */
static u64 find_table(const struct pt_check *check, struct pt_node *node)
{
	if (!node->pa && node->parent) {
		const u64 *parent =
			words_of(core_pgtable(check->core), find_table(check, node->parent));

		if (parent)
			node->pa = parent[node->slot] & PGTABLE_OUTPUT;
	}

	return node->pa;
}

static const struct pgtable_page *page_of(const struct pgtable_shared *shared, u64 pa)
{
	return pgtable_words(shared, pa) ?
	               &shared->pages[(pa - PGTABLE_POOL_PA) / PGTABLE_PAGE_SIZE] :
	               NULL;
}

/* What of a leaf is wrong, if it is one thing. */
static const char *differs(const struct pt_model *m, u64 diff)
{
	const u64 output = pt_has(m, CAP_lpa2) ? GENMASK(49, 12) | GENMASK(9, 8) : PGTABLE_OUTPUT;
	const struct {
		u64 mask;
		const char *name;
	} parts[] = {
		{ GENMASK(5, 2), "memory type" },
		{ GENMASK(7, 6) | GENMASK(54, 53), "permissions" },
		{ BIT(10), "age" },
		{ output, "output" },
		{ GENMASK(58, 55), "software bits" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++) {
		if (!(diff & ~parts[i].mask))
			return parts[i].name;
	}

	return "entry";
}

static int fail_entry(struct pt_check *check, const struct pt_node *node, unsigned int i, u64 desc)
{
	char expected[160], actual[64];

	pt_describe_entry(check->model, &node->entries[i], node->level, node->stage2, expected,
	                  sizeof(expected));
	snprintf(actual, sizeof(actual), "at 0x%llx, level %d: descriptor 0x%llx",
	         (unsigned long long)(node->ia + i * pt_granule(node->level)), node->level,
	         (unsigned long long)desc);
	return pt_fail(check, FINDING_STATE, differs(check->model, desc ^ node->descs[i]), expected,
	               actual);
}

/* A table, where the model expects one: from now on it is known where. */
static bool learn_table(const struct pt_check *check, struct pt_node *node, unsigned int i,
                        u64 desc)
{
	struct pt_node *child = node->entries[i].child;

	if (node->entries[i].kind != PT_TABLE || (desc & 3) != PT_DESC_TABLE ||
	    !page_of(core_pgtable(check->core), desc & PGTABLE_OUTPUT))
		return false;
	if (child->pa && child->pa != (desc & PGTABLE_OUTPUT))
		return false;
	child->pa = desc & PGTABLE_OUTPUT;
	node->descs[i] = desc;

	return true;
}

static int check_entries(struct pt_check *check, struct pt_node *node, unsigned int first,
                         unsigned int last)
{
	u64 pa = find_table(check, node), sum = 0;
	const u64 *words = words_of(core_pgtable(check->core), pa);

	if (!words)
		return fail_numbers(check, FINDING_STATE, "table", 0, pa);
	if (memcmp(words + first, node->descs + first, (last - first + 1) * sizeof(*words))) {
		for (unsigned int i = first; i <= last; i++) {
			if (words[i] != node->descs[i] && !learn_table(check, node, i, words[i]))
				return fail_entry(check, node, i, words[i]);
		}
	}
	for (unsigned int i = first; i <= last; i++)
		sum += words[i];
	add(check, sum);

	return 0;
}

/* One for the table itself, and one for each entry; without an allocator that counts, one. */
static int check_count(struct pt_check *check, const struct pt_node *node)
{
	const struct pgtable_page *page = page_of(core_pgtable(check->core), node->pa);
	bool counted = node->stage2 || check->model->hyp.style != PGTABLE_STYLE_early;
	u32 refs = 1 + (counted ? node->used : 0);

	if (!page || page->state != PGTABLE_PAGE_USED)
		return pt_fail(check, FINDING_INVARIANT, "freed table", "a table in use",
		               "its page is free");
	add(check, page->refs);
	if (page->refs != refs)
		return fail_numbers(check, FINDING_INVARIANT, "refcount", refs, page->refs);
	return 0;
}

static void place_roots(struct pt_check *check)
{
	const struct pgtable_shared *shared = core_pgtable(check->core);
	struct pt_model *m = check->model;

	for (unsigned int i = 0; i < m->s2.nr_roots; i++)
		m->s2.roots[i]->pa = shared->s2.pgd + i * PT_PAGE;
	if (m->hyp.nr_roots)
		m->hyp.roots[0]->pa = shared->hyp.pgd;
	for (unsigned int i = 0; i < PGTABLE_UNLINKED; i++) {
		if (m->unlinked[i])
			m->unlinked[i]->pa = shared->unlinked[i];
	}
}

static int check_root(struct pt_check *check, const struct pt_table *t,
                      const struct pgtable_root *root)
{
	if (!t->nr_roots != !root->pgd)
		return fail_numbers(check, FINDING_STATE, "pgd", t->nr_roots, root->pgd);
	if (t->nr_roots && (root->ia_bits != t->ia_bits || root->start_level != t->start_level))
		return fail_numbers(check, FINDING_STATE, "start level", t->start_level,
		                    root->start_level);
	return 0;
}

static int check_misuse(struct pt_check *check, u64 misuse)
{
	const char *what = misuse & PGTABLE_NO_PAGE       ? "count of no page" :
	                   misuse & PGTABLE_FREED_LINKED  ? "freed while linked" :
	                   misuse & PGTABLE_FREED_COUNTED ? "freed with entries" :
	                                                    "write after free";

	return misuse ? pt_fail(check, FINDING_INVARIANT, what, "a page in use, of nobody else's",
	                        what) :
	                0;
}

static int check_cmos(struct pt_check *check)
{
	const struct pgtable_shared *shared = core_pgtable(check->core);
	const struct pt_expectation *expect = &check->model->expect;
	u64 nr = 0, cmos = 0;

	/* More than are kept: what there is was compared entry by entry. */
	if (shared->nr_events > PGTABLE_MAX_EVENTS)
		return 0;
	for (u64 i = 0; i < shared->nr_events; i++) {
		const struct pgtable_event *e = &shared->events[i];

		if (e->kind == PGTABLE_DCACHE || e->kind == PGTABLE_ICACHE) {
			nr++;
			cmos = PT_HASH_CMO(cmos, e->kind, e->addr, e->size);
			continue;
		}
		add(check, e->addr ^ (u64)e->kind << 56 ^ (u64)(u8)e->level << 48);
		add(check, e->size);
	}
	add(check, cmos);
	if (nr != expect->nr_cmos)
		return fail_numbers(check, FINDING_STATE, "cache maintenance", expect->nr_cmos, nr);
	if (cmos != expect->cmos)
		return pt_fail(check, FINDING_STATE, "cache maintenance", "of what is mapped",
		               "of something else");
	return 0;
}

static int check_touched_entries(struct pt_check *check)
{
	const struct pt_model *m = check->model;

	for (unsigned int i = 0; i < m->nr_touched; i++) {
		const struct pt_touch *t = &m->touched[i];

		if (t->node->freed)
			continue;
		if (check_entries(check, t->node, t->first, t->last) || check_count(check, t->node))
			return -1;
	}

	return 0;
}

int pt_check_step(struct pt_check *check)
{
	const struct pgtable_shared *shared = core_pgtable(check->core);
	const struct pt_model *m = check->model;

	place_roots(check);
	add(check, shared->used);
	if (check_misuse(check, shared->misuse) || check_root(check, &m->s2, &shared->s2) ||
	    check_root(check, &m->hyp, &shared->hyp))
		return -1;
	if (m->touched_all ? pt_check_everything(check) : check_touched_entries(check))
		return -1;
	if (shared->used != m->used)
		return fail_numbers(check, FINDING_INVARIANT, "pages in use", m->used,
		                    shared->used);

	return check_cmos(check) || pt_check_debts(check) ? -1 : 0;
}

static int check_tree(struct pt_check *check, struct pt_node *node)
{
	if (check_entries(check, node, 0, PGTABLE_ENTRIES - 1) || check_count(check, node))
		return -1;
	for (unsigned int i = 0, left = node->tables; left; i++) {
		if (node->entries[i].kind != PT_TABLE)
			continue;
		if (check_tree(check, node->entries[i].child))
			return -1;
		left--;
	}

	return 0;
}

static int check_freed(struct pt_check *check)
{
	const struct pgtable_shared *shared = core_pgtable(check->core);

	for (u64 i = 0; i < shared->nr_touched; i++) {
		const u64 *words = words_of(shared, PGTABLE_POOL_PA + i * PT_PAGE);
		u64 wrong = 0;

		if (shared->pages[i].state != PGTABLE_PAGE_FREED)
			continue;
		for (unsigned int n = 0; n < PGTABLE_ENTRIES; n++)
			wrong |= words[n] ^ PGTABLE_POISON;
		if (wrong)
			return check_misuse(check, PGTABLE_WRITTEN_FREED);
	}

	return 0;
}

int pt_check_everything(struct pt_check *check)
{
	struct pt_model *m = check->model;

	for (unsigned int i = 0; i < m->s2.nr_roots; i++) {
		if (check_tree(check, m->s2.roots[i]))
			return -1;
	}
	if (m->hyp.nr_roots && check_tree(check, m->hyp.roots[0]))
		return -1;
	for (unsigned int i = 0; i < PGTABLE_UNLINKED; i++) {
		if (m->unlinked[i] && check_tree(check, m->unlinked[i]))
			return -1;
	}

	return check_freed(check);
}
