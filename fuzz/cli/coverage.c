// SPDX-License-Identifier: GPL-2.0-only
/* Prints the lines and branches of the tree that runs have reached, per file or per function. */
#include <errno.h>
#include <string.h>

#include "fuzz/cli/command.h"
#include "fuzz/cli/lcov.h"
#include "fuzz/cli/places.h"
#include "fuzz/cli/session.h"
#include "fuzz/cli/unreachable.h"

struct arguments {
	struct setup setup;
	struct campaign_options options;
	const char *names[2]; /* what else was given */
	const char *tracefile; /* NULL: make them */
	const char *file;
	bool missed;
	const char *unreachable; /* file name; NULL: the world's */
	struct unreachable *list;
};

static const struct argp_option options[] = {
	{ "time", 't', "SECONDS", 0,
	  "instead of reading a tracefile, run traces for this long: a third of it each with the usual "
	  "capabilities, all, and none, or with --caps",
	  0 },
	{ "seed", 's', "N", 0, "the seed of these (1)", 0 },
	{ "missed", 'm', NULL, 0, "list the lines and branches that were not reached", 0 },
	{ "unreachable", 'u', "FILE", 0,
	  "lines that no trace can reach, and why: not counted (corpus/unreachable, or of another "
	  "world corpus/unreachable.NAME)",
	  0 },
	{ 0 }
};

