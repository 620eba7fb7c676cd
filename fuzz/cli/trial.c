// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/trial.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/cli/places.h"
#include "fuzz/cli/session.h"
#include "replay/clock.h"

#define RULE EL2FUZZ_SOURCE_DIR "/cmake/mutants/rule.sh"

struct hunt {
	const struct trial_options *options;
	struct client_config unbroken; /* the same machine, with the tree as it is */
	struct client *judge; /* runs that, when it is first needed */
	struct trial *trial;
	double start;
};

const char *trial_file(const struct trial_options *options, const struct mutant *mutant,
                       const char *suffix, char buf[4400])
{
	const char *slash = strrchr(options->prefix, '/');

	snprintf(buf, 4400, "%.*s/%s.%s", (int)(slash - options->prefix), options->prefix,
	         mutant->name, suffix);
	return buf;
}

/* Does the unbroken tree do the same with the trace? */
static bool also_unbroken(struct hunt *hunt, const char *signature, const struct trace *trace)
{
	struct run_report report;
	char other[SIGNATURE_MAX];
	struct error err;

	if (!hunt->judge)
		hunt->judge = client_open(&hunt->unbroken, &err);
	if (!hunt->judge || client_submit(hunt->judge, 0, LOCKSTEP_CHEAP, trace, &err) ||
	    client_next(hunt->judge, &report, &err)) {
		hunt->trial->unable = true;
		error_set(&hunt->trial->error, "the unbroken tree cannot run: %s", err.text);
		return false;
	}
	if (report.result.verdict != VERDICT_FINDING)
		return false;
	return !strcmp(signature, finding_signature(&report.finding, other, sizeof(other)));
}

/* Each new finding of the campaign comes by here. */
static bool take_finding(void *arg, const struct store_finding *row, const struct trace *trace)
{
	struct hunt *hunt = arg;
	struct trial *trial = hunt->trial;

	if (also_unbroken(hunt, row->signature, trace))
		return true;
	if (!trial->found) {
		trial->found = true;
		trial->class = row->finding.class;
		trial->trace = row->trace_index;
		trial->fuzz_seconds = clock_seconds() - hunt->start;
		snprintf(trial->where, sizeof(trial->where), "%.32s %.120s", row->finding.op,
		         row->finding.place);
	}
	if (trial->nr_signatures < TRIAL_SIGNATURES)
		strcpy(trial->signatures[trial->nr_signatures++], row->signature);
	return false;
}

static int campaign(struct hunt *hunt, struct setup *setup, double seconds, struct error *err)
{
	const struct campaign_options options = {
		.generator = { .length = GENERATE_LENGTH, .hostile = GENERATE_HOSTILE },
		.seed = hunt->options->seed,
		.seconds = seconds < 1 ? 1 : seconds,
		.traces = hunt->options->traces,
		.findings = !hunt->options->signatures,
		.is_known = take_finding,
		.arg = hunt,
		.db_option = "",
	};
	struct campaign_outcome outcome;
	struct session session;
	int ret = session_open(&session, setup, NULL, err);

	/* A tree that does not boot is found that way. */
	if (ret && session.store) {
		hunt->trial->found = true;
		hunt->trial->class = MUTANT_BOOT;
		hunt->trial->fuzz_seconds = clock_seconds() - hunt->start;
		snprintf(hunt->trial->where, sizeof(hunt->trial->where), "%.159s", err->text);
		ret = 0;
	} else if (!ret) {
		ret = session_campaign(&session, setup, &options, &outcome, err);
	}
	session_close(&session);
	return ret;
}

/* Look for it in one layout. */
static int hunt_in(const struct trial_options *options, const struct mutant *mutant,
                   struct build *broken, enum layout layout, double seconds, struct trial *trial)
{
	struct hunt hunt = { .options = options, .trial = trial, .start = clock_seconds() };
	struct setup setup;
	struct client_config config;
	char db[4400];
	int ret;

	setup_init(&setup);
	setup.world = world_name(mutant->world);
	setup.core = mutant->core;
	setup.layout = layout_name(layout);
	if (mutant->caps[0])
		setup.caps = mutant->caps;
	/* The rules of TLB maintenance cost time: only for those that break one. */
	if (mutant_expects(mutant, FINDING_TLB))
		setup.tlb = "full";
	setup.db = trial_file(options, mutant, "db", db);
	config = *setup_config(&setup);
	hunt.unbroken = config;
	build_use(broken, &config);
	setup.runner = config.runner;
	setup.image = config.image;
	setup.build_id_file = config.build_id_file;

	trial->layout = layout;
	ret = campaign(&hunt, &setup, seconds, &trial->error);
	client_close(hunt.judge);
	return ret;
}

static void remove_db(const struct trial_options *options, const struct mutant *mutant)
{
	static const char *const suffixes[] = { "db", "db-wal", "db-shm" };
	char path[4400];

	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		unlink(trial_file(options, mutant, suffixes[i], path));
}

static int write_file(const char *path, const char *text, struct error *err)
{
	FILE *out = fopen(path, "we");
	bool ok = out && fputs(text, out) >= 0;

	if ((out && fclose(out)) || !ok)
		return error_set(err, "%s: %s", path, strerror(errno));
	return 0;
}

/* What is not broken is found by nobody: a rule must change what is run. */
static int check_broken(const struct mutant *mutant, const struct build *broken, struct error *err)
{
	struct build unbroken;
	int same;

	build_here(&unbroken);
	same = build_same_code(&unbroken, broken, build_image(mutant->world, mutant->core), err);
	return same > 0 ? error_set(err, "the rule changes no code that is built") : same;
}

static int break_tree(const struct trial_options *options, const struct mutant *mutant,
                      unsigned int slot, struct build *broken, struct error *err)
{
	const char *const argv[] = { RULE, place_tree, mutant->path, NULL };
	char *text = script_run(argv, "the rule does not fit the tree", err);
	char copy[4400], path[4400];
	char *const patches[] = { path };
	int ret;

	if (!text)
		return -1;
	snprintf(copy, sizeof(copy), "%s.m%u", options->prefix, slot);
	trial_file(options, mutant, "patch", path);
	ret = write_file(path, text, err) || build_copy(broken, copy, "-", patches, 1, err) ||
	      build_machine(broken, mutant->world, mutant->core, err) ||
	      check_broken(mutant, broken, err);
	free(text);
	return ret ? -1 : 0;
}

void trial_run(const struct trial_options *options, const struct mutant *mutant, unsigned int slot,
               struct trial *trial)
{
	const double seconds = options->seconds / LAYOUT_SHARED;
	struct build broken = { 0 };
	double start = clock_seconds();
	int ret;

	*trial = (struct trial){ 0 };
	remove_db(options, mutant);
	ret = break_tree(options, mutant, slot, &broken, &trial->error);
	trial->build_seconds = clock_seconds() - start;
	for (int i = 0; !ret && !trial->found && i < LAYOUT_SHARED; i++)
		ret = hunt_in(options, mutant, &broken, (mutant->layout + i) % LAYOUT_SHARED,
		              options->signatures ? options->seconds : seconds, trial);
	trial->unable |= !!ret;
}
