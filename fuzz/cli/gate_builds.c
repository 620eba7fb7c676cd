// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/gate_builds.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERIES EL2FUZZ_SOURCE_DIR "/cmake/gate/series.sh"
#define TREE EL2FUZZ_SOURCE_DIR "/cmake/gate/tree.sh"
#define LAUNCHER EL2FUZZ_SOURCE_DIR "/el2fuzz"

extern char **environ;

static char *read_all(int fd)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	char buf[4096];
	ssize_t n;

	while (out && ((n = read(fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR))) {
		if (n > 0)
			fwrite(buf, 1, n, out);
	}
	if (!out || fclose(out))
		return NULL;
	return text;
}

static int start(const char *const argv[], int out, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int ret;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	ret = posix_spawn(pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);

	return ret;
}

/* Run a script that says on standard error why it fails; Return: what it printed, or NULL. */
static char *run(const char *const argv[], const char *what, struct error *err)
{
	int fds[2], status, ret;
	char *text;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC)) {
		error_set(err, "%s: %s", argv[0], strerror(errno));
		return NULL;
	}
	ret = start(argv, fds[1], &pid);
	close(fds[1]);
	if (ret) {
		close(fds[0]);
		error_set(err, "%s: %s", argv[0], strerror(ret));
		return NULL;
	}

	text = read_all(fds[0]);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (text && WIFEXITED(status) && !WEXITSTATUS(status))
		return text;

	free(text);
	error_set(err, "%s", what);
	return NULL;
}

static int add_state(struct gate_series *series, const char *line)
{
	struct gate_state *state =
		reallocarray(series->states, series->nr_states + 1, sizeof(*state));

	if (!state)
		return -1;
	series->states = state;
	state += series->nr_states++;
	*state = (struct gate_state){ 0 };
	sscanf(line, "%64s %u %255[^\n]", state->rev, &state->nr_patches, state->title);
	return 0;
}

static int add_patch(struct gate_series *series, const char *path)
{
	char **more = reallocarray(series->patches, series->nr_patches + 1, sizeof(*more));

	if (!more)
		return -1;
	series->patches = more;
	more[series->nr_patches] = strdup(path);
	return more[series->nr_patches++] ? 0 : -1;
}

static int parse_line(struct gate_series *series, const char *line)
{
	if (!strncmp(line, "work ", 5)) {
		snprintf(series->work, sizeof(series->work), "%s", line + 5);
		return 0;
	}
	if (!strncmp(line, "tree ", 5)) {
		snprintf(series->tree, sizeof(series->tree), "%s", line + 5);
		return 0;
	}
	if (!strncmp(line, "state ", 6))
		return add_state(series, line + 6);
	if (!strncmp(line, "patch ", 6))
		return add_patch(series, line + 6);
	return 0;
}

/* Copies are of one gate at a time. */
static int lock(struct gate_series *series, struct error *err)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/lock", series->work);
	series->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (series->lock < 0)
		return error_set(err, "%s: %s", path, strerror(errno));
	if (flock(series->lock, LOCK_EX | LOCK_NB))
		return error_set(err, "another gate is at work in %s: wait for it", series->work);
	return 0;
}

int gate_series_open(struct gate_series *series, const struct gate_series_options *options,
                     struct error *err)
{
	const char *const pairs[][2] = { { "--base", options->base },
		                         { "--rev", options->rev },
		                         { "--mbox", options->mbox } };
	const char **argv = calloc(16 + 2 * options->nr_patches, sizeof(*argv));
	unsigned int argc = 0;
	char *text, *save, *line;
	int ret = 0;

	*series = (struct gate_series){ .lock = -1 };
	if (!argv)
		return error_set(err, "out of memory");

	argv[argc++] = SERIES;
	argv[argc++] = EL2FUZZ_LINUX_DIR;
	for (unsigned int i = 0; i < 3; i++) {
		if (!pairs[i][1])
			continue;
		argv[argc++] = pairs[i][0];
		argv[argc++] = pairs[i][1];
	}
	for (unsigned int i = 0; i < options->nr_patches; i++) {
		argv[argc++] = "--patch";
		argv[argc++] = options->patches[i];
	}

	text = run(argv, "there is nothing that can be judged", err);
	free(argv);
	if (!text)
		return -1;
	for (line = strtok_r(text, "\n", &save); line && !ret; line = strtok_r(NULL, "\n", &save))
		ret = parse_line(series, line);
	free(text);
	if (ret || series->nr_states < 2)
		return error_set(err, ret ? "out of memory" : "there is nothing to be judged");

	return lock(series, err);
}

void gate_series_close(struct gate_series *series)
{
	for (unsigned int i = 0; i < series->nr_patches; i++)
		free(series->patches[i]);
	free(series->patches);
	free(series->states);
	if (series->lock >= 0)
		close(series->lock);
}

static int make_tree(const struct gate_series *series, const struct gate_state *state,
                     const char *path, struct error *err)
{
	const char **argv = calloc(5 + state->nr_patches, sizeof(*argv));
	char *text;

	if (!argv)
		return error_set(err, "out of memory");
	argv[0] = TREE;
	argv[1] = EL2FUZZ_LINUX_DIR;
	argv[2] = path;
	argv[3] = state->rev;
	for (unsigned int i = 0; i < state->nr_patches; i++)
		argv[4 + i] = series->patches[i];

	text = run(argv, "the patched tree cannot be made", err);
	free(argv);
	free(text);
	return text ? 0 : -1;
}

int gate_build(const struct gate_series *series, const struct gate_state *state, const char *copy,
               char dir[4096], struct error *err)
{
	char path[4400];
	const char *const argv[] = { LAUNCHER,   "--offline",  "--linux",    path, "build",
		                     "core/all", "oracle/all", "replay/all", NULL };
	char *text;

	snprintf(path, sizeof(path), "%s/%s.%s", series->work, series->tree, copy);
	if (make_tree(series, state, path, err))
		return -1;
	text = run(argv, "the tree does not build", err);
	if (!text)
		return -1;
	snprintf(dir, 4096, "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
	return 0;
}
