// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is owed, so kept that an event looks at few: an operation on a large range breaks thousands of entries, and
 * has as many events. order[] is a permutation of all places: those on the way, those that wait, those that are free.
 */
#include "oracle/tlb/rules.h"

#include <string.h>

/* Where a VA has more bits than the operand of a TLBI, they say nothing new. */
#define KEY_BITS GENMASK(55, 12)

static u16 *head_of(struct tlb_debts *debts, u64 ia)
{
	return &debts->heads[((ia & KEY_BITS) * 0x9e3779b97f4a7c15ULL) >> 48 &
	                     (TLB_DEBT_HEADS - 1)];
}

void tlb_debts_init(struct tlb_debts *debts)
{
	debts->nr = debts->nr_moving = debts->nr_written = 0;
	memset(debts->heads, 0, sizeof(debts->heads));
	for (u32 i = 0; i < TLB_MAX_DEBTS; i++)
		debts->order[i] = debts->all[i].place = i;
}

void tlb_debts_clear(struct tlb_debts *debts)
{
	if (debts->nr)
		memset(debts->heads, 0, sizeof(debts->heads));
	debts->nr = debts->nr_moving = debts->nr_written = 0;
}

struct tlb_debt *tlb_debts_next(struct tlb_debts *debts, u64 ia, const struct tlb_debt *last)
{
	for (u16 i = last ? last->next : *head_of(debts, ia); i; i = debts->all[i - 1].next) {
		if (!((debts->all[i - 1].ia ^ ia) & KEY_BITS))
			return &debts->all[i - 1];
	}

	return NULL;
}

static void swap(struct tlb_debts *debts, u32 a, u32 b)
{
	const u16 at_a = debts->order[a];

	debts->order[a] = debts->order[b];
	debts->order[b] = at_a;
	debts->all[debts->order[a]].place = a;
	debts->all[debts->order[b]].place = b;
}

struct tlb_debt *tlb_debts_add(struct tlb_debts *debts, u64 ia)
{
	u16 *head = head_of(debts, ia), slot, place;

	if (debts->nr == TLB_MAX_DEBTS)
		return NULL;
	place = debts->nr++;
	slot = debts->order[place];
	debts->all[slot] = (struct tlb_debt){ .ia = ia, .place = place, .next = *head };
	debts->nr_written++;
	*head = slot + 1;

	return &debts->all[slot];
}

void tlb_debts_set_state(struct tlb_debts *debts, struct tlb_debt *debt, enum tlb_state state)
{
	const bool moved = debt->state > TLB_VISIBLE, moves = state > TLB_VISIBLE;

	debts->nr_written += (state == TLB_WRITTEN) - (debt->state == TLB_WRITTEN);
	if (moves && !moved)
		swap(debts, debt->place, debts->nr_moving++);
	else if (moved && !moves)
		swap(debts, debt->place, --debts->nr_moving);
	debt->state = state;
}

void tlb_debts_drop(struct tlb_debts *debts, struct tlb_debt *debt)
{
	const u16 number = debt - debts->all + 1;
	u16 *link = head_of(debts, debt->ia);

	while (*link != number)
		link = &debts->all[*link - 1].next;
	*link = debt->next;
	tlb_debts_set_state(debts, debt, TLB_VISIBLE);
	swap(debts, debt->place, --debts->nr);
}
