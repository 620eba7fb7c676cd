// SPDX-License-Identifier: GPL-2.0-only
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/cli/command.h"
#include "fuzz/cli/setup.h"
#include "fuzz/cli/show.h"
#include "fuzz/cli/subject.h"

struct arguments {
	struct setup setup;
	const char *what;
	bool every_step;
	bool original;
};

static const struct argp_option options[] = {
	{ "step", 's', NULL, 0,
	  "compare everything after every step, not only what the step could touch", 0 },
	{ "original", 'o', NULL, 0, "of a finding, the trace as it was found, not as minimised",
	  0 },
	{ 0 }
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->setup;
		state->child_inputs[1] = &args->setup;
		return 0;
	case 's':
		args->every_step = true;
		return 0;
	case 'o':
		args->original = true;
		return 0;
	case ARGP_KEY_ARG:
		if (args->what)
			argp_error(state, "give one trace");
		args->what = value;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which trace? give a file, or the number of a finding");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void compare_with_stored(const struct store_finding *row, const struct hello *hello,
                                const struct run_report *report)
{
	char signature[SIGNATURE_MAX];

	if (!row->id)
		return;

	if (strcmp(row->run.build_id, hello->build_id))
		printf("found on build %s, replayed on build %s\n", row->run.build_id,
		       hello->build_id);
	if (report->result.verdict != VERDICT_FINDING)
		return;
	finding_signature(&report->finding, signature, sizeof(signature));
	if (strcmp(row->signature, signature)) {
		printf("not what was found then: ");
		show_text(stdout, row->signature);
		fputc('\n', stdout);
	}
}

static enum exit_code print_verdict(const struct run_report *report)
{
	const struct run_result *result = &report->result;

	switch (result->verdict) {
	case VERDICT_FINDING:
		printf("FAIL: ");
		show_finding(stdout, &report->finding);
		return EXIT_FOUND;
	case VERDICT_UNMODELLED:
		printf("pass: %u steps, then the model has no answer: ", result->steps);
		break;
	case VERDICT_LOST:
		printf("pass: %u steps, then the harness lost memory it needs: ", result->steps);
		break;
	default:
		printf("pass: %u steps", result->steps);
	}
	show_text(stdout, result->reason);
	if (result->absent)
		printf(" (%u of them not in this tree)", result->absent);
	printf("\ndigest 0x%016" PRIx64 "\n", result->digest);

	return EXIT_CLEAN;
}

static int replay(struct arguments *args, struct subject *subject, struct error *err)
{
	enum lockstep_mode mode = args->every_step ? LOCKSTEP_FULL : LOCKSTEP_CHEAP;
	struct run_report report;
	struct client *client;
	int ret;

	if (subject_load(subject, &args->setup, args->what, args->original, err))
		return -1;

	client = setup_start(&args->setup, err);
	if (!client)
		return -1;

	ret = client_explain(client, mode, &subject->trace, stdout, &report, err);
	if (!ret) {
		ret = print_verdict(&report);
		compare_with_stored(&subject->row, client_hello(client), &report);
	}

	client_close(client);
	return ret;
}

int command_replay(int argc, char **argv)
{
	static const struct argp_child children[] = { { &setup_db_argp, 0, NULL, 0 },
		                                      { &setup_runner_argp, 0, NULL, 0 },
		                                      { 0 } };
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.children = children,
		.args_doc = "FILE|ID",
		.doc = "Run a trace in text form (\"-\": standard input), or that of a finding, "
		       "and explain every step. Exit code 1 if it fails.",
	};
	struct arguments args = { 0 };
	struct subject subject = { 0 };
	struct error err;
	int ret;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);

	ret = replay(&args, &subject, &err);
	subject_free(&subject);
	return ret < 0 ? setup_fail(argv[0], &err) : ret;
}
