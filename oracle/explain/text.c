// SPDX-License-Identifier: GPL-2.0-only
/* A run in sentences. */
#include "oracle/check.h"
#include "oracle/explain/form.h"

const char *explain_arg(const struct model *model, enum arg_kind kind, u64 arg, char *buf,
                        size_t len)
{
	if (kind == ARG_PFN || kind == ARG_PA)
		return map_describe(model->map, kind == ARG_PFN ? arg << MAP_PAGE_SHIFT : arg, buf,
		                    len);

	snprintf(buf, len, "0x%llx", (unsigned long long)arg);
	return buf;
}

static void print_op(FILE *out, const struct model *model, const struct told_step *step)
{
	const struct op_desc *desc = op_desc(step->op->code);
	char arg[64];

	fprintf(out, "%3u  %s: %s", step->number, desc->name, desc->summary);
	for (unsigned int i = 0; i < desc->nr_args; i++)
		fprintf(out, ", %s %s", desc->args[i].name,
		        explain_arg(model, desc->args[i].kind, step->args[i], arg, sizeof(arg)));
	fprintf(out, "\n");
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

static void print_instructions(FILE *out, const char *text)
{
	bool fresh = true;

	for (; *text; text++) {
		if (fresh)
			fputs("         ", out);
		fputc(*text, out);
		fresh = *text == '\n';
	}
}

/* An op over a large range makes thousands. */
#define MAX_EVENTS_TOLD 64

static void print_events(FILE *out, const struct event_log *log)
{
	char text[160];

	if (!log->on)
		return;
	for (u32 i = 0; i < log->nr && i < MAX_EVENTS_TOLD; i++)
		fprintf(out, "       event    %s\n",
		        event_describe(&log->events[i], text, sizeof(text)));
	if (log->nr > MAX_EVENTS_TOLD)
		fprintf(out, "       event    ... and %u more\n",
		        log->nr - MAX_EVENTS_TOLD + log->lost);
}

static void print_step(FILE *out, const struct core *core, const struct model *model,
                       const struct told_step *step)
{
	char text[FINDING_TEXT_MAX];

	print_op(out, model, step);
	print_instructions(out, step->instructions);
	if (step->out->kind == OUTCOME_ABSENT) {
		fprintf(out, "       the tree has no such op\n");
		return;
	}
	if (step->out->kind == OUTCOME_LOST || step->expect->unmodelled)
		fprintf(out, "       the model has no answer\n");
	else
		fprintf(out, "       expected %s\n",
		        describe_expectation(step->expect, text, sizeof(text)));
	fprintf(out, "       actual   ");
	print_indented(out, describe_outcome(core, step->out, text, sizeof(text)));
	print_events(out, core_events(core));
}

static void print_change(FILE *out, bool first, const char *where, u32 nr_pages, const char *text)
{
	(void)first;
	fprintf(out, "       %s", where);
	if (nr_pages > 1)
		fprintf(out, ", %u pages", nr_pages);
	fprintf(out, ": %s\n", text);
}

static void print_teardown(FILE *out)
{
	fprintf(out, "the host takes back all that the trace gave away:\n");
}

static void print_cores(FILE *out, const struct finding *finding)
{
	fprintf(out, "       the cores differ:\n                ");
	print_indented(out, finding->expected);
	fputs("                ", out);
	print_indented(out, finding->actual);
}

const struct explain_form explain_text = {
	.step = print_step,
	.change = print_change,
	.teardown = print_teardown,
	.cores = print_cores,
};
