// SPDX-License-Identifier: GPL-2.0-only
/*
 * What finds bugs in page tables is the same few addresses mapped, annotated, split and unmapped in
 * every order and size, at the borders of blocks, with too few pages. So each trace has some anchors,
 * addresses that blocks of every size meet at, and its ranges begin and end near them.
 */
#include "fuzz/pgtable.h"

#include "core/pgtable/shared.h"
#include "fuzz/prng.h"

#define PAGE ((u64)PGTABLE_PAGE_SIZE)
/* Blocks of two sizes; where the granule has but one, the larger is some of these. */
#define BLOCK_SHIFT pgtable_shift(2)
#define LARGE_SHIFT (PGTABLE_MIN_BLOCK_LEVEL == 1 ? pgtable_shift(1) : BLOCK_SHIFT + 4)
#define BLOCK BIT(BLOCK_SHIFT)
#define NR_ANCHORS 3

struct pgtable_draft {
	struct prng prng;
	u32 hostile;
	u64 features; /* of the tree */
	u32 pa_bits; /* of the PA space, and so of IPAs */
	bool calm; /* nothing that ends a trace early */
	u8 style; /* enum pgtable_style */
	u32 s2_bits, hyp_bits;
	u64 s2_anchor[NR_ANCHORS];
	u64 hyp_anchor[NR_ANCHORS];
	u64 phys; /* what is mapped at an address: this much above */
	u64 prot; /* the trace's favourite */
};

struct weight {
	u16 code;
	u16 weight;
};

static const struct weight weights[] = {
	{ OP_s2_map, 220 },        { OP_s2_annotate, 120 },
	{ OP_s2_unmap, 90 },       { OP_s2_wrprotect, 40 },
	{ OP_s2_relax_perms, 40 }, { OP_s2_mkyoung, 30 },
	{ OP_s2_flush, 20 },       { OP_s2_test_clear_young, 40 },
	{ OP_s2_split, 50 },       { OP_s2_create_unlinked, 16 },
	{ OP_s2_get_leaf, 20 },    { OP_s2_free_unlinked, 16 },
	{ OP_s2_walk, 20 },        { OP_s2_pgd_size, 1 },
	{ OP_s2_init, 2 },         { OP_s2_destroy, 4 },
	{ OP_hyp_map, 80 },        { OP_hyp_unmap, 60 },
	{ OP_hyp_get_leaf, 10 },   { OP_hyp_walk, 10 },
	{ OP_hyp_init, 2 },        { OP_hyp_destroy, 3 },
};

static bool chance(struct pgtable_draft *d, u64 nr, u64 of)
{
	return prng_chance(&d->prng, nr, of);
}

static bool has(const struct pgtable_draft *d, enum feature feature)
{
	return d->features & BIT(feature);
}

static bool hostile(struct pgtable_draft *d)
{
	return chance(d, d->hostile, 400);
}

/* A page, some pages, a block of each size, or something around these. */
static u64 pick_size(struct pgtable_draft *d)
{
	u32 kind = prng_below(&d->prng, 16);
	u64 size = BIT(kind < 12 ? PGTABLE_PAGE_SHIFT : kind < 15 ? BLOCK_SHIFT : LARGE_SHIFT);

	switch (prng_below(&d->prng, 8)) {
	case 0:
		size *= 1 + prng_below(&d->prng, 5);
		break;
	case 1:
		size += PAGE;
		break;
	case 2:
		size = size > PAGE ? size - PAGE : 2 * PAGE;
		break;
	case 3:
		size = (1 + prng_below(&d->prng, 8)) * PAGE;
		break;
	}
	if (hostile(d))
		size = chance(d, 1, 3) ? prng_u64(&d->prng) >> prng_below(&d->prng, 64) :
		                         size + (chance(d, 1, 2) ? 1 : prng_below(&d->prng, PAGE));
	return chance(d, 1, 200) ? 0 : size;
}

