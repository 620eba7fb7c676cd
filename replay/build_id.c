// SPDX-License-Identifier: GPL-2.0-only
#include "replay/build_id.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int build_id_load(struct build_id *build, const char *path, struct error *err)
{
	FILE *in = fopen(path, "re");
	const char *line;
	size_t len;
	bool failed;

	if (!in)
		return error_set(err, "%s: %s; `./el2fuzz build` makes it", path, strerror(errno));

	len = fread(build->text, 1, sizeof(build->text) - 1, in);
	failed = ferror(in);
	build->text[len] = '\0';
	fclose(in);
	if (failed)
		return error_set(err, "%s: cannot be read", path);

	for (line = build->text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, "id ", 3) && sscanf(line + 3, "%64s", build->id) == 1)
			return 0;
	}

	return error_set(err, "%s: no line \"id ...\"; `./el2fuzz build` makes it anew", path);
}
