// SPDX-License-Identifier: GPL-2.0-only
/* Leaving ops out. */
#include "replay/simplify.h"

#include "replay/simplify_internal.h"

/* Pairs are many: only where a trace is short anyway. */
#define PAIRS_MAX_OPS 24

bool simplify_begin(struct simplifier *s)
{
	return !trace_copy(&s->candidate, s->trace);
}

bool simplify_try(struct simplifier *s)
{
	struct trace plainer;

	if (!s->fails(s->arg, &s->candidate))
		return false;

	plainer = s->candidate;
	s->candidate = *s->trace;
	*s->trace = plainer;
	return true;
}

void simplifier_free(struct simplifier *s)
{
	trace_free(&s->candidate);
}

static bool try_without(struct simplifier *s, u32 from, u32 len)
{
	if (!simplify_begin(s))
		return false;
	trace_remove(&s->candidate, from, len);
	return simplify_try(s);
}

/*
 * Without one VM slot, the slots behind it are numbered otherwise: the op that takes it can go only
 * if what names the later ones is changed along.
 */
static bool try_without_slot(struct simplifier *s, u32 at)
{
	if (s->trace->ops[at].code != OP_reserve_vm)
		return false;

	for (u64 slot = 0; slot < MAP_VMS; slot++) {
		if (!simplify_begin(s))
			return false;
		trace_remove(&s->candidate, at, 1);
		simplify_drop_slot(&s->candidate, slot);
		if (simplify_try(s))
			return true;
	}

	return false;
}

/* All pieces of one size, the last one first: what comes late depends on what came before. */
static bool remove_pieces(struct simplifier *s, u32 size)
{
	bool changed = false;
	u32 end = s->trace->nr_ops;

	while (end) {
		u32 from = end > size ? end - size : 0;

		if (try_without(s, from, end - from) || (size == 1 && try_without_slot(s, from)))
			changed = true;
		end = from < s->trace->nr_ops ? from : s->trace->nr_ops;
	}

	return changed;
}

static bool remove_a_pair(struct simplifier *s)
{
	for (u32 second = s->trace->nr_ops; second-- > 1;) {
		for (u32 first = second; first-- > 0;) {
			if (!simplify_begin(s))
				return false;
			trace_remove(&s->candidate, second, 1);
			trace_remove(&s->candidate, first, 1);
			if (simplify_try(s))
				return true;
		}
	}

	return false;
}

bool simplify_ops(struct simplifier *s)
{
	bool changed = false;

	for (u32 size = s->trace->nr_ops / 2; size > 1; size /= 2)
		changed |= remove_pieces(s, size);

	do {
		while (remove_pieces(s, 1))
			changed = true;
	} while (s->trace->nr_ops <= PAIRS_MAX_OPS && remove_a_pair(s) && (changed = true));

	return changed;
}
