// SPDX-License-Identifier: GPL-2.0-only
/* See tlb.h for the rules and their sources. */
#include "oracle/tlb/rules.h"

#include <string.h>

static const struct {
	const char *name, *text;
} rules[TLB_RULE_COUNT] = {
	[TLB_RULE_NONE] = { "none", "nothing" },
	[TLB_RULE_BBM] = { "bbm", "break-before-make: invalid, and a TLBI that is complete, "
	                          "before the entry is another one" },
	[TLB_RULE_MISSING] = { "missing", "a TLBI for what the entry was" },
	[TLB_RULE_EARLY] = { "early", "a TLBI after the entry was written, not before" },
	[TLB_RULE_SCOPE] = { "scope", "a TLBI that reaches every CPU" },
	[TLB_RULE_VMID] = { "vmid", "a TLBI under the VMID of the entry's stage 2" },
	[TLB_RULE_LEVEL] = { "level", "a TLBI without a hint, or with that of the entry's level" },
	[TLB_RULE_LAST_LEVEL] = { "last-level", "a TLBI of table entries, too" },
	[TLB_RULE_RANGE] = { "range", "a TLBI of the whole range" },
	[TLB_RULE_STAGE1] = { "stage1", "a TLBI of stage 1 after that of stage 2" },
	[TLB_RULE_DSB_BEFORE] = { "dsb-before", "a DSB of stores between the entry's write and "
	                                        "its TLBI" },
	[TLB_RULE_DSB_BETWEEN] = { "dsb-between", "a DSB between the TLBI of stage 2 and that of "
	                                          "stage 1" },
	[TLB_RULE_DSB_AFTER] = { "dsb-after",
	                         "a DSB of all accesses, of the TLBI's domain, after it" },
	[TLB_RULE_DSB_MAKE] = { "dsb-make", "a DSB of stores after a new entry" },
	[TLB_RULE_ISB_CONTEXT] = { "isb-context",
	                           "an ISB between the write of VTTBR_EL2 and a TLBI "
	                           "of its VMID" },
	[TLB_RULE_RELAX] = { "relax", "a TLBI on this CPU for what the entry was" },
	[TLB_RULE_TABLE_FREED] = { "table-freed", "a TLBI that is complete, before the page of a "
	                                          "table is put to another use" },
	[TLB_RULE_VMID_REUSE] = { "vmid-reuse", "a TLBI of all of a VMID, before another stage 2 "
	                                        "has it" },
	[TLB_RULE_CLEAN] = { "clean", "a guest's page cleaned to the PoC before the host gets it" },
	[TLB_RULE_CLEAN_GUEST] = { "clean-guest",
	                           "a page cleaned to the PoC before a guest without "
	                           "FWB gets it" },
	[TLB_RULE_ICACHE] = { "icache", "instructions invalidated before a guest may fetch them" },
};

const char *tlb_rule_name(enum tlb_rule rule)
{
	return rules[rule].name;
}

const char *tlb_rule_text(enum tlb_rule rule)
{
	return rules[rule].text;
}

void tlb_init(struct tlb *tlb, unsigned int page_shift)
{
	memset(tlb, 0, offsetof(struct tlb, past));
	tlb->page_shift = page_shift;
	tlb->nr_past = 0;
	tlb_debts_init(&tlb->debts);
}

int tlb_add_context(struct tlb *tlb, const struct tlb_context *context)
{
	u32 i = 0;

	/* A guest's that is gone makes room. */
	while (i < tlb->nr_contexts && (tlb->contexts[i].live || !tlb->contexts[i].guest))
		i++;
	if (i == TLB_MAX_CONTEXTS)
		return -1;
	tlb->contexts[i] = *context;
	if (i == tlb->nr_contexts)
		tlb->nr_contexts++;

	return i;
}

#define VTTBR_BASE GENMASK(47, 1)

int tlb_find_guest(const struct tlb *tlb, u64 vttbr)
{
	for (u32 i = 0; i < tlb->nr_contexts; i++) {
		const struct tlb_context *context = &tlb->contexts[i];

		if (context->guest && context->live && context->vmid == vttbr >> 48 &&
		    context->base == (vttbr & VTTBR_BASE))
			return i;
	}

	return -1;
}

