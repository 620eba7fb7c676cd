// SPDX-License-Identifier: GPL-2.0-only
/* Which entries of which tables are not what they were. */
#include "oracle/tlb/watch_internal.h"

#include <string.h>

#define OUTPUT GENMASK(47, 12)

static void feed(struct tlb_watch *w, const struct tlb_write *write)
{
	struct tlb_write part = *write;
	const bool was = tlb_valid(write->was), is = tlb_valid(write->is);
	const bool stage2 = w->tlb.contexts[write->context].stage2;

	if (!w->late || (was && !is)) {
		tlb_note_write(&w->tlb, write);
		return;
	}
	/* Broken first, made last: what is between is what the events say. */
	if (was && is &&
	    tlb_change_of(stage2, write->level, write->was, write->is) < TLB_CHANGE_SIZE) {
		tlb_note_write(&w->tlb, write);
		return;
	}
	part.is = 0;
	if (was)
		tlb_note_write(&w->tlb, &part);
	part = *write;
	part.was = 0;
	/* What was nothing has no order, but that caches of a guest's new page are cleaned before. */
	if (is && (was || w->tlb.contexts[write->context].guest) && w->nr_writes < MAX_LATE)
		w->writes[w->nr_writes++] = part;
}

static void diff(struct tlb_watch *w, u32 number);

/* Nothing leads to a table any more: neither to what is below it. */
static void unlink_table(struct tlb_watch *w, u64 pa)
{
	struct tlb_table *table = tlb_tables_find(&w->tables, pa & OUTPUT);
	const unsigned int bits = w->tables.page_shift - 3;

	if (!table || table->unlinked)
		return;
	/* What else was written there was written before; but once the step is over the page may be another's. */
	if (!w->late)
		diff(w, table - w->tables.tables);
	table = tlb_tables_find(&w->tables, pa & OUTPUT);
	table->unlinked = table->changed = table->hot = true;
	for (u32 i = 0; i < w->tables.nr_entries; i++) {
		const u64 desc = table->entries[i];
		const struct tlb_write write = {
			.context = table->context,
			.level = table->level,
			.ia = table->ia +
			      ((u64)i << (w->tables.page_shift + bits * (3 - table->level))),
			.was = desc,
		};

		if (!tlb_valid(desc))
			continue;
		feed(w, &write);
		if (tlb_is_table(desc, table->level)) {
			unlink_table(w, desc);
			table = tlb_tables_find(&w->tables, pa & OUTPUT);
		}
	}
}

static void link_table(struct tlb_watch *w, const struct tlb_write *write)
{
	const struct tlb_table *was = tlb_tables_find(&w->tables, write->is & OUTPUT);
	const struct tlb_table *table;

	if (was && !was->unlinked)
		return;
	if (was)
		tlb_page_reused(&w->tlb, was->pa);
	table = tlb_tables_add(&w->tables, write->is & OUTPUT, write->context, write->level + 1,
	                       write->ia);
	if (!table)
		return;
	diff(w, table - w->tables.tables);
}

/* A page that was a guest's is the host's again. */
static void note_given(struct tlb_watch *w, const struct tlb_write *write)
{
	const u64 size = tlb_span(&w->tlb, write->level);
	struct leaf was, is;

	if (write->context != CONTEXT_HOST || !watch_is_el2(w) || tlb_valid(write->was))
		return;
	core_decode_leaf(w->core, WALK_HOST_S2, write->was, write->level, &was);
	core_decode_leaf(w->core, WALK_HOST_S2, write->is, write->level, &is);
	if (was.kind == LEAF_DONATED && was.owner == OWNER_GUEST && is.kind != LEAF_DONATED &&
	    w->nr_given < ARRAY_SIZE(w->given))
		w->given[w->nr_given++] = (struct given){ write->ia, size };
}

static void on_change(struct tlb_watch *w, u32 number, u32 index, u64 was, u64 is)
{
	const struct tlb_table *table = &w->tables.tables[number];
	const unsigned int bits = w->tables.page_shift - 3;
	const struct tlb_write write = {
		.context = table->context,
		.level = table->level,
		.ia = table->ia +
		      ((u64)index << (w->tables.page_shift + bits * (3 - table->level))),
		.was = was,
		.is = is,
	};
	const bool was_table = tlb_is_table(was, table->level);
	const bool is_table = tlb_is_table(is, table->level);

	if (table->unlinked) {
		tlb_page_reused(&w->tlb, table->pa);
		return;
	}
	note_given(w, &write);
	feed(w, &write);
	if (was_table && (!is_table || (was ^ is) & OUTPUT))
		unlink_table(w, was);
	if (is_table && (!was_table || (was ^ is) & OUTPUT))
		link_table(w, &write);
}

