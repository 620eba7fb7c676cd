// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/lockstep.h"

#include "oracle/check.h"
#include "oracle/explain.h"
#include "oracle/model.h"
#include "oracle/teardown.h"

#include <stdlib.h>
#include <string.h>

struct lockstep {
	struct core *core;
	struct model *model;
	u64 boot_regs[31];
	/* what the boot left behind, before any op */
	u64 boot_digest;
	struct finding boot_finding;
	bool boot_failed;
	u64 control[NR_MACHINE_CPUS];
	/* the last step */
	u64 args[OP_MAX_ARGS];
	struct outcome out;
	struct expectation expect;
};

static void check_boot(struct lockstep *ls)
{
	struct check check = {
		.core = ls->core,
		.model = ls->model,
		.finding = &ls->boot_finding,
		.boot = true,
	};

	memcpy(check.control, ls->control, sizeof(check.control));
	ls->boot_failed = check_everything(&check);
	ls->boot_digest = check.digest;
	snprintf(ls->boot_finding.op, sizeof(ls->boot_finding.op), "boot");
}

struct lockstep *lockstep_open(struct core *core)
{
	struct lockstep *ls = calloc(1, sizeof(*ls));

	if (!ls)
		return NULL;

	ls->core = core;
	ls->model = model_open(core_map(core), core_info(core));
	if (!ls->model) {
		free(ls);
		return NULL;
	}
	ls->model->smcs = core_smcs(core);
	core_reset(core);
	core_regs(core, ls->boot_regs);
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++)
		ls->control[cpu] = core_control(core, cpu);
	check_boot(ls);

	return ls;
}

void lockstep_close(struct lockstep *ls)
{
	if (!ls)
		return;

	model_close(ls->model);
	free(ls);
}

static void resolve(struct lockstep *ls, const struct op *op)
{
	map_resolve(core_map(ls->core), op_desc(op->code), op, core_info(ls->core)->vm_handle_base,
	            ls->args);
}

static void run_bare(struct lockstep *ls, const struct op *ops, u32 nr_ops,
                     struct lockstep_result *result)
{
	core_reset(ls->core);
	for (u32 i = 0; i < nr_ops; i++) {
		resolve(ls, &ops[i]);
		core_step(ls->core, &ops[i], ls->args, &ls->out);
		result->steps++;
		if (ls->out.kind == OUTCOME_LOST || outcome_crashed(&ls->out))
			return;
	}
}

/* What the host's registers hold when it issues the op. */
static void issue(const struct lockstep *ls, const struct op *op, u64 regs[31])
{
	const struct op_desc *desc = op_desc(op->code);

	if (smc_op_regs(op, ls->args, regs))
		return;
	if (op->code == OP_host_hvc) {
		memcpy(regs, ls->args, desc->nr_args * sizeof(*ls->args));
	} else if (desc->issuer == ISSUER_HCALL) {
		regs[0] = core_info(ls->core)->hypercall_base +
		          core_info(ls->core)->hypercall[op->code];
		memcpy(regs + 1, ls->args, desc->nr_args * sizeof(*ls->args));
	}
}

static void stop(struct lockstep_result *result, enum verdict verdict, const char *why)
{
	result->verdict = verdict;
	snprintf(result->reason, sizeof(result->reason), "%s", why);
}

/*
 * One step: the core acts, the model says what should have happened. Return: false when the trace is
 * over.
 */
static bool step(struct lockstep *ls, struct check *check, const struct op *op, u64 regs[31],
                 struct lockstep_result *result)
{
	resolve(ls, op);
	result->steps++;
	core_step(ls->core, op, ls->args, &ls->out);
	if (ls->out.kind == OUTCOME_ABSENT) {
		result->absent++;
		ls->expect.rule = NULL;
		return true;
	}
	if (ls->out.kind == OUTCOME_LOST) {
		stop(result, VERDICT_LOST, "the host's own code is no longer the host's");
		return false;
	}

	issue(ls, op, regs);
	model_step(ls->model, op, ls->args, regs, &ls->expect);
	if (ls->expect.unmodelled && !outcome_crashed(&ls->out)) {
		stop(result, VERDICT_UNMODELLED, ls->expect.unmodelled);
		return false;
	}
	if (check_outcome(check, op, &ls->expect, &ls->out)) {
		result->verdict = VERDICT_FINDING;
		return false;
	}
	memcpy(regs, ls->out.regs, sizeof(ls->out.regs));

	return true;
}

/* A raw hypercall that is one of those with an op of their own is that op. */
static const char *op_name(const struct lockstep *ls, const struct op *op)
{
	if (op->code == OP_host_hvc && ls->expect.rule &&
	    op_by_name(WORLD_EL2, ls->expect.rule, strlen(ls->expect.rule)) >= 0)
		return ls->expect.rule;

	return op_desc(op->code)->name;
}

