// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an AT leaves in PAR_EL1 (Arm ARM D24.2.142): the output address and its attributes, or why there is
 * none. AT S12* is of both stages, AT S1* of the first alone.
 */
#include "oracle/nested/check.h"
#include "oracle/nested/stage1.h"

#include <stdio.h>
#include <string.h>

#define PAR_F BIT(0)
#define PAR_FST_SHIFT 1
#define PAR_FST (0x3fULL << PAR_FST_SHIFT)
#define PAR_LEVEL (3ULL << PAR_FST_SHIFT)
#define PAR_PTW BIT(8)
#define PAR_S BIT(9)
#define PAR_SH_SHIFT 7
#define PAR_SH (3ULL << PAR_SH_SHIFT)
#define PAR_PA GENMASK(47, 12)
#define PAR_ATTR_SHIFT 56
#define PAR_ATTR GENMASK(63, 56)

#define HCR_VM BIT(0)
#define HCR_TGE BIT(27)
#define HCR_FWB BIT(46)
#define SCTLR_C BIT(2)

#define NON_CACHEABLE 0x44
#define WRITE_BACK 0xff
enum shareability { NSH = 0, OSH = 2, ISH = 3 };

static bool is_s12(u64 at)
{
	return at >= NESTED_AT_S12E1R && at <= NESTED_AT_S12E0W;
}

static bool is_el0(u64 at)
{
	return at == NESTED_AT_S1E0R || at == NESTED_AT_S1E0W || at == NESTED_AT_S12E0R ||
	       at == NESTED_AT_S12E0W;
}

static bool is_write(u64 at)
{
	return at & 1;
}

static bool is_device(u8 attr)
{
	return !(attr >> 4);
}

/* Device and Normal Non-cacheable are outer shareable, whatever was asked for (D8.6). */
static enum shareability effective(u8 attr, u64 sh)
{
	if (is_device(attr) || attr == NON_CACHEABLE)
		return OSH;
	return (sh & 3) == 1 ? NSH : (enum shareability)(sh & 3);
}

static void fault(struct nested_par *par, u8 fsc, bool ptw, bool s2)
{
	par->value = PAR_F | (u64)fsc << PAR_FST_SHIFT | (ptw ? PAR_PTW : 0) | (s2 ? PAR_S : 0);
	par->mask = PAR_F | PAR_FST | PAR_PTW | PAR_S;
	par->level = fsc & 3;
}

static void success(struct nested_par *par, u64 out, u8 attr, enum shareability sh)
{
	par->value = (u64)attr << PAR_ATTR_SHIFT | (out & PAR_PA) | (u64)sh << PAR_SH_SHIFT;
	par->mask = PAR_F | PAR_ATTR | PAR_PA | PAR_SH;
}

/* With HCR_EL2.TGE there is no EL1&0 that an AT could be of. */
static enum nested_regime regime_of(const struct nested_vcpu *vcpu, u64 at)
{
	return at >= NESTED_AT_S1E2R || vcpu->regs[NESTED_REG_hcr_el2] & HCR_TGE ? NESTED_EL20 :
	                                                                           NESTED_EL10;
}

static u8 s1_attr(const struct nested_vcpu *vcpu, enum nested_regime regime,
                  const struct nested_s1 *s1)
{
	bool el2 = regime == NESTED_EL20;
	u8 attr = vcpu->regs[el2 ? NESTED_REG_mair_el2 : NESTED_REG_mair_el1] >>
	          (s1->desc >> 2 & 7) * 8;
	u64 sctlr = vcpu->regs[el2 ? NESTED_REG_sctlr_el2 : NESTED_REG_sctlr_el1];

	if (s1->off)
		return 0;
	return sctlr & SCTLR_C || is_device(attr) ? attr : NON_CACHEABLE;
}

/* Neither reserved nor transient, which stage 2 may make what it likes of */
static bool plain_half(u8 half)
{
	return half & 8 || half == (NON_CACHEABLE & 15);
}

static bool is_plain(u8 attr)
{
	return is_device(attr) ? !(attr & 3) : plain_half(attr >> 4) && plain_half(attr & 15);
}

/* One of inner and outer: the less cacheable of the two (D8.6.5); hints are those of stage 1. */
static u8 combine_half(u8 s1, u8 s2)
{
	u8 type = s1 >> 2 < s2 ? s1 >> 2 : s2;

	return type << 2 | (type == 1 ? 0 : s1 & 3);
}

/* MemAttr[3:0] of stage 2 with the type of stage 1. Return: the type; -1 where a value is reserved */
static int combine(u8 s1, u8 s2, bool fwb)
{
	const bool s2_device = fwb ? !(s2 & 4) : !(s2 >> 2);
	const u8 device = (s2 & 3) << 2;

	if (s2_device)
		return s1 < device ? s1 : device;
	if (fwb) {
		switch (s2 & 7) {
		case 5:
			return is_device(s1) ? s1 : NON_CACHEABLE;
		case 6:
			return WRITE_BACK;
		case 7:
			return s1;
		default:
			return -1;
		}
	}
	if (!(s2 & 3))
		return -1;
	if (is_device(s1))
		return s1;
	return combine_half(s1 >> 4, s2 >> 2) << 4 | combine_half(s1 & 15, s2 & 3);
}

