// SPDX-License-Identifier: GPL-2.0-only
#include "replay/minimise.h"

#include <string.h>

#include "core/caps.h"
#include "replay/clock.h"
#include "replay/simplify.h"

/* What takes longer than this, of many thousand times less, is a hang. */
#define RUN_TIMEOUT 5

struct search {
	const struct minimise_task *task;
	struct client_config config;
	struct client *client;
	struct minimised *result;
	char default_caps[128];
	double start;
	bool out_of_time;
	bool failed; /* with the reason in @err */
	struct error *err;
};

static int run(struct search *search, struct client *client, const struct trace *trace,
               struct run_report *report)
{
	search->result->runs++;
	if (!client_submit(client, 0, search->task->mode, trace, search->err) &&
	    !client_next(client, report, search->err))
		return 0;

	search->failed = true;
	return -1;
}

static bool as_before(const struct search *search, const struct run_report *report)
{
	char signature[SIGNATURE_MAX];

	if (report->result.verdict != VERDICT_FINDING)
		return false;
	finding_signature(&report->finding, signature, sizeof(signature));
	return !strcmp(signature, search->result->signature);
}

static bool fails_on(struct search *search, struct client *client, struct trace *candidate)
{
	const double seconds = search->task->seconds;
	struct run_report report;

	if (search->failed || search->out_of_time)
		return false;
	if (seconds && clock_seconds() - search->start > seconds) {
		search->out_of_time = true;
		return false;
	}
	if (run(search, client, candidate, &report) || !as_before(search, &report))
		return false;

	search->result->report = report;
	if (report.finding.step + 1 < candidate->nr_ops)
		candidate->nr_ops = report.finding.step + 1;
	return true;
}

static bool fails(void *arg, struct trace *candidate)
{
	struct search *search = arg;

	return fails_on(search, search->client, candidate);
}

/* Does it fail on this machine, too? Then that one is the machine from now on. */
static void try_machine(struct search *search, const char *layout, const char *caps)
{
	struct client_config config = search->config;
	struct client *client;
	struct error ignored;

	if (!strcmp(config.layout, layout) && !strcmp(config.caps, caps))
		return;

	config.layout = layout;
	config.caps = caps;
	client = client_open(&config, &ignored);
	if (!client)
		return;
	if (fails_on(search, client, &search->result->trace)) {
		struct client *other = search->client;

		search->client = client;
		search->config = config;
		client = other;
	}
	client_close(client);
}

/* The default is the plainest, since nobody has to ask for it. */
static void plainer_machine(struct search *search)
{
	const char *layout = layout_name(LAYOUT_SMALL);
	const char *caps =
		caps_format(CAPS_DEFAULT, search->default_caps, sizeof(search->default_caps));

	try_machine(search, layout, caps);
	try_machine(search, layout, search->config.caps);
	try_machine(search, search->config.layout, caps);
}

static void simplify(struct search *search)
{
	struct simplifier simplifier = { .map = &client_hello(search->client)->map,
		                         .trace = &search->result->trace,
		                         .fails = fails,
		                         .arg = search };

	/* Plainer arguments make ops superfluous, and the other way round. */
	do {
		simplify_ops(&simplifier);
	} while (simplify_args(&simplifier));
	simplifier_free(&simplifier);
}

static enum minimise_verdict search_minimum(struct search *search)
{
	struct minimised *result = search->result;

	if (run(search, search->client, search->task->trace, &result->report))
		return MINIMISE_UNABLE;
	if (result->report.result.verdict != VERDICT_FINDING)
		return MINIMISE_PASSES;
	if (search->task->signature)
		snprintf(result->signature, sizeof(result->signature), "%s",
		         search->task->signature);
	else
		finding_signature(&result->report.finding, result->signature,
		                  sizeof(result->signature));
	if (!as_before(search, &result->report))
		return MINIMISE_PASSES;

	if (trace_copy(&result->trace, search->task->trace)) {
		error_set(search->err, "out of memory");
		return MINIMISE_UNABLE;
	}
	if (result->report.finding.step + 1 < result->trace.nr_ops)
		result->trace.nr_ops = result->report.finding.step + 1;
	plainer_machine(search);
	simplify(search);

	snprintf(result->layout, sizeof(result->layout), "%s", search->config.layout);
	snprintf(result->caps, sizeof(result->caps), "%s", search->config.caps);
	result->is_minimum = !search->out_of_time;
	return search->failed ? MINIMISE_UNABLE : MINIMISE_DONE;
}

enum minimise_verdict minimise(const struct minimise_task *task, struct minimised *result,
                               struct error *err)
{
	struct search search = {
		.task = task, .config = *task->config, .result = result, .err = err
	};
	enum minimise_verdict verdict = MINIMISE_UNABLE;

	memset(result, 0, sizeof(*result));
	search.start = clock_seconds();
	if (search.config.run_timeout > RUN_TIMEOUT)
		search.config.run_timeout = RUN_TIMEOUT;
	search.client = client_open(&search.config, err);
	if (search.client)
		verdict = search_minimum(&search);

	client_close(search.client);
	result->seconds = clock_seconds() - search.start;
	return verdict;
}

void minimised_free(struct minimised *result)
{
	trace_free(&result->trace);
}