/* A run that compares: of a trace, then of the teardown after it. */
struct checked_run {
	struct lockstep *ls;
	struct check check;
	u64 regs[31];
	bool full; /* compare everything at every step */
	struct explain *explain;
	struct lockstep_result *result;
};

/* Return: does the run go on? If not, the result says why. */
static bool checked_step(struct checked_run *run, u32 number, const struct op *op)
{
	struct lockstep *ls = run->ls;
	bool goes_on = step(ls, &run->check, op, run->regs, run->result);

	if (goes_on && ls->expect.rule &&
	    (check_touched(&run->check) || (run->full && check_everything(&run->check)))) {
		run->result->verdict = VERDICT_FINDING;
		goes_on = false;
	}
	if (run->explain)
		explain_step(run->explain, number, op, ls->args, &ls->expect, &ls->out);

	return goes_on;
}

static void set_op(struct checked_run *run, const char *name)
{
	snprintf(run->result->finding.op, sizeof(run->result->finding.op), "%s", name);
}

static void undo(struct checked_run *run)
{
	struct teardown td;
	struct op op;

	if (run->explain)
		explain_teardown(run->explain);
	teardown_begin(&td, run->ls->model);
	for (u32 i = 0; teardown_next(&td, &run->ls->out, &op); i++) {
		if (!checked_step(run, i, &op)) {
			set_op(run, op_desc(op.code)->name);
			return;
		}
	}
	if (check_everything(&run->check) || check_leaks(&run->check))
		run->result->verdict = VERDICT_FINDING;
}

/* Every trace is torn down, so that what it leaves behind depends on it alone. */
static void tear_down(struct checked_run *run)
{
	u32 steps = run->result->steps, absent = run->result->absent;

	if (teardown_needed(run->ls->model))
		undo(run);
	else if (check_leaks(&run->check))
		run->result->verdict = VERDICT_FINDING;
	/* These are not steps of the trace. */
	run->result->steps = steps;
	run->result->absent = absent;
}

static void run_checked(struct lockstep *ls, const struct op *ops, u32 nr_ops, bool full,
                        struct explain *explain, struct lockstep_result *result)
{
	struct checked_run run = {
		.ls = ls,
		.check = {
			.core = ls->core,
			.model = ls->model,
			.finding = &result->finding,
			.digest = ls->boot_digest,
		},
		.full = full,
		.explain = explain,
		.result = result,
	};
	u32 i = 0;

	memcpy(run.check.control, ls->control, sizeof(run.check.control));
	core_reset(ls->core);
	model_reset(ls->model);
	memcpy(run.regs, ls->boot_regs, sizeof(run.regs));
	memset(&ls->expect, 0, sizeof(ls->expect));

	while (i < nr_ops && checked_step(&run, i, &ops[i]))
		i++;
	if (result->verdict == VERDICT_FINDING)
		set_op(&run, op_name(ls, &ops[i]));
	else if (i == nr_ops)
		set_op(&run, "end");
	if (i == nr_ops && check_everything(&run.check))
		result->verdict = VERDICT_FINDING;
	if (i == nr_ops && result->verdict == VERDICT_PASS)
		tear_down(&run);

	result->digest = run.check.digest;
	if (result->verdict == VERDICT_FINDING)
		result->finding.step = i;
	else
		result->finding.op[0] = '\0';
}

/* Found at the end: which step did it? The same trace does the same again. */
static void locate(struct lockstep *ls, const struct op *ops, u32 nr_ops,
                   struct lockstep_result *result)
{
	struct lockstep_result exact = { 0 };

	run_checked(ls, ops, nr_ops, true, NULL, &exact);
	if (exact.verdict == VERDICT_FINDING)
		result->finding = exact.finding;
}

void lockstep_run(struct lockstep *ls, const struct op *ops, u32 nr_ops, enum lockstep_mode mode,
                  FILE *report, struct lockstep_result *result)
{
	struct explain *explain = NULL;

	memset(result, 0, sizeof(*result));
	if (mode == LOCKSTEP_BARE) {
		run_bare(ls, ops, nr_ops, result);
		return;
	}
	if (ls->boot_failed) {
		result->verdict = VERDICT_FINDING;
		result->finding = ls->boot_finding;
		return;
	}

	if (report) {
		core_reset(ls->core);
		explain = explain_open(report, ls->core, ls->model);
	}
	run_checked(ls, ops, nr_ops, mode == LOCKSTEP_FULL, explain, result);
	explain_close(explain);
	if (mode == LOCKSTEP_CHEAP && result->verdict == VERDICT_FINDING &&
	    result->finding.step == nr_ops)
		locate(ls, ops, nr_ops, result);
}
