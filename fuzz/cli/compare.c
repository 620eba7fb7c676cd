// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/cli/builds.h"
#include "fuzz/cli/command.h"
#include "fuzz/cli/setup.h"
#include "fuzz/generate.h"
#include "fuzz/stop.h"
#include "replay/clock.h"
#include "replay/compare.h"

#define DEFAULT_SECONDS 60
#define MINIMISE_SECONDS 5
#define MAX_ROWS 256

struct arguments {
	struct setup setup;
	const char *other; /* tree */
	const char **traces;
	unsigned int nr_traces;
	u64 seed;
	u64 seconds;
};

enum {
	OPTION_WITH = 0x200,
	OPTION_TRACE,
};

static const struct argp_option options[] = {
	{ "with", OPTION_WITH, "DIR|PACKAGE", 0,
	  "the other tree: what a second --linux of the launcher becomes", 0 },
	{ "trace", OPTION_TRACE, "FILE", 0, "compare a trace, and do not fuzz; more may follow",
	  0 },
	{ "time", 't', "SECONDS", 0, "how long to fuzz (60); a signal ends it, too", 1 },
	{ "seed", 's', "N", 0, "the seed (1)", 1 },
	{ 0 }
};

/* A way in which the trees differ, and the least trace that shows it. */
struct row {
	struct difference difference;
	struct trace trace;
	u64 count;
};

struct comparison {
	struct arguments *args;
	struct pair pair;
	struct build other;
	struct hello both; /* what a trace may be about: both trees have it */
	struct row rows[MAX_ROWS];
	unsigned int nr_rows;
	u64 nr_traces, nr_other;
	u64 nr_elsewhere; /* traces of other worlds, which did not run */
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &args->setup;
		return 0;
	case OPTION_WITH:
		args->other = value;
		return 0;
	case OPTION_TRACE:
	case ARGP_KEY_ARG:
		args->traces = reallocarray(args->traces, args->nr_traces + 1, sizeof(value));
		if (!args->traces)
			return ENOMEM;
		args->traces[args->nr_traces++] = value;
		return 0;
	case 't':
		args->seconds = setup_number(state, "--time", value, UINT32_MAX);
		return 0;
	case 's':
		args->seed = setup_number(state, "--seed", value, UINT64_MAX);
		return 0;
	case ARGP_KEY_END:
		if (!args->other)
			argp_error(state,
			           "which trees? ./el2fuzz compare --linux A --linux B names two");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void find_common(struct comparison *c)
{
	const struct hello *b = client_hello(c->pair.patched);

	c->both = *client_hello(c->pair.base);
	for (unsigned int i = 0; i < OP_CODE_LIMIT; i++)
		c->both.has_op[i] &= b->has_op[i];
	c->both.features &= b->features;
	if (b->map.ram_pages < c->both.map.ram_pages)
		c->both.map.ram_pages = b->map.ram_pages;

	if (setup_world(&c->args->setup) != WORLD_EL2)
		return;
	/* What init_vm wants in one tree, the other need not have. */
	c->both.has_op[OP_reserve_vm] |=
		b->has_op[OP_reserve_vm] || client_hello(c->pair.base)->has_op[OP_reserve_vm];
	/* Its numbers are other calls in each tree. */
	c->both.has_op[OP_host_hvc] = false;
}

static void keep_common(const struct comparison *c, struct trace *trace)
{
	for (u32 i = trace->nr_ops; i-- > 0;) {
		if (!c->both.has_op[trace->ops[i].code % OP_CODE_LIMIT])
			trace_remove(trace, i, 1);
	}
}

static int start(struct comparison *c, struct error *err)
{
	struct client_config a = *setup_config(&c->args->setup), b = a;
	struct error why;

	snprintf(c->other.tree, sizeof(c->other.tree), "%s", c->args->other);
	if (build_machine(&c->other, a.world, a.core, &why))
		return error_set(err, "%s: %s", c->args->other, why.text);
	build_use(&c->other, &b);
	if (pair_open(&c->pair, &a, &b, err, &why))
		return -1;
	if (!c->pair.patched)
		return error_set(err, "the other tree does not boot: %.200s", why.text);
	c->pair.behaviour = true;
	find_common(c);

	return 0;
}

static struct row *find_row(struct comparison *c, const char *title)
{
	for (unsigned int i = 0; i < c->nr_rows; i++) {
		if (!strcmp(c->rows[i].difference.title, title))
			return &c->rows[i];
	}

