// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recipes: rows of ops that a host issues to get somewhere. Single random ops would hardly ever make a
 * VM, and what goes wrong with VMs goes wrong with VMs that stand.
 */
#include "fuzz/draft.h"

#include <string.h>

#define BLOCK_PAGES (MAP_BLOCK_SIZE / MAP_PAGE_SIZE)
#define CACHE_PAGES 3 /* what mapping one page can take */

/* One op in so many is left out. */
#define SLIP 40

int recipe_emit(struct draft *draft, struct trace *trace, struct op op)
{
	if (trace->nr_ops >= draft->limit)
		return 0;
	if (prng_chance(&draft->prng, draft->gen->options.hostile, 10 * SLIP))
		return 0;
	if (!draft->gen->target->has_op[op.code])
		return 0;

	return trace_append(trace, &op);
}

#define OP_OF(op_code, ...) ((struct op){ .code = OP_##op_code, .value = { __VA_ARGS__ } })

static struct op at_place(struct op op, unsigned int arg, enum place place)
{
	op.place[arg] = place;
	return op;
}

/* Share the pages of the n-th object of an arena with the hypervisor. */
static int share_object(struct draft *draft, struct trace *trace, enum arena_kind kind,
                        enum place place, u64 n)
{
	u64 pages = draft->gen->target->map.arenas[kind].object_size >> MAP_PAGE_SHIFT;

	for (u64 i = 0; i < pages; i++) {
		struct op op = OP_OF(host_share_hyp, n * pages + i);

		if (recipe_emit(draft, trace, at_place(op, 0, place)))
			return -1;
	}

	return 0;
}

static int set_kvm(struct draft *draft, struct trace *trace, enum kvm_field field, u64 value,
                   enum place place)
{
	struct op op = OP_OF(kvm_set, draft->current, field, value);

	return recipe_emit(draft, trace, at_place(op, 2, place));
}

static int make_vcpu(struct draft *draft, struct trace *trace, u64 vcpu, bool fresh)
{
	u64 n = draft->current * MAP_VCPUS + vcpu, slot = draft->vm[draft->current].slot;
	struct op init = OP_OF(init_vcpu, slot, n, n);
	/* Now and then it is none that the VM may have. */
	u64 wrong = prng_chance(&draft->prng, draft->gen->options.hostile, 200) ?
	                    BIT(prng_below(&draft->prng, 32)) :
	                    0;
	struct op index = OP_OF(vcpu_set, draft->current, vcpu, VCPU_FIELD_vcpu_idx, vcpu + wrong);

	init = at_place(at_place(at_place(init, 0, PLACE_VM), 1, PLACE_VCPU), 2, PLACE_VCPU_MEM);
	if (draft->vm[draft->current].sve && recipe_sve(draft, trace, vcpu))
		return -1;
	if (fresh && ((vcpu + wrong && recipe_emit(draft, trace, index)) ||
	              share_object(draft, trace, ARENA_VCPU, PLACE_VCPU, n)))
		return -1;

	return recipe_emit(draft, trace, init);
}

static int load_vcpu(struct draft *draft, struct trace *trace)
{
	struct op op =
		OP_OF(vcpu_load, draft->vm[draft->current].slot, prng_chance(&draft->prng, 1, 4));

	return recipe_emit(draft, trace, at_place(op, 0, PLACE_VM));
}

/* What a struct kvm must say, and the struct itself. */
static int share_vm(struct draft *draft, struct trace *trace)
{
	bool protected = draft->vm[draft->current].protected;

	draft->vm[draft->current].sve = prng_chance(&draft->prng, draft->gen->options.hostile, 100);
	if (draft->vm[draft->current].sve &&
	    set_kvm(draft, trace, KVM_FIELD_vcpu_features, ~0ULL, PLACE_RAW))
		return -1;
	if (prng_chance(&draft->prng, draft->gen->options.hostile, 100) && recipe_lie(draft, trace))
		return -1;

	return set_kvm(draft, trace, KVM_FIELD_created_vcpus, MAP_VCPUS, PLACE_RAW) ||
	       set_kvm(draft, trace, KVM_FIELD_is_protected, protected, PLACE_RAW) ||
	       /* All flags: among them that ID registers are set, without which no vCPU is made. */
	       set_kvm(draft, trace, KVM_FIELD_flags, protected ? 0 : 0xffff, PLACE_RAW) ||
	       share_object(draft, trace, ARENA_KVM, PLACE_KVM, draft->current);
}

