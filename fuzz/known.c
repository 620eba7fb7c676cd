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

/* "without: CAPS" or "with: CAPS", for what only such a machine shows. */
static int read_caps(const char *line, const char *key, u32 *caps, const char *path,
                     struct error *err)
{
	char list[SIGNATURE_MAX];
	struct error why;

	*caps = 0;
	if (strncmp(line, key, strlen(key)))
		return 0;
	snprintf(list, sizeof(list), "%s", line + strlen(key));
	list[strcspn(list, "\n")] = '\0';

	return caps_parse(list, caps, &why) ? error_set(err, "%s:2: %s", path, why.text) : 0;
}

/* "tree: FEATURE" or "tree: no FEATURE": is it of trees with @features? */
static int read_tree(const char *line, u64 features, bool *here, const char *path,
                     struct error *err)
{
	struct error why;
	int holds;

	if (strncmp(line, "tree: ", strlen("tree: ")))
		return 0;
	holds = features_hold(line + strlen("tree: "), features, &why);
	if (holds < 0)
		return error_set(err, "%s:2: %s", path, why.text);
	*here = holds;
	return 1;
}

struct machine_of {
	u32 caps;
	u64 features;
};

static int load_file(struct known *known, const char *path, const struct machine_of *of,
                     struct error *err)
{
	u32 with = 0, without = 0;
	bool here = true;
	int tree = 0;
	char signature[SIGNATURE_MAX] = "", reason[SIGNATURE_MAX] = "";
	FILE *in = fopen(path, "re");
	bool failed;

	if (!in)
		return error_set(err, "%s: %s", path, strerror(errno));

	if (fgets(signature, sizeof(signature), in))
		signature[strcspn(signature, "\n")] = '\0';
	if (fgets(reason, sizeof(reason), in) &&
	    (read_caps(reason, "without: ", &without, path, err) ||
	     read_caps(reason, "with: ", &with, path, err) ||
	     (tree = read_tree(reason, of->features, &here, path, err)) < 0)) {
		fclose(in);
		return -1;
	}
	if (with | without || tree)
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

	if (!here || of->caps & without || (of->caps & with) != with)
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
