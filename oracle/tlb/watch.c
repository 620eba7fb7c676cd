// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/tlb/watch.h"

#include "oracle/tlb/story.h"
#include "oracle/tlb/watch_internal.h"

#include <stdlib.h>
#include <string.h>

static u32 count_live(const struct tlb *tlb)
{
	u32 nr = 0;

	for (u32 i = 0; i < tlb->nr_contexts; i++)
		nr += tlb->contexts[i].live;

	return nr;
}

/* Contexts */

/* The tables of a context as they are */
static void tell_tables(struct tlb_watch *w, u32 context)
{
	const u64 root = w->roots[context].base, vmid = w->tlb.contexts[context].vmid;

	if (!w->casemate.out)
		return;
	for (u32 i = 0; i < w->tables.nr; i++) {
		const struct tlb_table *table = &w->tables.tables[i];

		if (table->context != context || !tlb_tables_in_use(&w->tables, i))
			continue;
		casemate_table(&w->casemate, table->pa, root, BIT(w->tables.page_shift));
		for (u32 n = 0; n < w->tables.nr_entries; n++) {
			if (table->entries[n])
				casemate_write(&w->casemate, table->pa + n * sizeof(u64),
				               table->entries[n]);
		}
	}
	casemate_root(&w->casemate, root,
	              w->tlb.contexts[context].stage2 ? EVENT_VTTBR_EL2 : EVENT_TTBR0_EL2,
	              root | vmid << 48);
}

static void take_tables(struct tlb_watch *w, u32 context, const struct tlb_root *root)
{
	w->roots[context] = *root;
	tlb_tables_add_root(&w->tables, context, root);
	tell_tables(w, context);
}

/* A guest's tables matter from when it is entered to when it is flushed for good. */
static void follow_contexts(struct tlb_watch *w, const struct event *event)
{
	const int before = event->kind == EVENT_GUEST ? tlb_find_guest(&w->tlb, event->vttbr) : 0;
	struct tlb_root root = { .base = event->vttbr & GENMASK(47, 1) };
	int guest;

	tlb_event(&w->tlb, event);
	guest = event->kind == EVENT_GUEST ? tlb_find_guest(&w->tlb, event->vttbr) : -1;
	if (before < 0 && guest >= 0) {
		tlb_tables_drop(&w->tables, guest);
		core_table_format(w->core, WALK_HOST_S2, &root.start_level, &root.ia_bits);
		take_tables(w, guest, &root);
	}
	if (event->kind != EVENT_DSB || count_live(&w->tlb) == w->nr_live) {
		w->nr_live = count_live(&w->tlb);
		return;
	}
	w->nr_live = count_live(&w->tlb);
	for (u32 i = w->nr_fixed; i < w->tlb.nr_contexts; i++) {
		if (!w->tlb.contexts[i].live)
			tlb_tables_drop(&w->tables, i);
	}
}

static void drop_context(struct tlb_watch *w, u32 context)
{
	tlb_forget(&w->tlb, context);
	tlb_tables_drop(&w->tables, context);
	w->tlb.contexts[context].live = false;
	w->roots[context].base = 0;
}

/* In the page-table world ops make and destroy the tables; in the nested world one op destroys all. */
static void follow_root(struct tlb_watch *w, u32 context, u64 base, int start_level,
                        unsigned int ia_bits)
{
	const struct tlb_root now = { .base = base,
		                      .start_level = start_level,
		                      .ia_bits = ia_bits };

	if (now.base == w->roots[context].base)
		return;
	drop_context(w, context);
	if (!now.base)
		return;
	w->tlb.contexts[context].live = true;
	take_tables(w, context, &now);
}

