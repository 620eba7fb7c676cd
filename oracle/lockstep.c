// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/lockstep.h"

#include "oracle/check.h"
#include "oracle/cores.h"
#include "oracle/explain/explain.h"
#include "oracle/model.h"
#include "oracle/nested/lockstep.h"
#include "oracle/pgtable/lockstep.h"
#include "oracle/teardown.h"
#include "oracle/tlb/watch.h"
#include "oracle/transitions.h"

#include <stdlib.h>
#include <string.h>

struct lockstep {
	struct core *core;
	/* Performs the same ops, if there is one, and is compared with the first. */
	struct core *other;
	struct cores *cores;
	struct nested_lockstep *nested; /* of the nested world, likewise */
	struct pt_lockstep *pgtable; /* of the pgtable world, which has nothing of what follows */
	struct model *model;
	struct transitions *transitions; /* NULL: they are not counted */
	u64 boot_regs[31];
	/* what the boot left behind, before any op */
	u64 boot_digest;
	struct finding boot_finding;
	bool boot_failed;
	bool any_error;
	enum tlb_mode tlb;
	struct tlb_watch *watch; /* NULL: the rules of TLB maintenance are not looked after */
	bool watching;
	struct explain_options told;
	u64 control[NR_MACHINE_CPUS];
	/* the last step */
	u64 args[OP_MAX_ARGS];
	struct outcome out[2]; /* of the core, and of the other */
	struct expectation expect;
	u64 x1; /* where the model leaves it open, what it came to be */
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
	if (core_config(core)->world == WORLD_NESTED) {
		ls->nested = nested_lockstep_open(core);
		if (ls->nested)
			return ls;
		free(ls);
		return NULL;
	}
	if (core_config(core)->world == WORLD_PGTABLE) {
		ls->pgtable = pt_lockstep_open(core);
		if (ls->pgtable)
			return ls;
		free(ls);
		return NULL;
	}
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

	cores_close(ls->cores);
	transitions_close(ls->transitions);
	pt_lockstep_close(ls->pgtable);
	nested_lockstep_close(ls->nested);
	tlb_watch_close(ls->watch);
	model_close(ls->model);
	free(ls);
}

void lockstep_reset(struct lockstep *ls)
{
	core_reset(ls->core);
	if (ls->other)
		core_reset(ls->other);
}

int lockstep_add(struct lockstep *ls, struct core *core, struct error *err)
{
	if (ls->pgtable) {
		ls->other = core;
		pt_lockstep_add(ls->pgtable, core);
		return 0;
	}
	if (ls->nested) {
		ls->other = core;
		nested_lockstep_add(ls->nested, core);
		return 0;
	}
	ls->cores = cores_open(ls->core, core, err);
	if (!ls->cores)
		return -1;

	ls->other = core;
	lockstep_reset(ls);
	if (!ls->boot_failed)
		ls->boot_failed = cores_check_boot(ls->cores, &ls->boot_finding);
	return 0;
}

int lockstep_count_transitions(struct lockstep *ls, u8 *counters, size_t nr)
{
	ls->transitions = transitions_open(ls->model, counters, nr);
	return ls->transitions ? 0 : -1;
}

int lockstep_watch(struct lockstep *ls, enum tlb_mode mode, struct error *err)
{
	if (mode == TLB_OFF)
		return 0;
	/* Whether it can, before anything is asked of it. */
	if (core_watch(ls->core, true, NULL, NULL, err))
		return -1;

	lockstep_reset(ls);
	ls->tlb = mode;
	ls->watch = tlb_watch_open(ls->core, mode);
	if (!ls->watch)
		return error_set(err, "out of memory");
	if (ls->pgtable)
		pt_lockstep_watch(ls->pgtable, ls->watch);
	if (ls->nested)
		nested_lockstep_watch(ls->nested, ls->watch);
	if (core_watch(ls->core, true, tlb_watch_on_event, ls->watch, err))
		return -1;
	return ls->other ? core_watch(ls->other, true, NULL, NULL, err) : 0;
}

static void resolve(struct lockstep *ls, const struct op *op)
{
	map_resolve(core_map(ls->core), op_desc(op->code), op, core_info(ls->core)->vm_handle_base,
	            ls->args);
}

static void perform(struct lockstep *ls, const struct op *op)
{
	resolve(ls, op);
	if (ls->watch && ls->watching)
		tlb_watch_begin(ls->watch, op, ls->args);
	core_step(ls->core, op, ls->args, &ls->out[0]);
	if (ls->other)
		core_step(ls->other, op, ls->args, &ls->out[1]);
}

