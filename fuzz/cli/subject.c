// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/subject.h"

#include <stdlib.h>
#include <string.h>

static error_t parse_subject(int key, char *value, struct argp_state *state)
{
	const char **what = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*what)
			argp_error(state, "give one trace");
		*what = value;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which trace? give a file, or the number of a finding");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp subject_argp = { .parser = parse_subject };
const struct argp_child subject_children[] = { { &setup_argp, 0, NULL, 0 },
	                                       { &subject_argp, 0, NULL, 0 },
	                                       { 0 } };

bool subject_is_finding(const char *what)
{
	return *what && strspn(what, "0123456789") == strlen(what);
}

static int load_finding(struct subject *subject, struct setup *setup, const char *what,
                        bool original, struct error *err)
{
	struct store *store = store_open(setup->db, STORE_READ, err);
	struct store_finding *row = &subject->row;
	const char *text;
	int ret;

	if (!store)
		return -1;

	ret = store_find(store, strtoll(what, NULL, 10), row, err);
	store_close(store);
	if (ret)
		return -1;

	original |= !row->minimal;
	text = original ? row->trace : row->minimal;
	if (!setup->core)
		setup->core = row->run.core;
	/* Without its rules it would pass. */
	if (!setup->tlb && row->finding.class == FINDING_TLB)
		setup->tlb = "full";
	if (!setup->layout)
		setup->layout = original ? row->run.layout : row->minimal_layout;
	if (!setup->caps)
		setup->caps = original ? row->run.caps : row->minimal_caps;

	snprintf(subject->name, sizeof(subject->name), "finding %s", what);
	return trace_parse(&subject->trace, subject->name, text, strlen(text), err);
}

/* A trace says of what world it is. */
static int take_world(struct setup *setup, const struct trace *trace, struct error *err)
{
	if (setup->world && setup_world(setup) != trace->world)
		return error_set(err, "the trace is of the world %s: leave out --world %s",
		                 world_name(trace->world), setup->world);

	setup->world = world_name(trace->world);
	return 0;
}

int subject_load(struct subject *subject, struct setup *setup, const char *what, bool original,
                 struct error *err)
{
	int ret;

	memset(subject, 0, sizeof(*subject));
	if (subject_is_finding(what))
		ret = load_finding(subject, setup, what, original, err);
	else
		ret = trace_load(&subject->trace, what, err);

	return ret ? ret : take_world(setup, &subject->trace, err);
}

void subject_free(struct subject *subject)
{
	store_finding_free(&subject->row);
	trace_free(&subject->trace);
}
