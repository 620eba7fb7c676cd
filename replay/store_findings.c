// SPDX-License-Identifier: GPL-2.0-only
/* Writing and reading builds, runs, traces and findings. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "replay/store_internal.h"

/* The steps of one transaction follow each other with &&; the last word is here. */
static int end_transaction(struct store *store, bool done, struct error *err)
{
	if (done && !store_exec(store, "COMMIT", err))
		return 0;

	store_exec(store, "ROLLBACK", NULL);
	return -1;
}

static bool add_build(struct store *store, const struct store_run *run, const char *description,
                      struct error *err)
{
	static const char sql[] = "INSERT INTO builds (build_id, description) VALUES (?, ?) "
				  "ON CONFLICT DO NOTHING";

	return !store_finish(store, store_query(store, err, sql, "ss", run->build_id, description),
	                     err);
}

static bool add_run(struct store *store, const struct store_run *run, s64 now, struct error *err)
{
	static const char sql[] =
		"INSERT INTO runs (build, core, layout, caps, seed, length, hostile, started, name) "
		"SELECT id, ?, ?, ?, ?, ?, ?, ?, lower(hex(randomblob(16))) FROM builds "
		"WHERE build_id = ?";
	sqlite3_stmt *stmt =
		store_query(store, err, sql, "sssuiiis", run->core, run->layout, run->caps,
	                    run->seed, (s64)run->length, (s64)run->hostile, now, run->build_id);

	return !store_finish(store, stmt, err);
}

s64 store_begin_run(struct store *store, const struct store_run *run, const char *description,
                    s64 now, struct error *err)
{
	bool done;
	s64 id = 0;

	if (store_exec(store, "BEGIN IMMEDIATE", err))
		return -1;

	done = add_build(store, run, description, err) && add_run(store, run, now, err);
	id = sqlite3_last_insert_rowid(store->db);
	return end_transaction(store, done, err) ? -1 : id;
}

int store_end_run(struct store *store, s64 run_id, const struct store_totals *totals, s64 now,
                  struct error *err)
{
	static const char sql[] =
		"UPDATE runs SET ended = ?, traces = ?, steps = ?, unmodelled = ?, lost = ?, "
		"blocks = ?, digest = ? WHERE id = ?";
	sqlite3_stmt *stmt =
		store_query(store, err, sql, "iiiiiiui", now, (s64)totals->traces,
	                    (s64)totals->steps, (s64)totals->unmodelled, (s64)totals->lost,
	                    (s64)totals->blocks, totals->digest, run_id);

	return store_finish(store, stmt, err);
}

static u64 hash_text(const char *text)
{
	u64 hash = 0xcbf29ce484222325ULL;

	while (*text)
		hash = (hash ^ (u8)*text++) * 0x100000001b3ULL;

	return hash;
}

/* The number of the trace, which is stored if it is new; false on an error. */
static bool add_trace(struct store *store, const char *text, s64 *id, struct error *err)
{
	static const char find[] = "SELECT id FROM traces WHERE hash = ? AND text = ?";
	static const char insert[] = "INSERT INTO traces (hash, text) VALUES (?, ?)";
	u64 hash = hash_text(text);

	if (store_number(store, store_query(store, err, find, "us", hash, text), id, err))
		return false;
	if (*id)
		return true;

	if (store_finish(store, store_query(store, err, insert, "us", hash, text), err))
		return false;
	*id = sqlite3_last_insert_rowid(store->db);
	return true;
}

static bool insert_finding(struct store *store, s64 run_id, struct store_finding *row, s64 trace,
                           s64 now, struct error *err)
{
	static const char sql[] =
		"INSERT INTO findings (build, signature, class, op, place, step, expected, actual, "
		"trace_index, trace, run, first_seen, last_seen, known) "
		"SELECT build, ?, ?, ?, ?, ?, ?, ?, ?, ?, id, ?, ?, ? FROM runs WHERE id = ? "
		"ON CONFLICT (build, signature) DO UPDATE SET "
		"last_seen = excluded.last_seen, known = excluded.known RETURNING id";
	const struct finding *f = &row->finding;
	sqlite3_stmt *stmt = store_query(
		store, err, sql, "ssssissiiiiii", row->signature, finding_class_name(f->class),
		f->op, f->place, (s64)f->step, f->expected, f->actual, (s64)row->trace_index, trace,
		now, now, (s64)row->known, run_id);

	return !store_number(store, stmt, &row->id, err);
}

