// SPDX-License-Identifier: GPL-2.0-only
#include "replay/client.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "replay/channel.h"

/* A trace under way: the request as it was sent, to send it again, and what came of it. */
struct job {
	u64 cookie;
	u8 *request;
	size_t len;
	u32 nr_ops;
	struct run_report report;
};

struct client {
	struct client_config config;
	struct channel channel;
	struct hello hello;
	struct job jobs[CLIENT_DEPTH]; /* a ring, oldest first */
	unsigned int first;
	unsigned int nr_jobs;
	unsigned int nr_done; /* of these, how many have their report */
	struct job explained; /* by client_explain_begin() */
};

static struct job *job_at(struct client *client, unsigned int i)
{
	return &client->jobs[(client->first + i) % CLIENT_DEPTH];
}

static int signal_of(int status)
{
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* How the runner ended, in words that are the same each time. */
static const char *death_name(enum channel_event event, int status, char *buf, size_t len)
{
	const char *abbrev;

	if (event == CHANNEL_TIMEOUT)
		snprintf(buf, len, "runner no answer");
	else if (event == CHANNEL_GARBAGE || event == CHANNEL_FRAME)
		snprintf(buf, len, "runner wrong answer");
	else if (signal_of(status) && (abbrev = sigabbrev_np(signal_of(status))))
		snprintf(buf, len, "runner SIG%s", abbrev);
	else if (signal_of(status))
		snprintf(buf, len, "runner signal %d", signal_of(status));
	else
		snprintf(buf, len, "runner exit %d", WEXITSTATUS(status));

	return buf;
}

static int wrong_start(struct client *client, enum channel_event event, struct error *err)
{
	char death[64];
	int status = channel_end(&client->channel, event != CHANNEL_CLOSED);

	return error_set(err, "%s: did not start (%s): %s", client->config.runner,
	                 death_name(event, status, death, sizeof(death)),
	                 client->channel.text_len ? client->channel.text :
	                                            "it said nothing; run it by hand to see more");
}

/* What the command itself reads of the map must hold no surprise. */
static bool map_is_sane(const struct memory_map *map)
{
	return map->nr_regions && map->nr_regions <= MAP_MAX_REGIONS && map->ram_pages &&
	       map->ram_pages <= map->nr_pages && map->pa_bits >= 32 && map->pa_bits <= 52;
}

void client_command(const struct client_config *config, const char *argv[CLIENT_MAX_ARGS])
{
	const char *const args[CLIENT_MAX_ARGS] = {
		config->runner,
		"--world",
		world_name(config->world),
		"--core",
		config->core,
		"--image",
		config->image,
		"--layout",
		config->layout,
		"--caps",
		config->caps,
		"--tlb",
		config->tlb ? config->tlb : "off",
		"--build-id-file",
		config->build_id_file,
	};

	memcpy(argv, args, sizeof(args));
}

/* Start the runner and take its greeting. */
static int start(struct client *client, struct error *err)
{
	const struct client_config *config = &client->config;
	const char *argv[CLIENT_MAX_ARGS];
	struct channel *channel = &client->channel;
	enum channel_event event;
	const void *payload;

	client_command(config, argv);
	if (channel_spawn(channel, argv, err))
		return -1;

	event = channel_wait(channel, config->start_timeout * 1000, &payload);
	if (event == CHANNEL_FRAME && channel->frame.type == FRAME_FAILED) {
		error_set(err, "%.*s", (int)channel->frame.len, (const char *)payload);
		channel_end(channel, true);
		return -1;
	}
	if (event != CHANNEL_FRAME || channel->frame.type != FRAME_HELLO ||
	    channel->frame.len != sizeof(struct hello))
		return wrong_start(client, event, err);

	memcpy(&client->hello, payload, sizeof(client->hello));
	client->hello.build_id[sizeof(client->hello.build_id) - 1] = '\0';
	client->hello.core[sizeof(client->hello.core) - 1] = '\0';
	if (client->hello.nr_unknown > TREE_MAX_UNKNOWN)
		return wrong_start(client, CHANNEL_GARBAGE, err);
	if (config->strict_surface && client->hello.nr_unknown) {
		error_set(err,
		          "the tree has the hypercall %.59s, which no op stands for: add a row to "
		          "core/op_table.h, or go without --strict-surface",
		          client->hello.unknown[0].name);
		channel_end(channel, true);
		return -1;
	}
	if (client->hello.world != config->world || !map_is_sane(&client->hello.map))
		return wrong_start(client, CHANNEL_GARBAGE, err);
	return 0;
}

struct client *client_open(const struct client_config *config, struct error *err)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client) {
		error_set(err, "out of memory");
		return NULL;
	}

	client->config = *config;
	if (start(client, err)) {
		client_close(client);
		return NULL;
	}

	return client;
}

