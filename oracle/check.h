/* SPDX-License-Identifier: GPL-2.0-only */
/* Comparisons: what was seen against what the model expects. */
#ifndef EL2FUZZ_CHECK_H
#define EL2FUZZ_CHECK_H

#include "core/core.h"
#include "oracle/finding.h"
#include "oracle/model.h"

struct check {
	struct core *core;
	const struct model *model;
	struct finding *finding; /* filled at the first difference */
	bool any_error; /* where an error is due, any error will do */
	bool exact; /* name what is wrong by its page, where a walk of the tables would find it, too */
	bool boot; /* nothing ran yet: compare all there is, not only what changed */
	u64 control[NR_MACHINE_CPUS]; /* core_control() after boot */
	u64 digest; /* of all that was looked at */
	bool insecure; /* the secure world reaches what it must not */
};

/* check_digest_add() - one more observed value */
static inline void check_digest_add(struct check *check, u64 value)
{
	check->digest = (check->digest ^ value) * 0xff51afd7ed558ccdULL;
	check->digest ^= check->digest >> 32;
}

/** check_digest_words() - up to eight observed values; they do not wait for one another */
static inline void check_digest_words(struct check *check, const u64 *words, unsigned int nr)
{
	u64 sum = 0;

	for (unsigned int i = 0; i < nr; i++) {
		u64 word = (words[i] + i) * 0x9e3779b97f4a7c15ULL;

		sum += word << 8 * i | word >> (63 - 8 * i) >> 1;
	}
	check_digest_add(check, sum);
}

/**
 * check_outcome() - registers and exit of a step
 *
 * Return: 0, or -1 with the finding filled.
 */
int check_outcome(struct check *check, const struct op *op, const struct expectation *expect,
                  const struct outcome *out);

/**
 * check_crash_place() - where EL2 crashed: what a finding is called by, the same on every core
 *
 * Return: @buf.
 */
const char *check_crash_place(const struct core *core, const struct outcome *out, char *buf,
                              size_t len);

/** check_page() - one page; @index as map_page_index() */
int check_page(struct check *check, u32 index);

/** check_states() - the same but for its leaves, which check_everything() looks at with all others */
int check_states(struct check *check, u32 index);

/** check_slots() - the VM table */
int check_slots(struct check *check);

/** check_touched() - the pages and VM slots that the model says the step could change */
int check_touched(struct check *check);

/** check_secure_world() - what it was told it may use is the host's, who has shared it */
int check_secure_world(struct check *check);

/**
 * check_everything() - every page, every leaf of both page tables, every table's reference count, the
 *			VM table and EL2's control registers
 *
 * Only what changed since boot is read, so the boot itself has to be checked once, with check->boot.
 */
int check_everything(struct check *check);

/** check_table_page() - its reference count */
int check_table_page(struct check *check, u64 pa, int level, unsigned int entries);

/** check_guests() - every leaf and table of every guest's stage-2 */
int check_guests(struct check *check);

/** check_fail() - fill the finding; always -1 */
int check_fail(struct check *check, enum finding_class class, const char *place,
               const char *expected, const char *actual);

/** describe_* - abstract state in words, into @buf; Return: @buf */
const char *describe_state(enum page_state state);
const char *describe_view(const struct page_view *view, char *buf, size_t len);
const char *describe_model(const struct model_page *page, char *buf, size_t len);
const char *describe_outcome(const struct core *core, const struct outcome *out, char *buf,
                             size_t len);
const char *describe_expectation(const struct expectation *expect, char *buf, size_t len);
const char *describe_leaf(const struct leaf *leaf, char *buf, size_t len);

#endif
