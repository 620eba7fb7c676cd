/* SPDX-License-Identifier: GPL-2.0-only */
/* A job of a campaign: the process of an engine, with the target inside. */
#ifndef EL2FUZZ_JOB_H
#define EL2FUZZ_JOB_H

#include "fuzz/under_way.h"
#include "replay/client.h"

#include <sys/types.h>

enum engine { ENGINE_RANDOM, ENGINE_LIBFUZZER, ENGINE_AFL, ENGINE_COUNT };

/** engine_by_name() / engine_name() - as in --engine; -1 if there is no such engine */
int engine_by_name(const char *name, size_t len);
const char *engine_name(enum engine engine);

/* What jobs of a campaign have in common. All paths are absolute or of the campaign's directory. */
struct job_setup {
	const struct client_config *machine;
	const char *programs; /* folder of the targets */
	const char *corpus; /* folder of binary traces */
	const char *work; /* folder of the campaign's own files */
	const char *known; /* folders of known findings, with ':' between them */
	const char *coverage; /* as EL2FUZZ_COVERAGE, or NULL */
	u64 seed;
};

struct job_stats {
	u64 runs; /* traces, since job_watch() */
	u64 edges;
	u64 corpus;
};

struct job {
	enum engine engine;
	unsigned int number;
	char name[24]; /* "libfuzzer0" */
	pid_t pid; /* 0: it does not run */
	unsigned int starts;
	double started;
	u64 runs_before; /* of the campaign, traces of others */
	struct job_stats stats;
};

/** job_check() - can this engine be started here? -1 with what to do in @err */
int job_check(enum engine engine, const struct job_setup *setup, struct error *err);

/** job_watch() - count its traces from now on */
void job_watch(struct job *job, const struct job_setup *setup);

/** job_start() - start the process: it dies with this one, and hears no signal of the terminal */
int job_start(struct job *job, const struct job_setup *setup, struct error *err);

/** job_ended() - has the process ended? Then its pid is 0. */
bool job_ended(struct job *job);

/** job_age() - seconds since it was started last */
double job_age(const struct job *job);

/** job_stop() - end the process and all that it started */
void job_stop(struct job *job);

/** job_look() - read how it is getting on, from what it wrote */
void job_look(struct job *job, const struct job_setup *setup);

/** job_under_way() - what it is at, or was when it ended; nothing if it never got that far */
void job_under_way(const struct job *job, const struct job_setup *setup,
                   struct under_way *under_way);

/** job_last_words() - the end of what it wrote; Return: @buf */
const char *job_last_words(const struct job *job, const struct job_setup *setup, char *buf,
                           size_t len);

#endif
