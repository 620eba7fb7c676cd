/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of TLB and cache maintenance: a state machine for each translation table entry that was changed,
 * moved on by the events of a step (core/events.h). It knows no core and no kernel; watch.c finds the changes.
 *
 * Sources are sections of the Arm ARM (DDI 0487), by title: "TLB maintenance" (D8.16 in recent issues) with
 * "Using break-before-make when updating translation table entries", "TLB invalidation scope"; the instructions
 * in C5.5; DSB in C6.2 and "Memory barriers" in B2. What the kernel adds is cited by its function.
 */
#ifndef EL2FUZZ_TLB_H
#define EL2FUZZ_TLB_H

#include "core/events.h"

enum tlb_rule {
	TLB_RULE_NONE,
	/*
	 * A valid entry gets another output address, type, size, memory type or shareability only by way of an
	 * invalid one, and is valid again only once the TLBI for it is complete. (Using break-before-make)
	 */
	TLB_RULE_BBM,
	/* What was valid and is not, or is less, has to be invalidated, ... (TLB maintenance requirements) */
	TLB_RULE_MISSING,
	/* ... after it was written, ... */
	TLB_RULE_EARLY,
	/* ... on every PE that may hold it, ... (TLB invalidation scope: shareability) */
	TLB_RULE_SCOPE,
	/* ... under its own VMID, ... (TLBI IPAS2E1IS: "the current VMID") */
	TLB_RULE_VMID,
	/* ... at its own level, if one is hinted: a wrong one invalidates nothing, ... (C5.5, TTL) */
	TLB_RULE_LEVEL,
	/* ... with walks that went through it, if it led to a table, ... (TLBI VALE2IS: the last level only) */
	TLB_RULE_LAST_LEVEL,
	/* ... with all of its addresses in a range, ... (TLBI RIPAS2E1IS) */
	TLB_RULE_RANGE,
	/* ... and with what stage 1 was combined with it. (TLBI IPAS2E1IS applies to stage 2 only) */
	TLB_RULE_STAGE1,
	/* The walkers see the write before the TLBI: a DSB of stores, of their domain. (B2, DSB and walks) */
	TLB_RULE_DSB_BEFORE,
	/* Stage 2 is gone everywhere before stage 1 is: a walk would combine them again. */
	TLB_RULE_DSB_BETWEEN,
	/* A TLBI is complete after a DSB of loads and stores of its domain. (C6.2, DSB) */
	TLB_RULE_DSB_AFTER,
	/* A new entry is seen by the walkers after a DSB of stores. (B2, ordering of translation table walks) */
	TLB_RULE_DSB_MAKE,
	/* VTTBR_EL2 says whose a TLBI is once the context is synchronised. (D, Context synchronization event) */
	TLB_RULE_ISB_CONTEXT,
	/* More permissions are no use to a CPU that keeps the old ones: it faults again. (on this PE at least) */
	TLB_RULE_RELAX,
	/* A page is a table's until no walker can have a pointer to it. */
	TLB_RULE_TABLE_FREED,
	/* Under one VMID there is one stage 2, until all that was cached of it is invalidated. */
	TLB_RULE_VMID_REUSE,
	/* What a guest left is cleaned to the PoC before the host, who may map it Non-cacheable, gets it. */
	TLB_RULE_CLEAN,
	/* Without FEAT_S2FWB a guest may bypass caches: what it gets is cleaned to the PoC before. */
	TLB_RULE_CLEAN_GUEST,
	/* Instructions are invalidated to the PoU before a guest may fetch them, unless CTR_EL0.DIC says no. */
	TLB_RULE_ICACHE,
	TLB_RULE_COUNT
};

/** tlb_rule_name() - short, for findings: "bbm", "dsb-after"; tlb_rule_text() - what it demands */
const char *tlb_rule_name(enum tlb_rule rule);
const char *tlb_rule_text(enum tlb_rule rule);

#define TLB_MAX_CONTEXTS 32
#define TLB_MAX_DEBTS 4096
#define TLB_DEBT_HEADS 4096

/* The tables that one regime goes by, and who may have cached of them. */
struct tlb_context {
	bool stage2; /* else EL2's stage 1 */
	bool guest; /* a stage 2 that comes and goes */
	bool live; /* entered since it was last flushed as a whole: what it holds may be cached */
	bool delegates; /* who has permissions cut invalidates what was */
	bool flushed; /* a TLBI of all of it waits for its DSB */
	u16 vmid;
	u64 base; /* PA of the first table */
};

/* How far an entry that was changed has got. */
enum tlb_state {
	TLB_WRITTEN, /* walkers may still read what was */
	TLB_VISIBLE, /* they read what is; TLBs may hold what was */
	TLB_STAGE2_ISSUED, /* invalidated in stage 2, not everywhere yet */
	TLB_STAGE2_DONE, /* everywhere; what was combined with stage 1 is left */
	TLB_ISSUED, /* all invalidated, not everywhere yet */
};

enum tlb_need {
	TLB_NEED_ALL, /* broken, or its permissions cut: no PE may use what was */
	TLB_NEED_LOCAL, /* relaxed: this PE must not stick to what was */
	TLB_NEED_DSB, /* new: walkers must get to see it */
};

/* An entry that was changed, until no translation by what it was can be left. */
struct tlb_debt {
	u32 context;
	s8 level;
	bool table; /* it led to one */
	bool cut; /* valid still, with fewer permissions */
	u8 need, state;
	u8 shared; /* was the last TLBI for it broadcast? */
	u8 near_rule; /* enum tlb_rule: why what came close did not do */
	u32 nr_past; /* events before it */
	u16 place, next; /* debts.c */
	u64 ia, was, is;
	u64 page; /* the table's */
};

