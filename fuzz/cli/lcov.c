// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/lcov.h"

#include <stdlib.h>
#include <string.h>

static struct lcov_file *file_of(struct lcov *lcov, const char *path)
{
	struct lcov_file **more, *file;

	for (u32 i = 0; i < lcov->nr_files; i++) {
		if (!strcmp(lcov->files[i]->path, path))
			return lcov->files[i];
	}
	more = reallocarray(lcov->files, lcov->nr_files + 1, sizeof(struct lcov_file *));
	if (!more)
		return NULL;
	lcov->files = more;
	file = calloc(1, sizeof(*file));
	if (!file)
		return NULL;
	snprintf(file->path, sizeof(file->path), "%s", path);
	memset(file->lines, -1, sizeof(file->lines));

	return lcov->files[lcov->nr_files++] = file;
}

static int add_function(struct lcov_file *file, const char *text)
{
	struct lcov_function function, *more;

	if (sscanf(text, "FN:%u,%95s", &function.line, function.name) != 2)
		return 0;
	more = reallocarray(file->functions, file->nr_functions + 1, sizeof(*more));
	if (!more)
		return -1;
	file->functions = more;
	more[file->nr_functions++] = function;

	return 0;
}

static int add_way(struct lcov_file *file, const char *text)
{
	struct lcov_way way = { 0 }, *more;
	char times[32];

	if (sscanf(text, "BRDA:%u,%u,%u,%31s", &way.line, &way.branch, &way.way, times) != 4 ||
	    way.line >= LCOV_MAX_LINES)
		return 0;
	/* "-": the branch was not reached */
	way.went = strcmp(times, "-") && strcmp(times, "0");
	more = reallocarray(file->ways, file->nr_ways + 1, sizeof(*more));
	if (!more)
		return -1;
	file->ways = more;
	more[file->nr_ways++] = way;

	return 0;
}

static void add_line(struct lcov_file *file, const char *text)
{
	unsigned int line;
	long hits;

	if (sscanf(text, "DA:%u,%ld", &line, &hits) == 2 && line < LCOV_MAX_LINES)
		file->lines[line] = hits > 0 || file->lines[line] > 0;
}

static int by_line(const void *a, const void *b)
{
	const struct lcov_function *f = a, *g = b;

	return f->line != g->line ? (f->line > g->line) - (f->line < g->line) :
	                            strcmp(f->name, g->name);
}

static int by_branch(const void *a, const void *b)
{
	const struct lcov_way *v = a, *w = b;

	if (v->line != w->line)
		return v->line < w->line ? -1 : 1;
	if (v->branch != w->branch)
		return v->branch < w->branch ? -1 : 1;
	return (v->way > w->way) - (v->way < w->way);
}

/* What several tracefiles say is there once. */
static void sum_up(struct lcov_file *file)
{
	u32 functions = 0, ways = 0;

	if (file->nr_functions)
		qsort(file->functions, file->nr_functions, sizeof(*file->functions), by_line);
	if (file->nr_ways)
		qsort(file->ways, file->nr_ways, sizeof(*file->ways), by_branch);
	for (u32 i = 0; i < file->nr_functions; i++) {
		if (!functions || by_line(&file->functions[functions - 1], &file->functions[i]))
			file->functions[functions++] = file->functions[i];
	}
	for (u32 i = 0; i < file->nr_ways; i++) {
		if (!ways || by_branch(&file->ways[ways - 1], &file->ways[i]))
			file->ways[ways++] = file->ways[i];
		else
			file->ways[ways - 1].went |= file->ways[i].went;
	}
	file->nr_functions = functions;
	file->nr_ways = ways;
}

int lcov_read(struct lcov *lcov, FILE *in, const char *name, struct error *err)
{
	struct lcov_file *file = NULL;
	char text[512];
	int ret = 0;

	if (!fgets(text, sizeof(text), in) || strncmp(text, "TN:", 3))
		return error_set(
			err, "%s: not an lcov tracefile; el2fuzz run --lcov FILE makes one", name);
	while (!ret && fgets(text, sizeof(text), in)) {
		text[strcspn(text, "\n")] = '\0';
		if (!strncmp(text, "SF:", 3)) {
			file = file_of(lcov, text + 3);
			ret = file ? 0 : -1;
		} else if (file && !strncmp(text, "DA:", 3)) {
			add_line(file, text);
		} else if (file && !strncmp(text, "FN:", 3)) {
			ret = add_function(file, text);
		} else if (file && !strncmp(text, "BRDA:", 5)) {
			ret = add_way(file, text);
		}
	}
	for (u32 i = 0; i < lcov->nr_files; i++)
		sum_up(lcov->files[i]);
	if (ret)
		return error_set(err, "out of memory");

	return ferror(in) ? error_set(err, "%s: cannot be read", name) : 0;
}

void lcov_free(struct lcov *lcov)
{
	for (u32 i = 0; i < lcov->nr_files; i++) {
		free(lcov->files[i]->functions);
		free(lcov->files[i]->ways);
		free(lcov->files[i]);
	}
	free(lcov->files);
}
