// SPDX-License-Identifier: GPL-2.0-only
/* Page tables, read from raw memory: KVM's shadow stage 2, and L1's own in its RAM. */
#include "oracle/nested/model.h"

#include <string.h>

#define DESC_VALID BIT(0)
#define DESC_TABLE BIT(1) /* above the last level; a page at it */
#define DESC_AF BIT(10)
#define DESC_CONT BIT(52)
#define DESC_OA GENMASK(47, 12)

/* S2AP in bits 7..6; XN[1:0] in bits 54..53, of which FEAT_XNX gives XN[0] a meaning (D8.4.1) */
static u8 perm_of(u64 desc, bool xnx)
{
	static const u8 executes[] = { NESTED_XP | NESTED_XU, NESTED_XU, 0, NESTED_XP };
	unsigned int xn = desc >> 53 & (xnx ? 3 : 2);

	return (desc >> 6 & 3) | executes[xn];
}

bool nested_permits(u8 perm, u64 how)
{
	switch (how) {
	case NESTED_ACCESS_fetch:
		return perm & NESTED_XP;
	case NESTED_ACCESS_clean: /* neither reads nor writes */
		return true;
	case NESTED_ACCESS_write:
		return perm & NESTED_W;
	default:
		return perm & NESTED_R;
	}
}

/* A page of tables: KVM's lie in the host's pool. */
static const u64 *table_at(const struct nested_model *m, u64 pa)
{
	u64 offset = pa - NESTED_POOL_PA;

	return pa >= NESTED_POOL_PA && offset < NESTED_POOL_PAGES * NESTED_PAGE_SIZE ?
	               (const u64 *)(m->view->pool + offset) :
	               NULL;
}

static void fill_leaf(const struct nested_model *m, struct nested_leaf *leaf, u64 ipa, u64 desc,
                      int level)
{
	leaf->valid = desc & DESC_VALID;
	leaf->level = level;
	leaf->size = BIT(NESTED_SHIFT(level));
	leaf->ipa = ALIGN_DOWN(ipa, leaf->size);
	leaf->pa = leaf->valid ? ALIGN_DOWN(desc & DESC_OA, leaf->size) : 0;
	leaf->young = desc & DESC_AF;
	leaf->perm = leaf->valid ? perm_of(desc, m->xnx) : 0;
}

void nested_walk(const struct nested_model *m, unsigned int mmu, u64 ipa, struct nested_leaf *leaf)
{
	const struct nested_mmu *s2 = &m->view->shared->mmus[mmu];
	const u64 *table = table_at(m, s2->pgd);
	int level = s2->start_level;
	u64 index = ipa >> NESTED_SHIFT(level);

	if (!table || ipa >> s2->ia_bits) {
		memset(leaf, 0, sizeof(*leaf));
		return;
	}
	for (;;) {
		u64 desc = table[index];

		if (!(desc & DESC_VALID) || level == 3 || !(desc & DESC_TABLE)) {
			fill_leaf(m, leaf, ipa, desc, level);
			return;
		}
		table = table_at(m, desc & DESC_OA);
		if (!table) {
			fill_leaf(m, leaf, ipa, 0, level);
			return;
		}
		level++;
		index = ipa >> NESTED_SHIFT(level) & (NESTED_ENTRIES - 1);
	}
}

struct visitor {
	const struct nested_model *m;
	void (*visit)(void *arg, const struct nested_leaf *leaf);
	void *arg;
};

static void visit_table(const struct visitor *v, const u64 *table, u64 nr, int level, u64 ipa)
{
	for (u64 i = 0; table && i < nr; i++) {
		u64 desc = table[i], at = ipa + (i << NESTED_SHIFT(level));
		struct nested_leaf leaf;

		if (!(desc & DESC_VALID))
			continue;
		if (level < 3 && desc & DESC_TABLE) {
			visit_table(v, table_at(v->m, desc & DESC_OA), NESTED_ENTRIES, level + 1,
			            at);
			continue;
		}
		fill_leaf(v->m, &leaf, at, desc, level);
		v->visit(v->arg, &leaf);
	}
}

void nested_visit(const struct nested_model *m, unsigned int mmu,
                  void (*visit)(void *arg, const struct nested_leaf *leaf), void *arg)
{
	const struct visitor v = { .m = m, .visit = visit, .arg = arg };
	const struct nested_mmu *s2 = &m->view->shared->mmus[mmu];

	if (s2->pgd)
		visit_table(&v, table_at(m, s2->pgd),
		            BIT(s2->ia_bits - NESTED_SHIFT(s2->start_level)), s2->start_level, 0);
}

/* L1's */

u8 nested_slot(const struct nested_model *m, u64 ipa)
{
	u64 ram = ipa - NESTED_RAM_IPA;

	return ipa >= NESTED_RAM_IPA && ram < NESTED_RAM_SIZE ? m->slots[ram / NESTED_SLOT_SIZE] :
	                                                        0;
}

/*
 * KVM maps no less than a page of the host's, and offers L1 no smaller granule. One that is not offered counts as
 * another one, which is left open; KVM takes that of the host.
 */
unsigned int nested_granule(u64 vtcr)
{
	/* 3 is reserved; KVM takes it for 64 KiB */
	static const u8 granules[] = { 12, 16, 14, 16 };
	unsigned int chosen = granules[vtcr >> 14 & 3];

	return chosen < NESTED_PAGE_SHIFT ? NESTED_PAGE_SHIFT : chosen;
}

unsigned int nested_output_bits(const struct nested_model *m, u64 ps)
{
	static const u8 bits[] = { 32, 36, 40, 42, 44, 48, 48, 48 };

	return bits[ps & 7] < m->pa_bits ? bits[ps & 7] : m->pa_bits;
}

