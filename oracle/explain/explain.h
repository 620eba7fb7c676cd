/* SPDX-License-Identifier: GPL-2.0-only */
/* A run in words, step by step. */
#ifndef EL2FUZZ_EXPLAIN_H
#define EL2FUZZ_EXPLAIN_H

#include "oracle/explain/options.h"
#include "oracle/finding.h"
#include "oracle/model.h"

#include <stdio.h>

struct explain;

/**
 * explain_open() - tell a run that starts at boot to @out
 *
 * Return: NULL without memory.
 */
struct explain *explain_open(FILE *out, const struct explain_options *options, struct core *core,
                             const struct model *model);
void explain_close(struct explain *explain);

/**
 * explain_step() - the op, registers expected and actual, pages whose state changed
 * @expect: not looked at when the tree lacks the op, or the op took the harness' memory away
 */
void explain_step(struct explain *explain, u32 step, const struct op *op,
                  const u64 args[OP_MAX_ARGS], const struct expectation *expect,
                  const struct outcome *outcome);

/** explain_teardown() - the steps from here on are not the trace's, but take back what it gave away */
void explain_teardown(struct explain *explain);

/** explain_cores() - the step before was not the same on two cores */
void explain_cores(struct explain *explain, const struct finding *finding);

#endif
