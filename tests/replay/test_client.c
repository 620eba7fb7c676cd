// SPDX-License-Identifier: GPL-2.0-only
/* The client outlives its runner, loses no trace, and blames the right one. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "replay/client.h"
#include "tests/replay/cmocka_test.h"

#define NR_TRACES 100

static char build_id_file[] = "/tmp/el2fuzz-test-XXXXXX";

static struct client_config config = { .runner = FAKE_RUNNER,
	                               .core = "aarch64",
	                               .image = "none",
	                               .layout = "small",
	                               .caps = "fwb",
	                               .build_id_file = build_id_file,
	                               .start_timeout = 20,
	                               .run_timeout = 20 };

static const char *const variables[] = { "FAKE_FIND",  "FAKE_DIE",   "FAKE_HANG", "FAKE_GARBAGE",
	                                 "FAKE_WORDY", "FAKE_START", "FAKE_ONCE" };

static int behave(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(variables); i++)
		unsetenv(variables[i]);
	config.start_timeout = 20;
	config.run_timeout = 20;
	return 0;
}

static struct client *open_client(void)
{
	struct error err;
	struct client *client = client_open(&config, &err);

	if (!client)
		fail_msg("%s", err.text);
	return client;
}

/* Trace @index: harmless, but for the one op that the fake runner was told to trip over. */
static void make_trace(struct trace *trace, u64 index, bool bad)
{
	struct op op = { .code = OP_host_share_hyp, .value[0] = index };

	trace_clear(trace);
	trace_append(trace, &op);
	op.code = bad ? OP_reserve_vm : OP_host_load;
	trace_append(trace, &op);
}

/* Run traces, of which those in @bad (a bit each) are bad; collect the reports in order. */
static void run_all(struct client *client, u64 bad, struct run_report *reports, u64 nr)
{
	struct trace trace = { 0 };
	struct error err;
	u64 sent = 0;

	for (u64 got = 0; got < nr; got++) {
		for (; sent < nr && client_in_flight(client) < CLIENT_DEPTH; sent++) {
			make_trace(&trace, sent, sent < 64 && bad & BIT(sent));
			assert_int_equal(client_submit(client, sent, LOCKSTEP_CHEAP, &trace, &err),
			                 0);
		}
		if (client_next(client, &reports[got], &err))
			fail_msg("%s", err.text);
		assert_true(reports[got].result.cookie == got);
	}
	assert_int_equal(client_in_flight(client), 0);
	trace_free(&trace);
}

static void expect(const char *variable, u64 bad, enum finding_class class, const char *place)
{
	struct run_report *reports = calloc(NR_TRACES, sizeof(*reports));
	struct client *client;

	setenv(variable, "reserve_vm", 1);
	client = open_client();
	run_all(client, bad, reports, NR_TRACES);

	for (u64 i = 0; i < NR_TRACES; i++) {
		if (i >= 64 || !(bad & BIT(i))) {
			assert_int_equal(reports[i].result.verdict, VERDICT_PASS);
			assert_int_equal(reports[i].result.steps, 2);
			continue;
		}
		assert_int_equal(reports[i].result.verdict, VERDICT_FINDING);
		assert_int_equal(reports[i].finding.class, class);
		assert_string_equal(reports[i].finding.place, place);
	}

	client_close(client);
	free(reports);
}

static void reports_come_in_order(void **state)
{
	(void)state;
	expect("FAKE_NOTHING", 0, FINDING_NONE, "");
}

static void findings_arrive_whole(void **state)
{
	(void)state;
	expect("FAKE_FIND", BIT(0), FINDING_RETURN, "fake aa");
}

static void the_trace_that_kills_the_runner_is_found(void **state)
{
	(void)state;
	expect("FAKE_DIE", BIT(0) | BIT(7) | BIT(8) | BIT(40), FINDING_HARNESS, "runner SIGKILL");
}

static void the_trace_that_hangs_the_runner_is_found(void **state)
{
	(void)state;
	config.run_timeout = 1;
	expect("FAKE_HANG", BIT(5), FINDING_HANG, "runner no answer");
}

static void a_runner_that_sends_garbage_is_replaced(void **state)
{
	(void)state;
	expect("FAKE_GARBAGE", BIT(3), FINDING_HARNESS, "runner wrong answer");
}

static void a_death_that_does_not_repeat_is_reported_all_the_same(void **state)
{
	char once[] = "/tmp/el2fuzz-once-XXXXXX";
	struct run_report *reports = calloc(NR_TRACES, sizeof(*reports));
	struct client *client;
	unsigned int findings = 0;

	(void)state;
	close(mkstemp(once));
	setenv("FAKE_DIE", "reserve_vm", 1);
	setenv("FAKE_ONCE", once, 1);
	client = open_client();
	run_all(client, BIT(20), reports, NR_TRACES);

	for (unsigned int i = 0; i < NR_TRACES; i++) {
		if (reports[i].result.verdict != VERDICT_FINDING)
			continue;
		findings++;
		assert_int_equal(reports[i].finding.class, FINDING_HARNESS);
		assert_non_null(strstr(reports[i].finding.actual, "did not happen again"));
	}
	assert_int_equal(findings, 1);

	client_close(client);
	free(reports);
}

