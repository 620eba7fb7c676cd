/* SPDX-License-Identifier: GPL-2.0-only */
/* Options that commands have in common: the database, and the runner and its machine. */
#ifndef EL2FUZZ_CLI_SETUP_H
#define EL2FUZZ_CLI_SETUP_H

#include <argp.h>

#include "fuzz/known.h"
#include "replay/client.h"
#include "replay/store.h"

struct setup {
	const char *db;
	const char *world; /* NULL: el2 */
	const char *core;
	const char *layout;
	const char *caps;
	const char *tlb; /* NULL: off */
	const char *runner;
	const char *image;
	const char *build_id_file;
	bool strict_surface;
	unsigned int timeout; /* seconds that a trace may take */
	char caps_text[128]; /* caps as caps_format() writes it */
	const char *features_file; /* beside the program: of one tree with it */
	char beside[4][4200]; /* default paths */
	const char *built_core; /* core whose part of the build is there */
	struct client_config config; /* setup_config() */
};

/* For the children of a command's argp; their input is the struct setup. */
extern const struct argp setup_db_argp;
extern const struct argp setup_argp; /* both */
extern const struct argp_child setup_children[]; /* that alone */
extern const struct argp_child setup_runner_children[]; /* the runner's alone */

/** setup_init() - the defaults; world, core, layout, caps and image stay NULL until setup_config() */
void setup_init(struct setup *setup);

/** setup_world() - what is under test by the options */
enum world setup_world(const struct setup *setup);

/** setup_build_dir() - the folder of this program, which is that of its build; Return: @buf */
char *setup_build_dir(char *buf, size_t len);

/** setup_config() - the runner that the options ask for; it lives as long as @setup */
const struct client_config *setup_config(struct setup *setup);

/** setup_start() - start the runner that the options ask for */
struct client *setup_start(struct setup *setup, struct error *err);

/**
 * setup_known() - the known findings of the machine that the options ask for
 * @dir: a folder; NULL: the one that comes with the sources, if it is there
 */
int setup_known(const struct setup *setup, struct known *known, const char *dir, struct error *err);

/** setup_db_option() - " --db FILE" for a suggested command, "" for the default; Return: @buf */
const char *setup_db_option(const struct setup *setup, char *buf, size_t len);

/** setup_number() - the value of an option that takes a number; ends the program if it is none */
u64 setup_number(struct argp_state *state, const char *option, const char *value, u64 max);

/** setup_fail() - say why the command could not do its job; Return: its exit code */
int setup_fail(const char *command, const struct error *err);

#endif
