// SPDX-License-Identifier: GPL-2.0-only
#include "core/nested/core.h"

#include <stdio.h>
#include <string.h>

/*
 * A walk of all of a stage 2 costs by the size of its IPA space: the larger one is for some runs, and not as large where
 * that is walked in small pieces.
 */
unsigned int nested_pa_bits(enum layout layout)
{
	static const u8 bits[LAYOUT_COUNT] = { [LAYOUT_SMALL] = 40,
		                               [LAYOUT_HOLES] = NESTED_PAGE_SHIFT == 14 ? 42 : 44,
		                               [LAYOUT_PA36] = 36,
		                               [LAYOUT_PA42] = 42,
		                               [LAYOUT_PA48] = 48 };

	return bits[layout];
}

u64 nested_pieces(enum layout layout)
{
	return BIT(nested_pa_bits(layout) - NESTED_SHIFT(NESTED_PAGE_SHIFT == 12 ? 1 : 2));
}

void nested_ask(struct nested_shared *shared, const struct op *op, const u64 args[OP_MAX_ARGS])
{
	shared->op = op->code % OP_CODE_LIMIT;
	memcpy(shared->args, args, sizeof(shared->args));
	shared->stop = NESTED_GOES_ON;
}

void nested_answer(const struct nested_shared *shared, struct outcome *out)
{
	out->kind = OUTCOME_RETURNED;
	out->regs[0] = shared->ret;
	out->regs[1] = shared->value[0];
}

u64 nested_vttbr(const struct nested_shared *shared, unsigned int mmu)
{
	return shared->mmus[mmu].pgd | (u64)mmu << 48;
}

static void add_flush(struct core *core, enum event_flush flush, const struct nested_event *e)
{
	events_add_flush(&core->events, nested_vttbr(core->nested->shared, e->mmu), flush, e->addr,
	                 e->size, e->level == NESTED_ANY_LEVEL ? EVENT_ANY_LEVEL : e->level,
	                 NESTED_PAGE_SHIFT);
}

void nested_note_event(struct core *core, const struct nested_event *e)
{
	const struct event freed = { .kind = EVENT_FREE, .arg = e->addr };

	if (!core->events.on)
		return;
	if (e->kind == NESTED_FREE)
		events_add(&core->events, &freed);
	if (e->mmu >= NESTED_MMUS)
		return;
	switch (e->kind) {
	case NESTED_FLUSH_IPA:
		add_flush(core, EVENT_FLUSH_IPA, e);
		break;
	case NESTED_FLUSH_IPA_NSH:
		add_flush(core, EVENT_FLUSH_IPA_NSH, e);
		break;
	case NESTED_FLUSH_RANGE:
		add_flush(core, EVENT_FLUSH_RANGE, e);
		break;
	case NESTED_FLUSH_VMID:
		add_flush(core, EVENT_FLUSH_VMID, e);
		break;
	}
}

/* Such a symbol has an address that has a page of its own, by link.sh. */
bool nested_name_nothing(const struct image *image, struct nested_shared *shared, u64 va)
{
	for (size_t i = 0; i < image->nr_symbols; i++) {
		const Elf64_Sym *sym = &image->symbols[i];

		if (sym->st_shndx != SHN_ABS || sym->st_value != ALIGN_DOWN(va, MAP_PAGE_SIZE))
			continue;
		shared->stop = NESTED_UNMODELLED;
		snprintf(shared->stop_text, sizeof(shared->stop_text), "%s",
		         image->strings + sym->st_name);
		return true;
	}
	return false;
}

void nested_stopped(const struct nested_shared *shared, struct outcome *out)
{
	out->kind = OUTCOME_EL2_REPORT;
	snprintf(out->crash.report, sizeof(out->crash.report), "%s%s",
	         shared->stop == NESTED_UNMODELLED ? "unmodelled: " : "", shared->stop_text);
}