static void break_rule(struct tlb *tlb, enum tlb_rule rule, const struct tlb_debt *debt,
                       const struct event *near)
{
	struct tlb_violation *broken = &tlb->broken;

	if (broken->rule)
		return;
	*broken = (struct tlb_violation){ .rule = rule, .near_event.kind = EVENT_KIND_COUNT };
	if (debt)
		broken->debt = *debt;
	if (near)
		broken->near_event = *near;
}

static struct tlb_debt *find_debt(struct tlb *tlb, const struct tlb_write *write)
{
	struct tlb_debt *debt = tlb_debts_next(&tlb->debts, write->ia, NULL);

	while (debt && (debt->ia != write->ia || debt->level != write->level ||
	                debt->context != write->context))
		debt = tlb_debts_next(&tlb->debts, write->ia, debt);

	return debt;
}

/* Was there a TLBI that would have done, had it come after the write? */
static bool came_early(const struct tlb *tlb, const struct tlb_debt *debt)
{
	for (u32 i = debt->nr_past; i-- > 0;) {
		const struct event *e = &tlb->past[i];

		if (e->kind == EVENT_TLBI && !tlb_covers(tlb, e, debt))
			return true;
	}

	return false;
}

static void owe(struct tlb *tlb, const struct tlb_write *write, enum tlb_need need, bool cut)
{
	struct tlb_debt *debt = find_debt(tlb, write);

	if (!debt)
		debt = tlb_debts_add(&tlb->debts, write->ia);
	if (!debt) {
		tlb->overflow = true;
		return;
	}
	tlb_debts_set_state(&tlb->debts, debt, TLB_WRITTEN);
	debt->context = write->context;
	debt->level = write->level;
	debt->table = tlb_is_table(write->was, write->level);
	debt->cut = cut;
	debt->need = need;
	debt->near_rule = TLB_RULE_NONE;
	debt->nr_past = tlb->nr_past;
	debt->was = write->was;
	debt->is = write->is;
	debt->page = debt->table ? write->was & GENMASK(47, 12) & ~(BIT(tlb->page_shift) - 1) : 0;
}

/* Is [pa, pa + size) in what was maintained so far in the step? */
static bool maintained(const struct tlb *tlb, u8 kind, u64 pa, u64 size)
{
	for (u32 i = 0; i < tlb->nr_past; i++) {
		const struct event *e = &tlb->past[i];

		if (e->kind == kind && (e->size == ~0ULL || (e->arg <= pa && e->size >= size &&
		                                             pa - e->arg <= e->size - size)))
			return true;
	}

	return false;
}

/* A page of the range at a time: EL2 maintains a block piece by piece. */
static bool all_maintained(const struct tlb *tlb, u8 kind, u64 pa, u64 size)
{
	const u64 page = BIT(tlb->page_shift);

	if (maintained(tlb, kind, pa, size) || tlb->nr_past == ARRAY_SIZE(tlb->past))
		return true;
	for (u64 at = pa; at < pa + size; at += page) {
		if (!maintained(tlb, kind, at, page))
			return false;
	}

	return true;
}

/* A leaf that a guest gets, or gets to execute */
static void check_caches(struct tlb *tlb, const struct tlb_write *write)
{
	const struct tlb_debt debt = { .context = write->context,
		                       .level = write->level,
		                       .ia = write->ia,
		                       .was = write->was,
		                       .is = write->is };
	const u64 size = tlb_span(tlb, write->level),
		  pa = write->is & GENMASK(47, 12) & ~(size - 1);
	const bool fresh = !tlb_valid(write->was);

	if (!tlb->contexts[write->context].guest || tlb_is_table(write->is, write->level))
		return;
	if (fresh && !tlb->fwb && tlb_is_cacheable(write->is, false) &&
	    !all_maintained(tlb, EVENT_DCACHE, pa, size))
		break_rule(tlb, TLB_RULE_CLEAN_GUEST, &debt, NULL);
	if (!tlb->dic && tlb_is_executable(write->is) &&
	    (fresh || !tlb_is_executable(write->was)) &&
	    !all_maintained(tlb, EVENT_ICACHE, pa, size))
		break_rule(tlb, TLB_RULE_ICACHE, &debt, NULL);
}