static void what_a_dying_runner_says_is_kept(void **state)
{
	struct run_report report;
	struct client *client;

	(void)state;
	setenv("FAKE_DIE", "reserve_vm", 1);
	client = open_client();
	run_all(client, BIT(0), &report, 1);
	assert_non_null(strstr(report.finding.actual, "the fake core dies at step 1"));
	client_close(client);
}

static void explain_prints_steps_up_to_the_death(void **state)
{
	struct trace trace = { 0 };
	struct run_report report;
	struct client *client;
	struct error err;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	setenv("FAKE_DIE", "reserve_vm", 1);
	client = open_client();
	make_trace(&trace, 0, true);
	assert_int_equal(client_explain(client, LOCKSTEP_FULL, NULL, &trace, out, &report, &err),
	                 0);
	fclose(out);
	assert_string_equal(text, "  0  host_share_hyp: a step\n  1  reserve_vm: a step\n");
	assert_int_equal(report.finding.class, FINDING_HARNESS);

	free(text);
	trace_free(&trace);
	client_close(client);
}

static void bench_counts_steps_and_resets(void **state)
{
	const struct bench_request request = { .mode = LOCKSTEP_CHEAP, .repeat = 10 };
	struct client *client = open_client();
	struct bench_result result;
	struct trace trace = { 0 };
	struct error err;

	(void)state;
	make_trace(&trace, 0, false);
	assert_int_equal(client_bench(client, &request, &trace, &result, &err), 0);
	assert_int_equal(result.steps, 20);
	assert_int_equal(result.resets, 10);
	assert_true(result.peak_rss_kb > 0);

	trace_free(&trace);
	client_close(client);
}

static void assert_no_start(const char *how, const char *message)
{
	struct error err;

	setenv("FAKE_START", how, 1);
	assert_null(client_open(&config, &err));
	if (!strstr(err.text, message))
		fail_msg("'%s' instead of '%s'", err.text, message);
}

static void a_runner_that_does_not_start_is_explained(void **state)
{
	(void)state;
	assert_no_start("fail", "none: the fake core was asked to fail");
	assert_no_start("die", "runner SIGKILL");
	assert_no_start("garbage", "runner wrong answer");
	config.start_timeout = 1;
	assert_no_start("hang", "runner no answer");

	config.runner = "/nonexistent";
	assert_no_start("", "/nonexistent: No such file or directory");
	config.runner = FAKE_RUNNER;
}

static void a_runner_that_cannot_restart_ends_the_run(void **state)
{
	struct trace trace = { 0 };
	struct run_report report;
	struct client *client = open_client();
	struct error err;

	(void)state;
	setenv("FAKE_START", "fail", 1);
	kill(client_pid(client), SIGKILL);
	make_trace(&trace, 0, false);
	assert_int_equal(client_submit(client, 0, LOCKSTEP_CHEAP, &trace, &err), 0);
	assert_int_equal(client_next(client, &report, &err), -1);
	assert_non_null(strstr(err.text, "asked to fail"));

	trace_free(&trace);
	client_close(client);
}

static void no_runner_outlives_its_command(void **state)
{
	int pipes[2], status;
	pid_t pid, runner;

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	if (!pid) {
		runner = client_pid(open_client());
		if (write(pipes[1], &runner, sizeof(runner)) < 0)
			_exit(1);
		raise(SIGKILL);
	}

	close(pipes[1]);
	assert_int_equal(read(pipes[0], &runner, sizeof(runner)), sizeof(runner));
	close(pipes[0]);
	waitpid(pid, &status, 0);
	for (int i = 0; i < 500 && !kill(runner, 0); i++)
		usleep(10000);
	assert_int_equal(kill(runner, 0), -1);
}

static int write_build_id(void **state)
{
	static const char text[] = "kernel 7.3\nid 0123456789abcdef\n";
	int fd = mkstemp(build_id_file);

	(void)state;
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -1;
	return close(fd);
}

static int remove_build_id(void **state)
{
	(void)state;
	return unlink(build_id_file);
}

#define TEST(function) cmocka_unit_test_setup(function, behave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reports_come_in_order),
		TEST(findings_arrive_whole),
		TEST(the_trace_that_kills_the_runner_is_found),
		TEST(the_trace_that_hangs_the_runner_is_found),
		TEST(a_runner_that_sends_garbage_is_replaced),
		TEST(a_death_that_does_not_repeat_is_reported_all_the_same),
		TEST(what_a_dying_runner_says_is_kept),
		TEST(explain_prints_steps_up_to_the_death),
		TEST(bench_counts_steps_and_resets),
		TEST(a_runner_that_does_not_start_is_explained),
		TEST(a_runner_that_cannot_restart_ends_the_run),
		TEST(no_runner_outlives_its_command),
	};

	return cmocka_run_group_tests(tests, write_build_id, remove_build_id);
}
