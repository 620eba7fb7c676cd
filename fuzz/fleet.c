// SPDX-License-Identifier: GPL-2.0-only
/*
 * Engines leave traces that end their process as files. Each is run again by a runner: what that says is the
 * finding. A signature that is stored is written to work/seen, which the targets take for known when they start.
 */
#include "fuzz/fleet.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/corpus.h"
#include "fuzz/status.h"
#include "fuzz/stop.h"

#define TICK_MS 200
#define LOOK_SECONDS 1
#define PLAIN_SECONDS 10
#define SAMPLE_SECONDS 10
/* A job that ends this soon, with nothing found, so often in a row, cannot run at all. */
#define SOON_SECONDS 5
#define MAX_FAILURES 3
/* What a disk has to have left */
#define MIN_SPACE (16U << 20)
/* A file that was written to so lately may not be whole. */
#define SETTLE_SECONDS 1

struct fleet {
	struct fleet_options *options;
	struct client *client;
	struct store *store;
	s64 run_id;
	const struct known *known;
	struct campaign_outcome *outcome;
	struct status status;
	struct store_totals totals;
	struct trace trace;
	double looked, said, sampled;
	u64 taken; /* traces of engines */
	u64 hashes[FLEET_MAX_JOBS]; /* of the last ones */
	u64 waiting; /* files that may not be whole yet */
	u64 taken_before; /* when a job last failed */
	unsigned int failures;
	u64 runs_then; /* when it was said last */
	double execs;
};

static bool wants_more(const struct fleet *f)
{
	return !stop_requested() &&
	       (!f->options->seconds || status_seconds(&f->status) < f->options->seconds);
}

/* So that no target ends for it any more. The first line is a pattern: what it means there is taken from it. */
static int write_seen(struct fleet *f, const struct store_finding *row, struct error *err)
{
	char path[4400], unfinished[4400];
	FILE *out;

	snprintf(path, sizeof(path), "%s/seen/%" PRId64 ".known", f->options->setup.work, row->id);
	snprintf(unfinished, sizeof(unfinished), "%s/seen/%" PRId64, f->options->setup.work,
	         row->id);
	out = fopen(unfinished, "we");
	if (!out)
		return error_set(err, "%s: %s", unfinished, strerror(errno));
	for (const char *c = row->signature; *c; c++)
		fprintf(out, "%s%c", strchr("*?[\\", *c) ? "\\" : "", *c);
	fprintf(out, "\nFinding %" PRId64 " of this campaign: it is in the database.\n", row->id);
	if (fclose(out) || rename(unfinished, path))
		return error_set(err, "%s: %s", path, strerror(errno));
	return 0;
}

static void report_finding(struct fleet *f, const struct store_finding *row)
{
	status_clear(&f->status);
	printf("%s %" PRId64 "%s: %s, step %u (%s): %s; el2fuzz replay%s %" PRId64 "\n",
	       row->known ? "known finding" : "finding", row->id,
	       row->count > 1 ? ", seen before" : "", finding_class_name(row->finding.class),
	       row->finding.step, row->finding.op, row->finding.place, f->options->db_option,
	       row->id);
	fflush(stdout);
}

/* What ended a target and passes here is about the harness. */
static void blame_harness(struct fleet *f, const char *file, struct finding *finding)
{
	const char *name = strrchr(file, '/') + 1;

	memset(finding, 0, sizeof(*finding));
	finding->class = FINDING_HARNESS;
	finding->step = f->trace.nr_ops;
	strcpy(finding->op, "end");
	snprintf(finding->place, sizeof(finding->place), "target %.*s",
	         strncmp(name, "id:", 3) ? (int)strcspn(name, "-") : 5,
	         strncmp(name, "id:", 3) ? name : "crash");
	snprintf(finding->expected, sizeof(finding->expected), "the target lives on");
	snprintf(finding->actual, sizeof(finding->actual),
	         "it ended, and left %s; the runner passes the same trace", name);
}

/* Engines go on meanwhile. Whoever pressed Ctrl-C does not want to wait. */
static int minimise_it(struct fleet *f, const struct store_finding *row, struct error *err)
{
	const struct minimise_task task = { .config = f->options->setup.machine,
		                            .trace = &f->trace,
		                            .signature = row->signature,
		                            .seconds = f->options->minimise_seconds };

	if (stop_requested() || !f->options->minimise_seconds)
		return 0;
	return campaign_minimise(&task, f->store, row->id, err);
}

