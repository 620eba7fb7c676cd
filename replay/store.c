// SPDX-License-Identifier: GPL-2.0-only
/* Opening a database: is it ours, is it of a version we know, can it be written? */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "replay/store_internal.h"

#define APPLICATION_ID 0x656c3266 /* "el2f" */

/* How long to wait for another process that is writing */
#define BUSY_TIMEOUT_MS 5000
#define BUSY_RETRY_MS 50

__asm__(".pushsection .rodata\n"
        "schema_1:\n"
        ".incbin \"replay/schema.sql\"\n"
        ".byte 0\n"
        "schema_2:\n"
        ".incbin \"replay/schema_2.sql\"\n"
        ".byte 0\n"
        "schema_3:\n"
        ".incbin \"replay/schema_3.sql\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char schema_1[] __attribute__((visibility("hidden")));
extern const char schema_2[] __attribute__((visibility("hidden")));
extern const char schema_3[] __attribute__((visibility("hidden")));

/* Entry n brings a database from version n to n + 1. */
static const char *const migrations[] = { schema_1, schema_2, schema_3 };

#define SCHEMA_VERSION ((s64)ARRAY_SIZE(migrations))

#define OTHER_FILE "name another file with --db"
#define KEPT "what was stored before is kept"

static const struct {
	int code;
	const char *what;
	const char *advice;
} failures[] = {
	{ SQLITE_NOTADB, "not a database", OTHER_FILE },
	{ SQLITE_CORRUPT, "the database is damaged",
	  "save what is left with .recover of sqlite3, or " OTHER_FILE },
	{ SQLITE_MISMATCH, "the database is damaged", OTHER_FILE },
	{ SQLITE_ERROR, "not as el2fuzz left it", OTHER_FILE },
	{ SQLITE_CONSTRAINT, "not as el2fuzz left it", OTHER_FILE },
	{ SQLITE_READONLY, "cannot be written",
	  "change its permissions and those of its folder, or " OTHER_FILE },
	{ SQLITE_PERM, "cannot be written", "change its permissions, or " OTHER_FILE },
	{ SQLITE_CANTOPEN, "cannot be opened",
	  "it and its folder must be there and be writable, or " OTHER_FILE },
	{ SQLITE_BUSY, "locked by another process", "wait for it, or " OTHER_FILE },
	{ SQLITE_LOCKED, "locked by another process", "wait for it, or " OTHER_FILE },
	{ SQLITE_FULL, "the disk is full", KEPT ": free some space and run again" },
	{ SQLITE_IOERR, "cannot be read or written",
	  KEPT ": look for a full disk, a quota or a failing device" },
};

int store_fail(struct store *store, struct error *err)
{
	int code = sqlite3_errcode(store->db);
	const char *what = "SQLite failed";
	const char *advice = OTHER_FILE;

	for (size_t i = 0; i < ARRAY_SIZE(failures); i++) {
		if (failures[i].code == code) {
			what = failures[i].what;
			advice = failures[i].advice;
		}
	}

	return error_set(err, "%s: %s (%s); %s", store->path, what,
	                 code == SQLITE_IOERR || code == SQLITE_CANTOPEN ?
	                         strerror(sqlite3_system_errno(store->db)) :
	                         sqlite3_errmsg(store->db),
	                 advice);
}

int store_exec(struct store *store, const char *sql, struct error *err)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_fail(store, err);
	return 0;
}

sqlite3_stmt *store_query(struct store *store, struct error *err, const char *sql,
                          const char *types, ...)
{
	sqlite3_stmt *stmt;
	char hex[19];
	va_list ap;
	int ret = SQLITE_OK;

	if (sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) != SQLITE_OK) {
		store_fail(store, err);
		return NULL;
	}

	va_start(ap, types);
	for (int i = 1; types[i - 1]; i++) {
		if (types[i - 1] == 'i') {
			ret = sqlite3_bind_int64(stmt, i, va_arg(ap, s64));
		} else if (types[i - 1] == 'u') {
			snprintf(hex, sizeof(hex), "0x%" PRIx64, va_arg(ap, u64));
			ret = sqlite3_bind_text(stmt, i, hex, -1, SQLITE_TRANSIENT);
		} else {
			ret = sqlite3_bind_text(stmt, i, va_arg(ap, const char *), -1,
			                        SQLITE_STATIC);
		}
		if (ret != SQLITE_OK)
			break;
	}
	va_end(ap);

	if (ret != SQLITE_OK) {
		store_fail(store, err);
		sqlite3_finalize(stmt);
		return NULL;
	}

	return stmt;
}

