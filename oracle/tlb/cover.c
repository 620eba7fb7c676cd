// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors, and what a TLBI takes away (Arm ARM C5.5, D8.3). */
#include "oracle/tlb/rules.h"

u64 tlb_span(const struct tlb *tlb, int level)
{
	return BIT(tlb->page_shift + (tlb->page_shift - 3) * (3 - level));
}

/* Stage-2 and EL2's stage-1 leaf attributes (D8.3.2) */
#define ATTR_AF BIT(10)
#define ATTR_SOFTWARE GENMASK(58, 55)
#define S2_R BIT(6)
#define S2_W BIT(7)
#define S2_XN GENMASK(54, 53)
#define S1_READ_ONLY BIT(7)
#define S1_XN BIT(54)

#define MAY_READ 1
#define MAY_WRITE 2
#define MAY_FETCH_EL1 4
#define MAY_FETCH_EL0 8

/* XN[1:0] of stage 2 is an order of its own: EL1 and EL0 apart (D8.4.1) */
static unsigned int fetches(u64 desc)
{
	switch ((desc & S2_XN) >> 53) {
	case 0:
		return MAY_FETCH_EL1 | MAY_FETCH_EL0;
	case 1:
		return MAY_FETCH_EL0;
	case 3:
		return MAY_FETCH_EL1;
	default:
		return 0;
	}
}

static unsigned int permissions(bool stage2, u64 desc)
{
	if (stage2)
		return (desc & S2_R ? MAY_READ : 0) | (desc & S2_W ? MAY_WRITE : 0) | fetches(desc);
	return MAY_READ | (desc & S1_READ_ONLY ? 0 : MAY_WRITE) |
	       (desc & S1_XN ? 0 : MAY_FETCH_EL1 | MAY_FETCH_EL0);
}

/*
 * The access flag: an entry without it is not cached, and that a TLB says the page was used when it is
 * old is no harm (D8.5, The Access flag). Software bits are nothing to hardware.
 */
enum tlb_change tlb_change_of(bool stage2, int level, u64 was, u64 is)
{
	const u64 perms = stage2 ? S2_R | S2_W | S2_XN : S1_READ_ONLY | S1_XN;
	const u64 diff = (was ^ is) & ~(ATTR_SOFTWARE | ATTR_AF);
	unsigned int before, after;

	if (tlb_is_table(was, level) != tlb_is_table(is, level))
		return TLB_CHANGE_SIZE;
	if (!diff || (tlb_is_table(was, level) && !(diff & GENMASK(47, 12))))
		return TLB_CHANGE_NONE;
	if (diff & ~perms)
		return TLB_CHANGE_OTHER;

	before = permissions(stage2, was);
	after = permissions(stage2, is);
	return before & ~after ? TLB_CHANGE_CUT :
	       after & ~before ? TLB_CHANGE_RELAXED :
	                         TLB_CHANGE_NONE;
}

bool tlb_is_executable(u64 desc)
{
	return fetches(desc);
}

/* MemAttr[3:0]: Normal, Inner and Outer Write-Back; with FEAT_S2FWB another encoding (D8.6.5) */
bool tlb_is_cacheable(u64 desc, bool fwb)
{
	return (desc >> 2 & 15) == (fwb ? 6 : 15);
}

#define OPERAND_PAGE GENMASK(43, 0)
#define IPA_PAGE GENMASK(39, 0)
#define RANGE_PAGE GENMASK(36, 0)

struct target {
	u64 start, size; /* addresses; size 0: one */
	int level; /* hinted; -1: none */
};

/* An operand of one address has its page, in units of 4 KiB, and TTL; one of a range SCALE, NUM and TTL. */
static void decode(const struct event *event, enum tlbi_what what, struct target *target)
{
	const u64 arg = event->arg;

	target->size = 0;
	if (what == TLBI_WHAT_RANGE_IPA || what == TLBI_WHAT_RANGE_IPA_LEAF ||
	    what == TLBI_WHAT_RANGE_VA || what == TLBI_WHAT_RANGE_VA_LEAF) {
		const unsigned int scale = arg >> 44 & 3, num = arg >> 39 & 31;

		target->start = (arg & (event->size ? IPA_PAGE : RANGE_PAGE)) << 12;
		/* (NUM + 1) * 2^(5 * SCALE + 1) granules */
		target->size = event->size ? event->size : (u64)(num + 1) << (5 * scale + 1) << 12;
		target->level = event->size || !(arg >> 37 & 3) ? -1 : (int)(arg >> 37 & 3);
		return;
	}
	target->start = (arg & (what < TLBI_WHAT_EL2_ALL ? IPA_PAGE : OPERAND_PAGE)) << 12;
	target->level = arg >> 46 & 3 ? (int)(arg >> 44 & 3) : -1;
	/* Level 0 is no level of a leaf: no hint (C5.5, TTL) */
	if (!target->level)
		target->level = -1;
}

