// SPDX-License-Identifier: GPL-2.0-only
/*
 * L1's own stage 1, EL2&0, which VNCR_EL2 is translated by: two sets of tables, in both halves of the VA space, of
 * any granule. What VNCR_EL2 names is what L1 changes and invalidates, as a rule.
 */
#include "fuzz/nested_draft.h"

/* Behind all other tables; a table has at most 64 KiB */
#define TABLE_SIZE 0x10000ULL
#define SETS 2
#define SET_RAM(set) ((24 + 3 * (u64)(set)) * TABLE_SIZE)

/* Four pages, and four blocks behind them, at an entry of level 2 that all granules have */
#define VA_BLOCK 1
#define VA_PAGES 4
#define VA_BLOCKS 4

#define SCTLR_M BIT(0)
#define SCTLR_C BIT(2)
#define TCR_A1 BIT(22)
#define TCR_AS BIT(36)
#define HCR_TGE BIT(27)
#define VNCR_PAGE (~0xfffULL)

static u64 s1_shift(const struct nested_draft *d, u32 level)
{
	return d->own_granule + (d->own_granule - 3) * (3 - level);
}

/* Three levels of 4 KiB, two of more */
static u32 va_bits(const struct nested_draft *d)
{
	return d->own_granule == 12 ? 39 : 36;
}

static u64 table(u32 set, u32 level)
{
	return SET_RAM(set) + (level - 1) * TABLE_SIZE;
}

static u64 entry(const struct nested_draft *d, u32 set, u32 level, u64 va)
{
	u64 entries = BIT(d->own_granule - 3);

	va &= BIT(va_bits(d)) - 1;
	return table(set, level) + 8 * (va >> s1_shift(d, level) & (entries - 1));
}

static u64 pick_va(struct nested_draft *d)
{
	u64 va = chance(d, 3, 4) ?
	                 VA_BLOCK * BIT(s1_shift(d, 2)) + below(d, VA_PAGES) * BIT(s1_shift(d, 3)) :
	                 (VA_BLOCK + 1 + below(d, VA_BLOCKS)) * BIT(s1_shift(d, 2)) +
	                         below(d, 64) * 0x1000;

	if (chance(d, 1, 3))
		va |= GENMASK(63, va_bits(d));
	return hostile(d) ? prng_u64(&d->prng) & VNCR_PAGE : va;
}

static u64 pick_asid(struct nested_draft *d)
{
	static const u16 asids[] = { 1, 2, 0x101 };

	return (u64)asids[below(d, ARRAY_SIZE(asids))] << 48;
}

static u32 level_of(const struct nested_draft *d, u64 va)
{
	return (va & (BIT(va_bits(d)) - 1)) >> s1_shift(d, 2) == VA_BLOCK ? 3 : 2;
}

static u64 leaf(struct nested_draft *d, u32 level)
{
	u64 size = BIT(s1_shift(d, level));
	u64 desc = DESC_ISH | S1_INDEX(below(d, 8)) | (level == 3 ? DESC_PAGE : DESC_BLOCK);

	if (!chance(d, 1, 16))
		desc |= DESC_AF;
	if (!d->calm && chance(d, 1, 3))
		desc |= S1_AP(below(d, 4));
	if (chance(d, 1, 2))
		desc |= S1_NG;
	if (chance(d, 1, 16))
		desc |= DESC_CONT;
	/* Of larger granules the RAM has no whole block: its last bits stay as they are. */
	return desc | ((NESTED_RAM_IPA + nested_output(d, NESTED_PAGE_SIZE)) & ~(size - 1));
}

static void store_leaf(struct nested_draft *d, u32 set, u64 va)
{
	u32 level = level_of(d, va);

	emit(d, OP_l1_store, entry(d, set, level, va), chance(d, 1, 12) ? 0 : leaf(d, level), 0);
}

static u64 tcr(struct nested_draft *d)
{
	static const u8 tg0[] = { 0, 2, 1 }, tg1[] = { 2, 1, 3 };
	u64 tsz = 64 - va_bits(d), i = (d->own_granule - 12) / 2;

	if (hostile(d))
		return prng_u64(&d->prng);
	return tsz | tsz << 16 | (u64)tg0[i] << 14 | (u64)tg1[i] << 30 | (u64)PS_40 << 32 |
	       (chance(d, 1, 4) ? TCR_A1 : 0) | (chance(d, 1, 2) ? TCR_AS : 0);
}