static void follow_roots(struct tlb_watch *w)
{
	const struct pgtable_shared *pgtable = core_pgtable(w->core);
	const struct nested_view *nested = core_nested(w->core);

	if (pgtable) {
		follow_root(w, CONTEXT_HOST, pgtable->s2.pgd, pgtable->s2.start_level,
		            pgtable->s2.ia_bits);
		follow_root(w, CONTEXT_EL2, pgtable->hyp.pgd, pgtable->hyp.start_level,
		            pgtable->hyp.ia_bits);
	}
	for (u32 i = 0; nested && i < w->nr_fixed; i++) {
		const struct nested_mmu *mmu = &nested->shared->mmus[i];

		follow_root(w, i, mmu->pgd, mmu->start_level, mmu->ia_bits);
	}
}

/* What there is after boot */

static int add_context(struct tlb_watch *w, const struct tlb_context *context,
                       const struct tlb_root *root)
{
	const int i = tlb_add_context(&w->tlb, context);

	w->tlb.contexts[i].base = root->base;
	w->roots[i] = *root;
	return root->base ? tlb_tables_add_root(&w->tables, i, root) : 0;
}

static int add_nested(struct tlb_watch *w)
{
	const struct nested_shared *shared = core_nested(w->core)->shared;

	for (u32 i = 0; i < w->nr_fixed; i++) {
		const struct nested_mmu *mmu = &shared->mmus[i];
		const struct tlb_context context = { .stage2 = true,
			                             .live = true,
			                             .vmid = nested_vttbr(shared, i) >> 48 };
		const struct tlb_root root = { .base = mmu->pgd,
			                       .start_level = mmu->start_level,
			                       .ia_bits = mmu->ia_bits };

		if (add_context(w, &context, &root))
			return -1;
	}

	return tlb_tables_booted(&w->tables);
}

static int add_fixed(struct tlb_watch *w)
{
	static const enum walk_root walks[] = { WALK_HOST_S2, WALK_HYP_S1 };
	const bool pgtable = core_pgtable(w->core);

	for (unsigned int i = 0; i < w->nr_fixed; i++) {
		const struct tlb_context context = { .stage2 = i == CONTEXT_HOST,
			                             .live = !pgtable,
			                             .delegates = pgtable };
		struct tlb_root root = { 0 };

		if (!pgtable) {
			root.base = core_table(w->core, walks[i]);
			core_table_format(w->core, walks[i], &root.start_level, &root.ia_bits);
		}
		if (add_context(w, &context, &root))
			return -1;
	}

	return tlb_tables_booted(&w->tables);
}

struct tlb_watch *tlb_watch_open(struct core *core, enum tlb_mode mode)
{
	const u32 caps = core_config(core)->caps;
	struct tlb_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->core = core;
	w->mode = mode;
	w->nr_fixed = core_nested(core) ? NESTED_MMUS : NR_FIXED;
	w->knows_writes = watch_is_el2(w) && core_knows_writes(core);
	if (tlb_tables_open(&w->tables, core))
		goto no_memory;
	tlb_init(&w->tlb, w->tables.page_shift);
	w->tlb.fwb = caps & BIT(CAP_fwb);
	w->tlb.dic = caps & BIT(CAP_dic);
	if (core_nested(core) ? add_nested(w) : add_fixed(w))
		goto no_memory;

	return w;

no_memory:
	tlb_watch_close(w);
	return NULL;
}

void tlb_watch_close(struct tlb_watch *w)
{
	if (!w)
		return;
	tlb_tables_close(&w->tables);
	free(w);
}

void tlb_watch_reset(struct tlb_watch *w, bool exact)
{
	const bool pgtable = core_pgtable(w->core);

	w->exact = exact;
	w->stepping = false;
	tlb_debts_clear(&w->tlb.debts);
	w->tlb.broken.rule = TLB_RULE_NONE;
	w->tlb.nr_contexts = w->nr_fixed;
	w->nr_given = w->nr_writes = 0;
	w->cpu = 0;
	for (u32 i = 0; i < w->nr_fixed; i++) {
		w->tlb.contexts[i].live = !pgtable;
		w->roots[i].base = w->tlb.contexts[i].base;
	}
	w->nr_live = count_live(&w->tlb);
	tlb_tables_reset(&w->tables);
	casemate_begin(&w->casemate, w->casemate.out);
	for (u32 i = 0; i < w->nr_fixed && !pgtable; i++)
		tell_tables(w, i);
}

