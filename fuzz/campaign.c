// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/campaign.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz/status.h"
#include "fuzz/stop.h"

/* Seconds between writing how often known signatures were seen again */
#define COUNT_INTERVAL 2

#define NR_REASONS 8

/* One trace of so many is run twice, to see that it gives the same digest. */
#define REPEAT_EVERY 256
#define COOKIE_REPEAT BIT(63)

/* A signature seen in this run */
struct seen {
	char signature[SIGNATURE_MAX];
	s64 id;
	u64 unwritten; /* sightings that the store does not know of yet */
};

/* Why traces ended early */
struct reason {
	char text[sizeof(((struct run_result *)0)->reason)];
	u64 count;
};

struct campaign {
	const struct campaign_options *options;
	struct client *client;
	struct store *store;
	s64 run_id;
	const struct known *known;
	struct generator generator;
	struct trace trace; /* the one being made or stored */
	u64 next; /* index of the next trace to generate */
	struct run_result previous;
	struct store_totals totals;
	struct status status;
	struct seen *seen;
	size_t nr_seen;
	double counted; /* when sightings were written last */
	struct reason reasons[NR_REASONS];
	struct campaign_outcome *outcome;
};

static s64 unix_time(void)
{
	return time(NULL);
}

static bool wants_more(const struct campaign *c)
{
	const struct campaign_options *options = c->options;

	if (stop_requested() || (options->traces && c->next >= options->traces))
		return false;
	if (options->findings && c->outcome->findings >= options->findings)
		return false;
	return !options->seconds || status_seconds(&c->status) < options->seconds;
}

static int generate(struct campaign *c, u64 index, struct error *err)
{
	if (generate_trace(&c->generator, c->options->seed, index, &c->trace))
		return error_set(err, "out of memory");
	return 0;
}

/* Keep the runner busy. */
static int submit_traces(struct campaign *c, struct error *err)
{
	while (client_in_flight(c->client) < CLIENT_DEPTH - 1 && wants_more(c)) {
		u64 index = c->next++;

		if (generate(c, index, err) ||
		    client_submit(c->client, index, LOCKSTEP_CHEAP, &c->trace, err))
			return -1;
		if (index % REPEAT_EVERY == REPEAT_EVERY - 1 &&
		    client_submit(c->client, index | COOKIE_REPEAT, LOCKSTEP_CHEAP, &c->trace, err))
			return -1;
	}

	return 0;
}

static struct seen *find_seen(struct campaign *c, const char *signature)
{
	for (size_t i = 0; i < c->nr_seen; i++) {
		if (!strcmp(c->seen[i].signature, signature))
			return &c->seen[i];
	}

	return NULL;
}

static int remember(struct campaign *c, const struct store_finding *row, struct error *err)
{
	struct seen *more = reallocarray(c->seen, c->nr_seen + 1, sizeof(*more));

	if (!more)
		return error_set(err, "out of memory");

	c->seen = more;
	more += c->nr_seen++;
	*more = (struct seen){ .id = row->id };
	strcpy(more->signature, row->signature);
	return 0;
}

static void report_finding(struct campaign *c, const struct store_finding *row)
{
	const struct finding *f = &row->finding;

	status_clear(&c->status);
	printf("%s %" PRId64 "%s: %s, step %u (%s) of trace %" PRIu64
	       ": %s; el2fuzz replay%s %" PRId64 "\n",
	       row->known ? "known finding" : "finding", row->id,
	       row->count > 1 ? ", seen before" : "", finding_class_name(f->class), f->step, f->op,
	       row->trace_index, f->place, c->options->db_option, row->id);
	fflush(stdout);
}

int campaign_minimise(const struct minimise_task *task, struct store *store, s64 id,
                      struct error *err)
{
	struct minimised result;
	struct error why;
	int ret = 0;