/* Sightings are counted by run, so that databases can be merged. */
static bool add_sightings(struct store *store, s64 run_id, struct store_finding *row, u64 times,
                          struct error *err)
{
	static const char add[] = "INSERT INTO sightings (finding, run, count) VALUES (?, ?, ?) "
				  "ON CONFLICT DO UPDATE SET count = count + excluded.count";
	static const char sum[] = "SELECT sum(count) FROM sightings WHERE finding = ?";
	s64 count;

	if (store_finish(store, store_query(store, err, add, "iii", row->id, run_id, (s64)times),
	                 err) ||
	    store_number(store, store_query(store, err, sum, "i", row->id), &count, err))
		return false;
	row->count = count;
	return true;
}

static char *print_trace(const struct trace *trace)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	bool failed;

	if (!out)
		return NULL;

	failed = trace_print(trace, NULL, out);
	if (!fclose(out) && !failed)
		return text;

	free(text);
	return NULL;
}

int store_add_finding(struct store *store, s64 run_id, struct store_finding *finding,
                      const struct trace *trace, u64 times, s64 now, struct error *err)
{
	char *text = print_trace(trace);
	int ret = -1;
	s64 trace_id;

	if (!text)
		return error_set(err, "out of memory");

	if (!store_exec(store, "BEGIN IMMEDIATE", err)) {
		bool done = add_trace(store, text, &trace_id, err) &&
		            insert_finding(store, run_id, finding, trace_id, now, err) &&
		            add_sightings(store, run_id, finding, times, err);

		ret = end_transaction(store, done, err);
	}

	free(text);
	return ret;
}

int store_count_finding(struct store *store, s64 run_id, s64 id, u64 times, s64 now,
                        struct error *err)
{
	static const char sql[] = "UPDATE findings SET last_seen = ? WHERE id = ?";
	struct store_finding row = { .id = id };
	bool done;

	if (store_exec(store, "BEGIN IMMEDIATE", err))
		return -1;
	done = add_sightings(store, run_id, &row, times, err) &&
	       !store_finish(store, store_query(store, err, sql, "ii", now, id), err);
	return end_transaction(store, done, err);
}

int store_set_minimal(struct store *store, s64 id, const struct trace *trace, const char *layout,
                      const char *caps, struct error *err)
{
	static const char sql[] = "UPDATE findings SET minimal = ?, minimal_layout = ?, "
				  "minimal_caps = ? WHERE id = ?";
	char *text = print_trace(trace);
	int ret = -1;
	s64 trace_id;

	if (!text)
		return error_set(err, "out of memory");

	if (!store_exec(store, "BEGIN IMMEDIATE", err)) {
		bool done = add_trace(store, text, &trace_id, err) &&
		            !store_finish(store,
		                          store_query(store, err, sql, "issi", trace_id, layout,
		                                      caps, id),
		                          err);

		ret = end_transaction(store, done, err);
	}

	free(text);
	return ret;
}

/* Columns come in the order of this list. */
#define FINDING_COLUMNS                                                                          \
	"findings.id, signature, class, op, place, step, expected, actual, trace_index, known, " \
	"run, first_seen, last_seen, "                                                           \
	"(SELECT sum(count) FROM sightings WHERE finding = findings.id), build_id, core, layout, caps, seed, length, hostile"
#define FINDING_TABLES \
	"findings JOIN runs ON runs.id = findings.run JOIN builds ON builds.id = findings.build"

void store_take_text(sqlite3_stmt *stmt, int column, char *to, size_t len)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	snprintf(to, len, "%s", text ? text : "");
}