int store_number(struct store *store, sqlite3_stmt *stmt, s64 *number, struct error *err)
{
	int ret;

	if (!stmt)
		return -1;

	ret = sqlite3_step(stmt);
	*number = ret == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	if (ret != SQLITE_ROW && ret != SQLITE_DONE) {
		store_fail(store, err);
		sqlite3_finalize(stmt);
		return -1;
	}

	sqlite3_finalize(stmt);
	return 0;
}

int store_finish(struct store *store, sqlite3_stmt *stmt, struct error *err)
{
	s64 ignored;

	return store_number(store, stmt, &ignored, err);
}

static int pragma(struct store *store, const char *sql, s64 *number, struct error *err)
{
	return store_number(store, store_query(store, err, sql, ""), number, err);
}

static int not_ours(struct store *store, struct error *err)
{
	return error_set(err, "%s: a database, but not one of el2fuzz; " OTHER_FILE, store->path);
}

/*
 * Whose database is this? Return: its version, 0 if it is empty, -1 if we must not touch it.
 */
static s64 check_version(struct store *store, struct error *err)
{
	s64 application, version, tables;

	if (pragma(store, "PRAGMA application_id", &application, err) ||
	    pragma(store, "PRAGMA user_version", &version, err) ||
	    pragma(store, "SELECT count(*) FROM sqlite_schema", &tables, err))
		return -1;

	if (!application && !version && !tables)
		return 0;
	if (application != APPLICATION_ID || version < 1)
		return not_ours(store, err);
	if (version > SCHEMA_VERSION)
		return error_set(err,
		                 "%s: written by a newer el2fuzz (schema %" PRId64
		                 ", this one knows %" PRId64 "); use that one, or " OTHER_FILE,
		                 store->path, version, SCHEMA_VERSION);
	return version;
}

static int migrate(struct store *store, struct error *err)
{
	char sql[128];
	s64 version;

	if (store_exec(store, "BEGIN IMMEDIATE", err))
		return -1;

	/* Another process may have been faster. */
	version = check_version(store, err);
	if (version < 0)
		goto roll_back;

	for (; version < SCHEMA_VERSION; version++) {
		snprintf(sql, sizeof(sql),
		         "PRAGMA application_id = %d; PRAGMA user_version = %" PRId64,
		         APPLICATION_ID, version + 1);
		if (store_exec(store, migrations[version], err) || store_exec(store, sql, err))
			goto roll_back;
	}

	if (!store_exec(store, "COMMIT", err))
		return 0;
roll_back:
	store_exec(store, "ROLLBACK", NULL);
	return -1;
}

/* A file we did not write may hold anything. */
static int distrust(struct store *store, struct error *err)
{
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(store->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, 64 << 20);

	return store_exec(store, "PRAGMA cell_size_check = ON", err);
}

/* Another process may be making the schema: all that is looked at has to be of one moment. */
static s64 version_now(struct store *store, struct error *err)
{
	s64 version;

	if (store_exec(store, "BEGIN", err))
		return -1;
	version = check_version(store, err);
	store_exec(store, "ROLLBACK", NULL);

	return version;
}

/*
 * SQLite does not wait when two processes change the mode of a new database at once, lest they wait for each
 * other: the one that is told so comes back.
 */
