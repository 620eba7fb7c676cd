// SPDX-License-Identifier: GPL-2.0-only
/*
 * All cores, bare and checked, take turns on the same traces, and medians are reported, so that a load
 * on the machine hits them alike.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/cli/bench.h"
#include "fuzz/cli/command.h"
#include "fuzz/cli/setup.h"
#include "fuzz/generate.h"

#define BENCH_SEED 1
#define NR_TRACES 32
#define MAX_TRIES 1024
#define ROUNDS 7
/* Each part of a round takes about this long. */
#define PART_SECONDS 0.25

struct arguments {
	struct setup setup;
	bool json;
	bool vms;
	bool strategies;
};

#define MAX_CORES 3

/* Of the nested world: runs of the emulator take a while. */
#define STRATEGY_TRACES 2000
#define STRATEGY_TRACES_EMULATED 100

/* The traces, and what was measured of one core on them. */
struct bench {
	struct client *client;
	struct trace *traces;
	u32 repeat;
	double bare[ROUNDS];
	double checked[ROUNDS];
	double resets[ROUNDS];
	/* With the rules of TLB maintenance: "end" and "full"; NULL: the core tells of no events. */
	struct client *tlb[2];
	double watched[2][ROUNDS];
	u64 peak_rss_kb;
	u64 steps, tlbis, full_tlbis, needless_tlbis; /* of checked steps */
};

static const struct argp_option options[] = {
	{ "vms", 'V', NULL, 0, "traces as a run has them, with the lives of VMs; else calm ones",
	  1 },
	{ "strategies", 'S', NULL, 0,
	  "only what unmaps of canonical memory cost, by strategy (the nested world)", 1 },
	{ "json", 'j', NULL, 0, "print a JSON object for each core, one a line", 0 },
	{ 0 }
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	(void)value;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->setup;
		return 0;
	case 'V':
		args->vms = true;
		return 0;
	case 'S':
		args->strategies = true;
		return 0;
	case 'j':
		args->json = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Traces of full length that pass: both modes then do the same steps. */
static int pick_traces(struct bench *bench, bool vms, struct error *err)
{
	const struct generator_options wanted = { .length = GENERATE_LENGTH,
		                                  .hostile = GENERATE_HOSTILE,
		                                  .calm = !vms };
	struct generator gen;
	unsigned int nr = 0;

	generator_init(&gen, &wanted, client_hello(bench->client));
	for (u64 index = 0; nr < NR_TRACES; index++) {
		struct trace *trace = &bench->traces[nr];
		struct run_report report;

		if (index == MAX_TRIES)
			return error_set(err, "only %u of %u traces pass; `el2fuzz run` shows why",
			                 nr, MAX_TRIES);
		if (generate_trace(&gen, BENCH_SEED, index, trace))
			return error_set(err, "out of memory");
		if (client_submit(bench->client, index, LOCKSTEP_CHEAP, trace, err) ||
		    client_next(bench->client, &report, err))
			return -1;
		if (report.result.verdict == VERDICT_PASS && report.result.steps == trace->nr_ops)
			nr++;
	}

	return 0;
}

static void count_tlbis(struct bench *bench, const struct bench_result *result)
{
	bench->steps += result->steps;
	bench->tlbis += result->tlbis;
	bench->full_tlbis += result->full_tlbis;
	bench->needless_tlbis += result->needless_tlbis;
}

/* One part of a round: all traces, @repeat times each. */
static int measure_client(struct bench *bench, struct client *client, enum lockstep_mode mode,
                          bool resets_only, double *per_second, struct error *err)
{
	const struct bench_request request = { .mode = mode,
		                               .repeat = bench->repeat,
		                               .resets_only = resets_only };
	u64 done = 0, nanoseconds = 0;

	for (unsigned int i = 0; i < NR_TRACES; i++) {
		struct bench_result result;

		if (client_bench(client, &request, &bench->traces[i], &result, err))
			return -1;
		done += resets_only ? result.resets : result.steps;
		nanoseconds += result.nanoseconds;
		if (mode == LOCKSTEP_CHEAP)
			count_tlbis(bench, &result);
		if (result.peak_rss_kb > bench->peak_rss_kb)
			bench->peak_rss_kb = result.peak_rss_kb;
	}

	*per_second = nanoseconds ? done * 1e9 / nanoseconds : 0;
	return 0;
}

static int measure_part(struct bench *bench, enum lockstep_mode mode, bool resets_only,
                        double *per_second, struct error *err)
{
	return measure_client(bench, bench->client, mode, resets_only, per_second, err);
}

/* The first part warms up, too: the emulator translates what it has not seen yet. */
static int choose_repeat(struct bench *bench, struct error *err)
{
	double per_second;

	bench->repeat = 1;
	if (measure_part(bench, LOCKSTEP_CHEAP, false, &per_second, err) ||
	    measure_part(bench, LOCKSTEP_BARE, false, &per_second, err))
		return -1;

	bench->repeat += per_second * PART_SECONDS / (NR_TRACES * GENERATE_LENGTH);
	return 0;
}

/* In the same round, so that a load on the machine hits all modes alike. */
static int measure_tlb(struct bench *bench, unsigned int round, struct error *err)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(bench->tlb) && bench->tlb[i]; i++) {
		if (measure_client(bench, bench->tlb[i], LOCKSTEP_CHEAP, false,
		                   &bench->watched[i][round], err))
			return -1;
	}

	return 0;
}

