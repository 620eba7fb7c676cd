/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a job is at, in a file that its targets map: it outlives whatever ends them, and needs no room on the disk
 * that is not there yet.
 */
#ifndef EL2FUZZ_UNDER_WAY_H
#define EL2FUZZ_UNDER_WAY_H

#include "core/types.h"

/* No engine makes a longer trace. */
#define UNDER_WAY_MAX 4096

struct under_way {
	u64 runs; /* traces, by all processes that the job ever had */
	u64 size; /* of the trace that runs now; 0: none does */
	u8 bytes[UNDER_WAY_MAX];
};

#endif