/* All that is owed: debts.c */
struct tlb_debts {
	struct tlb_debt all[TLB_MAX_DEBTS];
	u16 order
		[TLB_MAX_DEBTS]; /* the first nr are in use, of these the first nr_moving beyond TLB_VISIBLE */
	u16 heads[TLB_DEBT_HEADS]; /* of chains by input address; numbers, plus one */
	u32 nr, nr_moving;
	u32 nr_written; /* in that state */
};

void tlb_debts_init(struct tlb_debts *debts);

/** tlb_debts_clear() - nothing is owed any more */
void tlb_debts_clear(struct tlb_debts *debts);

/** tlb_debts_add() - owed for @ia, the rest zero; NULL if it is too much */
struct tlb_debt *tlb_debts_add(struct tlb_debts *debts, u64 ia);
void tlb_debts_drop(struct tlb_debts *debts, struct tlb_debt *debt);
void tlb_debts_set_state(struct tlb_debts *debts, struct tlb_debt *debt, enum tlb_state state);

/** tlb_debts_next() - what is owed for an entry at @ia, of any level and context, after @last, which may be NULL */
struct tlb_debt *tlb_debts_next(struct tlb_debts *debts, u64 ia, const struct tlb_debt *last);

/* A debt by its place in the order; dropping it puts the last one there. */
static inline struct tlb_debt *tlb_debt(struct tlb_debts *debts, u32 place)
{
	return &debts->all[debts->order[place]];
}

struct tlb_violation {
	enum tlb_rule rule;
	struct tlb_debt debt;
	struct event near_event; /* that came close; kind EVENT_KIND_COUNT: none */
};

struct tlb {
	unsigned int page_shift; /* the granule's */
	u8 bbm; /* FEAT_BBM: 2: a change of size alone needs no break */
	bool fwb, dic; /* FEAT_S2FWB in use; CTR_EL0.DIC */
	bool at_end; /* order within a step is not known */
	struct tlb_context contexts[TLB_MAX_CONTEXTS];
	u32 nr_contexts;
	struct tlb_debts debts;
	bool overflow; /* more than that: the step is not judged */
	bool unsynced; /* VTTBR_EL2 was written, and no ISB since */
	struct tlb_violation broken; /* the first rule that was, TLB_RULE_NONE if none */
	struct event past[256]; /* TLBIs and cache maintenance of the step */
	u32 nr_past;
};

/** tlb_init() - no contexts; @page_shift of the granule */
void tlb_init(struct tlb *tlb, unsigned int page_shift);

/** tlb_add_context() - Return: its number, or -1 if there are too many */
int tlb_add_context(struct tlb *tlb, const struct tlb_context *context);

/** tlb_find_guest() - the context of a guest by its VTTBR_EL2; -1 if it is not live */
int tlb_find_guest(const struct tlb *tlb, u64 vttbr);

/* An entry that was found changed. */
struct tlb_write {
	u32 context;
	s8 level;
	u64 ia; /* the first input address that it translates */
	u64 was, is; /* descriptors */
};

void tlb_note_write(struct tlb *tlb, const struct tlb_write *write);

/** tlb_event() - what EL2 did next */
void tlb_event(struct tlb *tlb, const struct event *event);

/** tlb_page_reused() - a page that was a table is put to another use, or freed */
void tlb_page_reused(struct tlb *tlb, u64 page);

/** tlb_given_back() - memory of a guest's becomes the host's */
void tlb_given_back(struct tlb *tlb, u64 pa, u64 size);

/** tlb_step_begin() / tlb_step_end() - then all that the step owes has to be paid */
void tlb_step_begin(struct tlb *tlb);
void tlb_step_end(struct tlb *tlb);

/** tlb_forget() - what is owed on a context is owed no more: nobody can walk it */
void tlb_forget(struct tlb *tlb, u32 context);

/* cover.c */

static inline bool tlb_valid(u64 desc)
{
	return desc & 1;
}

static inline bool tlb_is_table(u64 desc, int level)
{
	return level < 3 && (desc & 3) == 3;
}

/** tlb_span() - bytes that an entry at @level translates */
u64 tlb_span(const struct tlb *tlb, int level);

/* How two valid descriptors differ. */
enum tlb_change {
	TLB_CHANGE_NONE, /* in what hardware does not look at, or does not cache */
	TLB_CHANGE_RELAXED,
	TLB_CHANGE_CUT,
	TLB_CHANGE_SIZE, /* a block and a table */
	TLB_CHANGE_OTHER, /* needs break-before-make */
};

enum tlb_change tlb_change_of(bool stage2, int level, u64 was, u64 is);

/** tlb_is_executable() / tlb_is_cacheable() - of a stage-2 leaf */
bool tlb_is_executable(u64 desc);
bool tlb_is_cacheable(u64 desc, bool fwb);

/** tlb_target() - the one address that a TLBI is about; false if it is about more */
bool tlb_target(const struct event *event, u64 *addr);

/**
 * tlb_covers() - does a TLBI take away what @debt is about?
 *
 * Return: TLB_RULE_NONE if so; else the rule that says why not, TLB_RULE_MISSING if it is about something else.
 */
enum tlb_rule tlb_covers(const struct tlb *tlb, const struct event *event,
                         const struct tlb_debt *debt);

#endif
