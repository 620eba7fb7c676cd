/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockstep of the pgtable world. */
#ifndef EL2FUZZ_PGTABLE_LOCKSTEP_H
#define EL2FUZZ_PGTABLE_LOCKSTEP_H

#include "oracle/lockstep.h"

struct pt_lockstep;

/** pt_lockstep_open() - NULL without memory */
struct pt_lockstep *pt_lockstep_open(struct core *core);
void pt_lockstep_close(struct pt_lockstep *ls);

/** pt_lockstep_add() - @core does all the same from now on, or that is a finding */
void pt_lockstep_add(struct pt_lockstep *ls, struct core *core);

/** pt_lockstep_run() - a checked run, as lockstep_run() */
void pt_lockstep_run(struct pt_lockstep *ls, const struct op *ops, u32 nr_ops,
                     enum lockstep_mode mode, FILE *report, struct lockstep_result *result);

struct tlb_watch;

/** pt_lockstep_watch() - hold the steps against the rules of TLB maintenance, too */
void pt_lockstep_watch(struct pt_lockstep *lockstep, struct tlb_watch *watch);

#endif
