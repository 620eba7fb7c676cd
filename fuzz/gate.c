// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/gate.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/stop.h"
#include "replay/clock.h"
#include "replay/compare.h"
#include "replay/minimise.h"

/* Both runners have as many traces as they can take. */
#define DEPTH (CLIENT_DEPTH - 1)

/* How long each item may take to be minimised, and all of them */
#define MINIMISE_SECONDS 5
#define MINIMISE_ALL_SECONDS 20

/* How many traces that show a failure are minimised, for the shortest of them */
#define WAYS 4

/* Enough of one kind to show; what comes on top is counted with the last */
#define MAX_ITEMS 32

struct gate {
	const struct gate_options *options;
	struct gate_result *result;
	/* the machines of the test that runs */
	struct client_config configs[2];
	struct pair pair;
	struct trace trace;
	double minimise_left; /* seconds */
	struct error *err;
};

enum { BASE, PATCHED };

const char *gate_verdict_name(enum gate_verdict verdict)
{
	static const char *const names[] = {
		[GATE_PASS] = "PASS",
		[GATE_CHANGED] = "CHANGED",
		[GATE_FAIL] = "FAIL",
	};

	return names[verdict];
}

enum gate_verdict gate_verdict(const struct gate_result *result)
{
	enum gate_verdict worst = GATE_PASS;

	for (unsigned int i = 0; i < result->nr_tests; i++) {
		if (result->tests[i].verdict > worst)
			worst = result->tests[i].verdict;
	}

	return worst;
}

void gate_free(struct gate_result *result)
{
	for (size_t i = 0; i < result->nr_items; i++) {
		free(result->items[i].details);
		trace_free(&result->items[i].trace);
	}
	free(result->items);
	*result = (struct gate_result){ 0 };
}

static const char *name_machine(const struct gate *gate, const char *layout, char buf[64])
{
	const struct client_config *config = &gate->configs[PATCHED];

	snprintf(buf, 64, "%s%s%score %s, layout %s", config->world ? "world " : "",
	         config->world ? world_name(config->world) : "", config->world ? ", " : "",
	         config->core, layout);
	return buf;
}

static struct gate_test *this_test(struct gate *gate)
{
	return &gate->result->tests[gate->result->nr_tests - 1];
}

static struct gate_item *find_item(struct gate *gate, enum gate_verdict verdict, const char *title)
{
	for (size_t i = 0; i < gate->result->nr_items; i++) {
		struct gate_item *item = &gate->result->items[i];

		if (item->verdict == verdict && !strcmp(item->title, title))
			return item;
	}

	return NULL;
}

/* Count it if it is there already; Return: the item if it is new, or NULL. */
static struct gate_item *add_item(struct gate *gate, enum gate_verdict verdict, const char *title,
                                  const char *from)
{
	struct gate_result *result = gate->result;
	struct gate_item *item = find_item(gate, verdict, title);

	if (this_test(gate)->verdict < verdict)
		this_test(gate)->verdict = verdict;
	if (!item && result->nr_items == MAX_ITEMS)
		item = &result->items[MAX_ITEMS - 1];
	if (item) {
		item->count++;
		return NULL;
	}

	item = reallocarray(result->items, result->nr_items + 1, sizeof(*item));
	if (!item)
		return NULL;
	result->items = item;
	item += result->nr_items++;
	*item = (struct gate_item){ .verdict = verdict, .count = 1 };
	item->test = result->nr_tests - 1;
	snprintf(item->title, sizeof(item->title), "%s", title);
	snprintf(item->from, sizeof(item->from), "%s", from);
	name_machine(gate, gate->configs[PATCHED].layout, item->machine);
	return item;
}

static char *print_details(const struct finding *finding)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fprintf(out, "expected: %s\nactual: %s\n", finding->expected, finding->actual);
	return fclose(out) ? NULL : text;
}

/* What is left of the time to minimise, for one item; what it took is taken from it. */
static double minimise_begin(const struct gate *gate)
{
	return gate->minimise_left < MINIMISE_SECONDS ? gate->minimise_left : MINIMISE_SECONDS;
}

static void minimise_end(struct gate *gate, double start)
{
	gate->minimise_left -= clock_seconds() - start;
	if (gate->minimise_left < 0.1)
		gate->minimise_left = 0.1;
}

/* Unless a shorter trace shows it already. */
static void take_failure(struct gate *gate, struct gate_item *item, const struct finding *finding,
                         const struct trace *trace, const char *layout)
{
	if (item->details && trace->nr_ops >= item->trace.nr_ops)
		return;
	free(item->details);
	item->details = print_details(finding);
	name_machine(gate, layout, item->machine);
	trace_copy(&item->trace, trace);
}

