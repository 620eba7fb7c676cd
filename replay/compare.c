// SPDX-License-Identifier: GPL-2.0-only
#include "replay/compare.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "replay/clock.h"
#include "replay/simplify.h"

int pair_open(struct pair *pair, const struct client_config *base,
              const struct client_config *patched, struct error *err, struct error *why)
{
	*pair = (struct pair){ .configs = { *base, *patched } };
	pair->base = client_open(base, err);
	if (!pair->base)
		return -1;

	pair->patched = client_open(patched, why);
	return 0;
}

void pair_close(struct pair *pair)
{
	client_close(pair->base);
	client_close(pair->patched);
	client_close(pair->look[0]);
	client_close(pair->look[1]);
	*pair = (struct pair){ 0 };
}

/* Text that is read line by line. */
struct lines {
	char *text;
	char *next;
	char line[1024];
	char step[1024]; /* the line of the op that the line belongs to */
	char code[32]; /* x1: code of the hypervisor, which the host has read */
	u32 nr_steps;
};

/* "  3  host_share_hyp: ..." begins a step. */
static bool begins_step(const char *line)
{
	line += strspn(line, " ");
	line += strspn(line, "0123456789");
	return !strncmp(line, "  ", 2) && isalpha((unsigned char)line[2]) && line[-1] != ' ';
}

/* Return: false at the end; the line is empty then. */
static bool next_line(struct lines *lines)
{
	size_t len = strcspn(lines->next, "\n");

	snprintf(lines->line, sizeof(lines->line), "%.*s", (int)len, lines->next);
	if (!*lines->next)
		return false;
	lines->next += len;
	lines->next += *lines->next == '\n';
	if (begins_step(lines->line)) {
		lines->nr_steps++;
		strcpy(lines->step, lines->line);
	}

	return true;
}

static int begin_explain(struct pair *pair, int which, const struct trace *trace, struct error *err)
{
	if (!pair->look[which])
		pair->look[which] = client_open(&pair->configs[which], err);
	if (!pair->look[which])
		return -1;
	return client_explain_begin(pair->look[which], LOCKSTEP_ANY_ERROR, NULL, trace, err);
}

static int end_explain(struct pair *pair, int which, char **text, u32 *steps, struct error *err)
{
	struct run_report report;
	size_t len;
	FILE *out = open_memstream(text, &len);
	int ret;

	if (!out)
		return error_set(err, "out of memory");
	ret = client_explain_end(pair->look[which], out, &report, err);
	*steps = report.result.steps;
	if (fclose(out) && !ret)
		ret = error_set(err, "out of memory");
	return ret;
}

/* What a line says, without which page it says it of. */
static const char *gist(const char *line)
{
	const char *colon = strstr(line, "): ");

	line += strspn(line, " ");
	if (!strncmp(line, "actual", 6))
		return line + 6 + strspn(line + 6, " ");
	return colon ? colon + 3 : *line ? line : "nothing";
}

static void describe(struct difference *difference, const struct lines *base,
                     const struct lines *patched)
{
	const char *op = base->step + strspn(base->step, " 0123456789");

	/* Where one has a line more, the other's next line may be of the next step. */
	snprintf(difference->title, sizeof(difference->title), "%.*s: %.100s -> %.100s",
	         (int)strcspn(op, ":"), op, gist(base->line), gist(patched->line));
	snprintf(difference->text, sizeof(difference->text),
	         "%s\n       base     %s\n       patched  %s\n", base->step, gist(base->line),
	         gist(patched->line));
	difference->step = base->nr_steps - 1;
}

/*
 * The host may read the hypervisor's text. That is code, which differs in any two builds, and means
 * nothing; nor does it as long as it is left in the register.
 */
static bool is_code(struct lines *lines)
{
	const char *x1 = strstr(lines->line, ", x1 ");

	if (!x1 || !strstr(lines->step, "host_load: ") ||
	    (!strstr(lines->step, "(hypervisor text)") &&
	     !strstr(lines->step, "(hypervisor rodata)")))
		return false;
	snprintf(lines->code, sizeof(lines->code), "%.31s", x1);
	return true;
}

static bool equal_but_for_code(struct lines *base, struct lines *patched)
{
	const char *a = base->code[0] ? strstr(base->line, base->code) : NULL;
	const char *b = patched->code[0] ? strstr(patched->line, patched->code) : NULL;

	if (!strcmp(base->line, patched->line))
		return true;
	if (is_code(base) && is_code(patched))
		return true;

	return a && b && a - base->line == b - patched->line &&
	       !memcmp(base->line, patched->line, a - base->line) &&
	       !strcmp(a + strlen(base->code), b + strlen(patched->code));
}