static void write_ttbr(struct nested_draft *d, u64 vcpu, u64 reg)
{
	u32 first = d->own_granule == 12 ? 1 : 2;

	emit(d, OP_l1_write, vcpu, reg,
	     pick_asid(d) | (NESTED_RAM_IPA + table(below(d, SETS), first)));
}

static void write_tcr(struct nested_draft *d, u64 vcpu)
{
	emit(d, OP_l1_write, vcpu, NESTED_REG_tcr_el2, tcr(d));
}

static void write_sctlr(struct nested_draft *d, u64 vcpu)
{
	emit(d, OP_l1_write, vcpu, NESTED_REG_sctlr_el2,
	     chance(d, 1, 8) ? 0 : SCTLR_M | (chance(d, 1, 2) ? SCTLR_C : 0));
}

static void write_vncr(struct nested_draft *d, u64 vcpu)
{
	d->vncr = pick_va(d);
	emit(d, OP_l1_write, vcpu, NESTED_REG_vncr_el2, d->vncr);
}

void nested_build_own(struct nested_draft *d)
{
	u64 at = VA_BLOCK * BIT(s1_shift(d, 2));

	for (u32 set = 0; set < SETS; set++) {
		if (d->own_granule == 12)
			emit(d, OP_l1_store, entry(d, set, 1, at),
			     (NESTED_RAM_IPA + table(set, 2)) | DESC_TABLE, 0);
		emit(d, OP_l1_store, entry(d, set, 2, at),
		     (NESTED_RAM_IPA + table(set, 3)) | DESC_TABLE, 0);
		for (u32 i = 0; i < 4; i++)
			store_leaf(d, set, pick_va(d));
	}
}

void nested_begin_own(struct nested_draft *d, u64 vcpu)
{
	write_tcr(d, vcpu);
	write_ttbr(d, vcpu, NESTED_REG_ttbr0_el2);
	write_ttbr(d, vcpu, NESTED_REG_ttbr1_el2);
	emit(d, OP_l1_write, vcpu, NESTED_REG_mair_el2, S1_MAIR);
	write_sctlr(d, vcpu);
	write_vncr(d, vcpu);
	store_leaf(d, 0, d->vncr);
	store_leaf(d, 1, d->vncr);
}

/* Any instruction of the EL2&0 regime that names so; those of EL1 are, while HCR_EL2.TGE is set. */
static u64 pick_tlbi(struct nested_draft *d, enum nested_tlbi_what what)
{
	u64 i = below(d, NESTED_NR_TLBIS);

	while (nested_tlbi_form(i)->of == NESTED_S2 || nested_tlbi_form(i)->what != what)
		i = (i + 1) % NESTED_NR_TLBIS;
	return i;
}

static void emit_tlbi(struct nested_draft *d, u64 vcpu, u64 tlbi, u64 value)
{
	bool tge = nested_tlbi_form(tlbi)->of == NESTED_EL1 && !chance(d, 1, 8);

	if (tge)
		emit(d, OP_l1_write, vcpu, NESTED_REG_hcr_el2, HCR_TGE);
	emit(d, OP_l1_tlbi, vcpu, tlbi, value);
	if (tge)
		emit(d, OP_l1_write, vcpu, NESTED_REG_hcr_el2, nested_hcr(d));
}

static u64 range_operand(struct nested_draft *d, u64 va)
{
	u64 scale = chance(d, 3, 4) ? 0 : below(d, 4), num = below(d, chance(d, 1, 2) ? 2 : 32);

	va -= below(d, 3) << d->own_granule;
	return nested_range(d->own_granule, va, scale, num) & GENMASK(47, 0);
}

