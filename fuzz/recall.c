// SPDX-License-Identifier: GPL-2.0-only
/*
 * Going on from a trace that is there: what the generator would know if it had made that trace itself. It need not
 * be right, as the host may be wrong, too.
 */
#include "core/ffa.h"
#include "fuzz/draft.h"

/* The window is around one of the pages that ops were about. */
static void move_window(struct draft *draft, u64 page)
{
	u64 pages = draft->window_pages, ram_pages = draft->gen->target->map.ram_pages;

	draft->window = page - prng_below(&draft->prng, page < pages ? page + 1 : pages);
	if (draft->window > ram_pages - pages)
		draft->window = ram_pages - pages;
}

static void recall_page(struct draft *draft, u8 place, u64 page)
{
	draft->recent[draft->nr_recent++ % NR_RECENT] = (struct spot){ place, page };
	if (place == PLACE_RAM && page < draft->gen->target->map.ram_pages &&
	    prng_chance(&draft->prng, 1, draft->nr_recent))
		move_window(draft, page);
}

static void recall_args(struct draft *draft, const struct op *op, const struct op_desc *desc)
{
	for (unsigned int i = 0; i < desc->nr_args; i++) {
		switch (desc->args[i].kind) {
		case ARG_PFN:
			recall_page(draft, op->place[i], op->value[i]);
			break;
		case ARG_PA:
		case ARG_HVA:
			if (op->place[i] != PLACE_RAW)
				recall_page(draft, op->place[i], op->value[i] >> MAP_PAGE_SHIFT);
			break;
		default:
			break;
		}
	}
}

/* The VM whose handle this is: the one that was given it last. */
static struct draft_vm *vm_of_slot(struct draft *draft, u64 slot)
{
	for (unsigned int i = 0; i < MAP_VMS; i++) {
		if (draft->vm[i].made && draft->vm[i].slot == slot)
			return &draft->vm[i];
	}

	return NULL;
}

static void recall_field(struct draft *draft, const struct op *op)
{
	struct draft_vm *vm = &draft->vm[op->value[0] % MAP_VMS];

	if (op->value[1] == KVM_FIELD_is_protected)
		vm->protected = op->value[2];
	if (op->value[1] == KVM_FIELD_handle && op->value[2] < 32)
		vm->slot = op->value[2];
}

static void recall_vm(struct draft *draft, const struct op *op)
{
	struct draft_vm *vm = &draft->vm[op->value[0] % MAP_VMS];

	draft->vms = true;
	draft->current = vm - draft->vm;
	vm->made = vm->shared = true;
	draft->slots |= BIT(vm->slot);
}

static void recall_end(struct draft *draft, u64 slot)
{
	struct draft_vm *vm = vm_of_slot(draft, slot);

	if (!vm)
		return;
	vm->made = false;
	draft->slots &= ~BIT(vm->slot);
}

/* One that recipes speak */
static void recall_version(struct draft *draft, u64 version)
{
	if (version != FFA_V1_0 && version != FFA_V1_1 && version != FFA_V1_2)
		return;
	draft->ffa = draft->gen->target->ffa.sizeof_range;
	draft->ffa_version = version;
}

static void recall_op(struct draft *draft, const struct op *op)
{
	struct draft_vm *vm;

	switch (op->code) {
	case OP_kvm_set:
		recall_field(draft, op);
		break;
	case OP_init_vm:
		if (op->place[0] == PLACE_KVM)
			recall_vm(draft, op);
		break;
	case OP_finalize_teardown_vm:
		recall_end(draft, op->value[0]);
		break;
	case OP_vcpu_load:
		vm = vm_of_slot(draft, op->value[0]);
		if (vm)
			draft->current = vm - draft->vm;
		break;
	case OP_guest_code:
		draft->vm[draft->current].program = op->value[0];
		break;
	case OP_memcache_push:
		draft->cache_page = op->value[2] + 1;
		break;
	case OP_host_share_guest:
		draft->blocks |= op->place[0] == PLACE_BLOCK;
		break;
	case OP_on_cpu:
		draft->smp = true;
		break;
	case OP_ffa_version:
		recall_version(draft, op->value[0]);
		break;
	case OP_ffa_rxtx_map:
	case OP_ffa_rxtx_unmap:
		draft->ffa_mapped = op->code == OP_ffa_rxtx_map;
		break;
	case OP_ffa_mem_share:
	case OP_ffa_mem_lend:
		draft->ffa_sent++;
		break;
	}
}

void draft_recall(struct draft *draft, const struct trace *trace)
{
	for (u32 i = 0; i < trace->nr_ops; i++) {
		const struct op *op = &trace->ops[i];
		const struct op_desc *desc = op_desc(op->code);

		if (!desc)
			continue;
		recall_args(draft, op, desc);
		recall_op(draft, op);
	}
}