static u64 pick_addr(struct pgtable_draft *d, const u64 *anchors, unsigned int bits)
{
	u64 at = anchors[prng_below(&d->prng, NR_ANCHORS)];

	switch (prng_below(&d->prng, 8)) {
	case 0:
		at += prng_below(&d->prng, 4) * BLOCK;
		break;
	case 1:
		at += prng_below(&d->prng, 8) * PAGE;
		break;
	case 2:
		at -= prng_below(&d->prng, 4) * PAGE;
		break;
	case 3:
		at -= BLOCK;
		break;
	case 4:
		at += BLOCK - PAGE * prng_below(&d->prng, 3);
		break;
	}
	at &= BIT(bits) - 1;
	if (!hostile(d))
		return at;

	switch (prng_below(&d->prng, 4)) {
	case 0:
		return BIT(bits) - prng_below(&d->prng, 3) * PAGE;
	case 1:
		return prng_u64(&d->prng);
	case 2:
		return BIT(prng_below(&d->prng, 64)) - prng_below(&d->prng, 2);
	default:
		return at + prng_below(&d->prng, PAGE);
	}
}

/* Mostly so many that it is enough, often just too few. */
static u64 pick_cache(struct pgtable_draft *d)
{
	if (chance(d, 1, 60))
		return CACHE_NONE;
	return chance(d, 1, 4) ? prng_below(&d->prng, 5) : 8 + prng_below(&d->prng, 24);
}

/* What takes a table for each block: as many as there are pages for, and mostly these are few. */
static u64 pick_cache_for(struct pgtable_draft *d, bool many)
{
	return many && !chance(d, 1, 16) ? prng_below(&d->prng, 5) : pick_cache(d);
}

static u64 pick_prot(struct pgtable_draft *d, bool stage2)
{
	static const u16 s2[] = { PGTABLE_RWX, PGTABLE_R | PGTABLE_W, PGTABLE_R,
		                  PGTABLE_R | PGTABLE_X };
	static const u16 hyp[] = { PGTABLE_R | PGTABLE_W, PGTABLE_R, PGTABLE_R | PGTABLE_PX,
		                   PGTABLE_R | PGTABLE_X, PGTABLE_R | PGTABLE_UX };
	u64 prot = stage2 ? s2[prng_below(&d->prng, ARRAY_SIZE(s2))] :
	                    hyp[prng_below(&d->prng, ARRAY_SIZE(hyp))];

	if (stage2 && chance(d, 1, 2))
		prot = d->prot;
	if (chance(d, 1, 5))
		prot |= prng_below(&d->prng, 16) * PGTABLE_SW0;
	/* Not in blocks: what splitting makes of them is known. */
	if (chance(d, 1, 16) && !(prot & PGTABLE_X))
		prot |= chance(d, 1, 2) ? PGTABLE_DEVICE : PGTABLE_NC;
	if (hostile(d))
		prot = prng_u64(&d->prng);
	return prot;
}

static u64 pick_phys(struct pgtable_draft *d, u64 addr)
{
	/* Aligned as a block is, but for that */
	const u8 off[] = { PGTABLE_PAGE_SHIFT, BLOCK_SHIFT - 1, BLOCK_SHIFT, LARGE_SHIFT - 1 };
	u64 phys = (addr + d->phys) & GENMASK(d->pa_bits - 1, 0);

	if (d->style == PGTABLE_STYLE_host)
		return !d->calm && chance(d, 1, 400) ? phys + PAGE : addr;
	if (chance(d, 1, 8))
		phys ^= BIT(off[prng_below(&d->prng, ARRAY_SIZE(off))]);
	return phys & GENMASK(d->pa_bits - 1, 0);
}

/* What goes page by page, whatever its size, does so over some pages, and now and then over all. */
static void limit_pages(struct pgtable_draft *d, struct op *op, u64 limit)
{
	if (op->value[1] > 32 * PAGE && !chance(d, 1, limit))
		op->value[1] = (1 + prng_below(&d->prng, 32)) * PAGE;
}

static u64 pick_flags(struct pgtable_draft *d)
{
	u64 flags = 0;

	if (chance(d, 1, 3))
		flags |= PGTABLE_IGNORE_EAGAIN;
	if (chance(d, 1, 30))
		flags |= PGTABLE_SKIP_CMO;
	if (chance(d, 1, 30))
		flags |= PGTABLE_SKIP_BBM_TLBI;
	/* Two vCPUs of the host kernel fault at once. */
	if (chance(d, 1, d->style == PGTABLE_STYLE_kvm ? 2 : 100))
		flags |= PGTABLE_SHARED | (chance(d, 1, 3) ? PGTABLE_OTHERS : 0);
	return flags;
}

