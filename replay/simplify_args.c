// SPDX-License-Identifier: GPL-2.0-only
/* Making arguments plainer. Each change makes a place or a number smaller, so that it ends. */
#include <string.h>

#include "replay/simplify_internal.h"

static const struct op_arg *arg_of(const struct op *op, unsigned int i)
{
	const struct op_desc *desc = op_desc(op->code);

	return desc && i < desc->nr_args ? &desc->args[i] : NULL;
}

#define for_each_arg(trace, op, i, arg)                                               \
	for (struct op *op = (trace)->ops; op < (trace)->ops + (trace)->nr_ops; op++) \
		for (unsigned int i = 0; ((arg) = arg_of(op, i)); i++)

/* How far apart an argument's values for one VM and for the next are; 0 if it has none of a VM's. */
static u64 vm_stride(const struct memory_map *map, const struct op *op, unsigned int i,
                     const struct op_arg *arg)
{
	enum place place = op->place[i];
	u64 objects, size;

	if (arg->kind == ARG_COUNT && !strcmp(arg->name, "vm"))
		return 1;
	if (place < PLACE_KVM || place > PLACE_VCPU_MEM)
		return 0;

	objects = place == PLACE_VCPU || place == PLACE_VCPU_MEM ? MAP_VCPUS : 1;
	size = map->arenas[place - PLACE_KVM].object_size;
	switch (arg->kind) {
	case ARG_HVA:
		return objects;
	case ARG_PFN:
		return objects * (size >> MAP_PAGE_SHIFT);
	default:
		return objects * size;
	}
}

static bool has_vm(const struct memory_map *map, struct trace *trace, u64 vm)
{
	const struct op_arg *arg;

	for_each_arg(trace, op, i, arg)
	{
		u64 stride = vm_stride(map, op, i, arg);

		if (stride && op->value[i] / stride == vm)
			return true;
	}

	return false;
}

static void rename_vm(const struct memory_map *map, struct trace *trace, u64 from, u64 to)
{
	const struct op_arg *arg;

	for_each_arg(trace, op, i, arg)
	{
		u64 stride = vm_stride(map, op, i, arg);

		if (stride && op->value[i] / stride == from)
			op->value[i] -= (from - to) * stride;
	}
}

void simplify_drop_slot(struct trace *trace, u64 slot)
{
	const struct op_arg *arg;

	for_each_arg(trace, op, i, arg)
	{
		if (op->place[i] == PLACE_VM && op->value[i] > slot)
			op->value[i]--;
	}
}

/* The host's objects of a VM: those of the first VMs will do. */
static bool first_vms(struct simplifier *s)
{
	bool changed = false;

	for (u64 from = 1; from < MAP_VMS; from++) {
		for (u64 to = 0; to < from; to++) {
			if (!has_vm(s->map, s->trace, from) || has_vm(s->map, s->trace, to) ||
			    !simplify_begin(s))
				continue;
			rename_vm(s->map, &s->candidate, from, to);
			changed |= simplify_try(s);
		}
	}

	return changed;
}

/* A page that an argument names: the host's, or a guest's. */
struct page {
	bool guest;
	u8 place;
	u64 number;
};

static bool page_of(const struct op *op, unsigned int i, const struct op_arg *arg,
                    struct page *page)
{
	u64 value = op->value[i];

	*page = (struct page){ .place = op->place[i] };
	switch (arg->kind) {
	case ARG_GFN:
	case ARG_IPA:
		page->guest = true;
		page->number = arg->kind == ARG_GFN ? value : value >> MAP_PAGE_SHIFT;
		return true;
	case ARG_PFN:
		page->number = value;
		return true;
	case ARG_VALUE:
		if (page->place == PLACE_RAW)
			return false;
		break;
	case ARG_PA:
	case ARG_HVA:
		break;
	default:
		return false;
	}

	/* What counts objects, or slots, counts no pages. */
	if (page->place == PLACE_VM || (page->place >= PLACE_KVM && arg->kind == ARG_HVA))
		return false;
	page->number = value >> MAP_PAGE_SHIFT;
	return true;
}