static void run_bare(struct lockstep *ls, const struct op *ops, u32 nr_ops,
                     struct lockstep_result *result)
{
	lockstep_reset(ls);
	ls->watching = false;
	for (u32 i = 0; i < nr_ops; i++) {
		perform(ls, &ops[i]);
		result->steps++;
		if (ls->out[0].kind == OUTCOME_LOST || outcome_crashed(&ls->out[0]))
			return;
	}
}

/* What the host's registers hold when it issues the op: those of before, which were as expected, and arguments. */
static void issue(struct lockstep *ls, const struct op *op)
{
	const struct op_desc *desc = op_desc(op->code);
	u64 *regs = ls->expect.regs;

	regs[1] = ls->x1;
	if (desc->issuer == ISSUER_HCALL) {
		regs[0] = core_info(ls->core)->hypercall_base +
		          core_info(ls->core)->hypercall[op->code];
		copy_words(regs + 1, ls->args, desc->nr_args);
	} else if (op->code == OP_host_hvc) {
		memcpy(regs, ls->args, desc->nr_args * sizeof(*ls->args));
	} else {
		smc_op_regs(op, ls->args, regs);
	}
}

static void stop(struct lockstep_result *result, enum verdict verdict, const char *why)
{
	result->verdict = verdict;
	snprintf(result->reason, sizeof(result->reason), "%s", why);
}

/* Are there two cores, and is what the step does not left to the CPU? */
static bool must_agree(const struct lockstep *ls)
{
	return ls->cores && !ls->expect.cpu_lacks &&
	       (!ls->expect.cpu_decides || outcome_crashed(&ls->out[0]) ||
	        outcome_crashed(&ls->out[1]));
}

/* Was it a BUG of this function? */
static bool stopped_in(const struct lockstep *ls, const char *function)
{
	struct source_place place;
	bool warning;

	return ls->out[0].kind == OUTCOME_EL2_BUG &&
	       core_bug_source(ls->core, ls->out[0].crash.pc, &place, &warning) &&
	       !strcmp(place.function, function);
}

/* What the step did to translations, the same on every core. */
static void add_events(const struct lockstep *ls, struct check *check)
{
	const struct event_log *log = core_events(ls->core);

	/* Of a guest that runs no program of ours, a CPU may make what it likes. */
	if (!log->on || ls->expect.cpu_decides)
		return;
	for (u32 i = 0; i < log->nr; i++)
		check_digest_add(check, event_hash(&log->events[i]));
	check_digest_add(check, log->lost);
}

/*
 * One step: the core acts, the model says what should have happened. Return: false when the trace is
 * over.
 */
static bool step(struct lockstep *ls, struct check *check, const struct op *op,
                 struct lockstep_result *result)
{
	perform(ls, op);
	result->steps++;
	if (ls->out[0].kind == OUTCOME_ABSENT) {
		result->absent++;
		ls->expect.rule = NULL;
		return true;
	}
	if (ls->out[0].kind != OUTCOME_LOST) {
		issue(ls, op);
		model_step(ls->model, op, ls->args, &ls->expect);
		if (ls->transitions)
			transitions_count(ls->transitions, op);
	}
	if (must_agree(ls) && cores_check_outcome(ls->cores, ls->out, check->finding)) {
		result->verdict = VERDICT_FINDING;
		return false;
	}
	if (ls->out[0].kind == OUTCOME_LOST) {
		stop(result, VERDICT_LOST, "the host's own code is no longer the host's");
		return false;
	}
	/*
	 * A WARN is what EL2 says of a secure world that broke its word, and its end: as it should be, where the
	 * model says so. An access gone wrong is a finding.
	 */
	if (ls->out[0].kind == OUTCOME_EL2_BUG && core_smcs(ls->core)->scripted) {
		if (ls->expect.kind != OUTCOME_EL2_BUG)
			stop(result, VERDICT_UNMODELLED, "EL3 answered what EL2 trusts it not to");
		return false;
	}
	if (ls->expect.panics && stopped_in(ls, ls->expect.panics)) {
		stop(result, VERDICT_UNMODELLED,
		     "EL2 panics, as it does on an access it has no answer to");
		return false;
	}
	if (ls->expect.unmodelled && (!outcome_crashed(&ls->out[0]) || ls->expect.cpu_lacks)) {
		stop(result, VERDICT_UNMODELLED, ls->expect.unmodelled);
		return false;
	}
	if (check_outcome(check, op, &ls->expect, &ls->out[0])) {
		result->verdict = VERDICT_FINDING;
		return false;
	}
	ls->x1 = ls->out[0].regs[1];
	add_events(ls, check);
	if (ls->watch && tlb_watch_end(ls->watch, &ls->out[0], check->finding)) {
		result->verdict = VERDICT_FINDING;
		return false;
	}

