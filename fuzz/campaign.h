/* SPDX-License-Identifier: GPL-2.0-only */
/* A run: generate traces, have them run, keep what is found. */
#ifndef EL2FUZZ_CAMPAIGN_H
#define EL2FUZZ_CAMPAIGN_H

#include "fuzz/generate.h"
#include "fuzz/known.h"
#include "replay/client.h"
#include "replay/minimise.h"
#include "replay/store.h"

/* How long a new finding may take to be minimised */
#define CAMPAIGN_MINIMISE_SECONDS 5

struct campaign_options {
	struct generator_options generator;
	u64 seed;
	u64 traces; /* 0: no limit */
	u64 seconds; /* 0: no limit */
	u64 findings; /* 0: no limit */
	/* Asked of each new finding that is not known: is it no news either? May be NULL. */
	bool (*is_known)(void *arg, const struct store_finding *row, const struct trace *trace);
	void *arg;
	/* Each new finding is minimised, on this machine, for so long at most; 0: it is not. */
	const struct client_config *config;
	unsigned int minimise_seconds;
	/* What follows "el2fuzz" in the commands that reports suggest, e.g. " --db x.db". */
	const char *db_option;
};

struct campaign_outcome {
	u64 findings; /* distinct, not known */
	u64 known; /* distinct, known */
};

/**
 * campaign_run() - run until the limit is reached or a signal asks to end
 * @run_id: of store_begin_run()
 *
 * Every finding is on the disk before it is reported. Return: 0, or -1 with the reason in @err;
 * what was found before is stored either way.
 */
int campaign_run(const struct campaign_options *options, struct client *client, struct store *store,
                 s64 run_id, const struct known *known, struct campaign_outcome *outcome,
                 struct error *err);

/**
 * campaign_minimise() - minimise a finding that is stored, and store that
 *
 * One that cannot be minimised stays as it was found, which is no reason to end a campaign. Return: 0, or -1 if
 * the store fails.
 */
int campaign_minimise(const struct minimise_task *task, struct store *store, s64 id,
                      struct error *err);

#endif