void client_close(struct client *client)
{
	if (!client)
		return;

	channel_free(&client->channel);
	for (unsigned int i = 0; i < CLIENT_DEPTH; i++)
		free(client->jobs[i].request);
	free(client);
}

const struct hello *client_hello(const struct client *client)
{
	return &client->hello;
}

int client_pid(const struct client *client)
{
	return client->channel.pid;
}

unsigned int client_in_flight(const struct client *client)
{
	return client->nr_jobs;
}

/* A frame: header, request, binary trace. */
static u8 *make_request(enum frame_type type, const void *request, size_t request_len,
                        const struct trace *trace, size_t *len)
{
	struct frame frame = { .magic = RUNNER_MAGIC, .type = type };
	u8 *bytes = malloc(sizeof(frame) + request_len + trace_encoded_max(trace));

	if (!bytes)
		return NULL;

	frame.len = request_len + trace_encode(trace, bytes + sizeof(frame) + request_len);
	memcpy(bytes, &frame, sizeof(frame));
	memcpy(bytes + sizeof(frame), request, request_len);
	*len = sizeof(frame) + frame.len;
	return bytes;
}

/* The structure after the fixed part of a result must be there exactly when the verdict says so. */
static bool take_result(struct client *client, struct job *job, const void *payload)
{
	struct run_report *report = &job->report;
	size_t len = client->channel.frame.len;

	if (client->channel.frame.type != FRAME_RESULT || len < sizeof(report->result))
		return false;

	memcpy(&report->result, payload, sizeof(report->result));
	report->result.reason[sizeof(report->result.reason) - 1] = '\0';
	if (report->result.cookie != job->cookie || report->result.verdict > VERDICT_LOST)
		return false;
	if (report->result.verdict != VERDICT_FINDING)
		return len == sizeof(report->result);
	if (len != sizeof(report->result) + sizeof(report->finding))
		return false;

	memcpy(&report->finding, (const u8 *)payload + sizeof(report->result),
	       sizeof(report->finding));
	report->finding.op[sizeof(report->finding.op) - 1] = '\0';
	report->finding.place[sizeof(report->finding.place) - 1] = '\0';
	report->finding.expected[sizeof(report->finding.expected) - 1] = '\0';
	report->finding.actual[sizeof(report->finding.actual) - 1] = '\0';
	return report->finding.class > FINDING_NONE && report->finding.class < FINDING_CLASS_COUNT;
}

/* End the runner, and make its death the report of @job. */
static void bury(struct client *client, struct job *job, enum channel_event event)
{
	struct finding *finding = &job->report.finding;
	int status = channel_end(&client->channel, event != CHANNEL_CLOSED);
	char death[64];

	memset(&job->report, 0, sizeof(job->report));
	job->report.result.cookie = job->cookie;
	job->report.result.verdict = VERDICT_FINDING;

	finding->class = event == CHANNEL_TIMEOUT ? FINDING_HANG : FINDING_HARNESS;
	finding->step = job->nr_ops;
	snprintf(finding->op, sizeof(finding->op), "end");
	snprintf(finding->place, sizeof(finding->place), "%s",
	         death_name(event, status, death, sizeof(death)));
	snprintf(finding->expected, sizeof(finding->expected),
	         "the runner answers within %u s and lives on", client->config.run_timeout);
	snprintf(finding->actual, sizeof(finding->actual), "%s%s%s", finding->place,
	         client->channel.text_len ? "; it said:\n" : "", client->channel.text);
}

