/* SPDX-License-Identifier: GPL-2.0-only */
/* Which edges of the native code have run, by the counters that the compiler put there. */
#ifndef EL2FUZZ_NATIVE_COVERAGE_H
#define EL2FUZZ_NATIVE_COVERAGE_H

#include "core/image/image.h"

#include <stdio.h>

struct coverage {
	struct core_counters counters;
	u8 *seen; /* for each counter, not 0 if it ever was */
};

int coverage_open(struct coverage *coverage, const struct image *image, struct error *err);
void coverage_close(struct coverage *coverage);

/** coverage_lcov() - the lines of the tree that have run since coverage_open(), as an lcov tracefile */
int coverage_lcov(struct coverage *coverage, struct image *image, FILE *out, struct error *err);

/** coverage_blocks() - how many edges have run since coverage_open() */
u64 coverage_blocks(struct coverage *coverage);

#endif
