// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/cli/command.h"
#include "fuzz/cli/setup.h"
#include "fuzz/corpus.h"

struct arguments {
	struct setup setup;
	char **words; /* what to do, a corpus, and others */
	int nr_words;
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	(void)value;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->setup;
		return 0;
	case ARGP_KEY_ARGS:
		args->words = state->argv + state->next;
		args->nr_words = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "what is to be done? import, export, merge or minimise");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int say(const char *what, u64 nr, const char *dir)
{
	printf("%s %llu traces: %s\n", what, (unsigned long long)nr, dir);
	return 0;
}

struct importing {
	const char *to;
	u64 nr;
	struct error *err;
};

static int import_bytes(void *arg, const char *path, const u8 *bytes, size_t size)
{
	static const char header[] = "# el2fuzz trace ";
	struct importing *im = arg;
	struct trace trace = { 0 };
	struct error why;
	int ret;

	if (size < strlen(header) || memcmp(bytes, header, strlen(header))) {
		ret = corpus_add(im->to, bytes, size, im->err);
	} else if (trace_parse(&trace, path, (const char *)bytes, size, &why)) {
		fprintf(stderr, "%s; left out\n", why.text);
		return 0;
	} else if (trace.world != WORLD_EL2) {
		fprintf(stderr, "%s: left out: of the world %s\n", path, world_name(trace.world));
		ret = 0;
	} else {
		ret = corpus_add_trace(im->to, &trace, im->err);
	}
	trace_free(&trace);
	im->nr += ret > 0;

	return ret < 0 ? -1 : 0;
}

/* A file by itself, in a folder that has others in it */
static int import_file(struct importing *im, const char *path, struct error *err)
{
	FILE *in = fopen(path, "re");
	u8 *bytes = malloc(CORPUS_FILE_MAX + 1);
	size_t size = in && bytes ? fread(bytes, 1, CORPUS_FILE_MAX + 1, in) : 0;
	int ret;

	if (!in || !bytes || ferror(in))
		ret = error_set(err, "%s: %s", path, strerror(errno));
	else if (size > CORPUS_FILE_MAX)
		ret = error_set(err, "%s: larger than any trace", path);
	else
		ret = import_bytes(im, path, bytes, size);
	if (in)
		fclose(in);
	free(bytes);

	return ret;
}

static int import(const char *to, char **from, int nr, struct error *err)
{
	struct importing im = { .to = to, .err = err };
	struct stat st;

	if (corpus_make_dir(to, err))
		return -1;
	for (int i = 0; i < nr; i++) {
		if (stat(from[i], &st))
			return error_set(err, "%s: %s", from[i], strerror(errno));
		if (S_ISDIR(st.st_mode) ? corpus_each(from[i], import_bytes, &im, err) < 0 :
		                          import_file(&im, from[i], err))
			return -1;
	}

	return say("imported", im.nr, to);
}

static int export_bytes(void *arg, const char *path, const u8 *bytes, size_t size)
{
	struct importing *ex = arg;
	const char *slash = strrchr(path, '/');
	struct trace trace = { 0 };
	char to[4400];
	FILE *out;
	int ret;

	snprintf(to, sizeof(to), "%s/%s.trace", ex->to, slash + 1);
	trace_decode(&trace, bytes, size);
	out = fopen(to, "we");
	ret = !out || trace_print(&trace, NULL, out);
	if (out && fclose(out))
		ret = -1;
	if (ret)
		error_set(ex->err, "%s: %s", to, strerror(errno));
	trace_free(&trace);
	ex->nr++;

	return ret ? -1 : 0;
}

static int export(const char *from, char **to, int nr, struct error *err)
{
	struct importing ex = { .err = err };

	if (nr != 1)
		return error_set(err, "export wants one folder for the traces");
	ex.to = to[0];
	if (corpus_make_dir(ex.to, err) || corpus_each(from, export_bytes, &ex, err) < 0)
		return -1;
	return say("exported", ex.nr, ex.to);
}

static void set_machine(struct setup *setup)
{
	const struct client_config *machine = setup_config(setup);

	setenv("EL2FUZZ_CORE", machine->core, 1);
	setenv("EL2FUZZ_LAYOUT", machine->layout, 1);
	setenv("EL2FUZZ_CAPS", machine->caps, 1);
	setenv("EL2FUZZ_IMAGE", machine->image, 1);
}

