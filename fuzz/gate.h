/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gate: two builds, of a tree and of the tree with a patch, run the same traces. What the model does not
 * allow, and the base does not do, is a failure; what the model allows, and the base does otherwise, is a change.
 */
#ifndef EL2FUZZ_GATE_H
#define EL2FUZZ_GATE_H

#include "fuzz/generate.h"
#include "fuzz/known.h"
#include "replay/client.h"
#include "replay/store.h"

enum gate_verdict {
	GATE_PASS,
	GATE_CHANGED,
	GATE_FAIL,
};

/* Where both run the traces: the same world, core and layout of both builds */
struct gate_machine {
	struct client_config base;
	struct client_config patched;
};

#define GATE_MAX_MACHINES 18

struct gate_options {
	const struct gate_machine *machines;
	unsigned int nr_machines;
	const char *corpus; /* a folder: the traces in its folders are replayed */
	const struct known *known;
	struct generator_options generator;
	u64 seed;
	double seconds; /* to fuzz, on all machines together */
	void (*progress)(const char *what); /* or NULL */
};

/* Something that the patch does, as often as it was seen, with the least trace that shows it */
struct gate_item {
	enum gate_verdict verdict;
	char title[SIGNATURE_MAX];
	char machine[64];
	char from[160]; /* which trace showed it first */
	char *details; /* lines */
	struct trace trace;
	u64 count;
	unsigned int test; /* index */
};

#define GATE_MAX_TESTS (2 * GATE_MAX_MACHINES)

struct gate_test {
	char name[96];
	enum gate_verdict verdict;
	u64 traces;
	u64 steps;
	double seconds;
};

struct gate_result {
	struct gate_test tests[GATE_MAX_TESTS];
	unsigned int nr_tests;
	struct gate_item *items;
	size_t nr_items;
	u64 traces;
	u64 steps;
	u64 known; /* traces that end in a known finding, or in one that the base has as well */
};

/**
 * gate_run() - judge the patched build by the base; without machines, since the code is the same, it passes
 *
 * Return: 0, or -1 if it could not (the base does not boot, a trace of the corpus cannot be read, a signal, ...): what
 * was seen until then is in the result. Free it in any case.
 */
int gate_run(const struct gate_options *options, struct gate_result *result, struct error *err);
void gate_free(struct gate_result *result);

/** gate_verdict() - the worst of all */
enum gate_verdict gate_verdict(const struct gate_result *result);
const char *gate_verdict_name(enum gate_verdict verdict);

#endif
