/* SPDX-License-Identifier: GPL-2.0-only */
/* What a tree has, of what not all trees have. */
#ifndef EL2FUZZ_FEATURES_H
#define EL2FUZZ_FEATURES_H

#include "core/error.h"
#include "core/features_table.h"
#include "core/types.h"

enum feature {
#define FEATURE(name, file, regex, summary) FEATURE_##name,
	EL2FUZZ_FEATURES(FEATURE)
#undef FEATURE
		FEATURE_COUNT
};

/** feature_by_name() - -1 if there is none */
int feature_by_name(const char *name);

/** feature_name() / feature_summary() - as core/features_table.h has them */
const char *feature_name(enum feature feature);
const char *feature_summary(enum feature feature);

/**
 * features_read() - what a build's tree has
 * @path: the file that core/tree/features.sh wrote
 * @features: BIT(FEATURE_*)
 *
 * Return: 0, or -1 with the reason in @err.
 */
int features_read(const char *path, u64 *features, struct error *err);

/**
 * features_hold() - does a tree with @features meet the condition?
 * @condition: a feature's name, or "no " and one
 *
 * Return: 1 or 0; -1 with the reason in @err.
 */
int features_hold(const char *condition, u64 features, struct error *err);

#endif
