/* SPDX-License-Identifier: GPL-2.0-only */
/* The builds that the gate compares: the tree, and copies of it with patches. */
#ifndef EL2FUZZ_CLI_GATE_BUILDS_H
#define EL2FUZZ_CLI_GATE_BUILDS_H

#include "fuzz/cli/builds.h"

/* What is to be judged: the options of cmake/gate/series.sh */
struct gate_series_options {
	const char *base; /* commit, or NULL: the tree as it lies there */
	const char *rev; /* commit, or NULL */
	const char *mbox; /* file, or NULL */
	char *const *patches; /* files */
	unsigned int nr_patches;
};

/* A tree to be built: a commit, and so many patches on top of it */
struct gate_state {
	char rev[65]; /* "-": the tree as it lies there */
	unsigned int nr_patches;
	char title[256];
};

struct gate_series {
	char copy[4096]; /* what the paths of copies begin with */
	int lock;
	struct gate_state *states; /* the first is the base */
	unsigned int nr_states;
	char **patches;
	unsigned int nr_patches;
};

/** gate_series_open() - find out what is to be judged; free the series in any case */
int gate_series_open(struct gate_series *series, const struct gate_series_options *options,
                     struct error *err);
void gate_series_close(struct gate_series *series);

/**
 * gate_build() - make a copy of the tree in a state, and build its code
 * @copy: which of the copies
 */
int gate_build(const struct gate_series *series, const struct gate_state *state, const char *copy,
               struct build *build, struct error *err);

#endif