static int measure_round(struct bench *bench, unsigned int round, struct error *err)
{
	if (measure_part(bench, LOCKSTEP_BARE, false, &bench->bare[round], err) ||
	    measure_part(bench, LOCKSTEP_CHEAP, false, &bench->checked[round], err) ||
	    measure_tlb(bench, round, err))
		return -1;
	return measure_part(bench, LOCKSTEP_BARE, true, &bench->resets[round], err);
}

static int measure(struct bench *benches, unsigned int nr, bool vms, struct error *err)
{
	if (pick_traces(&benches[0], vms, err))
		return -1;
	for (unsigned int i = 0; i < nr; i++) {
		if (choose_repeat(&benches[i], err))
			return -1;
	}

	for (unsigned int round = 0; round < ROUNDS; round++) {
		for (unsigned int i = 0; i < nr; i++) {
			if (measure_round(&benches[i], round, err))
				return -1;
		}
	}

	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double values[ROUNDS])
{
	double sorted[ROUNDS];

	memcpy(sorted, values, sizeof(sorted));
	qsort(sorted, ROUNDS, sizeof(*sorted), compare);
	return sorted[ROUNDS / 2];
}

/* Of what was measured in the same round */
static double median_ratio(const double one[ROUNDS], const double other[ROUNDS])
{
	double ratios[ROUNDS];

	for (unsigned int i = 0; i < ROUNDS; i++)
		ratios[i] = other[i] > 0 ? one[i] / other[i] : 0;
	return median(ratios);
}

static const char *core_name(const struct bench *bench)
{
	return client_hello(bench->client)->core;
}

static double per_step(const struct bench *bench, u64 nr)
{
	return bench->steps ? (double)nr / bench->steps : 0;
}

/* Of the page-table world */
static void print_tlbis(const struct bench *bench, bool json)
{
	double all = per_step(bench, bench->tlbis), full = per_step(bench, bench->full_tlbis);
	double needless = per_step(bench, bench->needless_tlbis);

	if (!bench->tlbis)
		return;
	if (json)
		printf(", \"tlbis_per_step\": %.4f, \"full_tlbis_per_step\": %.4f, "
		       "\"needless_tlbis_per_step\": %.4f",
		       all, full, needless);
	else
		printf("%12.1f TLBIs in 1000 steps, %.1f of a whole stage 2, %.1f in steps that owe none\n",
		       1000 * all, 1000 * full, 1000 * needless);
}

static void print(const struct bench *bench, bool json)
{
	double bare = median(bench->bare);
	double checked = median(bench->checked);
	double resets = median(bench->resets);
	double peak = bench->peak_rss_kb / 1024.0;

	if (json)
		printf("{\"core\": \"%s\", \"bare_steps_per_s\": %.0f, "
		       "\"checked_steps_per_s\": %.0f, \"resets_per_s\": %.0f, "
		       "\"peak_rss_mb\": %.1f",
		       core_name(bench), bare, checked, resets, peak);
	else
		printf("core %s: medians of %d rounds over %d traces of %d steps\n"
		       "%12.0f steps/s bare\n%12.0f steps/s checked (%.0f %% of bare)\n"
		       "%12.0f resets/s\n%12.1f MB peak memory\n",
		       core_name(bench), ROUNDS, NR_TRACES, GENERATE_LENGTH, bare, checked,
		       100 * median_ratio(bench->checked, bench->bare), resets, peak);
	print_tlbis(bench, json);
	if (json)
		puts("}");
}

