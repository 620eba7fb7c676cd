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

int command_findings(int argc, char **argv)
{
	static const struct argp_child children[] = { { &setup_db_argp, 0, NULL, 0 }, { 0 } };
	static const struct argp argp = {
		.parser = parse_option,
		.children = children,
		.args_doc = "[ID]",
		.doc = "List what runs have found, or show all there is about one finding.",
	};
	struct arguments args = { 0 };
	struct store *store;
	struct error err;
	int ret;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);

	store = store_open(args.setup.db, STORE_READ, &err);
	if (!store)
		return setup_fail(argv[0], &err);

	ret = args.id ? show(store, &args.setup, args.id, &err) : list(store, &args.setup, &err);
	store_close(store);
	return ret ? setup_fail(argv[0], &err) : EXIT_CLEAN;
}