/* That a page is a table now comes before the entry that leads to it. */
static void tell_write(struct tlb_watch *w, const struct tlb_table *table, u32 index, u64 desc)
{
	if (tlb_is_table(desc, table->level) && !tlb_tables_find(&w->tables, desc & OUTPUT))
		casemate_table(&w->casemate, desc & OUTPUT, w->roots[table->context].base,
		               BIT(w->tables.page_shift));
	casemate_write(&w->casemate, table->pa + index * sizeof(desc), desc);
}

/* Entries of one table, from @first to before @end: what is in them now against what was. */
static void diff_entries(struct tlb_watch *w, u32 number, u32 first, u32 end)
{
	struct tlb_table *table = &w->tables.tables[number];
	const u64 *now = tlb_tables_page(&w->tables, table->pa);

	if (!memcmp(now + first, table->entries + first, (end - first) * sizeof(*now)))
		return;
	if (!table->changed && table->heat < 255)
		table->heat++;
	table->changed = table->hot = true;
	for (u32 i = first; i < end; i++) {
		u64 *entry = &w->tables.tables[number].entries[i];
		const u64 was = *entry, is = now[i];

		if (was == is)
			continue;
		/* There may be more tables after this, elsewhere. */
		*entry = is;
		tell_write(w, &w->tables.tables[number], i, is);
		on_change(w, number, i, was, is);
	}
}

static void diff(struct tlb_watch *w, u32 number)
{
	diff_entries(w, number, 0, w->tables.nr_entries);
}

/* Entries of a table that translate addresses which the op is about; false if there are none. */
static bool in_scope(const struct tlb_watch *w, const struct tlb_table *table, u32 *first, u32 *end)
{
	const unsigned int bits = w->tables.page_shift - 3;
	const unsigned int shift = w->tables.page_shift + bits * (3 - table->level);
	const u64 last = w->scope_end - 1;
	const u64 table_last = table->ia + ((u64)w->tables.nr_entries << shift) - 1;

	if (table->context != w->scope_context || table->ia > last || table_last < w->scope_start)
		return false;
	*first = w->scope_start > table->ia ? (w->scope_start - table->ia) >> shift : 0;
	*end = last < table_last ? ((last - table->ia) >> shift) + 1 : w->tables.nr_entries;

	return true;
}

/*
 * The page-table library changes what translates the addresses that it is called for: that it did nothing else, the
 * model knows (oracle/pgtable/check.c).
 */
static void diff_in_scope(struct tlb_watch *w, u32 number)
{
	u32 first, end;

	if (w->exact || !core_pgtable(w->core))
		diff(w, number);
	else if (in_scope(w, &w->tables.tables[number], &first, &end))
		diff_entries(w, number, first, end);
}

/* A core that knows what was written leaves nothing to be guessed; nor do the few tables of the nested world. */
static bool is_due(const struct tlb_watch *w, const struct tlb_table *table)
{
	u32 first, end;

	if (core_nested(w->core) || w->exact)
		return true;
	if (core_pgtable(w->core))
		return in_scope(w, table, &first, &end);
	if (w->knows_writes)
		return table->pa && !core_unwritten(w->core, table->pa);
	return table->hot;
}

/* What leads to a table comes before it: once the step is over, a page that was one may be poisoned, or another. */
static void diff_by_level(struct tlb_watch *w)
{
	u32 nr = 0;

	for (u32 i = 0; i < w->tables.nr; i++) {
		if (tlb_tables_in_use(&w->tables, i) && is_due(w, &w->tables.tables[i]))
			w->due[nr++] = i;
	}
	for (int level = -1; level <= 3; level++) {
		for (u32 i = 0; i < nr; i++) {
			const struct tlb_table *table = &w->tables.tables[w->due[i]];

			if (table->level == level && !table->unlinked)
				diff_in_scope(w, w->due[i]);
		}
	}
}

void watch_diff(struct tlb_watch *w, bool all)
{
	if (!watch_is_el2(w)) {
		diff_by_level(w);
		return;
	}
	for (u32 i = 0; i < w->tables.nr; i++) {
		if ((all || is_due(w, &w->tables.tables[i])) && tlb_tables_in_use(&w->tables, i))
			diff(w, i);
	}
}

/* Whole pages, and one more: the library rounds. An op without an address makes or frees what is not linked. */
void watch_set_scope(struct tlb_watch *w, const struct op *op, const u64 args[OP_MAX_ARGS])
{
	const struct op_desc *desc = op_desc(op->code);
	const u64 page = BIT(w->tables.page_shift);
	u64 size = 0;

	w->scope_context = op->code < OP_hyp_init ? CONTEXT_HOST : CONTEXT_EL2;
	w->scope_start = ~0ULL;
	for (unsigned int i = 0; i < desc->nr_args; i++) {
		if (desc->args[i].kind == ARG_IPA)
			w->scope_start = args[i] & ~(page - 1);
		else if (desc->args[i].kind == ARG_SIZE)
			size = args[i];
	}
	w->scope_end = w->scope_start + size + 2 * page;
	if (w->scope_end < w->scope_start || size > ~0ULL - 2 * page)
		w->scope_end = ~0ULL;
}
