// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a mutation brings in anew comes from the generator, which goes on from the ops before: its pages, handles and
 * recipes are what makes traces get anywhere.
 */
#include "fuzz/mutate.h"

#include "fuzz/draft.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BLOCK 16

/* Changes of one trace, but for what comes in anew */
#define MAX_CHANGES 2

struct mutation {
	struct mutator *mutator;
	struct prng prng;
	struct trace *trace;
};

void mutator_init(struct mutator *m, const struct hello *target)
{
	const struct generator_options options = { .length = GENERATE_LENGTH,
		                                   .hostile = GENERATE_HOSTILE,
		                                   .even = true };

	memset(m, 0, sizeof(*m));
	m->trace.world = m->other.world = target->world;
	generator_init(&m->generator, &options, target);
}

void mutator_free(struct mutator *m)
{
	trace_free(&m->trace);
	trace_free(&m->fresh);
	trace_free(&m->other);
}

static u32 below(struct mutation *mut, u32 bound)
{
	return prng_below(&mut->prng, bound);
}

/* Some ops in a row, of which there must be one. */
static u32 pick_block(struct mutation *mut, const struct trace *of, u32 *len)
{
	u32 from = below(mut, of->nr_ops);
	u32 max = of->nr_ops - from < MAX_BLOCK ? of->nr_ops - from : MAX_BLOCK;

	*len = 1 + (prng_chance(&mut->prng, 1, 2) ? 0 : below(mut, max));
	return from;
}

/* Those that find no room are left out. */
static void insert_ops(struct trace *trace, u32 at, const struct op *ops, u32 nr)
{
	const u32 old = trace->nr_ops;

	for (u32 i = 0; i < nr && trace->nr_ops < MUTATE_MAX_OPS; i++) {
		if (trace_append(trace, &ops[i]))
			break;
	}
	nr = trace->nr_ops - old;
	memmove(trace->ops + at + nr, trace->ops + at, (old - at) * sizeof(*ops));
	memcpy(trace->ops + at, ops, nr * sizeof(*ops));
}

static void repeat_block(struct mutation *mut)
{
	u32 len, from = pick_block(mut, mut->trace, &len);
	struct op ops[MAX_BLOCK];

	/* The trace may move when it grows. */
	memcpy(ops, mut->trace->ops + from, len * sizeof(*ops));
	insert_ops(mut->trace, below(mut, mut->trace->nr_ops + 1), ops, len);
}

static void delete_block(struct mutation *mut)
{
	u32 len, from = pick_block(mut, mut->trace, &len);

	if (len < mut->trace->nr_ops)
		trace_remove(mut->trace, from, len);
}

static void swap_ops(struct mutation *mut)
{
	struct op *ops = mut->trace->ops;
	u32 a = below(mut, mut->trace->nr_ops), b = below(mut, mut->trace->nr_ops);
	struct op op = ops[a];

	ops[a] = ops[b];
	ops[b] = op;
}

static struct op *pick_arg(struct mutation *mut, unsigned int *arg)
{
	struct op *op = &mut->trace->ops[below(mut, mut->trace->nr_ops)];
	const struct op_desc *desc = op_desc(op->code);

	if (!desc || !desc->nr_args)
		return NULL;
	*arg = below(mut, desc->nr_args);
	return op;
}

/* Addresses come in several kinds, all of which count from places. */
static bool alike(enum arg_kind a, enum arg_kind b)
{
	return a == b || ((a == ARG_PA || a == ARG_HVA) && (b == ARG_PA || b == ARG_HVA));
}

/* Any argument of this kind, of the first @nr ops of a trace */
static bool copy_arg(struct mutation *mut, struct op *to, unsigned int arg,
                     const struct trace *from, u32 nr)
{
	enum arg_kind kind = op_desc(to->code)->args[arg].kind;
	u32 start = nr ? below(mut, nr) : 0;

	for (u32 n = 0; n < nr; n++) {
		const struct op *op = &from->ops[(start + n) % nr];
		const struct op_desc *desc = op_desc(op->code);

		for (unsigned int i = 0; desc && i < desc->nr_args; i++) {
			if (!alike(desc->args[i].kind, kind))
				continue;
			to->place[arg] = op->place[i];
			to->value[arg] = op->value[i];
			return true;
		}
	}

	return false;
}

static void change_arg(struct mutation *mut)
{
	struct trace *fresh = &mut->mutator->fresh;
	unsigned int arg;
	struct op *op = pick_arg(mut, &arg);

	if (!op)
		return;
	/* Without memory it is short, which is no harm. */
	generate_trace(&mut->mutator->generator, prng_u64(&mut->prng), 0, fresh);
	if (!copy_arg(mut, op, arg, fresh, fresh->nr_ops))
		op->value[arg] = below(mut, 16);
}

static void copy_earlier_arg(struct mutation *mut)
{
	unsigned int arg;
	struct op *op = pick_arg(mut, &arg);

	if (op)
		copy_arg(mut, op, arg, mut->trace, op - mut->trace->ops);
}

