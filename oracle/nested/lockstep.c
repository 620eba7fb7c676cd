// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/nested/lockstep.h"

#include "oracle/check.h"
#include "oracle/nested/check.h"
#include "oracle/tlb/watch.h"

#include <stdlib.h>
#include <string.h>

#define ALL_OF_RAM (16 << 20)

struct nested_lockstep {
	struct core *core;
	struct core *other; /* NULL: there is only one */
	struct tlb_watch *watch; /* NULL: there is none */
	struct nested_model model;
	u64 args[OP_MAX_ARGS];
	struct outcome out, other_out;
};

struct nested_lockstep *nested_lockstep_open(struct core *core)
{
	struct nested_lockstep *ls = calloc(1, sizeof(*ls));

	if (!ls)
		return NULL;
	ls->core = core;
	ls->model.core = core;
	ls->model.view = core_nested(core);
	ls->model.pa_bits = ls->model.view->shared->pa_bits;
	ls->model.xnx = core_config(core)->caps & BIT(CAP_xnx);
	ls->model.fwb = core_config(core)->caps & BIT(CAP_fwb);

	return ls;
}

void nested_lockstep_add(struct nested_lockstep *ls, struct core *core)
{
	ls->other = core;
}

void nested_lockstep_watch(struct nested_lockstep *ls, struct tlb_watch *watch)
{
	ls->watch = watch;
}

void nested_lockstep_close(struct nested_lockstep *ls)
{
	free(ls);
}

void nested_add(struct nested_check *check, u64 value)
{
	check->digest = (check->digest ^ value) * 0xff51afd7ed558ccdULL;
	check->digest ^= check->digest >> 32;
}

int nested_fail(struct nested_check *check, enum finding_class class, const char *place,
                const char *expected, const char *actual)
{
	struct finding *f = check->finding;

	f->class = class;
	snprintf(f->place, sizeof(f->place), "%s", place);
	snprintf(f->expected, sizeof(f->expected), "%s", expected);
	snprintf(f->actual, sizeof(f->actual), "%s", actual);
	return -1;
}

int nested_fail_number(struct nested_check *check, enum finding_class class, const char *place,
                       u64 expected, u64 actual)
{
	char e[32], a[32];

	snprintf(e, sizeof(e), "0x%llx", (unsigned long long)expected);
	snprintf(a, sizeof(a), "0x%llx", (unsigned long long)actual);
	return nested_fail(check, class, place, e, a);
}

static void reset(struct nested_model *m)
{
	for (unsigned int i = 0; i < NESTED_MMUS; i++) {
		const struct nested_mmu *s2 = &m->view->shared->mmus[i];
		struct nested_context *c = &m->contexts[i];

		c->nr = 0;
		c->vttbr = s2->vttbr;
		c->vtcr = s2->vtcr;
		c->s2_enabled = s2->s2_enabled;
	}
	memset(m->vncr, 0, sizeof(m->vncr));
	for (unsigned int i = 0; i < NESTED_VCPUS; i++)
		m->traps_sctlr[i] = !m->fwb;
	for (unsigned int i = 0; i < NESTED_SLOTS; i++)
		m->slots[i] = NESTED_SLOT_THERE;
	m->nr_notified = 0;
}

/* What there is to see before an access: its own walk, and that of L1's tables. */
static void before(struct nested_check *check)
{
	struct nested_model *m = check->model;
	const struct nested_shared *s = m->view->shared;
	const struct nested_vcpu *vcpu;

	memcpy(m->before, s->vcpus, sizeof(m->before));
	if (s->nr_meanwhile > s->nr_done)
		nested_race_before(check);
	check->was_logged = m->slots[check->args[0] % NESTED_SLOTS] & NESTED_SLOT_LOGGED;
	check->cleans = nested_clean_due(check);
	if (check->op->code == OP_l1_at)
		nested_at_before(check);
	if (check->op->code == OP_vncr_access)
		nested_vncr_before(check);
	if (check->op->code != OP_access)
		return;
	vcpu = &s->vcpus[check->args[0] % NESTED_VCPUS];
	check->mmu = vcpu->mmu % NESTED_MMUS;
	nested_walk(m, check->mmu, check->args[1], &check->leaf);
	if (vcpu->in_l2 && m->contexts[check->mmu].s2_enabled)
		nested_walk_l1(m, vcpu, check->args[1], &check->l1);
}