static void take_finding(sqlite3_stmt *stmt, struct store_finding *row)
{
	struct finding *f = &row->finding;
	char word[32];

	memset(row, 0, sizeof(*row));
	row->id = sqlite3_column_int64(stmt, 0);
	store_take_text(stmt, 1, row->signature, sizeof(row->signature));
	store_take_text(stmt, 2, word, sizeof(word));
	f->class = finding_class_by_name(word);
	store_take_text(stmt, 3, f->op, sizeof(f->op));
	store_take_text(stmt, 4, f->place, sizeof(f->place));
	f->step = sqlite3_column_int64(stmt, 5);
	store_take_text(stmt, 6, f->expected, sizeof(f->expected));
	store_take_text(stmt, 7, f->actual, sizeof(f->actual));
	row->trace_index = sqlite3_column_int64(stmt, 8);
	row->known = sqlite3_column_int(stmt, 9);
	row->run_id = sqlite3_column_int64(stmt, 10);
	row->first_seen = sqlite3_column_int64(stmt, 11);
	row->last_seen = sqlite3_column_int64(stmt, 12);
	row->count = sqlite3_column_int64(stmt, 13);
	store_take_text(stmt, 14, row->run.build_id, sizeof(row->run.build_id));
	store_take_text(stmt, 15, row->run.core, sizeof(row->run.core));
	store_take_text(stmt, 16, row->run.layout, sizeof(row->run.layout));
	store_take_text(stmt, 17, row->run.caps, sizeof(row->run.caps));
	store_take_text(stmt, 18, word, sizeof(word));
	row->run.seed = strtoull(word, NULL, 0);
	row->run.length = sqlite3_column_int64(stmt, 19);
	row->run.hostile = sqlite3_column_int64(stmt, 20);
}

int store_each_finding(struct store *store, void (*visit)(void *arg, const struct store_finding *),
                       void *arg, struct error *err)
{
	sqlite3_stmt *stmt = store_query(
		store, err,
		"SELECT " FINDING_COLUMNS " FROM " FINDING_TABLES " ORDER BY findings.id", "");
	struct store_finding row;
	int ret;

	if (!stmt)
		return -1;

	while ((ret = sqlite3_step(stmt)) == SQLITE_ROW) {
		take_finding(stmt, &row);
		visit(arg, &row);
	}
	if (ret != SQLITE_DONE)
		store_fail(store, err);

	sqlite3_finalize(stmt);
	return ret == SQLITE_DONE ? 0 : -1;
}

/* The columns behind those of take_finding(). */
static void take_traces(sqlite3_stmt *stmt, struct store_finding *row)
{
	const char *text = (const char *)sqlite3_column_text(stmt, 21);
	const char *minimal = (const char *)sqlite3_column_text(stmt, 22);

	row->trace = strdup(text ? text : "");
	row->minimal = minimal ? strdup(minimal) : NULL;
	store_take_text(stmt, 23, row->minimal_layout, sizeof(row->minimal_layout));
	store_take_text(stmt, 24, row->minimal_caps, sizeof(row->minimal_caps));
}

int store_find(struct store *store, s64 id, struct store_finding *finding, struct error *err)
{
	sqlite3_stmt *stmt =
		store_query(store, err,
	                    "SELECT " FINDING_COLUMNS
	                    ", traces.text, minimals.text, minimal_layout, minimal_caps "
	                    "FROM " FINDING_TABLES " JOIN traces ON traces.id = findings.trace "
	                    "LEFT JOIN traces AS minimals ON minimals.id = findings.minimal "
	                    "WHERE findings.id = ?",
	                    "i", id);
	int ret;

	if (!stmt)
		return -1;

	ret = sqlite3_step(stmt);
	if (ret == SQLITE_ROW) {
		take_finding(stmt, finding);
		take_traces(stmt, finding);
	} else if (ret == SQLITE_DONE) {
		error_set(err, "%s: no finding %" PRId64 "; `el2fuzz findings --db %s` lists them",
		          store->path, id, store->path);
	} else {
		store_fail(store, err);
	}

	sqlite3_finalize(stmt);
	if (ret == SQLITE_ROW && !finding->trace) {
		store_finding_free(finding);
		return error_set(err, "out of memory");
	}
	return ret == SQLITE_ROW ? 0 : -1;
}

void store_finding_free(struct store_finding *finding)
{
	free(finding->trace);
	free(finding->minimal);
	finding->trace = NULL;
	finding->minimal = NULL;
}
