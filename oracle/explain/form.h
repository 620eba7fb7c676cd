/* SPDX-License-Identifier: GPL-2.0-only */
/* The forms in which a run is told; explain.c looks, and asks a form to put it down. */
#ifndef EL2FUZZ_EXPLAIN_FORM_H
#define EL2FUZZ_EXPLAIN_FORM_H

#include "oracle/explain/explain.h"

/* A step, as it is over */
struct told_step {
	u32 number;
	bool teardown; /* no step of the trace */
	const struct op *op;
	const u64 *args;
	const struct expectation *expect;
	const struct outcome *out;
	const char *instructions; /* lines; "" for none */
};

struct explain_form {
	void (*step)(FILE *out, const struct core *core, const struct model *model,
	             const struct told_step *step);
	/* Pages in a row that changed alike; @first of the step; may be NULL */
	void (*change)(FILE *out, bool first, const char *where, u32 nr_pages, const char *text);
	void (*end_step)(FILE *out); /* may be NULL */
	void (*teardown)(FILE *out); /* from here on; may be NULL */
	void (*cores)(FILE *out, const struct finding *finding); /* may be NULL */
};

extern const struct explain_form explain_text, explain_json, explain_selftest;

/** explain_arg() - an argument as a person would name it; Return: @buf */
const char *explain_arg(const struct model *model, enum arg_kind kind, u64 arg, char *buf,
                        size_t len);

#endif