/* With --time there is no tracefile. */
static void name_files(struct arguments *args, struct argp_state *state)
{
	const bool runs = args->options.seconds;

	if (!runs && !args->names[0])
		argp_error(state, "which tracefile? make one with el2fuzz run --lcov FILE, or have "
		                  "traces run with --time");
	if (runs && args->names[1])
		argp_error(state, "give a tracefile or --time, and at most one file of the tree");
	args->tracefile = runs ? NULL : args->names[0];
	args->file = args->names[runs ? 0 : 1];
}

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->setup;
		return 0;
	case 't':
		args->options.seconds = setup_number(state, "--time", value, UINT32_MAX);
		return 0;
	case 's':
		args->options.seed = setup_number(state, "--seed", value, UINT64_MAX);
		return 0;
	case 'm':
		args->missed = true;
		return 0;
	case 'u':
		args->unreachable = value;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == ARRAY_SIZE(args->names))
			argp_error(state, "give one tracefile, and at most one file of the tree");
		args->names[state->arg_num] = value;
		return 0;
	case ARGP_KEY_END:
		name_files(args, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* What was reached of a part of a file. */
struct count {
	u32 lines, hit;
	u32 ways, went;
};

static struct count count(const struct lcov_file *file, u32 from, u32 to)
{
	struct count c = { 0 };

	for (u32 i = from; i < to && i < LCOV_MAX_LINES; i++) {
		c.lines += file->lines[i] >= 0;
		c.hit += file->lines[i] > 0;
	}
	for (u32 i = 0; i < file->nr_ways; i++) {
		const struct lcov_way *way = &file->ways[i];

		if (way->line < from || way->line >= to || way->left_out)
			continue;
		c.ways++;
		c.went += way->went;
	}

	return c;
}

static double percent(u32 part, u32 of)
{
	return of ? 100.0 * part / of : 100;
}

static void print_row(const struct count *c, const char *name)
{
	printf("%5.1f %%  %5u of %5u lines", percent(c->hit, c->lines), c->hit, c->lines);
	/* Only the AArch64 core knows of branches. */
	if (c->ways)
		printf("  %5.1f %%  %5u of %5u branches", percent(c->went, c->ways), c->went,
		       c->ways);
	printf("  %s\n", name);
}

static void print_missed(const struct lcov_file *file)
{
	for (u32 i = 0; i < LCOV_MAX_LINES; i++) {
		if (file->lines[i] == 0)
			printf("%s:%u\n", file->path, i);
	}
	for (u32 i = 0; i < file->nr_ways; i++) {
		const struct lcov_way *way = &file->ways[i];

		/* The second way tells: the first one is missed where all is. */
		if (way->way && !way->went && !way->left_out && file->lines[way->line] > 0)
			printf("%s:%u:%u: %s\n", file->path, way->line, way->branch,
			       file->ways[i - 1].went ? "goes one way only" : "is not reached");
	}
}

static const char *function_at(const struct lcov_file *file, u32 line)
{
	const char *name = "";

	for (u32 i = 0; i < file->nr_functions && file->functions[i].line <= line; i++)
		name = file->functions[i].name;

	return name;
}

/* Branches of a line, of which nothing counts, or no way that was not gone */
static void leave_out_ways(struct lcov_file *file, u32 line, const char *why)
{
	bool missed = !why;

	for (u32 i = 0; i < file->nr_ways; i++) {
		struct lcov_way *way = &file->ways[i];

		if (way->line != line || (why && way->went))
			continue;
		way->left_out = missed = true;
	}
	if (!missed)
		printf("goes both ways, though \"%s\": %s:%u\n", why, file->path, line);
}

/*
 * What cannot be reached does not count; what was, should not be in the list. Whether a condition
 * has code of its own, or is a part of what it guards, is the compiler's choice: where it has, it
 * goes one way only.
 */
static void leave_out_line(struct lcov_file *file, u32 line, const char *text,
                           const struct unreachable *list)
{
	const char *function = function_at(file, line);
	const char *why = unreachable_find(list, file->path, function, text, false);
	const char *why_way = unreachable_find(list, file->path, function, text, true);

	if (why && file->lines[line] && strstr(text, "if (")) {
		why_way = why;
		why = NULL;
	}
	if (why && file->lines[line]) {
		printf("reached, though \"%s\": %s:%u\n", why, file->path, line);
	} else if (why) {
		file->lines[line] = -1;
		leave_out_ways(file, line, NULL);
	} else if (why_way && file->nr_ways) {
		leave_out_ways(file, line, why_way);
	}
}

static void leave_out(struct lcov_file *file, const struct unreachable *list)
{
	char path[4096 + sizeof(file->path)], text[512];
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", place_tree, file->path);
	in = fopen(path, "re");
	for (u32 line = 1; in && line < LCOV_MAX_LINES && fgets(text, sizeof(text), in); line++) {
		if (file->lines[line] >= 0)
			leave_out_line(file, line, text, list);
	}
	if (in)
		fclose(in);
}

static void print_file(struct lcov_file *file, const struct arguments *args)
{
	struct count c;

	if (args->file && !strstr(file->path, args->file))
		return;
	leave_out(file, args->list);
	c = count(file, 0, LCOV_MAX_LINES);
	print_row(&c, file->path);
	if (!args->file)
		return;

	for (u32 i = 0; i < file->nr_functions; i++) {
		u32 end = i + 1 < file->nr_functions ? file->functions[i + 1].line : LCOV_MAX_LINES;

		c = count(file, file->functions[i].line, end);
		if (c.lines)
			print_row(&c, file->functions[i].name);
	}
	if (args->missed)
		print_missed(file);
}

/* A run like any other, but that what it finds is not minimised. */
static int run(const struct arguments *args, const char *caps, u64 seconds, FILE *out,
               struct error *err)
{
	struct campaign_options campaign = args->options;
	struct campaign_outcome outcome = { 0 };
	struct setup setup = args->setup;
	struct session session = { 0 };
	char db_option[4200];
	int ret;

	setup.caps = caps;
	campaign.config = setup_config(&setup);
	campaign.db_option = setup_db_option(&setup, db_option, sizeof(db_option));
	campaign.seconds = seconds;
	ret = session_open(&session, &setup, NULL, err) ||
	      session_campaign(&session, &setup, &campaign, &outcome, err) ||
	      client_coverage(session.client, out, err);
	session_close(&session);

	return ret ? -1 : 0;
}

/* What the library does about caches, TLBs and atomics is up to what the CPU has. */
static int run_all(const struct arguments *args, FILE *out, struct error *err)
{
	char usual[128], all[128];
	const char *const sets[] = {
		caps_format(CAPS_DEFAULT, usual, sizeof(usual)),
		caps_format(caps_of(setup_world(&args->setup)), all, sizeof(all)), "none"
	};
	const u64 seconds = args->options.seconds, nr = ARRAY_SIZE(sets);

	if (args->setup.caps)
		return run(args, args->setup.caps, seconds, out, err);
	for (unsigned int i = 0; i < nr; i++) {
		/* Rounded up: 0 would be for ever. */
		if (run(args, sets[i], (seconds + nr - 1) / nr, out, err))
			return -1;
	}

	return 0;
}

static int show(const struct arguments *args, struct error *err)
{
	const char *name = args->tracefile ? args->tracefile : "the traces' coverage";
	FILE *in = args->tracefile ? fopen(args->tracefile, "re") : tmpfile();
	struct lcov lcov = { 0 };
	int ret = 0;

	if (!in)
		return error_set(err, "%s: %s", name, strerror(errno));
	if (!args->tracefile)
		ret = run_all(args, in, err);
	rewind(in);
	if (!ret)
		ret = lcov_read(&lcov, in, name, err);
	fclose(in);
	for (u32 i = 0; !ret && i < lcov.nr_files; i++)
		print_file(lcov.files[i], args);
	lcov_free(&lcov);

	return ret;
}

int command_coverage(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.children = setup_children,
		.args_doc = "TRACEFILE [FILE]\n--time SECONDS [FILE]",
		.doc = "Print how many lines, and ways that conditional branches can go, of each "
		       "file of the tree a run has reached; with FILE, a part of a path, for each "
		       "function in it. Lines that no trace can reach are not counted.",
	};
	struct arguments args = { .options.generator = { .length = GENERATE_LENGTH,
		                                         .hostile = GENERATE_HOSTILE },
		                  .options.seed = 1 };
	char of_world[512];
	enum world world;
	struct error err;
	u64 features;
	int ret;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	world = setup_world(&args.setup);
	snprintf(of_world, sizeof(of_world), EL2FUZZ_CORPUS_DIR "/unreachable%s%s",
	         world == WORLD_EL2 ? "" : ".", world == WORLD_EL2 ? "" : world_name(world));
	if (!args.unreachable)
		args.unreachable = of_world;
	args.list = features_read(args.setup.features_file, &features, &err) ?
	                    NULL :
	                    unreachable_load(args.unreachable, features, &err);
	if (!args.list)
		return setup_fail(argv[0], &err);
	ret = show(&args, &err);
	unreachable_free(args.list);

	return ret ? setup_fail(argv[0], &err) : EXIT_CLEAN;
}
