// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "fuzz/cli/command.h"
#include "fuzz/cli/setup.h"
#include "fuzz/cli/gdb.h"
#include "fuzz/cli/subject.h"
#include "fuzz/cli/verdict.h"

struct arguments {
	struct setup setup;
	const char *what;
	bool every_step;
	bool original;
	bool json;
	bool gdb;
	s64 gdb_step;
	struct explain_options tell;
};

enum {
	OPTION_TRACE = 0x200,
	OPTION_JSON,
	OPTION_GDB,
	OPTION_AS,
};

static const struct argp_option options[] = {
	{ "step", 's', NULL, 0,
	  "compare everything after every step, not only what the step could touch", 0 },
	{ "original", 'o', NULL, 0, "of a finding, the trace as it was found, not as minimised",
	  0 },
	{ "trace", OPTION_TRACE, "STEP", OPTION_ARG_OPTIONAL,
	  "show the instructions that EL2 ran, with their source lines (of the last step)", 0 },
	{ "json", OPTION_JSON, NULL, 0, "print a JSON object for each step, and one at the end",
	  0 },
	{ "as", OPTION_AS, "FORM", 0,
	  "casemate: what was done to tables and TLBs, for the checker of that name", 0 },
	{ "gdb", OPTION_GDB, "STEP", OPTION_ARG_OPTIONAL,
	  "start the native core in gdb, at a step (that which fails, or the last)", 0 },
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
	case 's':
		args->every_step = true;
		return 0;
	case 'o':
		args->original = true;
		return 0;
	case OPTION_TRACE:
		args->tell.instructions = 1;
		args->tell.step = value ? setup_number(state, "--trace", value, TRACE_MAX_OPS) :
		                          EXPLAIN_EVERY_STEP;
		return 0;
	case OPTION_JSON:
		args->json = true;
		args->tell.kind = EXPLAIN_JSON;
		return 0;
	case OPTION_AS:
		if (strcmp(value, "casemate"))
			argp_failure(state, EXIT_UNABLE, 0,
			             "--as %s: there is no such form; there is: casemate", value);
		args->tell.kind = EXPLAIN_CASEMATE;
		args->setup.tlb = "full";
		return 0;
	case OPTION_GDB:
		args->gdb = true;
		args->gdb_step =
			value ? (s64)setup_number(state, "--gdb", value, TRACE_MAX_OPS) : -1;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The trace as it runs on the other core, of which there are instructions, or a debugger. */
static int check_core(struct arguments *args, struct error *err)
{
	const char *core = setup_config(&args->setup)->core;

	if (args->tell.instructions && strcmp(core, "aarch64") && strcmp(core, "both"))
		return error_set(err,
		                 "--trace: core %s runs no AArch64 instructions; use --core "
		                 "aarch64, or --gdb",
		                 core);
	return 0;
}

static int debug(struct arguments *args, const struct subject *subject, struct error *err)
{
	const struct trace *trace = &subject->trace;
	s64 step = args->gdb_step;

	if (!trace->nr_ops)
		return error_set(err, "%s: there is no step in it", args->what);
	if (step >= trace->nr_ops)
		return error_set(err, "--gdb %lld: the last step is %u", (long long)step,
		                 trace->nr_ops - 1);
	if (step < 0)
		step = trace->nr_ops - 1;

	args->setup.core = "native";
	return gdb_start(setup_config(&args->setup), trace, step, err);
}

static int replay(struct arguments *args, struct subject *subject, struct error *err)
{
	enum lockstep_mode mode = args->every_step ? LOCKSTEP_FULL : LOCKSTEP_CHEAP;
	struct run_report report;
	struct client *client;
	int ret;

	if (subject_load(subject, &args->setup, args->what, args->original, err) ||
	    check_core(args, err))
		return -1;
	if (args->gdb)
		return debug(args, subject, err);

	/* A minimised trace ends where it fails. */
	if (args->tell.step == EXPLAIN_EVERY_STEP && subject->trace.nr_ops)
		args->tell.step = subject->trace.nr_ops - 1;
	client = setup_start(&args->setup, err);
	if (!client)
		return EXIT_UNTESTABLE;

	ret = client_explain(client, mode, &args->tell, &subject->trace, stdout, &report, err);
	/* What is for another program has nothing else in it. */
	if (!ret && args->tell.kind == EXPLAIN_CASEMATE)
		ret = report.result.verdict == VERDICT_FINDING;
	else if (!ret)
		ret = (args->json ? verdict_json : verdict_text)(&subject->row,
		                                                 client_hello(client), &report);

	client_close(client);
	return ret;
}

int command_replay(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.children = subject_children,
		.args_doc = "FILE|ID",
		.doc = "Run a trace in text form (\"-\": standard input), or that of a finding, "
		       "and explain every step.\v"
		       "Exit code: 0 it passes, 1 it fails, 2 could not run, 125 the tree cannot be "
		       "tested: it does not build or boot, or lacks what the finding needs. So git can "
		       "look for the commit that broke it: git bisect run ./el2fuzz --linux . replay ID",
	};
	struct arguments args = { 0 };
	struct subject subject = { 0 };
	struct error err = { .text = "" };
	int ret;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);

	ret = replay(&args, &subject, &err);
	/* A tree may be untestable for want of a runner, or of an op, which the verdict has told. */
	if (err.text[0])
		setup_fail(argv[0], &err);
	subject_free(&subject);
	return ret < 0 ? EXIT_UNABLE : ret;
}
