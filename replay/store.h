/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What runs find, in an SQLite database. When a function that writes returns 0, what it wrote is on
 * the disk: neither kill -9 nor a loss of power takes it away.
 */
#ifndef EL2FUZZ_STORE_H
#define EL2FUZZ_STORE_H

#include "core/error.h"
#include "oracle/finding.h"
#include "replay/trace.h"

/* Room for any finding_signature() */
#define SIGNATURE_MAX 256

enum store_access {
	STORE_READ, /* the database must be there */
	STORE_WRITE, /* it is made or brought up to the newest schema */
};

struct store;

/* What makes up a run's identity, apart from the traces' indices. */
struct store_run {
	char build_id[65];
	char core[16];
	char layout[32];
	char caps[128];
	u64 seed;
	u32 length;
	u32 hostile;
};

struct store_totals {
	u64 traces;
	u64 steps;
	u64 unmodelled;
	u64 lost;
	u64 blocks;
	u64 digest;
};

/* A finding as it is kept. */
struct store_finding {
	s64 id;
	char signature[SIGNATURE_MAX];
	struct finding finding;
	u64 trace_index;
	bool known;
	u64 count; /* how often it was seen, in all runs */
	/* filled by store_find() and store_each_finding() alone */
	struct store_run run;
	s64 run_id;
	s64 first_seen;
	s64 last_seen;
	/* by store_find() alone, freed by store_finding_free() */
	char *trace; /* text form */
	char *minimal; /* the same, minimised; NULL if it is not, or the trace is gone */
	char minimal_layout[32];
	char minimal_caps[128];
};

/**
 * store_open() - open a database
 * @path: a file
 *
 * Return: the database, or NULL with what is wrong with it, and what to do, in @err.
 */
struct store *store_open(const char *path, enum store_access access, struct error *err);
void store_close(struct store *store);

/**
 * store_begin_run() - record that a run starts
 * @description: of the build
 * @now: seconds since 1970
 *
 * Return: the run's number, or -1.
 */
s64 store_begin_run(struct store *store, const struct store_run *run, const char *description,
                    s64 now, struct error *err);

/** store_end_run() - record what a run came to */
int store_end_run(struct store *store, s64 run_id, const struct store_totals *totals, s64 now,
                  struct error *err);

/**
 * store_add_finding() - record a finding, or count it if its signature is there already
 * @finding: its id and count are set
 * @times: how often it was seen
 *
 * Return: 0, or -1.
 */
int store_add_finding(struct store *store, s64 run_id, struct store_finding *finding,
                      const struct trace *trace, u64 times, s64 now, struct error *err);

/** store_count_finding() - record that a run saw a finding @times more */
int store_count_finding(struct store *store, s64 run_id, s64 id, u64 times, s64 now,
                        struct error *err);

/**
 * store_set_minimal() - record what a finding was minimised to
 * @layout: with @caps, the plainest machine that the trace fails on
 */
int store_set_minimal(struct store *store, s64 id, const struct trace *trace, const char *layout,
                      const char *caps, struct error *err);

/**
 * store_each_finding() - visit all findings, the first found first
 *
 * Return: 0, or -1.
 */
int store_each_finding(struct store *store, void (*visit)(void *arg, const struct store_finding *),
                       void *arg, struct error *err);

/**
 * store_find() - look a finding up by its number
 *
 * Return: 0, or -1 (there is no such finding, or it cannot be read).
 */
int store_find(struct store *store, s64 id, struct store_finding *finding, struct error *err);
void store_finding_free(struct store_finding *finding);

/* How a campaign was getting on */
struct store_sample {
	u64 second; /* since the run began */
	u64 execs; /* in a second */
	u64 traces;
	u64 edges;
	u64 corpus;
	u64 findings;
};

/** store_add_sample() - at most one in a second is kept */
int store_add_sample(struct store *store, s64 run_id, const struct store_sample *sample,
                     struct error *err);

/** store_each_sample() - visit the samples of a run, the first first */
int store_each_sample(struct store *store, s64 run_id,
                      void (*visit)(void *arg, const struct store_sample *sample), void *arg,
                      struct error *err);

/* A run as it is kept */
struct store_run_row {
	s64 id;
	struct store_run run;
	s64 started;
	s64 ended; /* 0: under way, or killed */
	u64 traces, blocks; /* those of the last sample if it has not ended */
	u64 findings; /* distinct ones that it saw, known ones as well */
};

/** store_each_run() - visit all runs, the first one first */
int store_each_run(struct store *store, void (*visit)(void *arg, const struct store_run_row *row),
                   void *arg, struct error *err);

/* What was new to the database */
struct store_merged {
	u64 runs;
	u64 findings;
	u64 samples;
};

/**
 * store_merge() - take in all of another database, in one transaction
 * @path: of any schema that there was; it is only read, and may be in use
 *
 * Merging the same again changes nothing, nor does the order of several. Return: 0, or -1 with the reason in
 * @err: then this database is as it was.
 */
int store_merge(struct store *store, const char *path, struct store_merged *merged,
                struct error *err);

#endif
