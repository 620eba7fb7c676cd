// SPDX-License-Identifier: GPL-2.0-only
/* A fake core that is what a model of its own says. */
#include "tests/oracle/fake_core.h"

#include <string.h>

#define PSTATE_EL1H 0x3c5

/* Entries that every guest's first table is said to have */
#define PGD_ENTRIES 3

void fake_follow(struct core *core)
{
	core->model = model_open(&core->map, &core->info);
	core->model->smcs = &core->smcs;
}

static void follow_page(struct core *core, u32 index)
{
	const struct model_page *page = &core->model->pages[index];
	struct page_view *view = &core->views[index];
	u64 pa = map_page_pa(&core->map, index);

	view->host = page->host;
	view->hyp = page->hyp;
	view->host_shares = page->host_shares;
	view->refcount = page->allocator ? 1 : page->pins;
	memset(&view->s2, 0, sizeof(view->s2));
	memset(&view->s1, 0, sizeof(view->s1));
	if (page->access == ACCESS_DONATED)
		view->s2 = (struct leaf){ .kind = LEAF_DONATED,
			                  .level = 3,
			                  .owner = page->owner,
			                  .meta = page->meta,
			                  .raw = page->meta << 12 | 2 };
	for (int i = 0; i < MODEL_MAX_VMS; i++) {
		if (core->model->vms.used[i] && core->model->vms.vm[i].pgd == pa)
			view->refcount = PGD_ENTRIES + 1;
	}
	if (page->hyp_perm)
		view->s1 = fake_leaf(pa, page->hyp_perm);
}

static void set_word(struct core *core, u64 pa, u64 value)
{
	unsigned int i = 0;

	while (i < core->nr_words && core->words[i].pa != pa)
		i++;
	core->words[i] = (struct fake_word){ .pa = pa, .value = value };
	if (i == core->nr_words)
		core->nr_words++;
}

/* The order of the pages is this core's choice. */
static void follow_list(struct core *core, const struct page_list *list)
{
	u64 link = list->tail;

	for (u32 i = 0; i < list->nr_pages; i++) {
		set_word(core, list->pages[i], link);
		link = list->pages[i];
	}
	set_word(core, list->head, link);
}

void follow_step(struct core *core, const struct op *op, const u64 *args, struct outcome *out)
{
	const struct op_desc *desc = op_desc(op->code);
	struct expectation expect;

	if (smc_op_regs(op, args, core->regs)) {
		/* the op's own registers */
	} else if (op->code == OP_host_hvc) {
		memcpy(core->regs, args, desc->nr_args * sizeof(*args));
	} else if (desc->issuer == ISSUER_HCALL) {
		core->regs[0] = core->info.hypercall_base + core->info.hypercall[op->code];
		memcpy(core->regs + 1, args, desc->nr_args * sizeof(*args));
	}
	memcpy(expect.regs, core->regs, sizeof(core->regs));
	model_step(core->model, op, args, &expect);
	/* Only these: what a defect did to others must stay. */
	for (u32 i = 0; i < core->model->nr_touched; i++)
		follow_page(core, core->model->touched[i]);

	for (u32 i = 0; i < core->model->nr_lists; i++)
		follow_list(core, &core->model->lists[i]);

	memcpy(core->regs, expect.regs, sizeof(core->regs));
	if (op->code == OP_host_load && expect.any_x1)
		core->regs[1] = follow_word(core, args[0]);
	out->kind = expect.kind;
	out->esr = expect.esr;
	out->far = expect.far;
	out->spsr = PSTATE_EL1H;
}

static struct leaf guest_leaf(const struct guest_page *page)
{
	struct leaf leaf = fake_leaf(page->pa, page->perm);

	if (page->poisoned)
		return (struct leaf){ .kind = LEAF_POISONED, .level = 3, .raw = 0x3 };
	leaf.old = page->old;
	leaf.state = page->state;
	return leaf;
}

int follow_walk(const struct core *core, u64 pgd, const struct table_visitor *visit, void *arg)
{
	for (int i = 0; i < MODEL_MAX_VMS; i++) {
		const struct model_vm *vm = &core->model->vms.vm[i];

		if (!core->model->vms.used[i] || vm->pgd != pgd)
			continue;
		for (u32 n = 0; n < vm->nr_pages; n++) {
			struct leaf own = guest_leaf(&vm->pages[n]);

			visit->leaf(arg, vm->pages[n].gfn << MAP_PAGE_SHIFT, &own);
		}
		for (unsigned int n = 0; n < core->nr_guest_extra; n++)
			visit->leaf(arg, core->guest_extra[n].ia, &core->guest_extra[n].leaf);
	}
	if (visit->table)
		visit->table(arg, pgd, 0, PGD_ENTRIES);

	return core->broken[WALK_GUEST_S2] ? -1 : 0;
}

u64 follow_slot(const struct core *core, unsigned int slot)
{
	const struct vms *vms = &core->model->vms;

	switch (vms->state[slot]) {
	case VM_FREE:
		return core->slots[slot];
	case VM_RESERVED:
		return core->info.vm_reserved_entry;
	default:
		return map_hyp_va(&core->map, vms->of_slot[slot]->mem);
	}
}

u64 follow_word(const struct core *core, u64 pa)
{
	for (u32 i = 0; i < core->nr_words; i++) {
		if (core->words[i].pa == pa)
			return core->words[i].value;
	}
	for (u32 i = 0; i < core->model->nr_words; i++) {
		if (core->model->words[i].pa == pa)
			return core->model->words[i].value;
	}

	return 0;
}
