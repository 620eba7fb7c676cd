/* SPDX-License-Identifier: GPL-2.0-only */
/* Time, for budgets and figures. Nothing that a trace does may depend on it: no core and no model includes this. */
#ifndef EL2FUZZ_CLOCK_H
#define EL2FUZZ_CLOCK_H

#include <time.h>

/** clock_seconds() - of a clock that never goes back, from some point in the past */
static inline double clock_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

#endif
