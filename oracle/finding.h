/* SPDX-License-Identifier: GPL-2.0-only */
/* What lockstep reports: the first step at which the core did what the model does not allow. */
#ifndef EL2FUZZ_FINDING_H
#define EL2FUZZ_FINDING_H

#include <errno.h>

#include "core/types.h"

enum finding_class {
	FINDING_NONE,
	FINDING_RETURN, /* other registers or another exit than the model says */
	FINDING_STATE, /* a page is in another state than the model says */
	FINDING_INVARIANT, /* a rule over the whole state is broken */
	FINDING_BUG, /* WARN or BUG in EL2 */
	FINDING_EXCEPTION, /* EL2 took an exception from itself */
	FINDING_HANG,
	FINDING_DIGEST, /* the same trace gave another digest */
	FINDING_HARNESS, /* the runner died on the trace */
	FINDING_CORES, /* two cores did not do the same */
	FINDING_SANITIZER, /* a check in the core: of memory, undefined behaviour, locks */
	FINDING_TLB, /* a rule of TLB or cache maintenance is broken */
	FINDING_CLASS_COUNT
};

#define FINDING_TEXT_MAX 4096

struct finding {
	enum finding_class class;
	u32 step; /* index of the op; the number of ops if found at the end of the trace, or after it */
	char op[32]; /* name of the op at that step, or in the teardown; "end" at the end */
	/*
	 * Where: function and kind for a crash ("host_stage2_decode_gfn_meta mem_protect.c:512"), the
	 * model's rule and the field that differs for the others ("share_hyp host_state").
	 */
	char place[160];
	char expected[FINDING_TEXT_MAX];
	char actual[FINDING_TEXT_MAX]; /* for a crash: what, where and the backtrace */
};

/**
 * finding_other_error() - where an error is due, is what came another one, which refuses as well?
 *
 * -EAGAIN refuses nothing: who is told so tries again, and for ever.
 */
static inline bool finding_other_error(u64 due, u64 actual)
{
	return due >= (u64)-4095 && actual >= (u64)-4095 && actual != (u64)-EAGAIN;
}

/** finding_class_name() - "return", "state", ... */
const char *finding_class_name(enum finding_class class);

/** finding_class_by_name() - the inverse; %FINDING_NONE if there is no such class */
enum finding_class finding_class_by_name(const char *name);

/**
 * finding_signature() - the identity under which findings are counted as one
 *
 * "class op place", with line numbers left out, so that it holds across builds. All accesses of the host are
 * one op. Return: @buf.
 */
const char *finding_signature(const struct finding *finding, char *buf, size_t len);

#endif
