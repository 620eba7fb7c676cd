/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The el2fuzz command's side of a runner. Several traces are under way at once, so that generating
 * and running overlap. A runner that dies or hangs costs nothing but the trace at fault: it becomes
 * a finding, the runner is started again, and the others are run again.
 */
#ifndef EL2FUZZ_CLIENT_H
#define EL2FUZZ_CLIENT_H

#include "replay/runner/protocol.h"
#include "replay/trace.h"

/* How many traces may be under way at once */
#define CLIENT_DEPTH 16

struct client_config {
	const char *runner; /* program */
	enum world world;
	const char *core;
	const char *image;
	const char *layout;
	const char *caps;
	bool strict_surface; /* a tree must have no hypercall that no op stands for */
	const char *tlb; /* mode of the TLB rules; NULL: off */
	const char *build_id_file;
	unsigned int start_timeout; /* seconds until a runner must have booted its core */
	unsigned int run_timeout; /* seconds that one trace may take */
};

#define CLIENT_MAX_ARGS 20

/** client_command() - how a runner is started; NULL is behind the last word */
void client_command(const struct client_config *config, const char *argv[CLIENT_MAX_ARGS]);

/* What became of one trace */
struct run_report {
	struct run_result result;
	struct finding finding; /* for VERDICT_FINDING */
};

struct client;

/**
 * client_open() - start a runner and wait until its core has booted
 * @config: copied, its strings must live as long as the client
 */
struct client *client_open(const struct client_config *config, struct error *err);
void client_close(struct client *client);

/** client_hello() - what the runner said about itself */
const struct hello *client_hello(const struct client *client);

/** client_pid() - the runner's process, for tests */
int client_pid(const struct client *client);

/** client_in_flight() - traces submitted whose reports were not taken yet */
unsigned int client_in_flight(const struct client *client);

/**
 * client_submit() - queue a trace for running; not more than CLIENT_DEPTH at once
 * @cookie: comes back in the report
 */
int client_submit(struct client *client, u64 cookie, enum lockstep_mode mode,
                  const struct trace *trace, struct error *err);

/**
 * client_next() - wait for the report of the trace submitted first
 *
 * Return: 0, or -1 if nothing is in flight or the runner cannot be started any more.
 */
int client_next(struct client *client, struct run_report *report, struct error *err);

/**
 * client_explain() - run one trace and have every step explained; nothing may be in flight
 * @tell: in which form; NULL: in plain text
 * @out: where the explanation goes
 */
int client_explain(struct client *client, enum lockstep_mode mode,
                   const struct explain_options *tell, const struct trace *trace, FILE *out,
                   struct run_report *report, struct error *err);

/**
 * client_explain_begin() - the first half of client_explain(): do not wait for the runner
 *
 * So that several runners can work at the same time. client_explain_end() must be next.
 */
int client_explain_begin(struct client *client, enum lockstep_mode mode,
                         const struct explain_options *tell, const struct trace *trace,
                         struct error *err);
int client_explain_end(struct client *client, FILE *out, struct run_report *report,
                       struct error *err);

/** client_save() - what a runner reads on its standard input to run a trace; -1 if it cannot be written */
int client_save(enum lockstep_mode mode, const struct trace *trace, FILE *out);

/** client_bench() - time one trace again and again; nothing may be in flight */
int client_bench(struct client *client, const struct bench_request *request,
                 const struct trace *trace, struct bench_result *result, struct error *err);

/**
 * client_time() - run a trace of the nested world once, bare, and time each step of one op
 *
 * Return: result->nr steps in their order, until the next request; NULL on an error.
 */
const struct timed_step *client_time(struct client *client, u16 op, const struct trace *trace,
                                     struct time_result *result, struct error *err);

/** client_coverage() - an lcov tracefile of what the runner has run; nothing may be in flight */
int client_coverage(struct client *client, FILE *out, struct error *err);

#endif
