// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/explain.h"

#include "oracle/check.h"

#include <stdlib.h>
#include <string.h>

struct explain {
	FILE *out;
	const struct core *core;
	const struct model *model;
	struct page_view *views; /* of all pages, after the step before */
};

struct explain *explain_open(FILE *out, const struct core *core, const struct model *model)
{
	struct explain *explain = calloc(1, sizeof(*explain));

	if (explain)
		explain->views = calloc(model->nr_pages, sizeof(*explain->views));
	if (!explain || !explain->views) {
		free(explain);
		return NULL;
	}

	explain->out = out;
	explain->core = core;
	explain->model = model;
	for (u32 i = 0; i < model->nr_pages; i++)
		core_view(core, map_page_pa(model->map, i), &explain->views[i]);

	return explain;
}

void explain_close(struct explain *explain)
{
	if (!explain)
		return;

	free(explain->views);
	free(explain);
}

static void print_op(const struct explain *explain, u32 step, const struct op *op,
                     const u64 args[OP_MAX_ARGS])
{
	const struct op_desc *desc = op_desc(op->code);
	char where[64];

	fprintf(explain->out, "%3u  %s: %s", step, desc->name, desc->summary);
	for (unsigned int i = 0; i < desc->nr_args; i++) {
		const char *name = desc->args[i].name;
		u64 arg = args[i];

		if (desc->args[i].kind == ARG_PFN || desc->args[i].kind == ARG_PA)
			fprintf(explain->out, ", %s %s", name,
			        map_describe(explain->model->map,
			                     desc->args[i].kind == ARG_PFN ? arg << MAP_PAGE_SHIFT :
			                                                     arg,
			                     where, sizeof(where)));
		else
			fprintf(explain->out, ", %s 0x%llx", name, (unsigned long long)arg);
	}
	fprintf(explain->out, "\n");
}

/* A leaf in words that are the same for every page of a block. */
static const char *leaf_kind(const struct leaf *leaf, u64 pa, char *buf, size_t len)
{
	struct leaf plain = *leaf;
	char *at;

	if (leaf->kind != LEAF_MAPPED || leaf->pa != pa)
		return describe_leaf(leaf, buf, len);

	plain.pa = 0;
	describe_leaf(&plain, buf, len);
	at = strchr(buf, ' ');
	return at ? at + 1 : buf;
}

static size_t add_change(char *buf, size_t len, size_t at, const char *what, const char *was,
                         const char *is)
{
	if (at >= len || !strcmp(was, is))
		return at;

	return at + snprintf(buf + at, len - at, "%s%s %s -> %s", at ? ", " : "", what, was, is);
}

static size_t add_count(char *buf, size_t len, size_t at, const char *what, u32 was, u32 is)
{
	char from[16], to[16];

	snprintf(from, sizeof(from), "%u", was);
	snprintf(to, sizeof(to), "%u", is);
	return add_change(buf, len, at, what, from, to);
}

/* What changed, and nothing else; Return: false if nothing did. */
static bool describe_change(u64 pa, const struct page_view *was, const struct page_view *is,
                            char *buf, size_t len)
{
	char from[128], to[128];
	size_t at = 0;

	at = add_change(buf, len, at, "host", describe_state(was->host), describe_state(is->host));
	at = add_change(buf, len, at, "hyp", describe_state(was->hyp), describe_state(is->hyp));
	at = add_count(buf, len, at, "refcount", was->refcount, is->refcount);
	at = add_count(buf, len, at, "guest shares", was->host_shares, is->host_shares);
	at = add_change(buf, len, at, "host stage-2", leaf_kind(&was->s2, pa, from, sizeof(from)),
	                leaf_kind(&is->s2, pa, to, sizeof(to)));
	at = add_change(buf, len, at, "hyp stage-1", leaf_kind(&was->s1, pa, from, sizeof(from)),
	                leaf_kind(&is->s1, pa, to, sizeof(to)));

	return at > 0;
}

/* Pages in a row that changed alike, as the pages of a block do, are one line. */
struct change {
	char text[512];
	u32 first;
	u32 nr_pages;
};

static void print_change(const struct explain *explain, const struct change *change)
{
	char where[64];

	if (!change->nr_pages)
		return;
	fprintf(explain->out, "       %s",
	        map_describe(explain->model->map, map_page_pa(explain->model->map, change->first),
	                     where, sizeof(where)));
	if (change->nr_pages > 1)
		fprintf(explain->out, ", %u pages", change->nr_pages);
	fprintf(explain->out, ": %s\n", change->text);
}

static void print_changes(struct explain *explain)
{
	struct change change = { .nr_pages = 0 };

	for (u32 i = 0; i < explain->model->nr_pages; i++) {
		u64 pa = map_page_pa(explain->model->map, i);
		struct page_view was = explain->views[i];
		char text[sizeof(change.text)];

		core_view(explain->core, pa, &explain->views[i]);
		if (!describe_change(pa, &was, &explain->views[i], text, sizeof(text)))
			continue;
		if (i != change.first + change.nr_pages || strcmp(text, change.text)) {
			print_change(explain, &change);
			change.first = i;
			change.nr_pages = 0;
			memcpy(change.text, text, sizeof(text));
		}
		change.nr_pages++;
	}
	print_change(explain, &change);
}

/* A crash takes several lines. */
static void print_indented(FILE *out, const char *text)
{
	for (; *text; text++) {
		fputc(*text, out);
		if (*text == '\n')
			fputs("                ", out);
	}
	fputc('\n', out);
}

void explain_step(struct explain *explain, u32 step, const struct op *op,
                  const u64 args[OP_MAX_ARGS], const struct expectation *expect,
                  const struct outcome *outcome)
{
	char text[FINDING_TEXT_MAX];

	print_op(explain, step, op, args);
	if (outcome->kind == OUTCOME_ABSENT) {
		fprintf(explain->out, "       the tree has no such op\n");
		return;
	}
	if (outcome->kind == OUTCOME_LOST || expect->unmodelled)
		fprintf(explain->out, "       the model has no answer\n");
	else
		fprintf(explain->out, "       expected %s\n",
		        describe_expectation(expect, text, sizeof(text)));
	fprintf(explain->out, "       actual   ");
	print_indented(explain->out, describe_outcome(explain->core, outcome, text, sizeof(text)));
	print_changes(explain);
}

void explain_teardown(struct explain *explain)
{
	fprintf(explain->out, "the host takes back all that the trace gave away:\n");
}

void explain_cores(struct explain *explain, const struct finding *finding)
{
	fprintf(explain->out, "       the cores differ:\n                ");
	print_indented(explain->out, finding->expected);
	fputs("                ", explain->out);
	print_indented(explain->out, finding->actual);
}
