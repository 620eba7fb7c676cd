// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/known.h"

#include "core/features.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add(struct known *known, const char *signature)
{
	void *more = reallocarray(known->signatures, known->nr + 1, SIGNATURE_MAX);

	if (!more)
		return -1;

	known->signatures = more;
	snprintf(known->signatures[known->nr++], SIGNATURE_MAX, "%s", signature);
	return 0;
}

struct machine_of {
	u32 caps;
	u64 features;
};

static bool begins(const char *line, const char *key, const char **rest)
{
	*rest = line + strlen(key);
	return !strncmp(line, key, strlen(key));
}

/*
 * "without: CAPS" or "with: CAPS", for what only such a machine shows; "tree: FEATURE" or "tree: no FEATURE". @here
 * is cleared if it does not hold. Return: was it one?
 */
static int read_condition(const char *line, const struct machine_of *of, bool *here,
                          struct error *why)
{
	char text[SIGNATURE_MAX];
	const char *rest;
	int holds;
	u32 caps;

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(line, "\n"), line);
	if (begins(text, "tree: ", &rest)) {
		holds = features_hold(rest, of->features, why);
		if (holds < 0)
			return -1;
	} else if (begins(text, "without: ", &rest)) {
		if (caps_parse(rest, &caps, why))
			return -1;
		holds = !(of->caps & caps);
	} else if (begins(text, "with: ", &rest)) {
		if (caps_parse(rest, &caps, why))
			return -1;
		holds = (of->caps & caps) == caps;
	} else {
		return 0;
	}
	*here = *here && holds;
	return 1;
}

static int load_file(struct known *known, const char *path, const struct machine_of *of,
                     struct error *err)
{
	struct error why;
	bool here = true;
	int conditions = 0, is_one = 1;
	char signature[SIGNATURE_MAX] = "", reason[SIGNATURE_MAX] = "";
	FILE *in = fopen(path, "re");
	bool failed;

	if (!in)
		return error_set(err, "%s: %s", path, strerror(errno));

	if (fgets(signature, sizeof(signature), in))
		signature[strcspn(signature, "\n")] = '\0';
	while (is_one == 1 && fgets(reason, sizeof(reason), in)) {
		is_one = read_condition(reason, of, &here, &why);
		conditions += is_one == 1;
	}
	if (is_one < 0) {
		fclose(in);
		return error_set(err, "%s:%d: %s", path, conditions + 2, why.text);
	}
	if (is_one == 1)
		reason[0] = '\0';
	while (reason[strspn(reason, " \t\n")] == '\0' && fgets(reason, sizeof(reason), in))
		;
	failed = ferror(in);
	fclose(in);

	if (failed)
		return error_set(err, "%s: cannot be read", path);
	if (!signature[0])
		return error_set(err, "%s:1: put the signature of the finding here", path);
	if (reason[strspn(reason, " \t\n")] == '\0')
		return error_set(err,
		                 "%s:2: say here why the finding is known, and where to read of it",
		                 path);

	if (!here)
		return 0;

	return add(known, signature) ? error_set(err, "out of memory") : 0;
}

static int is_known_file(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && !strcmp(dot, ".known");
}

int known_load(struct known *known, const char *dir, u32 caps, u64 features, struct error *err)
{
	const struct machine_of of = { .caps = caps, .features = features };
	struct dirent **entries;
	char path[4096];
	int ret = 0;
	int nr;

	nr = scandir(dir, &entries, is_known_file, alphasort);
	if (nr < 0)
		return error_set(err, "%s: %s; name the folder of known findings with --known", dir,
		                 strerror(errno));

	for (int i = 0; i < nr; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, entries[i]->d_name);
		if (!ret)
			ret = load_file(known, path, &of, err);
		free(entries[i]);
	}

	free(entries);
	return ret;
}

void known_free(struct known *known)
{
	free(known->signatures);
	*known = (struct known){ 0 };
}

bool known_has(const struct known *known, const char *signature)
{
	for (size_t i = 0; i < known->nr; i++) {
		if (!fnmatch(known->signatures[i], signature, 0))
			return true;
	}

	return false;
}