/* The patched tree does what the model does not allow. */
static void add_failure(struct gate *gate, const struct run_report *report, const char *from)
{
	char signature[SIGNATURE_MAX];
	struct minimise_task task = { .config = &gate->configs[PATCHED],
		                      .trace = &gate->trace,
		                      .mode = LOCKSTEP_ANY_ERROR,
		                      .signature = signature,
		                      .seconds = minimise_begin(gate) };
	struct minimised least;
	double start = clock_seconds();
	struct gate_item *item;
	struct error ignored;

	finding_signature(&report->finding, signature, sizeof(signature));
	item = add_item(gate, GATE_FAIL, signature, from);
	/* What leads there in several ways is told by the shortest of the first few. */
	if (!item)
		item = find_item(gate, GATE_FAIL, signature);
	if (!item || item->count > WAYS ||
	    (item->count > 1 && gate->minimise_left < MINIMISE_ALL_SECONDS / 2))
		return;

	if (minimise(&task, &least, &ignored) != MINIMISE_DONE)
		take_failure(gate, item, &report->finding, &gate->trace,
		             gate->configs[PATCHED].layout);
	else
		take_failure(gate, item, &least.report.finding, &least.trace, least.layout);
	minimised_free(&least);
	minimise_end(gate, start);
}

/* What the model allows, but the base does otherwise. */
static int add_change(struct gate *gate, const char *from)
{
	struct difference difference;
	struct gate_item *item;
	double start = clock_seconds();
	int differ = pair_compare(&gate->pair, &gate->trace, &difference, gate->err);

	if (differ <= 0)
		return differ;

	item = add_item(gate, GATE_CHANGED, difference.title, from);
	if (item) {
		trace_copy(&item->trace, &gate->trace);
		pair_minimise(&gate->pair, &item->trace, &difference, minimise_begin(gate));
		minimise_end(gate, start);
		item->details = strdup(difference.text);
	}
	return 0;
}

static void add_fix(struct gate *gate, const struct finding *finding, const char *from)
{
	char signature[SIGNATURE_MAX], title[SIGNATURE_MAX + 16];
	struct gate_item *item;

	finding_signature(finding, signature, sizeof(signature));
	snprintf(title, sizeof(title), "no more: %s", signature);
	item = add_item(gate, GATE_CHANGED, title, from);
	if (!item)
		return;
	item->details = strdup("the base fails here, the patched tree does not\n");
	trace_copy(&item->trace, &gate->trace);
	if (finding->step + 1 < item->trace.nr_ops)
		item->trace.nr_ops = finding->step + 1;
}

/* A function that was renamed is another place, not another finding. */
static bool same_finding(const struct run_report *a, const struct run_report *b)
{
	return a->result.verdict == VERDICT_FINDING && b->result.verdict == VERDICT_FINDING &&
	       a->finding.class == b->finding.class && a->finding.step == b->finding.step &&
	       !strcmp(a->finding.op, b->finding.op);
}

static bool is_known(struct gate *gate, const struct finding *finding)
{
	char signature[SIGNATURE_MAX];

	finding_signature(finding, signature, sizeof(signature));
	return known_has(gate->options->known, signature);
}

/* Nothing to look into. */
static bool alike(const struct run_report *base, const struct run_report *patched)
{
	return base->result.digest == patched->result.digest &&
	       base->result.verdict != VERDICT_FINDING &&
	       patched->result.verdict != VERDICT_FINDING;
}

/* Asked to stop by a signal: what was seen so far is in the result. */
static int stopped(struct gate *gate)
{
	return stop_requested() ? error_set(gate->err, "stopped by a signal") : 0;
}

/* Both have run gate->trace; where they are alike, it need not be there. */
static int judge(struct gate *gate, const struct run_report *base, const struct run_report *patched,
                 const char *from)
{
	bool base_fails = base->result.verdict == VERDICT_FINDING;
	bool patched_fails = patched->result.verdict == VERDICT_FINDING;

	gate->result->traces++;
	gate->result->steps += patched->result.steps;
	this_test(gate)->traces++;
	this_test(gate)->steps += patched->result.steps;

	if (alike(base, patched))
		return 0;
	if (same_finding(base, patched)) {
		gate->result->known++;
		return 0;
	}
	if (patched_fails && is_known(gate, &patched->finding)) {
		gate->result->known++;
		return 0;
	}
	if (patched_fails) {
		add_failure(gate, patched, from);
		return 0;
	}
	if (base_fails) {
		add_fix(gate, &base->finding, from);
		return 0;
	}

	return add_change(gate, from);
}

static int take_both(struct gate *gate, const char *from, struct run_report *base,
                     struct run_report *patched)
{
	if (client_next(gate->pair.base, base, gate->err) ||
	    client_next(gate->pair.patched, patched, gate->err))
		return -1;
	return judge(gate, base, patched, from);
}

static int submit_both(struct gate *gate, u64 cookie)
{
	return client_submit(gate->pair.base, cookie, LOCKSTEP_ANY_ERROR, &gate->trace,
	                     gate->err) ||
	       client_submit(gate->pair.patched, cookie, LOCKSTEP_ANY_ERROR, &gate->trace,
	                     gate->err);
}

