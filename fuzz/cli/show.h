/* SPDX-License-Identifier: GPL-2.0-only */
/* Text from a database or a runner on the terminal. */
#ifndef EL2FUZZ_CLI_SHOW_H
#define EL2FUZZ_CLI_SHOW_H

#include <stdio.h>

#include "oracle/finding.h"

/** show_text() - print text without the control characters that a terminal would obey */
void show_text(FILE *out, const char *text);

/** show_block() - the same, indented, after a line with its name */
void show_block(FILE *out, const char *name, const char *text);

/** show_finding() - what differs, and where */
void show_finding(FILE *out, const struct finding *finding);

#endif
