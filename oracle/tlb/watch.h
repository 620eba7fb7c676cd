/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a core does to its page tables, for the rules of tlb.h. No write is seen: table pages that may have
 * changed are compared with what they were, at each event or when a step is over. Which ones these are is a
 * guess; that of a run in which a rule is broken is not trusted, and the run is done again with all of them.
 */
#ifndef EL2FUZZ_TLB_WATCH_H
#define EL2FUZZ_TLB_WATCH_H

#include "core/core.h"
#include "oracle/finding.h"
#include "oracle/tlb/mode.h"

#include <stdio.h>

struct tlb_watch;

/** tlb_watch_open() - @core is as after boot; NULL without memory */
struct tlb_watch *tlb_watch_open(struct core *core, enum tlb_mode mode);
void tlb_watch_close(struct tlb_watch *watch);

/** tlb_watch_on_event() - for core_watch() */
void tlb_watch_on_event(void *arg, const struct event *event);

/** tlb_watch_tell() - tell the next runs to @out, in the form of casemate.h; NULL: no more */
void tlb_watch_tell(struct tlb_watch *watch, FILE *out);

/** tlb_watch_reset() - a trace begins; @exact: look at all tables each time */
void tlb_watch_reset(struct tlb_watch *watch, bool exact);

/** tlb_watch_begin() - before a step of the core's */
void tlb_watch_begin(struct tlb_watch *watch, const struct op *op, const u64 args[OP_MAX_ARGS]);

/**
 * tlb_watch_end() - after it
 *
 * Return: 0, or -1 with the finding filled if a rule is broken.
 */
int tlb_watch_end(struct tlb_watch *watch, const struct outcome *out, struct finding *finding);

/** tlb_watch_finish() - the trace is over: look at all tables once */
int tlb_watch_finish(struct tlb_watch *watch, struct finding *finding);

/** tlb_watch_stale() - an input address of the host's that the last finding says may still be translated; -1 */
u64 tlb_watch_stale(const struct tlb_watch *watch);

#endif
