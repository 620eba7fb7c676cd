// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/pgtable/lockstep.h"

#include "oracle/check.h"
#include "oracle/pgtable/check.h"
#include "oracle/tlb/watch.h"

#include <stdlib.h>
#include <string.h>

struct pt_lockstep {
	struct core *core;
	struct core *other; /* NULL: there is only one */
	struct pt_model *model;
	bool any_error;
	struct tlb_watch *watch; /* NULL: there is none */
	u64 args[OP_MAX_ARGS];
	struct outcome out, other_out;
};

struct pt_lockstep *pt_lockstep_open(struct core *core)
{
	struct pt_lockstep *ls = calloc(1, sizeof(*ls));

	if (!ls)
		return NULL;
	ls->core = core;
	ls->model = pt_open(core);
	if (!ls->model) {
		free(ls);
		return NULL;
	}

	return ls;
}

void pt_lockstep_close(struct pt_lockstep *ls)
{
	if (!ls)
		return;
	pt_close(ls->model);
	free(ls);
}

void pt_lockstep_add(struct pt_lockstep *ls, struct core *core)
{
	ls->other = core;
}

void pt_lockstep_watch(struct pt_lockstep *ls, struct tlb_watch *watch)
{
	ls->watch = watch;
}

static const char *describe_ret(const struct pt_lockstep *ls, char *buf, size_t len)
{
	const struct pt_expectation *expect = &ls->model->expect;

	if (expect->warns)
		snprintf(buf, len, "a WARN");
	else if (expect->ret == PGTABLE_REFUSED)
		snprintf(buf, len, "refused by the harness");
	else
		snprintf(buf, len, "returned %lld", (long long)expect->ret);
	return buf;
}

static const char *describe_actual(const struct pt_lockstep *ls, char *buf, size_t len)
{
	if (ls->out.kind != OUTCOME_RETURNED)
		return describe_outcome(ls->core, &ls->out, buf, len);
	if ((s64)ls->out.regs[0] == PGTABLE_REFUSED)
		snprintf(buf, len, "refused by the harness");
	else
		snprintf(buf, len, "returned %lld, 0x%llx, 0x%llx", (long long)ls->out.regs[0],
		         (unsigned long long)ls->out.regs[1], (unsigned long long)ls->out.regs[2]);
	return buf;
}

static void explain(const struct pt_lockstep *ls, u32 step, const struct op *op, FILE *out)
{
	const struct pgtable_shared *shared = core_pgtable(ls->core);
	const struct op_desc *desc = op_desc(op->code);
	char text[FINDING_TEXT_MAX];

	fprintf(out, "%3u  %s: %s", step, desc->name, desc->summary);
	for (unsigned int i = 0; i < desc->nr_args; i++)
		fprintf(out, ", %s 0x%llx", desc->args[i].name, (unsigned long long)ls->args[i]);
	fprintf(out, "\n       expected %s\n", describe_ret(ls, text, sizeof(text)));
	fprintf(out, "       actual   %s\n", describe_actual(ls, text, sizeof(text)));
	if (ls->out.kind != OUTCOME_RETURNED)
		return;
	for (u64 i = 0; i < shared->nr_events && i < 16; i++)
		fprintf(out, "       %s\n",
		        pt_describe_event(&shared->events[i], text, sizeof(text)));
}

static int differ(struct pt_check *check, const char *what, u64 one, u64 other)
{
	char first[32], second[32];

	snprintf(first, sizeof(first), "0x%llx", (unsigned long long)one);
	snprintf(second, sizeof(second), "0x%llx on the other core", (unsigned long long)other);
	return pt_fail(check, FINDING_CORES, what, first, second);
}

/* What the op returned and did on the way */
static int compare_step(struct pt_lockstep *ls, struct pt_check *check)
{
	const struct pgtable_shared *one = core_pgtable(ls->core);
	const struct pgtable_shared *other = core_pgtable(ls->other);
	u64 nr = one->nr_events < PGTABLE_MAX_EVENTS ? one->nr_events : PGTABLE_MAX_EVENTS;

	if (ls->out.kind != ls->other_out.kind)
		return differ(check, "outcome", ls->out.kind, ls->other_out.kind);
	if (outcome_crashed(&ls->out))
		return 0;
	for (unsigned int i = 0; i < 4; i++) {
		if (ls->out.regs[i] != ls->other_out.regs[i])
			return differ(check, "value", ls->out.regs[i], ls->other_out.regs[i]);
	}
	if (one->nr_events != other->nr_events)
		return differ(check, "events", one->nr_events, other->nr_events);
	if (memcmp(one->events, other->events, nr * sizeof(*one->events)))
		return pt_fail(check, FINDING_CORES, "events", "the same on both cores",
		               "others on the other core");
	if (one->used != other->used)
		return differ(check, "pages in use", one->used, other->used);

	return 0;
}