static bool same_page(const struct page *a, const struct page *b)
{
	return a->guest == b->guest && a->place == b->place && a->number == b->number;
}

static bool has_page(struct trace *trace, const struct page *page)
{
	const struct op_arg *arg;
	struct page other;

	for_each_arg(trace, op, i, arg)
	{
		if (page_of(op, i, arg, &other) && same_page(page, &other))
			return true;
	}

	return false;
}

static void rename_page(struct trace *trace, const struct page *from, const struct page *to)
{
	const struct op_arg *arg;
	struct page page;

	for_each_arg(trace, op, i, arg)
	{
		if (!page_of(op, i, arg, &page) || !same_page(&page, from))
			continue;
		op->place[i] = to->place;
		if (arg->kind == ARG_GFN || arg->kind == ARG_PFN)
			op->value[i] = to->number;
		else
			op->value[i] =
				to->number << MAP_PAGE_SHIFT | (op->value[i] & (MAP_PAGE_SIZE - 1));
	}
}

/* The first page, of RAM or of the guest, that the trace does not name yet. */
static struct page first_free_page(struct trace *trace, bool guest)
{
	struct page page = { .guest = guest, .place = guest ? PLACE_RAW : PLACE_RAM };

	while (has_page(trace, &page))
		page.number++;
	return page;
}

static bool first_page(struct simplifier *s, const struct op *op, unsigned int i,
                       const struct op_arg *arg)
{
	struct page from, to;

	if (!page_of(op, i, arg, &from))
		return false;
	to = first_free_page(s->trace, from.guest);
	if ((from.place == to.place && from.number < to.number) || !simplify_begin(s))
		return false;

	rename_page(&s->candidate, &from, &to);
	return simplify_try(s);
}

static bool try_value(struct simplifier *s, u32 at, unsigned int i, u8 place, u64 value)
{
	if (!simplify_begin(s))
		return false;
	s->candidate.ops[at].place[i] = place;
	s->candidate.ops[at].value[i] = value;
	return simplify_try(s);
}

/* As small a number as does it, found by halves. */
static bool smaller(struct simplifier *s, u32 at, unsigned int i)
{
	u8 place = s->trace->ops[at].place[i];
	u64 value = s->trace->ops[at].value[i];
	bool changed = false;

	if (!value)
		return false;
	if (try_value(s, at, i, place, 0))
		return true;
	/* These count back from the end: there is nothing plainer than the last page. */
	if (place == PLACE_END || place == PLACE_LIMIT)
		return false;
	/* Where in the page? */
	if (value >> MAP_PAGE_SHIFT && value & (MAP_PAGE_SIZE - 1))
		changed = try_value(s, at, i, place, ALIGN_DOWN(value, MAP_PAGE_SIZE));

	for (u64 step = value / 2; step && at < s->trace->nr_ops; step /= 2) {
		value = s->trace->ops[at].value[i];
		if (step < value)
			changed |= try_value(s, at, i, place, value - step);
	}

	return changed;
}

static bool plainer_arg(struct simplifier *s, u32 at, unsigned int i, const struct op_arg *arg)
{
	bool changed;

	if (arg_name(arg->kind, s->trace->ops[at].value[i]))
		return false;

	changed = first_page(s, &s->trace->ops[at], i, arg);
	if (at < s->trace->nr_ops && arg->kind == ARG_VALUE &&
	    s->trace->ops[at].place[i] != PLACE_RAW)
		changed |= try_value(s, at, i, PLACE_RAW, 0);

	return (at < s->trace->nr_ops && smaller(s, at, i)) || changed;
}

bool simplify_args(struct simplifier *s)
{
	bool changed = first_vms(s);
	const struct op_arg *arg;

	for (u32 at = 0; at < s->trace->nr_ops; at++) {
		for (unsigned int i = 0;
		     at < s->trace->nr_ops && (arg = arg_of(&s->trace->ops[at], i)); i++)
			changed |= plainer_arg(s, at, i, arg);
	}

	return changed;
}