	return NULL;
}

static int add_row(struct comparison *c, const struct trace *trace,
                   const struct difference *difference, struct error *err)
{
	struct row *row = find_row(c, difference->title);

	if (row) {
		row->count++;
		return 0;
	}
	if (c->nr_rows == MAX_ROWS) {
		c->nr_other++;
		return 0;
	}
	row = &c->rows[c->nr_rows++];
	*row = (struct row){ .difference = *difference, .count = 1 };
	if (trace_copy(&row->trace, trace))
		return error_set(err, "out of memory");
	pair_minimise(&c->pair, &row->trace, &row->difference, MINIMISE_SECONDS);

	return 0;
}

/*
 * After a step that differs the trees are in different states. So that more of the trace can be compared, it is
 * run again without that step. Return: -1 if it could not.
 */
static int compare(struct comparison *c, struct trace *trace, struct error *err)
{
	struct difference difference;
	int differ;

	c->nr_traces++;
	keep_common(c, trace);
	while ((differ = pair_compare(&c->pair, trace, &difference, err)) > 0) {
		if (add_row(c, trace, &difference, err))
			return -1;
		trace_remove(trace, difference.step, 1);
	}

	return differ;
}

static int compare_files(struct comparison *c, struct error *err)
{
	struct trace trace = { 0 };
	int ret = 0;

	for (unsigned int i = 0; i < c->args->nr_traces && !ret && !stop_requested(); i++) {
		ret = trace_load(&trace, c->args->traces[i], err);
		if (!ret && trace.world != setup_world(&c->args->setup))
			c->nr_elsewhere++;
		else if (!ret)
			ret = compare(c, &trace, err);
	}
	trace_free(&trace);

	return ret ? -1 : 0;
}

static int fuzz(struct comparison *c, struct error *err)
{
	const struct generator_options usual = { .length = GENERATE_LENGTH,
		                                 .hostile = GENERATE_HOSTILE };
	double end = clock_seconds() + c->args->seconds;
	struct trace trace = { 0 };
	struct generator generator;
	int ret = 0;

	generator_init(&generator, &usual, &c->both);
	for (u64 i = 0; !ret && clock_seconds() < end && !stop_requested(); i++) {
		if (generate_trace(&generator, c->args->seed, i, &trace))
			ret = error_set(err, "out of memory");
		else
			ret = compare(c, &trace, err);
	}
	trace_free(&trace);

	return ret;
}

static void print_trace(const struct trace *trace)
{
	char *text = NULL, *rest;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (out && !trace_print(trace, NULL, out) && !fclose(out)) {
		for (char *line = strtok_r(text, "\n", &rest); line;
		     line = strtok_r(NULL, "\n", &rest))
			printf("        %s\n", line);
	}
	free(text);
}

static void print(struct comparison *c)
{
	printf("A: build %s\nB: build %s\n%llu traces, %u kinds of difference\n",
	       client_hello(c->pair.base)->build_id, client_hello(c->pair.patched)->build_id,
	       (unsigned long long)c->nr_traces, c->nr_rows);
	for (unsigned int i = 0; i < c->nr_rows; i++) {
		const struct row *row = &c->rows[i];
		const struct behaviour *of = row->difference.of;

		printf("\n%s%s%s, %llu times\n", of[0].op,
		       of[0].condition[0] ? ", of a page: " : "", of[0].condition,
		       (unsigned long long)row->count);
		for (int j = 0; j < 2; j++)
			printf("    %c: %s%s%s\n", 'A' + j, of[j].answer, of[j].place,
			       of[j].changes);
		print_trace(&row->trace);
	}
	if (c->nr_elsewhere)
		printf("\n%llu traces are of other worlds than %s (--world)\n",
		       (unsigned long long)c->nr_elsewhere,
		       world_name(setup_world(&c->args->setup)));
	if (c->nr_other)
		printf("\nand %llu traces with more kinds\n", (unsigned long long)c->nr_other);
}

int command_compare(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.children = setup_runner_children,
		.args_doc = "[FILE...]",
		.doc = "Have two trees run the same traces, of ops that both have (./el2fuzz compare "
		       "--linux A --linux B), and list what they do differently: what the host is "
		       "answered, and how pages change hands.\v"
		       "After a step that differs the trace goes on without it. Left out are host_hvc, "
		       "whose numbers are other calls in each tree; the handle that init_vm gives; and "
		       "accesses where each has something else. Where a tree refuses, it is one kind, "
		       "however far the other gets. Exit "
		       "code: 0 no difference, 1 some, 2 could not.",
	};
	struct arguments args = { .seed = 1, .seconds = DEFAULT_SECONDS };
	static struct comparison c;
	struct error err;
	int ret;

	setup_init(&args.setup);
	argp_parse(&argp, argc, argv, 0, NULL, &args);
	c.args = &args;
	stop_on_signals();
	ret = start(&c, &err) || (args.nr_traces ? compare_files(&c, &err) : fuzz(&c, &err));
	if (!ret)
		print(&c);
	ret = ret ? setup_fail(argv[0], &err) : c.nr_rows ? EXIT_FOUND : EXIT_CLEAN;

	for (unsigned int i = 0; i < c.nr_rows; i++)
		trace_free(&c.rows[i].trace);
	pair_close(&c.pair);
	free(args.traces);
	return ret;
}
