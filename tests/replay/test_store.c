// SPDX-License-Identifier: GPL-2.0-only
/* The store: what was stored is there, what cannot be stored is said. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/prng.h"
#include "replay/store.h"
#include "tests/replay/cmocka_test.h"

static char dir[] = "/tmp/el2fuzz-store-XXXXXX";
static char path[64];

static const struct store_run some_run = { .build_id = "0123456789abcdef",
	                                   .core = "aarch64",
	                                   .layout = "small",
	                                   .caps = "fwb",
	                                   .seed = 0xfedcba9876543210,
	                                   .length = 64,
	                                   .hostile = 10 };

static struct store *must_open(enum store_access access)
{
	struct error err;
	struct store *store = store_open(path, access, &err);

	if (!store)
		fail_msg("%s", err.text);
	return store;
}

static s64 must_begin(struct store *store)
{
	struct error err;
	s64 id = store_begin_run(store, &some_run, "kernel 7.3\n", 1000, &err);

	if (id < 0)
		fail_msg("%s", err.text);
	return id;
}

static struct store_finding make_finding(unsigned int n)
{
	struct store_finding row = { .trace_index = n };

	row.finding.class = FINDING_STATE;
	row.finding.step = 7;
	strcpy(row.finding.op, "host_share_hyp");
	snprintf(row.finding.place, sizeof(row.finding.place), "rule %u", n);
	memset(row.finding.expected, 'e', 1000);
	strcpy(row.finding.actual, "actual\nlines");
	snprintf(row.signature, sizeof(row.signature), "state host_share_hyp rule %u", n);
	return row;
}

/* Return: 0, or -1 with @err. */
static int add(struct store *store, s64 run, unsigned int n, s64 *id, struct error *err)
{
	struct store_finding row = make_finding(n);
	struct trace trace = { 0 };
	struct op op = { .code = OP_host_share_hyp, .value[0] = n / 2 };
	int ret;

	trace_append(&trace, &op);
	ret = store_add_finding(store, run, &row, &trace, 1, 2000, err);
	trace_free(&trace);
	if (id)
		*id = row.id;
	return ret;
}

static void must_add(struct store *store, s64 run, unsigned int n, s64 *id)
{
	struct error err;

	if (add(store, run, n, id, &err))
		fail_msg("%s", err.text);
}

static void count_row(void *arg, const struct store_finding *row)
{
	(void)row;
	++*(unsigned int *)arg;
}

static unsigned int count_findings(void)
{
	struct store *store = must_open(STORE_READ);
	unsigned int nr = 0;
	struct error err;

	if (store_each_finding(store, count_row, &nr, &err))
		fail_msg("%s", err.text);
	store_close(store);
	return nr;
}

static s64 query(const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	s64 number;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return number;
}

