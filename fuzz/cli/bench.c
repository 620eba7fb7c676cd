// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bare and checked runs take turns on the same traces, and medians are reported, so that a load
 * on the machine hits both alike.
 */
#include <stdlib.h>

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
};

struct bench {
	struct client *client;
	struct trace traces[NR_TRACES];
	u32 repeat;
	double bare[ROUNDS];
	double checked[ROUNDS];
	double resets[ROUNDS];
	u64 peak_rss_kb;
};

static const struct argp_option options[] = {
	{ "vms", 'V', NULL, 0, "traces as a run has them, with the lives of VMs; else calm ones",
	  1 },
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

/* One part of a round: all traces, @repeat times each. */
static int measure_part(struct bench *bench, enum lockstep_mode mode, bool resets_only,
                        double *per_second, struct error *err)
{
	const struct bench_request request = { .mode = mode,
		                               .repeat = bench->repeat,
		                               .resets_only = resets_only };
	u64 done = 0, nanoseconds = 0;

	for (unsigned int i = 0; i < NR_TRACES; i++) {
		struct bench_result result;

		if (client_bench(bench->client, &request, &bench->traces[i], &result, err))
			return -1;
		done += resets_only ? result.resets : result.steps;
		nanoseconds += result.nanoseconds;
		if (result.peak_rss_kb > bench->peak_rss_kb)
			bench->peak_rss_kb = result.peak_rss_kb;
	}

	*per_second = nanoseconds ? done * 1e9 / nanoseconds : 0;
	return 0;
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

static int measure(struct bench *bench, bool vms, struct error *err)
{
	if (pick_traces(bench, vms, err) || choose_repeat(bench, err))
		return -1;

	for (unsigned int i = 0; i < ROUNDS; i++) {
		if (measure_part(bench, LOCKSTEP_BARE, false, &bench->bare[i], err) ||
		    measure_part(bench, LOCKSTEP_CHEAP, false, &bench->checked[i], err) ||
		    measure_part(bench, LOCKSTEP_BARE, true, &bench->resets[i], err))
			return -1;
	}

	return 0;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(*values), compare);
	return values[ROUNDS / 2];
}

static void print(struct bench *bench, bool json)
{
	const char *core = client_hello(bench->client)->core;
	double bare = median(bench->bare);
	double checked = median(bench->checked);
	double resets = median(bench->resets);
	double peak = bench->peak_rss_kb / 1024.0;

	if (json)
		printf("{\"core\": \"%s\", \"bare_steps_per_s\": %.0f, "
		       "\"checked_steps_per_s\": %.0f, \"resets_per_s\": %.0f, "
		       "\"peak_rss_mb\": %.1f}\n",
		       core, bare, checked, resets, peak);
	else
		printf("core %s: medians of %d rounds over %d traces of %d steps\n"
		       "%12.0f steps/s bare\n%12.0f steps/s checked (%.0f %% of bare)\n"
		       "%12.0f resets/s\n%12.1f MB peak memory\n",
		       core, ROUNDS, NR_TRACES, GENERATE_LENGTH, bare, checked,
		       bare > 0 ? 100 * checked / bare : 0, resets, peak);
}

int command_bench(int argc, char **argv)
{
	static const struct argp_child children[] = { { &setup_runner_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.children = children,
		.doc = "Measure steps per second without and with the oracle, resets per second, "
		       "and the runner's peak memory.",
	};
	struct arguments args = { 0 };
	struct bench bench = { 0 };
	struct error err;
	int ret = -1;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);

	bench.client = setup_start(&args.setup, &err);
	if (bench.client)
		ret = measure(&bench, args.vms, &err);
	if (!ret)
		print(&bench, args.json);

	client_close(bench.client);
	for (unsigned int i = 0; i < NR_TRACES; i++)
		trace_free(&bench.traces[i]);
	return ret ? setup_fail(argv[0], &err) : EXIT_CLEAN;
}
