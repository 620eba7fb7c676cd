// SPDX-License-Identifier: GPL-2.0-only
#include "core/native/coverage.h"

#include <stdlib.h>

static void *bound(const struct image *image, const char *name)
{
	return (void *)image_raw_symbol(image, name);
}

int coverage_open(struct coverage *coverage, const struct image *image, struct error *err)
{
	struct core_counters *counters = &coverage->counters;

	*counters = (struct core_counters){
		.start = bound(image, "__start___sancov_cntrs"),
		.stop = bound(image, "__stop___sancov_cntrs"),
		.pcs = bound(image, "__start___sancov_pcs"),
		.pcs_stop = bound(image, "__stop___sancov_pcs"),
	};
	coverage->seen = calloc(counters->stop - counters->start + 1, 1);

	return coverage->seen ? 0 : error_set(err, "out of memory");
}

void coverage_close(struct coverage *coverage)
{
	free(coverage->seen);
}

/* A counter wraps around: what it was at the end of an earlier trace is remembered. */
u64 coverage_blocks(struct coverage *coverage)
{
	const u8 *counters = coverage->counters.start;
	size_t nr = coverage->counters.stop - counters;
	u32 ran = 0;

	for (size_t i = 0; i < nr; i++) {
		coverage->seen[i] |= counters[i];
		ran += !!coverage->seen[i];
	}

	return ran;
}