static void invalidate(struct nested_draft *d, u64 vcpu, u64 va)
{
	u64 asid = pick_asid(d), ttl = 0, page;

	if (chance(d, 1, 3))
		ttl = nested_ttl(d->own_granule, level_of(d, va));
	if (chance(d, 1, 16))
		ttl = below(d, 16) << 44;
	/* Any address of a block names it. */
	if (level_of(d, va) == 2 && chance(d, 1, 2))
		va = ALIGN_DOWN(va, BIT(s1_shift(d, 2))) + below(d, BIT(s1_shift(d, 2)));
	page = va >> 12 & GENMASK(43, 0);
	switch (below(d, 8)) {
	case 0:
		emit_tlbi(d, vcpu, pick_tlbi(d, NESTED_ALL), 0);
		break;
	case 1:
		emit_tlbi(d, vcpu, pick_tlbi(d, NESTED_ASID), asid);
		break;
	case 2:
		emit_tlbi(d, vcpu, pick_tlbi(d, NESTED_VAA), asid | ttl | page);
		break;
	case 3:
		emit_tlbi(d, vcpu, pick_tlbi(d, NESTED_RVA), asid | range_operand(d, va));
		break;
	case 4:
		emit_tlbi(d, vcpu, pick_tlbi(d, NESTED_RVAA), range_operand(d, va));
		break;
	default:
		emit_tlbi(d, vcpu, pick_tlbi(d, NESTED_VA), asid | ttl | page);
	}
}

/* Break, invalidate, make; or less */
static void change_leaf(struct nested_draft *d, u64 vcpu)
{
	u64 va = chance(d, 3, 4) ? d->vncr : pick_va(d);
	u32 set = below(d, SETS);

	if (chance(d, 1, 2))
		emit(d, OP_l1_store, entry(d, set, level_of(d, va), va), 0, 0);
	if (chance(d, 3, 4))
		invalidate(d, vcpu, va);
	if (chance(d, 3, 4))
		store_leaf(d, set, va);
	if (chance(d, 1, 4))
		invalidate(d, vcpu, va);
}

/* By an instruction of EL2, or one of EL1 with HCR_EL2.TGE */
static void ask_at(struct nested_draft *d, u64 vcpu)
{
	bool tge = chance(d, 1, 2);

	if (tge)
		emit(d, OP_l1_write, vcpu, NESTED_REG_hcr_el2, HCR_TGE);
	for (u32 i = 0; i < 1 + below(d, 3); i++)
		emit(d, OP_l1_at, vcpu,
		     tge ? below(d, NESTED_NR_ATS) : NESTED_AT_S1E2R + below(d, 2),
		     chance(d, 1, 2) ? d->vncr : pick_va(d));
	if (tge)
		emit(d, OP_l1_write, vcpu, NESTED_REG_hcr_el2, nested_hcr(d));
}

void nested_change_own(struct nested_draft *d, u64 vcpu)
{
	if (!d->calm && chance(d, 1, 8))
		ask_at(d, vcpu);
	switch (below(d, 16)) {
	case 0:
		write_tcr(d, vcpu);
		break;
	case 1:
		write_sctlr(d, vcpu);
		break;
	case 2 ... 3:
		write_ttbr(d, vcpu, NESTED_REG_ttbr0_el2 + below(d, 2));
		break;
	case 4 ... 6:
		write_vncr(d, vcpu);
		break;
	default:
		change_leaf(d, vcpu);
	}
}

void nested_race_own(struct nested_draft *d, u64 vcpu)
{
	u64 at = 1 + below(d, 12);

	emit(d, OP_enter_l1, !vcpu, 0, 0);
	emit(d, OP_enter_l2, vcpu, 0, 0);
	emit(d, OP_meanwhile, at, 0, 0);
	emit(d, OP_l1_store, entry(d, below(d, SETS), level_of(d, d->vncr), d->vncr),
	     chance(d, 1, 2) ? 0 : leaf(d, level_of(d, d->vncr)), 0);
	emit(d, OP_meanwhile, at, 0, 0);
	emit(d, OP_l1_tlbi, !vcpu, NESTED_TLBI_VAE2IS,
	     pick_asid(d) | (d->vncr >> 12 & GENMASK(43, 0)));
	emit(d, OP_vncr_access, vcpu, below(d, 2), 0);
}
