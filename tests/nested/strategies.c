// SPDX-License-Identifier: GPL-2.0-only
/*
 * strategies IMAGE TRACES: the same random traces of a guest hypervisor that behaves, with both strategies
 * for unmaps of canonical memory. What the guests see is the same, and what survives the simple one is
 * there with the other. Whichever allocation of an access fails, the reverse map leaves nothing that it must not.
 * Prints how many leaves outlive all of it. What it costs, bench --strategies says.
 */
#include "core/nested/core.h"
#include "fuzz/nested.h"
#include "oracle/nested/lockstep.h"
#include "oracle/nested/model.h"

#include <err.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LEAVES 2048
#define LENGTH 96
/* An access makes no more allocations than that. */
#define MAX_NTH 8
#define FILLING 3

struct leaves {
	u32 nr;
	struct nested_leaf leaf[MAX_LEAVES];
};

struct seen {
	u32 nr;
	s64 ret[LENGTH + 1];
	u64 value[LENGTH + 1];
	struct nested_vcpu vcpus[LENGTH + 1][NESTED_VCPUS];
	struct leaves leaves[NESTED_MMUS];
	bool crashed;
};

static struct core *core;
static const struct nested_view *view;
static struct nested_model model;
static struct seen seen[2];
static u64 survivors[2];

static void keep(void *arg, const struct nested_leaf *leaf)
{
	struct leaves *leaves = arg;

	if (leaves->nr == MAX_LEAVES)
		errx(2, "more leaves than there is room for");
	leaves->leaf[leaves->nr++] = *leaf;
}

/* An access is tried again until it gets through, or goes elsewhere. */
static bool step(const struct op *op, struct outcome *out)
{
	for (unsigned int tries = 0; tries < 6; tries++) {
		core_step(core, op, op->value, out);
		if (outcome_crashed(out))
			return false;
		if (op->code != OP_access || out->regs[0] != 1)
			break;
	}
	return true;
}

static void run(const struct trace *trace, unsigned int strategy)
{
	const struct op use = { .code = OP_use_strategy, .value = { strategy } };
	struct seen *s = &seen[strategy];
	struct outcome out;

	core_reset(core);
	memset(s, 0, sizeof(*s));
	step(&use, &out);
	for (u32 i = 0; i < trace->nr_ops; i++) {
		if (trace->ops[i].code == OP_use_strategy)
			continue;
		if (!step(&trace->ops[i], &out)) {
			s->crashed = true;
			return;
		}
		s->ret[s->nr] = out.regs[0];
		/* Of a fault it is how the shadow's own walk ended. */
		s->value[s->nr] = (s64)out.regs[0] == NESTED_HIT ? out.regs[1] : 0;
		memcpy(s->vcpus[s->nr++], view->shared->vcpus, sizeof(s->vcpus[0]));
	}
	for (unsigned int i = 1; i < NESTED_MMUS; i++) {
		nested_visit(&model, i, keep, &s->leaves[i]);
		survivors[strategy] += s->leaves[i].nr;
	}
}

/*
 * KVM adds a permission to fetch when a fetch finds nothing, not when it finds a leaf that has none: then the fault
 * may be L1's, as it is for the next fetch of a leaf that was made anew.
 */
static bool is_there(const struct leaves *leaves, const struct nested_leaf *leaf)
{
	for (u32 i = 0; i < leaves->nr; i++) {
		const struct nested_leaf *other = &leaves->leaf[i];

		if (leaf->ipa >= other->ipa && leaf->ipa + leaf->size <= other->ipa + other->size)
			return leaf->pa - other->pa == leaf->ipa - other->ipa &&
			       !(leaf->perm & ~other->perm & (NESTED_R | NESTED_W));
	}
	return false;
}

/* Return: where they differ, in words; NULL if they do not */
static const char *compare(u32 *at)
{
	const struct seen *full = &seen[NESTED_STRATEGY_full], *map = &seen[NESTED_STRATEGY_revmap];

	for (*at = 0; *at < full->nr; ++*at) {
		if (full->ret[*at] != map->ret[*at] || full->value[*at] != map->value[*at])
			return "another answer";
		if (memcmp(full->vcpus[*at], map->vcpus[*at], sizeof(full->vcpus[0])))
			return "another state of a vCPU";
	}
	for (unsigned int i = 1; i < NESTED_MMUS; i++) {
		for (u32 j = 0; j < full->leaves[i].nr; j++) {
			if (!is_there(&map->leaves[i], &full->leaves[i].leaf[j]))
				return "a leaf is lost";
		}
	}
	return NULL;
}

