// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/cli/command.h"
#include "fuzz/cli/places.h"
#include "fuzz/cli/setup.h"
#include "fuzz/cli/trial.h"

#define PLACE EL2FUZZ_SOURCE_DIR "/cmake/gate/place.sh"
#define DEFAULT_SECONDS 60
#define MAX_JOBS 64

struct arguments {
	struct trial_options trial;
	const char *rules; /* folder */
	char **names;
	unsigned int nr_names;
	unsigned int jobs;
	bool go_on;
};

enum {
	OPTION_RULE = 0x200,
	OPTION_RULES,
	OPTION_SIGNATURES,
	OPTION_CONTINUE,
};

static const struct argp_option options[] = {
	{ "jobs", 'j', "N", 0, "so many at a time (1)", 0 },
	{ "rule", OPTION_RULE, "NAME", 0, "try this one, a name or a file; more may follow (all)",
	  0 },
	{ "time", 't', "SECONDS", 0, "how long to look for each (60)", 0 },
	{ "traces", 'n', "N", 0, "how many traces to look at, in each layout (no limit)", 0 },
	{ "seed", 's', "N", 0, "the seed (1)", 0 },
	{ "signatures", OPTION_SIGNATURES, NULL, 0,
	  "do not stop at the first finding; list all that each is found as", 1 },
	{ "continue", OPTION_CONTINUE, NULL, 0,
	  "do not try again what this program has found, or missed, with the same options", 1 },
	{ "rules", OPTION_RULES, "DIR", 0, "where the rules are (corpus/mutants)", 1 },
	{ 0 }
};

static int add_name(struct arguments *args, const char *name)
{
	char **more = reallocarray(args->names, args->nr_names + 1, sizeof(*more));

	if (!more)
		return -1;
	args->names = more;
	more[args->nr_names] = strdup(name);
	return more[args->nr_names++] ? 0 : -1;
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case 'j':
		args->jobs = setup_number(state, "--jobs", value, MAX_JOBS);
		if (!args->jobs)
			args->jobs = 1;
		return 0;
	case OPTION_RULE:
	case ARGP_KEY_ARG:
		return add_name(args, value) ? ENOMEM : 0;
	case 't':
		args->trial.seconds = setup_number(state, "--time", value, UINT32_MAX);
		return 0;
	case 'n':
		args->trial.traces = setup_number(state, "--traces", value, INT64_MAX);
		return 0;
	case 's':
		args->trial.seed = setup_number(state, "--seed", value, UINT64_MAX);
		return 0;
	case OPTION_SIGNATURES:
		args->trial.signatures = true;
		return 0;
	case OPTION_CONTINUE:
		args->go_on = true;
		return 0;
	case OPTION_RULES:
		args->rules = value;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int is_rule(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".mutant");
}

static int add_all(struct arguments *args, struct error *err)
{
	struct dirent **entries;
	char path[4400];
	int nr = scandir(args->rules, &entries, is_rule, alphasort);
	int ret = 0;

	if (nr < 0)
		return error_set(err, "%s: %s", args->rules, strerror(errno));
	for (int i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", args->rules, entries[i]->d_name);
		ret = ret || add_name(args, path);
		free(entries[i]);
	}
	free(entries);
	if (!nr)
		return error_set(err, "%s: there are no rules in it", args->rules);
	return ret ? error_set(err, "out of memory") : 0;
}

/* A file, or the name of one of the folder's rules */
static int load_rule(const struct arguments *args, const char *name, struct mutant *mutant,
                     struct error *err)
{
	char path[4400];

	snprintf(path, sizeof(path), "%s", name);
	if (!strchr(name, '/') && access(path, F_OK))
		snprintf(path, sizeof(path), "%s/%s.mutant", args->rules, name);
	if (access(path, F_OK))
		return error_set(err, "there is no rule %s: neither a file, nor in %s", name,
		                 args->rules);
	return mutant_load(mutant, path, err);
}

/* The rules, and what became of each. */
struct contest {
	const struct arguments *args;
	struct mutant *mutants;
	struct trial *trials;
	unsigned int nr;
	unsigned int printed, nr_done;
	bool *done;
	/* of the trials under way, by slot */
	pid_t pids[MAX_JOBS];
	int results[MAX_JOBS];
	unsigned int which[MAX_JOBS];
};

