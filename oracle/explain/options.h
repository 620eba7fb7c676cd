/* SPDX-License-Identifier: GPL-2.0-only */
/* How a run is to be told. */
#ifndef EL2FUZZ_EXPLAIN_OPTIONS_H
#define EL2FUZZ_EXPLAIN_OPTIONS_H

#include "core/types.h"

enum explain_kind {
	EXPLAIN_TEXT,
	EXPLAIN_JSON, /* an object a line */
	EXPLAIN_SELFTEST, /* transitions, as the kernel's own test of ownership writes them */
	EXPLAIN_CASEMATE, /* what was done to tables and TLBs, as another checker reads it; --tlb full */
	EXPLAIN_KIND_COUNT
};

#define EXPLAIN_EVERY_STEP ~0U

struct explain_options {
	u32 kind; /* enum explain_kind */
	u32 instructions; /* 1: with those that EL2 ran, where the core can tell them */
	u32 step; /* of this step alone, or %EXPLAIN_EVERY_STEP */
};

#endif