void tlb_watch_tell(struct tlb_watch *w, FILE *out)
{
	w->casemate.out = out;
}

/* Steps */

/* Any argument may be an address, the host's virtual one, too, or the number of a page. */
static void guess(struct tlb_watch *w, u64 addr)
{
	tlb_tables_heat(&w->tables, &w->roots[CONTEXT_HOST], addr);
	tlb_tables_heat(&w->tables, &w->roots[CONTEXT_EL2],
	                map_hyp_va(core_map(w->core), map_hva_pa(addr)));
}

/* Asked for only in a step that has events. */
static void guess_args(struct tlb_watch *w)
{
	while (w->nr_args && !w->knows_writes && watch_is_el2(w)) {
		const u64 arg = w->args[--w->nr_args];

		guess(w, arg);
		guess(w, arg << w->tables.page_shift);
	}
}

/* Ops whose caller takes care of TLBs itself, or of tables that nobody walks. */
static bool is_excused(const struct op *op, const u64 args[OP_MAX_ARGS])
{
	switch (op->code) {
	case OP_s2_destroy:
	case OP_hyp_destroy:
	case OP_destroy_vm:
		return true;
	case OP_s2_map:
		return args[5] & PGTABLE_SKIP_BBM_TLBI;
	default:
		return false;
	}
}

void tlb_watch_begin(struct tlb_watch *w, const struct op *op, const u64 args[OP_MAX_ARGS])
{
	w->nr_args = op_desc(op->code)->nr_args;
	memcpy(w->args, args, sizeof(w->args));
	w->excused = is_excused(op, args);
	w->nr_told = 0;
	if (core_pgtable(w->core))
		watch_set_scope(w, op, args);
	w->tlb.at_end = w->mode == TLB_END;
	w->stepping = !w->excused;
	if (op->code == OP_on_cpu)
		w->cpu = args[0];
	casemate_step(&w->casemate, w->cpu);
	tlb_step_begin(&w->tlb);
}

/* How many flushes a driver has told of in this step; in the hypervisor's world they are instructions. */
static u64 nr_told(const struct tlb_watch *w)
{
	const struct pgtable_shared *pgtable = core_pgtable(w->core);
	const struct nested_view *nested = core_nested(w->core);

	return pgtable ? pgtable->nr_events : nested ? nested->shared->nr_events : 0;
}

static bool is_point(struct tlb_watch *w, const struct event *event)
{
	const u64 told = nr_told(w);

	/* What a driver tells at once stands for instructions between which nothing is written. */
	if (told && told == w->nr_told && !event->pc && event->kind != EVENT_FREE)
		return false;
	w->nr_told = told;
	return event->kind == EVENT_TLBI || event->kind == EVENT_DSB ||
	       event->kind == EVENT_GUEST || event->kind == EVENT_FREE;
}

/* The next address, too: its write comes before the DSB that comes before its TLBI. */
static void guess_from(struct tlb_watch *w, const struct event *event)
{
	const enum tlbi_what what = tlbi_what(event->op);
	const u64 addr = (event->arg & GENMASK(35, 0)) << 12;

	if (event->kind != EVENT_TLBI || what < TLBI_WHAT_IPA || !watch_is_el2(w))
		return;
	tlb_tables_heat(&w->tables,
	                &w->roots[what < TLBI_WHAT_EL2_ALL ? CONTEXT_HOST : CONTEXT_EL2],
	                addr + BIT(w->tables.page_shift));
}

