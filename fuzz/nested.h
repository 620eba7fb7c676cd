/* SPDX-License-Identifier: GPL-2.0-only */
/* Random traces of the nested world. */
#ifndef EL2FUZZ_NESTED_H
#define EL2FUZZ_NESTED_H

#include "fuzz/generate.h"

/** nested_trace() - generate_trace() for this world */
int nested_trace(const struct generator *gen, u64 seed, u64 index, struct trace *trace);

#endif