/* The upper bits of a VA that were cut off in an operand are a copy of bit 55. */
static bool meets(const struct tlb *tlb, const struct target *target, const struct tlb_debt *debt)
{
	const u64 span = tlb_span(tlb, debt->level), ia = debt->ia & GENMASK(55, 0);

	if (!target->size)
		return target->start - ia < span;
	return target->start < ia + span && ia < target->start + target->size;
}

static bool is_leaf_only(enum tlbi_what what)
{
	return what == TLBI_WHAT_IPA_LEAF || what == TLBI_WHAT_RANGE_IPA_LEAF ||
	       what == TLBI_WHAT_VA_LEAF || what == TLBI_WHAT_RANGE_VA_LEAF;
}

static bool is_range(enum tlbi_what what)
{
	return what == TLBI_WHAT_RANGE_IPA || what == TLBI_WHAT_RANGE_IPA_LEAF ||
	       what == TLBI_WHAT_RANGE_VA || what == TLBI_WHAT_RANGE_VA_LEAF;
}

/* An address, or a range: of the right level, and of tables if it has to be. */
static enum tlb_rule covers_address(const struct tlb *tlb, const struct event *event,
                                    const struct tlb_debt *debt)
{
	const enum tlbi_what what = tlbi_what(event->op);
	struct target target;

	decode(event, what, &target);
	if (!meets(tlb, &target, debt)) {
		/* Next to it, and short of it */
		return is_range(what) && target.start + target.size <= debt->ia &&
		                       debt->ia - target.start < 2 * target.size ?
		               TLB_RULE_RANGE :
		               TLB_RULE_MISSING;
	}
	if (debt->table && is_leaf_only(what))
		return TLB_RULE_LAST_LEVEL;
	if (target.level >= 0 && (debt->table || target.level != debt->level))
		return TLB_RULE_LEVEL;
	return TLB_RULE_NONE;
}

static bool is_of_stage2(enum tlbi_what what)
{
	return what != TLBI_WHAT_NOTHING && what < TLBI_WHAT_EL2_ALL && what != TLBI_WHAT_EL1_VA &&
	       what != TLBI_WHAT_VMID_S1;
}

bool tlb_target(const struct event *event, u64 *addr)
{
	const enum tlbi_what what = tlbi_what(event->op);
	struct target target;

	if (what == TLBI_WHAT_EL1_ALL || what == TLBI_WHAT_VMID_S12 || what == TLBI_WHAT_EL2_ALL ||
	    is_range(what))
		return false;
	decode(event, what, &target);
	*addr = target.start;

	return true;
}

enum tlb_rule tlb_covers(const struct tlb *tlb, const struct event *event,
                         const struct tlb_debt *debt)
{
	const struct tlb_context *context = &tlb->contexts[debt->context];
	const enum tlbi_what what = tlbi_what(event->op);
	enum tlb_rule rule = TLB_RULE_NONE;

	if (context->stage2 ? !is_of_stage2(what) : what < TLBI_WHAT_EL2_ALL)
		return TLB_RULE_MISSING;
	if (what != TLBI_WHAT_EL1_ALL && what != TLBI_WHAT_VMID_S12 && what != TLBI_WHAT_EL2_ALL)
		rule = covers_address(tlb, event, debt);
	if (rule)
		return rule;
	if (context->stage2 && what != TLBI_WHAT_EL1_ALL && event->vttbr >> 48 != context->vmid)
		return TLB_RULE_VMID;
	if (debt->need == TLB_NEED_ALL && !tlbi_is_shared(event->op))
		return TLB_RULE_SCOPE;

	return TLB_RULE_NONE;
}