/* How many steps both did to their end; what follows, one of them could not judge. */
static bool first_difference(struct lines *base, struct lines *patched, u32 steps,
                             struct difference *difference)
{
	char op[sizeof(base->step)] = "";
	bool more, both;

	do {
		more = next_line(base);
		both = next_line(patched);
		if (base->nr_steps > steps || patched->nr_steps > steps)
			return false;
		if (!equal_but_for_code(base, patched)) {
			/* The longer one is still at the step before. */
			if (begins_step(base->line))
				base->line[0] = '\0';
			if (begins_step(patched->line))
				patched->line[0] = '\0';
			if (!base->line[0])
				strcpy(base->step, op);
			describe(difference, base, patched);
			return true;
		}
		strcpy(op, base->step);
	} while (more && both);

	return false;
}

/* The title tells kinds apart. Where one gets further, how far does not count: that has one cause. */
static void name_behaviours(struct difference *difference)
{
	const struct behaviour *of = difference->of;
	bool alike = of[0].end == of[1].end;
	const char *told[2];
	/* Whatever a guest was to do, it is the host's call that is refused. */
	bool run = !alike && !strncmp(of[0].op, "guest_", 6);

	for (int i = 0; i < 2; i++)
		told[i] = of[i].end < of[!i].end ? "further" : of[i].answer;
	snprintf(difference->title, sizeof(difference->title), "%s|%s|%s%.40s|%s%.40s",
	         run ? "guest" : of[0].op, of[0].condition, told[0], alike ? of[0].changes : "",
	         told[1], alike ? of[1].changes : "");
	difference->text[0] = '\0';
}

/* What one tree has no op or field for, or where another kind of page lies in each, is not compared. */
static bool behave_alike(const struct behaviour *a, const struct behaviour *b)
{
	if (!a->answer[0] || !b->answer[0] || strcmp(a->condition, b->condition))
		return true;
	return !strcmp(a->answer, b->answer) && (a->place[0] || !strcmp(a->changes, b->changes));
}

static int first_behaviour(const char *base, const char *patched, struct difference *difference,
                           struct error *err)
{
	struct behaviour_reader *a = behaviour_open(base), *b = behaviour_open(patched);
	int ret = a && b ? 0 : error_set(err, "out of memory");

	difference->step = 0;
	while (!ret && behaviour_next(a, &difference->of[0]) &&
	       behaviour_next(b, &difference->of[1])) {
		ret = !behave_alike(&difference->of[0], &difference->of[1]);
		difference->step += !ret;
	}
	if (ret > 0)
		name_behaviours(difference);
	behaviour_close(a);
	behaviour_close(b);

	return ret;
}

int pair_compare(struct pair *pair, const struct trace *trace, struct difference *difference,
                 struct error *err)
{
	struct lines base = { 0 }, patched = { 0 };
	u32 steps[2] = { 0 };
	int ret = -1;

	if (!begin_explain(pair, 0, trace, err) && !begin_explain(pair, 1, trace, err) &&
	    !end_explain(pair, 0, &base.text, &steps[0], err) &&
	    !end_explain(pair, 1, &patched.text, &steps[1], err)) {
		base.next = base.text;
		patched.next = patched.text;
		if (pair->behaviour)
			ret = first_behaviour(base.text, patched.text, difference, err);
		else
			ret = first_difference(&base, &patched,
			                       steps[0] < steps[1] ? steps[0] : steps[1],
			                       difference);
	}

	free(base.text);
	free(patched.text);
	return ret;
}

struct search {
	struct pair *pair;
	struct difference *difference;
	double end;
};

static bool differs(void *arg, struct trace *candidate)
{
	struct search *search = arg;
	struct difference found;
	struct error ignored;

	if (clock_seconds() > search->end ||
	    pair_compare(search->pair, candidate, &found, &ignored) != 1 ||
	    strcmp(found.title, search->difference->title))
		return false;

	*search->difference = found;
	if (found.step + 1 < candidate->nr_ops)
		candidate->nr_ops = found.step + 1;
	return true;
}

void pair_minimise(struct pair *pair, struct trace *trace, struct difference *difference,
                   double seconds)
{
	struct search search = { .pair = pair,
		                 .difference = difference,
		                 .end = clock_seconds() + seconds };
	struct simplifier simplifier = { .map = &client_hello(pair->base)->map,
		                         .trace = trace,
		                         .fails = differs,
		                         .arg = &search };

	if (difference->step + 1 < trace->nr_ops)
		trace->nr_ops = difference->step + 1;
	do {
		simplify_ops(&simplifier);
	} while (simplify_args(&simplifier));
	simplifier_free(&simplifier);
}