/* What the host gives for a VM, or for its table, is another's, or no memory. */
static int give_wrong_memory(struct draft *draft, struct trace *trace, struct op init)
{
	unsigned int arg = 1 + prng_below(&draft->prng, 2);
	struct spot spot = draft_hostile_spot(draft);

	init.place[arg] = spot.place;
	init.value[arg] = spot.page << MAP_PAGE_SHIFT;
	if (spot.place == PLACE_RAW)
		init.value[arg] = map_hva(init.value[arg]);
	return recipe_emit(draft, trace, init);
}

/* One that is not fresh has the slot that another had before, as like as not. */
static int make_vm(struct draft *draft, struct trace *trace)
{
	struct draft_vm *vm = &draft->vm[draft->current];
	u64 n = draft->current;
	struct op init = OP_OF(init_vm, n, n, n);
	bool fresh = !vm->shared;

	vm->made = vm->shared = true;
	if (fresh)
		vm->protected = prng_chance(&draft->prng, 2, 3);
	vm->slot = __builtin_ctzll(~draft->slots);
	draft->slots |= BIT(vm->slot);
	init = at_place(at_place(at_place(init, 0, PLACE_KVM), 1, PLACE_VM_MEM), 2, PLACE_PGD);

	if (recipe_emit(draft, trace, OP_OF(reserve_vm)) ||
	    set_kvm(draft, trace, KVM_FIELD_handle, vm->slot, PLACE_VM) ||
	    (fresh && share_vm(draft, trace)) ||
	    (prng_chance(&draft->prng, draft->gen->options.hostile, 100) &&
	     give_wrong_memory(draft, trace, init)) ||
	    recipe_emit(draft, trace, init) || make_vcpu(draft, trace, 0, fresh) ||
	    (prng_chance(&draft->prng, 1, 4) && make_vcpu(draft, trace, 1, fresh)))
		return -1;

	return recipe_emit(draft, trace, OP_OF(vcpu_put)) || load_vcpu(draft, trace);
}

static int fill_cache(struct draft *draft, struct trace *trace)
{
	for (int i = 0; i < CACHE_PAGES; i++) {
		struct op op = OP_OF(memcache_push, draft->current, 0, draft->cache_page++);

		if (recipe_emit(draft, trace, at_place(op, 2, PLACE_RAM)))
			return -1;
	}

	return 0;
}

u64 recipe_prot(struct draft *draft)
{
	/* X is two bits, for EL1 and EL0: rwx, rw, r, rx, none, w, and with one of the two */
	static const u64 prots[] = { 0xf, 0xc, 0x8, 0xb, 0x0, 0x4, 0xd, 0xe, 0x9, 0xa, 0x1 };

	if (prng_chance(&draft->prng, draft->gen->options.hostile, 400))
		return prng_u64(&draft->prng);

	return prng_chance(&draft->prng, 1, 2) ? 0xf :
	                                         prots[prng_below(&draft->prng, ARRAY_SIZE(prots))];
}

u64 recipe_gfn(struct draft *draft)
{
	struct prng *prng = &draft->prng;
	u64 limit = BIT(draft->gen->target->map.pa_bits - MAP_PAGE_SHIFT);

	if (prng_chance(prng, draft->gen->options.hostile, 400))
		return limit - (prng_chance(prng, 1, 2) ? 1 : BLOCK_PAGES) + prng_below(prng, 2);
	if (draft->blocks && prng_chance(prng, 1, 3))
		return RECIPE_GFN + (1 + prng_below(prng, RECIPE_BLOCKS)) * BLOCK_PAGES +
		       (prng_chance(prng, 2, 3) ? 0 : prng_below(prng, BLOCK_PAGES));

	return RECIPE_GFN + prng_below(prng, RECIPE_GFNS);
}

/* Near to what a block is, as a host that counts wrong would have it. */
static u64 slip(struct draft *draft, u64 number)
{
	struct prng *prng = &draft->prng;

	if (!prng_chance(prng, draft->gen->options.hostile, 200))
		return number;
	return prng_chance(prng, 1, 2) ? number + prng_below(prng, 3) - 1 : number * 2;
}

