// SPDX-License-Identifier: GPL-2.0-only
/* Reads the lcov tracefile of a run and prints lines reached, per file or per function. */
#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/cli/command.h"
#include "fuzz/cli/places.h"
#include "fuzz/cli/setup.h"
#include "fuzz/cli/unreachable.h"

#define MAX_LINES 32768
#define MAX_FUNCTIONS 2048

struct function {
	char name[96];
	u32 line;
};

struct source {
	char path[128];
	struct function functions[MAX_FUNCTIONS];
	u32 nr_functions;
	s8 lines[MAX_LINES]; /* -1: no code; else: reached */
};

struct arguments {
	const char *tracefile;
	const char *file;
	bool missed;
	const char *unreachable; /* file name; NULL: the world's */
	enum world world;
	struct unreachable *list;
};

static const struct argp_option options[] = {
	{ "missed", 'm', NULL, 0, "list the lines that were not reached", 0 },
	{ "unreachable", 'u', "FILE", 0,
	  "lines that no trace can reach, and why: not counted (corpus/unreachable)", 0 },
	{ "world", 'w', "NAME", 0,
	  "whose run it was: el2, or another, which has a list of its own (corpus/unreachable.NAME)",
	  0 },
	{ 0 }
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case 'm':
		args->missed = true;
		return 0;
	case 'u':
		args->unreachable = value;
		return 0;
	case 'w':
		if (world_by_name(value, strlen(value)) < 0)
			argp_error(state, "there is no world %s", value);
		args->world = world_by_name(value, strlen(value));
		return 0;
	case ARGP_KEY_ARG:
		if (!args->tracefile)
			args->tracefile = value;
		else if (!args->file)
			args->file = value;
		else
			argp_error(state, "give one tracefile, and at most one file of the tree");
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which tracefile? make one with el2fuzz run --lcov FILE");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int by_line(const void *a, const void *b)
{
	const struct function *f = a, *g = b;

	return (f->line > g->line) - (f->line < g->line);
}

static void count(const struct source *source, u32 from, u32 to, u32 *code, u32 *hit)
{
	*code = *hit = 0;
	for (u32 i = from; i < to && i < MAX_LINES; i++) {
		*code += source->lines[i] >= 0;
		*hit += source->lines[i] > 0;
	}
}

static void print_row(u32 code, u32 hit, const char *name)
{
	printf("%5.1f %%  %5u of %5u  %s\n", code ? 100.0 * hit / code : 0, hit, code, name);
}

static void print_missed(const struct source *source)
{
	for (u32 i = 0; i < MAX_LINES; i++) {
		if (source->lines[i] == 0)
			printf("%s:%u\n", source->path, i);
	}
}

static const char *function_at(const struct source *source, u32 line)
{
	const char *name = "";

	for (u32 i = 0; i < source->nr_functions && source->functions[i].line <= line; i++)
		name = source->functions[i].name;

	return name;
}

/* What cannot be reached does not count; what was, should not be in the list. */
static void leave_out(struct source *source, const struct unreachable *list)
{
	char path[4096 + sizeof(source->path)], text[512];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", place_tree, source->path);
	in = list ? fopen(path, "re") : NULL;
	for (u32 line = 1; in && line < MAX_LINES && fgets(text, sizeof(text), in); line++) {
		const char *why;

		if (source->lines[line] < 0)
			continue;
		why = unreachable_find(list, source->path, function_at(source, line), text);
		if (why && source->lines[line])
			printf("reached, though \"%s\": %s:%u\n", why, source->path, line);
		else if (why)
			source->lines[line] = -1;
	}
	if (in)
		fclose(in);
}

static void print_source(struct source *source, const struct arguments *args)
{
	u32 code, hit;

	if (args->file && !strstr(source->path, args->file))
		return;
	qsort(source->functions, source->nr_functions, sizeof(*source->functions), by_line);
	leave_out(source, args->list);
	count(source, 0, MAX_LINES, &code, &hit);
	print_row(code, hit, source->path);
	if (!args->file)
		return;

	for (u32 i = 0; i < source->nr_functions; i++) {
		u32 end = i + 1 < source->nr_functions ? source->functions[i + 1].line : MAX_LINES;

		count(source, source->functions[i].line, end, &code, &hit);
		if (code)
			print_row(code, hit, source->functions[i].name);
	}
	if (args->missed)
		print_missed(source);
}

static void begin_source(struct source *source, const char *path)
{
	source->nr_functions = 0;
	memset(source->lines, -1, sizeof(source->lines));
	snprintf(source->path, sizeof(source->path), "%s", path);
	source->path[strcspn(source->path, "\n")] = '\0';
}

static void take_line(struct source *source, const char *text, const struct arguments *args)
{
	struct function *function = &source->functions[source->nr_functions];
	unsigned int line;
	int hit;

	if (!strncmp(text, "SF:", 3))
		begin_source(source, text + 3);
	else if (sscanf(text, "DA:%u,%d", &line, &hit) == 2 && line < MAX_LINES)
		source->lines[line] = hit > 0;
	else if (source->nr_functions < MAX_FUNCTIONS &&
	         sscanf(text, "FN:%u,%95s", &function->line, function->name) == 2)
		source->nr_functions++;
	else if (!strncmp(text, "end_of_record", strlen("end_of_record")))
		print_source(source, args);
}

static int show(const struct arguments *args, struct error *err)
{
	struct source *source = calloc(1, sizeof(*source));
	FILE *in = fopen(args->tracefile, "r");
	char text[512];
	int ret = 0;

	if (!source || !in) {
		ret = error_set(err, "%s: %s", args->tracefile, strerror(errno));
		goto out;
	}
	if (!fgets(text, sizeof(text), in) || strncmp(text, "TN:", 3)) {
		ret = error_set(err, "%s: not an lcov tracefile; el2fuzz run --lcov FILE makes one",
		                args->tracefile);
		goto out;
	}
	begin_source(source, "?");
	while (fgets(text, sizeof(text), in))
		take_line(source, text, args);
out:
	if (in)
		fclose(in);
	free(source);
	return ret;
}

int command_coverage(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "TRACEFILE [FILE]",
		.doc = "Print how many lines of each file of the tree a run has reached; with "
		       "FILE, a part of a path, for each function in it. Lines that no trace can reach are "
		       "not counted.",
	};
	struct arguments args = { .world = WORLD_EL2 };
	char of_world[512];
	struct error err;
	int ret;

	argp_parse(&argp, argc, argv, 0, NULL, &args);
	snprintf(of_world, sizeof(of_world), EL2FUZZ_CORPUS_DIR "/unreachable%s%s",
	         args.world == WORLD_EL2 ? "" : ".",
	         args.world == WORLD_EL2 ? "" : world_name(args.world));
	if (!args.unreachable)
		args.unreachable = of_world;
	args.list = unreachable_load(args.unreachable, &err);
	if (!args.list)
		return setup_fail(argv[0], &err);
	ret = show(&args, &err);
	unreachable_free(args.list);

	return ret ? setup_fail(argv[0], &err) : EXIT_CLEAN;
}
