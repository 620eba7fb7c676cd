// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/cli/command.h"
#include "fuzz/cli/setup.h"
#include "fuzz/cli/show.h"

struct arguments {
	struct setup setup;
	u64 id; /* 0: all */
	bool runs;
	u64 samples; /* the run whose samples to print */
	const char **merge; /* databases */
	unsigned int nr_merge;
};

enum {
	OPTION_MERGE = 0x200,
	OPTION_RUNS,
	OPTION_SAMPLES,
};

static const struct argp_option options[] = {
	{ "merge", OPTION_MERGE, "OTHER", 0,
	  "take in all of another database first, which is only read; once for each of several",
	  0 },
	{ "runs", OPTION_RUNS, NULL, 0, "list the runs", 0 },
	{ "samples", OPTION_SAMPLES, "RUN", 0,
	  "print how a run of `el2fuzz fuzz` was getting on, as CSV", 0 },
	{ 0 }
};

struct when {
	char text[32];
};

static struct when when(s64 seconds)
{
	time_t t = seconds;
	struct when w = { "?" };
	struct tm tm;

	if (localtime_r(&t, &tm))
		strftime(w.text, sizeof(w.text), "%F %T", &tm);
	return w;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->setup;
		return 0;
	case OPTION_MERGE:
		args->merge = reallocarray(args->merge, args->nr_merge + 1, sizeof(*args->merge));
		if (!args->merge)
			argp_failure(state, EXIT_UNABLE, 0, "out of memory");
		args->merge[args->nr_merge++] = value;
		return 0;
	case OPTION_RUNS:
		args->runs = true;
		return 0;
	case OPTION_SAMPLES:
		args->samples = setup_number(state, "--samples", value, INT64_MAX);
		return 0;
	case ARGP_KEY_ARG:
		if (args->id)
			argp_error(state, "give one finding's number, or none");
		args->id = setup_number(state, "finding", value, INT64_MAX);
		if (!args->id)
			argp_error(state, "findings are numbered from 1");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void print_row(void *arg, const struct store_finding *row)
{
	unsigned int *nr = arg;

	if (!(*nr)++)
		printf("%5s %-9s %-5s %8s %-19s %-10.10s %s\n", "ID", "CLASS", "KNOWN", "COUNT",
		       "LAST SEEN", "BUILD", "OP, PLACE");
	printf("%5" PRId64 " %-9s %-5s %8" PRIu64 " %-19s %-10.10s ", row->id,
	       finding_class_name(row->finding.class), row->known ? "known" : "", row->count,
	       when(row->last_seen).text, row->run.build_id);
	show_text(stdout, row->finding.op);
	fputs(", ", stdout);
	show_text(stdout, row->finding.place);
	fputc('\n', stdout);
}

static int list(struct store *store, const struct setup *setup, struct error *err)
{
	unsigned int nr = 0;

	if (store_each_finding(store, print_row, &nr, err))
		return -1;
	if (!nr)
		printf("no findings in %s\n", setup->db);
	return 0;
}

static int show(struct store *store, const struct setup *setup, s64 id, struct error *err)
{
	struct store_finding row;
	char db_option[4200];

	if (store_find(store, id, &row, err))
		return -1;

	printf("finding %" PRId64 "%s: ", row.id, row.known ? " (known)" : "");
	show_finding(stdout, &row.finding);
	printf("signature: ");
	show_text(stdout, row.signature);
	printf("\nseen: %" PRIu64 " times, first %s, last %s\n", row.count,
	       when(row.first_seen).text, when(row.last_seen).text);
	printf("build: ");
	show_text(stdout, row.run.build_id);
	printf("\nmachine: core ");
	show_text(stdout, row.run.core);
	printf(", layout ");
	show_text(stdout, row.run.layout);
	printf(", caps ");
	show_text(stdout, row.run.caps);
	printf("\nrun: %" PRId64 ", seed 0x%" PRIx64 ", trace %" PRIu64
	       " (length %u, hostile %u%%)\n",
	       row.run_id, row.run.seed, row.trace_index, row.run.length, row.run.hostile);
	show_block(stdout, "trace", row.trace);
	if (row.minimal) {
		printf("minimised, on layout %s, caps %s, ", row.minimal_layout, row.minimal_caps);
		show_block(stdout, "trace", row.minimal);
	}
	printf("replay: el2fuzz replay%s %" PRId64 "\n",
	       setup_db_option(setup, db_option, sizeof(db_option)), row.id);

	store_finding_free(&row);
	return 0;
}

static int merge(struct store *store, const struct arguments *args, struct error *err)
{
	struct store_merged merged;

	for (unsigned int i = 0; i < args->nr_merge; i++) {
		if (store_merge(store, args->merge[i], &merged, err))
			return -1;
		printf("merged %s: %" PRIu64 " findings, %" PRIu64 " runs and %" PRIu64
		       " samples were new\n",
		       args->merge[i], merged.findings, merged.runs, merged.samples);
	}

	return 0;
}

static void print_run(void *arg, const struct store_run_row *row)
{
	unsigned int *nr = arg;

	if (!(*nr)++)
		printf("%5s %-19s %-19s %12s %8s %8s %-10s %-12s %s\n", "RUN", "STARTED", "ENDED",
		       "TRACES", "EDGES", "FINDINGS", "BUILD", "CORE", "SEED");
	printf("%5" PRId64 " %-19s %-19s %12" PRIu64 " %8" PRIu64 " %8" PRIu64 " %-10.10s ",
	       row->id, when(row->started).text,
	       row->ended ? when(row->ended).text : "no, or killed", row->traces, row->blocks,
	       row->findings, row->run.build_id);
	show_text(stdout, row->run.core);
	printf("%*s 0x%" PRIx64 "\n", 12 - (int)strlen(row->run.core), "", row->run.seed);
}

static int list_runs(struct store *store, const struct setup *setup, struct error *err)
{
	unsigned int nr = 0;

	if (store_each_run(store, print_run, &nr, err))
		return -1;
	if (!nr)
		printf("no runs in %s\n", setup->db);
	return 0;
}

static void print_sample(void *arg, const struct store_sample *s)
{
	unsigned int *nr = arg;

	if (!(*nr)++)
		puts("second,execs,traces,edges,corpus,findings");
	printf("%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
	       s->second, s->execs, s->traces, s->edges, s->corpus, s->findings);
}

static int print_samples(struct store *store, const struct arguments *args, struct error *err)
{
	unsigned int nr = 0;

	if (store_each_sample(store, args->samples, print_sample, &nr, err))
		return -1;
	if (!nr)
		return error_set(err,
		                 "%s: no samples of run %" PRIu64 "; `el2fuzz fuzz` takes them, "
		                 "--runs lists the runs",
		                 args->setup.db, args->samples);
	return 0;
}

static int act(struct store *store, const struct arguments *args, struct error *err)
{
	if (merge(store, args, err))
		return -1;
	if (args->samples)
		return print_samples(store, args, err);
	if (args->runs)
		return list_runs(store, &args->setup, err);
	return args->id ? show(store, &args->setup, args->id, err) : list(store, &args->setup, err);
}

int command_findings(int argc, char **argv)
{
	static const struct argp_child children[] = { { &setup_db_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.children = children,
		.args_doc = "[ID]",
		.doc = "List what runs have found, or show all there is about one finding. The "
		       "databases of several machines become one by --merge; merging one again "
		       "takes in what is new.",
	};
	struct arguments args = { 0 };
	struct store *store;
	struct error err;
	int ret;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);

	store = store_open(args.setup.db, args.nr_merge ? STORE_WRITE : STORE_READ, &err);
	ret = store ? act(store, &args, &err) : -1;
	store_close(store);
	free(args.merge);
	return ret ? setup_fail(argv[0], &err) : EXIT_CLEAN;
}
