// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/job.h"

#include "replay/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATH_MAX_LEN 4400
#define LOG_MAX (4 << 20)

/* What a job gets to end by itself, in steps of 10 ms */
#define END_PATIENCE 200

static const char *const names[] = {
	[ENGINE_RANDOM] = "random",
	[ENGINE_LIBFUZZER] = "libfuzzer",
	[ENGINE_AFL] = "afl",
};

int engine_by_name(const char *name, size_t len)
{
	for (int i = 0; i < ENGINE_COUNT; i++) {
		if (strlen(names[i]) == len && !strncmp(names[i], name, len))
			return i;
	}

	return -1;
}

const char *engine_name(enum engine engine)
{
	return names[engine];
}

/* One more string of an argument list or environment, which live as long as the child's exec. */
static char *text(const char *fmt, ...) __printf(1, 2);
static char *text(const char *fmt, ...)
{
	va_list args;
	char *s;

	va_start(args, fmt);
	if (vasprintf(&s, fmt, args) < 0)
		_exit(127);
	va_end(args);
	return s;
}

static const char *afl_fuzz(void)
{
	static const char *const paths[] = { "/usr/local/bin/afl-fuzz", "/usr/bin/afl-fuzz" };

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (!access(paths[i], X_OK))
			return paths[i];
	}

	return NULL;
}

int job_check(enum engine engine, const struct job_setup *setup, struct error *err)
{
	char path[PATH_MAX_LEN];

	if (engine == ENGINE_AFL && !afl_fuzz())
		return error_set(err, "there is no afl-fuzz: install Debian's package afl++, build "
		                      "again, and start again");
	snprintf(path, sizeof(path), "%s/el2fuzz-%s", setup->programs, names[engine]);
	if (access(path, X_OK))
		return error_set(err, "%s: %s%s", path, strerror(errno),
		                 engine == ENGINE_AFL ?
		                         "; it is built where the package afl++ is installed" :
		                         "; build it with ./el2fuzz build");
	return 0;
}

static char *path_of(const struct job *job, const struct job_setup *setup, const char *suffix,
                     char *buf)
{
	snprintf(buf, PATH_MAX_LEN, "%s/%s.%s", setup->work, job->name, suffix);
	return buf;
}

static void set_environment(const struct job *job, const struct job_setup *setup)
{
	const struct client_config *machine = setup->machine;

	setenv("EL2FUZZ_WORLD", world_name(machine->world), 1);
	setenv("EL2FUZZ_CORE", machine->core, 1);
	setenv("EL2FUZZ_LAYOUT", machine->layout, 1);
	setenv("EL2FUZZ_CAPS", machine->caps, 1);
	if (machine->tlb)
		setenv("EL2FUZZ_TLB", machine->tlb, 1);
	setenv("EL2FUZZ_IMAGE", machine->image, 1);
	setenv("EL2FUZZ_KNOWN", setup->known, 1);
	setenv("EL2FUZZ_UNDER_WAY", text("%s/%s.at", setup->work, job->name), 1);
	if (setup->coverage)
		setenv("EL2FUZZ_COVERAGE", setup->coverage, 1);
}

