// SPDX-License-Identifier: GPL-2.0-only
/*
 * What it costs that the host takes a page of L1's away: each strategy for unmaps of canonical memory runs the
 * same traces of a guest hypervisor that behaves, and once more without the TLBIs that it makes.
 */
#include "fuzz/cli/bench.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/nested/shared.h"
#include "fuzz/generate.h"

#define BENCH_SEED 1
#define LENGTH 96

struct costs {
	u64 *nanoseconds; /* of each one-page event */
	u64 *walks;
	size_t nr, room;
	u64 all_walks; /* of these events */
	struct nested_revmap revmap;
};

static int keep(struct costs *costs, const struct timed_step *step)
{
	if (costs->nr == costs->room) {
		size_t room = costs->room ? 2 * costs->room : 1024;
		u64 *nanoseconds = realloc(costs->nanoseconds, room * sizeof(u64));
		u64 *walks;

		if (!nanoseconds)
			return -1;
		costs->nanoseconds = nanoseconds;
		walks = realloc(costs->walks, room * sizeof(u64));
		if (!walks)
			return -1;
		costs->walks = walks;
		costs->room = room;
	}
	costs->nanoseconds[costs->nr] = step->nanoseconds;
	costs->walks[costs->nr++] = step->walks;
	costs->all_walks += step->walks;
	return 0;
}

static void add(struct nested_revmap *to, const struct nested_revmap *from)
{
	to->inserts += from->inserts;
	to->unknown_inserts += from->unknown_inserts;
	to->precise += from->precise;
	to->full += from->full;
	to->given_up += from->given_up;
}

/* The trace with a strategy, and with L1's TLBIs or not */
static int rewrite(const struct trace *from, u64 strategy, bool tlbis, struct trace *to)
{
	const struct op use = { .code = OP_use_strategy, .value = { strategy } };

	trace_clear(to);
	if (trace_append(to, &use))
		return -1;
	for (u32 i = 0; i < from->nr_ops; i++) {
		const struct op *op = &from->ops[i];

		if (op->code == OP_use_strategy || (op->code == OP_l1_tlbi && !tlbis))
			continue;
		if (trace_append(to, op))
			return -1;
	}
	return 0;
}

static int run(struct client *client, const struct trace *trace, struct costs *costs,
               struct error *err)
{
	const struct timed_step *steps;
	struct time_result result;
	u32 step = 0;

	steps = client_time(client, OP_notifier_start, trace, &result, err);
	if (!steps)
		return -1;
	for (u32 i = 0; i < trace->nr_ops && step < result.nr; i++) {
		const struct op *op = &trace->ops[i];

		if (op->code != OP_notifier_start)
			continue;
		if (op->value[1] == NESTED_PAGE_SIZE && keep(costs, &steps[step]))
			return error_set(err, "out of memory");
		step++;
	}
	add(&costs->revmap, &result.costs.revmap);
	return 0;
}

static int by_value(const void *a, const void *b)
{
	u64 one = *(const u64 *)a, other = *(const u64 *)b;

	return one < other ? -1 : one > other;
}

static u64 percentile(u64 *values, size_t nr, unsigned int percent)
{
	return nr ? values[(nr - 1) * percent / 100] : 0;
}

static void print(const char *strategy, bool tlbis, struct costs *c, bool json)
{
	const struct nested_revmap *map = &c->revmap;
	double walks = c->nr ? (double)c->all_walks / c->nr : 0;
	unsigned long long times[2], most;

	qsort(c->nanoseconds, c->nr, sizeof(u64), by_value);
	qsort(c->walks, c->nr, sizeof(u64), by_value);
	times[0] = percentile(c->nanoseconds, c->nr, 50);
	times[1] = percentile(c->nanoseconds, c->nr, 99);
	most = percentile(c->walks, c->nr, 99);
	if (json)
		printf("{\"strategy\": \"%s\", \"guest_tlbis\": %s, \"events\": %zu, \"p50_ns\": %llu, "
		       "\"p99_ns\": %llu, \"walks\": %.1f, \"p99_walks\": %llu, \"inserts\": %u, "
		       "\"unknown_inserts\": %u, \"precise_unmaps\": %u, \"full_unmaps\": %u}\n",
		       strategy, tlbis ? "true" : "false", c->nr, times[0], times[1], walks, most,
		       map->inserts, map->unknown_inserts, map->precise, map->full);
	else
		printf("%-8s %-7s %7zu %9llu %9llu %8.1f %9llu %9u %9u %9u %6u\n", strategy,
		       tlbis ? "with" : "without", c->nr, times[0], times[1], walks, most,
		       map->inserts, map->unknown_inserts, map->precise, map->full);
}

static int measure(struct client *client, u32 nr, u64 strategy, bool tlbis, struct costs *costs,
                   struct error *err)
{
	const struct generator_options wanted = { .length = LENGTH, .calm = true };
	struct trace trace = { 0 }, rewritten = { 0 };
	struct generator gen;
	int ret = 0;

	generator_init(&gen, &wanted, client_hello(client));
	for (u32 i = 0; i < nr && !ret; i++) {
		trace_clear(&trace);
		if (generate_trace(&gen, BENCH_SEED, i, &trace) ||
		    rewrite(&trace, strategy, tlbis, &rewritten))
			ret = error_set(err, "out of memory");
		else
			ret = run(client, &rewritten, costs, err);
	}
	trace_free(&trace);
	trace_free(&rewritten);
	return ret;
}

int bench_strategies(struct client *client, u32 nr, bool json, struct error *err)
{
	int ret = 0;

	if (!json)
		printf("a notifier's start for one page, %u traces of %u steps, with and without L1's TLBIs:\n"
		       "strategy TLBIs    events    p50 ns    p99 ns    walks p99 walks   inserts   "
		       "UNKNOWN   precise   full\n",
		       nr, LENGTH);
	for (unsigned int i = 0; i < 2 * NESTED_NR_STRATEGIES && !ret; i++) {
		const char *name = arg_name(ARG_STRATEGY, i % NESTED_NR_STRATEGIES);
		bool tlbis = i < NESTED_NR_STRATEGIES;
		struct costs costs = { 0 };

		ret = measure(client, nr, i % NESTED_NR_STRATEGIES, tlbis, &costs, err);
		if (!ret)
			print(name, tlbis, &costs, json);
		free(costs.nanoseconds);
		free(costs.walks);
	}
	return ret;
}
