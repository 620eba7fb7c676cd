/* SPDX-License-Identifier: GPL-2.0-only */
/* What commands work on that take "FILE|ID": a trace, and the finding that it comes from, if any. */
#ifndef EL2FUZZ_CLI_SUBJECT_H
#define EL2FUZZ_CLI_SUBJECT_H

#include "fuzz/cli/setup.h"

struct subject {
	char name[64]; /* of a finding, for messages */
	struct store_finding row; /* its id is 0: the trace is a file's */
	struct trace trace;
};

/**
 * subject_load() - read the trace of a file ("-": standard input) or of a finding
 * @what: a file, or the number of a finding
 * @original: the trace that was found, even if it is minimised
 *
 * The trace says of what world it is. A finding brings its machine along, where no option of @setup asks for another one. The strings of @setup
 * may point into the subject afterwards. Return: 0, or -1; free it with subject_free() in any case.
 */
int subject_load(struct subject *subject, struct setup *setup, const char *what, bool original,
                 struct error *err);
void subject_free(struct subject *subject);

/**
 * subject_children - a command's argp: that of the setup, and the one argument FILE|ID
 *
 * Their inputs: the struct setup, and where the argument goes, a const char **.
 */
extern const struct argp_child subject_children[];

/** subject_is_finding() - does @what name a finding, and no file? */
bool subject_is_finding(const char *what);

#endif