/* Which of the rules are for trees like this one? */
static int find_elsewhere(struct contest *contest, struct error *err)
{
	struct setup setup;
	u64 features;

	setup_init(&setup);
	setup_config(&setup);
	if (features_read(setup.features_file, &features, err))
		return -1;
	for (unsigned int i = 0; i < contest->nr; i++) {
		const char *tree = contest->mutants[i].tree;

		contest->trials[i].elsewhere = tree[0] && !features_hold(tree, features, err);
	}

	return 0;
}

static int load_rules(struct contest *contest, struct arguments *args, struct error *err)
{
	if (!args->nr_names && add_all(args, err))
		return -1;
	contest->args = args;
	contest->nr = args->nr_names;
	contest->mutants = calloc(contest->nr, sizeof(*contest->mutants));
	contest->trials = calloc(contest->nr, sizeof(*contest->trials));
	contest->done = calloc(contest->nr, sizeof(*contest->done));
	if (!contest->mutants || !contest->trials || !contest->done)
		return error_set(err, "out of memory");
	for (unsigned int i = 0; i < contest->nr; i++) {
		if (load_rule(args, args->names[i], &contest->mutants[i], err))
			return -1;
	}

	return find_elsewhere(contest, err);
}

/* "exception/return" */
static const char *expected(const struct mutant *mutant, char buf[64])
{
	size_t used = 0;

	buf[0] = '\0';
	for (unsigned int class = 0; class <= MUTANT_BOOT && used < 64; class ++) {
		if (mutant_expects(mutant, class))
			used += snprintf(buf + used, 64 - used, "%s%s", used ? "/" : "",
			                 mutant_class_name(class));
	}
	return buf;
}

static bool is_missed(const struct mutant *mutant, const struct trial *trial)
{
	return !trial->elsewhere && !trial->unable && !trial->found &&
	       !mutant_expects(mutant, FINDING_NONE);
}

static bool is_other(const struct mutant *mutant, const struct trial *trial)
{
	return !trial->unable && trial->found && !mutant_expects(mutant, trial->class);
}

#define COLUMNS "%-36s %-22s %-11s %-7s"

static void print_head(void)
{
	printf(COLUMNS " %6s %6s %7s  %s\n", "rule", "expected", "found", "layout", "build s",
	       "fuzz s", "trace", "where");
	fflush(stdout);
}

static void print_row(const struct contest *contest, unsigned int i)
{
	const struct mutant *mutant = &contest->mutants[i];
	const struct trial *trial = &contest->trials[i];
	char classes[64], found[32], log[4400];

	expected(mutant, classes);
	if (trial->elsewhere) {
		printf(COLUMNS " %6s %6s %7s  not in this tree: %s\n", mutant->name, classes, "-",
		       "-", "-", "-", "-", mutant->tree);
	} else if (trial->unable) {
		printf(COLUMNS " %6.1f %6s %7s  %s (%s)\n", mutant->name, classes, "UNABLE", "-",
		       trial->build_seconds, "-", "-", trial->error.text,
		       trial_file(&contest->args->trial, mutant, "log", log));
	} else if (!trial->found) {
		printf(COLUMNS " %6.1f %6s %7s\n", mutant->name, classes,
		       is_missed(mutant, trial) ? "MISSED" : "nothing", "-", trial->build_seconds,
		       "-", "-");
	} else {
		snprintf(found, sizeof(found), "%s%s", mutant_class_name(trial->class),
		         is_other(mutant, trial) ? "!" : "");
		printf(COLUMNS " %6.1f %6.2f %7" PRIu64 "  %s\n", mutant->name, classes, found,
		       layout_name(trial->layout), trial->build_seconds, trial->fuzz_seconds,
		       trial->trace, trial->where);
	}
	if (contest->args->trial.signatures) {
		for (unsigned int s = 0; s < trial->nr_signatures; s++)
			printf("    %s\n", trial->signatures[s]);
	}
	fflush(stdout);
}

