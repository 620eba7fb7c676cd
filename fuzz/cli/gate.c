// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/cli/command.h"
#include "fuzz/cli/gate_builds.h"
#include "fuzz/cli/gate_report.h"
#include "fuzz/cli/setup.h"
#include "fuzz/gate.h"
#include "replay/clock.h"

#define DEFAULT_SECONDS 60

/* Where the code runs natively, both cores have their say. */
static const char *const all_cores[] = { "aarch64",
#ifdef __x86_64__
	                                 "native", "native-san",
#endif
	                                 NULL };

struct arguments {
	struct setup setup;
	struct gate_series_options series;
	char **patches;
	const char *cores[2]; /* what --core asks for */
	int world; /* -1: those whose code the patch changes */
	const char *known_dir;
	const char *corpus;
	u64 seed;
	u64 seconds;
	enum gate_format format;
	bool strict;
	bool each;
};

enum {
	OPTION_BASE = 0x200,
	OPTION_PATCH,
	OPTION_MBOX,
	OPTION_REV,
	OPTION_STRICT,
	OPTION_EACH,
	OPTION_FORMAT,
	OPTION_CORE,
	OPTION_WORLD,
	OPTION_KNOWN,
	OPTION_CORPUS,
};

static const struct argp_option options[] = {
	{ "patch", OPTION_PATCH, "FILE", 0, "judge a patch; more may follow, in order", 0 },
	{ "mbox", OPTION_MBOX, "FILE", 0,
	  "judge the patches of a mbox, as of b4 or lore; cover letters and replies are left out",
	  0 },
	{ "rev", OPTION_REV, "REV", 0, "judge a commit of the tree, and those from the base to it",
	  0 },
	{ "base", OPTION_BASE, "REV", 0,
	  "what to compare with (the tree as it lies there; with --rev, the commit's parent)", 0 },
	{ "time", 't', "SECONDS", 0, "how long to fuzz, after the corpus (60)", 1 },
	{ "seed", 's', "N", 0, "the seed (1)", 1 },
	{ "strict", OPTION_STRICT, NULL, 0, "a change is a failure", 1 },
	{ "each", OPTION_EACH, NULL, 0, "judge patch by patch, each by the one before", 1 },
	{ "format", OPTION_FORMAT, "NAME", 0, "text, ktap or junit", 1 },
	{ "world", OPTION_WORLD, "NAME", 0,
	  "only in this world: el2, pgtable or nested (those whose code the patch changes)", 1 },
	{ "core", OPTION_CORE, "NAME", 0, "only on this core: aarch64, native or native-san (all)",
	  1 },
	{ "known", OPTION_KNOWN, "DIR", 0, "findings that are understood (corpus/known)", 1 },
	{ "corpus", OPTION_CORPUS, "DIR", 0, "traces to replay, in folders (corpus)", 1 },
	{ 0 }
};

static bool has_core(const char *name)
{
	const char *const *core = all_cores;

	while (*core && strcmp(*core, name))
		core++;
	return *core;
}

static int add_patch(struct arguments *args, char *path)
{
	char **more =
		reallocarray(args->patches, args->series.nr_patches + 1, sizeof(*args->patches));

	if (!more)
		return -1;
	args->patches = more;
	more[args->series.nr_patches++] = path;
	args->series.patches = more;
	return 0;
}