/* Wait for the report of @job, the oldest that the runner works on. Return: did it live? */
static bool await(struct client *client, struct job *job, FILE *out)
{
	enum channel_event event;
	const void *payload;

	do {
		event = channel_wait(&client->channel, client->config.run_timeout * 1000, &payload);
		if (event != CHANNEL_FRAME)
			break;
		if (client->channel.frame.type == FRAME_TEXT && out) {
			fwrite(payload, 1, client->channel.frame.len, out);
			continue;
		}
		if (take_result(client, job, payload))
			return true;
		break;
	} while (true);

	bury(client, job, event);
	return false;
}

/*
 * The runner died. The oldest trace was under way, but an earlier one may have broken the runner,
 * or a later one be just as bad: run each alone. If none of them fails alone, the death is
 * reported for the oldest all the same.
 */
static int run_alone(struct client *client, struct error *err)
{
	struct run_report death = job_at(client, 0)->report;
	bool repeated = false;
	size_t len;

	for (unsigned int i = 0; i < client->nr_jobs; i++) {
		struct job *job = job_at(client, i);

		if (!client->channel.pid && start(client, err))
			return -1;
		if (channel_send(&client->channel, job->request, job->len))
			return error_set(err, "out of memory");
		if (!await(client, job, NULL))
			repeated = true;
	}

	client->nr_done = client->nr_jobs;
	if (!repeated) {
		len = strlen(death.finding.actual);
		snprintf(death.finding.actual + len, sizeof(death.finding.actual) - len,
		         "\nit did not happen again when the trace was run alone");
		job_at(client, 0)->report = death;
	}

	return client->channel.pid ? 0 : start(client, err);
}

int client_submit(struct client *client, u64 cookie, enum lockstep_mode mode,
                  const struct trace *trace, struct error *err)
{
	struct run_request request = { .cookie = cookie, .mode = mode };
	struct job *job = job_at(client, client->nr_jobs);

	if (client->nr_jobs == CLIENT_DEPTH)
		return error_set(err, "more than %d traces under way", CLIENT_DEPTH);

	free(job->request);
	job->cookie = cookie;
	job->nr_ops = trace->nr_ops;
	job->request = make_request(FRAME_RUN, &request, sizeof(request), trace, &job->len);
	if (!job->request || channel_send(&client->channel, job->request, job->len))
		return error_set(err, "out of memory");

	client->nr_jobs++;
	return 0;
}

int client_next(struct client *client, struct run_report *report, struct error *err)
{
	struct job *job = job_at(client, 0);

	if (!client->nr_jobs)
		return error_set(err, "no trace is under way");

	if (!client->nr_done) {
		if (await(client, job, NULL))
			client->nr_done = 1;
		else if (run_alone(client, err))
			return -1;
	}

	*report = job->report;
	client->first = (client->first + 1) % CLIENT_DEPTH;
	client->nr_jobs--;
	client->nr_done--;
	return 0;
}

int client_explain_begin(struct client *client, enum lockstep_mode mode,
                         const struct explain_options *tell, const struct trace *trace,
                         struct error *err)
{
	struct run_request request = { .mode = mode };
	struct job *job = &client->explained;
	bool sent;

	*job = (struct job){ .nr_ops = trace->nr_ops };
	if (tell)
		request.tell = *tell;
	job->request = make_request(FRAME_EXPLAIN, &request, sizeof(request), trace, &job->len);
	sent = job->request && !channel_send(&client->channel, job->request, job->len);
	free(job->request);
	if (!sent)
		return error_set(err, "out of memory");

	channel_flush(&client->channel);
	return 0;
}

int client_explain_end(struct client *client, FILE *out, struct run_report *report,
                       struct error *err)
{
	if (!await(client, &client->explained, out) && start(client, err))
		return -1;
	*report = client->explained.report;
	return 0;
}