static int store_it(struct fleet *f, const char *file, struct run_report *report, struct error *err)
{
	struct store_finding row = { 0 };

	if (report->result.verdict != VERDICT_FINDING)
		blame_harness(f, file, &report->finding);
	row.finding = report->finding;
	finding_signature(&row.finding, row.signature, sizeof(row.signature));
	row.known = known_has(f->known, row.signature);
	if (store_add_finding(f->store, f->run_id, &row, &f->trace, 1, time(NULL), err) ||
	    write_seen(f, &row, err))
		return -1;
	if (row.count > 1)
		return 0;
	*(row.known ? &f->outcome->known : &f->outcome->findings) += 1;
	report_finding(f, &row);
	return row.known ? 0 : minimise_it(f, &row, err);
}

struct taking {
	struct fleet *fleet;
	struct error *err;
	time_t settled; /* files that are older are whole */
};

/* libFuzzer names what it writes by its SHA-1: this is that of nothing. AFL++ never keeps nothing. */
static bool is_empty_trace(const char *name)
{
	return strstr(name, "-da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

/* The same may come as a file and as what was under way. */
static bool was_taken(const struct fleet *f, u64 hash)
{
	for (size_t i = 0; i < ARRAY_SIZE(f->hashes); i++) {
		if (f->hashes[i] == hash)
			return true;
	}
	return false;
}

static int take_trace(struct fleet *f, const char *path, const u8 *bytes, size_t size, bool blame,
                      struct error *err)
{
	struct run_report report;

	f->trace.world = client_hello(f->client)->world;
	f->trace.world = client_hello(f->client)->world;
	trace_decode(&f->trace, bytes, size);
	if (client_submit(f->client, 0, LOCKSTEP_CHEAP, &f->trace, err) ||
	    client_next(f->client, &report, err))
		return -1;
	if ((blame || report.result.verdict == VERDICT_FINDING) && store_it(f, path, &report, err))
		return -1;
	f->hashes[f->taken++ % ARRAY_SIZE(f->hashes)] = corpus_hash(bytes, size);
	return 0;
}

/*
 * An engine that is killed writes nothing, one that has no room writes nothing, either. @blame: it ended by itself,
 * so that this is what it ended for.
 */
static int take_under_way(struct fleet *f, const struct job *job, bool blame, struct error *err)
{
	struct under_way w;
	char name[64];

	job_under_way(job, &f->options->setup, &w);
	snprintf(name, sizeof(name), "/death-of-%s", job->name);
	if (!w.size || was_taken(f, corpus_hash(w.bytes, w.size)))
		return 0;
	return take_trace(f, name, w.bytes, w.size, blame, err);
}

static int take_file(void *arg, const char *path, const u8 *bytes, size_t size)
{
	struct taking *taking = arg;
	struct fleet *f = taking->fleet;
	const char *name = strrchr(path, '/') + 1;
	struct stat st;

	if (!strcmp(name, "README.txt") || stat(path, &st))
		return 0;
	if (st.st_mtime > taking->settled) {
		f->waiting++;
		return 0;
	}
	if (!strncmp(name, "slow-unit-", 10))
		return unlink(path);
	if (!size && !is_empty_trace(name)) {
		fprintf(stderr, "%s: is empty: there was no room to write it\n", path);
		return unlink(path);
	}
	if (take_trace(f, path, bytes, size, true, taking->err))
		return -1;
	/* Only now: what is stored is never lost. */
	return unlink(path);
}

static int take_folder(struct fleet *f, const char *dir, bool all, struct error *err)
{
	struct taking taking = { .fleet = f,
		                 .err = err,
		                 .settled = time(NULL) - (all ? -1 : SETTLE_SECONDS) };

	error_set(err, "%s: cannot be emptied", dir);
	return access(dir, F_OK) || corpus_each(dir, take_file, &taking, err) >= 0 ? 0 : -1;
}

static int share_file(void *arg, const char *path, const u8 *bytes, size_t size)
{
	const struct job_setup *setup = arg;

	(void)path;
	return corpus_add(setup->corpus, bytes, size, NULL) < 0 ? -1 : 0;
}

/* AFL++ keeps to its own folders. */
static int take_afl(struct fleet *f, const struct job *job, bool all, struct error *err)
{
	char dir[4400];

	for (unsigned int i = 0; i < 2; i++) {
		snprintf(dir, sizeof(dir), "%s/afl/%s/%s", f->options->setup.work, job->name,
		         i ? "hangs" : "crashes");
		if (take_folder(f, dir, all, err))
			return -1;
	}
	return 0;
}

static int take_all(struct fleet *f, bool all, struct error *err)
{
	char dir[4400];

	f->waiting = 0;
	snprintf(dir, sizeof(dir), "%s/artifacts", f->options->setup.work);
	if (take_folder(f, dir, all, err))
		return -1;
	for (unsigned int i = 0; i < f->options->nr_jobs; i++) {
		const struct job *job = &f->options->jobs[i];

		if (job->engine == ENGINE_AFL && take_afl(f, job, all, err))
			return -1;
	}

	return 0;
}

/* What AFL++ found worth keeping, for the others */
static int share_queues(struct fleet *f, struct error *err)
{
	struct job_setup *setup = &f->options->setup;
	char dir[4400];

	for (unsigned int i = 0; i < f->options->nr_jobs; i++) {
		snprintf(dir, sizeof(dir), "%s/afl/%s/queue", setup->work,
		         f->options->jobs[i].name);
		if (!access(dir, F_OK) && corpus_each(dir, share_file, setup, err) < 0)
			return error_set(err, "%s: cannot be copied to %s", dir, setup->corpus);
	}
	return 0;
}

/* Return: -1 if jobs end as soon as they are started. */
static int bring_up(struct fleet *f, struct job *job, struct error *err)
{
	char words[1500];

	/* What it ended for is taken in first: else it would end for that again. */
	if (!job_ended(job) || f->waiting)
		return 0;
	if (job->starts && take_under_way(f, job, true, err))
		return -1;
	if (job->starts && job_age(job) < SOON_SECONDS && f->taken == f->taken_before) {
		if (++f->failures >= MAX_FAILURES)
			return error_set(
				err, "%s ends as soon as it is started; it said:\n%s", job->name,
				job_last_words(job, &f->options->setup, words, sizeof(words) / 2));
	} else {
		f->failures = 0;
	}
	f->taken_before = f->taken;
	return job_start(job, &f->options->setup, err);
}

static void add_up(struct fleet *f, struct job_stats *sum)
{
	*sum = (struct job_stats){ 0 };
	for (unsigned int i = 0; i < f->options->nr_jobs; i++) {
		struct job *job = &f->options->jobs[i];

		job_look(job, &f->options->setup);
		sum->runs += job->stats.runs;
		if (job->stats.edges > sum->edges)
			sum->edges = job->stats.edges;
		if (job->stats.corpus > sum->corpus)
			sum->corpus = job->stats.corpus;
	}
	f->totals.traces = sum->runs;
	f->totals.blocks = sum->edges;
}

static void say_status(struct fleet *f, const struct job_stats *sum)
{
	status_clear(&f->status);
	printf("%.0f s: %.0f exec/s, %" PRIu64 " traces, %" PRIu64 " edges, %" PRIu64
	       " in the corpus, %" PRIu64 " findings, %" PRIu64 " known%s",
	       status_seconds(&f->status), f->execs, sum->runs, sum->edges, sum->corpus,
	       f->outcome->findings, f->outcome->known, f->status.live ? "" : "\n");
	fflush(stdout);
	f->status.shown = f->status.live;
}

/* For a curve afterwards */
static int add_sample(struct fleet *f, const struct job_stats *sum, struct error *err)
{
	const struct store_sample sample = { .second = status_seconds(&f->status),
		                             .execs = f->execs,
		                             .traces = sum->runs,
		                             .edges = sum->edges,
		                             .corpus = sum->corpus,
		                             .findings = f->outcome->findings };

	return store_add_sample(f->store, f->run_id, &sample, err);
}

static void take_speed(struct fleet *f, const struct job_stats *sum, double now)
{
	f->execs = now > f->said ? (sum->runs - f->runs_then) / (now - f->said) : 0;
	f->runs_then = sum->runs;
	f->said = now;
}

/* Engines do not notice when what they write is not written: end before a finding is lost. */
static int check_space(const char *path, struct error *err)
{
	struct statvfs fs;

	if (statvfs(path, &fs))
		return error_set(err, "%s: %s", path, strerror(errno));
	if ((u64)fs.f_bavail * fs.f_frsize >= MIN_SPACE)
		return 0;
	return error_set(err,
	                 "%s: the disk is full: less than %u MB are left; nothing is lost: free "
	                 "some space and start again",
	                 path, MIN_SPACE >> 20);
}

static int look(struct fleet *f, struct error *err)
{
	double now = status_seconds(&f->status);
	struct job_stats sum;

	if (now < f->looked + LOOK_SECONDS)
		return 0;
	f->looked = now;
	if (check_space(f->options->setup.work, err) || check_space(f->options->setup.corpus, err))
		return -1;
	add_up(f, &sum);
	if (f->status.live || now >= f->said + PLAIN_SECONDS) {
		take_speed(f, &sum, now);
		say_status(f, &sum);
	}
	if (now < f->sampled + SAMPLE_SECONDS)
		return 0;
	f->sampled = now;
	return share_queues(f, err) || add_sample(f, &sum, err) ? -1 : 0;
}

/* Of a campaign that was killed, or had no room for what it found: most of these were only interrupted. */
static int take_left(struct fleet *f, struct error *err)
{
	for (unsigned int i = 0; i < f->options->nr_jobs; i++) {
		job_watch(&f->options->jobs[i], &f->options->setup);
		if (take_under_way(f, &f->options->jobs[i], false, err))
			return -1;
	}

	return 0;
}

static int run_jobs(struct fleet *f, struct error *err)
{
	const struct timespec tick = { .tv_nsec = TICK_MS * 1000000L };

	while (wants_more(f)) {
		if (take_all(f, false, err))
			return -1;
		for (unsigned int i = 0; i < f->options->nr_jobs; i++) {
			if (bring_up(f, &f->options->jobs[i], err))
				return -1;
		}
		if (look(f, err))
			return -1;
		nanosleep(&tick, NULL);
	}

	return 0;
}

static void print_summary(struct fleet *f)
{
	double seconds = status_seconds(&f->status);

	status_clear(&f->status);
	printf("%" PRIu64 " traces in %.1f s (%.0f exec/s), %" PRIu64 " edges\n"
	       "%" PRIu64 " findings, %" PRIu64 " known\n",
	       f->totals.traces, seconds, f->totals.traces / seconds, f->totals.blocks,
	       f->outcome->findings, f->outcome->known);
}

int fleet_run(struct fleet_options *options, struct client *client, struct store *store, s64 run_id,
              const struct known *known, struct campaign_outcome *outcome, struct error *err)
{
	struct fleet f = { .options = options,
		           .client = client,
		           .store = store,
		           .run_id = run_id,
		           .known = known,
		           .outcome = outcome,
		           .sampled = -SAMPLE_SECONDS };
	struct job_stats sum;
	int ret;

	*outcome = (struct campaign_outcome){ 0 };
	stop_on_signals();
	status_start(&f.status);
	ret = check_space(options->setup.work, err) || take_all(&f, true, err) ||
	                      take_left(&f, err) || run_jobs(&f, err) ?
	              -1 :
	              0;
	for (unsigned int i = 0; i < options->nr_jobs; i++)
		job_stop(&options->jobs[i]);
	add_up(&f, &sum);
	take_speed(&f, &sum, status_seconds(&f.status));
	ret = add_sample(&f, &sum, ret ? NULL : err) ? -1 : ret;
	/* The first error is the one to report. */
	if (take_all(&f, true, ret ? &(struct error){ 0 } : err) ||
	    share_queues(&f, ret ? &(struct error){ 0 } : err) ||
	    store_end_run(store, run_id, &f.totals, time(NULL), ret ? NULL : err))
		ret = -1;
	print_summary(&f);
	trace_free(&f.trace);

	return ret;
}