	return true;
}

/* A raw hypercall, or SMC, that is one of those with an op of their own is that op. */
static const char *op_name(const struct lockstep *ls, const struct op *op)
{
	if ((op->code == OP_host_hvc || op->code == OP_host_smc) && ls->expect.rule &&
	    op_by_name(WORLD_EL2, ls->expect.rule, strlen(ls->expect.rule)) >= 0)
		return ls->expect.rule;

	return op_desc(op->code)->name;
}

/* A run that compares: of a trace, then of the teardown after it. */
struct checked_run {
	struct lockstep *ls;
	struct check check;
	bool full; /* compare everything at every step */
	struct explain *explain;
	struct lockstep_result *result;
};

/* An access of the host that faults nowhere is nothing that EL2 hears of: its tables and states are as they were. */
static bool reached_el2(const struct op *op, const struct outcome *out)
{
	return out->faults ||
	       (op->code != OP_host_load && op->code != OP_host_store && op->code != OP_host_fetch);
}

/* The pages that the step could change. */
static int compare_touched(struct checked_run *run, const struct op *op)
{
	struct lockstep *ls = run->ls;

	if (!run->full && !reached_el2(op, &ls->out[0]))
		return 0;
	if (ls->cores && cores_check_touched(ls->cores, ls->model, run->check.finding))
		return -1;
	return check_touched(&run->check);
}

static int compare_everything(struct checked_run *run)
{
	if (run->ls->cores && cores_check_everything(run->ls->cores, run->check.finding))
		return -1;
	return check_everything(&run->check);
}