/* The defects of the tree's own that such traces meet (corpus/known) */
static bool is_known(const struct finding *finding)
{
	return !strcmp(finding->place, "write-protected, and no TLBI") ||
	       !strcmp(finding->place, "range TLBI leaves the rest of a block") ||
	       !strcmp(finding->place, "reflected, but returned, of a table that is not there");
}

/*
 * The reverse map, where the @nth allocation of each access fails; of a vCPU's first few accesses none does, which
 * get it the tables that the next ones need.
 */
static void with_failures(const struct trace *from, u64 nth, struct trace *to)
{
	const struct op use = { .code = OP_use_strategy, .value = { NESTED_STRATEGY_revmap } };
	const struct op fail = { .code = OP_fail_alloc, .value = { nth } };
	u32 nr_accesses = 0;
	int ret;

	trace_clear(to);
	ret = trace_append(to, &use);
	for (u32 i = 0; i < from->nr_ops && !ret; i++) {
		if (from->ops[i].code == OP_use_strategy)
			continue;
		if (from->ops[i].code == OP_access && nr_accesses++ >= FILLING)
			ret = trace_append(to, &fail);
		ret = ret || trace_append(to, &from->ops[i]);
	}
	if (ret)
		errx(2, "out of memory");
}

/* Whichever allocation fails, nothing is left that the host has taken back: the model looks at each step. */
static void check_fallback(const struct generator *gen, u32 nr)
{
	struct nested_lockstep *lockstep = nested_lockstep_open(core);
	struct trace trace = { 0 }, failing = { 0 };
	u32 given_up = 0, passed = 0;

	for (u32 i = 0; lockstep && i < nr; i++) {
		trace_clear(&trace);
		if (nested_trace(gen, 2, i, &trace))
			errx(2, "out of memory");
		for (u64 nth = 1; nth <= MAX_NTH; nth++) {
			struct lockstep_result result = { 0 };

			with_failures(&trace, nth, &failing);
			nested_lockstep_run(lockstep, failing.ops, failing.nr_ops, LOCKSTEP_FULL,
			                    NULL, &result);
			if (result.verdict == VERDICT_FINDING && !is_known(&result.finding))
				errx(1, "trace %u, allocation %llu fails: step %u (%s): %s", i,
				     (unsigned long long)nth, result.finding.step,
				     result.finding.op, result.finding.place);
			passed += result.verdict == VERDICT_PASS;
			given_up += view->shared->costs.revmap.given_up;
		}
	}
	if (!given_up)
		errx(1, "the reverse map was never given up");
	printf("fallback: %u runs pass, in which the map was given up %u times\n", passed,
	       given_up);
	nested_lockstep_close(lockstep);
	trace_free(&trace);
	trace_free(&failing);
}

int main(int argc, char **argv)
{
	struct core_config config = { .world = WORLD_NESTED,
		                      .kind = CORE_NATIVE,
		                      .caps = CAPS_DEFAULT };
	const struct hello hello = { .world = WORLD_NESTED };
	const struct generator gen = { .options = { .length = LENGTH, .calm = true },
		                       .target = &hello };
	struct trace trace = { 0 };
	struct error error;
	u32 nr = argc > 2 ? strtoul(argv[2], NULL, 0) : 500, compared = 0, at;

	if (argc < 2)
		errx(2, "usage: strategies IMAGE [TRACES]");
	config.image = argv[1];
	core = core_open(&config, &error);
	if (!core)
		errx(2, "%s", error.text);
	view = core_nested(core);
	model = (struct nested_model){ .core = core, .view = view, .xnx = true };

	for (u32 i = 0; i < nr; i++) {
		const char *differs;

		trace_clear(&trace);
		if (nested_trace(&gen, 1, i, &trace))
			errx(2, "out of memory");
		run(&trace, NESTED_STRATEGY_full);
		run(&trace, NESTED_STRATEGY_revmap);
		if (seen[0].crashed || seen[1].crashed)
			errx(1, "trace %u: crashed", i);
		differs = compare(&at);
		if (differs)
			errx(1,
			     "trace %u, op %u, a %s: %s with the reverse map (%lld 0x%llx, %lld 0x%llx)",
			     i, at, op_desc(trace.ops[at + trace.nr_ops - seen[0].nr].code)->name,
			     differs, (long long)seen[0].ret[at],
			     (unsigned long long)seen[0].value[at], (long long)seen[1].ret[at],
			     (unsigned long long)seen[1].value[at]);
		compared++;
	}
	printf("%u traces alike\n", compared);
	printf("leaves at the end: %llu with full, %llu with revmap\n",
	       (unsigned long long)survivors[NESTED_STRATEGY_full],
	       (unsigned long long)survivors[NESTED_STRATEGY_revmap]);
	check_fallback(&gen, nr / 10);
	core_close(core);
	return 0;
}
