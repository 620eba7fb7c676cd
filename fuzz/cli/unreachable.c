// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/unreachable.h"

#include "core/features.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Before the text of what is not the line, but one way of its branches */
#define WAY "way "
/* Before what trees must have, or not, for the lines that follow */
#define TREE "tree: "

struct entry {
	char *file, *function, *text, *reason; /* in one piece, which file begins */
	bool way; /* of a branch */
};

struct unreachable {
	struct entry *entries;
	size_t nr;
};

/* The field that @at begins with; behind it, or NULL if the line ends here. */
static char *cut(char *at)
{
	char *end = at ? strstr(at, ": ") : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	return end + 2;
}

static int add(struct unreachable *list, const char *line)
{
	struct entry *more = reallocarray(list->entries, list->nr + 1, sizeof(*more));
	struct entry *entry;

	if (!more)
		return -1;
	list->entries = more;
	entry = &more[list->nr];
	entry->file = strdup(line);
	if (!entry->file)
		return -1;
	list->nr++;
	entry->function = cut(entry->file);
	entry->text = cut(entry->function);
	entry->reason = cut(entry->text);
	entry->way = entry->text && !strncmp(entry->text, WAY, strlen(WAY));
	if (entry->way)
		entry->text += strlen(WAY);

	return 0;
}

static int read_lines(struct unreachable *list, FILE *in, const char *path, u64 features,
                      struct error *err)
{
	int here = true; /* of the trees that the last "tree:" speaks of */
	struct error why;
	char line[512];

	for (unsigned int number = 1; fgets(line, sizeof(line), in); number++) {
		line[strcspn(line, "\n")] = '\0';
		if (!line[0] || line[0] == '#')
			continue;
		if (!strncmp(line, TREE, strlen(TREE))) {
			here = features_hold(line + strlen(TREE), features, &why);
			if (here < 0)
				return error_set(err, "%s:%u: %s", path, number, why.text);
			continue;
		}
		if (!here)
			continue;
		if (add(list, line))
			return error_set(err, "out of memory");
		if (!list->entries[list->nr - 1].reason || !list->entries[list->nr - 1].reason[0])
			return error_set(err, "%s:%u: should be FILE: FUNCTION: TEXT: REASON", path,
			                 number);
	}

	return ferror(in) ? error_set(err, "%s: cannot be read", path) : 0;
}

struct unreachable *unreachable_load(const char *path, u64 features, struct error *err)
{
	struct unreachable *list = calloc(1, sizeof(*list));
	FILE *in = fopen(path, "re");

	if (!list || !in) {
		error_set(err, "%s: %s", path, strerror(errno));
	} else if (!read_lines(list, in, path, features, err)) {
		fclose(in);
		return list;
	}
	if (in)
		fclose(in);
	unreachable_free(list);
	return NULL;
}

void unreachable_free(struct unreachable *list)
{
	if (!list)
		return;
	for (size_t i = 0; i < list->nr; i++)
		free(list->entries[i].file);
	free(list->entries);
	free(list);
}

const char *unreachable_find(const struct unreachable *list, const char *file, const char *function,
                             const char *text, bool way)
{
	for (size_t i = 0; i < list->nr; i++) {
		const struct entry *entry = &list->entries[i];

		if (entry->way == way && !strcmp(entry->file, file) &&
		    !strcmp(entry->function, function) &&
		    (!strcmp(entry->text, "*") || strstr(text, entry->text)))
			return entry->reason;
	}

	return NULL;
}