/* What the rules of TLB maintenance cost: checked time with them, by that without. */
static void print_tlb(const struct bench *bench, bool json)
{
	double end, full;

	if (!bench->tlb[0])
		return;
	end = median_ratio(bench->checked, bench->watched[0]);
	full = median_ratio(bench->checked, bench->watched[1]);
	if (json)
		printf("{\"core\": \"%s\", \"tlb_end_time\": %.3f, \"tlb_full_time\": %.3f}\n",
		       core_name(bench), end, full);
	else
		printf("%12.2f times the time with --tlb end, %.2f with --tlb full\n", end, full);
}

/* How the cores compare with the first. */
static void print_ratios(const struct bench *benches, unsigned int nr, bool json)
{
	for (unsigned int i = 1; i < nr; i++) {
		double bare = median_ratio(benches[i].bare, benches[0].bare);
		double checked = median_ratio(benches[i].checked, benches[0].checked);

		if (json)
			printf("{\"core\": \"%s\", \"of\": \"%s\", \"bare_ratio\": %.3f, "
			       "\"checked_ratio\": %.3f}\n",
			       core_name(&benches[i]), core_name(&benches[0]), bare, checked);
		else
			printf("%s: %.2f times core %s bare, %.2f times checked\n",
			       core_name(&benches[i]), bare, core_name(&benches[0]), checked);
	}
}

static int start_core(struct setup *setup, struct bench *bench, struct error *err)
{
	static const char *const modes[] = { "end", "full" };
	const char *chosen = setup->tlb;

	bench->client = setup_start(setup, err);
	if (!bench->client)
		return -1;
	for (unsigned int i = 0; !chosen && i < ARRAY_SIZE(modes); i++) {
		setup->tlb = modes[i];
		bench->tlb[i] = setup_start(setup, err);
		setup->tlb = chosen;
		if (!bench->tlb[i])
			return -1;
	}

	return 0;
}

/* The core that was asked for, or all that the runner has. Return: how many, -1 on an error. */
static int start(struct setup *setup, struct bench *benches, struct error *err)
{
	static const char *const cores[MAX_CORES] = { "aarch64", "native", CORES_BOTH };
	bool all = !setup->core;

	if (all)
		setup->core = cores[0];
	if (start_core(setup, &benches[0], err))
		return -1;
	if (!all || !client_hello(benches[0].client)->has_native)
		return 1;

	for (unsigned int i = 1; i < MAX_CORES; i++) {
		setup->core = cores[i];
		if (start_core(setup, &benches[i], err))
			return -1;
	}

	return MAX_CORES;
}

static int run_strategies(struct arguments *args, struct bench *bench, struct error *err)
{
	const struct hello *hello;

	bench->client = setup_start(&args->setup, err);
	if (!bench->client)
		return -1;
	hello = client_hello(bench->client);
	if (hello->world != WORLD_NESTED)
		return error_set(err, "--strategies is about the nested world: --world nested");
	return bench_strategies(bench->client,
	                        !strncmp(hello->core, "native", strlen("native")) ?
	                                STRATEGY_TRACES :
	                                STRATEGY_TRACES_EMULATED,
	                        args->json, err);
}

static int run(struct arguments *args, struct bench *benches, struct error *err)
{
	int nr = start(&args->setup, benches, err);

	if (nr < 0 || measure(benches, nr, args->vms, err))
		return -1;
	for (int i = 0; i < nr; i++) {
		print(&benches[i], args->json);
		print_tlb(&benches[i], args->json);
	}
	print_ratios(benches, nr, args->json);

	return 0;
}

int command_bench(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.children = setup_runner_children,
		.doc = "Measure steps per second without and with the oracle, resets per second, "
		       "and the runner's peak memory; of all cores, unless one is named.",
	};
	struct trace traces[NR_TRACES] = { 0 };
	struct bench benches[MAX_CORES] = { 0 };
	struct arguments args = { 0 };
	struct error err;
	int ret;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);

	for (unsigned int i = 0; i < MAX_CORES; i++)
		benches[i].traces = traces;
	ret = args.strategies ? run_strategies(&args, &benches[0], &err) :
	                        run(&args, benches, &err);

	for (unsigned int i = 0; i < MAX_CORES; i++) {
		client_close(benches[i].client);
		client_close(benches[i].tlb[0]);
		client_close(benches[i].tlb[1]);
	}
	for (unsigned int i = 0; i < NR_TRACES; i++)
		trace_free(&traces[i]);
	return ret ? setup_fail(argv[0], &err) : EXIT_CLEAN;
}