/* The rule that a debt which is left breaks. */
static enum tlb_rule why(const struct tlb *tlb, const struct tlb_debt *debt)
{
	if (debt->need == TLB_NEED_DSB)
		return TLB_RULE_DSB_MAKE;
	switch (debt->state) {
	case TLB_STAGE2_ISSUED:
	case TLB_STAGE2_DONE:
		return debt->near_rule == TLB_RULE_DSB_BETWEEN ? TLB_RULE_DSB_BETWEEN :
		                                                 TLB_RULE_STAGE1;
	case TLB_ISSUED:
		return TLB_RULE_DSB_AFTER;
	default:
		if (debt->near_rule)
			return debt->near_rule;
		if (came_early(tlb, debt))
			return TLB_RULE_EARLY;
		return debt->need == TLB_NEED_LOCAL ? TLB_RULE_RELAX : TLB_RULE_MISSING;
	}
}

/* Invalid, and valid now */
static void make(struct tlb *tlb, const struct tlb_write *write)
{
	struct tlb_debt *debt = find_debt(tlb, write);

	check_caches(tlb, write);
	if (debt && debt->need != TLB_NEED_DSB && debt->was != write->is) {
		/* That none came, or the wrong one, says more. */
		break_rule(tlb, why(tlb, debt) == TLB_RULE_MISSING ? TLB_RULE_BBM : why(tlb, debt),
		           debt, NULL);
		return;
	}
	if (debt && debt->need != TLB_NEED_DSB) {
		tlb_debts_drop(&tlb->debts, debt);
		return;
	}
	/* A table translates nothing by itself: the leaves below it, new as they are, owe their DSB. */
	if (!tlb->at_end && !tlb_is_table(write->is, write->level))
		owe(tlb, write, TLB_NEED_DSB, false);
}

/* Valid, and not any more */
static void break_entry(struct tlb *tlb, const struct tlb_write *write)
{
	const struct tlb_debt *debt = find_debt(tlb, write);

	/* EL2 cannot have used it: it takes no fault to try again. */
	if (debt && debt->need == TLB_NEED_DSB && !tlb->contexts[write->context].stage2)
		break_rule(tlb, TLB_RULE_DSB_MAKE, debt, NULL);
	owe(tlb, write, TLB_NEED_ALL, false);
}

/* Valid, and valid otherwise */
static void change(struct tlb *tlb, const struct tlb_write *write)
{
	const bool stage2 = tlb->contexts[write->context].stage2;
	const struct tlb_debt debt = { .context = write->context,
		                       .level = write->level,
		                       .table = tlb_is_table(write->was, write->level),
		                       .ia = write->ia,
		                       .was = write->was,
		                       .is = write->is };

	switch (tlb_change_of(stage2, write->level, write->was, write->is)) {
	case TLB_CHANGE_NONE:
		return;
	case TLB_CHANGE_RELAXED:
		if (!tlb->at_end)
			check_caches(tlb, write);
		owe(tlb, write, TLB_NEED_LOCAL, false);
		return;
	case TLB_CHANGE_CUT:
		/*
		 * Of a guest: kvm_pgtable_stage2_wrprotect() leaves the TLBI to its caller, by its comment in
		 * kvm_pgtable.h, and that is the host, whose own guest it is.
		 */
		if (!tlb->contexts[write->context].delegates)
			owe(tlb, write, TLB_NEED_ALL, true);
		return;
	case TLB_CHANGE_SIZE:
		/* FEAT_BBM, level 2: no conflict, but the old translation stays till its TLBI. */
		if (tlb->bbm == 2) {
			owe(tlb, write, TLB_NEED_ALL, false);
			return;
		}
		break;
	default:
		break;
	}
	break_rule(tlb, TLB_RULE_BBM, &debt, NULL);
}

void tlb_note_write(struct tlb *tlb, const struct tlb_write *write)
{
	if (!tlb->contexts[write->context].live || write->was == write->is)
		return;
	if (tlb_valid(write->was) && tlb_valid(write->is))
		change(tlb, write);
	else if (tlb_valid(write->was))
		break_entry(tlb, write);
	else if (tlb_valid(write->is))
		make(tlb, write);
}

/* A DSB reaches: its own PE, the inner shareable domain, more. */
static bool reaches_all(unsigned int crm)
{
	return crm >> 2 != 1;
}

static void complete_flush(struct tlb *tlb)
{
	for (u32 i = 0; i < tlb->nr_contexts; i++) {
		struct tlb_context *context = &tlb->contexts[i];
		bool owes = false;

		if (!context->flushed)
			continue;
		context->flushed = false;
		for (u32 n = 0; n < tlb->debts.nr; n++)
			owes |= tlb_debt(&tlb->debts, n)->context == i;
		/* Nothing of it is cached anywhere, until it is entered again. */
		if (context->guest && !owes)
			context->live = false;
	}
}

