/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run in the trace format of casemate, a checker of page-table accesses by other rules (its manual, "Trace
 * format"): S-expressions, one a line, with a sequence number and the CPU as thread.
 */
#ifndef EL2FUZZ_TLB_CASEMATE_H
#define EL2FUZZ_TLB_CASEMATE_H

#include "core/events.h"

#include <stdio.h>

#define CASEMATE_MAX_ROOTS 64

struct casemate {
	FILE *out; /* NULL: nothing is told */
	u64 id;
	unsigned int cpu;
	u64 roots[CASEMATE_MAX_ROOTS];
	unsigned int nr_roots;
	bool locked;
};

/** casemate_begin() - a run begins; nothing is told of one before */
void casemate_begin(struct casemate *casemate, FILE *out);

/** casemate_root() - the first table of a regime, which EL2's register @reg names */
void casemate_root(struct casemate *casemate, u64 root, enum event_reg reg, u64 value);

/** casemate_table() - a page is a table below @root from now on, with nothing in it */
void casemate_table(struct casemate *casemate, u64 page, u64 root, u64 size);

void casemate_write(struct casemate *casemate, u64 pa, u64 value);
void casemate_event(struct casemate *casemate, const struct event *event);

/** casemate_step() - a step begins, and holds the locks of all tables; casemate_step_end() */
void casemate_step(struct casemate *casemate, unsigned int cpu);
void casemate_step_end(struct casemate *casemate);

#endif
