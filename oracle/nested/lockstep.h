/* SPDX-License-Identifier: GPL-2.0-only */
/* Lockstep of the nested world. */
#ifndef EL2FUZZ_NESTED_LOCKSTEP_H
#define EL2FUZZ_NESTED_LOCKSTEP_H

#include "oracle/lockstep.h"

struct nested_lockstep;

/** nested_lockstep_open() - NULL without memory */
struct nested_lockstep *nested_lockstep_open(struct core *core);

/** nested_lockstep_add() - have a second core do the same */
void nested_lockstep_add(struct nested_lockstep *ls, struct core *core);

struct tlb_watch;

/** nested_lockstep_watch() - the rules of TLB maintenance count, too */
void nested_lockstep_watch(struct nested_lockstep *lockstep, struct tlb_watch *watch);

void nested_lockstep_close(struct nested_lockstep *ls);

/** nested_lockstep_run() - a checked run, as lockstep_run() */
void nested_lockstep_run(struct nested_lockstep *ls, const struct op *ops, u32 nr_ops,
                         enum lockstep_mode mode, FILE *report, struct lockstep_result *result);

#endif
