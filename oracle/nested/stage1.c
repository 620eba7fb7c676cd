// SPDX-License-Identifier: GPL-2.0-only
/*
 * A walk of a stage 1 (Arm ARM D8.2, D8.3), each of whose descriptors is read through stage 2, if there is one.
 * The CPU has no 52-bit addresses, no hierarchical disable, no indirection or overlay of permissions; it
 * sets no access flag.
 */
#include "oracle/nested/stage1.h"

#include <string.h>

#define SCTLR_M BIT(0)
#define SCTLR_EE BIT(25)

/* TCR_EL1 (D24.2.171), and TCR_EL2 with E2H: what is for TTBR0_ELx and what for TTBR1_ELx */
#define TCR_EPD(upper) BIT((upper) ? 23 : 7)
#define TCR_TBI(upper) BIT((upper) ? 38 : 37)
#define TCR_IPS_SHIFT 32
#define TCR_A1 BIT(22)
#define TCR_AS BIT(36)

#define DESC_VALID BIT(0)
#define DESC_TABLE BIT(1)
#define DESC_USER BIT(6) /* AP[1] */
#define DESC_READONLY BIT(7) /* AP[2] */
#define DESC_AF BIT(10)
#define DESC_CONT BIT(52)
#define DESC_NO_USER BIT(61) /* APTable[0] of a table */
#define DESC_NO_WRITE BIT(62) /* APTable[1] */

#define MIN_TSZ 16
#define MAX_TSZ 39 /* without FEAT_TTST */

static const struct {
	enum nested_reg sctlr, tcr, ttbr[2];
} registers[] = {
	[NESTED_EL10] = { NESTED_REG_sctlr_el1,
	                  NESTED_REG_tcr_el1,
	                  { NESTED_REG_ttbr0_el1, NESTED_REG_ttbr1_el1 } },
	[NESTED_EL20] = { NESTED_REG_sctlr_el2,
	                  NESTED_REG_tcr_el2,
	                  { NESTED_REG_ttbr0_el2, NESTED_REG_ttbr1_el2 } },
};

struct s1_walk {
	const struct nested_model *m;
	const struct nested_vcpu *vcpu;
	bool s2, big_endian;
	unsigned int granule, output_bits;
	u64 table_desc; /* bits that tables on the way have set */
};

static void fail(struct nested_s1 *s1, u8 fsc)
{
	s1->failed = true;
	s1->fsc = fsc;
}

/* TG0 and TG1 are not encoded alike; a reserved value is 64 KiB to KVM. */
static unsigned int granule_of(u64 tcr, bool upper)
{
	static const u8 tg0[] = { 12, 16, 14, 16 }, tg1[] = { 16, 14, 12, 16 };

	return upper ? tg1[tcr >> 30 & 3] : tg0[tcr >> 14 & 3];
}

/* The descriptor's place in L1's RAM. A stage 2 that does not translate it ends the walk. */
static bool through_s2(const struct s1_walk *w, u64 at, u64 *ipa, struct nested_s1 *s1)
{
	struct nested_l1 l1;

	*ipa = at;
	if (!w->s2)
		return true;
	nested_walk_l1(w->m, w->vcpu, at, &l1);
	s1->s2 = true;
	if (!l1.mapped) {
		s1->odd = l1.odd;
		fail(s1, l1.fsc);
		return false;
	}
	if (!(l1.perm & NESTED_R)) {
		fail(s1, NESTED_FSC_PERM(l1.level & 3));
		return false;
	}
	s1->s2 = false;
	*ipa = l1.out;
	return true;
}

static bool may_be_block(unsigned int granule, int level)
{
	return level == 2 || (granule == 12 && level == 1);
}

static void found(const struct s1_walk *w, u64 va, u64 desc, unsigned int shift, int level,
                  struct nested_s1 *s1)
{
	u64 out = desc & GENMASK(47, w->granule);

	if (desc & DESC_CONT)
		shift += nested_contiguous(w->granule, level);
	s1->pa = ALIGN_DOWN(out, BIT(shift)) | (va & (BIT(shift) - 1));
	s1->level = level;
	s1->granule = w->granule;
	s1->desc = desc;
	s1->user = desc & DESC_USER && !(w->table_desc & DESC_NO_USER);
	s1->writable = !(desc & DESC_READONLY) && !(w->table_desc & DESC_NO_WRITE);
}

