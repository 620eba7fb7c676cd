// SPDX-License-Identifier: GPL-2.0-only
/* Runs, and how they were getting on. */
#include <stdlib.h>
#include <string.h>

#include "replay/store_internal.h"

int store_add_sample(struct store *store, s64 run_id, const struct store_sample *sample,
                     struct error *err)
{
	static const char sql[] =
		"INSERT INTO samples (run, second, execs, traces, edges, corpus, findings) "
		"VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
	sqlite3_stmt *stmt =
		store_query(store, err, sql, "iiiiiii", run_id, (s64)sample->second,
	                    (s64)sample->execs, (s64)sample->traces, (s64)sample->edges,
	                    (s64)sample->corpus, (s64)sample->findings);

	return store_finish(store, stmt, err);
}

static int visited(struct store *store, sqlite3_stmt *stmt, int last, struct error *err)
{
	if (last != SQLITE_DONE)
		store_fail(store, err);
	sqlite3_finalize(stmt);
	return last == SQLITE_DONE ? 0 : -1;
}

int store_each_sample(struct store *store, s64 run_id,
                      void (*visit)(void *arg, const struct store_sample *sample), void *arg,
                      struct error *err)
{
	sqlite3_stmt *stmt =
		store_query(store, err,
	                    "SELECT second, execs, traces, edges, corpus, findings FROM samples "
	                    "WHERE run = ? ORDER BY second",
	                    "i", run_id);
	int ret;

	if (!stmt)
		return -1;
	while ((ret = sqlite3_step(stmt)) == SQLITE_ROW) {
		const struct store_sample sample = {
			.second = sqlite3_column_int64(stmt, 0),
			.execs = sqlite3_column_int64(stmt, 1),
			.traces = sqlite3_column_int64(stmt, 2),
			.edges = sqlite3_column_int64(stmt, 3),
			.corpus = sqlite3_column_int64(stmt, 4),
			.findings = sqlite3_column_int64(stmt, 5),
		};

		visit(arg, &sample);
	}

	return visited(store, stmt, ret, err);
}

static void take_run(sqlite3_stmt *stmt, struct store_run_row *row)
{
	char seed[32];

	memset(row, 0, sizeof(*row));
	row->id = sqlite3_column_int64(stmt, 0);
	store_take_text(stmt, 1, row->run.build_id, sizeof(row->run.build_id));
	store_take_text(stmt, 2, row->run.core, sizeof(row->run.core));
	store_take_text(stmt, 3, row->run.layout, sizeof(row->run.layout));
	store_take_text(stmt, 4, row->run.caps, sizeof(row->run.caps));
	store_take_text(stmt, 5, seed, sizeof(seed));
	row->run.seed = strtoull(seed, NULL, 0);
	row->run.length = sqlite3_column_int64(stmt, 6);
	row->run.hostile = sqlite3_column_int64(stmt, 7);
	row->started = sqlite3_column_int64(stmt, 8);
	row->ended = sqlite3_column_int64(stmt, 9);
	row->traces = sqlite3_column_int64(stmt, 10);
	row->blocks = sqlite3_column_int64(stmt, 11);
	row->findings = sqlite3_column_int64(stmt, 12);
}

int store_each_run(struct store *store, void (*visit)(void *arg, const struct store_run_row *row),
                   void *arg, struct error *err)
{
	static const char sql[] =
		"SELECT runs.id, build_id, core, layout, caps, seed, length, hostile, started, ended, "
		"max(traces, coalesce((SELECT max(s.traces) FROM samples AS s WHERE s.run = runs.id), 0)), "
		"max(blocks, coalesce((SELECT max(s.edges) FROM samples AS s WHERE s.run = runs.id), 0)), "
		"(SELECT count(*) FROM sightings WHERE sightings.run = runs.id) "
		"FROM runs JOIN builds ON builds.id = runs.build ORDER BY runs.id";
	sqlite3_stmt *stmt = store_query(store, err, sql, "");
	struct store_run_row row;
	int ret;

	if (!stmt)
		return -1;
	while ((ret = sqlite3_step(stmt)) == SQLITE_ROW) {
		take_run(stmt, &row);
		visit(arg, &row);
	}

	return visited(store, stmt, ret, err);
}
