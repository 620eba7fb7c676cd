// SPDX-License-Identifier: GPL-2.0-only
/*
 * The runner: boots the code under test of one tree and runs the traces that it is sent. Its
 * standard input and output are for frames; people use the el2fuzz command.
 */
#include <argp.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/build_id.h"
#include "replay/runner/server.h"

struct arguments {
	struct core_config config;
	const char *build_id_file;
};

static const struct argp_option options[] = {
	{ "image", 'i', "FILE", 0, "the linked EL2 image of the tree", 0 },
	{ "world", 'w', "NAME", 0, "what is under test", 0 },
	{ "core", 'k', "NAME", 0, "what runs the code", 0 },
	{ "layout", 'l', "NAME", 0, "the machine's memory", 0 },
	{ "caps", 'c', "LIST", 0, "the machine's CPU capabilities", 0 },
	{ "build-id-file", 'b', "FILE", 0, "says what the image was built from", 0 },
	{ 0 }
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;
	struct error err;
	int layout, kind, world;

	switch (key) {
	case 'i':
		args->config.image = value;
		return 0;
	case 'b':
		args->build_id_file = value;
		return 0;
	case 'w':
		world = world_by_name(value, strlen(value));
		if (world < 0)
			argp_error(state, "there is no world \"%s\"", value);
		args->config.world = world;
		return 0;
	case 'k':
		kind = core_kind_by_name(value);
		if (kind < 0)
			argp_error(state, "this build has no core \"%s\"", value);
		args->config.kind = kind;
		return 0;
	case 'l':
		layout = layout_by_name(value);
		if (layout < 0)
			argp_error(state, "there is no layout \"%s\"", value);
		args->config.layout = layout;
		return 0;
	case 'c':
		if (caps_parse(value, &args->config.caps, &err))
			argp_error(state, "%s", err.text);
		return 0;
	case ARGP_KEY_END:
		if (!args->config.image || !args->build_id_file)
			argp_error(state, "--image and --build-id-file are needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/*
 * Keep the channel for frames: whatever else prints or reads, in this program or in a library, gets
 * standard error and nothing.
 */
static int take_channel(int *in, int *out)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	*in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	*out = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	if (null < 0 || *in < 0 || *out < 0)
		return -1;

	return dup2(null, STDIN_FILENO) < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 ? -1 : 0;
}

static int run(const struct arguments *args, int in, int out, struct error *err)
{
	struct lockstep *lockstep = NULL;
	struct build_id build;
	struct core *core;
	int ret = -1;

	if (build_id_load(&build, args->build_id_file, err))
		return -1;

	core = core_open(&args->config, err);
	if (!core)
		return -1;

	lockstep = lockstep_open(core);
	if (lockstep)
		ret = server_run(in, out, core, lockstep, build.id, err);
	else
		error_set(err, "out of memory");

	lockstep_close(lockstep);
	core_close(core);
	return ret;
}

int main(int argc, char **argv)
{
	const struct argp argp = { .options = options,
		                   .parser = parse_option,
		                   .doc = "Run traces for the el2fuzz command." };
	struct arguments args = { .config.caps = CAPS_DEFAULT };
	struct error err;
	int in, out;

	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &args);

	/* A reader that went away is an error of write(), not the end of this process. */
	signal(SIGPIPE, SIG_IGN);
	if (take_channel(&in, &out)) {
		perror("el2fuzz-runner: standard input or output");
		return 2;
	}

	if (!run(&args, in, out, &err))
		return 0;

	server_send(out, FRAME_FAILED, err.text, strlen(err.text), NULL, 0);
	fprintf(stderr, "el2fuzz-runner: %s\n", err.text);
	return 2;
}
