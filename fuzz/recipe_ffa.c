// SPDX-License-Identifier: GPL-2.0-only
/* Recipes for FF-A: descriptors in the TX buffer, whole or in fragments, and what is done with them. */
#include "fuzz/draft.h"

#include "core/ffa.h"
#include "core/spmd.h"

#define MAX_RANGES 4

/* The host's buffers are the first two pages of "ffa". */
#define TX_PAGE 0
#define RX_PAGE 1

#define OP_OF(op_code, ...) ((struct op){ .code = OP_##op_code, .value = { __VA_ARGS__ } })

static struct op at_ffa(struct op op, u64 offset)
{
	op.place[0] = PLACE_FFA;
	op.value[0] = offset;
	return op;
}

static u32 ranges_offset(const struct draft *draft)
{
	return ffa_ranges_offset(&draft->gen->target->ffa, draft->ffa_version);
}

static u64 any_handle(struct draft *draft)
{
	u64 n = prng_below(&draft->prng, draft->ffa_sent + 2);

	/* Mostly a recent one */
	if (draft->ffa_sent && prng_chance(&draft->prng, 2, 3))
		n = draft->ffa_sent - 1;
	return SPMD_HANDLE(n);
}

/* One of FF-A's, whichever: most are not for the host to call. */
static int any_function(struct draft *draft, struct trace *trace)
{
	const u64 base = prng_chance(&draft->prng, 1, 2) ? 0x84000060 : 0xc4000060;

	return recipe_emit(draft, trace, OP_OF(host_smc, base + prng_below(&draft->prng, 0x30)));
}

static int negotiate(struct draft *draft, struct trace *trace)
{
	static const u32 versions[] = { FFA_V1_2, FFA_V1_2, FFA_V1_2, FFA_V1_1, FFA_V1_0 };
	struct op map = OP_OF(ffa_rxtx_map, 0, RX_PAGE * MAP_PAGE_SIZE, 1);

	draft->ffa_mapped = true;
	map.place[0] = map.place[1] = PLACE_FFA;
	if (!draft->ffa_version)
		draft->ffa_version = versions[prng_below(&draft->prng, ARRAY_SIZE(versions))];
	/* Any page can be a buffer, one of another use as well. */
	if (prng_chance(&draft->prng, 1, 8)) {
		unsigned int which = prng_below(&draft->prng, 2);
		struct spot spot = draft_spot(draft);

		map.place[which] = spot.place;
		map.value[which] = spot.page << MAP_PAGE_SHIFT;
	}

	return recipe_emit(draft, trace, OP_OF(ffa_version, draft->ffa_version)) ||
	       recipe_emit(draft, trace, map) ||
	       (prng_chance(&draft->prng, 1, 2) && any_function(draft, trace));
}

static int put_range(struct draft *draft, struct trace *trace, u64 offset, u32 index, u32 pages)
{
	struct spot spot = draft_spot(draft);
	struct op op =
		at_ffa(OP_OF(ffa_range, 0, index, spot.page << MAP_PAGE_SHIFT, pages), offset);

	op.place[2] = spot.place;
	if (prng_chance(&draft->prng, draft->gen->options.hostile, 800))
		op.value[2] += prng_below(&draft->prng, MAP_PAGE_SIZE);
	if (prng_chance(&draft->prng, draft->gen->options.hostile, 800))
		op.value[3] = draft_hostile_number(draft);

	return recipe_emit(draft, trace, op);
}

/* A field of the descriptor that is not as it should be: around the numbers that are. */
static int spoil(struct draft *draft, struct trace *trace, u32 len)
{
	struct prng *prng = &draft->prng;
	u64 value = prng_below(prng, 4);
	struct op op = OP_OF(ffa_set, 0, draft->ffa_version, prng_below(prng, FFA_FIELD_COUNT));

	switch (prng_below(prng, 3)) {
	case 0:
		value = draft_hostile_number(draft);
		break;
	case 1:
		value = len - prng_below(prng, 48);
		break;
	}
	op.value[3] = value;

	return recipe_emit(draft, trace, at_ffa(op, 0));
}

