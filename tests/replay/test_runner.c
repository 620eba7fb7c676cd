// SPDX-License-Identifier: GPL-2.0-only
/* The runner's side of the protocol: whatever it is sent, it answers or says why it stops. */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/prng.h"
#include "replay/channel.h"
#include "replay/trace.h"
#include "tests/replay/cmocka_test.h"

#define TIMEOUT_MS 20000

static char build_id_file[] = "/tmp/el2fuzz-test-XXXXXX";

static void start(struct channel *channel)
{
	const char *const argv[] = { FAKE_RUNNER,       "--image",     "none",
		                     "--build-id-file", build_id_file, NULL };
	const struct hello *hello;
	const void *payload;
	struct error err;

	memset(channel, 0, sizeof(*channel));
	if (channel_spawn(channel, argv, &err))
		fail_msg("%s", err.text);
	assert_int_equal(channel_wait(channel, TIMEOUT_MS, &payload), CHANNEL_FRAME);
	assert_int_equal(channel->frame.type, FRAME_HELLO);
	assert_int_equal(channel->frame.len, sizeof(*hello));
	hello = payload;
	assert_string_equal(hello->build_id, "0123456789abcdef");
}

static void send_frame(struct channel *channel, u32 type, const void *payload, u32 len)
{
	const struct frame frame = { .magic = RUNNER_MAGIC, .type = type, .len = len };

	assert_int_equal(channel_send(channel, &frame, sizeof(frame)), 0);
	assert_int_equal(channel_send(channel, payload, len), 0);
}

static void assert_answer(struct channel *channel, u32 type)
{
	const void *payload;

	assert_int_equal(channel_wait(channel, TIMEOUT_MS, &payload), CHANNEL_FRAME);
	assert_int_equal(channel->frame.type, type);
}

static void assert_alive(struct channel *channel)
{
	const struct run_request request = { .cookie = 42 };

	send_frame(channel, FRAME_RUN, &request, sizeof(request));
	assert_answer(channel, FRAME_RESULT);
}

static void it_ends_cleanly_at_the_end_of_its_input(void **state)
{
	struct channel channel;

	(void)state;
	start(&channel);
	assert_int_equal(channel_end(&channel, false), 0);
	channel_free(&channel);
}

static void wrong_requests_are_answered_and_survived(void **state)
{
	const struct run_request bad_run = { .mode = 77 };
	const struct bench_request bad_bench = { .mode = 77 };
	const struct time_request of_no_world = { .op = OP_notifier_start };
	struct channel channel;

	(void)state;
	start(&channel);
	send_frame(&channel, FRAME_RUN, &bad_run, sizeof(bad_run));
	assert_answer(&channel, FRAME_FAILED);
	send_frame(&channel, FRAME_RUN, &bad_run, 3);
	assert_answer(&channel, FRAME_FAILED);
	send_frame(&channel, FRAME_EXPLAIN, NULL, 0);
	assert_answer(&channel, FRAME_FAILED);
	send_frame(&channel, FRAME_BENCH, &bad_bench, sizeof(bad_bench));
	assert_answer(&channel, FRAME_FAILED);
	send_frame(&channel, FRAME_TIME, &of_no_world, sizeof(of_no_world));
	assert_answer(&channel, FRAME_FAILED);
	send_frame(&channel, FRAME_HELLO, NULL, 0);
	assert_answer(&channel, FRAME_FAILED);
	send_frame(&channel, 0xffffffff, NULL, 0);
	assert_answer(&channel, FRAME_FAILED);
	assert_alive(&channel);
	channel_free(&channel);
}

static void any_bytes_can_be_run_as_a_trace(void **state)
{
	struct {
		struct run_request request;
		u8 trace[1000];
	} run = { 0 };
	struct channel channel;
	struct prng prng;

	(void)state;
	start(&channel);
	prng_seed(&prng, 1, 0);
	for (int i = 0; i < 500; i++) {
		for (size_t n = 0; n < sizeof(run.trace); n++)
			run.trace[n] = prng_u64(&prng) >> prng_below(&prng, 64);
		send_frame(&channel, FRAME_RUN, &run,
		           sizeof(run.request) + prng_below(&prng, sizeof(run.trace)));
		assert_answer(&channel, FRAME_RESULT);
	}
	channel_free(&channel);
}

static void the_largest_frame_is_taken(void **state)
{
	u8 *payload = calloc(1, RUNNER_MAX_PAYLOAD);
	struct channel channel;

	(void)state;
	memset(payload + sizeof(struct run_request), OP_reserve_vm,
	       RUNNER_MAX_PAYLOAD - sizeof(struct run_request));
	start(&channel);
	send_frame(&channel, FRAME_RUN, payload, RUNNER_MAX_PAYLOAD);
	assert_answer(&channel, FRAME_RESULT);
	channel_free(&channel);
	free(payload);
}

/* No frames: the runner says so and ends with 2, it is not killed. */
static void assert_refused(const void *bytes, size_t len)
{
	struct channel channel;
	const void *payload;
	int status;

	start(&channel);
	assert_int_equal(channel_send(&channel, bytes, len), 0);
	assert_int_equal(channel_wait(&channel, TIMEOUT_MS, &payload), CHANNEL_FRAME);
	assert_int_equal(channel.frame.type, FRAME_FAILED);
	status = channel_end(&channel, false);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 2);
	assert_non_null(strstr(channel.text, "holds no frames"));
	channel_free(&channel);
}

static void what_is_no_frame_is_refused(void **state)
{
	const struct frame too_long = { .magic = RUNNER_MAGIC,
		                        .type = FRAME_RUN,
		                        .len = RUNNER_MAX_PAYLOAD + 1 };
	struct prng prng;
	u8 noise[256];

	(void)state;
	assert_refused(&too_long, sizeof(too_long));
	prng_seed(&prng, 2, 0);
	for (int i = 0; i < 20; i++) {
		for (size_t n = 0; n < sizeof(noise); n++)
			noise[n] = prng_u64(&prng);
		assert_refused(noise, sizeof(noise));
	}
}

static void what_it_prints_does_not_reach_the_channel(void **state)
{
	struct {
		struct run_request request;
		u8 trace[1];
	} run = { .trace = { OP_reserve_vm } };
	struct channel channel;

	(void)state;
	setenv("FAKE_WORDY", "reserve_vm", 1);
	start(&channel);
	unsetenv("FAKE_WORDY");
	send_frame(&channel, FRAME_RUN, &run, sizeof(run.request) + 1);
	assert_answer(&channel, FRAME_RESULT);
	channel_end(&channel, false);
	assert_non_null(strstr(channel.text, "a library has something to say"));
	channel_free(&channel);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_ends_cleanly_at_the_end_of_its_input),
		cmocka_unit_test(wrong_requests_are_answered_and_survived),
		cmocka_unit_test(any_bytes_can_be_run_as_a_trace),
		cmocka_unit_test(the_largest_frame_is_taken),
		cmocka_unit_test(what_is_no_frame_is_refused),
		cmocka_unit_test(what_it_prints_does_not_reach_the_channel),
	};

	return cmocka_run_group_tests(tests, write_build_id, remove_build_id);
}