int client_explain(struct client *client, enum lockstep_mode mode,
                   const struct explain_options *tell, const struct trace *trace, FILE *out,
                   struct run_report *report, struct error *err)
{
	return client_explain_begin(client, mode, tell, trace, err) ||
	                       client_explain_end(client, out, report, err) ?
	               -1 :
	               0;
}

int client_save(enum lockstep_mode mode, const struct trace *trace, FILE *out)
{
	struct run_request request = { .mode = mode };
	size_t len;
	u8 *bytes = make_request(FRAME_RUN, &request, sizeof(request), trace, &len);
	bool saved = bytes && fwrite(bytes, 1, len, out) == len;

	free(bytes);
	return saved ? 0 : -1;
}

static int failed_measuring(struct client *client, bool closed, struct error *err)
{
	struct channel *channel = &client->channel;

	channel_end(channel, !closed);
	return error_set(err, "%s: failed during the benchmark: %s", client->config.runner,
	                 channel->text_len ? channel->text : "it said nothing");
}

/* Return: the payload of the answer, channel->frame.len bytes and at least @least; NULL on an error */
static const void *measure(struct client *client, u8 *request, size_t len, enum frame_type answer,
                           size_t least, struct error *err)
{
	struct channel *channel = &client->channel;
	bool sent = request && !channel_send(channel, request, len);
	enum channel_event event;
	const void *payload;

	free(request);
	if (!sent) {
		error_set(err, "out of memory");
		return NULL;
	}

	event = channel_wait(channel, client->config.run_timeout * 1000, &payload);
	if (event == CHANNEL_FRAME && channel->frame.type == answer && channel->frame.len >= least)
		return payload;
	failed_measuring(client, event == CHANNEL_CLOSED, err);
	return NULL;
}

int client_bench(struct client *client, const struct bench_request *request,
                 const struct trace *trace, struct bench_result *result, struct error *err)
{
	size_t len = 0;
	u8 *bytes = make_request(FRAME_BENCH, request, sizeof(*request), trace, &len);
	const void *answer = measure(client, bytes, len, FRAME_BENCHED, sizeof(*result), err);

	if (!answer)
		return -1;
	if (client->channel.frame.len != sizeof(*result))
		return failed_measuring(client, false, err);
	memcpy(result, answer, sizeof(*result));
	return 0;
}

const struct timed_step *client_time(struct client *client, u16 op, const struct trace *trace,
                                     struct time_result *result, struct error *err)
{
	const struct time_request request = { .op = op };
	size_t len = 0;
	u8 *bytes = make_request(FRAME_TIME, &request, sizeof(request), trace, &len);
	const u8 *answer = measure(client, bytes, len, FRAME_TIMED, sizeof(*result), err);

	if (!answer)
		return NULL;
	memcpy(result, answer, sizeof(*result));
	if (client->channel.frame.len !=
	    sizeof(*result) + (size_t)result->nr * sizeof(struct timed_step)) {
		failed_measuring(client, false, err);
		return NULL;
	}
	return (const struct timed_step *)(answer + sizeof(*result));
}

int client_coverage(struct client *client, FILE *out, struct error *err)
{
	const struct frame request = { .magic = RUNNER_MAGIC, .type = FRAME_COVERAGE };
	struct channel *channel = &client->channel;
	const void *payload;

	if (channel_send(channel, &request, sizeof(request)))
		return error_set(err, "%s: does not take requests", client->config.runner);

	while (channel_wait(channel, client->config.run_timeout * 1000, &payload) ==
	       CHANNEL_FRAME) {
		if (channel->frame.type == FRAME_COVERED)
			return 0;
		if (channel->frame.type == FRAME_FAILED)
			return error_set(err, "%.*s", (int)channel->frame.len,
			                 (const char *)payload);
		if (channel->frame.type != FRAME_TEXT)
			break;
		fwrite(payload, 1, channel->frame.len, out);
	}

	return error_set(err, "%s: failed to say what it has run", client->config.runner);
}
