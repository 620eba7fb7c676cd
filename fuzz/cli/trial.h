/* SPDX-License-Identifier: GPL-2.0-only */
/* One mutant on trial: the tree is broken by its rule, built, and fuzzed until that is noticed. */
#ifndef EL2FUZZ_CLI_TRIAL_H
#define EL2FUZZ_CLI_TRIAL_H

#include "fuzz/cli/builds.h"
#include "fuzz/mutant.h"

struct trial_options {
	const char *prefix; /* what the paths of copies of the tree begin with */
	u64 seed;
	double seconds; /* to fuzz, in all layouts together */
	u64 traces; /* in each layout; 0: no limit */
	bool signatures; /* go on until the time is up, and tell all that the bug is found as */
};

#define TRIAL_SIGNATURES 64

struct trial {
	bool elsewhere; /* the rule is for other trees: nothing was tried */
	bool unable; /* says why in the error */
	bool found;
	unsigned int class; /* as of mutant_class_name() */
	enum layout layout;
	char where[160];
	u64 trace; /* index of the trace that showed it */
	double build_seconds;
	double fuzz_seconds; /* until it was found */
	struct error error;
	/* All that it is found as, in the order found */
	unsigned int nr_signatures;
	char signatures[TRIAL_SIGNATURES][SIGNATURE_MAX];
};

/**
 * trial_run() - try one mutant
 * @slot: which of the copies of the tree to break; two at once need two
 *
 * Standard output and error say what it does; the findings are kept in a database, trial_db().
 */
void trial_run(const struct trial_options *options, const struct mutant *mutant, unsigned int slot,
               struct trial *trial);

/** trial_file() - path of a mutant's database ("db"), log ("log"); Return: @buf */
const char *trial_file(const struct trial_options *options, const struct mutant *mutant,
                       const char *suffix, char buf[4400]);

#endif
