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
	struct core_config config; /* of the machine, whichever core has it */
	const char *core; /* or CORES_BOTH */
	const char *build_id_file;
	enum tlb_mode tlb;
};

static const struct argp_option options[] = {
	{ "image", 'i', "FILE", 0, "the linked EL2 image of the tree", 0 },
	{ "world", 'w', "NAME", 0, "what is under test", 0 },
	{ "core", 'k', "NAME", 0, "what runs the code", 0 },
	{ "layout", 'l', "NAME", 0, "the machine's memory", 0 },
	{ "caps", 'c', "LIST", 0, "the machine's CPU capabilities", 0 },
	{ "tlb", 't', "MODE", 0, "how the TLB rules are looked after", 0 },
	{ "build-id-file", 'b', "FILE", 0, "says what the image was built from", 0 },
	{ 0 }
};

static error_t parse_option(int key, char *value, struct argp_state *state)
{
	struct arguments *args = state->input;
	struct error err;
	int layout, world, tlb;

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
		args->core = value;
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
	case 't':
		tlb = tlb_mode_by_name(value);
		if (tlb < 0)
			argp_error(state, "there is no mode \"%s\" of the TLB rules", value);
		args->tlb = tlb;
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

/* In lockstep, the core that everything is read from is the one that runs the tree's own code. */
static int open_cores(const struct arguments *args, struct core *cores[2], struct error *err)
{
	const bool both = !strcmp(args->core, CORES_BOTH);
	const char *const names[] = { both ? "aarch64" : args->core, both ? "native" : NULL };
	struct core_config config[] = { args->config, args->config };

	for (unsigned int i = 0; i < 2 && names[i]; i++) {
		int kind = core_kind_by_name(names[i]);

		if (kind < 0)
			return error_set(err, "this build has no core %s%s", names[i],
			                 both ? ", which --core " CORES_BOTH " needs" : "");
		config[i].kind = kind;
	}
	for (unsigned int i = 0; i < 2 && names[i]; i++) {
		cores[i] = core_open(&config[i], err);
		if (!cores[i])
			return -1;
	}

	return 0;
}

static int run(const struct arguments *args, int in, int out, struct error *err)
{
	struct core *cores[2] = { NULL };
	struct lockstep *lockstep = NULL;
	struct build_id build;
	int ret = -1;

	if (build_id_load(&build, args->build_id_file, err) || open_cores(args, cores, err))
		goto out;

	lockstep = lockstep_open(cores[0]);
	if (!lockstep)
		error_set(err, "out of memory");
	else if ((!cores[1] || !lockstep_add(lockstep, cores[1], err)) &&
	         !lockstep_watch(lockstep, args->tlb, err))
		ret = server_run(in, out, cores[0], args->core, lockstep, build.id, err);

out:
	lockstep_close(lockstep);
	core_close(cores[1]);
	core_close(cores[0]);
	return ret;
}

int main(int argc, char **argv)
{
	const struct argp argp = { .options = options,
		                   .parser = parse_option,
		                   .doc = "Run traces for the el2fuzz command." };
	struct arguments args = { .config.caps = CAPS_DEFAULT, .core = "aarch64" };
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
