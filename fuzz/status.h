/* SPDX-License-Identifier: GPL-2.0-only */
/* How a run is getting on: one live line on a terminal, a line now and then elsewhere. */
#ifndef EL2FUZZ_STATUS_H
#define EL2FUZZ_STATUS_H

#include "core/types.h"

struct status_counts {
	u64 traces;
	u64 steps;
	u64 blocks;
	u64 findings;
	u64 known;
};

struct status {
	bool live;
	bool shown; /* a live line is on the screen */
	u64 start; /* ns */
	u64 last;
	struct status_counts then; /* counts at @last */
};

void status_start(struct status *status);

/** status_seconds() - since status_start() */
double status_seconds(const struct status *status);

/** status_update() - show the counts, if it is time to */
void status_update(struct status *status, const struct status_counts *counts);

/** status_clear() - make room for other output */
void status_clear(struct status *status);

#endif