static void change(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void write_file(const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

static void assert_refused(enum store_access access, const char *message)
{
	struct error err;
	struct store *store = store_open(path, access, &err);

	assert_null(store);
	if (!strstr(err.text, message))
		fail_msg("'%s' instead of '%s'", err.text, message);
	assert_non_null(strstr(err.text, path));
}

static int no_database(void **state)
{
	char name[80];

	(void)state;
	unlink(path);
	snprintf(name, sizeof(name), "%s-wal", path);
	unlink(name);
	snprintf(name, sizeof(name), "%s-shm", path);
	unlink(name);
	return 0;
}

static int some_findings(void **state)
{
	struct store *store;
	s64 run;

	no_database(state);
	store = must_open(STORE_WRITE);
	run = must_begin(store);
	for (unsigned int n = 0; n < 20; n++)
		must_add(store, run, n, NULL);
	store_close(store);
	return 0;
}

static void a_finding_is_read_back_as_it_was(void **state)
{
	struct store *store = must_open(STORE_WRITE);
	s64 run = must_begin(store);
	struct store_finding row, want = make_finding(3);
	struct error err;
	s64 id;

	(void)state;
	must_add(store, run, 3, &id);
	store_close(store);

	store = must_open(STORE_READ);
	assert_int_equal(store_find(store, id, &row, &err), 0);
	assert_string_equal(row.signature, want.signature);
	assert_memory_equal(&row.finding, &want.finding, sizeof(want.finding));
	assert_memory_equal(&row.run, &some_run, sizeof(some_run));
	assert_int_equal(row.trace_index, 3);
	assert_int_equal(row.first_seen, 2000);
	assert_int_equal(row.count, 1);
	assert_string_equal(row.trace, "# el2fuzz trace 1 world=el2\nhost_share_hyp pfn=0x1\n");
	store_finding_free(&row);

	assert_int_equal(store_find(store, id + 1, &row, &err), -1);
	assert_non_null(strstr(err.text, "no finding"));
	store_close(store);
}

static void the_same_finding_is_counted_not_repeated(void **state)
{
	struct store *store = must_open(STORE_WRITE);
	s64 run = must_begin(store);
	struct store_finding row;
	struct error err;
	s64 first, second;

	(void)state;
	must_add(store, run, 5, &first);
	must_add(store, must_begin(store), 5, &second);
	assert_int_equal(first, second);
	assert_int_equal(store_count_finding(store, run, first, 10, 3000, &err), 0);
	assert_int_equal(store_find(store, first, &row, &err), 0);
	assert_int_equal(row.count, 12);
	assert_int_equal(row.run_id, run);
	assert_int_equal(row.last_seen, 3000);
	store_finding_free(&row);
	store_close(store);
}

static void a_trace_is_stored_once(void **state)
{
	(void)state;
	assert_int_equal(query("SELECT count(*) FROM findings"), 20);
	assert_int_equal(query("SELECT count(*) FROM traces"), 10);
	assert_int_equal(query("SELECT count(*) FROM builds"), 1);
}

static void totals_of_a_run_are_kept(void **state)
{
	const struct store_totals totals = { .traces = 5, .steps = 320, .digest = ~0ULL };
	struct store *store = must_open(STORE_WRITE);
	struct error err;

	(void)state;
	assert_int_equal(store_end_run(store, must_begin(store), &totals, 4000, &err), 0);
	store_close(store);
	assert_int_equal(query("SELECT steps FROM runs WHERE digest = '0xffffffffffffffff'"), 320);
}

static void a_missing_database_is_only_made_to_write(void **state)
{
	(void)state;
	assert_refused(STORE_READ, "no such database");
	assert_int_equal(access(path, F_OK), -1);
	store_close(must_open(STORE_WRITE));
	assert_int_equal(count_findings(), 0);
}

static void other_files_are_refused_and_left_alone(void **state)
{
	struct prng prng;
	u8 noise[8192], after[8192];
	int fd;

	(void)state;
	prng_seed(&prng, 1, 0);
	for (size_t i = 0; i < sizeof(noise); i++)
		noise[i] = prng_u64(&prng);
	write_file(noise, sizeof(noise));
	assert_refused(STORE_WRITE, "not a database");
	assert_refused(STORE_READ, "not a database");

	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, after, sizeof(after)), sizeof(after));
	close(fd);
	assert_memory_equal(noise, after, sizeof(noise));
}

static void databases_of_others_are_refused(void **state)
{
	(void)state;
	change("CREATE TABLE findings (id)");
	assert_refused(STORE_WRITE, "not one of el2fuzz");
	change("PRAGMA application_id = 1234; PRAGMA user_version = 1");
	assert_refused(STORE_WRITE, "not one of el2fuzz");
	assert_refused(STORE_READ, "not one of el2fuzz");
	assert_int_equal(query("SELECT count(*) FROM sqlite_schema"), 1);
}

static void a_newer_schema_is_refused_and_left_alone(void **state)
{
	s64 version = query("PRAGMA user_version");
	char restore[64];

	(void)state;
	change("PRAGMA user_version = 1000");
	assert_refused(STORE_WRITE, "newer el2fuzz (schema 1000");
	assert_refused(STORE_READ, "newer el2fuzz (schema 1000");
	snprintf(restore, sizeof(restore), "PRAGMA user_version = %d", (int)version);
	change(restore);
	assert_int_equal(count_findings(), 20);
}

/* As the first version made it */
static void make_older(void)
{
	change("DROP TABLE samples; "
	       "ALTER TABLE findings ADD COLUMN count INTEGER NOT NULL DEFAULT 0; "
	       "UPDATE findings SET count = (SELECT sum(count) FROM sightings WHERE finding = id); "
	       "DROP TABLE sightings; "
	       "DROP INDEX runs_by_name; "
	       "ALTER TABLE runs DROP COLUMN name; "
	       "ALTER TABLE findings DROP COLUMN minimal; "
	       "ALTER TABLE findings DROP COLUMN minimal_layout; "
	       "ALTER TABLE findings DROP COLUMN minimal_caps; "
	       "PRAGMA user_version = 1");
}