	if (minimise(task, &result, &why) == MINIMISE_DONE) {
		ret = store_set_minimal(store, id, &result.trace, result.layout, result.caps, err);
		printf("minimised: %u ops -> %u\n", task->trace->nr_ops, result.trace.nr_ops);
		fflush(stdout);
	}
	minimised_free(&result);

	return ret;
}

/* The runner goes on with what it was sent meanwhile. */
static int minimise_finding(struct campaign *c, const struct store_finding *row, struct error *err)
{
	const struct minimise_task task = { .config = c->options->config,
		                            .trace = &c->trace,
		                            .signature = row->signature,
		                            .seconds = c->options->minimise_seconds };

	return campaign_minimise(&task, c->store, row->id, err);
}

/* Store first, then say it: what was said is never lost. */
static int add_finding(struct campaign *c, struct store_finding *row, struct error *err)
{
	char *why = err->text;
	size_t len;

	if (generate(c, row->trace_index, err))
		return -1;
	row->known =
		known_has(c->known, row->signature) ||
		(c->options->is_known && c->options->is_known(c->options->arg, row, &c->trace));

	if (store_add_finding(c->store, c->run_id, row, &c->trace, 1, unix_time(), err)) {
		len = strlen(why);
		snprintf(why + len, sizeof(err->text) - len,
		         "\nnot stored: %s; `el2fuzz generate --seed 0x%" PRIx64 " --index %" PRIu64
		         "` prints its trace",
		         row->signature, c->options->seed, row->trace_index);
		return -1;
	}

	*(row->known ? &c->outcome->known : &c->outcome->findings) += 1;
	report_finding(c, row);
	if (!row->known && c->options->minimise_seconds && minimise_finding(c, row, err))
		return -1;
	return remember(c, row, err);
}

static int take_finding(struct campaign *c, const struct run_report *report, struct error *err)
{
	struct store_finding row = { .finding = report->finding,
		                     .trace_index = report->result.cookie };
	struct seen *seen;

	finding_signature(&row.finding, row.signature, sizeof(row.signature));
	seen = find_seen(c, row.signature);
	if (seen) {
		seen->unwritten++;
		return 0;
	}

	return add_finding(c, &row, err);
}

/* The second run of a trace; the first one was the report before this. */
static int take_repeat(struct campaign *c, struct run_report *report, struct error *err)
{
	const struct run_result *result = &report->result;
	struct finding *f = &report->finding;

	/* What the two found was taken or counted; a runner that died has no digest. */
	if (result->verdict == VERDICT_FINDING || c->previous.verdict == VERDICT_FINDING ||
	    result->digest == c->previous.digest)
		return 0;

	memset(f, 0, sizeof(*f));
	f->class = FINDING_DIGEST;
	f->step = result->steps;
	strcpy(f->op, "end");
	strcpy(f->place, "second run");
	snprintf(f->expected, sizeof(f->expected), "digest 0x%016" PRIx64 " after %u steps",
	         c->previous.digest, c->previous.steps);
	snprintf(f->actual, sizeof(f->actual), "digest 0x%016" PRIx64 " after %u steps",
	         result->digest, result->steps);
	report->result.cookie &= ~COOKIE_REPEAT;
	return take_finding(c, report, err);
}

static void count_reason(struct campaign *c, const char *text)
{
	struct reason *reason = c->reasons;

	while (reason < c->reasons + NR_REASONS && reason->count && strcmp(reason->text, text))
		reason++;
	if (reason == c->reasons + NR_REASONS)
		return;

	snprintf(reason->text, sizeof(reason->text), "%s", text);
	reason->count++;
}

