/* SPDX-License-Identifier: GPL-2.0-only */
/* Drives a core and the model with the same ops and compares every step. */
#ifndef EL2FUZZ_LOCKSTEP_H
#define EL2FUZZ_LOCKSTEP_H

#include "core/core.h"
#include "oracle/explain/options.h"
#include "oracle/finding.h"
#include "oracle/tlb/mode.h"

#include <stdio.h>

struct lockstep;

enum lockstep_mode {
	/* Registers and the pages the op could touch at each step, everything at the end. */
	LOCKSTEP_CHEAP,
	/* Everything at every step: slow, names the first wrong step exactly. */
	LOCKSTEP_FULL,
	/* No oracle and no observer: what the core alone can do, for bench. */
	LOCKSTEP_BARE,
	/* As LOCKSTEP_CHEAP, but where an error is due any error will do: what is refused changes nothing. */
	LOCKSTEP_ANY_ERROR,
	LOCKSTEP_MODE_COUNT
};

enum verdict {
	VERDICT_PASS,
	VERDICT_FINDING,
	/* The model has no answer for a step (it says which and why); all before it was checked. */
	VERDICT_UNMODELLED,
	/* An op took away memory that the harness needs. */
	VERDICT_LOST,
};

struct lockstep_result {
	enum verdict verdict;
	u32 steps; /* ops performed */
	u32 absent; /* of these, ops that the tree does not have */
	u64 digest; /* of all observations of the trace */
	char reason[160]; /* for VERDICT_UNMODELLED and VERDICT_LOST */
	struct finding finding; /* for VERDICT_FINDING */
	/* Of the pgtable world: TLBIs, those of all of a stage 2, and those of steps that owe none */
	u64 tlbis, full_tlbis, needless_tlbis;
};

/** lockstep_open() - @core must outlive it; NULL without memory */
struct lockstep *lockstep_open(struct core *core);
void lockstep_close(struct lockstep *lockstep);

/**
 * lockstep_add() - let another core perform every op, too, and compare the two
 *
 * Once, before the first run; @core must outlive @lockstep. Return: -1 with the reason if the cores'
 * machines are not the same.
 */
int lockstep_add(struct lockstep *lockstep, struct core *core, struct error *err);

/**
 * lockstep_count_transitions() - count what traces do to pages: transitions.h
 *
 * Once, before the first run; @counters must outlive @lockstep. Return: -1 without memory.
 */
int lockstep_count_transitions(struct lockstep *lockstep, u8 *counters, size_t nr);

/**
 * lockstep_watch() - note what each step does to translations, and hold it against the TLB rules
 *
 * After lockstep_add(). What is noted is part of the digest. Return: -1 with the reason if a core cannot.
 */
int lockstep_watch(struct lockstep *lockstep, enum tlb_mode mode, struct error *err);

/** lockstep_reset() - its cores, back to the post-boot snapshot; for bench */
void lockstep_reset(struct lockstep *lockstep);

/** lockstep_tell() - how the reports of lockstep_run() are to be, from now on */
void lockstep_tell(struct lockstep *lockstep, const struct explain_options *options);

/**
 * lockstep_run() - run a trace from the post-boot snapshot
 * @report: if not NULL, each step is explained there in text (op, registers, pages that changed)
 *
 * A trace that came to its end is followed by a teardown, checked alike, which must leave nothing of it:
 * teardown.h. But in %LOCKSTEP_FULL, a finding at the end of the trace is located by a second, full run.
 */
void lockstep_run(struct lockstep *lockstep, const struct op *ops, u32 nr_ops,
                  enum lockstep_mode mode, FILE *report, struct lockstep_result *result);

#endif