void tlb_watch_on_event(void *arg, const struct event *event)
{
	struct tlb_watch *w = arg;

	/* A step of more events than are kept is not judged: an unmap of pages by the hundred thousand. */
	if (!w->stepping || core_events(w->core)->lost)
		return;
	if (w->mode == TLB_END) {
		if (event->kind == EVENT_GUEST)
			follow_contexts(w, event);
		return;
	}
	guess_args(w);
	if (is_point(w, event))
		watch_diff(w, w->exact);
	casemate_event(&w->casemate, event);
	follow_contexts(w, event);
	guess_from(w, event);
}

/* The events of the step, once it is over, between what was broken and what was made. */
static void replay_events(struct tlb_watch *w, const struct event_log *log)
{
	/* Of tables that no guest's entry makes live nothing is left over for the next step. */
	for (u32 i = 0; i < log->nr && (w->tlb.debts.nr || !core_pgtable(w->core)); i++) {
		if (log->events[i].kind != EVENT_GUEST)
			follow_contexts(w, &log->events[i]);
	}
	for (u32 i = 0; i < w->nr_writes; i++)
		tlb_note_write(&w->tlb, &w->writes[i]);
	w->nr_writes = 0;
}

static bool is_hosts(const struct tlb_watch *w, u64 pa)
{
	struct page_view view;

	if (map_page_index(core_map(w->core), pa) < 0)
		return false;
	core_view(w->core, pa, &view);
	return view.host == STATE_OWNED;
}

static int judge(struct tlb_watch *w, struct finding *finding)
{
	w->stepping = false;
	tlb_tables_drop_unlinked(&w->tables);
	for (u32 i = 0; i < w->nr_given; i++) {
		/* A page that the guest shares is the guest's still. */
		if (is_hosts(w, w->given[i].pa))
			tlb_given_back(&w->tlb, w->given[i].pa, w->given[i].size);
	}
	w->nr_given = 0;
	tlb_step_end(&w->tlb);
	if (!w->tlb.broken.rule)
		return 0;
	tlb_tell(&w->tlb, w->core, finding);
	return -1;
}

/* What was not looked at, or not judged, is as it is. */
static void take_as_is(struct tlb_watch *w)
{
	tlb_debts_clear(&w->tlb.debts);
	w->nr_writes = w->nr_given = 0;
	w->late = false;
	watch_diff(w, true);
	tlb_tables_drop_unlinked(&w->tables);
	tlb_debts_clear(&w->tlb.debts);
	w->nr_given = 0;
	w->tlb.broken.rule = TLB_RULE_NONE;
	w->stepping = false;
}

static int end(struct tlb_watch *w, const struct outcome *out, struct finding *finding)
{
	const struct event_log *log = core_events(w->core);

	if (outcome_crashed(out)) {
		w->stepping = false;
		return 0;
	}
	follow_roots(w);
	if (w->excused) {
		take_as_is(w);
		return 0;
	}
	/* Where nothing is maintained, nothing was changed: or it is found by and by. */
	if (!log->nr && !w->exact && !core_pgtable(w->core)) {
		w->stepping = false;
		return 0;
	}
	if (log->lost) {
		take_as_is(w);
		return 0;
	}

	guess_args(w);
	w->late = w->mode == TLB_END;
	watch_diff(w, w->exact);
	w->late = false;
	if (w->mode == TLB_END)
		replay_events(w, log);
	return judge(w, finding);
}

int tlb_watch_end(struct tlb_watch *w, const struct outcome *out, struct finding *finding)
{
	int ret = end(w, out, finding);

	casemate_step_end(&w->casemate);
	return ret;
}

int tlb_watch_finish(struct tlb_watch *w, struct finding *finding)
{
	tlb_step_begin(&w->tlb);
	w->tlb.at_end = true;
	watch_diff(w, true);
	return judge(w, finding);
}

u64 tlb_watch_stale(const struct tlb_watch *w)
{
	const struct tlb_violation *broken = &w->tlb.broken;

	if (!broken->rule || broken->debt.context != CONTEXT_HOST || !watch_is_el2(w) ||
	    !tlb_valid(broken->debt.was) || tlb_is_table(broken->debt.was, broken->debt.level))
		return -1;
	return broken->debt.ia;
}