static void on_dsb(struct tlb *tlb, unsigned int crm)
{
	struct tlb_debts *debts = &tlb->debts;
	const bool stores = crm & 2, all = (crm & 3) == 3;

	for (u32 i = debts->nr; stores && debts->nr_written && i-- > debts->nr_moving;) {
		struct tlb_debt *debt = tlb_debt(debts, i);

		if (debt->state != TLB_WRITTEN ||
		    !(reaches_all(crm) || debt->need == TLB_NEED_LOCAL))
			continue;
		tlb_debts_set_state(debts, debt, TLB_VISIBLE);
		if (debt->need == TLB_NEED_DSB)
			tlb_debts_drop(debts, debt);
	}
	for (u32 i = debts->nr_moving; all && i-- > 0;) {
		struct tlb_debt *debt = tlb_debt(debts, i);

		if (!reaches_all(crm) && debt->shared)
			continue;
		if (debt->state == TLB_STAGE2_ISSUED)
			tlb_debts_set_state(debts, debt, TLB_STAGE2_DONE);
		else if (debt->state == TLB_ISSUED)
			tlb_debts_drop(debts, debt);
	}
	if (all && reaches_all(crm))
		complete_flush(tlb);
}

/* Stage 1 of a VMID, after stage 2 of an address */
static void on_tlbi_stage1(struct tlb *tlb, const struct event *event)
{
	for (u32 i = 0; i < tlb->debts.nr_moving; i++) {
		struct tlb_debt *debt = tlb_debt(&tlb->debts, i);

		if (!tlb->contexts[debt->context].stage2 ||
		    tlb->contexts[debt->context].vmid != event->vttbr >> 48 ||
		    (debt->need == TLB_NEED_ALL && !tlbi_is_shared(event->op)))
			continue;
		if (debt->state == TLB_STAGE2_ISSUED)
			debt->near_rule = TLB_RULE_DSB_BETWEEN;
		if (debt->state != TLB_STAGE2_DONE)
			continue;
		tlb_debts_set_state(&tlb->debts, debt, TLB_ISSUED);
		debt->shared = tlbi_is_shared(event->op);
	}
}

static bool is_of_both_stages(const struct event *event)
{
	return tlbi_what(event->op) == TLBI_WHAT_VMID_S12 ||
	       tlbi_what(event->op) == TLBI_WHAT_EL1_ALL;
}

static void try_tlbi(struct tlb *tlb, const struct event *event, struct tlb_debt *debt)
{
	enum tlb_rule rule;

	if (debt->need == TLB_NEED_DSB || debt->state > TLB_VISIBLE)
		return;
	rule = tlb_covers(tlb, event, debt);
	if (!rule && debt->state == TLB_WRITTEN)
		rule = TLB_RULE_DSB_BEFORE;
	if (rule) {
		if (rule != TLB_RULE_MISSING)
			debt->near_rule = rule;
		return;
	}
	debt->shared = tlbi_is_shared(event->op);
	tlb_debts_set_state(&tlb->debts, debt,
	                    tlb->contexts[debt->context].stage2 && !is_of_both_stages(event) ?
	                            TLB_STAGE2_ISSUED :
	                            TLB_ISSUED);
}

/* Of entries that translate an address there is one at each level. */
static void try_tlbi_at(struct tlb *tlb, const struct event *event, u64 addr)
{
	/* Above what a table of 64 KiB at level 0 translates there is nothing. */
	for (int level = tlb->page_shift > 12 ? 0 : -1; level <= 3; level++) {
		const u64 ia = addr & ~(tlb_span(tlb, level) - 1);
		struct tlb_debt *debt = NULL;

		while ((debt = tlb_debts_next(&tlb->debts, ia, debt))) {
			if (debt->level == level)
				try_tlbi(tlb, event, debt);
		}
	}
}

static void try_tlbi_all(struct tlb *tlb, const struct event *event)
{
	u64 addr;

	if (!tlb->debts.nr)
		return;
	if (tlb_target(event, &addr)) {
		try_tlbi_at(tlb, event, addr);
		return;
	}
	for (u32 i = tlb->debts.nr_moving; i < tlb->debts.nr; i++)
		try_tlbi(tlb, event, tlb_debt(&tlb->debts, i));
}

