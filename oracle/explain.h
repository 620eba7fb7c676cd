/* SPDX-License-Identifier: GPL-2.0-only */
/* A run in words, step by step. */
#ifndef EL2FUZZ_EXPLAIN_H
#define EL2FUZZ_EXPLAIN_H

#include "oracle/lockstep.h"
#include "oracle/model.h"

struct explain;

/** explain_open() - tell a run that starts at boot to @out; NULL without memory */
struct explain *explain_open(FILE *out, const struct core *core, const struct model *model);
void explain_close(struct explain *explain);

/**
 * explain_step() - the op, registers expected and actual, pages whose state changed
 * @expect: its rule is NULL when the tree lacks the op
 */
void explain_step(struct explain *explain, u32 step, const struct op *op,
                  const u64 args[OP_MAX_ARGS], const struct expectation *expect,
                  const struct outcome *outcome);

/** explain_end() - the verdict */
void explain_end(struct explain *explain, const struct lockstep_result *result);

#endif
