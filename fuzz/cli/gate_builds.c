// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/gate_builds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/cli/places.h"

#define SERIES EL2FUZZ_SOURCE_DIR "/cmake/gate/series.sh"

static int add_state(struct gate_series *series, const char *line)
{
	struct gate_state *state =
		reallocarray(series->states, series->nr_states + 1, sizeof(*state));

	if (!state)
		return -1;
	series->states = state;
	state += series->nr_states++;
	*state = (struct gate_state){ 0 };
	sscanf(line, "%64s %u %255[^\n]", state->rev, &state->nr_patches, state->title);
	return 0;
}

static int add_patch(struct gate_series *series, const char *path)
{
	char **more = reallocarray(series->patches, series->nr_patches + 1, sizeof(*more));

	if (!more)
		return -1;
	series->patches = more;
	more[series->nr_patches] = strdup(path);
	return more[series->nr_patches++] ? 0 : -1;
}

static int parse_line(struct gate_series *series, const char *line)
{
	if (!strncmp(line, "copy ", 5)) {
		snprintf(series->copy, sizeof(series->copy), "%s", line + 5);
		return 0;
	}
	if (!strncmp(line, "state ", 6))
		return add_state(series, line + 6);
	if (!strncmp(line, "patch ", 6))
		return add_patch(series, line + 6);
	return 0;
}

int gate_series_open(struct gate_series *series, const struct gate_series_options *options,
                     struct error *err)
{
	const char *const pairs[][2] = { { "--base", options->base },
		                         { "--rev", options->rev },
		                         { "--mbox", options->mbox } };
	const char **argv = calloc(16 + 2 * options->nr_patches, sizeof(*argv));
	unsigned int argc = 0;
	char *text, *save, *line;
	int ret = 0;

	*series = (struct gate_series){ .lock = -1 };
	if (!argv)
		return error_set(err, "out of memory");

	argv[argc++] = SERIES;
	argv[argc++] = place_tree;
	for (unsigned int i = 0; i < 3; i++) {
		if (!pairs[i][1])
			continue;
		argv[argc++] = pairs[i][0];
		argv[argc++] = pairs[i][1];
	}
	for (unsigned int i = 0; i < options->nr_patches; i++) {
		argv[argc++] = "--patch";
		argv[argc++] = options->patches[i];
	}

	text = script_run(argv, "there is nothing that can be judged", err);
	free(argv);
	if (!text)
		return -1;
	for (line = strtok_r(text, "\n", &save); line && !ret; line = strtok_r(NULL, "\n", &save))
		ret = parse_line(series, line);
	free(text);
	if (ret || series->nr_states < 2)
		return error_set(err, ret ? "out of memory" : "there is nothing to be judged");

	/* Copies are of one gate at a time. */
	series->lock = build_lock(series->copy, err);
	return series->lock < 0 ? -1 : 0;
}

void gate_series_close(struct gate_series *series)
{
	for (unsigned int i = 0; i < series->nr_patches; i++)
		free(series->patches[i]);
	free(series->patches);
	free(series->states);
	if (series->lock >= 0)
		close(series->lock);
}

int gate_build(const struct gate_series *series, const struct gate_state *state, const char *copy,
               struct build *build, struct error *err)
{
	char path[4400];

	snprintf(path, sizeof(path), "%s.%s", series->copy, copy);
	return build_copy(build, path, state->rev, series->patches, state->nr_patches, err) ||
	                       build_images(build, err) ?
	               -1 :
	               0;
}