void nested_follow(struct nested_check *check, u16 code, const u64 *args, s64 ret)
{
	struct nested_model *m = check->model;

	if (ret == NESTED_REFUSED)
		return;
	nested_follow_caches(m, code, args);
	switch (code) {
	case OP_notifier_start:
		m->notified[m->nr_notified] = args[0];
		m->notified_size[m->nr_notified++] = args[1];
		break;
	case OP_notifier_end:
		m->nr_notified--;
		break;
	case OP_memslot:
		if (!ret)
			m->slots[args[0] % NESTED_SLOTS] =
				args[1] & NESTED_SLOT_THERE ?
					args[1] & (NESTED_SLOT_THERE | NESTED_SLOT_READONLY |
			                           NESTED_SLOT_LOGGED) :
					0;
		break;
	}
}

static int check_crash(struct nested_check *check, const struct outcome *out)
{
	char place[160], text[FINDING_TEXT_MAX];

	nested_add(check, out->kind);
	describe_outcome(check->model->core, out, text, sizeof(text));
	check_crash_place(check->model->core, out, place, sizeof(place));
	return nested_fail(check,
	                   out->kind == OUTCOME_EL2_BUG    ? FINDING_BUG :
	                   out->kind == OUTCOME_HANG       ? FINDING_HANG :
	                   out->kind == OUTCOME_EL2_REPORT ? FINDING_SANITIZER :
	                                                     FINDING_EXCEPTION,
	                   place, "no crash", text);
}

static int differ(struct nested_check *check, const char *what)
{
	return nested_fail(check, FINDING_CORES, what, "the same on both cores",
	                   "another on the other core");
}

/* What the op did, and what there is to see of the state after it: bit by bit */
static int compare_events(struct nested_lockstep *ls, struct nested_check *check)
{
	char text[2][EVENT_TEXT];

	if (events_differ(core_events(ls->core), core_events(ls->other), text[0], text[1]) < 0)
		return 0;
	return nested_fail(check, FINDING_CORES, "event", text[0], text[1]);
}

/* The digest is of what was watched, too. */
static void add_events(const struct nested_lockstep *ls, struct nested_check *check)
{
	const struct event_log *log = core_events(ls->core);

	for (u32 i = 0; i < log->nr; i++)
		nested_add(check, event_hash(&log->events[i]));
}

static int compare_step(struct nested_lockstep *ls, struct nested_check *check)
{
	const struct nested_shared *one = core_nested(ls->core)->shared;
	const struct nested_shared *other = core_nested(ls->other)->shared;
	const struct {
		const char *what;
		size_t start, end;
	} parts[] = {
		{ "answer", offsetof(struct nested_shared, op),
		  offsetof(struct nested_shared, costs) },
		{ "unmaps", offsetof(struct nested_shared, costs),
		  offsetof(struct nested_shared, seq) },
		{ "stage 2s", offsetof(struct nested_shared, seq),
		  offsetof(struct nested_shared, vcpus) },
		{ "registers", offsetof(struct nested_shared, vcpus),
		  offsetof(struct nested_shared, backing) },
		{ "host's pages", offsetof(struct nested_shared, backing),
		  offsetof(struct nested_shared, events) },
		{ "events", offsetof(struct nested_shared, events), sizeof(*one) },
	};

	core_step(ls->other, check->op, ls->args, &ls->other_out);
	if (ls->out.kind != ls->other_out.kind)
		return differ(check, "outcome");
	for (unsigned int i = 0; i < ARRAY_SIZE(parts); i++) {
		if (memcmp((const u8 *)one + parts[i].start, (const u8 *)other + parts[i].start,
		           parts[i].end - parts[i].start))
			return differ(check, parts[i].what);
	}
	return 0;
}