/* The page beside it; for what does not count bytes, the number beside it. */
static void jump_a_page(struct mutation *mut)
{
	unsigned int arg;
	struct op *op = pick_arg(mut, &arg);
	u64 unit = 1;

	if (!op)
		return;
	switch (op_desc(op->code)->args[arg].kind) {
	case ARG_PA:
	case ARG_HVA:
	case ARG_IPA:
	case ARG_SIZE:
		unit = MAP_PAGE_SIZE;
		break;
	default:
		break;
	}
	op->value[arg] += prng_chance(&mut->prng, 1, 2) ? unit : -unit;
}

static void turn_hostile(struct mutation *mut)
{
	unsigned int arg;
	struct op *op = pick_arg(mut, &arg);

	if (!op)
		return;
	if (prng_chance(&mut->prng, 1, 2))
		op->place[arg] = PLACE_RAW;
	op->value[arg] = hostile_number(&mut->prng);
}

/* Each as often as it is here */
static void (*const changes[])(struct mutation *mut) = {
	delete_block,     delete_block,     swap_ops,    change_arg,   change_arg,
	copy_earlier_arg, copy_earlier_arg, jump_a_page, turn_hostile, repeat_block,
};

static void change(struct mutation *mut, u32 nr)
{
	while (nr-- && mut->trace->nr_ops)
		changes[below(mut, ARRAY_SIZE(changes))](mut);
}

/* Ops that go on from those before them */
static void append_fresh(struct mutation *mut, u32 nr)
{
	u32 room = MUTATE_MAX_OPS > mut->trace->nr_ops ? MUTATE_MAX_OPS - mut->trace->nr_ops : 0;

	/* Without memory there are fewer, which is no harm. */
	generate_more(&mut->mutator->generator, prng_u64(&mut->prng), nr < room ? nr : room,
	              mut->trace);
}

/* From anywhere in it, another way */
static void go_on(struct mutation *mut)
{
	u32 keep = below(mut, mut->trace->nr_ops + 1);

	trace_remove(mut->trace, keep, mut->trace->nr_ops - keep);
	append_fresh(mut, GENERATE_LENGTH);
}

static void insert_fresh(struct mutation *mut)
{
	struct trace *trace = mut->trace, *rest = &mut->mutator->other;
	u32 at = below(mut, trace->nr_ops + 1);

	if (trace_copy(rest, trace))
		return;
	trace_remove(rest, 0, at);
	trace_remove(trace, at, trace->nr_ops - at);
	append_fresh(mut, 1 + below(mut, MAX_BLOCK));
	insert_ops(trace, trace->nr_ops, rest->ops, rest->nr_ops);
}

static void begin(struct mutation *mut, struct mutator *m, u64 seed)
{
	*mut = (struct mutation){ .mutator = m, .trace = &m->trace };
	prng_seed(&mut->prng, seed, 0);
}

/* Whole ops only: half an op would read as another one. */
static size_t encode(struct trace *trace, u8 *out, size_t max)
{
	u8 *all;
	size_t size;

	if (trace->nr_ops > MUTATE_MAX_OPS)
		trace_remove(trace, MUTATE_MAX_OPS, trace->nr_ops - MUTATE_MAX_OPS);
	all = malloc(trace_encoded_max(trace) + 1);
	if (!all)
		return 0;
	while ((size = trace_encode(trace, all)) > max)
		trace_remove(trace, trace->nr_ops - 1, 1);
	memcpy(out, all, size);
	free(all);

	return size;
}

size_t mutate(struct mutator *m, u8 *bytes, size_t size, size_t max, u64 seed)
{
	struct mutation mut;

	begin(&mut, m, seed);
	trace_decode(&m->trace, bytes, size);
	/* Most of what is new comes with what is brought in anew. */
	switch (below(&mut, 4)) {
	case 0:
		change(&mut, 1 + below(&mut, MAX_CHANGES + 1));
		break;
	case 1:
		change(&mut, below(&mut, MAX_CHANGES + 1));
		insert_fresh(&mut);
		break;
	default:
		change(&mut, below(&mut, MAX_CHANGES + 1));
		go_on(&mut);
	}
	if (!m->trace.nr_ops)
		append_fresh(&mut, GENERATE_LENGTH);

	return encode(&m->trace, bytes, max);
}

size_t crossover(struct mutator *m, const u8 *bytes, size_t size, const u8 *other,
                 size_t other_size, u8 *out, size_t max, u64 seed)
{
	struct mutation mut;
	u32 from;

	begin(&mut, m, seed);
	trace_decode(&m->trace, bytes, size);
	trace_decode(&m->other, other, other_size);

	from = below(&mut, m->trace.nr_ops + 1);
	trace_remove(&m->trace, from, m->trace.nr_ops - from);
	from = below(&mut, m->other.nr_ops + 1);
	for (u32 i = from; i < m->other.nr_ops; i++)
		trace_append(&m->trace, &m->other.ops[i]);

	return encode(&m->trace, out, max);
}
