// SPDX-License-Identifier: GPL-2.0-only
/*
 * The target led by nothing: traces of the generator, one after the other. It takes libFuzzer's options, as far
 * as it has what they are about, and speaks as libFuzzer does.
 */
#include "fuzz/target.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/generate.h"
#include "replay/clock.h"

static const char *artifacts = "./";
static u64 seed = 1, max_runs, max_seconds;

static struct core_counters counters;
static u8 *seen;
static u8 state[TARGET_STATE_COUNTERS];

static u8 *bytes;
static size_t size;
static u64 runs, edges;
static double start;

void engine_start(const struct core_counters *from)
{
	counters = *from;
	seen = calloc(counters.stop - counters.start + 1, 1);
}

u8 *engine_state(void)
{
	return state;
}

/* What other engines refuse to go on from is no coverage here, either. */
void engine_ran(bool good)
{
	for (ptrdiff_t i = 0; seen && i < counters.stop - counters.start; i++) {
		edges += good && counters.start[i] && !seen[i];
		seen[i] |= good && counters.start[i];
		counters.start[i] = 0;
	}
}

/* As libFuzzer does: the trace that was under way is kept. */
static void on_death(int sig)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%scrash-%" PRIu64 "-%" PRIu64, artifacts, seed, runs);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd >= 0 && write(fd, bytes, size) == (ssize_t)size)
		close(fd);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void say(const char *what)
{
	fprintf(stderr, "#%" PRIu64 " %s cov: %" PRIu64 " corp: 0/0b exec/s: %.0f\n", runs, what,
	        edges, runs / (clock_seconds() - start + 1e-9));
}

static void option(const char *arg)
{
	if (!strncmp(arg, "-seed=", 6))
		seed = strtoull(arg + 6, NULL, 0);
	else if (!strncmp(arg, "-runs=", 6))
		max_runs = strtoull(arg + 6, NULL, 0);
	else if (!strncmp(arg, "-max_total_time=", 16))
		max_seconds = strtoull(arg + 16, NULL, 0);
	else if (!strncmp(arg, "-artifact_prefix=", 17))
		artifacts = arg + 17;
}

static void run(void)
{
	const struct generator_options options = { .length = GENERATE_LENGTH,
		                                   .hostile = GENERATE_HOSTILE };
	double next = start;
	u64 said = 0;
	struct generator gen;
	struct trace trace = { 0 };

	generator_init(&gen, &options, target_hello());
	/* What ran to boot is not counted, as other engines do not. */
	if (counters.start)
		memset(counters.start, 0, counters.stop - counters.start);
	for (; !max_runs || runs < max_runs; runs++) {
		if (clock_seconds() >= next) {
			say("pulse");
			next += 1;
		}
		if (max_seconds && clock_seconds() - start >= max_seconds)
			break;
		if (generate_trace(&gen, seed, runs, &trace))
			break;
		bytes = realloc(bytes, trace_encoded_max(&trace) + 1);
		if (!bytes)
			break;
		size = trace_encode(&trace, bytes);
		LLVMFuzzerTestOneInput(bytes, size);
		if (edges > said)
			say("NEW");
		said = edges;
	}
	say("DONE");
	trace_free(&trace);
}

int main(int argc, char **argv)
{
	static const int deaths[] = { SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE };

	for (int i = 1; i < argc; i++)
		option(argv[i]);
	for (size_t i = 0; i < ARRAY_SIZE(deaths); i++)
		signal(deaths[i], on_death);
	start = clock_seconds();
	run();

	return 0;
}