static void set_afl_environment(const struct job_setup *setup)
{
	setenv("EL2FUZZ_HELLO", text("%s/hello", setup->work), 1);
	setenv("AFL_CUSTOM_MUTATOR_LIBRARY", text("%s/el2fuzz-afl-mutator.so", setup->programs), 1);
	setenv("AFL_CUSTOM_MUTATOR_ONLY", "1", 1);
	setenv("AFL_DISABLE_TRIM", "1", 1);
	setenv("AFL_AUTORESUME", "1", 1);
	setenv("AFL_NO_UI", "1", 1);
	setenv("AFL_NO_AFFINITY", "1", 1);
	setenv("AFL_SKIP_CPUFREQ", "1", 1);
	/* The pattern of core dumps is the system's to choose; a crash is told by its wait status. */
	setenv("AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "1", 1);
}

/* Another one each time, and none of them 0, which means any. */
static u32 seed_of(const struct job *job, const struct job_setup *setup)
{
	return 1 + (setup->seed + job->number * 1000003ULL + job->starts * 7919ULL) % UINT32_MAX;
}

_Noreturn static void exec_libfuzzer(const struct job *job, const struct job_setup *setup)
{
	char *program = text("%s/el2fuzz-%s", setup->programs, names[job->engine]);

	execl(program, program, text("-artifact_prefix=%s/artifacts/", setup->work),
	      text("-max_len=%u", UNDER_WAY_MAX), text("-timeout=%u", setup->machine->run_timeout),
	      text("-seed=%u", seed_of(job, setup)), "-reload=1", setup->corpus, NULL);
	dprintf(STDERR_FILENO, "%s: %s\n", program, strerror(errno));
	_exit(127);
}

/* The first is the main one, and takes in what the other engines find. */
_Noreturn static void exec_afl(const struct job *job, const struct job_setup *setup)
{
	const char *program = afl_fuzz();
	char *target = text("%s/el2fuzz-afl", setup->programs);
	char *max = text("%u", UNDER_WAY_MAX);
	char *out = text("%s/afl", setup->work),
	     *timeout = text("%u", setup->machine->run_timeout * 1000);

	set_afl_environment(setup);
	if (job->number)
		execl(program, program, "-S", job->name, "-t", timeout, "-i", setup->corpus, "-o",
		      out, "-G", max, "--", target, NULL);
	else
		execl(program, program, "-M", job->name, "-F", setup->corpus, "-t", timeout, "-i",
		      setup->corpus, "-o", out, "-G", max, "--", target, NULL);
	dprintf(STDERR_FILENO, "%s: %s\n", program, strerror(errno));
	_exit(127);
}

_Noreturn static void run_child(const struct job *job, const struct job_setup *setup, int log,
                                pid_t parent)
{
	int null = open("/dev/null", O_RDONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	/* The campaign decides when a job ends. */
	setpgid(0, 0);
	if (dup2(null, STDIN_FILENO) < 0 || dup2(log, STDOUT_FILENO) < 0 ||
	    dup2(log, STDERR_FILENO) < 0)
		_exit(127);
	set_environment(job, setup);
	if (job->engine == ENGINE_AFL)
		exec_afl(job, setup);
	exec_libfuzzer(job, setup);
}

int job_start(struct job *job, const struct job_setup *setup, struct error *err)
{
	char path[PATH_MAX_LEN];
	int log = open(path_of(job, setup, "log", path),
	               O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	pid_t parent = getpid();

	if (log < 0)
		return error_set(err, "%s: %s", path, strerror(errno));
	job->starts++;
	job->started = clock_seconds();
	job->pid = fork();
	if (!job->pid)
		run_child(job, setup, log, parent);
	close(log);
	if (job->pid < 0) {
		job->pid = 0;
		return error_set(err, "cannot start %s: %s", job->name, strerror(errno));
	}

	return 0;
}

bool job_ended(struct job *job)
{
	if (job->pid && waitpid(job->pid, NULL, WNOHANG) == job->pid)
		job->pid = 0;
	return !job->pid;
}

double job_age(const struct job *job)
{
	return clock_seconds() - job->started;
}

void job_stop(struct job *job)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	pid_t pid = job->pid;

	if (!pid)
		return;
	kill(-pid, SIGTERM);
	for (unsigned int i = 0; i < END_PATIENCE && !job_ended(job); i++)
		nanosleep(&pause, NULL);
	/* Also what it left behind. */
	kill(-pid, SIGKILL);
	if (job->pid)
		waitpid(pid, NULL, 0);
	job->pid = 0;
}

/* The last bytes of a file, as text */
static size_t read_end(const char *path, char *buf, size_t len)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	ssize_t got = 0;
	off_t size;

	if (fd >= 0) {
		size = lseek(fd, 0, SEEK_END);
		got = pread(fd, buf, len - 1, size < (off_t)len ? 0 : size - (off_t)len + 1);
		if (size > LOG_MAX && ftruncate(fd, 0))
			got = 0;
		close(fd);
	}
	buf[got < 0 ? 0 : got] = '\0';
	return strlen(buf);
}

const char *job_last_words(const struct job *job, const struct job_setup *setup, char *buf,
                           size_t len)
{
	char path[PATH_MAX_LEN];

	read_end(path_of(job, setup, "log", path), buf, len);
	return buf;
}

static void number_after(const char *line, const char *label, u64 *number)
{
	const char *at = strstr(line, label);

	if (at)
		*number = strtoull(at + strlen(label) + strspn(at + strlen(label), " :"), NULL, 10);
}

/* "#2048 pulse cov: 700 ft: 1000 corp: 40/9Kb lim: 4096 exec/s: 2000 ...": the last one counts. */
static void look_at_log(struct job *job, const struct job_setup *setup)
{
	char path[PATH_MAX_LEN], end[8192], *line, *rest;

	read_end(path_of(job, setup, "log", path), end, sizeof(end));
	for (line = strtok_r(end, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (line[0] != '#' || !strstr(line, "exec/s:"))
			continue;
		number_after(line, "cov:", &job->stats.edges);
		number_after(line, "corp:", &job->stats.corpus);
	}
}

/* The last line of plot_data, which is written every few seconds. Its edges are the pairs of the map, states too. */
static void look_at_afl(struct job *job, const struct job_setup *setup)
{
	char path[PATH_MAX_LEN], all[1024], *line;
	u64 corpus, edges;

	snprintf(path, sizeof(path), "%s/afl/%s/plot_data", setup->work, job->name);
	read_end(path, all, sizeof(all));
	line = strrchr(all, '\n');
	if (!line)
		return;
	*line = '\0';
	line = strrchr(all, '\n');
	/* time, cycle, item, corpus, pending, favoured, map, crashes, hangs, depth, speed, runs, edges */
	if (line &&
	    sscanf(line,
	           "%*d, %*d, %*d, %" SCNu64 ", %*d, %*d, %*f%%, %*d, %*d, %*d, %*f, %*d, %" SCNu64,
	           &corpus, &edges) == 2) {
		job->stats.corpus = corpus;
		job->stats.edges = edges;
	}
}

void job_under_way(const struct job *job, const struct job_setup *setup,
                   struct under_way *under_way)
{
	char path[PATH_MAX_LEN];
	int fd = open(path_of(job, setup, "at", path), O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, under_way, sizeof(*under_way)) != sizeof(*under_way) ||
	    under_way->size > sizeof(under_way->bytes))
		memset(under_way, 0, sizeof(*under_way));
	if (fd >= 0)
		close(fd);
}

void job_watch(struct job *job, const struct job_setup *setup)
{
	struct under_way under_way;

	job_under_way(job, setup, &under_way);
	job->runs_before = under_way.runs;
}

void job_look(struct job *job, const struct job_setup *setup)
{
	struct under_way under_way;

	job_under_way(job, setup, &under_way);
	job->stats.runs = under_way.runs - job->runs_before;
	if (job->engine == ENGINE_AFL)
		look_at_afl(job, setup);
	else
		look_at_log(job, setup);
}
