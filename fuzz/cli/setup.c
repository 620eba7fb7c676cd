// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/setup.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/cli/builds.h"
#include "fuzz/cli/command.h"

#define DEFAULT_DB "el2fuzz.db"

/* Booting under a sanitizer on a busy machine takes a while. */
#define START_TIMEOUT 120
#define RUN_TIMEOUT 30

enum {
	OPTION_WORLD = 0x100,
	OPTION_LAYOUT,
	OPTION_CAPS,
	OPTION_CORE,
	OPTION_TLB,
	OPTION_RUNNER,
	OPTION_IMAGE,
	OPTION_BUILD_ID_FILE,
	OPTION_TIMEOUT,
	OPTION_STRICT_SURFACE,
};

static const struct argp_option db_options[] = {
	{ "db", 'd', "FILE", 0, "the database (" DEFAULT_DB ")", 0 }, { 0 }
};

static error_t parse_db_option(int key, char *value, struct argp_state *state)
{
	struct setup *setup = state->input;

	if (key != 'd')
		return ARGP_ERR_UNKNOWN;
	setup->db = value;
	return 0;
}

const struct argp setup_db_argp = { .options = db_options, .parser = parse_db_option };

static const struct argp_option runner_options[] = {
	{ "world", OPTION_WORLD, "NAME", 0, "what is under test: el2, pgtable or nested", 1 },
	{ "core", OPTION_CORE, "NAME", 0,
	  "what runs the code: aarch64, native, native-fast (memory always mapped), native-san "
	  "(sanitizers), or both",
	  1 },
	{ "layout", OPTION_LAYOUT, "NAME", 0,
	  "the machine's memory: small or holes; of the nested world also pa36, pa42, pa48", 1 },
	{ "caps", OPTION_CAPS, "LIST", 0, "the machine's CPU capabilities: \"fwb,xnx\", \"none\"",
	  1 },
	{ "strict-surface", OPTION_STRICT_SURFACE, NULL, 0,
	  "refuse a tree with a hypercall that no op stands for", 1 },
	{ "tlb", OPTION_TLB, "MODE", 0,
	  "hold TLB maintenance against its rules: off, end (when a step is over), full (at each "
	  "event)",
	  1 },
	{ "timeout", OPTION_TIMEOUT, "SECONDS", 0, "a trace that takes longer hangs (30)", 1 },
	{ "runner", OPTION_RUNNER, "FILE", 0, "the runner (beside this program)", 2 },
	{ "image", OPTION_IMAGE, "FILE", 0, "the linked EL2 image (beside this program)", 2 },
	{ "build-id-file", OPTION_BUILD_ID_FILE, "FILE", 0,
	  "what the image was built from (beside this program)", 2 },
	{ 0 }
};

static void check_layout(struct argp_state *state, const char *name)
{
	if (layout_by_name(name) >= 0)
		return;

	fprintf(stderr, "%s: there is no layout \"%s\"; there are:", state->name, name);
	for (int i = 0; i < LAYOUT_COUNT; i++)
		fprintf(stderr, " %s", layout_name(i));
	fputc('\n', stderr);
	exit(EXIT_UNABLE);
}

static void check_caps(struct argp_state *state, struct setup *setup, const char *text)
{
	struct error err;
	u32 caps;

	if (caps_parse(text, &caps, &err))
		argp_failure(state, EXIT_UNABLE, 0, "%s", err.text);
	setup->caps = caps_format(caps, setup->caps_text, sizeof(setup->caps_text));
}

