// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recipes of a host that lies in what it shares: fields of its struct kvm and struct kvm_vcpu, and chains of memcache
 * pages that lead where they should not.
 */
#include "fuzz/draft.h"

#define OP_OF(op_code, ...) ((struct op){ .code = OP_##op_code, .value = { __VA_ARGS__ } })

static u64 any_number(struct draft *draft)
{
	struct prng *prng = &draft->prng;

	switch (prng_below(prng, 4)) {
	case 0:
		return draft_hostile_number(draft);
	case 1:
		return BIT(prng_below(prng, 64));
	case 2:
		return ~0ULL;
	default:
		return prng_below(prng, 32);
	}
}

/* A page that one of the VM's structures is in, or any that the trace is about. */
static struct spot shared_spot(struct draft *draft)
{
	static const u8 places[] = { PLACE_KVM, PLACE_VCPU, PLACE_RAM };
	u8 place = places[prng_below(&draft->prng, 3)];

	if (place == PLACE_RAM)
		return draft_spot(draft);
	return (struct spot){ place, prng_below(&draft->prng, 8) };
}

static void set_address(struct draft *draft, struct op *op, unsigned int arg)
{
	struct spot spot = shared_spot(draft);

	op->place[arg] = spot.place;
	op->value[arg] = (spot.page << MAP_PAGE_SHIFT) + prng_below(&draft->prng, MAP_PAGE_SIZE);
}

static int set_vcpu(struct draft *draft, struct trace *trace, u64 vcpu, enum vcpu_field field)
{
	struct prng *prng = &draft->prng;
	struct op op = OP_OF(vcpu_set, draft->current, vcpu, field, any_number(draft));

	switch (field) {
	case VCPU_FIELD_sve_max_vl:
		if (prng_chance(prng, 3, 4))
			op.value[3] = 16 * prng_below(prng, 6);
		break;
	case VCPU_FIELD_sve_state:
	case VCPU_FIELD_kvm:
		set_address(draft, &op, 3);
		break;
	case VCPU_FIELD_debug_owner:
		/* Anything else is the end. */
		if (prng_chance(prng, 63, 64))
			op.value[3] = prng_below(prng, 3);
		break;
	default:
		break;
	}

	return recipe_emit(draft, trace, op);
}

int recipe_sve(struct draft *draft, struct trace *trace, u64 vcpu)
{
	return set_vcpu(draft, trace, vcpu, VCPU_FIELD_sve_max_vl) ||
	       set_vcpu(draft, trace, vcpu, VCPU_FIELD_sve_state);
}

int recipe_lie(struct draft *draft, struct trace *trace)
{
	struct prng *prng = &draft->prng;
	struct op op = OP_OF(kvm_set, draft->current, prng_below(prng, KVM_FIELD_COUNT),
	                     any_number(draft));

	if (prng_chance(prng, 2, 3))
		return set_vcpu(draft, trace, prng_chance(prng, 1, 8),
		                prng_below(prng, VCPU_FIELD_COUNT));
	/* Of a bool that is neither, the compiler may make what it likes: hardly ever. */
	if (op.value[1] == KVM_FIELD_is_protected && prng_chance(prng, 31, 32))
		op.value[2] &= 1;

	return recipe_emit(draft, trace, op);
}

static int link_page(struct draft *draft, struct trace *trace, u64 page, u8 place, u64 next)
{
	struct op op = OP_OF(host_store, page << MAP_PAGE_SHIFT, next);

	op.place[0] = PLACE_RAM;
	op.place[1] = place;
	return recipe_emit(draft, trace, op);
}

static int set_head(struct draft *draft, struct trace *trace, u64 address, u64 nr)
{
	struct op op = OP_OF(vcpu_set, draft->current, 0, VCPU_FIELD_mc_head, address);

	op.place[3] = PLACE_RAM;
	return recipe_emit(draft, trace, op) ||
	       recipe_emit(draft, trace, OP_OF(vcpu_set, draft->current, 0, VCPU_FIELD_mc_nr, nr));
}

int recipe_chain(struct draft *draft, struct trace *trace)
{
	struct prng *prng = &draft->prng;
	u64 first = draft->cache_page, len = 1 + prng_below(prng, 4), nr = len;
	/* EL2 takes as many as are missing to what the host says, so that it must say more than EL2 has. */
	u64 had = prng_below(prng, 16);
	struct spot end = { PLACE_RAW, 0 };
	u64 unaligned = 0;

	draft->cache_page += len;
	switch (prng_below(prng, 6)) {
	case 0: /* a circle, which may leave out where it began */
		end = (struct spot){ PLACE_RAM, first + prng_below(prng, len) };
		nr += 1 + prng_below(prng, 8);
		break;
	case 1: /* to a page of another's, or to none */
		end = draft_spot(draft);
		nr++;
		break;
	case 2: /* to the guest's program */
		end = (struct spot){ PLACE_RAM, draft->vm[draft->current].program };
		nr++;
		break;
	case 3: /* shorter than it says */
		nr += prng_chance(prng, 1, 2) ? 1 + prng_below(prng, 4) :
		                                draft_hostile_number(draft);
		break;
	case 4: /* the link is at the page's beginning, whatever the address */
		unaligned = 1 + prng_below(prng, MAP_PAGE_SIZE - 1);
		break;
	default: /* a good one, or fewer than EL2 has */
		break;
	}
	for (u64 i = 0; i + 1 < len; i++) {
		if (link_page(draft, trace, first + i, PLACE_RAM,
		              ((first + i + 1) << MAP_PAGE_SHIFT) + unaligned))
			return -1;
	}

	return link_page(draft, trace, first + len - 1, end.place, end.page << MAP_PAGE_SHIFT) ||
	       set_head(draft, trace, (first << MAP_PAGE_SHIFT) + unaligned, nr + had);
}
