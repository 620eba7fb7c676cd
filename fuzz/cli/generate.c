// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/generate.h"

#include <errno.h>
#include <string.h>

#include "fuzz/cli/command.h"
#include "fuzz/cli/setup.h"

struct arguments {
	struct setup setup;
	struct generator_options options;
	u64 seed;
	u64 index;
};

static const struct argp_option options[] = {
	{ "seed", 's', "N", 0, "the run's seed (0)", 0 },
	{ "index", 'i', "N", 0, "which of the run's traces (0)", 0 },
	{ "length", 'l', "N", 0, "as the run's (64)", 0 },
	{ "hostile", 'h' + 0x100, "PERCENT", 0, "as the run's (10)", 0 },
	{ 0 }
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->setup;
		return 0;
	case 's':
		args->seed = setup_number(state, "--seed", value, UINT64_MAX);
		return 0;
	case 'i':
		args->index = setup_number(state, "--index", value, UINT64_MAX);
		return 0;
	case 'l':
		args->options.length = setup_number(state, "--length", value, TRACE_MAX_OPS);
		return 0;
	case 'h' + 0x100:
		args->options.hostile = setup_number(state, "--hostile", value, 100);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int print_generated(const struct arguments *args, struct client *client, struct error *err)
{
	struct trace trace = { 0 };
	struct generator gen;
	int ret = 0;

	generator_init(&gen, &args->options, client_hello(client));
	if (generate_trace(&gen, args->seed, args->index, &trace))
		ret = error_set(err, "out of memory");
	else if (trace_print(&trace, NULL, stdout) || fflush(stdout))
		ret = error_set(err, "standard output: %s", strerror(errno));

	trace_free(&trace);
	return ret;
}

int command_generate(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.children = setup_runner_children,
		.doc = "Print a trace as `el2fuzz run` generates it, in text form. What ops there "
		       "are and where memory lies is the runner's to say, so the same build, "
		       "layout and options give the same trace.",
	};
	struct arguments args = { .options = { .length = GENERATE_LENGTH,
		                               .hostile = GENERATE_HOSTILE } };
	struct client *client;
	struct error err;
	int ret;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);

	client = setup_start(&args.setup, &err);
	if (!client)
		return setup_fail(argv[0], &err);

	ret = print_generated(&args, client, &err);
	client_close(client);
	return ret ? setup_fail(argv[0], &err) : EXIT_CLEAN;
}
