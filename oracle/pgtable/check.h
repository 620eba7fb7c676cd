/* SPDX-License-Identifier: GPL-2.0-only */
/* Comparisons of the pgtable world: what the library did against what the model expects. */
#ifndef EL2FUZZ_PGTABLE_CHECK_H
#define EL2FUZZ_PGTABLE_CHECK_H

#include "oracle/finding.h"
#include "oracle/pgtable/model.h"

struct pt_check {
	struct core *core;
	struct pt_model *model;
	struct finding *finding; /* filled at the first difference */
	bool any_error; /* where an error is due, any error will do */
	u64 digest; /* of all that was looked at */
	u64 tlbis, full_tlbis, needless_tlbis; /* see struct lockstep_result */
};

/** pt_check_outcome() - what the op returned; 0, or -1 with the finding filled, as all of these */
int pt_check_outcome(struct pt_check *check, const struct outcome *out);

/** pt_check_step() - allocator, maintenance and the entries that the op could change */
int pt_check_step(struct pt_check *check);

/** pt_check_everything() - every entry and every count of every table, and what was freed */
int pt_check_everything(struct pt_check *check);

/** pt_check_debts() - TLB invalidation that the step owes */
int pt_check_debts(struct pt_check *check);

int pt_fail(struct pt_check *check, enum finding_class class, const char *what,
            const char *expected, const char *actual);

/** pt_describe_entry() - in words, into @buf; Return: @buf */
const char *pt_describe_entry(struct pt_model *m, const struct pt_entry *entry, int level,
                              bool stage2, char *buf, size_t len);
const char *pt_describe_event(const struct pgtable_event *event, char *buf, size_t len);

#endif