static void pick_range(struct pgtable_draft *d, struct op *op, bool stage2)
{
	op->value[0] = stage2 ? pick_addr(d, d->s2_anchor, d->s2_bits) :
	                        pick_addr(d, d->hyp_anchor, d->hyp_bits);
	op->value[1] = pick_size(d);
	/* A block that is met as such */
	if (op->value[1] >= BLOCK && chance(d, 3, 4))
		op->value[0] &=
			~(BIT(op->value[1] >= BIT(LARGE_SHIFT) ? LARGE_SHIFT : BLOCK_SHIFT) - 1);
}

static void pick_annotation(struct pgtable_draft *d, struct op *op)
{
	op->value[2] = chance(d, 1, 8) ? prng_below(&d->prng, 16) : 2 + prng_below(&d->prng, 2);
	op->value[3] = chance(d, 1, 3) ? 0 : prng_u64(&d->prng) & GENMASK(59, 1);
	if (hostile(d))
		op->value[3] = prng_u64(&d->prng);
	op->value[4] = pick_cache(d);
}

static void pick_owner(struct pgtable_draft *d, struct op *op)
{
	op->value[2] = hostile(d) ? prng_u64(&d->prng) : prng_below(&d->prng, 3);
	op->value[3] = pick_cache(d);
}

static void pick_walk(struct pgtable_draft *d, struct op *op)
{
	op->value[2] = prng_below(&d->prng, 8) * PGTABLE_LEAF |
	               (chance(d, 1, 4) ? PGTABLE_IGNORE_EAGAIN : 0);
	op->value[3] = prng_below(&d->prng, 8);
	op->value[4] = chance(d, 1, 2) ? -11 : -(u64)prng_below(&d->prng, 40);
}

static void pick_unlinked(struct pgtable_draft *d, struct op *op)
{
	u64 level = chance(d, 3, 4) ? 2 : prng_below(&d->prng, 4);

	op->value[0] = prng_below(&d->prng, PGTABLE_UNLINKED);
	op->value[1] = prng_u64(&d->prng) & GENMASK(d->pa_bits - 1, PGTABLE_PAGE_SHIFT);
	if (!chance(d, 1, 16))
		op->value[1] &= ~(BIT(39) - 1);
	op->value[2] = level;
	op->value[3] = pick_prot(d, true);
	op->value[5] = prng_below(&d->prng, 2);
	op->value[4] = chance(d, 1, 400) ? PGTABLE_ENTRIES + 8 :
	                                   pick_cache_for(d, level < 2 && op->value[5]);
}

