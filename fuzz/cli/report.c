// SPDX-License-Identifier: GPL-2.0-only
/* A finding as something to hand over. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/cli/command.h"
#include "fuzz/cli/setup.h"
#include "fuzz/cli/show.h"
#include "fuzz/cli/subject.h"
#include "replay/build_id.h"

enum form { AS_MAIL, AS_SELFTEST, AS_TRACE, AS_CASEMATE };

static const char *const forms[] = {
	[AS_MAIL] = "mail",
	[AS_SELFTEST] = "selftest",
	[AS_TRACE] = "trace",
	[AS_CASEMATE] = "casemate",
};

struct arguments {
	struct setup setup;
	const char *what;
	enum form form;
};

static const struct argp_option options[] = {
	{ "as", 'a', "FORM", 0,
	  "mail: a report for a list; selftest: transitions in the form of the kernel's own test of "
	  "ownership; trace: what `el2fuzz replay` takes; casemate: what was done to tables and TLBs, "
	  "for the checker of that name (mail)",
	  0 },
	{ 0 }
};

static void take_form(struct arguments *args, const char *name, struct argp_state *state)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(forms); i++) {
		if (!strcmp(forms[i], name)) {
			args->form = i;
			return;
		}
	}

	argp_failure(state, EXIT_UNABLE, 0,
	             "there is no form \"%s\"; there are: mail selftest trace casemate", name);
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->setup;
		state->child_inputs[1] = &args->what;
		return 0;
	case 'a':
		take_form(args, value, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int show_trace(struct arguments *args, const struct subject *subject, struct error *err)
{
	char note[512];

	snprintf(note, sizeof(note), "%s%score %s, layout %s, caps %s", subject->row.signature,
	         subject->row.id ? "\n" : "", args->setup.core, args->setup.layout,
	         args->setup.caps);
	if (trace_print(&subject->trace, note, stdout))
		return error_set(err, "standard output: cannot be written");
	return 0;
}

static void show_selftest(const struct subject *subject, const struct run_report *report,
                          const char *steps)
{
	printf("	/* For pkvm_ownership_selftest(): the steps, and what the model says of each. */\n");
	fputs(steps, stdout);
	if (report->result.verdict != VERDICT_FINDING)
		return;
	printf("	/* %s", report->finding.step < subject->trace.nr_ops ?
	                                "The last step fails: " :
	                                "At the end: ");
	show_text(stdout, report->finding.place);
	printf(" */\n");
}

/* What is under test, as a subject and a sentence have it */
static const struct {
	const char *subject, *sentence;
} parts[WORLD_COUNT] = {
	[WORLD_EL2] = { "pKVM", "the pKVM hypervisor" },
	[WORLD_PGTABLE] = { "pgtable", "KVM's page-table library" },
	[WORLD_NESTED] = { "nv", "KVM's nested virtualisation" },
};

static void show_subject_line(const struct finding *finding, enum world world)
{
	printf("Subject: [BUG] KVM: arm64: %s: ", parts[world].subject);
	show_text(stdout, finding->op);
	switch (finding->class) {
	case FINDING_BUG:
		printf(" runs into ");
		break;
	case FINDING_EXCEPTION:
		printf(" takes an exception at EL2 in ");
		break;
	case FINDING_HANG:
		printf(" hangs in ");
		break;
	case FINDING_RETURN:
		printf(" gives a wrong answer: ");
		break;
	case FINDING_TLB:
		printf(" breaks a rule of TLB maintenance: ");
		break;
	default:
		printf(" leaves a wrong state: ");
	}
	show_text(stdout, finding->place);
	printf("\n\n");
}

/* "kernel 7.3.4" and the rest, each on its line, but for the id, which means nothing on a list. */
static void show_build(const struct build_id *build)
{
	const char *line = build->text;

	while (*line) {
		int len = strcspn(line, "\n");

		if (strncmp(line, "id ", 3))
			printf("    %.*s\n", len, line);
		line += len + (line[len] == '\n');
	}
}

static void show_mail(struct arguments *args, const struct subject *subject,
                      const struct run_report *report, const char *steps,
                      const struct build_id *build)
{
	char line[OP_TEXT_MAX];

	show_subject_line(&report->finding, subject->trace.world);
	printf("el2fuzz has found that %s does not do what a model of it expects.\n\n"
	       "Build:\n",
	       parts[subject->trace.world].sentence);
	show_build(build);
	printf("    core %s, layout %s, caps %s\n\n", args->setup.core, args->setup.layout,
	       args->setup.caps);
	printf("Reproducer, a trace for `el2fuzz replay`:\n    # el2fuzz trace 1 world=%s\n",
	       world_name(subject->trace.world));
	for (u32 i = 0; i < subject->trace.nr_ops; i++)
		printf("    %s\n", op_format(&subject->trace.ops[i], line, sizeof(line)));
	printf("\nStep %u (", report->finding.step);
	show_text(stdout, report->finding.op);
	printf("):\n");
	show_block(stdout, "Expected", report->finding.expected);
	show_block(stdout, "Actual", report->finding.actual);
	/* One step is told already. */
	if (subject->trace.nr_ops > 1) {
		printf("\n");
		show_block(stdout, "All steps", steps);
	}
}

/* What is handed over is what happens now, with this build. */
static int show_replay(struct arguments *args, const struct subject *subject, struct error *err)
{
	const struct explain_options tell = {
		.kind = args->form == AS_SELFTEST ? EXPLAIN_SELFTEST :
		        args->form == AS_CASEMATE ? EXPLAIN_CASEMATE :
		                                    EXPLAIN_TEXT,
	};
	struct run_report report;
	struct client *client;
	struct build_id build;
	char *steps = NULL;
	size_t len;
	FILE *out;
	int ret;

	if (args->form == AS_SELFTEST && subject->trace.world != WORLD_EL2)
		return error_set(err,
		                 "a selftest is of transitions at EL2, and this trace of the world "
		                 "%s; there are: mail trace casemate",
		                 world_name(subject->trace.world));
	client = setup_start(&args->setup, err);
	if (!client || build_id_load(&build, args->setup.build_id_file, err)) {
		client_close(client);
		return -1;
	}
	out = open_memstream(&steps, &len);
	ret = out ? client_explain(client, LOCKSTEP_CHEAP, &tell, &subject->trace, out, &report,
	                           err) :
	            error_set(err, "out of memory");
	client_close(client);
	if (out)
		fclose(out);

	if (!ret && args->form == AS_CASEMATE)
		fputs(steps, stdout);
	else if (!ret && args->form == AS_SELFTEST)
		show_selftest(subject, &report, steps);
	else if (!ret && report.result.verdict != VERDICT_FINDING)
		ret = error_set(err,
		                "%s: does not fail with this tree, so there is nothing to report",
		                args->what);
	else if (!ret)
		show_mail(args, subject, &report, steps, &build);

	free(steps);
	return ret;
}

int command_show(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.children = subject_children,
		.args_doc = "ID|FILE",
		.doc = "Print a finding, or what a trace shows, in a form to hand over.",
	};
	struct arguments args = { 0 };
	struct subject subject;
	struct error err;
	int ret;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);

	if (args.form == AS_CASEMATE)
		args.setup.tlb = "full";
	ret = subject_load(&subject, &args.setup, args.what, false, &err);
	setup_config(&args.setup);
	if (!ret)
		ret = args.form == AS_TRACE ? show_trace(&args, &subject, &err) :
		                              show_replay(&args, &subject, &err);
	subject_free(&subject);
	return ret ? setup_fail(argv[0], &err) : EXIT_CLEAN;
}
