// SPDX-License-Identifier: GPL-2.0-only
/* A run as JSON, an object a line. */
#include "oracle/check.h"
#include "oracle/explain/form.h"
#include "oracle/json.h"

static void put_step(FILE *out, const struct core *core, const struct model *model,
                     const struct told_step *step)
{
	const struct op_desc *desc = op_desc(step->op->code);
	char text[FINDING_TEXT_MAX];

	fprintf(out, "{\"%s\": %u", step->teardown ? "teardown" : "step", step->number);
	json_member(out, "op", desc->name);
	fprintf(out, ", \"args\": {");
	for (unsigned int i = 0; i < desc->nr_args; i++) {
		fprintf(out, "%s\"%s\": ", i ? ", " : "", desc->args[i].name);
		json_string(out, explain_arg(model, desc->args[i].kind, step->args[i], text,
		                             sizeof(text)));
	}
	fputc('}', out);

	if (*step->instructions)
		json_member(out, "instructions", step->instructions);
	if (step->out->kind == OUTCOME_ABSENT)
		fprintf(out, ", \"absent\": true");
	else if (step->out->kind == OUTCOME_LOST || step->expect->unmodelled)
		fprintf(out, ", \"unmodelled\": true");
	else
		json_member(out, "expected",
		            describe_expectation(step->expect, text, sizeof(text)));
	json_member(out, "actual", describe_outcome(core, step->out, text, sizeof(text)));
	fprintf(out, ", \"changes\": [");
}

static void put_change(FILE *out, bool first, const char *where, u32 nr_pages, const char *text)
{
	fprintf(out, "%s{\"page\": ", first ? "" : ", ");
	json_string(out, where);
	fprintf(out, ", \"pages\": %u", nr_pages);
	json_member(out, "change", text);
	fputc('}', out);
}

static void end_step(FILE *out)
{
	fprintf(out, "]}\n");
}

static void put_cores(FILE *out, const struct finding *finding)
{
	fprintf(out, "{\"cores\": true");
	json_member(out, "expected", finding->expected);
	json_member(out, "actual", finding->actual);
	fprintf(out, "}\n");
}

const struct explain_form explain_json = {
	.step = put_step,
	.change = put_change,
	.end_step = end_step,
	.cores = put_cores,
};
