/* SPDX-License-Identifier: GPL-2.0-only */
/* A campaign of engines: start them, watch over them, take in what they find. */
#ifndef EL2FUZZ_FLEET_H
#define EL2FUZZ_FLEET_H

#include "fuzz/campaign.h"
#include "fuzz/job.h"

#define FLEET_MAX_JOBS 64

struct fleet_options {
	struct job_setup setup;
	struct job jobs[FLEET_MAX_JOBS]; /* engine, number and name are set */
	unsigned int nr_jobs;
	u64 seconds; /* 0: no limit */
	unsigned int minimise_seconds; /* as in struct campaign_options */
	const char *db_option; /* as in struct campaign_options */
};

/**
 * fleet_run() - run until the time is up or a signal asks to end
 * @client: runs again what engines found; its answer is what is stored
 *
 * What was in the work folder is taken in first: a campaign that was killed goes on where it was. Return: 0,
 * or -1 with the reason in @err; what was found before is stored either way.
 */
int fleet_run(struct fleet_options *options, struct client *client, struct store *store, s64 run_id,
              const struct known *known, struct campaign_outcome *outcome, struct error *err);

#endif