static int take_report(struct campaign *c, struct error *err)
{
	struct run_report report;
	const struct run_result *result = &report.result;

	if (client_next(c->client, &report, err))
		return -1;
	if (result->cookie & COOKIE_REPEAT)
		return take_repeat(c, &report, err);

	c->previous = *result;
	c->totals.traces++;
	c->totals.steps += result->steps;
	c->totals.digest = (c->totals.digest ^ result->digest) * 0x100000001b3ULL;
	if (result->blocks_covered > c->totals.blocks)
		c->totals.blocks = result->blocks_covered;

	switch (result->verdict) {
	case VERDICT_FINDING:
		return take_finding(c, &report, err);
	case VERDICT_UNMODELLED:
		c->totals.unmodelled++;
		count_reason(c, result->reason);
		break;
	case VERDICT_LOST:
		c->totals.lost++;
		count_reason(c, result->reason);
		break;
	}

	return 0;
}

/* Sightings of what is stored already; one transaction for each would slow the run down. */
static int write_counts(struct campaign *c, struct error *err)
{
	for (size_t i = 0; i < c->nr_seen; i++) {
		struct seen *seen = &c->seen[i];

		if (!seen->unwritten)
			continue;
		if (store_count_finding(c->store, c->run_id, seen->id, seen->unwritten, unix_time(),
		                        err))
			return -1;
		seen->unwritten = 0;
	}

	return 0;
}

static int tick(struct campaign *c, struct error *err)
{
	const struct status_counts counts = { .traces = c->totals.traces,
		                              .steps = c->totals.steps,
		                              .blocks = c->totals.blocks,
		                              .findings = c->outcome->findings,
		                              .known = c->outcome->known };

	status_update(&c->status, &counts);
	if (status_seconds(&c->status) < c->counted + COUNT_INTERVAL)
		return 0;

	c->counted = status_seconds(&c->status);
	return write_counts(c, err);
}

static void print_summary(struct campaign *c)
{
	double seconds = status_seconds(&c->status);

	status_clear(&c->status);
	printf("%" PRIu64 " traces, %" PRIu64 " steps in %.1f s (%.0f steps/s), %" PRIu64
	       " blocks covered\n",
	       c->totals.traces, c->totals.steps, seconds,
	       seconds > 0 ? c->totals.steps / seconds : 0, c->totals.blocks);

	if (c->totals.unmodelled || c->totals.lost)
		printf("ended early: %" PRIu64 " not modelled any further, %" PRIu64
		       " without the harness's memory\n",
		       c->totals.unmodelled, c->totals.lost);
	for (const struct reason *r = c->reasons; r < c->reasons + NR_REASONS && r->count; r++)
		printf("%10" PRIu64 " %s\n", r->count, r->text);

	printf("seed 0x%" PRIx64 ", digest 0x%016" PRIx64 "\n", c->options->seed, c->totals.digest);
	printf("%" PRIu64 " findings, %" PRIu64 " known\n", c->outcome->findings,
	       c->outcome->known);
}

static int run_traces(struct campaign *c, struct error *err)
{
	while (wants_more(c) || client_in_flight(c->client)) {
		if (submit_traces(c, err))
			return -1;
		/* Time may have run out between the two. */
		if (client_in_flight(c->client) && take_report(c, err))
			return -1;
		if (tick(c, err))
			return -1;
	}

	return 0;
}

int campaign_run(const struct campaign_options *options, struct client *client, struct store *store,
                 s64 run_id, const struct known *known, struct campaign_outcome *outcome,
                 struct error *err)
{
	struct campaign c = { .options = options,
		              .client = client,
		              .store = store,
		              .run_id = run_id,
		              .known = known,
		              .outcome = outcome };
	int ret;

	*outcome = (struct campaign_outcome){ 0 };
	generator_init(&c.generator, &options->generator, client_hello(client));
	stop_on_signals();
	status_start(&c.status);

	ret = run_traces(&c, err);
	/* After an error this may fail as well; the first one is the one to report. */
	if (write_counts(&c, ret ? NULL : err) ||
	    store_end_run(store, run_id, &c.totals, unix_time(), ret ? NULL : err))
		ret = -1;
	print_summary(&c);

	trace_free(&c.trace);
	free(c.seen);
	return ret;
}