static void translate_s2(const struct nested_model *m, const struct nested_vcpu *vcpu, u64 at,
                         u64 ipa, u8 attr, enum shareability sh, struct nested_par *par)
{
	const bool fwb = vcpu->regs[NESTED_REG_hcr_el2] & HCR_FWB;
	enum shareability s2_sh;
	struct nested_l1 l1;
	int both;

	nested_walk_l1(m, vcpu, ipa, &l1);
	par->odd = l1.odd;
	if (!l1.mapped) {
		fault(par, l1.fsc, false, true);
		return;
	}
	if (!(l1.perm & (is_write(at) ? NESTED_W : NESTED_R))) {
		fault(par, NESTED_FSC_PERM(l1.level & 3), false, true);
		return;
	}
	both = combine(attr, l1.desc >> 2 & 15, fwb);
	s2_sh = effective(both, l1.desc >> 8);
	if (sh == OSH || s2_sh == OSH)
		sh = OSH;
	else if (s2_sh == ISH)
		sh = ISH;
	success(par, l1.out, both, sh);
	if (both < 0 || !is_plain(attr))
		par->mask &= ~(PAR_ATTR | PAR_SH);
	/* What a forced type does to shareability is left open. */
	if (fwb)
		par->mask &= ~PAR_SH;
}

void nested_at_before(struct nested_check *check)
{
	const struct nested_model *m = check->model;
	const struct nested_vcpu *vcpu = &m->view->shared->vcpus[check->args[0] % NESTED_VCPUS];
	const u64 at = check->args[1];
	const enum nested_regime regime = regime_of(vcpu, at);
	const bool s2 = regime == NESTED_EL10 && vcpu->regs[NESTED_REG_hcr_el2] & HCR_VM;
	struct nested_par *par = &check->par;
	enum shareability sh;
	struct nested_s1 s1;
	u8 attr;

	*par = (struct nested_par){ 0 };
	nested_walk_s1(m, vcpu, regime, check->args[2], s2, &s1);
	if (!s1.failed && !s1.off && ((is_el0(at) && !s1.user) || (is_write(at) && !s1.writable))) {
		s1.failed = true;
		s1.fsc = NESTED_FSC_PERM(s1.level);
	}
	if (s1.failed) {
		fault(par, s1.fsc, s1.s2, s1.s2);
		par->odd = s1.odd;
		if (s1.any_level)
			par->mask &= ~PAR_LEVEL;
		return;
	}
	attr = s1_attr(vcpu, regime, &s1);
	sh = effective(attr, s1.desc >> 8);
	if (!is_s12(at) || !s2) {
		success(par, s1.pa, attr, sh);
		return;
	}
	translate_s2(m, vcpu, at, s1.pa, attr, sh, par);
}

/* What KVM makes of such registers is known from L2's accesses. */
static bool of_vtcr(const char *odd)
{
	return odd && (!strcmp(odd, NESTED_ODD_VTCR) || !strcmp(odd, NESTED_ODD_T0SZ));
}

static int fail_at(struct nested_check *check, const char *what, u64 expected, u64 actual)
{
	char place[80];

	snprintf(place, sizeof(place), "%s%s", what, check->par.odd ? check->par.odd : "");
	return nested_fail_number(check, FINDING_RETURN, place, expected, actual);
}

int nested_check_at(struct nested_check *check)
{
	const struct nested_shared *s = check->model->view->shared;
	const struct nested_vcpu *was = &check->model->before[check->args[0] % NESTED_VCPUS];
	const struct nested_vcpu *vcpu = &s->vcpus[check->args[0] % NESTED_VCPUS];
	const struct nested_par *par = &check->par;
	u64 differ = (vcpu->par_el1 ^ par->value) & par->mask;

	if (s->ret == NESTED_REFUSED)
		return 0;
	snprintf(check->expected, sizeof(check->expected), "PAR_EL1 0x%llx, of bits 0x%llx",
	         (unsigned long long)par->value, (unsigned long long)par->mask);
	nested_add(check, vcpu->par_el1);
	if (s->ret != 1)
		return nested_fail_number(check, FINDING_RETURN, "AT, returned", 1, s->ret);
	if (of_vtcr(par->odd))
		return 0;
	if (vcpu->pc != was->pc + 4)
		return fail_at(check, "AT, to be tried again", was->pc + 4, vcpu->pc);
	if (!differ)
		return 0;
	/* Whatever L1's tables are like */
	if (par->value & PAR_PTW && !(differ & ~PAR_LEVEL))
		return nested_fail_number(check, FINDING_RETURN,
		                          "PAR_EL1, level of a stage 2 fault on a walk", par->value,
		                          vcpu->par_el1);
	return fail_at(check, "PAR_EL1", par->value, vcpu->par_el1);
}
