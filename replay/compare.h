/* SPDX-License-Identifier: GPL-2.0-only */
/* Two runners side by side, and what they do differently with a trace, in words. */
#ifndef EL2FUZZ_COMPARE_H
#define EL2FUZZ_COMPARE_H

#include "replay/behaviour.h"
#include "replay/client.h"

struct pair {
	struct client *base; /* for as many traces as are wanted */
	struct client *patched; /* NULL: does not start */
	/* To look at one trace in between; started when needed. */
	struct client_config configs[2];
	struct client *look[2];
	bool behaviour; /* of two trees: compare what replay/behaviour.h knows, not every word */
};

/* The first step at which they differ */
struct difference {
	char title
		[256]; /* the same for all differences of the kind: op, what the base does, what the patched does */
	char text[4096]; /* the step, as each of them explains it; of behaviours, nothing */
	u32 step;
	struct behaviour of[2]; /* where behaviours are compared */
};

/**
 * pair_open() - start both
 * @why: says why the patched one does not start, which is no error
 *
 * Return: 0, or -1 if the base does not start.
 */
int pair_open(struct pair *pair, const struct client_config *base,
              const struct client_config *patched, struct error *err, struct error *why);
void pair_close(struct pair *pair);

/**
 * pair_compare() - have both explain a trace
 *
 * What they say is of the traces' world, without addresses of code: it does not change with how the compiler
 * lays code out. Where one of them ends early, only what both have run is compared. Return: 1 if they
 * differ, 0, or -1 with the reason in @err.
 */
int pair_compare(struct pair *pair, const struct trace *trace, struct difference *difference,
                 struct error *err);

/**
 * pair_minimise() - the least trace with this difference
 * @difference: its text becomes that of the least trace
 */
void pair_minimise(struct pair *pair, struct trace *trace, struct difference *difference,
                   double seconds);

#endif
