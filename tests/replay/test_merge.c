// SPDX-License-Identifier: GPL-2.0-only
/* Merging databases: nothing is lost, nothing counted twice, and a bad one changes nothing. */
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/prng.h"
#include "replay/store.h"
#include "tests/replay/cmocka_test.h"

static char dir[] = "/tmp/el2fuzz-merge-XXXXXX";
static const char *const names[] = { "a.db", "b.db", "c.db" };

static void must(int ret, const struct error *err)
{
	if (ret < 0)
		fail_msg("%s", err->text);
}

static struct store *must_open(const char *name, enum store_access access)
{
	struct error err;
	struct store *store = store_open(name, access, &err);

	if (!store)
		fail_msg("%s", err.text);
	return store;
}

static s64 begin(struct store *store, u64 seed)
{
	struct store_run run = { .build_id = "0123456789abcdef",
		                 .core = "native",
		                 .layout = "small",
		                 .caps = "fwb",
		                 .seed = seed,
		                 .length = 64 };
	struct error err;
	s64 id = store_begin_run(store, &run, "kernel 7.3\n", 1000, &err);

	must(id, &err);
	return id;
}

static void add(struct store *store, s64 run, unsigned int n, u64 times)
{
	struct store_finding row = { .trace_index = n };
	struct op op = { .code = OP_host_share_hyp, .value[0] = n / 2 };
	struct trace trace = { 0 };
	struct error err;

	row.finding.class = FINDING_STATE;
	strcpy(row.finding.op, "host_share_hyp");
	strcpy(row.finding.expected, "this");
	strcpy(row.finding.actual, "that");
	snprintf(row.finding.place, sizeof(row.finding.place), "rule %u", n);
	snprintf(row.signature, sizeof(row.signature), "state host_share_hyp rule %u", n);
	trace_append(&trace, &op);
	must(store_add_finding(store, run, &row, &trace, times, 2000 + n, &err), &err);
	trace_free(&trace);
}

/* Findings @from to @to, each seen @times, and a sample */
static void fill(const char *name, u64 seed, unsigned int from, unsigned int to, u64 times)
{
	const struct store_sample sample = { .second = 10, .traces = 5 };
	struct store *store = must_open(name, STORE_WRITE);
	s64 run = begin(store, seed);
	struct error err;

	for (unsigned int n = from; n < to; n++)
		add(store, run, n, times);
	must(store_add_sample(store, run, &sample, &err), &err);
	store_close(store);
}

static struct store_merged merge(const char *to, const char *from)
{
	struct store *store = must_open(to, STORE_WRITE);
	struct store_merged merged;
	struct error err;

	must(store_merge(store, from, &merged, &err), &err);
	store_close(store);
	return merged;
}