static void check_series(struct arguments *args, struct argp_state *state)
{
	int given = !!args->series.nr_patches + !!args->series.mbox + !!args->series.rev;

	if (!given)
		argp_error(state, "what is to be judged? give --patch, --mbox or --rev");
	if (given > 1)
		argp_error(state, "give patches, or a mbox, or a commit, not several of them");
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;
	int format;

	switch (key) {
	case OPTION_BASE:
		args->series.base = value;
		return 0;
	case OPTION_MBOX:
		args->series.mbox = value;
		return 0;
	case OPTION_REV:
		args->series.rev = value;
		return 0;
	case OPTION_PATCH:
	case ARGP_KEY_ARG:
		return add_patch(args, value) ? ENOMEM : 0;
	case 't':
		args->seconds = setup_number(state, "--time", value, UINT32_MAX);
		return 0;
	case 's':
		args->seed = setup_number(state, "--seed", value, UINT64_MAX);
		return 0;
	case OPTION_STRICT:
		args->strict = true;
		return 0;
	case OPTION_EACH:
		args->each = true;
		return 0;
	case OPTION_FORMAT:
		format = gate_format_by_name(value);
		if (format < 0)
			argp_failure(state, EXIT_UNABLE, 0,
			             "there is no format \"%s\"; there are: text ktap junit",
			             value);
		args->format = format;
		return 0;
	case OPTION_CORE:
		if (!has_core(value))
			argp_failure(
				state, EXIT_UNABLE, 0,
				"there is no core \"%s\"; there are: aarch64 native native-san",
				value);
		args->cores[0] = value;
		return 0;
	case OPTION_WORLD:
		args->world = world_by_name(value, strlen(value));
		if (args->world < 0)
			argp_failure(state, EXIT_UNABLE, 0,
			             "there is no world \"%s\"; there are: el2 pgtable nested",
			             value);
		return 0;
	case OPTION_KNOWN:
		args->known_dir = value;
		return 0;
	case OPTION_CORPUS:
		args->corpus = value;
		return 0;
	case ARGP_KEY_END:
		check_series(args, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void progress(const char *what)
{
	fprintf(stderr, "gate: %s\n", what);
}

struct gate_run {
	struct arguments *args;
	struct known known;
	struct gate_series series;
	struct build builds[2];
	struct gate_judgement *judgements;
	unsigned int nr_judgements;
};

static void add_machine(struct gate_run *run, enum world world, const char *core,
                        const char *layout, struct gate_machine *machine)
{
	struct client_config config = *setup_config(&run->args->setup);

	config.world = world;
	config.core = core;
	config.layout = layout;
	/* What a TLB may keep is no matter of the core: one will do. */
	config.tlb = strcmp(core, "aarch64") ? NULL : "full";
	machine->base = machine->patched = config;
	build_use(&run->builds[0], &machine->base);
	build_use(&run->builds[1], &machine->patched);
}

/* All machines of one world. */
static int add_world(struct gate_run *run, enum world world, struct gate_machine *machines,
                     unsigned int *nr, struct error *err)
{
	const char *const *cores = run->args->cores[0] ? run->args->cores : all_cores;

	for (; *cores; cores++) {
		for (int which = 0; which < 2; which++) {
			if (build_machine(&run->builds[which], world, *cores, err))
				return -1;
		}
		for (int layout = 0; layout < LAYOUT_SHARED; layout++)
			add_machine(run, world, *cores, layout_name(layout), &machines[(*nr)++]);
	}

	return 0;
}

/* Is there something to be judged in this world? -1 if it cannot be told. */
static int concerns(struct gate_run *run, enum world world, struct error *err)
{
	int same;

	if (run->args->world >= 0 && (int)world != run->args->world)
		return 0;
	if (run->args->world >= 0 && !build_has(&run->builds[0], world))
		return error_set(err, "the tree has no world %s", world_name(world));
	if (run->args->world >= 0)
		return 1;
	if (!build_has(&run->builds[0], world) || !build_has(&run->builds[1], world))
		return 0;
	same = build_same_code(&run->builds[0], &run->builds[1], world_image(world), err);
	return same < 0 ? -1 : !same;
}

/* Judge builds[1] by builds[0]. */
static int judge_built(struct gate_run *run, const char *title, struct error *err)
{
	struct arguments *args = run->args;
	struct gate_judgement *j = &run->judgements[run->nr_judgements];
	struct gate_machine machines[GATE_MAX_MACHINES];
	struct gate_options gate_options = {
		.machines = machines,
		.corpus = args->corpus,
		.known = &run->known,
		.generator = { .length = GENERATE_LENGTH, .hostile = GENERATE_HOSTILE },
		.seed = args->seed,
		.seconds = args->seconds,
		.progress = progress,
	};
	double start = clock_seconds();
	int ret;

	for (enum world world = 0; world < WORLD_COUNT; world++) {
		ret = concerns(run, world, err);
		if (ret < 0 ||
		    (ret && add_world(run, world, machines, &gate_options.nr_machines, err)))
			return -1;
	}

	ret = gate_run(&gate_options, &j->result, err);
	j->unfinished = !!ret;
	j->same_code = !gate_options.nr_machines;
	snprintf(j->title, sizeof(j->title), "%s", title);
	j->seconds = clock_seconds() - start;
	run->nr_judgements++;
	return ret;
}

static int judge(struct gate_run *run, const char *title, struct error *err)
{
	struct error why;

	return judge_built(run, title, &why) ? error_set(err, "%s: %s", title, why.text) : 0;
}

/* What the tree is without a patch is built already, unless a commit of it was asked for. */
static int build_base(struct gate_run *run, struct error *err)
{
	const struct gate_state *base = &run->series.states[0];

	build_here(&run->builds[0]);
	if (!strcmp(base->rev, "-"))
		return 0;
	fprintf(stderr, "gate: the base, %.12s\n", base->rev);
	return gate_build(&run->series, base, "base", &run->builds[0], err);
}

static int build_patched(struct gate_run *run, unsigned int i, struct error *err)
{
	struct error why;

	fprintf(stderr, "gate: %s\n", run->series.states[i].title);
	/* The one before is still needed. */
	if (gate_build(&run->series, &run->series.states[i], i % 2 ? "a" : "b", &run->builds[1],
	               &why))
		return error_set(err, "%s: %s", run->series.states[i].title, why.text);
	return 0;
}

static int judge_all(struct gate_run *run, struct error *err)
{
	const unsigned int last = run->series.nr_states - 1;
	char title[256];

	run->judgements = calloc(last, sizeof(*run->judgements));
	if (!run->judgements)
		return error_set(err, "out of memory");
	if (build_base(run, err))
		return -1;
	if (!run->args->each) {
		snprintf(title, sizeof(title), last > 1 ? "%.200s (and %u before it)" : "%.200s",
		         run->series.states[last].title, last - 1);
		return build_patched(run, last, err) || judge(run, title, err);
	}

	for (unsigned int i = 1; i <= last; i++) {
		snprintf(title, sizeof(title), "%u/%u %.200s", i, last,
		         run->series.states[i].title);
		if (build_patched(run, i, err) || judge(run, title, err))
			return -1;
		run->builds[0] = run->builds[1];
	}

	return 0;
}

static enum exit_code exit_code(const struct gate_run *run)
{
	enum gate_verdict worst = GATE_PASS;

	for (unsigned int i = 0; i < run->nr_judgements; i++) {
		if (gate_verdict(&run->judgements[i].result) > worst)
			worst = gate_verdict(&run->judgements[i].result);
	}

	return worst == GATE_FAIL || (worst == GATE_CHANGED && run->args->strict) ? EXIT_FOUND :
	                                                                            EXIT_CLEAN;
}

int command_gate(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "[FILE...]",
		.doc = "Judge patches to the tree (./el2fuzz --linux DIR gate ...): build it with "
		       "them, in a copy, and have both builds run the corpus and the same random "
		       "traces.\v"
		       "FAIL: the patched tree breaks a rule of the model, crashes or hangs where the "
		       "base does not. CHANGED: the model allows what it does, but the base does "
		       "otherwise; another error code is one of these. PASS: neither, or the code is "
		       "the same.\n"
		       "Exit code: 0 pass or changed, 1 fail, 2 could not (does not apply, does not "
		       "build, ...).",
	};
	struct arguments args = {
		.corpus = EL2FUZZ_CORPUS_DIR, .world = -1, .seed = 1, .seconds = DEFAULT_SECONDS
	};
	struct gate_run run = { .args = &args, .series.lock = -1 };
	struct error err;
	int ret;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);

	ret = setup_known(&args.setup, &run.known, args.known_dir, &err) ||
	      gate_series_open(&run.series, &args.series, &err) || judge_all(&run, &err);
	/* If it came to an end, what was judged before that. */
	gate_report(stdout, args.format, args.strict, run.judgements, run.nr_judgements);
	ret = ret ? setup_fail(argv[0], &err) : (int)exit_code(&run);

	for (unsigned int i = 0; i < run.nr_judgements; i++)
		gate_free(&run.judgements[i].result);
	free(run.judgements);
	gate_series_close(&run.series);
	known_free(&run.known);
	free(args.patches);
	return ret;
}