/* Of much RAM, that of a host with large pages, only where the trace stored */
static bool ram_differs(const struct nested_lockstep *ls, const struct op *ops, u32 nr_ops)
{
	const u8 *one = core_nested(ls->core)->ram, *other = core_nested(ls->other)->ram;

	if (NESTED_RAM_SIZE <= ALL_OF_RAM)
		return memcmp(one, other, NESTED_RAM_SIZE);
	for (u32 i = 0; i < nr_ops; i++) {
		u64 args[OP_MAX_ARGS], page;

		map_resolve(core_map(ls->core), op_desc(ops[i].code), &ops[i], 0, args);
		page = ALIGN_DOWN(args[0], MAP_PAGE_SIZE);
		if (ops[i].code == OP_l1_store && page < NESTED_RAM_SIZE &&
		    memcmp(one + page, other + page, MAP_PAGE_SIZE))
			return true;
	}
	return false;
}

/* L1's RAM, and all pages of the host's that hold no addresses: tables and registers of L1's */
static int compare_memory(struct nested_lockstep *ls, struct nested_check *check,
                          const struct op *ops, u32 nr_ops)
{
	const struct nested_view *one = core_nested(ls->core), *other = core_nested(ls->other);
	const u64 objects = NESTED_OBJECT_PAGES * NESTED_PAGE_SIZE;

	if (ram_differs(ls, ops, nr_ops))
		return differ(check, "L1's RAM");
	if (memcmp(one->pool + objects, other->pool + objects,
	           NESTED_POOL_PAGES * NESTED_PAGE_SIZE - objects))
		return differ(check, "the host's pages");
	return 0;
}

static int check_step(struct nested_check *check, const struct outcome *out)
{
	const struct nested_shared *s = check->model->view->shared;

	if (outcome_crashed(out))
		return check_crash(check, out);
	nested_add(check, out->regs[0]);
	nested_add(check, out->regs[1]);
	if (check->op->code == OP_meanwhile || s->ret == NESTED_DEFERRED)
		return 0;
	if (s->nr_done && check->op->code != OP_destroy_vm)
		return nested_check_race(check);
	if (check->op->code == OP_access && nested_check_fault(check))
		return -1;
	if (check->op->code == OP_l1_at && nested_check_at(check))
		return -1;
	if (check->op->code == OP_vncr_access && nested_check_vncr_access(check))
		return -1;
	nested_follow(check, check->op->code, check->args, s->ret);
	if (s->ret != NESTED_REFUSED && (check->op->code != OP_memslot || !s->ret))
		nested_vncr_follow(check, check->op->code, check->args);
	if (check->op->code == OP_destroy_vm) {
		for (unsigned int i = 0; i < NESTED_MMUS; i++)
			check->model->contexts[i].nr = 0;
		return 0;
	}
	if (nested_check_shadows(check) || nested_check_vcpus(check) || nested_check_vncr(check))
		return -1;
	return check->full ? nested_check_everything(check) : 0;
}

static void explain(const struct nested_lockstep *ls, const struct nested_check *check, u32 step,
                    FILE *out)
{
	const struct nested_shared *s = ls->model.view->shared;
	const struct op_desc *desc = op_desc(check->op->code);
	char text[FINDING_TEXT_MAX];

	fprintf(out, "%3u  %s: %s", step, desc->name, desc->summary);
	for (unsigned int i = 0; i < desc->nr_args; i++) {
		const char *name = arg_name(desc->args[i].kind, ls->args[i]);

		if (name)
			fprintf(out, ", %s %s", desc->args[i].name, name);
		else
			fprintf(out, ", %s 0x%llx", desc->args[i].name,
			        (unsigned long long)ls->args[i]);
	}
	fprintf(out, "\n");
	if (check->expected[0])
		fprintf(out, "       expected %s\n", check->expected);
	if (ls->out.kind != OUTCOME_RETURNED)
		fprintf(out, "       actual   %s\n",
		        describe_outcome(ls->core, &ls->out, text, sizeof(text)));
	else if (s->ret == NESTED_REFUSED)
		fprintf(out, "       actual   refused: nobody could do that now\n");
	else if (s->ret == NESTED_DEFERRED)
		fprintf(out, "       actual   to be done meanwhile\n");
	else if (s->ret == NESTED_HIT)
		fprintf(out, "       actual   a hit, PA 0x%llx\n", s->value[0]);
	else
		fprintf(out, "       actual   returned %lld%s\n", s->ret,
		        s->exit.reason == 6 ? ", an exit for MMIO" : "");
	for (u64 i = 0; ls->out.kind == OUTCOME_RETURNED && i < s->nr_events && i < 8; i++) {
		const struct nested_event *e = &s->events[i];
		static const char *const kinds[] = {
			[NESTED_FLUSH_IPA] = "TLBI of IPA",
			[NESTED_FLUSH_IPA_NSH] = "TLBI, this CPU, of IPA",
			[NESTED_FLUSH_RANGE] = "TLBI of IPAs from",
			[NESTED_FLUSH_VMID] = "TLBI of all",
			[NESTED_FLUSH_S1] = "TLBI of stage 1",
			[NESTED_FAULT_IN] = "host page of RAM",
			[NESTED_CLEAN] = "clean",
		};

		fprintf(out, "       %s", kinds[e->kind]);
		if (e->mmu < NESTED_MMUS)
			fprintf(out, " of stage 2 %u", e->mmu);
		fprintf(out, ", 0x%llx", e->addr);
		if (e->size)
			fprintf(out, ", 0x%llx bytes", e->size);
		fprintf(out, "\n");
	}
}