static int replay_file(struct gate *gate, const char *path)
{
	const char *corpus = gate->options->corpus;
	struct run_report base, patched;

	if (trace_load(&gate->trace, path, gate->err))
		return -1;
	if (gate->trace.world != gate->configs[BASE].world)
		return 0;
	if (stopped(gate) || submit_both(gate, 0))
		return -1;
	return take_both(gate, path + strlen(corpus) + 1, &base, &patched);
}

static int is_trace(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".trace");
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int replay_folder(struct gate *gate, const char *folder)
{
	struct dirent **entries;
	char path[4096];
	int nr = scandir(folder, &entries, is_trace, alphasort);
	int ret = 0;

	/* A file, or a folder without traces */
	if (nr < 0)
		return 0;
	for (int i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		if (!ret)
			ret = replay_file(gate, path);
		free(entries[i]);
	}

	free(entries);
	return ret;
}

static int replay_corpus(struct gate *gate)
{
	const char *corpus = gate->options->corpus;
	struct dirent **entries;
	char path[2048];
	int nr = scandir(corpus, &entries, is_visible, alphasort);
	int ret = 0;

	if (nr < 0)
		return error_set(gate->err, "%s: %s", corpus, strerror(errno));
	for (int i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", corpus, entries[i]->d_name);
		if (!ret)
			ret = replay_folder(gate, path);
		free(entries[i]);
	}

	free(entries);
	return ret;
}

static int generate(struct gate *gate, struct generator *generator, u64 index)
{
	if (generate_trace(generator, gate->options->seed, index, &gate->trace))
		return error_set(gate->err, "out of memory");
	return 0;
}

/* The base runs the same traces: what differs is the patch's doing. */
static int fuzz(struct gate *gate, double seconds)
{
	struct generator generator;
	double end = clock_seconds() + seconds;
	u64 sent = 0, taken = 0;
	int ret = 0;

	generator_init(&generator, &gate->options->generator, client_hello(gate->pair.patched));
	while (!ret && (clock_seconds() < end || taken < sent)) {
		struct run_report base, patched;
		char from[64];

		for (; !ret && sent - taken < DEPTH && clock_seconds() < end; sent++)
			ret = generate(gate, &generator, sent) || submit_both(gate, sent);
		if (ret || taken == sent)
			break;
		snprintf(from, sizeof(from), "seed 0x%llx, trace %llu",
		         (unsigned long long)gate->options->seed, (unsigned long long)taken);
		if (client_next(gate->pair.base, &base, gate->err) ||
		    client_next(gate->pair.patched, &patched, gate->err))
			return -1;
		if (!alike(&base, &patched))
			ret = generate(gate, &generator, taken);
		taken++;
		ret = ret || judge(gate, &base, &patched, from) || stopped(gate);
	}

	return ret ? -1 : 0;
}

static void begin_test(struct gate *gate, const char *what)
{
	struct gate_test *test = &gate->result->tests[gate->result->nr_tests++];
	char machine[64];

	*test = (struct gate_test){ .seconds = clock_seconds() };
	snprintf(test->name, sizeof(test->name), "%s, %s", what,
	         name_machine(gate, gate->configs[BASE].layout, machine));
	if (gate->options->progress)
		gate->options->progress(test->name);
}

static int end_test(struct gate *gate, int ret)
{
	this_test(gate)->seconds = clock_seconds() - this_test(gate)->seconds;
	return ret;
}

/* That it does not boot says enough. */
static void add_dead(struct gate *gate, const struct error *why)
{
	struct gate_item *item =
		add_item(gate, GATE_FAIL, "the patched tree does not boot", "boot");

	if (item)
		item->details = strdup(why->text);
}

static int run_machine(struct gate *gate, double seconds)
{
	struct error why;
	int ret;

	begin_test(gate, "replay");
	if (pair_open(&gate->pair, &gate->configs[BASE], &gate->configs[PATCHED], gate->err, &why))
		return end_test(gate, -1);
	if (!gate->pair.patched) {
		add_dead(gate, &why);
		pair_close(&gate->pair);
		return end_test(gate, 0);
	}

	ret = end_test(gate, replay_corpus(gate));
	if (!ret && seconds > 0) {
		begin_test(gate, "fuzz");
		ret = end_test(gate, fuzz(gate, seconds));
	}
	pair_close(&gate->pair);

	return ret;
}

int gate_run(const struct gate_options *options, struct gate_result *result, struct error *err)
{
	struct gate gate = { .options = options,
		             .result = result,
		             .minimise_left = MINIMISE_ALL_SECONDS,
		             .err = err };
	int ret = 0;

	*result = (struct gate_result){ 0 };
	stop_on_signals();
	if (!options->nr_machines) {
		result->nr_tests = 1;
		snprintf(result->tests[0].name, sizeof(result->tests[0].name), "same code");
	}
	for (unsigned int i = 0; !ret && i < options->nr_machines; i++) {
		gate.configs[BASE] = options->machines[i].base;
		gate.configs[PATCHED] = options->machines[i].patched;
		ret = run_machine(&gate, options->seconds / options->nr_machines);
	}

	trace_free(&gate.trace);
	return ret;
}
