/* SPDX-License-Identifier: GPL-2.0-only */
/* Random traces of the pgtable world. */
#ifndef EL2FUZZ_PGTABLE_H
#define EL2FUZZ_PGTABLE_H

#include "fuzz/generate.h"

/** pgtable_trace() - generate_trace() for this world */
int pgtable_trace(const struct generator *gen, u64 seed, u64 index, struct trace *trace);

#endif