/* What the secure world shall answer to one of the next calls. */
static int script(struct draft *draft, struct trace *trace)
{
	static const u64 functions[] = {
		FFA_ERROR, FFA_SUCCESS, FFA_MEM_FRAG_RX, FFA_MEM_FRAG_TX, FFA_MEM_RETRIEVE_RESP,
	};
	struct prng *prng = &draft->prng;
	struct op op = OP_OF(spmd_answer, prng_below(prng, 3), prng_below(prng, 4));

	if (!op.value[1])
		op.value[2] = functions[prng_below(prng, ARRAY_SIZE(functions))];
	else if (prng_chance(prng, 1, 2))
		op.value[2] = prng_below(prng, 16) * 16;
	else
		op.value[2] = draft_hostile_number(draft);

	return recipe_emit(draft, trace, op);
}

/* A range that is not one of those that the secure world was given */
static int script_range(struct draft *draft, struct trace *trace)
{
	struct spot spot = draft_spot(draft);
	struct op op = OP_OF(spmd_data, 0, ranges_offset(draft) + prng_below(&draft->prng, 2) * 16,
	                     spot.page << MAP_PAGE_SHIFT);

	op.place[2] = spot.place;
	return recipe_emit(draft, trace, op);
}

static struct op send_op(struct draft *draft, u32 len, u32 frag)
{
	struct op op = OP_OF(ffa_mem_share, len, frag);

	if (prng_chance(&draft->prng, 1, 2))
		op.code = OP_ffa_mem_lend;
	if (prng_chance(&draft->prng, draft->gen->options.hostile, 800))
		op.value[prng_below(&draft->prng, 4)] = draft_hostile_number(draft);

	return op;
}

/* Some ranges with the descriptor, the others in a fragment of their own */
static int send(struct draft *draft, struct trace *trace)
{
	struct prng *prng = &draft->prng;
	u32 size = draft->gen->target->ffa.sizeof_range, offset = ranges_offset(draft);
	u32 nr = 1 + prng_below(prng, MAX_RANGES), first = nr, total = 0, pages[MAX_RANGES];
	u64 handle;

	if (prng_chance(prng, 1, 3))
		first = prng_below(prng, nr);
	for (u32 i = 0; i < nr; i++) {
		pages[i] = 1 + (prng_chance(prng, 1, 4) ? prng_below(prng, 4) : 0);
		total += pages[i];
	}
	if (recipe_emit(draft, trace,
	                at_ffa(OP_OF(ffa_describe, 0, draft->ffa_version, nr, total), 0)))
		return -1;
	for (u32 i = 0; i < first; i++) {
		if (put_range(draft, trace, offset, i, pages[i]))
			return -1;
	}
	if (prng_chance(prng, 2 * draft->gen->options.hostile, 100) &&
	    spoil(draft, trace, offset + first * size))
		return -1;
	if (prng_chance(prng, draft->gen->options.hostile, 200) && script(draft, trace))
		return -1;
	if (recipe_emit(draft, trace, send_op(draft, offset + nr * size, offset + first * size)))
		return -1;

	handle = SPMD_HANDLE(draft->ffa_sent++);
	for (u32 i = first; i < nr; i++) {
		/* Most hosts send what they began with; the handle of another is a mistake. */
		if (put_range(draft, trace, 0, 0, pages[i]) ||
		    recipe_emit(draft, trace, OP_OF(ffa_mem_frag_tx, handle, size)))
			return -1;
	}

	return 0;
}

