/* SPDX-License-Identifier: GPL-2.0-only */
/* What simplifying ops and simplifying arguments have in common. */
#ifndef EL2FUZZ_SIMPLIFY_INTERNAL_H
#define EL2FUZZ_SIMPLIFY_INTERNAL_H

#include "replay/simplify.h"

/** simplify_begin() - make the candidate a copy of the trace; false without memory */
bool simplify_begin(struct simplifier *simplifier);

/** simplify_try() - if the candidate fails as the trace does, it becomes the trace */
bool simplify_try(struct simplifier *simplifier);

/** simplify_drop_slot() - VM slot @slot is no more: those behind it move up */
void simplify_drop_slot(struct trace *trace, u64 slot);

#endif
