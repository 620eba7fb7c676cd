/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a correct host does once a trace is over: it takes back all that it gave away. After that nothing
 * may be left: every page outside the boot's is the host's alone, every pin and share is gone, every VM
 * slot is free.
 */
#ifndef EL2FUZZ_TEARDOWN_H
#define EL2FUZZ_TEARDOWN_H

#include "oracle/check.h"

enum teardown_stage {
	TEARDOWN_PUT,
	TEARDOWN_START,
	TEARDOWN_RECLAIM,
	TEARDOWN_FINALIZE,
	TEARDOWN_WALK,
	TEARDOWN_FFA,
	TEARDOWN_UNSHARE,
	TEARDOWN_UNRESERVE,
	TEARDOWN_DONE,
};

/* How far the host has got. What to do next, the model's state says. */
struct teardown {
	const struct model *model;
	enum teardown_stage stage;
	unsigned int vm; /* in vms.vm[] */
	u32 at; /* in its pages, in the dirty pages, in the slots: as the stage goes */
	u32 was; /* pages that the VM had at the step before */
	u64 cleared; /* PA of a page that must read as zero now, or 0 */
	/* the memcaches of the VM just destroyed */
	u64 heads[MODEL_NR_LISTS];
	u32 lengths[MODEL_NR_LISTS];
	unsigned int list;
	u32 left;
};

/** teardown_needed() - has the host anything to take back? */
bool teardown_needed(const struct model *model);

void teardown_begin(struct teardown *td, const struct model *model);

/**
 * teardown_next() - the host's next op
 * @out: what the one before did
 *
 * Return: false when there is nothing left to do.
 */
bool teardown_next(struct teardown *td, const struct outcome *out, struct op *op);

/** check_leaks() - is nothing left? Only after the teardown; -1 with the finding filled */
int check_leaks(struct check *check);

#endif