static void pick_s2_args(struct pgtable_draft *d, struct op *op)
{
	switch (op->code) {
	case OP_s2_map:
		pick_range(d, op, true);
		op->value[3] = pick_prot(d, true);
		op->value[2] = pick_phys(d, op->value[0]);
		/* What is not memory, the host has page by page; as everybody what is aligned so. */
		if (d->style == PGTABLE_STYLE_host && op->value[3] != PGTABLE_RWX)
			limit_pages(d, op, 16);
		else if ((op->value[0] ^ op->value[2]) & (BLOCK - 1))
			limit_pages(d, op, 16);
		op->value[4] = pick_cache(d);
		op->value[5] = pick_flags(d);
		break;
	case OP_s2_annotate:
	case OP_s2_set_owner:
		pick_range(d, op, true);
		/* Page by page: not by the gigabyte. */
		if (op->value[1] > 32 * PAGE)
			op->value[1] =
				(1 + prng_below(&d->prng, chance(d, 1, 16) ? 600 : 16)) * PAGE;
		if (op->code == OP_s2_annotate)
			pick_annotation(d, op);
		else
			pick_owner(d, op);
		break;
	case OP_s2_relax_perms:
		op->value[0] = pick_addr(d, d->s2_anchor, d->s2_bits);
		op->value[1] = pick_prot(d, true) & ~(u64)PGTABLE_SW;
		if (chance(d, 1, 50))
			op->value[1] |= PGTABLE_SW0;
		op->value[2] = pick_flags(d);
		break;
	case OP_s2_mkyoung:
		op->value[0] = pick_addr(d, d->s2_anchor, d->s2_bits);
		op->value[1] = pick_flags(d);
		break;
	case OP_s2_test_clear_young:
		pick_range(d, op, true);
		/* What is out of range WARNs, as it should. */
		if (!chance(d, 1, 50) || d->calm) {
			op->value[0] &= BIT(d->s2_bits) - 1;
			if (op->value[1] > BIT(d->s2_bits) - op->value[0])
				op->value[1] = PAGE;
		}
		op->value[2] = prng_below(&d->prng, 2);
		break;
	case OP_s2_split:
		pick_range(d, op, true);
		op->value[2] = chance(d, 1, 400) ? PGTABLE_ENTRIES + 8 :
		                                   pick_cache_for(d, op->value[1] > 4 * BLOCK);
		break;
	case OP_s2_create_unlinked:
		pick_unlinked(d, op);
		break;
	case OP_s2_free_unlinked:
		op->value[0] = prng_below(&d->prng, PGTABLE_UNLINKED);
		break;
	case OP_s2_walk:
		pick_range(d, op, true);
		pick_walk(d, op);
		break;
	case OP_s2_unmap:
		pick_range(d, op, true);
		/* With TLBIs by range it takes as long as its size says, in range or not. */
		op->value[1] &= BIT(48) - 1;
		break;
	default:
		pick_range(d, op, true);
	}
}

static void pick_hyp_args(struct pgtable_draft *d, struct op *op)
{
	pick_range(d, op, false);
	if (op->code == OP_hyp_map) {
		/* Over what is mapped already it WARNs, as it should: mostly pages, mostly elsewhere. */
		op->value[0] = pick_addr(d, d->hyp_anchor, d->hyp_bits);
		op->value[0] += prng_below(&d->prng, 64) << (chance(d, 1, 2) ? 12 : 21);
		op->value[0] &= BIT(d->hyp_bits % 64) - 1;
		op->value[1] = chance(d, 1, 4) ? BLOCK : (1 + prng_below(&d->prng, 3)) * PAGE;
		if (op->value[1] == BLOCK)
			op->value[0] &= ~(BLOCK - 1);
		op->value[2] = (op->value[0] + d->phys) & GENMASK(d->pa_bits - 1, 0);
		op->value[3] = pick_prot(d, false);
		op->value[4] = pick_cache(d);
		if (op->value[4] == CACHE_NONE)
			op->value[4] = 0;
	} else if (op->code == OP_hyp_walk) {
		pick_walk(d, op);
	}
}

static u64 init_cache(struct pgtable_draft *d)
{
	return chance(d, 1, 100) ? 0 : 64;
}

static struct op s2_init(struct pgtable_draft *d)
{
	u64 type = has(d, FEATURE_host_fwb) ? PGTABLE_AS_S1 : PGTABLE_NOFWB;

	return (struct op){
		.code = OP_s2_init,
		.value = { d->style, d->s2_bits,
		           d->style == PGTABLE_STYLE_host ? PGTABLE_IDMAP | type :
		           chance(d, 1, 8)                ? type :
		                                            0,
		           init_cache(d) },
	};
}

static struct op hyp_init(struct pgtable_draft *d)
{
	return (struct op){
		.code = OP_hyp_init,
		.value = { chance(d, 1, 10) ? PGTABLE_STYLE_early :
		           chance(d, 1, 4)  ? PGTABLE_STYLE_kvm :
		                              PGTABLE_STYLE_guest,
		           d->hyp_bits, init_cache(d) },
	};
}

static struct op pick_op(struct pgtable_draft *d)
{
	u32 total = 0, at;
	struct op op = { 0 };
	unsigned int i = 0;

	for (size_t n = 0; n < ARRAY_SIZE(weights); n++)
		total += weights[n].weight;
	at = prng_below(&d->prng, total);
	while (at >= weights[i].weight)
		at -= weights[i++].weight;