static s64 query(const char *name, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	s64 number;

	assert_int_equal(sqlite3_open(name, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	number = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return number;
}

static void change(const char *name, const char *sql)
{
	char *why = NULL;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(name, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %s", sql, why);
	sqlite3_close(db);
}

static s64 findings(const char *name)
{
	return query(name, "SELECT count(*) FROM findings");
}

static s64 sightings(const char *name)
{
	return query(name, "SELECT sum(count) FROM sightings");
}

static int remove_all(void **state)
{
	static const char *const suffixes[] = { "", "-wal", "-shm" };
	char name[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names) * ARRAY_SIZE(suffixes); i++) {
		snprintf(name, sizeof(name), "%s%s", names[i / 3], suffixes[i % 3]);
		unlink(name);
	}
	return 0;
}

/* a.db has findings 0 to 9, b.db 5 to 19 */
static int two(void **state)
{
	remove_all(state);
	fill("a.db", 1, 0, 10, 3);
	fill("b.db", 2, 5, 20, 4);
	return 0;
}

static void two_become_one(void **state)
{
	struct store_merged merged = merge("a.db", "b.db");

	(void)state;
	assert_int_equal(merged.findings, 10);
	assert_int_equal(merged.runs, 1);
	assert_int_equal(merged.samples, 1);
	assert_int_equal(findings("a.db"), 20);
	assert_int_equal(sightings("a.db"), 10 * 3 + 15 * 4);
	assert_int_equal(query("a.db", "SELECT count(*) FROM builds"), 1);
	assert_int_equal(query("a.db", "SELECT count(*) FROM traces"), 10);
	/* Each is of the run that found it first. */
	assert_int_equal(query("a.db", "SELECT count(*) FROM findings JOIN runs ON runs.id = run "
	                               "WHERE seed = '0x2'"),
	                 10);
	/* The other one is as it was. */
	assert_int_equal(findings("b.db"), 15);
}

static void merging_again_changes_nothing(void **state)
{
	struct store_merged merged;

	(void)state;
	merge("a.db", "b.db");
	merged = merge("a.db", "b.db");
	assert_int_equal(merged.findings + merged.runs + merged.samples, 0);
	merged = merge("a.db", "a.db");
	assert_int_equal(merged.findings + merged.runs + merged.samples, 0);
	assert_int_equal(sightings("a.db"), 90);
}

static void what_went_on_is_taken_later(void **state)
{
	const struct store_totals totals = { .traces = 77 };
	struct store *store;
	struct error err;

	(void)state;
	merge("a.db", "b.db");
	store = must_open("b.db", STORE_WRITE);
	add(store, 1, 19, 10);
	add(store, 1, 20, 1);
	must(store_end_run(store, 1, &totals, 5000, &err), &err);
	store_close(store);
	assert_int_equal(merge("a.db", "b.db").findings, 1);
	assert_int_equal(sightings("a.db"), 101);
	assert_int_equal(query("a.db", "SELECT traces FROM runs WHERE seed = '0x2'"), 77);
}

static void ways_do_not_matter(void **state)
{
	(void)state;
	/* b is in c twice: by itself, and with a. */
	merge("c.db", "b.db");
	merge("a.db", "b.db");
	merge("c.db", "a.db");
	assert_int_equal(findings("c.db"), 20);
	assert_int_equal(sightings("c.db"), 90);
	merge("b.db", "c.db");
	assert_int_equal(sightings("b.db"), 90);
	assert_int_equal(query("b.db", "SELECT count(*) FROM runs"), 2);
}

static void a_copy_that_went_on_is_another_run(void **state)
{
	(void)state;
	change("a.db", "VACUUM INTO 'c.db'");
	fill("a.db", 3, 30, 31, 1);
	fill("c.db", 4, 40, 41, 1);
	merge("a.db", "c.db");
	assert_int_equal(findings("a.db"), 12);
	assert_int_equal(sightings("a.db"), 32);
	assert_int_equal(query("a.db", "SELECT count(*) FROM runs"), 3);
}

static void a_minimal_trace_is_taken(void **state)
{
	struct store *store = must_open("b.db", STORE_WRITE);
	struct op op = { .code = OP_reserve_vm };
	struct trace trace = { 0 };
	struct store_finding row;
	struct error err;

	(void)state;
	trace_append(&trace, &op);
	must(store_set_minimal(store, 1, &trace, "holes", "none", &err), &err);
	trace_free(&trace);
	store_close(store);

	merge("a.db", "b.db");
	store = must_open("a.db", STORE_READ);
	must(store_find(store, 6, &row, &err), &err);
	assert_string_equal(row.signature, "state host_share_hyp rule 5");
	assert_string_equal(row.minimal, "# el2fuzz trace 1 world=el2\nreserve_vm\n");
	assert_string_equal(row.minimal_layout, "holes");
	assert_int_equal(row.count, 7);
	store_finding_free(&row);
	store_close(store);
}

static void one_in_use_can_be_merged(void **state)
{
	struct store *other = must_open("b.db", STORE_WRITE);

	(void)state;
	add(other, 1, 50, 1);
	assert_int_equal(merge("a.db", "b.db").findings, 11);
	store_close(other);
}

static void an_older_one_is_merged_and_left_alone(void **state)
{
	(void)state;
	change("b.db", "DROP TABLE samples; "
	               "ALTER TABLE findings ADD COLUMN count INTEGER NOT NULL DEFAULT 4; "
	               "DROP TABLE sightings; DROP INDEX runs_by_name; "
	               "ALTER TABLE runs DROP COLUMN name; PRAGMA user_version = 2");
	merge("a.db", "b.db");
	assert_int_equal(sightings("a.db"), 90);
	assert_int_equal(query("b.db", "PRAGMA user_version"), 2);
	/* Once it is renewed, it is the same runs. */
	store_close(must_open("b.db", STORE_WRITE));
	merge("a.db", "b.db");
	assert_int_equal(sightings("a.db"), 90);
}

static void refused(const char *why)
{
	struct store *store = must_open("a.db", STORE_WRITE);
	struct store_merged merged;
	struct error err;

	assert_int_equal(store_merge(store, "b.db", &merged, &err), -1);
	if (!strstr(err.text, why) || !strstr(err.text, "b.db"))
		fail_msg("'%s' instead of '%s'", err.text, why);
	store_close(store);
	assert_int_equal(findings("a.db"), 10);
	assert_int_equal(sightings("a.db"), 30);
}

static void hostile_ones_are_refused(void **state)
{
	static const struct {
		const char *sql, *why;
	} attacks[] = {
		{ "CREATE TABLE more (x)", "its tables are not" },
		{ "CREATE VIEW more AS SELECT 1", "its tables are not" },
		{ "ALTER TABLE findings RENAME TO old; CREATE VIEW findings AS SELECT * FROM old",
		  "its tables are not" },
		{ "DROP TABLE samples; CREATE TABLE samples (run, second, execs, traces, edges, "
		  "corpus, findings)",
		  "its tables are not" },
		{ "ALTER TABLE traces ADD COLUMN x TEXT AS (text || text)", "its tables are not" },
		{ "UPDATE sightings SET count = -5", "less than once" },
		{ "UPDATE sightings SET count = 9223372036854775807", "less than once" },
		{ "DELETE FROM sightings", "a finding is not as" },
		{ "UPDATE findings SET class = 'fun'", "a finding is not as" },
		{ "UPDATE findings SET known = 7", "a finding is not as" },
		{ "UPDATE findings SET signature = hex(zeroblob(500)) WHERE id = 1",
		  "a finding is not as" },
		{ "UPDATE findings SET trace = 1000", "refers to one that is not there" },
		{ "UPDATE traces SET text = 'rm -rf'", "a trace does not parse" },
		{ "UPDATE runs SET started = -1", "a run is not as" },
		{ "UPDATE builds SET build_id = '../../x'", "a build has no id" },
		{ "UPDATE samples SET edges = -1", "a sample is not as" },
		{ "PRAGMA user_version = 1000", "newer el2fuzz" },
		{ "PRAGMA application_id = 1", "not one of el2fuzz" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(attacks); i++) {
		two(state);
		change("b.db", attacks[i].sql);
		refused(attacks[i].why);
	}
	remove_all(state);
	fill("a.db", 1, 0, 10, 3);
	refused("no such database");
}

/* Triggers are for whoever does not expect them; they do not run. */
static void a_trigger_does_nothing(void **state)
{
	(void)state;
	change("b.db", "CREATE TRIGGER t AFTER INSERT ON findings BEGIN DELETE FROM findings; END");
	merge("a.db", "b.db");
	assert_int_equal(findings("a.db"), 20);
}

static size_t read_file(const char *name, u8 *bytes, size_t max)
{
	int fd = open(name, O_RDONLY);
	ssize_t len = read(fd, bytes, max);

	close(fd);
	return len;
}

static void damaged_ones_do_no_harm(void **state)
{
	static u8 good[1 << 20], bad[1 << 20];
	size_t len = read_file("b.db", good, sizeof(good));
	struct store *store = must_open("c.db", STORE_WRITE);
	struct prng prng;

	(void)state;
	prng_seed(&prng, 3, 0);
	for (int i = 0; i < 200; i++) {
		struct store_merged merged;
		struct error err;
		int fd;

		memcpy(bad, good, len);
		for (u64 n = prng_below(&prng, 30); n; n--)
			bad[prng_below(&prng, len)] = prng_u64(&prng);
		fd = open("b.db", O_WRONLY | O_CREAT | O_TRUNC, 0644);
		assert_int_equal(write(fd, bad, len), len);
		close(fd);
		store_merge(store, "b.db", &merged, &err);
	}
	store_close(store);
	assert_int_equal(query("c.db", "SELECT integrity_check = 'ok' FROM pragma_integrity_check"),
	                 1);
	assert_int_equal(query("c.db", "SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

/* All of it or nothing, whenever it is killed. */
static void kill_9_loses_nothing(void **state)
{
	double start, took;
	int undone = 0;

	(void)state;
	change("b.db",
	       "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) "
	       "INSERT INTO findings SELECT i, build, 'state x ' || i, class, op, place, step, "
	       "expected, actual, trace_index, trace, run, first_seen, last_seen, known, minimal, "
	       "minimal_layout, minimal_caps FROM findings, n WHERE id = 1; "
	       "INSERT INTO sightings SELECT id, 1, 1 FROM findings WHERE id >= 100");
	start = now();
	merge("c.db", "b.db");
	took = now() - start;
	for (int i = 0; i < 20; i++) {
		pid_t pid = fork();

		if (!pid) {
			merge("a.db", "b.db");
			_exit(0);
		}
		usleep(took * 1e6 * i / 20);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		if (findings("a.db") == 10) {
			undone++;
			continue;
		}
		assert_int_equal(findings("a.db"), 20 + 3901);
		assert_int_equal(sightings("a.db"), 90 + 3901);
		break;
	}
	assert_true(undone > 0);
	merge("a.db", "b.db");
	assert_int_equal(findings("a.db"), 20 + 3901);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? chdir(dir) : -1;
}

static int remove_dir(void **state)
{
	remove_all(state);
	return chdir("/") || rmdir(dir);
}

#define TWO(function) cmocka_unit_test_setup(function, two)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TWO(two_become_one),
		TWO(merging_again_changes_nothing),
		TWO(what_went_on_is_taken_later),
		TWO(ways_do_not_matter),
		TWO(a_copy_that_went_on_is_another_run),
		TWO(a_minimal_trace_is_taken),
		TWO(one_in_use_can_be_merged),
		TWO(an_older_one_is_merged_and_left_alone),
		TWO(hostile_ones_are_refused),
		TWO(a_trigger_does_nothing),
		TWO(damaged_ones_do_no_harm),
		TWO(kill_9_loses_nothing),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
