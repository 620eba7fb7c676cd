/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the store share. */
#ifndef EL2FUZZ_STORE_INTERNAL_H
#define EL2FUZZ_STORE_INTERNAL_H

#include <sqlite3.h>

#include "replay/store.h"

struct store {
	sqlite3 *db;
	char path[512];
};

/** store_fail() - put SQLite's last error into words; Return: -1 */
int store_fail(struct store *store, struct error *err);

/** store_exec() - run SQL that has no result */
int store_exec(struct store *store, const char *sql, struct error *err);

/**
 * store_query() - prepare a statement and bind its parameters
 * @types: one letter a parameter: i (s64), u (u64 as text "0x..."), s (const char *)
 *
 * Return: the statement, or NULL.
 */
sqlite3_stmt *store_query(struct store *store, struct error *err, const char *sql,
                          const char *types, ...);

/** store_finish() - run a statement of store_query() that has no result, and drop it */
int store_finish(struct store *store, sqlite3_stmt *stmt, struct error *err);

/** store_number() - the first column of the first row of a query, and drop it; 0 if none */
int store_number(struct store *store, sqlite3_stmt *stmt, s64 *number, struct error *err);

/** store_take_text() - a column of the row that a query is at; "" for NULL */
void store_take_text(sqlite3_stmt *stmt, int column, char *to, size_t len);

/** store_copy() - copy a database, as it is at one moment, over the one called @schema in @to */
int store_copy(struct store *to, const char *schema, struct store *from, struct error *err);

#endif