static int use_wal(struct store *store, struct error *err)
{
	for (int waited = 0; waited < BUSY_TIMEOUT_MS; waited += BUSY_RETRY_MS) {
		int ret = sqlite3_exec(store->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);

		if (ret == SQLITE_OK)
			return 0;
		if ((ret & 0xff) != SQLITE_BUSY)
			break;
		sqlite3_sleep(BUSY_RETRY_MS);
	}

	return store_fail(store, err);
}

static int open_to_write(struct store *store, struct error *err)
{
	s64 version = version_now(store, err);

	if (version < 0)
		return -1;
	/* SQLite opens what it cannot write for reading, and would say so only later. */
	if (sqlite3_db_readonly(store->db, "main"))
		return error_set(err, "%s: is read-only; change its permissions, or " OTHER_FILE,
		                 store->path);
	if (use_wal(store, err) ||
	    store_exec(store, "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", err))
		return -1;

	return version < SCHEMA_VERSION ? migrate(store, err) : 0;
}

int store_copy(struct store *to, const char *schema, struct store *from, struct error *err)
{
	sqlite3_backup *backup = sqlite3_backup_init(to->db, schema, from->db, "main");

	if (!backup)
		return store_fail(to, err);
	while (sqlite3_backup_step(backup, -1) == SQLITE_BUSY)
		sqlite3_sleep(BUSY_RETRY_MS);
	return sqlite3_backup_finish(backup) ? store_fail(to, err) : 0;
}

/* Whoever only reads gets a copy that is renewed: the file may be another's, or on another machine. */
static int renew_copy(struct store *store, struct error *err)
{
	struct store copy = *store;
	int ret;

	if (sqlite3_open_v2("", &copy.db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL)) {
		store_fail(&copy, err);
		sqlite3_close(copy.db);
		return -1;
	}
	ret = distrust(&copy, err) || store_copy(&copy, "main", store, err) || migrate(&copy, err);
	sqlite3_close(store->db);
	store->db = copy.db;

	return ret ? -1 : 0;
}

static int open_to_read(struct store *store, struct error *err)
{
	s64 version = version_now(store, err);

	if (version < 0)
		return -1;
	if (!version)
		return error_set(err, "%s: nothing in it yet; `el2fuzz run --db %s` fills it",
		                 store->path, store->path);
	if (version < SCHEMA_VERSION && renew_copy(store, err))
		return -1;
	return store_exec(store, "PRAGMA query_only = ON", err);
}

static int check_file(const char *path, enum store_access access, struct error *err)
{
	struct stat st;

	if (!stat(path, &st)) {
		if (S_ISREG(st.st_mode))
			return 0;
		return error_set(err, "%s: %s; name a file with --db", path,
		                 S_ISDIR(st.st_mode) ? "is a directory" : "is no regular file");
	}

	if (errno == ENOENT && access == STORE_READ)
		return error_set(
			err,
			"%s: no such database; `el2fuzz run` makes one, or name another with --db",
			path);
	if (errno == ENOENT)
		return 0;
	return error_set(err, "%s: %s; " OTHER_FILE, path, strerror(errno));
}

struct store *store_open(const char *path, enum store_access access, struct error *err)
{
	/* A reader may have to tidy up after a writer that was killed. */
	int flags = SQLITE_OPEN_READWRITE | (access == STORE_WRITE ? SQLITE_OPEN_CREATE : 0);
	struct store *store;
	int ret;

	if (check_file(path, access, err))
		return NULL;

	store = calloc(1, sizeof(*store));
	if (!store) {
		error_set(err, "out of memory");
		return NULL;
	}

	snprintf(store->path, sizeof(store->path), "%s", path);
	if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK) {
		store_fail(store, err);
		goto fail;
	}

	sqlite3_busy_timeout(store->db, BUSY_TIMEOUT_MS);
	ret = distrust(store, err);
	if (!ret)
		ret = access == STORE_WRITE ? open_to_write(store, err) : open_to_read(store, err);
	if (!ret)
		return store;
fail:
	store_close(store);
	return NULL;
}

void store_close(struct store *store)
{
	if (!store)
		return;

	sqlite3_close(store->db);
	free(store);
}