/* A descriptor that neither mailbox holds at once. */
static int send_much(struct draft *draft, struct trace *trace)
{
	const struct ffa_layout *layout = &draft->gen->target->ffa;
	u32 offset = ranges_offset(draft), size = layout->sizeof_range;
	u32 first = (layout->mailbox_size - offset) / size, rest = 1 + prng_below(&draft->prng, 64);
	u64 page = draft->window, handle;
	struct op fill = at_ffa(OP_OF(ffa_fill, 0, first, page << MAP_PAGE_SHIFT, 1), offset);
	struct op more = at_ffa(OP_OF(ffa_fill, 0, rest, (page + first) << MAP_PAGE_SHIFT, 1), 0);

	fill.place[2] = more.place[2] = PLACE_RAM;
	handle = SPMD_HANDLE(draft->ffa_sent++);

	return recipe_emit(draft, trace,
	                   at_ffa(OP_OF(ffa_describe, 0, draft->ffa_version, first + rest,
	                                first + rest),
	                          0)) ||
	       recipe_emit(draft, trace, fill) ||
	       recipe_emit(draft, trace,
	                   send_op(draft, offset + (first + rest) * size, offset + first * size)) ||
	       recipe_emit(draft, trace, more) ||
	       recipe_emit(draft, trace, OP_OF(ffa_mem_frag_tx, handle, rest * size)) ||
	       recipe_emit(draft, trace, OP_OF(ffa_mem_reclaim, handle));
}

int recipe_ffa(struct draft *draft, struct trace *trace)
{
	struct prng *prng = &draft->prng;
	bool hostile = prng_chance(prng, draft->gen->options.hostile, 200);

	if (!draft->ffa_mapped)
		return negotiate(draft, trace);

	switch (prng_below(prng, 16)) {
	case 0:
		draft->ffa_mapped = false;
		return recipe_emit(draft, trace, OP_OF(ffa_rxtx_unmap, 0));
	case 1:
	case 2:
		return (hostile && script(draft, trace)) ||
		       recipe_emit(draft, trace, OP_OF(ffa_partition_info_get, 0, hostile)) ||
		       recipe_emit(draft, trace, OP_OF(ffa_rx_release));
	case 3:
		return prng_chance(prng, 1, 4) ? send_much(draft, trace) : 0;
	case 4:
	case 5:
	case 6:
	case 7:
	case 8:
		return (hostile && (prng_chance(prng, 1, 2) ? script_range(draft, trace) :
		                                              script(draft, trace))) ||
		       recipe_emit(draft, trace, OP_OF(ffa_mem_reclaim, any_handle(draft)));
	default:
		return send(draft, trace);
	}
}

void recipe_ffa_aim(struct draft *draft, struct op *op)
{
	struct prng *prng = &draft->prng;

	if (prng_chance(prng, draft->gen->options.hostile, 100))
		return;
	if (!draft->ffa_version)
		draft->ffa_version = FFA_V1_2;

	switch (op->code) {
	case OP_ffa_version:
		op->value[0] = 0x10000 + prng_below(prng, 4);
		break;
	case OP_ffa_features:
		op->value[0] = 0x84000060 + prng_below(prng, 0x30) +
		               (prng_chance(prng, 1, 2) ? 0x40000000 : 0);
		break;
	case OP_ffa_mem_frag_tx:
	case OP_ffa_mem_reclaim:
		op->place[0] = op->place[1] = PLACE_RAW;
		op->value[0] = any_handle(draft);
		op->value[1] = op->code == OP_ffa_mem_frag_tx ? 16 * prng_below(prng, 4) :
		                                                prng_below(prng, 4);
		op->value[2] = 0;
		break;
	case OP_ffa_mem_share:
	case OP_ffa_mem_lend:
		op->value[0] = ranges_offset(draft) + prng_below(prng, 5) * 16;
		op->value[1] = op->value[0] - prng_below(prng, 2) * 16;
		op->place[2] = PLACE_RAW;
		op->value[2] = op->value[3] = 0;
		break;
	case OP_ffa_partition_info_get:
		op->value[0] = 0;
		op->value[1] = prng_below(prng, 2);
		break;
	case OP_ffa_describe:
	case OP_ffa_set:
		op->value[1] = draft->ffa_version;
		*op = at_ffa(*op, TX_PAGE * MAP_PAGE_SIZE);
		break;
	case OP_ffa_range:
	case OP_ffa_fill:
		*op = at_ffa(*op, prng_chance(prng, 1, 2) ? ranges_offset(draft) : 0);
		break;
	case OP_spmd_answer:
	case OP_spmd_data:
		op->value[0] = prng_below(prng, 3);
		break;
	}
}