/* Every page, and what is known of it */
static int compare_memory(struct pt_lockstep *ls, struct pt_check *check)
{
	const struct pgtable_shared *one = core_pgtable(ls->core);
	const struct pgtable_shared *other = core_pgtable(ls->other);

	if (memcmp(one->pages, other->pages, one->nr_touched * sizeof(*one->pages)))
		return pt_fail(check, FINDING_CORES, "counts", "the same on both cores",
		               "others on the other core");
	for (u64 i = 0; i < one->nr_touched; i++) {
		u64 pa = PGTABLE_POOL_PA + i * PGTABLE_PAGE_SIZE;

		if (one->pages[i].state != PGTABLE_PAGE_FRESH &&
		    memcmp(pgtable_words(one, pa), pgtable_words(other, pa), PGTABLE_PAGE_SIZE))
			return differ(check, "page", pa, pa);
	}

	return 0;
}

/* The instructions that the events stand for */
static int compare_events(struct pt_lockstep *ls, struct pt_check *check)
{
	char text[2][EVENT_TEXT];

	if (events_differ(core_events(ls->core), core_events(ls->other), text[0], text[1]) < 0)
		return 0;
	return pt_fail(check, FINDING_CORES, "event", text[0], text[1]);
}

static void add_events(const struct pt_lockstep *ls, struct pt_check *check)
{
	const struct event_log *log = core_events(ls->core);

	for (u32 i = 0; i < log->nr; i++)
		check->digest =
			(check->digest ^ event_hash(&log->events[i])) * 0xff51afd7ed558ccdULL;
}

static bool compares(struct pt_lockstep *ls, struct pt_check *check, const struct op *op)
{
	if (!ls->other)
		return true;
	core_step(ls->other, op, ls->args, &ls->other_out);
	return !compare_step(ls, check) && !compare_events(ls, check);
}

/* Return: does the run go on? */
static bool step(struct pt_lockstep *ls, struct pt_check *check, const struct op *op, bool full)
{
	map_resolve(core_map(ls->core), op_desc(op->code), op, 0, ls->args);
	if (ls->watch)
		tlb_watch_begin(ls->watch, op, ls->args);
	core_step(ls->core, op, ls->args, &ls->out);
	if (ls->out.kind == OUTCOME_ABSENT)
		return true;
	pt_step(ls->model, op, ls->args);
	if (!compares(ls, check, op) || pt_check_outcome(check, &ls->out) ||
	    outcome_crashed(&ls->out))
		return false;
	add_events(ls, check);

	if (pt_check_step(check) || (full && pt_check_everything(check)))
		return false;
	return !ls->watch || !tlb_watch_end(ls->watch, &ls->out, check->finding);
}

static void run(struct pt_lockstep *ls, const struct op *ops, u32 nr_ops, bool full, bool exact,
                FILE *report, struct lockstep_result *result)
{
	struct pt_check check = {
		.core = ls->core,
		.model = ls->model,
		.finding = &result->finding,
		.any_error = ls->any_error,
	};
	bool goes_on = true;
	u32 i = 0;

	core_reset(ls->core);
	if (ls->other)
		core_reset(ls->other);
	pt_reset(ls->model);
	if (ls->watch)
		tlb_watch_reset(ls->watch, exact);
	while (goes_on && i < nr_ops) {
		goes_on = step(ls, &check, &ops[i], full);
		result->steps++;
		if (report)
			explain(ls, i, &ops[i], report);
		i += goes_on;
	}
	if (goes_on && !pt_check_everything(&check) && ls->other)
		compare_memory(ls, &check);

	result->digest = check.digest;
	result->tlbis = check.tlbis;
	result->full_tlbis = check.full_tlbis;
	result->needless_tlbis = check.needless_tlbis;
	if (result->finding.class == FINDING_NONE)
		return;
	result->verdict = VERDICT_FINDING;
	result->finding.step = i;
	snprintf(result->finding.op, sizeof(result->finding.op), "%s",
	         i < nr_ops ? op_desc(ops[i].code)->name : "end");
}

void pt_lockstep_run(struct pt_lockstep *ls, const struct op *ops, u32 nr_ops,
                     enum lockstep_mode mode, FILE *report, struct lockstep_result *result)
{
	struct lockstep_result exact = { 0 };

	ls->any_error = mode == LOCKSTEP_ANY_ERROR;
	run(ls, ops, nr_ops, mode == LOCKSTEP_FULL, mode == LOCKSTEP_FULL || report, report,
	    result);
	/* As in the other worlds: what counts is a run that looks at all tables. */
	if (result->finding.class == FINDING_TLB && mode != LOCKSTEP_FULL && !report) {
		memset(result, 0, sizeof(*result));
		run(ls, ops, nr_ops, false, true, NULL, result);
	}
	/* Found at the end: which step did it? The same trace does the same again. */
	if (mode == LOCKSTEP_FULL || result->verdict != VERDICT_FINDING ||
	    result->finding.step < nr_ops)
		return;
	run(ls, ops, nr_ops, true, true, NULL, &exact);
	if (exact.verdict == VERDICT_FINDING)
		result->finding = exact.finding;
}
