// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/mutant.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/caps.h"
#include "core/features.h"
#include "core/memory_map.h"

enum key {
	KEY_NAME,
	KEY_FILE,
	KEY_FUNCTION,
	KEY_MATCH,
	KEY_PUT,
	KEY_CLASS,
	KEY_REASON,
	KEY_REQUIRED,
	KEY_WORLD = KEY_REQUIRED,
	KEY_CORE,
	KEY_LAYOUT,
	KEY_CAPS,
	KEY_TREE,
	KEY_COUNT
};

static const char *const keys[KEY_COUNT] = {
	[KEY_NAME] = "name",     [KEY_FILE] = "file", [KEY_FUNCTION] = "function",
	[KEY_MATCH] = "match",   [KEY_PUT] = "put",   [KEY_CLASS] = "class",
	[KEY_WORLD] = "world",   [KEY_CORE] = "core", [KEY_LAYOUT] = "layout",
	[KEY_REASON] = "reason", [KEY_CAPS] = "caps", [KEY_TREE] = "tree",
};

const char *mutant_class_name(unsigned int class)
{
	return class == MUTANT_BOOT ? "boot" : finding_class_name(class);
}

bool mutant_expects(const struct mutant *mutant, unsigned int class)
{
	return mutant->classes & BIT(class);
}

static int class_by_name(const char *name)
{
	for (unsigned int class = 0; class <= MUTANT_BOOT; class ++) {
		if (!strcmp(mutant_class_name(class), name))
			return class;
	}

	return -1;
}

static int read_classes(struct mutant *mutant, char *list, struct error *err)
{
	char *save, *name;

	for (name = strtok_r(list, " \t", &save); name; name = strtok_r(NULL, " \t", &save)) {
		int class = class_by_name(name);

		if (class < 0)
			return error_set(err, "there is no class \"%s\"", name);
		mutant->classes |= BIT(class);
	}

	return mutant->classes ? 0 : error_set(err, "says no class");
}

/* The name of a file is the name of the rule. */
static int read_name(struct mutant *mutant, const char *name, struct error *err)
{
	const char *slash = strrchr(mutant->path, '/');
	char file[sizeof(mutant->name) + 8];

	snprintf(mutant->name, sizeof(mutant->name), "%s", name);
	snprintf(file, sizeof(file), "%s.mutant", mutant->name);
	if (strcmp(slash ? slash + 1 : mutant->path, file))
		return error_set(err, "the name \"%s\" is not that of the file", name);
	return 0;
}

static int take(struct mutant *mutant, enum key key, char *value, struct error *err)
{
	int number;
	u32 caps;

	switch (key) {
	case KEY_NAME:
		return read_name(mutant, value, err);
	case KEY_CLASS:
		return read_classes(mutant, value, err);
	case KEY_WORLD:
		number = world_by_name(value, strlen(value));
		mutant->world = number;
		return number < 0 ? error_set(err, "there is no world \"%s\"", value) : 0;
	case KEY_CORE:
		snprintf(mutant->core, sizeof(mutant->core), "%s", value);
		return 0;
	case KEY_LAYOUT:
		mutant->layout = layout_by_name(value);
		return mutant->layout < 0 ? error_set(err, "there is no layout \"%s\"", value) : 0;
	case KEY_CAPS:
		snprintf(mutant->caps, sizeof(mutant->caps), "%s", value);
		return caps_parse(value, &caps, err);
	case KEY_TREE:
		snprintf(mutant->tree, sizeof(mutant->tree), "%s", value);
		return features_hold(value, 0, err) < 0 ? -1 : 0;
	default:
		return 0;
	}
}

/* "KEY: value"; Return: the key, or -1. */
static int split(char *line, char **value)
{
	size_t len = strcspn(line, ":");

	for (int key = 0; key < KEY_COUNT; key++) {
		if (strlen(keys[key]) != len || strncmp(line, keys[key], len) || !line[len])
			continue;
		*value = line + len + 1;
		*value += strspn(*value, " \t");
		return key;
	}

	return -1;
}

static int read_lines(struct mutant *mutant, FILE *in, struct error *err)
{
	unsigned int number = 0, seen = 0;
	char line[1024], *value;
	struct error why;

	while (fgets(line, sizeof(line), in)) {
		int key;

		number++;
		line[strcspn(line, "\n")] = '\0';
		if (line[0] == '#' || !line[0])
			continue;
		key = split(line, &value);
		if (key < 0)
			return error_set(err, "%s:%u: there is no such line in a rule: %s",
			                 mutant->path, number, line);
		if (seen & BIT(key))
			return error_set(err, "%s:%u: a second \"%s:\"", mutant->path, number,
			                 keys[key]);
		seen |= BIT(key);
		if (take(mutant, key, value, &why))
			return error_set(err, "%s:%u: %s", mutant->path, number, why.text);
	}

	for (int key = 0; key < KEY_REQUIRED; key++) {
		if (!(seen & BIT(key)))
			return error_set(err, "%s: needs a line \"%s: ...\"", mutant->path,
			                 keys[key]);
	}
	return 0;
}

int mutant_load(struct mutant *mutant, const char *path, struct error *err)
{
	FILE *in = fopen(path, "re");
	int ret;

	*mutant = (struct mutant){ .world = WORLD_EL2, .core = "aarch64", .layout = LAYOUT_SMALL };
	snprintf(mutant->path, sizeof(mutant->path), "%s", path);
	if (!in)
		return error_set(err, "%s: %s", path, strerror(errno));
	ret = read_lines(mutant, in, err);
	fclose(in);
	return ret;
}
