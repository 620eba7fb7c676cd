/* SPDX-License-Identifier: GPL-2.0-only */
/* The cores of the nested world: what they share. They differ in how the driver is run. */
#ifndef EL2FUZZ_NESTED_CORE_H
#define EL2FUZZ_NESTED_CORE_H

#include "core/backend.h"
#include "core/image/image.h"
#include "core/nested/shared.h"

/* What the harness sees of the machine: the same on each core, wherever it lies. */
struct nested_view {
	struct nested_shared *shared;
	const u8 *pool; /* the host's memory, from NESTED_POOL_PA on */
	const u8 *ram; /* L1's */
};

/** nested_pa_bits() - of the machine, by the layout that a run asks for */
unsigned int nested_pa_bits(enum layout layout);

/**
 * nested_pieces() - how many steps KVM does something to all of a stage 2 in
 *
 * A piece is the largest block that the library makes, however much of it is mapped
 * (stage2_apply_range()): 1 GiB, but 32 MiB where pages are of 16 KiB. With 48 bits, an unmap takes
 * seconds there, and is no hang.
 */
u64 nested_pieces(enum layout layout);

/** nested_ask() - the request for @op */
void nested_ask(struct nested_shared *shared, const struct op *op, const u64 args[OP_MAX_ARGS]);

/** nested_answer() - what the driver answered, as an outcome */
void nested_answer(const struct nested_shared *shared, struct outcome *out);

/**
 * nested_name_nothing() - the code under test went to @va, where nothing is
 *
 * Return: is that one of the symbols that nobody has modelled? It is noted as the reason to stop then.
 */
bool nested_name_nothing(const struct image *image, struct nested_shared *shared, u64 va);

/** nested_note_event() - the fake kernel tells of one: in core->events, as what the function in its place does */
void nested_note_event(struct core *core, const struct nested_event *e);

/** nested_vttbr() - VTTBR_EL2 of a stage 2 that KVM keeps: its number serves as its VMID */
u64 nested_vttbr(const struct nested_shared *shared, unsigned int mmu);

/** nested_stopped() - the driver stopped for a reason of its own: host_stop() */
void nested_stopped(const struct nested_shared *shared, struct outcome *out);

#endif
