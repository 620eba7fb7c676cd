// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/status.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ULL
#define LIVE_INTERVAL (NS_PER_S / 2)
#define PLAIN_INTERVAL (NS_PER_S * 10)

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NS_PER_S + ts.tv_nsec;
}

void status_start(struct status *status)
{
	*status = (struct status){ .live = isatty(STDOUT_FILENO), .start = now_ns() };
	status->last = status->start;
}

double status_seconds(const struct status *status)
{
	return (double)(now_ns() - status->start) / NS_PER_S;
}

void status_clear(struct status *status)
{
	if (status->shown)
		fputs("\r\033[K", stdout);
	status->shown = false;
}

void status_update(struct status *status, const struct status_counts *counts)
{
	u64 now = now_ns();
	double seconds = (double)(now - status->last) / NS_PER_S;

	if (now - status->last < (status->live ? LIVE_INTERVAL : PLAIN_INTERVAL))
		return;

	status_clear(status);
	printf("%.0f s: %.0f traces/s, %.0f steps/s, %" PRIu64 " blocks covered, %" PRIu64
	       " findings, %" PRIu64 " known%s",
	       (double)(now - status->start) / NS_PER_S,
	       (counts->traces - status->then.traces) / seconds,
	       (counts->steps - status->then.steps) / seconds, counts->blocks, counts->findings,
	       counts->known, status->live ? "" : "\n");
	fflush(stdout);

	status->shown = status->live;
	status->last = now;
	status->then = *counts;
}
