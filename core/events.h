/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What EL2 does to translations and caches in a step, in order: TLB maintenance, barriers, changes of the
 * translation context, cache maintenance, guests that it enters. The same on every core but for addresses.
 */
#ifndef EL2FUZZ_EVENTS_H
#define EL2FUZZ_EVENTS_H

#include "core/tlbi_table.h"
#include "core/types.h"

enum event_kind {
	EVENT_TLBI, /* op: enum tlbi; arg: its register */
	EVENT_DSB, /* op: CRm, enum dsb */
	EVENT_ISB,
	EVENT_REG, /* op: enum event_reg; arg: what is written there */
	EVENT_DCACHE, /* lines cleaned and invalidated to the point of coherency; arg: PA, size */
	EVENT_ICACHE, /* instructions invalidated to the point of unification; the same */
	EVENT_GUEST, /* EL1 is entered under another stage 2 than the host's */
	EVENT_FREE, /* a page of tables goes back to its allocator, where the core can tell; arg: PA */
	EVENT_KIND_COUNT
};

enum tlbi {
#define T(name, ...) TLBI_##name,
	TLBIS(T)
#undef T
		TLBI_OTHER, /* none of the table's */
};

/* What a TLBI takes away: see tlbi_table.h. */
enum tlbi_what {
	TLBI_WHAT_NOTHING,
	TLBI_WHAT_VMID_S1,
	TLBI_WHAT_VMID_S12,
	TLBI_WHAT_EL1_ALL,
	TLBI_WHAT_EL1_VA,
	TLBI_WHAT_IPA,
	TLBI_WHAT_IPA_LEAF,
	TLBI_WHAT_RANGE_IPA,
	TLBI_WHAT_RANGE_IPA_LEAF,
	TLBI_WHAT_EL2_ALL,
	TLBI_WHAT_VA,
	TLBI_WHAT_VA_LEAF,
	TLBI_WHAT_RANGE_VA,
	TLBI_WHAT_RANGE_VA_LEAF,
};

/* CRm of a DSB: bits 3..2 who must see, bits 1..0 which accesses (Arm ARM C6.2, DSB) */
enum dsb {
	DSB_oshld = 1,
	DSB_oshst,
	DSB_osh,
	DSB_nshld = 5,
	DSB_nshst,
	DSB_nsh,
	DSB_ishld = 9,
	DSB_ishst,
	DSB_ish,
	DSB_ld = 13,
	DSB_st,
	DSB_sy,
};

enum event_reg { EVENT_VTTBR_EL2, EVENT_VTCR_EL2, EVENT_HCR_EL2, EVENT_TTBR0_EL2, EVENT_REG_COUNT };

/* Of HCR_EL2, the bits that say which translations there are, and whose a TLBI is. */
#define EVENT_HCR_MASK (BIT(0) | BIT(27) | BIT(34)) /* VM, TGE, E2H */

struct event {
	u8 kind; /* enum event_kind */
	u8 op;
	u16 cpu;
	u32 hcr; /* HCR_EL2 just then: bit 0 VM, bit 1 TGE */
	u64 arg;
	u64 size; /* bytes */
	u64 vttbr; /* VTTBR_EL2 just then */
	u64 pc; /* where; each core has its own */
};

#define EVENTS_MAX 4096

struct event_log {
	bool on;
	u32 nr; /* kept */
	u32 lost; /* more than that */
	u64 vttbr, hcr; /* as they stand */
	/* Told of each as it happens, before EL2 goes on; may be NULL. */
	void (*visit)(void *arg, const struct event *event);
	void *arg;
	struct event events[EVENTS_MAX];
};

/** tlbi_by_encoding() - %TLBI_OTHER if the table has it not */
enum tlbi tlbi_by_encoding(unsigned int op1, unsigned int crm, unsigned int op2);
enum tlbi tlbi_by_name(const char *name);
const char *tlbi_name(enum tlbi op);
enum tlbi_what tlbi_what(enum tlbi op);

/** tlbi_is_shared() - does it reach the other CPUs of the inner shareable domain? */
bool tlbi_is_shared(enum tlbi op);

const char *dsb_name(unsigned int crm);

/** events_begin() - a step begins under the host's stage 2; what the last one did is forgotten */
void events_begin(struct event_log *log, u64 vttbr);

/** events_add() - one more; its context is filled in here */
void events_add(struct event_log *log, const struct event *event);

/* Of a stage 2, what KVM has functions to flush: __kvm_tlb_flush_vmid_ipa(), _ipa_nsh(), _range(), _vmid() */
enum event_flush { EVENT_FLUSH_IPA, EVENT_FLUSH_IPA_NSH, EVENT_FLUSH_RANGE, EVENT_FLUSH_VMID };
#define EVENT_ANY_LEVEL (-1)

/**
 * events_add_flush() - the events of such a function, where the harness stands in for it
 *
 * They are what it promises: stage 2, then all of stage 1 that was made with it, with barriers around, under its VMID.
 *
 * @vttbr: VTTBR_EL2 of the stage 2
 * @ipa: bytes
 * @size: of a range, bytes
 * @level: the hint for an IPA, or %EVENT_ANY_LEVEL
 * @page_shift: log2 of the granule's size
 */
void events_add_flush(struct event_log *log, u64 vttbr, enum event_flush flush, u64 ipa, u64 size,
                      int level, unsigned int page_shift);

/** event_describe() - one line of words; Return: @buf */
const char *event_describe(const struct event *event, char *buf, size_t len);

/** event_hash() - of what is the same on every core */
u64 event_hash(const struct event *event);

#define EVENT_TEXT 160

/**
 * events_differ() - what two cores did in one step, side by side
 *
 * Return: the number of the first event that differs, with @one and @other described; -1 if there is none.
 */
int events_differ(const struct event_log *one, const struct event_log *other,
                  char text_one[EVENT_TEXT], char text_other[EVENT_TEXT]);

#endif