static int run_target(char **argv, struct error *err)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		execv(argv[0], argv);
		fprintf(stderr, "%s: %s\n", argv[0], strerror(errno));
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return error_set(err, "cannot start %s: %s", argv[0], strerror(errno));
	return status ? error_set(err, "%s failed; what it said is above", argv[0]) : 0;
}

/* libFuzzer keeps of all that it is given what reaches anything that the rest does not. */
static int merge(struct setup *setup, const char *to, char **from, int nr, struct error *err)
{
	char program[4200], **argv = calloc(nr + 6, sizeof(*argv));
	int ret;

	if (!argv)
		return error_set(err, "out of memory");
	snprintf(program, sizeof(program), "%.*s/el2fuzz-libfuzzer",
	         (int)(strrchr(setup->beside[0], '/') - setup->beside[0]), setup->beside[0]);
	argv[0] = program;
	argv[1] = "-merge=1";
	argv[2] = "-verbosity=0";
	argv[3] = (char *)to;
	memcpy(argv + 4, from, nr * sizeof(*argv));
	set_machine(setup);
	ret = corpus_make_dir(to, err) || run_target(argv, err);
	free(argv);

	return ret ? -1 : 0;
}

static int count_file(void *arg, const char *path, const u8 *bytes, size_t size)
{
	(void)path, (void)bytes, (void)size;
	++*(u64 *)arg;
	return 0;
}

/* The old folder stays beside the new one until that is whole. */
static int minimise_corpus(struct setup *setup, const char *dir, struct error *err)
{
	char small[4300], old[4300];
	u64 nr = 0;
	char *from[] = { (char *)dir };

	snprintf(small, sizeof(small), "%s.small", dir);
	snprintf(old, sizeof(old), "%s.old", dir);
	if (access(dir, F_OK))
		return error_set(err, "%s: %s", dir, strerror(errno));
	if (!access(old, F_OK))
		return error_set(err,
		                 "%s is in the way: it is what an earlier run left; look at it "
		                 "and remove it",
		                 old);
	if (merge(setup, small, from, 1, err))
		return -1;
	if (rename(dir, old) || rename(small, dir))
		return error_set(err, "%s: %s", dir, strerror(errno));
	if (corpus_each(dir, count_file, &nr, err) < 0)
		return -1;
	printf("what it was is in %s\n", old);
	return say("kept", nr, dir);
}

static int run(struct arguments *args, struct error *err)
{
	const char *what = args->words[0];
	char **rest = args->words + 2;
	int nr = args->nr_words - 2;

	if (nr < 0)
		return error_set(err, "%s: which corpus?", what);
	if (!strcmp(what, "minimise"))
		return nr ? error_set(err, "minimise wants one corpus") :
		            minimise_corpus(&args->setup, args->words[1], err);
	if (!nr)
		return error_set(err, "%s: from where, or to where?", what);
	if (!strcmp(what, "import"))
		return import(args->words[1], rest, nr, err);
	if (!strcmp(what, "export"))
		return export(args->words[1], rest, nr, err);
	if (!strcmp(what, "merge"))
		return merge(&args->setup, args->words[1], rest, nr, err);
	return error_set(err, "cannot \"%s\"; there are: import export merge minimise", what);
}

int command_corpus(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse_option,
		.children = setup_runner_children,
		.args_doc = "import CORPUS FILE|DIR...\nexport CORPUS DIR\nmerge CORPUS DIR...\n"
			    "minimise CORPUS",
		.doc = "A corpus is a folder of binary traces, as `el2fuzz fuzz` keeps it and "
		       "libFuzzer and AFL++ take it. Import text or binary traces into it; export "
		       "it as text; merge from others what reaches anything new; minimise it to "
		       "what reaches as much.",
	};
	struct arguments args = { 0 };
	struct error err;

	setup_init(&args.setup);
	args.setup.core = "native";
	argp_parse(&argp, argc, argv, 0, NULL, &args);

	return run(&args, &err) ? setup_fail(argv[0], &err) : EXIT_CLEAN;
}