/* Only guests that are not protected may have a block. */
static int give_block(struct draft *draft, struct trace *trace)
{
	u64 first = prng_below(&draft->prng, 4) * BLOCK_PAGES;
	u64 gfn = RECIPE_GFN + (1 + prng_below(&draft->prng, RECIPE_BLOCKS)) * BLOCK_PAGES;
	struct op op = OP_OF(host_share_guest, slip(draft, first), slip(draft, gfn),
	                     slip(draft, BLOCK_PAGES), recipe_prot(draft));

	draft->blocks = true;
	return fill_cache(draft, trace) || recipe_emit(draft, trace, at_place(op, 0, PLACE_BLOCK));
}

/* With what the memcache holds. */
static int map_page(struct draft *draft, struct trace *trace, struct spot spot, u64 gfn)
{
	bool protected = draft->vm[draft->current].protected;
	struct op donate = OP_OF(host_donate_guest, spot.page, gfn);
	struct op share = OP_OF(host_share_guest, spot.page, gfn, 1, recipe_prot(draft));

	return recipe_emit(draft, trace, at_place(protected ? donate : share, 0, spot.place));
}

static int give_page(struct draft *draft, struct trace *trace, struct spot spot, u64 gfn)
{
	return fill_cache(draft, trace) || map_page(draft, trace, spot, gfn);
}

/* The program that the guest runs, at the GFN where it looks for it. */
static int give_program(struct draft *draft, struct trace *trace)
{
	struct spot spot = { PLACE_RAM, draft->cache_page++ };
	struct op code = OP_OF(guest_code, spot.page);

	draft->vm[draft->current].program = spot.page;
	/* It is one that ops may be about, too. */
	draft->recent[draft->nr_recent++ % NR_RECENT] = spot;

	return recipe_emit(draft, trace, at_place(code, 0, spot.place)) ||
	       give_page(draft, trace, spot, RECIPE_GFN);
}

/* The last step of destroying a VM, or the only one. */
static int destroy(struct draft *draft, struct trace *trace, u64 slot)
{
	struct op end = OP_OF(finalize_teardown_vm, slot);

	if (draft->gen->target->has_op[OP_teardown_vm])
		end.code = OP_teardown_vm;
	return recipe_emit(draft, trace, at_place(end, 0, PLACE_VM));
}

static int tear_down(struct draft *draft, struct trace *trace)
{
	struct draft_vm *vm = &draft->vm[draft->current];
	struct op start = OP_OF(start_teardown_vm, vm->slot);

	vm->made = false;
	draft->slots &= ~BIT(vm->slot);
	if (recipe_emit(draft, trace, OP_OF(vcpu_put)) ||
	    recipe_emit(draft, trace, at_place(start, 0, PLACE_VM)))
		return -1;
	for (u64 i = 0; i < RECIPE_GFNS; i++) {
		struct op reclaim = OP_OF(reclaim_dying_guest_page, vm->slot, RECIPE_GFN + i);
		struct op unshare = OP_OF(host_unshare_guest, vm->slot, RECIPE_GFN + i, 1);

		if (draft->blocks && i > 0 && i <= RECIPE_BLOCKS) {
			unshare.value[1] = RECIPE_GFN + i * BLOCK_PAGES;
			unshare.value[2] = BLOCK_PAGES;
		}
		if (prng_chance(&draft->prng, 1, 3))
			continue;
		if (recipe_emit(draft, trace,
		                at_place(vm->protected ? reclaim : unshare, 0, PLACE_VM)))
			return -1;
	}

	return destroy(draft, trace, vm->slot);
}

/* A VM destroyed with all its pages; the one that takes its slot has others at the same GFNs. */
static int lose_pages(struct draft *draft, struct trace *trace)
{
	struct draft_vm *vm = &draft->vm[draft->current];
	struct op start = OP_OF(start_teardown_vm, vm->slot);
	struct op take = OP_OF(force_reclaim_guest_page, vm->program << MAP_PAGE_SHIFT);

	draft->slots &= ~BIT(vm->slot);
	return recipe_emit(draft, trace, OP_OF(vcpu_put)) ||
	       recipe_emit(draft, trace, at_place(start, 0, PLACE_VM)) ||
	       destroy(draft, trace, vm->slot) || make_vm(draft, trace) ||
	       give_program(draft, trace) ||
	       recipe_emit(draft, trace, at_place(take, 0, PLACE_RAM));
}

/* Vendor hypercalls of the hypervisor, among which are those of protected guests. */
static u64 guest_hvc_id(struct prng *prng)
{
	u64 base = prng_chance(prng, 3, 4) ? 0xc6000000 : 0x86000000;

	return base + prng_below(prng, 8);
}

