// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/cli/command.h"
#include "fuzz/cli/setup.h"
#include "fuzz/cli/subject.h"
#include "replay/minimise.h"

struct arguments {
	struct setup setup;
	const char *what;
	u64 seconds;
};

static const struct argp_option options[] = {
	{ "time", 't', "SECONDS", 0, "end after this time with what is reached (no limit)", 0 },
	{ 0 }
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->setup;
		state->child_inputs[1] = &args->what;
		return 0;
	case 't':
		args->seconds = setup_number(state, "--time", value, UINT32_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int passes(const struct arguments *args, const struct subject *subject,
                  const struct minimised *result, struct error *err)
{
	if (result->report.result.verdict != VERDICT_FINDING)
		return error_set(err, "%s: does not fail here, so there is nothing to minimise",
		                 args->what);
	return error_set(err, "%s: does not fail here as it did: %s", args->what,
	                 subject->row.signature);
}

/* The result is a trace that says what it shows, and where. */
static int print(const struct setup *setup, const struct minimised *result, struct error *err)
{
	char note[1024];

	snprintf(note, sizeof(note), "%s\ncore %s, layout %s, caps %s", result->signature,
	         setup->core, result->layout, result->caps);
	if (trace_print(&result->trace, note, stdout) || fflush(stdout))
		return error_set(err, "standard output: cannot be written");
	return 0;
}

static int keep(const struct setup *setup, s64 id, const struct minimised *result,
                struct error *err)
{
	struct store *store = store_open(setup->db, STORE_WRITE, err);
	int ret;

	if (!store)
		return -1;
	ret = store_set_minimal(store, id, &result->trace, result->layout, result->caps, err);
	store_close(store);

	return ret;
}

static int minimise_subject(struct arguments *args, const struct subject *subject,
                            struct minimised *result, struct error *err)
{
	const struct minimise_task task = { .config = setup_config(&args->setup),
		                            .trace = &subject->trace,
		                            .signature =
		                                    subject->row.id ? subject->row.signature : NULL,
		                            .seconds = args->seconds };

	switch (minimise(&task, result, err)) {
	case MINIMISE_UNABLE:
		return -1;
	case MINIMISE_PASSES:
		return passes(args, subject, result, err);
	default:
		break;
	}

	fprintf(stderr, "%u ops -> %u, %" PRIu64 " runs in %.1f s: %s\n", subject->trace.nr_ops,
	        result->trace.nr_ops, result->runs, result->seconds,
	        result->is_minimum ? "no single op can go" : "time is up, more may go");
	return print(&args->setup, result, err);
}

int command_minimise(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.children = subject_children,
		.args_doc = "FILE|ID",
		.doc = "Print the smallest trace that fails as this one does: no op too many, plain "
		       "arguments, the plainest machine. For a finding it is stored, and is what "
		       "`el2fuzz replay` takes from then on.",
	};
	struct minimised result = { 0 };
	struct arguments args = { 0 };
	struct subject subject;
	struct error err;
	int ret;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);

	ret = subject_load(&subject, &args.setup, args.what, true, &err) ||
	      minimise_subject(&args, &subject, &result, &err) ||
	      (subject.row.id && keep(&args.setup, subject.row.id, &result, &err));
	minimised_free(&result);
	subject_free(&subject);
	return ret ? setup_fail(argv[0], &err) : EXIT_CLEAN;
}
