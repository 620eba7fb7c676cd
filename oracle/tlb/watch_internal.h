/* SPDX-License-Identifier: GPL-2.0-only */
/* Between watch.c, which follows steps and events, and changes.c, which finds what was written. */
#ifndef EL2FUZZ_TLB_WATCH_INTERNAL_H
#define EL2FUZZ_TLB_WATCH_INTERNAL_H

#include "core/nested/core.h"
#include "core/pgtable/shared.h"
#include "oracle/tlb/casemate.h"
#include "oracle/tlb/tables.h"
#include "oracle/tlb/watch.h"

/* The contexts that are always there; in the nested world they are the stages 2 that KVM keeps, by number. */
enum { CONTEXT_HOST, CONTEXT_EL2, NR_FIXED };

/* Changes that wait for the step's events, where their order is not known. */
#define MAX_LATE 4096

#define MAX_DUE (PGTABLE_POOL_PAGES + NESTED_POOL_PAGES)

struct given {
	u64 pa, size;
};

struct tlb_watch {
	struct core *core;
	enum tlb_mode mode;
	struct tlb tlb;
	struct tlb_tables tables;
	struct tlb_root roots[TLB_MAX_CONTEXTS]; /* of each context */
	bool exact; /* look at all tables */
	u32 nr_fixed; /* contexts that are always there */
	bool knows_writes; /* the core does */
	/* In the page-table world: what the op may change; [start, end) */
	u32 scope_context;
	u64 scope_start, scope_end;
	u32 due[MAX_DUE]; /* tables that are looked at now */
	u64 nr_told; /* events of the driver's that were seen */
	bool stepping; /* events are of a step of a trace */
	bool excused; /* the caller said that it does the maintenance itself */
	bool late; /* new entries go to writes[] */
	struct tlb_write writes[MAX_LATE];
	u32 nr_writes;
	struct given given[64];
	u32 nr_given;
	u32 nr_live; /* contexts */
	struct casemate casemate;
	unsigned int cpu; /* that issues ops */
	u64 args[OP_MAX_ARGS]; /* of the step */
	unsigned int nr_args;
};

/** watch_is_el2() - is it the world of the hypervisor, whose pages have owners? */
static inline bool watch_is_el2(const struct tlb_watch *w)
{
	return core_config(w->core)->world == WORLD_EL2;
}

/** watch_set_scope() - of a step of the page-table world: what may change */
void watch_set_scope(struct tlb_watch *w, const struct op *op, const u64 args[OP_MAX_ARGS]);

/** watch_diff() - what changed since the last time goes to w->tlb; @all: in tables that need not have, too */
void watch_diff(struct tlb_watch *w, bool all);

#endif
