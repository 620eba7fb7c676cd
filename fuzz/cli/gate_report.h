/* SPDX-License-Identifier: GPL-2.0-only */
/* Verdicts of the gate, for people and for machines. */
#ifndef EL2FUZZ_CLI_GATE_REPORT_H
#define EL2FUZZ_CLI_GATE_REPORT_H

#include <stdio.h>

#include "fuzz/gate.h"

/* One patch, or a series as one */
struct gate_judgement {
	char title[256];
	bool same_code; /* no world has other code: there was nothing to run */
	bool unfinished; /* it came to an end before its time: this is what was seen until then */
	struct gate_result result;
	double seconds;
};

enum gate_format { GATE_TEXT, GATE_KTAP, GATE_JUNIT };

/** gate_format_by_name() - text, ktap or junit; -1: there is no such format */
int gate_format_by_name(const char *name);

/**
 * gate_report() - print all judgements
 * @strict: a change is a failure
 */
void gate_report(FILE *out, enum gate_format format, bool strict,
                 const struct gate_judgement *judgements, unsigned int nr);

#endif
