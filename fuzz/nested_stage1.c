// SPDX-License-Identifier: GPL-2.0-only
/* L2's stage 1: a table of each level, which L1's AT instructions walk. */
#include "fuzz/nested_draft.h"

/* The stage 1 of L2: a table of each level, in pages of L1's RAM that L2 has from some page on */
#define S1_PAGES 3
#define S1_FIRST_PAGE 64
#define S1_VA 0x40200000ULL

/* Stage-1 descriptors (D8.3), TCR_EL1 (D24.2.171) of 39-bit VAs in both halves, 4 KiB granule; MAIR_EL1 */
#define S1_SHIFT(level) (12 + 9 * (3 - (level)))
#define TCR_39_BITS (25 | 25 << 16 | 2ULL << 30 | (u64)PS_40 << 32)
#define SCTLR_M BIT(0)
#define SCTLR_C BIT(2)
#define HCR_FWB BIT(46)

/* Behind L1's tables; each table has a page of L1's stage 2, since that is what L2 gets */
static u64 s1_ram(const struct nested_draft *d, u32 page)
{
	return (MAX_GUESTS * GUEST_PAGES + page) * page_size(d);
}

/* L2's stage 1, in L2's IPAs; or in L1's, for when there is no stage 2 */
static u64 s1_table(const struct nested_draft *d, bool direct, u32 level)
{
	u64 page = level - 1;

	return direct ? NESTED_RAM_IPA + s1_ram(d, page) :
	                WINDOW_IPA + (S1_FIRST_PAGE + page) * page_size(d);
}

static u64 s1_entry(const struct nested_draft *d, u32 level, u64 va)
{
	return s1_ram(d, level - 1) + 8 * (va >> S1_SHIFT(level) & 511);
}

static u64 s1_leaf(struct nested_draft *d)
{
	u64 desc = DESC_ISH | S1_AP(below(d, 4)) | S1_INDEX(below(d, 8));

	if (!chance(d, 1, 6))
		desc |= DESC_AF;
	if (chance(d, 1, 8))
		desc ^= (u64)below(d, 4) << 8;
	if (chance(d, 1, 16))
		desc |= DESC_CONT;
	if (chance(d, 1, 4))
		desc |= S1_NG;
	return desc | (chance(d, 1, 2) ? WINDOW_IPA + nested_pick_page(d) * page_size(d) :
	                                 NESTED_RAM_IPA + nested_output(d, NESTED_PAGE_SIZE));
}

static u64 pick_s1_va(struct nested_draft *d)
{
	u64 va = S1_VA + below(d, 4 * BIT(S1_SHIFT(3)));

	if (hostile(d))
		va = prng_u64(&d->prng) >> below(d, 40);
	if (chance(d, 1, 12))
		va |= GENMASK(63, 39);
	if (chance(d, 1, 24))
		va ^= (u64)below(d, 256) << 56;
	return va;
}

static void edit_s1(struct nested_draft *d, bool direct)
{
	u64 va = S1_VA + below(d, 4) * BIT(S1_SHIFT(3));

	switch (below(d, 8)) {
	case 0:
		emit(d, OP_l1_store, s1_entry(d, 2, va),
		     ALIGN_DOWN(s1_leaf(d), BIT(S1_SHIFT(2))) | DESC_AF | DESC_BLOCK, 0);
		break;
	case 1 ... 2:
		emit(d, OP_l1_store, s1_entry(d, 2, va),
		     s1_table(d, direct, 3) | (u64)below(d, 4) << 61 | DESC_TABLE, 0);
		break;
	default:
		emit(d, OP_l1_store, s1_entry(d, 3, va),
		     chance(d, 1, 8) ? 0 : s1_leaf(d) | DESC_PAGE, 0);
	}
}

static void write_s1(struct nested_draft *d, u64 vcpu, bool direct)
{
	emit(d, OP_l1_write, vcpu, NESTED_REG_tcr_el1,
	     hostile(d) ? prng_u64(&d->prng) : TCR_39_BITS);
	emit(d, OP_l1_write, vcpu, NESTED_REG_ttbr0_el1, s1_table(d, direct, 1));
	emit(d, OP_l1_write, vcpu, NESTED_REG_ttbr1_el1, s1_table(d, direct, 1));
	emit(d, OP_l1_write, vcpu, NESTED_REG_mair_el1,
	     chance(d, 1, 8) ? prng_u64(&d->prng) : S1_MAIR);
	emit(d, OP_l1_write, vcpu, NESTED_REG_sctlr_el1,
	     chance(d, 1, 8) ? below(d, 8) : SCTLR_M | SCTLR_C);
}

void nested_build_s1(struct nested_draft *d, u64 vcpu)
{
	bool direct = chance(d, 1, 4);

	d->blocks[0] &= ~1;
	nested_link_block(d, 0, 0);
	for (u32 i = 0; i < S1_PAGES; i++)
		emit(d, OP_l1_store, page_entry(d, 0, S1_FIRST_PAGE + i),
		     (NESTED_RAM_IPA + s1_ram(d, i)) | DESC_AF | DESC_ISH | DESC_NORMAL |
		             DESC_S2AP(chance(d, 1, 12) ? below(d, 4) : 3) | DESC_PAGE,
		     0);
	emit(d, OP_l1_store, s1_entry(d, 1, S1_VA), s1_table(d, direct, 2) | DESC_TABLE, 0);
	emit(d, OP_l1_store, s1_entry(d, 2, S1_VA), s1_table(d, direct, 3) | DESC_TABLE, 0);
	for (u32 i = 0; i < 3; i++)
		edit_s1(d, direct);
	write_s1(d, vcpu, direct);
}

void nested_ask_at(struct nested_draft *d)
{
	u64 vcpu = any_vcpu(d);

	emit(d, OP_enter_l1, vcpu, 0, 0);
	if (chance(d, 1, 8))
		write_s1(d, vcpu, chance(d, 1, 4));
	if (chance(d, 1, 12))
		emit(d, OP_l1_write, vcpu, NESTED_REG_hcr_el2,
		     chance(d, 1, 3) ? 0 : HCR_VM | (chance(d, 1, 2) ? HCR_FWB : 0));
	if (chance(d, 1, 2))
		edit_s1(d, chance(d, 1, 4));
	for (u32 i = 0; i < 1 + below(d, 3); i++)
		emit(d, OP_l1_at, vcpu, below(d, NESTED_AT_S1E2R), pick_s1_va(d));
}
