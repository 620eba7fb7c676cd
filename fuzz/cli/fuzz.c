// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <unistd.h>

#include "fuzz/cli/command.h"
#include "fuzz/cli/session.h"
#include "fuzz/corpus.h"
#include "fuzz/fleet.h"

/* Traces that a campaign without a corpus begins from */
#define FIRST_TRACES 16

struct arguments {
	struct setup setup;
	struct fleet_options fleet;
	enum engine engines[ENGINE_COUNT];
	unsigned int nr_engines;
	const char *known_dir;
	bool has_seed;
	char corpus[4200], work[4200], programs[4096], known[8700], db_option[4200];
};

enum {
	OPTION_CORPUS = 0x200,
	OPTION_KNOWN,
	OPTION_COVERAGE,
	OPTION_MINIMISE,
};

static const struct argp_option options[] = {
	{ "engine", 'e', "LIST", 0, "libfuzzer, afl, random, with ',' between them (libfuzzer)",
	  0 },
	{ "jobs", 'j', "N", 0, "processes, shared among the engines (1 for each)", 0 },
	{ "time", 't', "SECONDS", 0, "end after this time", 0 },
	{ "seed", 's', "N", 0, "the seed (a random one, printed)", 0 },
	{ "corpus", OPTION_CORPUS, "DIR", 0,
	  "traces to go on from, and where to keep them (FILE.corpus)", 0 },
	{ "known", OPTION_KNOWN, "DIR", 0,
	  "findings that are understood, which are counted apart (corpus/known)", 0 },
	{ "coverage", OPTION_COVERAGE, "LIST", 0,
	  "what leads the engines: \"code,state\", or one of these", 0 },
	{ "minimise", OPTION_MINIMISE, "SECONDS", 0,
	  "how long a new finding may take to be minimised (5; 0: it is not)", 0 },
	{ 0 }
};

static void take_engines(struct argp_state *state, struct arguments *args, const char *list)
{
	args->nr_engines = 0;
	for (const char *name = list; *name; name += strcspn(name, ",") + !!strchr(name, ',')) {
		int engine = engine_by_name(name, strcspn(name, ","));

		if (engine < 0)
			argp_failure(state, EXIT_UNABLE, 0,
			             "there is no engine \"%.*s\"; there are: random libfuzzer afl",
			             (int)strcspn(name, ","), name);
		if (args->nr_engines == ENGINE_COUNT)
			argp_failure(state, EXIT_UNABLE, 0, "--engine %s: name each once", list);
		args->engines[args->nr_engines++] = engine;
	}
	if (!args->nr_engines)
		argp_failure(state, EXIT_UNABLE, 0, "--engine wants a name");
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->setup;
		return 0;
	case 'e':
		take_engines(state, args, value);
		return 0;
	case 'j':
		args->fleet.nr_jobs = setup_number(state, "--jobs", value, FLEET_MAX_JOBS);
		return 0;
	case 't':
		args->fleet.seconds = setup_number(state, "--time", value, UINT32_MAX);
		return 0;
	case 's':
		args->fleet.setup.seed = setup_number(state, "--seed", value, UINT64_MAX);
		args->has_seed = true;
		return 0;
	case OPTION_CORPUS:
		snprintf(args->corpus, sizeof(args->corpus), "%s", value);
		return 0;
	case OPTION_KNOWN:
		args->known_dir = value;
		return 0;
	case OPTION_COVERAGE:
		if (strcmp(value, "code") && strcmp(value, "state") && strcmp(value, "code,state"))
			argp_failure(state, EXIT_UNABLE, 0,
			             "--coverage %s: there are code and state", value);
		args->fleet.setup.coverage = value;
		return 0;
	case OPTION_MINIMISE:
		args->fleet.minimise_seconds = setup_number(state, "--minimise", value, 86400);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* One job for each engine at least; the names are those of their folders and logs. */
static int name_jobs(struct arguments *args, struct error *err)
{
	struct fleet_options *fleet = &args->fleet;
	unsigned int nr[ENGINE_COUNT] = { 0 };

	if (fleet->nr_jobs < args->nr_engines)
		fleet->nr_jobs = args->nr_engines;
	for (unsigned int i = 0; i < fleet->nr_jobs; i++) {
		struct job *job = &fleet->jobs[i];

		job->engine = args->engines[i % args->nr_engines];
		job->number = nr[job->engine]++;
		snprintf(job->name, sizeof(job->name), "%s%u", engine_name(job->engine),
		         job->number);
	}
	for (unsigned int i = 0; i < args->nr_engines; i++) {
		if (job_check(args->engines[i], &fleet->setup, err))
			return -1;
	}

	return 0;
}

static int make_folders(struct arguments *args, struct error *err)
{
	static const char *const inside[] = { "artifacts", "seen", "afl" };
	char path[4300];

	if (!args->corpus[0])
		snprintf(args->corpus, sizeof(args->corpus), "%s.corpus", args->setup.db);
	snprintf(args->work, sizeof(args->work), "%s.work", args->setup.db);
	if (corpus_make_dir(args->corpus, err) || corpus_make_dir(args->work, err))
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(inside); i++) {
		snprintf(path, sizeof(path), "%s/%s", args->work, inside[i]);
		if (corpus_make_dir(path, err))
			return -1;
	}

	return 0;
}

