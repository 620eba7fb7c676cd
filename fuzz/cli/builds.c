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
#define SAME_CODE EL2FUZZ_SOURCE_DIR "/cmake/gate/same-code.sh"

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

/* Return: exit code; -1 if it did not end by itself, or could not be started */
static int run(const char *const argv[], char **text, struct error *err)
{
	int fds[2], status, ret;
	pid_t pid;

	*text = NULL;
	if (pipe2(fds, O_CLOEXEC))
		return error_set(err, "%s: %s", argv[0], strerror(errno));
	ret = start(argv, fds[1], &pid);
	close(fds[1]);
	if (ret) {
		close(fds[0]);
		return error_set(err, "%s: %s", argv[0], strerror(ret));
	}

	*text = read_all(fds[0]);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (*text && WIFEXITED(status))
		return WEXITSTATUS(status);
	return error_set(err, "%s was killed", argv[0]);
}

char *script_run(const char *const argv[], const char *what, struct error *err)
{
	struct error why;
	char *text;
	int ret = run(argv, &text, &why);

	if (!ret && text)
		return text;
	error_set(err, "%s", ret < 0 ? why.text : what);
	free(text);
	return NULL;
}

int build_copy(struct build *build, const char *path, const char *rev, char *const *patches,
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

	*build = (struct build){ 0 };
	snprintf(build->tree, sizeof(build->tree), "%s", path);
	text = script_run(argv, "the patched tree cannot be made", err);
	free(argv);
	free(text);
	return text ? 0 : -1;
}

static void set_dir(struct build *build, const char *dir, int len)
{
	snprintf(build->dir, sizeof(build->dir), "%.*s", len, dir);
	snprintf(build->runner, sizeof(build->runner), "%s/el2fuzz-runner", build->dir);
	snprintf(build->build_id_file, sizeof(build->build_id_file), "%s/build-id", build->dir);
	for (enum world world = 0; world < WORLD_COUNT; world++)
		snprintf(build->images[world], sizeof(build->images[world]), "%s/%s", build->dir,
		         world_image(world));
}

void build_here(struct build *build)
{
	char dir[4096];

	*build = (struct build){ 0 };
	set_dir(build, setup_build_dir(dir, sizeof(dir)), sizeof(dir));
}

/* @targets: of CMake; a file is one, too */
static int build_targets(struct build *build, const char *const *targets, unsigned int nr,
                         struct error *err)
{
	const char *argv[16] = { place_launcher, "--linux", build->tree, "build" };
	char *text;

	if (!build->tree[0])
		return 0;
	memcpy(&argv[4], targets, nr * sizeof(*targets));
	text = script_run(argv, "the tree does not build", err);
	if (!text)
		return -1;
	set_dir(build, text, (int)strcspn(text, "\n"));
	free(text);
	return 0;
}

int build_images(struct build *build, struct error *err)
{
	const char *targets[WORLD_COUNT];
	unsigned int nr = 0;
	struct build here;

	build_here(&here);
	for (enum world world = 0; world < WORLD_COUNT; world++) {
		if (build_has(&here, world))
			targets[nr++] = world_image(world);
	}
	return build_targets(build, targets, nr, err);
}

const char *build_image(enum world world, const char *core)
{
	static const char *const images[WORLD_COUNT][2] = {
		[WORLD_EL2] = { "hyp-native.elf", "hyp-native-san.elf" },
		[WORLD_PGTABLE] = { "pgtable-native.elf", "pgtable-native-san.elf" },
		[WORLD_NESTED] = { "nested-native.elf", "nested-native-san.elf" },
	};

	return strcmp(core, "aarch64") ? images[world][!strcmp(core, "native-san")] :
	                                 world_image(world);
}

int build_part(enum world world, const char *core)
{
	const char *argv[] = { place_launcher, "part", build_image(world, core),
		               strcmp(core, CORES_BOTH) ? NULL : world_image(world), NULL };
	struct error err;
	char *text;
	int ret;

	if (!getenv("EL2FUZZ_OPTIONS") || (world == WORLD_EL2 && !strcmp(core, "aarch64")))
		return 0;
	ret = run(argv, &text, &err);
	if (ret < 0)
		ret = setup_fail("el2fuzz", &err);
	free(text);
	return ret;
}

/* What the harness knows of a tree when it is compiled */
static bool same_harness(const struct build *build, const struct build *here, struct error *err)
{
	static const char *const known[] = { "core/tree/include/tree.h", "features" };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (build_same_code(build, here, known[i], err) != 1)
			return false;
	}
	return true;
}

int build_machine(struct build *build, enum world world, const char *core, struct error *err)
{
	const char *const targets[] = { "el2fuzz-tree-h", "el2fuzz-build-id", world_image(world),
		                        build_image(world, core) };
	const char *const runner[] = { "el2fuzz-runner" };
	struct error ignored;
	struct build here;

	if (build_targets(build, targets, ARRAY_SIZE(targets), err))
		return -1;
	build_here(&here);
	build->own_runner = !same_harness(build, &here, &ignored);
	if (build->own_runner)
		return build_targets(build, runner, 1, err);
	strcpy(build->runner, here.runner);
	return 0;
}

bool build_has(const struct build *build, enum world world)
{
	return !access(build->images[world], F_OK);
}

int build_same_code(const struct build *a, const struct build *b, const char *image,
                    struct error *err)
{
	char paths[2][4200];
	const char *const argv[] = { SAME_CODE, paths[0], paths[1], NULL };
	char *text;
	int ret;

	snprintf(paths[0], sizeof(paths[0]), "%s/%s", a->dir, image);
	snprintf(paths[1], sizeof(paths[1]), "%s/%s", b->dir, image);
	text = script_run(argv, "the code of the builds cannot be compared", err);
	ret = text ? !strcmp(text, "same\n") : -1;

	free(text);
	return ret;
}

void build_use(struct build *build, struct client_config *config)
{
	config->runner = build->runner;
	config->image = build->images[config->world];
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
