// SPDX-License-Identifier: GPL-2.0-only
/*
 * The target's side of AFL++. Its driver and runtime are linked in as they come; its map is filled here from the
 * counters, so that the harness needs no instrumentation and no compiler of AFL++'s.
 */
#include "fuzz/target.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

/* The size that AFL++ takes when nothing is instrumented */
#define AFL_MAP_SIZE (1 << 16)
/* A map without any entry is refused. */
#define AFL_FIRST 1

extern u8 *__afl_area_ptr;

static struct core_counters counters;
static u8 state[TARGET_STATE_COUNTERS];

void engine_start(const struct core_counters *from)
{
	/* The fork server can be killed; what it forked must not stay. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	counters = *from;
	if (counters.start)
		memset(counters.start, 0, counters.stop - counters.start);
}

u8 *engine_state(void)
{
	return state;
}

void engine_ran(bool good)
{
	size_t edges = counters.stop - counters.start, room = AFL_MAP_SIZE - AFL_FIRST;
	u8 *map = __afl_area_ptr + AFL_FIRST;

	if (edges > room - sizeof(state))
		edges = room - sizeof(state);
	__afl_area_ptr[0] = 1;
	if (good) {
		if (edges)
			memcpy(map, counters.start, edges);
		memcpy(map + edges, state, sizeof(state));
	}
	if (counters.start)
		memset(counters.start, 0, counters.stop - counters.start);
	memset(state, 0, sizeof(state));
}
