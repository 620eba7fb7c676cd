// SPDX-License-Identifier: GPL-2.0-only
#include "core/features.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *summary;
} table[FEATURE_COUNT] = {
#define FEATURE(name, file, regex, summary) { #name, summary },
	EL2FUZZ_FEATURES(FEATURE)
#undef FEATURE
};

int feature_by_name(const char *name)
{
	for (int i = 0; i < FEATURE_COUNT; i++) {
		if (!strcmp(table[i].name, name))
			return i;
	}

	return -1;
}

const char *feature_name(enum feature feature)
{
	return table[feature].name;
}

const char *feature_summary(enum feature feature)
{
	return table[feature].summary;
}

int features_read(const char *path, u64 *features, struct error *err)
{
	FILE *in = fopen(path, "re");
	char name[64];
	int has, number;

	*features = 0;
	if (!in)
		return error_set(err, "%s: %s; './el2fuzz build' makes it", path, strerror(errno));

	while (fscanf(in, "%63s %d", name, &has) == 2) {
		number = feature_by_name(name);
		if (has && number >= 0)
			*features |= BIT(number);
	}
	fclose(in);

	return 0;
}

int features_hold(const char *condition, u64 features, struct error *err)
{
	bool lacks = !strncmp(condition, "no ", strlen("no "));
	char name[64] = "";
	int feature;

	sscanf(lacks ? condition + strlen("no ") : condition, "%63s", name);
	feature = feature_by_name(name);
	if (feature < 0)
		return error_set(err, "unknown feature '%s'; core/features_table.h has all", name);

	return !(features & BIT(feature)) == lacks;
}