static error_t parse_runner_option(int key, char *value, struct argp_state *state)
{
	struct setup *setup = state->input;

	switch (key) {
	case OPTION_WORLD:
		if (world_by_name(value, strlen(value)) < 0)
			argp_failure(state, EXIT_UNABLE, 0,
			             "there is no world \"%s\"; there are: el2 pgtable nested",
			             value);
		setup->world = value;
		return 0;
	case OPTION_CORE:
		if (strcmp(value, "aarch64") && strcmp(value, "native") &&
		    strcmp(value, "native-fast") && strcmp(value, "native-san") &&
		    strcmp(value, CORES_BOTH))
			argp_failure(state, EXIT_UNABLE, 0,
			             "there is no core \"%s\"; there are: aarch64 native "
			             "native-fast native-san both",
			             value);
		setup->core = value;
		return 0;
	case OPTION_LAYOUT:
		check_layout(state, value);
		setup->layout = value;
		return 0;
	case OPTION_CAPS:
		check_caps(state, setup, value);
		return 0;
	case OPTION_STRICT_SURFACE:
		setup->strict_surface = true;
		return 0;
	case OPTION_TLB:
		if (tlb_mode_by_name(value) < 0)
			argp_failure(state, EXIT_UNABLE, 0,
			             "--tlb %s: there is no such mode; there are: off end full",
			             value);
		setup->tlb = value;
		return 0;
	case OPTION_TIMEOUT:
		setup->timeout = setup_number(state, "--timeout", value, 86400);
		return 0;
	case OPTION_RUNNER:
		setup->runner = value;
		return 0;
	case OPTION_IMAGE:
		setup->image = value;
		return 0;
	case OPTION_BUILD_ID_FILE:
		setup->build_id_file = value;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp setup_runner_argp = { .options = runner_options,
	                                       .parser = parse_runner_option };

static error_t parse_children(int key, char *value, struct argp_state *state)
{
	(void)value;
	if (key != ARGP_KEY_INIT)
		return ARGP_ERR_UNKNOWN;
	state->child_inputs[0] = state->input;
	state->child_inputs[1] = state->input;
	return 0;
}

static const struct argp_child both[] = { { &setup_db_argp, 0, NULL, 0 },
	                                  { &setup_runner_argp, 0, NULL, 0 },
	                                  { 0 } };
const struct argp setup_argp = { .parser = parse_children, .children = both };
const struct argp_child setup_children[] = { { &setup_argp, 0, NULL, 0 }, { 0 } };
const struct argp_child setup_runner_children[] = { { &setup_runner_argp, 0, NULL, 0 }, { 0 } };

char *setup_build_dir(char *buf, size_t len)
{
	ssize_t used = readlink("/proc/self/exe", buf, len - 1);
	char *slash;

	buf[used < 0 ? 0 : used] = '\0';
	slash = strrchr(buf, '/');
	if (slash)
		*slash = '\0';
	return buf;
}

/* A file of the same build lies beside this program. */
static const char *beside(struct setup *setup, unsigned int i, const char *name)
{
	char dir[4096];

	snprintf(setup->beside[i], sizeof(setup->beside[i]), "%s/%s",
	         setup_build_dir(dir, sizeof(dir)), name);
	return setup->beside[i];
}

void setup_init(struct setup *setup)
{
	memset(setup, 0, sizeof(*setup));
	setup->db = DEFAULT_DB;
	setup->timeout = RUN_TIMEOUT;
	setup->runner = beside(setup, 0, "el2fuzz-runner");
	setup->build_id_file = beside(setup, 2, "build-id");
	setup->features_file = beside(setup, 3, "features");
}

enum world setup_world(const struct setup *setup)
{
	return setup->world ? world_by_name(setup->world, strlen(setup->world)) : WORLD_EL2;
}

/* Of this build, and up to date */
static void take_image(struct setup *setup)
{
	enum world world = setup_world(setup);
	int ret = setup->core == setup->built_core ? 0 : build_part(world, setup->core);

	if (ret)
		exit(ret);
	setup->built_core = setup->core;
	setup->image = beside(setup, 1, world_image(world));
}

const struct client_config *setup_config(struct setup *setup)
{
	if (!setup->core)
		setup->core = setup_world(setup) == WORLD_NESTED ? "native" : "aarch64";
	if (!setup->layout)
		setup->layout = layout_name(LAYOUT_SMALL);
	if (!setup->caps)
		setup->caps = caps_format(CAPS_DEFAULT, setup->caps_text, sizeof(setup->caps_text));

	if (!setup->image || setup->image == setup->beside[1])
		take_image(setup);

	setup->config = (struct client_config){ .runner = setup->runner,
		                                .world = setup_world(setup),
		                                .core = setup->core,
		                                .image = setup->image,
		                                .layout = setup->layout,
		                                .caps = setup->caps,
		                                .strict_surface = setup->strict_surface,
		                                .tlb = setup->tlb,
		                                .build_id_file = setup->build_id_file,
		                                .start_timeout = START_TIMEOUT,
		                                .run_timeout = setup->timeout };
	return &setup->config;
}

struct client *setup_start(struct setup *setup, struct error *err)
{
	return client_open(setup_config(setup), err);
}

/* The folder that comes with the sources is no must; one that was asked for is. */
int setup_known(const struct setup *setup, struct known *known, const char *dir, struct error *err)
{
	u32 caps = CAPS_DEFAULT;
	u64 features;

	/* Read before, when the option was. */
	if (setup->caps && caps_parse(setup->caps, &caps, err))
		return -1;
	if (!dir && access(EL2FUZZ_CORPUS_DIR "/known", F_OK))
		return 0;
	if (features_read(setup->features_file, &features, err))
		return -1;
	return known_load(known, dir ? dir : EL2FUZZ_CORPUS_DIR "/known", caps, features, err);
}

const char *setup_db_option(const struct setup *setup, char *buf, size_t len)
{
	if (strcmp(setup->db, DEFAULT_DB))
		snprintf(buf, len, " --db %s", setup->db);
	else
		buf[0] = '\0';
	return buf;
}

u64 setup_number(struct argp_state *state, const char *option, const char *value, u64 max)
{
	char *end;
	u64 number;

	errno = 0;
	number = strtoull(value, &end, 0);
	if (errno || *end || end == value || *value == '-' || number > max)
		argp_failure(state, EXIT_UNABLE, 0, "%s %s: give a number from 0 to %" PRIu64,
		             option, value, max);
	return number;
}

int setup_fail(const char *command, const struct error *err)
{
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", command, err->text);
	return EXIT_UNABLE;
}
