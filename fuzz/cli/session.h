/* SPDX-License-Identifier: GPL-2.0-only */
/* What a run has open: the known findings, the database, the runner. */
#ifndef EL2FUZZ_CLI_SESSION_H
#define EL2FUZZ_CLI_SESSION_H

#include "fuzz/campaign.h"
#include "fuzz/cli/setup.h"

struct session {
	struct known known;
	struct store *store;
	struct client *client;
	s64 run_id;
};

/**
 * session_open() - open all that the options ask for
 * @known_dir: as of setup_known()
 *
 * Return: 0, or -1; close it in any case.
 */
int session_open(struct session *session, struct setup *setup, const char *known_dir,
                 struct error *err);
void session_close(struct session *session);

/** session_begin_run() - record that a run begins, and print the head of the line that says so */
int session_begin_run(struct session *session, const struct setup *setup, u64 seed,
                      const struct generator_options *generator, struct error *err);

/** session_campaign() - such a run, of campaign_run() */
int session_campaign(struct session *session, const struct setup *setup,
                     const struct campaign_options *campaign, struct campaign_outcome *outcome,
                     struct error *err);

#endif
