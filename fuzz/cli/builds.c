// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/builds.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz/cli/places.h"

#define TREE EL2FUZZ_SOURCE_DIR "/cmake/gate/tree.sh"

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

char *script_run(const char *const argv[], const char *what, struct error *err)
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

static int make_tree(const char *path, const char *rev, char *const *patches,
                     unsigned int nr_patches, struct error *err)
{
	const char **argv = calloc(5 + nr_patches, sizeof(*argv));
	char *text;

	if (!argv)
		return error_set(err, "out of memory");
	argv[0] = TREE;
	argv[1] = place_tree;
	argv[2] = path;
	argv[3] = rev;
	for (unsigned int i = 0; i < nr_patches; i++)
		argv[4 + i] = patches[i];

	text = script_run(argv, "the patched tree cannot be made", err);
	free(argv);
	free(text);
	return text ? 0 : -1;
}

/* What is built besides for a native core; a file is a target, too. */
static const char *native_target(enum world world, const char *core)
{
	static const char *const images[WORLD_COUNT][2] = {
		[WORLD_EL2] = { "hyp-native.elf", "hyp-native-san.elf" },
		[WORLD_NESTED] = { "nested-native.elf", "nested-native-san.elf" },
	};

	if (core && !strcmp(core, "aarch64"))
		return NULL;
	return images[world][core && !strcmp(core, "native-san")];
}

int build_copy(struct build *build, enum world world, const char *core, const char *path,
               const char *rev, char *const *patches, unsigned int nr_patches, struct error *err)
{
	const char *const argv[] = { place_launcher,
		                     "--offline",
		                     "--linux",
		                     path,
		                     "build",
		                     "el2fuzz-runner",
		                     "el2fuzz-build-id",
		                     setup_image(world),
		                     native_target(world, core),
		                     NULL };
	char *text;

	if (make_tree(path, rev, patches, nr_patches, err))
		return -1;
	text = script_run(argv, "the tree does not build", err);
	if (!text)
		return -1;
	snprintf(build->dir, sizeof(build->dir), "%.*s", (int)strcspn(text, "\n"), text);
	free(text);
	return 0;
}

void build_use(struct build *build, struct client_config *config)
{
	snprintf(build->runner, sizeof(build->runner), "%s/el2fuzz-runner", build->dir);
	snprintf(build->image, sizeof(build->image), "%s/%s", build->dir,
	         setup_image(config->world));
	snprintf(build->build_id_file, sizeof(build->build_id_file), "%s/build-id", build->dir);
	config->runner = build->runner;
	config->image = build->image;
	config->build_id_file = build->build_id_file;
}

int build_lock(const char *prefix, struct error *err)
{
	char path[4200];
	int fd;

	snprintf(path, sizeof(path), "%s.lock", prefix);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_set(err, "%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		close(fd);
		return error_set(err,
		                 "another el2fuzz holds %s: wait for it, or name another cache "
		                 "with XDG_CACHE_HOME",
		                 path);
	}
	return fd;
}