static void an_older_schema_is_renewed_and_loses_nothing(void **state)
{
	(void)state;
	make_older();
	store_close(must_open(STORE_WRITE));
	assert_int_equal(count_findings(), 20);
	assert_int_equal(query("SELECT count(*) FROM findings WHERE minimal IS NULL"), 20);
	assert_int_equal(query("SELECT sum(count) FROM sightings"), 20);
	assert_int_equal(query("SELECT count(*) FROM runs WHERE name LIKE '0123456789abcdef 0x%'"),
	                 1);
}

static void an_older_schema_is_read_and_left_alone(void **state)
{
	(void)state;
	make_older();
	assert_int_equal(count_findings(), 20);
	assert_int_equal(query("PRAGMA user_version"), 1);
}

static void what_a_finding_was_minimised_to_is_kept(void **state)
{
	struct store *store = must_open(STORE_WRITE);
	struct op op = { .code = OP_reserve_vm };
	struct trace trace = { 0 };
	struct store_finding row;
	struct error err;

	(void)state;
	assert_int_equal(store_find(store, 1, &row, &err), 0);
	assert_null(row.minimal);
	store_finding_free(&row);

	trace_append(&trace, &op);
	assert_int_equal(store_set_minimal(store, 1, &trace, "holes", "none", &err), 0);
	assert_int_equal(store_find(store, 1, &row, &err), 0);
	assert_string_equal(row.minimal, "# el2fuzz trace 1 world=el2\nreserve_vm\n");
	assert_string_equal(row.minimal_layout, "holes");
	assert_string_equal(row.minimal_caps, "none");
	assert_non_null(strstr(row.trace, "host_share_hyp"));
	store_finding_free(&row);
	store_close(store);
	trace_free(&trace);
}

static void a_directory_is_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir(path, 0755), 0);
	assert_refused(STORE_WRITE, "is a directory");
	rmdir(path);
}

static void an_empty_file_becomes_a_database(void **state)
{
	(void)state;
	write_file("", 0);
	assert_refused(STORE_READ, "nothing in it yet");
	store_close(must_open(STORE_WRITE));
	assert_int_equal(count_findings(), 0);
}

static void a_database_without_its_tables_is_refused(void **state)
{
	struct store *store;
	struct error err;
	unsigned int nr;

	(void)state;
	change("DROP TABLE findings");
	store = must_open(STORE_READ);
	assert_int_equal(store_each_finding(store, count_row, &nr, &err), -1);
	assert_non_null(strstr(err.text, "not as el2fuzz left it (no such table"));
	store_close(store);
}

/* Use all of the database, whatever happens. */
static void read_all(void)
{
	struct store *store;
	unsigned int nr = 0;
	struct error err;

	store = store_open(path, STORE_WRITE, &err);
	if (!store)
		return;

	store_each_finding(store, count_row, &nr, &err);
	for (s64 id = 1; id < 5; id++) {
		struct store_finding row;

		if (!store_find(store, id, &row, &err))
			store_finding_free(&row);
	}
	add(store, 1, 77, NULL, &err);
	store_close(store);
}

static void damaged_databases_do_no_harm(void **state)
{
	static u8 good[1 << 20], bad[1 << 20];
	struct prng prng;
	ssize_t len;
	int fd;

	some_findings(state);
	fd = open(path, O_RDONLY);
	len = read(fd, good, sizeof(good));
	close(fd);
	assert_true(len > 4096 && len < (ssize_t)sizeof(good));

	prng_seed(&prng, 2, 0);
	for (int i = 0; i < 300; i++) {
		size_t part = prng_chance(&prng, 1, 3) ? prng_below(&prng, len) : (u64)len;

		memcpy(bad, good, len);
		for (u64 n = prng_below(&prng, 30); n; n--)
			bad[prng_below(&prng, len)] = prng_u64(&prng);
		no_database(NULL);
		write_file(bad, part);
		read_all();
	}
}

/* Run @test in a process of its own, which may spoil itself; 77 means it could not be done here. */
static void in_a_child(int (*test)(void))
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(test());

	waitpid(pid, &status, 0);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static int said(const struct error *err, const char *message)
{
	if (strstr(err->text, message))
		return 0;
	fprintf(stderr, "'%s' instead of '%s'\n", err->text, message);
	return 1;
}

static int open_without_permission(void)
{
	struct error err;

	/* Nothing is read-only for root. */
	if (!geteuid() && (setgid(65534) || setuid(65534)))
		return 77;
	if (store_open(path, STORE_WRITE, &err))
		return 1;
	return said(&err, "change its permissions");
}

