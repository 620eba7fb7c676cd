// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a TLBI must remove (Arm ARM C5.5, D8.17). A TLB may hold any entry of L1's stage 2 as it was since
 * the last TLBI for it; of it KVM may have made several leaves. One that covers a part of the entry
 * removes all of it.
 */
#include "oracle/nested/check.h"

static bool is_range(u64 tlbi)
{
	return (tlbi >= NESTED_TLBI_RIPAS2E1IS && tlbi <= NESTED_TLBI_RIPAS2LE1OS) ||
	       tlbi == NESTED_TLBI_RIPAS2E1ISNXS;
}

static bool is_ipa(u64 tlbi)
{
	return tlbi <= NESTED_TLBI_IPAS2LE1OS || tlbi == NESTED_TLBI_IPAS2E1ISNXS;
}

static bool is_vmid(u64 tlbi)
{
	return (tlbi >= NESTED_TLBI_VMALLS12E1IS && tlbi <= NESTED_TLBI_VMALLS12E1OS) ||
	       tlbi == NESTED_TLBI_VMALLS12E1ISNXS;
}

static bool is_all(u64 tlbi)
{
	return (tlbi >= NESTED_TLBI_ALLE1IS && tlbi <= NESTED_TLBI_ALLE1OS) ||
	       tlbi == NESTED_TLBI_ALLE1ISNXS;
}

/* The granule of a TG field: 1, 2 and 3 are 4, 16 and 64 KiB */
static unsigned int granule_of(unsigned int tg)
{
	return 10 + 2 * tg;
}

/* TTL is in bits 47..44: granule, and level if it is not 0. A wrong hint may miss. */
static bool covers_ipa(const struct nested_entry *entry, u64 value)
{
	unsigned int ttl = value >> 44 & 15;
	u64 ipa = (value & GENMASK(35, 0)) << 12;

	if (ttl >> 2 && (granule_of(ttl >> 2) != entry->granule ||
	                 (ttl & 3 && (int)(ttl & 3) != entry->l1_level)))
		return false;
	return ipa - entry->l1_ipa < entry->l1_size;
}

/* TG in 47..46, SCALE in 45..44, NUM in 43..39, TTL in 38..37, BaseADDR in 36..0 */
static void range_of(const struct nested_entry *entry, u64 value, u64 *base, u64 *size)
{
	*base = (value & GENMASK(36, 0)) << entry->granule;
	*size = ((value >> 39 & 31) + 1) << (5 * (value >> 44 & 3) + 1) << entry->granule;
}

static bool covers_range(const struct nested_entry *entry, u64 value)
{
	unsigned int tg = value >> 46 & 3, ttl = value >> 37 & 3;
	u64 base, size;

	if (!tg || granule_of(tg) != entry->granule || (ttl && (int)ttl != entry->l1_level))
		return false;
	range_of(entry, value, &base, &size);
	return base < entry->l1_ipa + entry->l1_size && entry->l1_ipa < base + size;
}

bool nested_beside(const struct nested_entry *entry, u64 tlbi, u64 value)
{
	u64 base, size;

	range_of(entry, value, &base, &size);
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

bool nested_covers(const struct nested_model *m, const struct nested_context *context,
                   const struct nested_entry *entry, const struct nested_vcpu *vcpu, u64 tlbi,
                   u64 value)
{
	(void)m;
	if (is_all(tlbi))
		return true;
	if (vmid_of(context->vttbr) != vmid_of(vcpu->regs[NESTED_REG_vttbr_el2]))
		return false;
	if (is_vmid(tlbi))
		return true;
	/* Without a stage 2 there is no entry that an IPA could name. */
	if (!context->s2_enabled || misses_crowded(entry, tlbi, value))
		return false;
	return is_ipa(tlbi) ? covers_ipa(entry, value) :
	                      is_range(tlbi) && covers_range(entry, value);
}