static int print_score(const struct contest *contest)
{
	unsigned int found = 0, missed = 0, other = 0, unable = 0, elsewhere = 0;
	double build = 0, fuzz = 0, longest = 0;

	for (unsigned int i = 0; i < contest->nr; i++) {
		const struct trial *trial = &contest->trials[i];

		found += trial->found && !trial->unable;
		missed += is_missed(&contest->mutants[i], trial);
		other += is_other(&contest->mutants[i], trial);
		unable += trial->unable;
		elsewhere += trial->elsewhere;
		build += trial->build_seconds;
		fuzz += trial->fuzz_seconds;
		if (trial->fuzz_seconds > longest)
			longest = trial->fuzz_seconds;
	}
	printf("%u of %u found, %u missed, %u could not be tried, %u as another class than "
	       "expected (marked !)\n",
	       found, contest->nr - elsewhere, missed, unable, other);
	printf("%.0f s of building, %.0f s until found; %.1f s for the last of them to be found\n",
	       build, fuzz, longest);
	return unable ? EXIT_UNABLE : missed ? EXIT_FOUND : EXIT_CLEAN;
}

/* The trial's own process: it says what it does in a log, and what came of it through a pipe. */
static void try_and_exit(const struct contest *contest, unsigned int i, unsigned int slot, int out)
{
	const struct mutant *mutant = &contest->mutants[i];
	struct trial *trial = &contest->trials[i];
	char path[4400];
	int log = open(trial_file(&contest->args->trial, mutant, "log", path),
	               O_WRONLY | O_CREAT | O_TRUNC, 0666);

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (log < 0) {
		trial->unable = true;
		error_set(&trial->error, "%s: %s", path, strerror(errno));
	} else {
		dup2(log, STDOUT_FILENO);
		dup2(log, STDERR_FILENO);
		trial_run(&contest->args->trial, mutant, slot, trial);
	}
	fflush(stdout);
	_exit(write(out, trial, sizeof(*trial)) != sizeof(*trial));
}

/* What came of a trial, and of what: another program, tree, rule or option makes it another trial. */
struct kept {
	struct {
		u64 inode, size;
		struct timespec date;
	} files[4];
	struct trial_options options;
	struct trial trial;
};

static bool describe(const struct contest *contest, unsigned int i, struct kept *kept)
{
	const struct mutant *mutant = &contest->mutants[i];
	struct build unbroken;
	const char *const paths[] = { "/proc/self/exe", unbroken.runner,
		                      unbroken.images[mutant->world], mutant->path };
	struct stat st;

	build_here(&unbroken);
	memset(kept, 0, sizeof(*kept));
	kept->options = contest->args->trial;
	kept->options.prefix = NULL;
	for (size_t f = 0; f < ARRAY_SIZE(paths); f++) {
		if (stat(paths[f], &st))
			return false;
		kept->files[f].inode = st.st_ino;
		kept->files[f].size = st.st_size;
		kept->files[f].date = st.st_mtim;
	}

	return true;
}

static FILE *open_kept(const struct contest *contest, unsigned int i, const char *mode)
{
	char path[4400];

	return fopen(trial_file(&contest->args->trial, &contest->mutants[i], "trial", path), mode);
}

/* What cannot be written is tried again. */
static void keep(const struct contest *contest, unsigned int i)
{
	FILE *out = contest->trials[i].unable ? NULL : open_kept(contest, i, "we");
	struct kept kept;

	if (!out)
		return;
	if (describe(contest, i, &kept)) {
		kept.trial = contest->trials[i];
		fwrite(&kept, sizeof(kept), 1, out);
	}
	fclose(out);
}

static bool is_kept(struct contest *contest, unsigned int i)
{
	FILE *in = contest->args->go_on ? open_kept(contest, i, "re") : NULL;
	struct kept kept, now;
	bool same;

	if (!in)
		return false;
	same = fread(&kept, sizeof(kept), 1, in) == 1 && describe(contest, i, &now) &&
	       !memcmp(&kept.files, &now.files, sizeof(now.files)) &&
	       !memcmp(&kept.options, &now.options, sizeof(now.options));
	fclose(in);
	if (same)
		contest->trials[i] = kept.trial;
	return same;
}

