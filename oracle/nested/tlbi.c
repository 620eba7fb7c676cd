// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a TLBI must remove (Arm ARM C5.5, D8.17). A TLB may hold any entry of L1's stage 2 as it was since
 * the last TLBI for it; of it KVM may have made several leaves. One that covers a part of the entry
 * removes all of it.
 */
#include "oracle/nested/check.h"

#define HCR_TGE BIT(27)

static bool is_range(u64 tlbi)
{
	return nested_tlbi_form(tlbi)->of == NESTED_S2 &&
	       nested_tlbi_form(tlbi)->what == NESTED_RIPA;
}

/* The granule of a TG field: 1, 2 and 3 are 4, 16 and 64 KiB */
static unsigned int granule_of(unsigned int tg)
{
	return 10 + 2 * tg;
}

/* TTL is in bits 47..44: granule, and level if it is not 0. A wrong hint may miss. */
static bool may_miss(u64 value, unsigned int granule, int level)
{
	unsigned int ttl = value >> 44 & 15;

	return ttl >> 2 &&
	       (granule_of(ttl >> 2) != granule || (ttl & 3 && (int)(ttl & 3) != level));
}

static bool covers_ipa(const struct nested_entry *entry, u64 value)
{
	u64 ipa = (value & GENMASK(35, 0)) << 12;

	return !may_miss(value, entry->granule, entry->l1_level) &&
	       ipa - entry->l1_ipa < entry->l1_size;
}

/* TG in 47..46, SCALE in 45..44, NUM in 43..39, TTL in 38..37, BaseADDR in 36..0 */
static void range_of(unsigned int granule, u64 value, u64 *base, u64 *size)
{
	*base = (value & GENMASK(36, 0)) << granule;
	*size = ((value >> 39 & 31) + 1) << (5 * (value >> 44 & 3) + 1) << granule;
}

static bool range_may_miss(u64 value, unsigned int granule, int level)
{
	unsigned int tg = value >> 46 & 3, ttl = value >> 37 & 3;

	return !tg || granule_of(tg) != granule || (ttl && (int)ttl != level);
}

static bool covers_range(const struct nested_entry *entry, u64 value)
{
	u64 base, size;

	if (range_may_miss(value, entry->granule, entry->l1_level))
		return false;
	range_of(entry->granule, value, &base, &size);
	return base < entry->l1_ipa + entry->l1_size && entry->l1_ipa < base + size;
}

bool nested_beside(const struct nested_entry *entry, u64 tlbi, u64 value)
{
	u64 base, size;

	range_of(entry->granule, value, &base, &size);
	return is_range(tlbi) &&
	       (entry->leaf.ipa + entry->leaf.size <= base || base + size <= entry->leaf.ipa);
}

void nested_crowd(struct nested_context *context, struct nested_entry *entry)
{
	for (u32 i = 0; i < context->nr; i++) {
		struct nested_entry *other = &context->entries[i];

		if (other->l1_ipa >= entry->l1_ipa + entry->l1_size ||
		    entry->l1_ipa >= other->l1_ipa + other->l1_size ||
		    (other->l1_ipa == entry->l1_ipa && other->l1_size == entry->l1_size))
			continue;
		other->crowded = entry->crowded = true;
	}
}

/*
 * Of two sizes that L1 gave for one address without break-before-make, a TLB may have either (CONSTRAINED
 * UNPREDICTABLE), and KVM has that of the leaf there: what it must remove is the leaf itself.
 */
static bool misses_crowded(const struct nested_entry *entry, u64 tlbi, u64 value)
{
	u64 ipa = (value & GENMASK(35, 0)) << 12;

	return entry->crowded && (is_range(tlbi) ? nested_beside(entry, tlbi, value) :
	                                           ipa - entry->leaf.ipa >= entry->leaf.size);
}

bool nested_covers(const struct nested_context *context, const struct nested_entry *entry,
                   const struct nested_vcpu *vcpu, u64 tlbi, u64 value)
{
	const struct nested_tlbi_form *what = nested_tlbi_form(tlbi);

	if (what->of != NESTED_S2)
		return false;
	if (what->what == NESTED_ALL)
		return true;
	if (vmid_of(context->vttbr) != vmid_of(vcpu->regs[NESTED_REG_vttbr_el2]))
		return false;
	if (what->what == NESTED_VMID)
		return true;
	/* Without a stage 2 there is no entry that an IPA could name. */
	if (!context->s2_enabled || misses_crowded(entry, tlbi, value))
		return false;
	return what->what == NESTED_IPA ? covers_ipa(entry, value) : covers_range(entry, value);
}

/* Of a VA, bits 63..56 are no part; ASID is in bits 63..48 (C5.5). */
static bool covers_va(const struct nested_vncr_entry *entry, u64 value)
{
	u64 va = (value & GENMASK(43, 0)) << 12;

	return !may_miss(value, entry->granule, entry->level) &&
	       !((va ^ entry->va) & GENMASK(55, 0) & ~(entry->size - 1));
}

/* A range starts at a VA of 49 bits at least, of which the last is the sign. */
static bool covers_va_range(const struct nested_vncr_entry *entry, u64 value)
{
	u64 base, size, start = ALIGN_DOWN(entry->va, entry->size);

	if (range_may_miss(value, entry->granule, entry->level))
		return false;
	range_of(entry->granule, value, &base, &size);
	base = (u64)((s64)(base << 15) >> 15);
	return start >= base ? start - base < size : base - start < entry->size;
}

bool nested_covers_vncr(const struct nested_vncr_entry *entry, const struct nested_vcpu *vcpu,
                        bool same_pe, u64 tlbi, u64 value)
{
	const struct nested_tlbi_form *what = nested_tlbi_form(tlbi);
	const bool same_asid = value >> 48 == entry->asid;

	if (what->of == NESTED_S2 ||
	    (what->of == NESTED_EL1 && !(vcpu->regs[NESTED_REG_hcr_el2] & HCR_TGE)))
		return false;
	/* What is not translated is in no TLB. */
	if (entry->off || (what->where == NESTED_THIS_PE && !same_pe))
		return false;
	switch (what->what) {
	case NESTED_ALL:
		return true;
	case NESTED_ASID:
		return !entry->global && same_asid;
	case NESTED_VA:
		return (entry->global || same_asid) && covers_va(entry, value);
	case NESTED_VAA:
		return covers_va(entry, value);
	case NESTED_RVA:
		return (entry->global || same_asid) && covers_va_range(entry, value);
	case NESTED_RVAA:
		return covers_va_range(entry, value);
	default:
		return false;
	}
}
