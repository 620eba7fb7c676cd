// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/explain/explain.h"

#include "oracle/check.h"
#include "oracle/explain/form.h"

#include <stdlib.h>
#include <string.h>

static const struct explain_form *const forms[EXPLAIN_KIND_COUNT] = {
	[EXPLAIN_TEXT] = &explain_text,
	[EXPLAIN_JSON] = &explain_json,
	[EXPLAIN_SELFTEST] = &explain_selftest,
};

#define NR_PLACES (1 << 15)

struct place_memory {
	u64 pc;
	char text[256];
};

struct explain {
	FILE *out;
	struct explain_options options;
	const struct explain_form *form;
	struct core *core;
	const struct model *model;
	struct page_view *views; /* of all pages, after the step before */
	bool teardown;
	u32 nr_changes; /* told of the step */
	FILE *instructions; /* of the step that runs, to @text */
	char *text;
	size_t len;
	char place[256]; /* of the last instruction */
	struct place_memory *places;
	u32 number; /* of the step that runs */
};

/* Are the instructions of the step that runs asked for? */
static bool is_told(const struct explain *explain)
{
	if (explain->teardown)
		return false;
	return explain->options.step == EXPLAIN_EVERY_STEP ||
	       explain->options.step == explain->number;
}

/* Debug information is slow, and instructions run again and again. */
static const char *place_of(struct explain *explain, u64 pc)
{
	struct place_memory *memory = &explain->places[pc / 4 % NR_PLACES];
	struct source_place source;

	if (memory->pc != pc) {
		memory->pc = pc;
		core_source(explain->core, pc, &source);
		snprintf(memory->text, sizeof(memory->text), "%s (%s:%u)", source.function,
		         source.file, source.line);
	}

	return memory->text;
}

/* A line for each instruction, and one before where it comes from. */
static void on_instruction(void *arg, u64 pc)
{
	struct explain *explain = arg;
	u64 pa = map_hyp_pa(explain->model->map, pc);
	u32 insn = core_read64(explain->core, ALIGN_DOWN(pa, 8)) >> (pa & 4 ? 32 : 0);
	const char *place;
	char text[96];

	if (!is_told(explain))
		return;
	place = place_of(explain, pc);
	if (strcmp(place, explain->place))
		fprintf(explain->instructions, "%s\n", place);
	snprintf(explain->place, sizeof(explain->place), "%s", place);
	fprintf(explain->instructions, "  %llx  %08x  %s\n", (unsigned long long)pc, insn,
	        core_disassemble(pc, insn, text, sizeof(text)));
}

static bool watch_instructions(struct explain *explain)
{
	if (!explain->options.instructions)
		return true;
	explain->places = calloc(NR_PLACES, sizeof(*explain->places));
	if (!explain->places)
		return false;
	explain->instructions = open_memstream(&explain->text, &explain->len);
	if (!explain->instructions)
		return false;
	core_trace(explain->core, on_instruction, explain);
	return true;
}

struct explain *explain_open(FILE *out, const struct explain_options *options, struct core *core,
                             const struct model *model)
{
	struct explain *explain = calloc(1, sizeof(*explain));

	if (!explain)
		return NULL;
	explain->out = out;
	explain->options = *options;
	explain->form = forms[options->kind];
	explain->core = core;
	explain->model = model;
	explain->views = calloc(model->nr_pages, sizeof(*explain->views));
	if (!explain->views || !watch_instructions(explain)) {
		free(explain->views);
		free(explain);
		return NULL;
	}

	for (u32 i = 0; i < model->nr_pages; i++)
		core_view(core, map_page_pa(model->map, i), &explain->views[i]);

	return explain;
}

void explain_close(struct explain *explain)
{
	if (!explain)
		return;

	if (explain->instructions) {
		core_trace(explain->core, NULL, NULL);
		fclose(explain->instructions);
		free(explain->text);
	}
	free(explain->places);
	free(explain->views);
	free(explain);
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

static void print_change(struct explain *explain, const struct change *change)
{
	char where[64];

	if (!change->nr_pages || !explain->form->change)
		return;
	map_describe(explain->model->map, map_page_pa(explain->model->map, change->first), where,
	             sizeof(where));
	explain->form->change(explain->out, !explain->nr_changes++, where, change->nr_pages,
	                      change->text);
}

static void print_changes(struct explain *explain)
{
	struct change change = { .nr_pages = 0 };

	for (u32 i = 0; i < explain->model->nr_pages; i++) {
		u64 pa = map_page_pa(explain->model->map, i);
		struct page_view was = explain->views[i];
		char text[sizeof(change.text)];

		core_view(explain->core, pa, &explain->views[i]);
		/* Most pages; the words for it take longest. */
		if (!memcmp(&was, &explain->views[i], sizeof(was)) ||
		    !describe_change(pa, &was, &explain->views[i], text, sizeof(text)))
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

void explain_step(struct explain *explain, u32 step, const struct op *op,
                  const u64 args[OP_MAX_ARGS], const struct expectation *expect,
                  const struct outcome *outcome)
{
	struct told_step told = {
		.number = step,
		.teardown = explain->teardown,
		.op = op,
		.args = args,
		.expect = expect,
		.out = outcome,
		.instructions = "",
	};

	if (explain->instructions) {
		fflush(explain->instructions);
		if (is_told(explain))
			told.instructions = explain->text;
	}
	explain->nr_changes = 0;
	explain->form->step(explain->out, explain->core, explain->model, &told);
	if (outcome->kind != OUTCOME_ABSENT)
		print_changes(explain);
	if (explain->form->end_step)
		explain->form->end_step(explain->out);
	if (explain->instructions)
		rewind(explain->instructions);
	explain->number = step + 1;
	explain->place[0] = '\0';
}

void explain_teardown(struct explain *explain)
{
	explain->teardown = true;
	if (explain->form->teardown)
		explain->form->teardown(explain->out);
}

void explain_cores(struct explain *explain, const struct finding *finding)
{
	if (explain->form->cores)
		explain->form->cores(explain->out, finding);
}
