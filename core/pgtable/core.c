// SPDX-License-Identifier: GPL-2.0-only
#include "core/pgtable/core.h"

#include <string.h>

int pgtable_place(struct core *core, u64 va_offset, struct pgtable_places *places,
                  struct error *err)
{
	u64 head = ALIGN_UP(sizeof(*core->pgtable), MAP_PAGE_SIZE);
	/* The first level of a stage 2 is aligned to its size (Arm ARM D8.2.2). */
	u64 align = PGTABLE_PGD_PAGES * PGTABLE_PAGE_SIZE;
	u64 size = ALIGN_UP(head, align) + PGTABLE_POOL_PAGES * PGTABLE_PAGE_SIZE;

	places->text = map_carve(&core->map, CARVE_TEXT, PGTABLE_TEXT_SIZE, MAP_PAGE_SIZE);
	places->shared = map_carve(&core->map, CARVE_POOL, size, align);
	places->stack = map_carve(&core->map, CARVE_STACK, PGTABLE_STACK_SIZE, MAP_PAGE_SIZE);
	places->tables = map_carve(&core->map, CARVE_DATA, 2 * MAP_PAGE_SIZE, MAP_PAGE_SIZE);
	map_finish(&core->map);
	if (!places->tables)
		return error_set(err, "no room for page tables in the first region of memory");

	core->pgtable = phys_ptr(&core->phys, places->shared, size);
	memset(core->pgtable, 0, sizeof(*core->pgtable));
	core->pgtable->pa_bits = pgtable_pa_bits(core->config.caps & BIT(CAP_lpa2),
	                                         tree_has(&core->info, FEATURE_pa_52));
	core->pgtable->pool_offset = ALIGN_UP(head, align);
	core->pgtable->va_offset =
		va_offset + places->shared + core->pgtable->pool_offset - PGTABLE_POOL_PA;
	/* The first reset is of all pages. */
	core->pgtable->nr_touched = PGTABLE_POOL_PAGES;

	return 0;
}

enum pgtable_form pgtable_ask(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS])
{
	struct pgtable_shared *shared = core->pgtable;

	shared->op = op ? op->code % OP_CODE_LIMIT : 0;
	if (!op)
		return shared->s2_form = shared->hyp_form = PGTABLE_FORM_NVHE;
	memcpy(shared->args, args, sizeof(shared->args));
	if (op->code == OP_s2_init || op->code == OP_hyp_init)
		return args[0] == PGTABLE_STYLE_kvm ? PGTABLE_FORM_HOST : PGTABLE_FORM_NVHE;

	return op->code < OP_hyp_init ? shared->s2_form : shared->hyp_form;
}

#define TLBI_VA GENMASK(43, 0)
#define TLBI_VA_SHIFT 12 /* whatever the granule */

void pgtable_note_tlbi(struct core *core, u64 value)
{
	struct pgtable_shared *shared = core->pgtable;
	u64 i = shared->nr_events++, va = (value & TLBI_VA) << TLBI_VA_SHIFT;

	if (i < PGTABLE_MAX_EVENTS)
		shared->events[i] = (struct pgtable_event){
			.addr = va,
			.seen = pgtable_descriptor(core, &shared->hyp, va),
			.kind = PGTABLE_TLBI_VA,
			.level = PGTABLE_ANY_LEVEL,
		};
}

static void add(struct core *core, u8 kind, u8 op, u64 arg, u64 size)
{
	const struct event event = { .kind = kind, .op = op, .arg = arg, .size = size };

	events_add(&core->events, &event);
}

static void add_flush(struct core *core, enum event_flush flush, const struct pgtable_event *e)
{
	events_add_flush(&core->events, core->events.vttbr, flush, e->addr, e->size,
	                 e->level == PGTABLE_ANY_LEVEL ? EVENT_ANY_LEVEL : e->level,
	                 PGTABLE_PAGE_SHIFT);
}

/* Cache maintenance is looked at by the model of this world (oracle/pgtable/check.c), for every page. */
void pgtable_note_event(struct core *core, const struct pgtable_event *e)
{
	if (!core->events.on)
		return;
	switch (e->kind) {
	case PGTABLE_TLBI_IPA:
		add_flush(core, EVENT_FLUSH_IPA, e);
		break;
	case PGTABLE_TLBI_IPA_NSH:
		add_flush(core, EVENT_FLUSH_IPA_NSH, e);
		break;
	case PGTABLE_TLBI_RANGE:
		add_flush(core, EVENT_FLUSH_RANGE, e);
		break;
	case PGTABLE_TLBI_VMID:
		add_flush(core, EVENT_FLUSH_VMID, e);
		break;
	case PGTABLE_FREE:
		add(core, EVENT_FREE, 0, e->addr, 0);
		break;
	}
}

#define DESC_TABLE 3 /* bits 1..0, above the last level (Arm ARM D8.3.1) */
#define LAST_LEVEL 3

u64 pgtable_descriptor(const struct core *core, const struct pgtable_root *root, u64 ia)
{
	const u64 *table = (const u64 *)pgtable_words(core->pgtable, root->pgd);
	int level = root->start_level;
	u64 index = ia >> pgtable_shift(level), desc;

	if (root->ia_bits < 64 && ia >> root->ia_bits)
		return 0;
	while (table) {
		desc = table[index];
		if (level == LAST_LEVEL || (desc & 3) != DESC_TABLE)
			return desc;
		table = (const u64 *)pgtable_words(core->pgtable, desc & PGTABLE_OUTPUT);
		level++;
		index = ia >> pgtable_shift(level) & (PGTABLE_ENTRIES - 1);
	}

	return 0;
}

void pgtable_answer(struct core *core, enum pgtable_form form, struct outcome *out)
{
	struct pgtable_shared *shared = core->pgtable;

	out->kind = OUTCOME_RETURNED;
	out->regs[0] = shared->ret;
	for (unsigned int i = 0; i < ARRAY_SIZE(shared->value); i++)
		out->regs[1 + i] = shared->value[i];
	if (shared->op == OP_s2_init % OP_CODE_LIMIT && !shared->ret)
		shared->s2_form = form;
	if (shared->op == OP_hyp_init % OP_CODE_LIMIT && !shared->ret)
		shared->hyp_form = form;
}