static unsigned int output_bits(const struct nested_model *m, u64 vtcr)
{
	return nested_output_bits(m, vtcr >> 16);
}

bool nested_too_large(u64 address, unsigned int bits)
{
	return bits < 48 && (address & GENMASK(47, 0)) >> bits;
}

/* Does the register choose a first level that a stage 2 of that size can have (Arm ARM D8.2.2)? */
static bool good_start(const struct nested_model *m, int level, unsigned int granule,
                       unsigned int ia_bits)
{
	int stride = granule - 3, resolved = ia_bits - ((3 - level) * stride + granule);

	if (ia_bits > 48 || ia_bits < 25 || ia_bits > m->pa_bits || level < 0 || level > 3)
		return false;
	if (granule == 12 && level == 0 && m->pa_bits <= 42)
		return false;
	if (granule == 14 && (level == 0 || (level == 1 && m->pa_bits <= 40)))
		return false;
	if (granule == 16 && (level == 0 || (level == 1 && m->pa_bits <= 42)))
		return false;
	/* Up to 16 tables are concatenated. */
	return resolved >= 1 && resolved <= stride + 4;
}

static void fault_l1(struct nested_l1 *l1, u8 fsc)
{
	l1->mapped = false;
	l1->fsc = fsc;
}

unsigned int nested_contiguous(unsigned int granule, int level)
{
	return granule == 12 ? 4 : granule == 14 ? (level == 2 ? 5 : 7) : 5;
}

/* @at: where the descriptor is */
static void found_l1(const struct nested_model *m, struct nested_l1 *l1, u64 ipa, u64 at, u64 desc,
                     unsigned int shift, unsigned int granule, int level, u64 vtcr)
{
	l1->level = level;
	l1->size = BIT(shift);
	l1->ipa = ALIGN_DOWN(ipa, l1->size);
	l1->desc = desc;
	if (nested_too_large(desc & DESC_OA, output_bits(m, vtcr))) {
		fault_l1(l1, NESTED_FSC_ADDRSZ(level));
		return;
	}
	if (!(desc & DESC_AF) && !(vtcr & BIT(21))) { /* VTCR_EL2.HA */
		fault_l1(l1, NESTED_FSC_ACCESS(level));
		return;
	}
	/* The flag cannot be set where L1's memory is read-only. */
	if (!(desc & DESC_AF) && nested_slot(m, at) & NESTED_SLOT_READONLY) {
		fault_l1(l1, NESTED_FSC_SEA_TTW(level));
		return;
	}
	/* Outside of what the bit promises, either address will do. */
	if (desc & DESC_CONT)
		shift += nested_contiguous(granule, level);
	l1->mapped = true;
	l1->out = (desc & GENMASK(47, shift)) | (ipa & (BIT(shift) - 1));
	l1->perm = perm_of(desc, m->xnx);
}

bool nested_read(const struct nested_model *m, u64 ipa, bool big_endian, u64 *desc)
{
	if (!nested_slot(m, ipa))
		return false;
	memcpy(desc, m->view->ram + (ipa - NESTED_RAM_IPA), sizeof(*desc));
	if (big_endian)
		*desc = __builtin_bswap64(*desc);
	return true;
}

void nested_walk_l1(const struct nested_model *m, const struct nested_vcpu *vcpu, u64 ipa,
                    struct nested_l1 *l1)
{
	u64 vtcr = vcpu->regs[NESTED_REG_vtcr_el2], base = vcpu->regs[NESTED_REG_vttbr_el2];
	unsigned int granule = nested_granule(vtcr), ia_bits = 64 - (vtcr & 0x3f), shift;
	int level = (granule == 12 ? 2 : 3) - (int)(vtcr >> 6 & 3), stride = granule - 3;
	bool big_endian = vcpu->regs[NESTED_REG_sctlr_el2] & BIT(25);

	memset(l1, 0, sizeof(*l1));
	if (!good_start(m, level, granule, ia_bits)) {
		fault_l1(l1, NESTED_FSC_TRANSLATION(0));
		l1->odd = NESTED_ODD_VTCR;
		return;
	}
	base &= GENMASK(47, 3 + ia_bits - ((3 - level) * stride + granule));
	if (nested_too_large(base, output_bits(m, vtcr))) {
		fault_l1(l1, NESTED_FSC_ADDRSZ(0));
		return;
	}
	/* Input addresses beyond the size that it was given (D8.2.4) */
	if (ipa >> ia_bits) {
		fault_l1(l1, NESTED_FSC_TRANSLATION(0));
		l1->odd = NESTED_ODD_T0SZ;
		return;
	}

	for (shift = (3 - level) * stride + granule;; shift -= stride, level++) {
		u64 at = base | ((ipa & (BIT(ia_bits) - 1)) >> shift) << 3, desc;

		if (!nested_read(m, at, big_endian, &desc)) {
			fault_l1(l1, NESTED_FSC_SEA_TTW(level));
			l1->odd = NESTED_ODD_TABLE;
			return;
		}
		if (!(desc & DESC_VALID) || (level == 3 && !(desc & DESC_TABLE)) ||
		    (level < (granule == 12 ? 1 : 2) && !(desc & DESC_TABLE))) {
			fault_l1(l1, NESTED_FSC_TRANSLATION(level));
			return;
		}
		if (level == 3 || !(desc & DESC_TABLE)) {
			found_l1(m, l1, ipa, at, desc, shift, granule, level, vtcr);
			return;
		}
		if (nested_too_large(desc & DESC_OA, output_bits(m, vtcr))) {
			fault_l1(l1, NESTED_FSC_ADDRSZ(level));
			return;
		}
		base = desc & GENMASK(47, granule);
		ia_bits = shift;
	}
}
