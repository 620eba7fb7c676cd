/* SPDX-License-Identifier: GPL-2.0-only */
/* Builds of copies of the tree, by the scripts below cmake/, and what of a build runs. */
#ifndef EL2FUZZ_CLI_BUILDS_H
#define EL2FUZZ_CLI_BUILDS_H

#include "fuzz/cli/setup.h"

/**
 * script_run() - run a script, which says on standard error why it fails
 * @what: the error, if it does
 *
 * Return: what it printed, to be freed, or NULL.
 */
char *script_run(const char *const argv[], const char *what, struct error *err);

/* A build: of the tree that this program is from, or of a copy */
struct build {
	char tree[4200]; /* folder of the copy, or "" */
	char dir[4096];
	char runner[4200];
	bool own_runner; /* or it is the program's */
	char images[WORLD_COUNT][4200]; /* of AArch64 */
	char build_id_file[4200];
};

/** build_here() - the build that this program is from: nothing is left to be built in it */
void build_here(struct build *build);

/**
 * build_copy() - make a copy of the tree
 * @path: of the copy
 * @rev: a commit, or "-" for the tree as it lies there
 * @patches: to be applied on top
 */
int build_copy(struct build *build, const char *path, const char *rev, char *const *patches,
               unsigned int nr_patches, struct error *err);

/** build_images() - build the code of all worlds that the program's own tree has, for AArch64 */
int build_images(struct build *build, struct error *err);

/** build_machine() - build what a core of a world needs to run */
int build_machine(struct build *build, enum world world, const char *core, struct error *err);

/**
 * build_part() - build what a core of a world runs, in the build that this program is from
 *
 * The launcher starts a command with the world el2 of AArch64 alone. Who does without the launcher has built all.
 *
 * Return: 0, or the launcher's exit code; it has said why.
 */
int build_part(enum world world, const char *core);

/** build_image() - the file that a core of a world runs */
const char *build_image(enum world world, const char *core);

/** build_has() - can the tree that was built be tested in this world? */
bool build_has(const struct build *build, enum world world);

/** build_same_code() - do both have the same code in an image? -1 if it cannot be told */
int build_same_code(const struct build *a, const struct build *b, const char *image,
                    struct error *err);

/** build_use() - have @config run what is in a build; it lives as long as @build */
void build_use(struct build *build, struct client_config *config);

/**
 * build_lock() - keep others from making copies beside these
 * @prefix: what the paths of the copies begin with
 *
 * Return: what close() unlocks, or -1.
 */
int build_lock(const char *prefix, struct error *err);

#endif