	op.code = weights[i].code;
	if (op.code == OP_s2_annotate && !has(d, FEATURE_typed_annotations))
		op.code = OP_s2_set_owner;
	switch (op.code) {
	case OP_s2_init:
		return s2_init(d);
	case OP_hyp_init:
		return hyp_init(d);
	case OP_s2_pgd_size:
		op.value[0] = 30 + prng_below(&d->prng, 24);
		break;
	case OP_s2_destroy:
		/* Then there is one again. */
		op.value[0] = chance(d, 1, 2) ? 0 : BIT(prng_below(&d->prng, 20));
		break;
	case OP_hyp_destroy:
		break;
	default:
		if (op.code < OP_hyp_init)
			pick_s2_args(d, &op);
		else
			pick_hyp_args(d, &op);
	}

	return op;
}

static void begin(struct pgtable_draft *d)
{
	static const u16 prots[] = { PGTABLE_RWX, PGTABLE_RWX, PGTABLE_R | PGTABLE_W };
	static const u8 styles[] = { PGTABLE_STYLE_host, PGTABLE_STYLE_guest, PGTABLE_STYLE_kvm };

	d->style = styles[prng_below(&d->prng, ARRAY_SIZE(styles))];
	d->s2_bits =
		PGTABLE_MIN_IA_BITS + prng_below(&d->prng, d->pa_bits - PGTABLE_MIN_IA_BITS + 1);
	d->hyp_bits = chance(d, 1, 20) ? 4 + prng_below(&d->prng, 60) :
	                                 36 + prng_below(&d->prng, d->pa_bits - 35);
	d->prot = prots[prng_below(&d->prng, ARRAY_SIZE(prots))];
	/* Mostly so that blocks can be used */
	d->phys = prng_u64(&d->prng) & GENMASK(d->pa_bits - 2, LARGE_SHIFT);
	if (chance(d, 1, 4))
		d->phys += BLOCK;
	if (chance(d, 1, 16))
		d->phys += PAGE;
	for (unsigned int i = 0; i < NR_ANCHORS; i++) {
		unsigned int block = chance(d, 1, 2) ? LARGE_SHIFT : BLOCK_SHIFT;

		d->s2_anchor[i] = prng_u64(&d->prng) & (BIT(d->s2_bits) - 1) & ~(BIT(block) - 1);
		d->hyp_anchor[i] = prng_u64(&d->prng) & (BIT(d->hyp_bits) - 1) & ~(BLOCK - 1);
	}
	if (chance(d, 1, 8))
		d->s2_anchor[0] = 0;
	if (chance(d, 1, 8))
		d->s2_anchor[1] = BIT(d->s2_bits) - BLOCK;
}

static int append(struct trace *trace, const struct op op)
{
	return trace_append(trace, &op);
}

int pgtable_trace(const struct generator *gen, u64 seed, u64 index, struct trace *trace)
{
	struct pgtable_draft d = {
		.features = gen->target->features,
		.pa_bits = pgtable_pa_bits(gen->target->caps & BIT(CAP_lpa2),
		                           !!(gen->target->features & BIT(FEATURE_pa_52))),
		.hostile = gen->options.hostile,
		.calm = gen->options.calm,
	};
	bool hyp;

	prng_seed(&d.prng, seed, index);
	begin(&d);
	hyp = chance(&d, 1, 3);
	if (append(trace, s2_init(&d)) || (hyp && append(trace, hyp_init(&d))))
		return -1;
	while (trace->nr_ops < gen->options.length) {
		struct op op = pick_op(&d);

		/* Half of the time it would be about a table that is not there. */
		if (!hyp && op.code >= OP_hyp_init && !chance(&d, 1, 50))
			continue;
		if (d.calm && op.code == OP_hyp_map)
			continue;
		if (append(trace, op))
			return -1;
		if (op.code == OP_s2_destroy && append(trace, s2_init(&d)))
			return -1;
		if (op.code == OP_hyp_destroy && append(trace, hyp_init(&d)))
			return -1;
	}
	trace->nr_ops = gen->options.length;

	return 0;
}
