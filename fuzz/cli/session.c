// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/session.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "replay/build_id.h"

int session_open(struct session *session, struct setup *setup, const char *known_dir,
                 struct error *err)
{
	*session = (struct session){ 0 };
	if (setup_known(setup, &session->known, known_dir, err))
		return -1;
	session->store = store_open(setup->db, STORE_WRITE, err);
	if (!session->store)
		return -1;
	session->client = setup_start(setup, err);
	return session->client ? 0 : -1;
}

void session_close(struct session *session)
{
	client_close(session->client);
	store_close(session->store);
	known_free(&session->known);
}

int session_begin_run(struct session *session, const struct setup *setup, u64 seed,
                      const struct generator_options *generator, struct error *err)
{
	const struct hello *hello = client_hello(session->client);
	struct store_run run = { .seed = seed,
		                 .length = generator->length,
		                 .hostile = generator->hostile };
	struct build_id build;

	if (build_id_load(&build, setup->build_id_file, err))
		return -1;
	strcpy(run.build_id, hello->build_id);
	strcpy(run.core, hello->core);
	snprintf(run.layout, sizeof(run.layout), "%s", setup->layout);
	snprintf(run.caps, sizeof(run.caps), "%s", setup->caps);

	session->run_id = store_begin_run(session->store, &run, build.text, time(NULL), err);
	if (session->run_id < 0)
		return -1;
	printf("run %" PRId64 ": build %s, core %s, layout %s, caps %s, seed 0x%" PRIx64 ", %s",
	       session->run_id, run.build_id, run.core, run.layout, run.caps, run.seed, setup->db);
	for (u32 i = 0; i < hello->nr_unknown; i++)
		printf("\nnot modelled: hypercall %u, %s: a crash is all that is seen of it",
		       hello->unknown[i].id, hello->unknown[i].name);
	return 0;
}

int session_campaign(struct session *session, const struct setup *setup,
                     const struct campaign_options *campaign, struct campaign_outcome *outcome,
                     struct error *err)
{
	if (session_begin_run(session, setup, campaign->seed, &campaign->generator, err))
		return -1;
	putchar('\n');
	fflush(stdout);
	return campaign_run(campaign, session->client, session->store, session->run_id,
	                    &session->known, outcome, err);
}
