// SPDX-License-Identifier: GPL-2.0-only
/*
 * The databases of several machines become one. The other one is copied first, so that it is of one moment and is
 * never written to; then it is looked at, row by row; then all of it is taken, or nothing.
 */
#include <inttypes.h>
#include <string.h>

#include "replay/store_internal.h"

__asm__(".pushsection .rodata\n"
        "merge_sql:\n"
        ".incbin \"replay/merge.sql\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char merge_sql[] __attribute__((visibility("hidden")));

/* Tables and columns; what is computed, or no STRICT table, shows here. */
#define COLUMNS(schema)                                                                      \
	"SELECT t.name, t.type, t.strict, c.name, c.type, c.\"notnull\", c.hidden "          \
	"FROM pragma_table_list AS t, pragma_table_xinfo(t.name, '" schema "') AS c "        \
	"WHERE t.schema = '" schema "' AND t.name NOT IN ('sqlite_schema', 'sqlite_stat1') " \
	"AND t.type <> 'shadow'"

/* What a good database has none of */
static const struct {
	const char *what;
	const char *count;
} checks[] = {
	{ "its tables are not those of el2fuzz",
	  "SELECT count(*) FROM (SELECT * FROM (" COLUMNS("other") " EXCEPT " COLUMNS(
		  "main") ") UNION ALL SELECT * FROM (" COLUMNS("main") " EXCEPT " COLUMNS("other") "))" },
	{ "it is damaged",
	  "SELECT count(*) FROM pragma_integrity_check(1, 'other') WHERE integrity_check <> 'ok'" },
	{ "a row refers to one that is not there",
	  "SELECT count(*) FROM pragma_foreign_key_check(NULL, 'other')" },
	{ "a build has no id",
	  "SELECT count(*) FROM other.builds WHERE length(build_id) NOT BETWEEN 1 AND 64 "
	  "OR build_id GLOB '*[^0-9a-f]*'" },
	{ "a run is not as el2fuzz writes it",
	  "SELECT count(*) FROM other.runs WHERE name IS NULL OR length(name) NOT BETWEEN 1 AND 160 "
	  "OR min(length, hostile, started, coalesce(ended, 0), traces, steps, unmodelled, lost, "
	  "blocks) < 0" },
	{ "a finding is not as el2fuzz writes it",
	  "SELECT count(*) FROM other.findings WHERE length(signature) NOT BETWEEN 1 AND 255 "
	  "OR NOT is_class(class) OR min(step, trace_index, first_seen, last_seen) < 0 "
	  "OR known NOT IN (0, 1) OR id NOT IN (SELECT finding FROM other.sightings)" },
	{ "a finding was seen less than once",
	  "SELECT count(*) FROM other.sightings WHERE count NOT BETWEEN 1 AND 1 << 48" },
	{ "a trace does not parse here",
	  "SELECT count(*) FROM other.traces WHERE NOT is_trace(text)" },
	{ "a sample is not as el2fuzz writes it",
	  "SELECT count(*) FROM other.samples "
	  "WHERE min(second, execs, traces, edges, corpus, findings) < 0" },
};

static void is_class(sqlite3_context *context, int nr, sqlite3_value **values)
{
	const char *name = (const char *)sqlite3_value_text(values[0]);

	(void)nr;
	sqlite3_result_int(context, name && finding_class_by_name(name) != FINDING_NONE);
}

static void is_trace(sqlite3_context *context, int nr, sqlite3_value **values)
{
	const char *text = (const char *)sqlite3_value_text(values[0]);
	struct trace trace = { 0 };
	struct error ignored;

	(void)nr;
	sqlite3_result_int(
		context, !trace_parse(&trace, "", text, sqlite3_value_bytes(values[0]), &ignored));
	trace_free(&trace);
}

static int add_functions(struct store *store, struct error *err)
{
	const int flags = SQLITE_UTF8 | SQLITE_DIRECTONLY;

	if (sqlite3_create_function(store->db, "is_class", 1, flags, NULL, is_class, NULL, NULL) ||
	    sqlite3_create_function(store->db, "is_trace", 1, flags, NULL, is_trace, NULL, NULL))
		return store_fail(store, err);
	return 0;
}

static int attach(struct store *store, struct store *other, struct error *err)
{
	/* A file of its own, which goes when it is detached */
	if (store_exec(store, "ATTACH '' AS other", err))
		return -1;
	return store_copy(store, "other", other, err);
}

static int check(struct store *store, const char *path, struct error *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		sqlite3_stmt *stmt = store_query(store, NULL, checks[i].count, "");
		s64 nr;
		bool damaged = store_number(store, stmt, &nr, NULL);

		if (damaged || nr)
			return error_set(err,
			                 "%s: cannot be merged: %s; nothing of it was taken. Save "
			                 "what is left with .recover of sqlite3, or do without it",
			                 path,
			                 damaged ? sqlite3_errmsg(store->db) : checks[i].what);
	}

	return 0;
}

static int count_rows(struct store *store, const char *schema, struct store_merged *rows,
                      struct error *err)
{
	static const char *const tables[] = { "runs", "findings", "samples" };
	u64 *numbers[] = { &rows->runs, &rows->findings, &rows->samples };
	char sql[80];
	s64 nr;

	for (size_t i = 0; i < ARRAY_SIZE(tables); i++) {
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s.%s", schema, tables[i]);
		if (store_number(store, store_query(store, err, sql, ""), &nr, err))
			return -1;
		*numbers[i] = nr;
	}

	return 0;
}

static int take(struct store *store, struct store_merged *merged, struct error *err)
{
	struct store_merged before;

	if (store_exec(store, "BEGIN IMMEDIATE", err))
		return -1;
	if (!count_rows(store, "main", &before, err) && !store_exec(store, merge_sql, err) &&
	    !count_rows(store, "main", merged, err) && !store_exec(store, "COMMIT", err)) {
		merged->runs -= before.runs;
		merged->findings -= before.findings;
		merged->samples -= before.samples;
		return 0;
	}

	store_exec(store, "ROLLBACK", NULL);
	return -1;
}

int store_merge(struct store *store, const char *path, struct store_merged *merged,
                struct error *err)
{
	struct store *other = store_open(path, STORE_READ, err);
	int ret;

	if (!other)
		return -1;
	ret = add_functions(store, err) || attach(store, other, err) || check(store, path, err) ||
	      take(store, merged, err);
	store_exec(store, "DETACH other", NULL);
	store_close(other);

	return ret ? -1 : 0;
}
