// SPDX-License-Identifier: GPL-2.0-only
/*
 * TLB maintenance that a change owes (Arm ARM D8.17.1, break-before-make): an entry that was valid and is
 * not what it was is invalid first; then comes a TLBI that covers it; a table is freed after that.
 */
#include "oracle/pgtable/check.h"

#include <stdio.h>

static bool covers(const struct pgtable_event *e, const struct pt_debt *debt)
{
	u64 size = pt_granule(debt->level);

	switch (e->kind) {
	case PGTABLE_TLBI_VMID:
		return debt->stage2;
	case PGTABLE_TLBI_RANGE:
		/* Any address that an entry translates will do. */
		return debt->stage2 && e->addr < debt->ia + size && debt->ia < e->addr + e->size;
	case PGTABLE_TLBI_IPA:
	case PGTABLE_TLBI_IPA_NSH:
		return debt->stage2 && e->addr - debt->ia < size &&
		       (debt->kind == PT_DEBT_RELAX || e->kind == PGTABLE_TLBI_IPA) &&
		       (e->level == PGTABLE_ANY_LEVEL ||
		        (debt->kind != PT_DEBT_TABLE && e->level == debt->level));
	case PGTABLE_TLBI_VA:
		return !debt->stage2 && e->addr - debt->ia < size;
	default:
		return false;
	}
}

/* At one address, the descriptor of just then tells. */
static bool in_time(const struct pgtable_event *e, const struct pt_debt *debt)
{
	if (e->kind == PGTABLE_TLBI_VMID || e->kind == PGTABLE_TLBI_RANGE)
		return true;
	return debt->kind == PT_DEBT_RELAX ? e->seen & 1 : !(e->seen & 1);
}

static bool freed_before(const struct pgtable_shared *shared, u64 page, u64 event)
{
	for (u64 i = 0; page && i < event; i++) {
		if (shared->events[i].kind == PGTABLE_FREE && shared->events[i].addr == page)
			return true;
	}

	return false;
}

static int fail(struct pt_check *check, const char *what, const struct pt_debt *debt)
{
	const struct pgtable_shared *shared = core_pgtable(check->core);
	char expected[128], actual[FINDING_TEXT_MAX];
	size_t at = 0;

	snprintf(expected, sizeof(expected), "a TLBI that covers the %s at 0x%llx, level %d%s",
	         debt->kind == PT_DEBT_TABLE ? "table" : "leaf", (unsigned long long)debt->ia,
	         debt->level,
	         debt->kind == PT_DEBT_RELAX ? ", after the change" :
	         debt->kind == PT_DEBT_TABLE ? ", before the table is freed" :
	                                       ", while it is invalid");
	actual[0] = '\0';
	for (u64 i = 0; i < shared->nr_events && i < PGTABLE_MAX_EVENTS && at < 2048; i++) {
		char text[128];

		at += snprintf(actual + at, sizeof(actual) - at, "%s%s", i ? "\n" : "",
		               pt_describe_event(&shared->events[i], text, sizeof(text)));
	}
	return pt_fail(check, FINDING_INVARIANT, what, expected, at ? actual : "no TLBI");
}

/* Debts come in the order in which the library meets the entries: go on where the last was paid. */
static int check_debt(struct pt_check *check, const struct pt_debt *debt, u64 *next)
{
	const struct pgtable_shared *shared = core_pgtable(check->core);
	const char *what = "TLBI missing";

	for (u64 n = 0; n < shared->nr_events; n++) {
		u64 i = (*next + n) % shared->nr_events;
		const struct pgtable_event *e = &shared->events[i];

		if (!covers(e, debt))
			continue;
		what = "TLBI too early";
		if (!in_time(e, debt))
			continue;
		what = "freed before TLBI";
		if (debt->kind == PT_DEBT_TABLE && freed_before(shared, debt->page, i))
			continue;
		*next = i;
		return 0;
	}

	return fail(check, what, debt);
}

static void count_tlbis(struct pt_check *check, const struct pgtable_shared *shared)
{
	for (u64 i = 0; i < shared->nr_events; i++) {
		u8 kind = shared->events[i].kind;

		if (kind > PGTABLE_TLBI_VA)
			continue;
		check->tlbis++;
		check->full_tlbis += kind == PGTABLE_TLBI_VMID;
		check->needless_tlbis += !check->model->nr_debts;
	}
}

int pt_check_debts(struct pt_check *check)
{
	const struct pgtable_shared *shared = core_pgtable(check->core);
	const struct pt_model *m = check->model;
	u64 next = 0;

	/* Nothing walks a table that is destroyed. */
	if (shared->nr_events > PGTABLE_MAX_EVENTS)
		return 0;
	count_tlbis(check, shared);
	for (unsigned int i = 0; i < m->nr_debts; i++) {
		if (check_debt(check, &m->debts[i], &next))
			return -1;
	}

	return 0;
}