/* Two calls in a row about one page, as what gives and what takes back are; and a look in between. */
static int talk(struct draft *draft, struct trace *trace)
{
	u64 ipa = recipe_gfn(draft) << MAP_PAGE_SHIFT, id = guest_hvc_id(&draft->prng);
	struct op look = OP_OF(host_load, draft->vm[draft->current].program << MAP_PAGE_SHIFT);
	u64 offset = prng_chance(&draft->prng, draft->gen->options.hostile, 80) ? 8 : 0;

	return recipe_emit(draft, trace, OP_OF(guest_hvc, draft->current, 0, id, ipa)) ||
	       recipe_emit(draft, trace, at_place(look, 0, PLACE_RAM)) ||
	       recipe_emit(draft, trace, OP_OF(guest_hvc, draft->current, 0, id + 1, ipa + offset));
}

/* A guest goes where it has no page; the host sees the fault, gives it one, and lets it go on. */
static int resolve_fault(struct draft *draft, struct trace *trace)
{
	struct prng *prng = &draft->prng;
	u64 gfn = RECIPE_GFN + prng_below(prng, RECIPE_GFNS);
	u64 ipa = (gfn << MAP_PAGE_SHIFT) + prng_below(prng, MAP_PAGE_SIZE / 8 - 64) * 8;
	struct op fault = OP_OF(guest_store, draft->current, 0, ipa, prng_u64(prng));

	if (prng_chance(prng, 1, 2))
		fault = OP_OF(guest_load, draft->current, 0, ipa);

	return recipe_emit(draft, trace, fault) ||
	       (prng_chance(prng, draft->gen->options.hostile, 80) && recipe_lie(draft, trace)) ||
	       give_page(draft, trace, draft_spot(draft), gfn) ||
	       recipe_emit(draft, trace,
	                   OP_OF(guest_resume, draft->current, 0, prng_chance(prng, 1, 8)));
}

static int deceive(struct draft *draft, struct trace *trace)
{
	struct prng *prng = &draft->prng;

	if (prng_chance(prng, 1, 2))
		return recipe_lie(draft, trace);
	return recipe_chain(draft, trace) || map_page(draft, trace, draft_spot(draft),
	                                              RECIPE_GFN + prng_below(prng, RECIPE_GFNS));
}

int recipe_append(struct draft *draft, struct trace *trace)
{
	struct prng *prng = &draft->prng;

	if (!draft->cache_page)
		draft->cache_page = prng_below(prng, draft->gen->target->map.ram_pages);
	if (prng_chance(prng, 1, 8))
		draft->current = prng_below(prng, MAP_VMS);

	if (!draft->vm[draft->current].made)
		return make_vm(draft, trace) || give_program(draft, trace);

	switch (prng_below(prng, 14)) {
	case 0:
		if (prng_chance(prng, 1, 4))
			return lose_pages(draft, trace);
		return tear_down(draft, trace);
	case 1:
		return recipe_emit(draft, trace, OP_OF(vcpu_put)) || load_vcpu(draft, trace);
	case 2:
		return give_program(draft, trace);
	case 3:
		if (!draft->vm[draft->current].protected)
			return give_block(draft, trace);
		return talk(draft, trace);
	case 5:
	case 6:
		return resolve_fault(draft, trace);
	case 4:
		if (draft->vm[draft->current].protected)
			return talk(draft, trace);
		__attribute__((fallthrough));
	case 7:
		if (prng_chance(prng, draft->gen->options.hostile, 20))
			return deceive(draft, trace);
		__attribute__((fallthrough));
	default:
		return give_page(draft, trace, draft_spot(draft),
		                 RECIPE_GFN + prng_below(prng, RECIPE_GFNS));
	}
}

void recipe_aim(struct draft *draft, struct op *op)
{
	op->place[0] = PLACE_RAW;
	op->value[0] = draft->current;
	if (op->code != OP_kvm_set) {
		op->place[1] = PLACE_RAW;
		op->value[1] = prng_chance(&draft->prng, 1, 16);
	}
	if (op->code == OP_guest_resume)
		op->value[2] = prng_chance(&draft->prng, 1, 4);
	if (op->code == OP_guest_hvc || op->code == OP_guest_hvc_args)
		op->value[2] = guest_hvc_id(&draft->prng);
}