static int step(struct nested_lockstep *ls, struct nested_check *check)
{
	if (ls->watch)
		tlb_watch_begin(ls->watch, check->op, ls->args);
	core_step(ls->core, check->op, ls->args, &ls->out);
	if (ls->other && (compare_step(ls, check) || compare_events(ls, check)))
		return -1;
	if (check_step(check, &ls->out))
		return -1;
	add_events(ls, check);
	return ls->watch ? tlb_watch_end(ls->watch, &ls->out, check->finding) : 0;
}

/* If it crashed in one that is done meanwhile, that one */
static u16 op_under_way(const struct nested_lockstep *ls, const struct op *op)
{
	const struct nested_shared *s = ls->model.view->shared;

	for (unsigned int i = 0; outcome_crashed(&ls->out) && i < s->nr_meanwhile; i++) {
		if (s->meanwhile[i].order && s->meanwhile[i].ret == NESTED_DEFERRED)
			return op->code / OP_CODE_LIMIT * OP_CODE_LIMIT + s->meanwhile[i].op;
	}
	return op->code;
}

static void run(struct nested_lockstep *ls, const struct op *ops, u32 nr_ops, bool full, bool exact,
                FILE *report, struct lockstep_result *result)
{
	struct nested_check check = {
		.model = &ls->model,
		.finding = &result->finding,
		.args = ls->args,
		.full = full,
	};
	const struct op destroy = { .code = OP_destroy_vm };
	bool goes_on = true;
	u32 i = 0;

	core_reset(ls->core);
	if (ls->other)
		core_reset(ls->other);
	reset(&ls->model);
	if (ls->watch)
		tlb_watch_reset(ls->watch, exact);
	while (goes_on && i < nr_ops) {
		check.op = &ops[i];
		check.expected[0] = '\0';
		map_resolve(core_map(ls->core), op_desc(ops[i].code), &ops[i], 0, ls->args);
		before(&check);
		goes_on = !step(ls, &check);
		result->steps++;
		if (report)
			explain(ls, &check, i, report);
		i += goes_on;
	}
	/* At the end of the VM it must have nothing left. */
	if (goes_on && !nested_check_everything(&check)) {
		check.op = &destroy;
		if (!step(ls, &check) && ls->other)
			compare_memory(ls, &check, ops, nr_ops);
	}

	result->digest = check.digest;
	if (result->finding.class == FINDING_NONE)
		return;
	result->verdict = VERDICT_FINDING;
	result->finding.step = i;
	snprintf(result->finding.op, sizeof(result->finding.op), "%s",
	         i < nr_ops || check.op == &destroy ? op_desc(op_under_way(ls, check.op))->name :
	                                              "end");
}

void nested_lockstep_run(struct nested_lockstep *ls, const struct op *ops, u32 nr_ops,
                         enum lockstep_mode mode, FILE *report, struct lockstep_result *result)
{
	struct lockstep_result exact = { 0 };

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