static void walk(struct s1_walk *w, u64 va, u64 base, unsigned int ia_bits, int level,
                 struct nested_s1 *s1)
{
	const unsigned int stride = w->granule - 3;

	for (;; level++) {
		const unsigned int shift = (3 - level) * stride + w->granule;
		u64 at = base | ((va & (BIT(ia_bits) - 1)) >> shift) << 3, ipa, desc;
		bool leaf;

		if (!through_s2(w, at, &ipa, s1))
			return;
		if (!nested_read(w->m, ipa, w->big_endian, &desc)) {
			fail(s1, NESTED_FSC_SEA_TTW(level));
			return;
		}
		leaf = level == 3 || !(desc & DESC_TABLE);
		if (!(desc & DESC_VALID) || (level == 3 && !(desc & DESC_TABLE)) ||
		    (leaf && level < 3 && !may_be_block(w->granule, level))) {
			fail(s1, NESTED_FSC_TRANSLATION(level));
			return;
		}
		if (nested_too_large(desc & GENMASK(47, leaf ? shift : w->granule),
		                     w->output_bits)) {
			fail(s1, NESTED_FSC_ADDRSZ(level));
			return;
		}
		if (!leaf) {
			w->table_desc |= desc;
			base = desc & GENMASK(47, w->granule);
			ia_bits = shift;
			continue;
		}
		if (desc & DESC_AF)
			found(w, va, desc, shift, level, s1);
		else
			fail(s1, NESTED_FSC_ACCESS(level));
		return;
	}
}

/* Is the input address one that the tables are for? */
static bool in_range(u64 va, u64 tcr, bool upper, unsigned int tsz)
{
	return !((upper ? ~va : va) >> (64 - tsz)) && !(tcr & TCR_EPD(upper));
}

u16 nested_asid(const struct nested_vcpu *vcpu, enum nested_regime regime)
{
	const u64 tcr = vcpu->regs[registers[regime].tcr];
	const u16 asid = vcpu->regs[registers[regime].ttbr[!!(tcr & TCR_A1)]] >> 48;

	return tcr & TCR_AS ? asid : asid & 0xff;
}

void nested_walk_s1(const struct nested_model *m, const struct nested_vcpu *vcpu,
                    enum nested_regime regime, u64 va, bool s2, struct nested_s1 *s1)
{
	const u64 tcr = vcpu->regs[registers[regime].tcr];
	const u64 sctlr = vcpu->regs[registers[regime].sctlr];
	const bool upper = va & BIT(55), tagged = tcr & TCR_TBI(upper);
	const u64 plain = upper ? va | GENMASK(63, 56) : va & GENMASK(55, 0);
	const unsigned int tsz = tcr >> (upper ? 16 : 0) & 0x3f, granule = granule_of(tcr, upper);
	struct s1_walk w = { .m = m,
		             .vcpu = vcpu,
		             .s2 = s2,
		             .big_endian = sctlr & SCTLR_EE,
		             .granule = granule,
		             .output_bits = nested_output_bits(m, tcr >> TCR_IPS_SHIFT) };
	const unsigned int stride = granule - 3, ia_bits = 64 - tsz;
	u64 base = vcpu->regs[registers[regime].ttbr[upper]];
	int level;

	memset(s1, 0, sizeof(*s1));
	s1->off = !(sctlr & SCTLR_M);
	s1->pa = plain;
	if (s1->off) {
		if ((!tagged && plain != va) || plain >> m->pa_bits)
			fail(s1, NESTED_FSC_ADDRSZ(0));
		return;
	}
	if (tsz < MIN_TSZ || tsz > MAX_TSZ || (!tagged && plain != va)) {
		s1->odd = !tagged && plain != va ? NESTED_ODD_VA : NESTED_ODD_TSZ;
		fail(s1, NESTED_FSC_TRANSLATION(0));
		return;
	}
	if (!in_range(plain, tcr, upper, tsz)) {
		fail(s1, NESTED_FSC_TRANSLATION(0));
		s1->any_level = true;
		return;
	}
	level = 3 - (int)((ia_bits - 1 - granule) / stride);
	base &= GENMASK(47, 1);
	if (nested_too_large(base, w.output_bits)) {
		fail(s1, NESTED_FSC_ADDRSZ(0));
		return;
	}
	base &= GENMASK(47, 3 + ia_bits - ((3 - level) * stride + granule));
	walk(&w, plain, base, ia_bits, level, s1);
}
