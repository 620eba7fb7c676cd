/* SPDX-License-Identifier: GPL-2.0-only */
/* Rules that break a kernel tree on purpose: corpus/mutants, see the README there. */
#ifndef EL2FUZZ_MUTANT_H
#define EL2FUZZ_MUTANT_H

#include "core/error.h"
#include "oracle/finding.h"
#include "replay/trace.h"

/* What is no class of findings: the tree does not boot. %FINDING_NONE is that nothing is found. */
#define MUTANT_BOOT FINDING_CLASS_COUNT

/* What is said here is what the search needs; the edit is the business of cmake/mutants/rule.sh. */
struct mutant {
	char path[4096];
	char name[64];
	u32 classes; /* BIT(FINDING_*), BIT(MUTANT_BOOT) */
	enum world world;
	char core[16];
	int layout; /* where to look first */
	char caps[64]; /* "": the usual ones */
	char tree[64]; /* that it is for, as in features_hold(); "": any */
};

/** mutant_load() - read a rule; -1: @err says in which line it is wrong */
int mutant_load(struct mutant *mutant, const char *path, struct error *err);

/** mutant_class_name() - as finding_class_name(), and "boot" */
const char *mutant_class_name(unsigned int class);

/** mutant_expects() - is this the class, or one of them, that the rule says? */
bool mutant_expects(const struct mutant *mutant, unsigned int class);

#endif