/* Held until this process ends, however it ends. */
static int lock_work(const struct arguments *args, struct error *err)
{
	char path[4300];
	int fd;

	snprintf(path, sizeof(path), "%s/lock", args->work);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_set(err, "%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB))
		return error_set(err, "%s: another campaign is under way there; take another --db",
		                 args->work);
	return 0;
}

static void find_known(struct arguments *args)
{
	const char *dir = args->known_dir ? args->known_dir : EL2FUZZ_CORPUS_DIR "/known";

	if (!args->known_dir && access(dir, F_OK))
		snprintf(args->known, sizeof(args->known), "%s/seen", args->work);
	else
		snprintf(args->known, sizeof(args->known), "%s:%s/seen", dir, args->work);
}

static int prepare(struct arguments *args, struct error *err)
{
	struct job_setup *setup = &args->fleet.setup;

	setup->machine = setup_config(&args->setup);
	if (!strcmp(setup->machine->core, CORES_BOTH))
		return error_set(err, "engines run one core; `el2fuzz run --core both` compares "
		                      "two");
	setup->corpus = args->corpus;
	setup->work = args->work;
	setup->programs = setup_build_dir(args->programs, sizeof(args->programs));
	setup->known = args->known;
	args->fleet.db_option =
		setup_db_option(&args->setup, args->db_option, sizeof(args->db_option));
	if (!args->has_seed && getrandom(&setup->seed, sizeof(setup->seed), 0) < 0)
		return error_set(err, "no random seed (%s); give one with --seed", strerror(errno));
	if (name_jobs(args, err) || make_folders(args, err))
		return -1;
	find_known(args);

	return lock_work(args, err);
}

static int count_file(void *arg, const char *path, const u8 *bytes, size_t size)
{
	(void)path, (void)bytes;
	*(u64 *)arg += !!size;
	return 0;
}

/* Engines want something to begin from. */
static int plant(const struct arguments *args, const struct hello *hello, struct error *err)
{
	const struct generator_options usual = { .length = GENERATE_LENGTH,
		                                 .hostile = GENERATE_HOSTILE };
	struct trace trace = { 0 };
	struct generator gen;
	u64 nr = 0;
	int ret = 0;

	if (corpus_each(args->corpus, count_file, &nr, err) < 0)
		return -1;
	generator_init(&gen, &usual, hello);
	for (u64 i = 0; !nr && !ret && i < FIRST_TRACES; i++) {
		ret = generate_trace(&gen, args->fleet.setup.seed, i, &trace) ?
		              error_set(err, "out of memory") :
		              corpus_add_trace(args->corpus, &trace, err) < 0;
	}
	trace_free(&trace);

	return ret ? -1 : 0;
}

/* For programs that have no machine of their own */
static int write_hello(const struct arguments *args, const struct hello *hello, struct error *err)
{
	char path[4300];
	FILE *out;
	bool ok;

	snprintf(path, sizeof(path), "%s/hello", args->work);
	out = fopen(path, "we");
	ok = out && fwrite(hello, sizeof(*hello), 1, out) == 1;
	if ((out && fclose(out)) || !ok)
		return error_set(err, "%s: %s", path, strerror(errno));
	return 0;
}

struct so_far {
	u64 runs, traces, edges;
};

static void add_run(void *arg, const struct store_run_row *row)
{
	struct so_far *sum = arg;

	sum->runs++;
	sum->traces += row->traces;
	sum->edges = row->blocks > sum->edges ? row->blocks : sum->edges;
}

/* A campaign is as many runs as it was started. */
static int say_so_far(struct store *store, struct error *err)
{
	struct so_far sum = { 0 };

	if (store_each_run(store, add_run, &sum, err))
		return -1;
	if (sum.runs)
		printf("so far: %" PRIu64 " runs, %" PRIu64 " traces, %" PRIu64 " edges at most\n",
		       sum.runs, sum.traces, sum.edges);
	return 0;
}

static int fuzz(struct arguments *args, struct session *session, struct campaign_outcome *outcome,
                struct error *err)
{
	const struct generator_options usual = { .length = GENERATE_LENGTH,
		                                 .hostile = GENERATE_HOSTILE };
	const struct hello *hello = client_hello(session->client);

	if (plant(args, hello, err) || write_hello(args, hello, err) ||
	    say_so_far(session->store, err) ||
	    session_begin_run(session, &args->setup, args->fleet.setup.seed, &usual, err))
		return -1;
	printf(", corpus %s, %u jobs\n", args->corpus, args->fleet.nr_jobs);
	fflush(stdout);
	return fleet_run(&args->fleet, session->client, session->store, session->run_id,
	                 &session->known, outcome, err);
}

static int run(struct arguments *args, struct campaign_outcome *outcome, struct error *err)
{
	struct session session = { 0 };
	int ret = prepare(args, err) ||
	          session_open(&session, &args->setup, args->known_dir, err) ||
	          fuzz(args, &session, outcome, err);

	session_close(&session);
	return ret;
}

int command_fuzz(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.children = setup_children,
		.doc = "Fuzz with engines that are led by what their traces reach, until the time "
		       "is up or Ctrl-C. A finding is stored, reported, and does not end it. What "
		       "it knows is in FILE, FILE.corpus and FILE.work: started again, it goes on.",
	};
	struct campaign_outcome outcome = { 0 };
	struct arguments *args = calloc(1, sizeof(*args));
	struct error err;
	int ret;

	if (!args)
		return EXIT_UNABLE;
	setup_init(&args->setup);
	args->setup.core = "native";
	args->fleet.minimise_seconds = CAMPAIGN_MINIMISE_SECONDS;
	args->engines[0] = ENGINE_LIBFUZZER;
	args->nr_engines = 1;
	argp_parse(&argp, argc, argv, 0, NULL, args);

	ret = run(args, &outcome, &err);
	free(args);
	if (ret)
		return setup_fail(argv[0], &err);
	return outcome.findings ? EXIT_FOUND : EXIT_CLEAN;
}