/* Return: does the run go on? If not, the result says why. */
static bool checked_step(struct checked_run *run, u32 number, const struct op *op)
{
	struct lockstep *ls = run->ls;
	bool goes_on = step(ls, &run->check, op, run->result);

	if (goes_on && ls->expect.rule &&
	    (compare_touched(run, op) || (run->full && compare_everything(run)))) {
		run->result->verdict = VERDICT_FINDING;
		goes_on = false;
	}
	if (run->explain) {
		explain_step(run->explain, number, op, ls->args, &ls->expect, &ls->out[0]);
		if (run->result->finding.class == FINDING_CORES)
			explain_cores(run->explain, &run->result->finding);
	}

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
	for (u32 i = 0; teardown_next(&td, &run->ls->out[0], &op); i++) {
		if (!checked_step(run, i, &op)) {
			set_op(run, op_desc(op.code)->name);
			return;
		}
	}
	if (compare_everything(run) || check_leaks(&run->check))
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

/* Return: was something found only when all steps were done, so that any of them could have done it? */
static bool run_checked(struct lockstep *ls, const struct op *ops, u32 nr_ops, bool full,
                        bool exact, struct explain *explain, struct lockstep_result *result)
{
	struct checked_run run = {
		.ls = ls,
		.check = {
			.core = ls->core,
			.model = ls->model,
			.finding = &result->finding,
			.any_error = ls->any_error,
			.exact = full,
			.digest = ls->boot_digest,
		},
		.full = full,
		.explain = explain,
		.result = result,
	};
	bool late = true;
	u32 i = 0;

	memcpy(run.check.control, ls->control, sizeof(run.check.control));
	lockstep_reset(ls);
	ls->watching = true;
	if (ls->watch)
		tlb_watch_reset(ls->watch, exact);
	if (ls->transitions)
		transitions_reset(ls->transitions);
	model_reset(ls->model);
	memset(&ls->expect, 0, sizeof(ls->expect));
	memcpy(ls->expect.regs, ls->boot_regs, sizeof(ls->boot_regs));
	ls->x1 = ls->boot_regs[1];

	while (i < nr_ops && checked_step(&run, i, &ops[i]))
		i++;
	/* What a core does otherwise may come of what it wrote otherwise before. */
	if (result->verdict == VERDICT_FINDING)
		late = result->finding.class == FINDING_CORES;
	set_op(&run, i < nr_ops ? op_name(ls, &ops[i]) : "end");
	if (i == nr_ops && compare_everything(&run))
		result->verdict = VERDICT_FINDING;
	/* What the model has no answer for, both cores must do alike. */
	if (result->verdict == VERDICT_UNMODELLED && must_agree(ls) &&
	    cores_check_everything(ls->cores, &result->finding))
		result->verdict = VERDICT_FINDING;
	if (i == nr_ops && result->verdict == VERDICT_PASS)
		tear_down(&run);
	if (result->verdict == VERDICT_PASS && ls->tlb == TLB_FULL &&
	    tlb_watch_finish(ls->watch, &result->finding))
		result->verdict = VERDICT_FINDING;

	result->digest = run.check.digest;
	if (result->verdict == VERDICT_FINDING)
		result->finding.step = i;
	else
		result->finding.op[0] = '\0';

	return late && result->verdict == VERDICT_FINDING;
}

/* Found at the end: which step did it? The same trace does the same again. */
static void locate(struct lockstep *ls, const struct op *ops, u32 nr_ops,
                   struct lockstep_result *result)
{
	struct lockstep_result exact = { 0 };

	run_checked(ls, ops, nr_ops, true, true, NULL, &exact);
	if (exact.verdict == VERDICT_FINDING)
		result->finding = exact.finding;
}

void lockstep_tell(struct lockstep *ls, const struct explain_options *options)
{
	ls->told = *options;
}

/*
 * Does the emulated CPU use the translation that is said to be stale? With a warm TLB: the address is loaded from
 * before the step and after it.
 */
static void confirm(struct lockstep *ls, const struct op *ops, struct lockstep_result *result)
{
	const u64 ipa = tlb_watch_stale(ls->watch), args[OP_MAX_ARGS] = { ipa };
	const struct op load = { .code = OP_host_load };
	struct finding *finding = &result->finding;
	struct outcome before, after;
	size_t at = strlen(finding->actual);

	if (ipa == ~0ULL || core_config(ls->core)->kind != CORE_AARCH64 ||
	    finding->step >= result->steps)
		return;
	lockstep_reset(ls);
	ls->watching = false;
	for (u32 i = 0; i <= finding->step; i++) {
		if (i == finding->step)
			core_step(ls->core, &load, args, &before);
		perform(ls, &ops[i]);
		if (outcome_crashed(&ls->out[0]))
			return;
	}
	core_step(ls->core, &load, args, &after);
	if (before.kind != OUTCOME_RETURNED)
		return;
	snprintf(finding->actual + at, sizeof(finding->actual) - at,
	         "\nthe emulated CPU, which had loaded from 0x%llx before the step, %s",
	         (unsigned long long)ipa,
	         after.kind == OUTCOME_RETURNED && !after.faults ?
	                 "still does so after it, without a fault" :
	                 "faults there after it: its TLB has forgotten");
}

static void tell_casemate(struct lockstep *ls, const struct op *ops, u32 nr_ops, FILE *out,
                          struct lockstep_result *result)
{
	tlb_watch_tell(ls->watch, out);
	if (ls->pgtable)
		pt_lockstep_run(ls->pgtable, ops, nr_ops, LOCKSTEP_FULL, NULL, result);
	else
		run_checked(ls, ops, nr_ops, false, true, NULL, result);
	tlb_watch_tell(ls->watch, NULL);
}

void lockstep_run(struct lockstep *ls, const struct op *ops, u32 nr_ops, enum lockstep_mode mode,
                  FILE *report, struct lockstep_result *result)
{
	const bool exact = mode == LOCKSTEP_FULL || report;
	struct explain *explain = NULL;
	bool late;

	memset(result, 0, sizeof(*result));
	if (report && ls->told.kind == EXPLAIN_CASEMATE) {
		if (ls->watch)
			tell_casemate(ls, ops, nr_ops, report, result);
		return;
	}
	ls->any_error = mode == LOCKSTEP_ANY_ERROR;
	if (mode == LOCKSTEP_BARE) {
		run_bare(ls, ops, nr_ops, result);
		return;
	}
	if (ls->nested) {
		nested_lockstep_run(ls->nested, ops, nr_ops, mode, report, result);
		return;
	}
	if (ls->pgtable) {
		pt_lockstep_run(ls->pgtable, ops, nr_ops, mode, report, result);
		return;
	}
	if (ls->boot_failed) {
		result->verdict = VERDICT_FINDING;
		result->finding = ls->boot_finding;
		return;
	}

	if (report) {
		lockstep_reset(ls);
		explain = explain_open(report, &ls->told, ls->core, ls->model);
	}
	late = run_checked(ls, ops, nr_ops, mode == LOCKSTEP_FULL, exact, explain, result);
	explain_close(explain);
	/* Some tables were not looked at when they changed, perhaps: what counts is a run with all of them. */
	if (!exact && result->finding.class == FINDING_TLB) {
		memset(result, 0, sizeof(*result));
		late = run_checked(ls, ops, nr_ops, false, true, NULL, result);
	}
	if (mode != LOCKSTEP_FULL && late)
		locate(ls, ops, nr_ops, result);
	/* What follows the trace is no step of it. */
	if (result->finding.class == FINDING_TLB && result->finding.step < nr_ops)
		confirm(ls, ops, result);
}