static void on_tlbi(struct tlb *tlb, const struct event *event)
{
	const enum tlbi_what what = tlbi_what(event->op);

	if (tlb->unsynced && what != TLBI_WHAT_EL1_ALL && what < TLBI_WHAT_EL2_ALL)
		break_rule(tlb, TLB_RULE_ISB_CONTEXT, NULL, event);
	if (what == TLBI_WHAT_VMID_S1) {
		on_tlbi_stage1(tlb, event);
		return;
	}
	try_tlbi_all(tlb, event);
	for (u32 i = 0; i < tlb->nr_contexts && is_of_both_stages(event); i++) {
		struct tlb_context *context = &tlb->contexts[i];

		if (context->stage2 && tlbi_is_shared(event->op) &&
		    (what == TLBI_WHAT_EL1_ALL || context->vmid == event->vttbr >> 48))
			context->flushed = true;
	}
}

/*
 * Only what runs below EL2 makes translations by a stage 2: at EL2 there are no walks of other regimes ("Use of
 * out-of-context translation regimes").
 */
static void on_guest(struct tlb *tlb, const struct event *event)
{
	const struct tlb_context entered = { .stage2 = true,
		                             .guest = true,
		                             .live = true,
		                             .delegates = true,
		                             .vmid = event->vttbr >> 48,
		                             .base = event->vttbr & VTTBR_BASE };

	if (tlb_find_guest(tlb, event->vttbr) >= 0)
		return;
	for (u32 i = 0; i < tlb->nr_contexts; i++) {
		const struct tlb_context *other = &tlb->contexts[i];

		if (other->stage2 && other->live && other->vmid == entered.vmid)
			break_rule(tlb, TLB_RULE_VMID_REUSE,
			           &(struct tlb_debt){ .context = i, .was = other->base }, event);
	}
	tlb_add_context(tlb, &entered);
}

void tlb_event(struct tlb *tlb, const struct event *event)
{
	if ((event->kind == EVENT_TLBI || event->kind == EVENT_DCACHE ||
	     event->kind == EVENT_ICACHE) &&
	    tlb->nr_past < ARRAY_SIZE(tlb->past))
		tlb->past[tlb->nr_past++] = *event;

	switch (event->kind) {
	case EVENT_TLBI:
		on_tlbi(tlb, event);
		break;
	case EVENT_DSB:
		on_dsb(tlb, event->op);
		break;
	case EVENT_ISB:
		tlb->unsynced = false;
		break;
	case EVENT_REG:
		tlb->unsynced |= event->op == EVENT_VTTBR_EL2;
		break;
	case EVENT_GUEST:
		tlb->unsynced = false;
		on_guest(tlb, event);
		break;
	case EVENT_FREE:
		tlb_page_reused(tlb, event->arg);
		break;
	default:
		break;
	}
}

void tlb_page_reused(struct tlb *tlb, u64 page)
{
	for (u32 i = 0; i < tlb->debts.nr && !tlb->at_end; i++) {
		const struct tlb_debt *debt = tlb_debt(&tlb->debts, i);

		if (debt->table && debt->page == page && debt->need == TLB_NEED_ALL)
			break_rule(tlb, TLB_RULE_TABLE_FREED, debt, NULL);
	}
}

/* As hyp_poison_page() has it: through a Non-cacheable alias the host would read what the guest had */
void tlb_given_back(struct tlb *tlb, u64 pa, u64 size)
{
	if (!all_maintained(tlb, EVENT_DCACHE, pa, size))
		break_rule(tlb, TLB_RULE_CLEAN, &(struct tlb_debt){ .ia = pa, .level = 3 }, NULL);
}

void tlb_step_begin(struct tlb *tlb)
{
	tlb->nr_past = 0;
	tlb->overflow = false;
	tlb->unsynced = false;
}

void tlb_step_end(struct tlb *tlb)
{
	const struct tlb_debt *debt = tlb_debt(&tlb->debts, 0);

	if (tlb->overflow)
		tlb_debts_clear(&tlb->debts);
	if (tlb->debts.nr)
		break_rule(tlb, why(tlb, debt), debt, NULL);
}

void tlb_forget(struct tlb *tlb, u32 context)
{
	for (u32 i = tlb->debts.nr; i-- > 0;) {
		struct tlb_debt *debt = tlb_debt(&tlb->debts, i);

		if (debt->context == context)
			tlb_debts_drop(&tlb->debts, debt);
	}
}