static void a_read_only_database_is_refused_to_write(void **state)
{
	(void)state;
	chmod(dir, 0755);
	chmod(path, 0444);
	in_a_child(open_without_permission);
	chmod(path, 0644);
}

/* Add findings until it fails; all before that must be there afterwards. */
static int add_until_full(const char *message)
{
	struct store *store;
	struct error err;
	unsigned int nr = 0;
	s64 run;

	store = store_open(path, STORE_WRITE, &err);
	if (!store)
		return 2;
	run = store_begin_run(store, &some_run, "kernel 7.3\n", 1000, &err);
	if (run < 0)
		return 3;
	while (nr < 10000 && !add(store, run, nr, NULL, &err))
		nr++;
	store_close(store);

	if (nr < 3 || nr == 10000 || said(&err, message))
		return 4;
	return count_findings() == nr ? 0 : 5;
}

static int fill_limit(void)
{
	const struct rlimit limit = { .rlim_cur = 200000, .rlim_max = RLIM_INFINITY };

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &limit);
	return add_until_full("what was stored before is kept");
}

static void a_file_size_limit_loses_nothing(void **state)
{
	(void)state;
	in_a_child(fill_limit);
}

static int fill_disk(void)
{
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmpfs", dir, "tmpfs", 0, "size=300k"))
		return 77;
	return add_until_full("the disk is full");
}

static void a_full_disk_loses_nothing(void **state)
{
	(void)state;
	in_a_child(fill_disk);
}

static int wait_for_lock(void)
{
	struct error err;
	struct store *store = store_open(path, STORE_WRITE, &err);

	if (!store)
		return said(&err, "locked by another process");
	if (store_begin_run(store, &some_run, "", 0, &err) >= 0)
		return 1;
	store_close(store);
	return said(&err, "locked by another process");
}

static void a_database_locked_for_long_is_reported(void **state)
{
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	in_a_child(wait_for_lock);
	sqlite3_close(db);
}

static int add_many(void)
{
	struct error err;
	struct store *store = store_open(path, STORE_WRITE, &err);
	s64 run;

	if (!store)
		return said(&err, "(none)");
	run = store_begin_run(store, &some_run, "", 0, &err);
	for (unsigned int n = 0; n < 50; n++) {
		if (run < 0 || add(store, run, n, NULL, &err))
			return said(&err, "(none)");
	}
	store_close(store);
	return 0;
}

static void several_processes_can_write_at_once(void **state)
{
	pid_t pids[4];
	int status;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		pids[i] = fork();
		if (!pids[i])
			_exit(add_many());
	}
	for (size_t i = 0; i < ARRAY_SIZE(pids); i++) {
		waitpid(pids[i], &status, 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(count_findings(), 50);
	assert_int_equal(query("SELECT sum(count) FROM sightings"), 200);
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/test.db", dir);
	return 0;
}

static int remove_dir(void **state)
{
	no_database(state);
	return rmdir(dir);
}

#define EMPTY(function) cmocka_unit_test_setup(function, no_database)
#define FILLED(function) cmocka_unit_test_setup(function, some_findings)

int main(void)
{
	const struct CMUnitTest tests[] = {
		EMPTY(a_finding_is_read_back_as_it_was),
		EMPTY(the_same_finding_is_counted_not_repeated),
		FILLED(a_trace_is_stored_once),
		EMPTY(totals_of_a_run_are_kept),
		EMPTY(a_missing_database_is_only_made_to_write),
		EMPTY(other_files_are_refused_and_left_alone),
		EMPTY(databases_of_others_are_refused),
		FILLED(a_newer_schema_is_refused_and_left_alone),
		FILLED(an_older_schema_is_renewed_and_loses_nothing),
		FILLED(an_older_schema_is_read_and_left_alone),
		FILLED(what_a_finding_was_minimised_to_is_kept),
		EMPTY(a_directory_is_refused),
		EMPTY(an_empty_file_becomes_a_database),
		FILLED(a_database_without_its_tables_is_refused),
		EMPTY(damaged_databases_do_no_harm),
		FILLED(a_read_only_database_is_refused_to_write),
		EMPTY(a_file_size_limit_loses_nothing),
		EMPTY(a_full_disk_loses_nothing),
		FILLED(a_database_locked_for_long_is_reported),
		EMPTY(several_processes_can_write_at_once),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