/* Is there nothing to try? */
static bool is_settled(struct contest *contest, unsigned int i)
{
	return contest->trials[i].elsewhere || is_kept(contest, i);
}

static int start_trial(struct contest *contest, unsigned int i, unsigned int slot,
                       struct error *err)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC))
		return error_set(err, "no pipe: %s", strerror(errno));
	contest->pids[slot] = fork();
	if (contest->pids[slot] < 0)
		return error_set(err, "no process: %s", strerror(errno));
	if (!contest->pids[slot])
		try_and_exit(contest, i, slot, fds[1]);
	close(fds[1]);
	contest->results[slot] = fds[0];
	contest->which[slot] = i;
	return 0;
}

/* Rows come in the order of the rules. */
static void take_done(struct contest *contest, unsigned int i)
{
	contest->done[i] = true;
	contest->nr_done++;
	for (; contest->printed < contest->nr && contest->done[contest->printed];
	     contest->printed++)
		print_row(contest, contest->printed);
}

/* A result is smaller than a pipe: it is all there when the trial's process has ended. */
static void take_result(struct contest *contest, unsigned int slot)
{
	struct trial *trial = &contest->trials[contest->which[slot]];

	if (read(contest->results[slot], trial, sizeof(*trial)) != sizeof(*trial)) {
		*trial = (struct trial){ .unable = true };
		error_set(&trial->error, "the trial came to no end");
	}
	close(contest->results[slot]);
	contest->pids[slot] = 0;
	keep(contest, contest->which[slot]);
	take_done(contest, contest->which[slot]);
}

/* Wait for one of them. */
static void reap(struct contest *contest)
{
	pid_t pid = wait(NULL);

	for (unsigned int slot = 0; slot < MAX_JOBS; slot++) {
		if (pid > 0 && contest->pids[slot] == pid)
			take_result(contest, slot);
	}
}

static int try_all(struct contest *contest, struct error *err)
{
	unsigned int next = 0;

	print_head();
	while (contest->nr_done < contest->nr) {
		for (unsigned int slot = 0; slot < contest->args->jobs; slot++) {
			for (; next < contest->nr && is_settled(contest, next); next++)
				take_done(contest, next);
			if (next < contest->nr && !contest->pids[slot] &&
			    start_trial(contest, next++, slot, err))
				return -1;
		}
		reap(contest);
	}

	return 0;
}

/* Return: an exit code, or -1. */
static int run(struct contest *contest, struct arguments *args, struct error *err)
{
	const char *const argv[] = { PLACE, place_tree, "mutants", NULL };
	char *prefix;
	int lock, ret = -1;

	if (load_rules(contest, args, err))
		return -1;
	prefix = script_run(argv, "there is no room for copies of the tree", err);
	if (!prefix)
		return -1;
	prefix[strcspn(prefix, "\n")] = '\0';
	args->trial.prefix = prefix;
	lock = build_lock(prefix, err);
	if (lock >= 0) {
		ret = try_all(contest, err) ? -1 : print_score(contest);
		close(lock);
	}
	free(prefix);
	return ret;
}

int command_mutants(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "[NAME...]",
		.doc = "Break the tree (./el2fuzz --linux DIR mutants ...), a copy of it, by each "
		       "rule of corpus/mutants, and see how long it takes until that is noticed.\v"
		       "Each mutant's log and database of findings are kept beside the copies, in "
		       "mutants/ in the cache, and what came of it, for --continue.\n"
		       "Exit code: 0 each was found, 1 one was missed, 2 one could not be tried.",
	};
	struct arguments args = { .trial = { .seed = 1, .seconds = DEFAULT_SECONDS },
		                  .rules = EL2FUZZ_CORPUS_DIR "/mutants",
		                  .jobs = 1 };
	struct contest contest = { 0 };
	struct error err;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	ret = run(&contest, &args, &err);

	free(contest.mutants);
	free(contest.trials);
	free(contest.done);
	for (unsigned int i = 0; i < args.nr_names; i++)
		free(args.names[i]);
	free(args.names);
	return ret < 0 ? setup_fail(argv[0], &err) : ret;
}
