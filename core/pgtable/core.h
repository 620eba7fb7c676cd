/* SPDX-License-Identifier: GPL-2.0-only */
/* The cores of the pgtable world: what they share. They differ in how the driver is run. */
#ifndef EL2FUZZ_PGTABLE_CORE_H
#define EL2FUZZ_PGTABLE_CORE_H

#include "core/backend.h"
#include "core/pgtable/shared.h"

#define PGTABLE_TEXT_SIZE 0x100000
#define PGTABLE_STACK_SIZE 0x10000

/* PAs: the same on each core, which may leave some unused. */
struct pgtable_places {
	u64 text;
	u64 shared; /* struct pgtable_shared */
	u64 stack;
	u64 tables; /* two pages for EL2's own */
};

/**
 * pgtable_place() - lay memory out, and prepare what driver and harness share
 * @va_offset: VA minus PA where the driver runs
 *
 * Return: 0, or -1 with the reason in @err.
 */
int pgtable_place(struct core *core, u64 va_offset, struct pgtable_places *places,
                  struct error *err);

/**
 * pgtable_ask() - the request for @op; NULL for a reset, which is for both forms
 *
 * Return: which form of the library is to perform it. A table stays with the one that made it.
 */
enum pgtable_form pgtable_ask(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS]);

/**
 * pgtable_note_tlbi() - the library has executed a TLBI for a VA of the hypervisor's
 * @value: of its register: the VA without the page offset, below a hint of the level (Arm ARM C5.5)
 */
void pgtable_note_tlbi(struct core *core, u64 value);

/** pgtable_note_event() - the driver tells of one: in core->events, as what the function in its place does */
void pgtable_note_event(struct core *core, const struct pgtable_event *event);

/** pgtable_descriptor() - the descriptor that translates @ia, by the tables as they are */
u64 pgtable_descriptor(const struct core *core, const struct pgtable_root *root, u64 ia);

/** pgtable_answer() - what the driver of @form answered, as an outcome */
void pgtable_answer(struct core *core, enum pgtable_form form, struct outcome *out);

#endif
