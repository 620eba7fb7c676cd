// SPDX-License-Identifier: GPL-2.0-only
#include "replay/runner/server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "core/nested/core.h"
#include "replay/clock.h"
#include "replay/trace.h"

struct server {
	int in;
	int out;
	struct core *core; /* the first, if there are two */
	const char *cores; /* by their name on the command line */
	struct lockstep *lockstep;
	struct trace trace;
	struct lockstep_result result;
	u32 len; /* of the request's payload */
	_Alignas(u64) u8 payload[RUNNER_MAX_PAYLOAD];
};

/* Return: 1, 0 at the end of the stream, -1 on an error. */
static int read_all(int fd, void *buf, size_t len)
{
	u8 *to = buf;

	while (len) {
		ssize_t n = read(fd, to, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n;
		to += n;
		len -= n;
	}

	return 1;
}

static int write_all(int fd, const void *buf, size_t len)
{
	const u8 *from = buf;

	while (len) {
		ssize_t n = write(fd, from, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		from += n;
		len -= n;
	}

	return 0;
}

int server_send(int fd, enum frame_type type, const void *head, size_t head_len, const void *tail,
                size_t tail_len)
{
	struct frame frame = { .magic = RUNNER_MAGIC, .type = type, .len = head_len + tail_len };

	if (write_all(fd, &frame, sizeof(frame)) || write_all(fd, head, head_len))
		return -1;
	return write_all(fd, tail, tail_len);
}

static int send_hello(struct server *server, const char *build_id)
{
	struct hello hello;

	hello_fill(&hello, server->core, server->cores, build_id);
	server->trace.world = hello.world;

	return server_send(server->out, FRAME_HELLO, &hello, sizeof(hello), NULL, 0);
}

static int send_failed(struct server *server, const char *why)
{
	return server_send(server->out, FRAME_FAILED, why, strlen(why), NULL, 0);
}

/* Take the fixed part of the request; what follows is the trace. */
static bool take_request(struct server *server, void *request, size_t len)
{
	if (server->len < len)
		return false;

	memcpy(request, server->payload, len);
	trace_decode(&server->trace, server->payload + len, server->len - len);
	return true;
}

static int send_result(struct server *server, u64 cookie)
{
	const struct lockstep_result *result = &server->result;
	bool found = result->verdict == VERDICT_FINDING;
	struct run_result answer = {
		.cookie = cookie,
		.verdict = result->verdict,
		.steps = result->steps,
		.absent = result->absent,
		.digest = result->digest,
		.blocks_covered = core_blocks_covered(server->core),
	};

	memcpy(answer.reason, result->reason, sizeof(answer.reason));
	return server_send(server->out, FRAME_RESULT, &answer, sizeof(answer), &result->finding,
	                   found ? sizeof(result->finding) : 0);
}

static ssize_t write_text(void *cookie, const char *text, size_t len)
{
	const struct server *server = cookie;

	return server_send(server->out, FRAME_TEXT, text, len, NULL, 0) ? 0 : (ssize_t)len;
}

/* A line at a time, so that what led to a crash of the runner gets out before it. */
static FILE *open_report(struct server *server)
{
	FILE *report = fopencookie(server, "w", (cookie_io_functions_t){ .write = write_text });

	if (report)
		setvbuf(report, NULL, _IOLBF, 4096);
	return report;
}

static int serve_run(struct server *server, bool explain)
{
	struct run_request request;
	FILE *report = NULL;

	if (!take_request(server, &request, sizeof(request)))
		return send_failed(server, "the request is too short");
	if (request.mode >= LOCKSTEP_MODE_COUNT)
		return send_failed(server, "there is no such mode");
	if (request.tell.kind >= EXPLAIN_KIND_COUNT)
		return send_failed(server, "there is no such form");
	if (explain && !(report = open_report(server)))
		return send_failed(server, "out of memory");

	memset(&server->result, 0, sizeof(server->result));
	lockstep_tell(server->lockstep, &request.tell);
	lockstep_run(server->lockstep, server->trace.ops, server->trace.nr_ops, request.mode,
	             report, &server->result);
	if (report && fclose(report))
		return -1;
	return send_result(server, request.cookie);
}

/* What this thread, the only one, has run, and the kernel for it: others may have had the CPU meanwhile. */
static u64 cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* getrusage() would count what the process held before it became this program. */
static u64 peak_rss_kb(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	unsigned long kb = 0;
	char line[128];

	while (status && fgets(line, sizeof(line), status)) {
		if (sscanf(line, "VmHWM: %lu", &kb) == 1)
			break;
	}
	if (status)
		fclose(status);

	return kb;
}

static void run_once(struct server *server, const struct bench_request *request,
                     struct bench_result *answer)
{
	lockstep_run(server->lockstep, server->trace.ops, server->trace.nr_ops, request->mode, NULL,
	             &server->result);
	answer->steps += server->result.steps;
	answer->resets++;
	answer->tlbis += server->result.tlbis;
	answer->full_tlbis += server->result.full_tlbis;
	answer->needless_tlbis += server->result.needless_tlbis;
}

/* A reset costs what the trace before it has changed: it is timed after one. */
static void time_resets(struct server *server, const struct bench_request *request,
                        struct bench_result *answer)
{
	for (u32 i = 0; i < request->repeat; i++) {
		u64 start;

		run_once(server, request, answer);
		start = cpu_ns();
		lockstep_reset(server->lockstep);
		answer->nanoseconds += cpu_ns() - start;
	}
}

static void time_runs(struct server *server, const struct bench_request *request,
                      struct bench_result *answer)
{
	u64 start = cpu_ns();

	for (u32 i = 0; i < request->repeat; i++)
		run_once(server, request, answer);
	answer->nanoseconds = cpu_ns() - start;
}

static int serve_bench(struct server *server)
{
	struct bench_result answer = { 0 };
	struct bench_request request;

	if (!take_request(server, &request, sizeof(request)))
		return send_failed(server, "the request is too short");
	if (request.mode >= LOCKSTEP_MODE_COUNT)
		return send_failed(server, "there is no such mode");

	if (request.resets_only)
		time_resets(server, &request, &answer);
	else
		time_runs(server, &request, &answer);
	answer.peak_rss_kb = peak_rss_kb();

	return server_send(server->out, FRAME_BENCHED, &answer, sizeof(answer), NULL, 0);
}

/* By the clock on the wall: that of the CPU takes longer to read than such a step. */
static bool time_step(struct server *server, const struct op *op, struct timed_step *to)
{
	const struct nested_costs *costs = &core_nested(server->core)->shared->costs;
	const u64 walks = costs->walks;
	u64 args[OP_MAX_ARGS];
	struct outcome out;
	double start;

	map_resolve(core_map(server->core), op_desc(op->code), op, 0, args);
	start = clock_seconds();
	core_step(server->core, op, args, &out);
	to->nanoseconds = (clock_seconds() - start) * 1e9;
	to->walks = costs->walks - walks;
	return out.kind != OUTCOME_LOST && !outcome_crashed(&out);
}

static int serve_time(struct server *server)
{
	struct timed_step step, *steps = (struct timed_step *)server->payload;
	struct time_result answer = { 0 };
	struct time_request request;
	bool goes_on = true;

	if (!take_request(server, &request, sizeof(request)))
		return send_failed(server, "the request is too short");
	if (!core_nested(server->core))
		return send_failed(server, "only steps of the nested world are timed");
	lockstep_reset(server->lockstep);
	for (u32 i = 0; i < server->trace.nr_ops && goes_on; i++) {
		goes_on = time_step(server, &server->trace.ops[i], &step);
		if (server->trace.ops[i].code == request.op &&
		    answer.nr < RUNNER_MAX_PAYLOAD / sizeof(step) - 1)
			steps[answer.nr++] = step;
	}
	answer.costs = core_nested(server->core)->shared->costs;
	return server_send(server->out, FRAME_TIMED, &answer, sizeof(answer), steps,
	                   answer.nr * sizeof(*steps));
}

static int serve_coverage(struct server *server)
{
	FILE *report = open_report(server);
	struct error err;
	int ret;

	if (!report)
		return send_failed(server, "out of memory");
	setvbuf(report, NULL, _IOFBF, 1 << 16);
	ret = core_coverage(server->core, report, &err);
	if (fclose(report))
		return -1;

	return ret ? send_failed(server, err.text) :
	             server_send(server->out, FRAME_COVERED, NULL, 0, NULL, 0);
}

static int serve(struct server *server, u32 type)
{
	switch (type) {
	case FRAME_RUN:
		return serve_run(server, false);
	case FRAME_EXPLAIN:
		return serve_run(server, true);
	case FRAME_BENCH:
		return serve_bench(server);
	case FRAME_TIME:
		return serve_time(server);
	case FRAME_COVERAGE:
		return serve_coverage(server);
	default:
		return send_failed(server, "there is no such request");
	}
}

static int serve_all(struct server *server, struct error *err)
{
	struct frame frame;
	int got;

	while ((got = read_all(server->in, &frame, sizeof(frame))) > 0) {
		if (frame.magic != RUNNER_MAGIC || frame.len > RUNNER_MAX_PAYLOAD)
			return error_set(
				err, "standard input holds no frames; el2fuzz starts this program");

		got = read_all(server->in, server->payload, frame.len);
		if (got <= 0)
			break;
		server->len = frame.len;
		if (serve(server, frame.type))
			return error_set(err, "nobody takes the answers any more");
	}

	return got ? error_set(err, "standard input: %s", strerror(errno)) : 0;
}

int server_run(int in, int out, struct core *core, const char *cores, struct lockstep *lockstep,
               const char *build_id, struct error *err)
{
	struct server *server = calloc(1, sizeof(*server));
	int ret;

	if (!server)
		return error_set(err, "out of memory");

	server->in = in;
	server->out = out;
	server->core = core;
	server->cores = cores;
	server->lockstep = lockstep;
	if (send_hello(server, build_id))
		ret = error_set(err,
		                "nobody takes the answers; this program is started by el2fuzz");
	else
		ret = serve_all(server, err);

	trace_free(&server->trace);
	free(server);
	return ret;
}
