/* SPDX-License-Identifier: GPL-2.0-only */
/* Simpler versions of a trace, tried one after the other. It knows nothing of what runs them. */
#ifndef EL2FUZZ_SIMPLIFY_H
#define EL2FUZZ_SIMPLIFY_H

#include "core/memory_map.h"
#include "replay/trace.h"

struct simplifier {
	const struct memory_map *map; /* the machine that the trace fails on */
	struct trace *trace; /* the simplest one that still fails */
	/**
	 * @fails: does the candidate fail as the trace does?
	 *
	 * It may cut off what comes behind the op at which the candidate fails.
	 */
	bool (*fails)(void *arg, struct trace *candidate);
	void *arg;
	struct trace candidate;
};

/**
 * simplify_ops() - leave out all ops that can go
 *
 * Delta debugging: halves first, then smaller pieces, single ops, and pairs of them while the trace is short.
 * Afterwards no single op can go. Return: was anything left out?
 */
bool simplify_ops(struct simplifier *simplifier);

/**
 * simplify_args() - make arguments plainer: the first VMs, the first pages, small numbers
 *
 * A page that several ops name stays the same page in all of them. Return: was anything made plainer?
 */
bool simplify_args(struct simplifier *simplifier);

void simplifier_free(struct simplifier *simplifier);

#endif
