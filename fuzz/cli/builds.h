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

/* A build's folder, and the files in there that make up a machine */
struct build {
	char dir[4096];
	char runner[4200];
	char image[4200];
	char build_id_file[4200];
};

/**
 * build_copy() - make a copy of the tree and build what one core of a world, or all, need of it
 * @build: its folder is set
 * @core: NULL: aarch64 and native
 * @path: of the copy; what is built there already is not built again
 * @rev: a commit, or "-" for the tree as it lies there
 * @patches: to be applied on top
 */
int build_copy(struct build *build, enum world world, const char *core, const char *path,
               const char *rev, char *const *patches, unsigned int nr_patches, struct error *err);

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
