// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "fuzz/campaign.h"
#include "fuzz/cli/command.h"
#include "fuzz/cli/session.h"

struct arguments {
	struct setup setup;
	struct campaign_options options;
	const char *known_dir;
	const char *lcov;
	bool has_seed;
};

enum {
	OPTION_LENGTH = 0x200,
	OPTION_HOSTILE,
	OPTION_KNOWN,
	OPTION_LCOV,
	OPTION_MINIMISE,
};

static const struct argp_option options[] = {
	{ "time", 't', "SECONDS", 0, "end after this time", 0 },
	{ "traces", 'n', "N", 0, "end after this many traces", 0 },
	{ "seed", 's', "N", 0, "the seed (a random one, printed)", 0 },
	{ "length", OPTION_LENGTH, "N", 0, "ops in a trace (64)", 0 },
	{ "hostile", OPTION_HOSTILE, "PERCENT", 0, "hostile arguments (10)", 0 },
	{ "minimise", OPTION_MINIMISE, "SECONDS", 0,
	  "how long a new finding may take to be minimised (5; 0: it is not)", 0 },
	{ "known", OPTION_KNOWN, "DIR", 0,
	  "findings that are understood, which are counted apart (corpus/known)", 0 },
	{ "lcov", OPTION_LCOV, "FILE", 0,
	  "write which lines of the tree ran, for `el2fuzz coverage` and genhtml", 0 },
	{ 0 }
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->setup;
		return 0;
	case 't':
		args->options.seconds = setup_number(state, "--time", value, UINT32_MAX);
		return 0;
	case 'n':
		args->options.traces = setup_number(state, "--traces", value, INT64_MAX);
		return 0;
	case 's':
		args->options.seed = setup_number(state, "--seed", value, UINT64_MAX);
		args->has_seed = true;
		return 0;
	case OPTION_LENGTH:
		args->options.generator.length =
			setup_number(state, "--length", value, TRACE_MAX_OPS);
		return 0;
	case OPTION_HOSTILE:
		args->options.generator.hostile = setup_number(state, "--hostile", value, 100);
		return 0;
	case OPTION_MINIMISE:
		args->options.minimise_seconds = setup_number(state, "--minimise", value, 86400);
		return 0;
	case OPTION_LCOV:
		args->lcov = value;
		return 0;
	case OPTION_KNOWN:
		args->known_dir = value;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int pick_seed(struct arguments *args, struct error *err)
{
	u64 *seed = &args->options.seed;

	if (args->has_seed || getrandom(seed, sizeof(*seed), 0) == sizeof(*seed))
		return 0;
	return error_set(err, "no random seed (%s); give one with --seed", strerror(errno));
}

static int write_coverage(struct client *client, const char *path, struct error *err)
{
	FILE *out = fopen(path, "w");
	int ret;

	if (!out)
		return error_set(err, "%s: %s", path, strerror(errno));
	ret = client_coverage(client, out, err);
	if (fclose(out) && !ret)
		ret = error_set(err, "%s: %s", path, strerror(errno));

	return ret;
}

static int run(struct arguments *args, struct campaign_outcome *outcome, struct error *err)
{
	struct session session = { 0 };
	int ret = pick_seed(args, err) ||
	          session_open(&session, &args->setup, args->known_dir, err) ||
	          session_campaign(&session, &args->setup, &args->options, outcome, err);

	if (!ret && args->lcov)
		ret = write_coverage(session.client, args->lcov, err);
	session_close(&session);
	return ret;
}

int command_run(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.children = setup_children,
		.doc = "Generate random traces and check every step of them until the time or "
		       "number is reached, or Ctrl-C. A finding is stored, reported, and does not "
		       "end the run.",
	};
	struct arguments args = { .options.generator = { .length = GENERATE_LENGTH,
		                                         .hostile = GENERATE_HOSTILE },
		                  .options.minimise_seconds = CAMPAIGN_MINIMISE_SECONDS };
	struct campaign_outcome outcome = { 0 };
	char db_option[4200];
	struct error err;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	args.options.config = setup_config(&args.setup);
	args.options.db_option = setup_db_option(&args.setup, db_option, sizeof(db_option));

	if (run(&args, &outcome, &err))
		return setup_fail(argv[0], &err);
	return outcome.findings ? EXIT_FOUND : EXIT_CLEAN;
}
