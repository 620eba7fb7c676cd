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

static bool same_leaf(const struct leaf *a, const struct leaf *b)
{
	return a->raw == b->raw && a->level == b->level;
}

static bool same_view(const struct page_view *a, const struct page_view *b)
{
	return a->host == b->host && a->hyp == b->hyp && a->refcount == b->refcount &&
	       a->host_shares == b->host_shares && same_leaf(&a->s2, &b->s2) &&
	       same_leaf(&a->s1, &b->s1);
}

/* Does page @i change just as page @i - 1 did? A block maps its pages one like the other. */
static bool same_change(const struct page_view *was, const struct page_view *is,
                        const struct page_view *last_was, const struct page_view *last_is)
{
	return is->host == last_is->host && is->hyp == last_is->hyp &&
	       is->refcount == last_is->refcount && was->s2.kind == last_was->s2.kind &&
	       was->s2.raw == last_was->s2.raw && is->s2.kind == last_is->s2.kind &&
	       is->s2.level == last_is->s2.level && is->s2.perm == last_is->s2.perm &&
	       same_leaf(&is->s1, &last_is->s1);
}

static void print_change(const struct explain *explain, u64 pa, const struct page_view *was,
                         const struct page_view *is)
{
	char text[512], where[64];

	fprintf(explain->out, "       %s\n",
	        map_describe(explain->model->map, pa, where, sizeof(where)));
	fprintf(explain->out, "         was  %s\n", describe_view(was, text, sizeof(text)));
	fprintf(explain->out, "         is   %s\n", describe_view(is, text, sizeof(text)));
}

static void print_changes(struct explain *explain)
{
	struct page_view last_was = { 0 }, last_is = { 0 };
	u32 more = 0, last = ~0U - 1;

	for (u32 i = 0; i < explain->model->nr_pages; i++) {
		u64 pa = map_page_pa(explain->model->map, i);
		struct page_view was = explain->views[i], *is = &explain->views[i];

		core_view(explain->core, pa, is);
		if (same_view(is, &was))
			continue;
		if (i == last + 1 && same_change(&was, is, &last_was, &last_is)) {
			more++;
		} else {
			if (more)
				fprintf(explain->out, "         and %u pages after it alike\n",
				        more);
			more = 0;
			print_change(explain, pa, &was, is);
		}
		last = i;
		last_was = was;
		last_is = *is;
	}
	if (more)
		fprintf(explain->out, "         and %u pages after it alike\n", more);
}

void explain_step(struct explain *explain, u32 step, const struct op *op,
                  const u64 args[OP_MAX_ARGS], const struct expectation *expect,
                  const struct outcome *outcome)
{
	char text[FINDING_TEXT_MAX];

	print_op(explain, step, op, args);
	if (!expect->rule) {
		fprintf(explain->out, "       the tree has no such op\n");
		return;
	}
	fprintf(explain->out, "       expected %s\n",
	        describe_expectation(expect, text, sizeof(text)));
	fprintf(explain->out, "       actual   %s\n",
	        describe_outcome(explain->core, outcome, text, sizeof(text)));
	print_changes(explain);
}

void explain_end(struct explain *explain, const struct lockstep_result *result)
{
	const struct finding *finding = &result->finding;

	switch (result->verdict) {
	case VERDICT_PASS:
		fprintf(explain->out, "pass: %u steps, digest %016llx\n", result->steps,
		        (unsigned long long)result->digest);
		break;
	case VERDICT_FINDING:
		fprintf(explain->out,
		        "finding: %s at step %u (%s): %s\n  expected %s\n  actual   %s\n",
		        finding_class_name(finding->class), finding->step, finding->op,
		        finding->place, finding->expected, finding->actual);
		break;
	default:
		fprintf(explain->out, "stopped after %u steps: %s\n", result->steps,
		        result->reason);
	}
}
