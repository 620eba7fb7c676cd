/* SPDX-License-Identifier: GPL-2.0-only */
/* From a trace that fails to the least that fails in the same way. */
#ifndef EL2FUZZ_MINIMISE_H
#define EL2FUZZ_MINIMISE_H

#include "replay/client.h"
#include "replay/store.h"

struct minimise_task {
	const struct client_config *config; /* the machine that the trace fails on */
	const struct trace *trace;
	enum lockstep_mode mode;
	const char *signature; /* of the failure to keep, or NULL: that which comes first */
	double seconds; /* 0: as long as it takes */
};

struct minimised {
	struct trace trace;
	char signature[SIGNATURE_MAX];
	struct run_report report; /* of the trace */
	/* The machine: the plainest one that it fails on */
	char layout[32];
	char caps[128];
	u64 runs;
	double seconds;
	bool is_minimum; /* no single op can go, none of its arguments be plainer */
};

enum minimise_verdict {
	MINIMISE_DONE,
	MINIMISE_PASSES, /* the trace does not fail, or not in that way */
	MINIMISE_UNABLE, /* says why in the error */
};

/**
 * minimise() - make a trace as small as can be
 *
 * It starts runners of its own. When time runs out, what was reached is the result. @result is to be
 * freed by minimised_free() in any case.
 */
enum minimise_verdict minimise(const struct minimise_task *task, struct minimised *result,
                               struct error *err);
void minimised_free(struct minimised *result);

#endif
