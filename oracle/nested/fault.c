// SPDX-License-Identifier: GPL-2.0-only
/*
 * What an access leads to. In the order in which the hardware and kvm_handle_guest_abort() decide: a hit;
 * an address that no stage 2 is asked for; what L1's stage 2 says; what the VMM has there; the host.
 */
#include "oracle/nested/check.h"

#include <stdio.h>
#include <string.h>

#define ESR_EC(esr) ((esr) >> 26 & 0x3f)
#define ESR_FSC(esr) ((esr) & 0x3f)
#define FSC_PERM(level) (0x0c | (level))
#define FSC_SEA 0x10
#define FSC_ACCESS 0x08

/* Linux's */
#define EXIT_MMIO 6
#define NEG_ENOMEM (-12)
#define NEG_ENOSYS (-38)

static bool is_write(u64 how)
{
	return how == NESTED_ACCESS_write;
}

/* The fault that the MMU reports, if it is one (Arm ARM D8.2, D8.4) */
static int mmu_fsc(const struct nested_leaf *leaf, u64 how)
{
	if (!leaf->valid)
		return 0x04 | leaf->level;
	if (!leaf->young)
		return FSC_ACCESS | leaf->level;
	return nested_permits(leaf->perm, how) ? -1 : FSC_PERM(leaf->level);
}

static int expect(struct nested_check *check, const char *what)
{
	snprintf(check->expected, sizeof(check->expected), "%s", what);
	return 0;
}

static int fail_reflected(struct nested_check *check, const char *what, u64 expected, u64 actual)
{
	char place[80];

	snprintf(place, sizeof(place), "reflected%s%s", what, check->l1.odd ? check->l1.odd : "");
	return nested_fail_number(check, FINDING_RETURN, place, expected, actual);
}

/* A synchronous exception to L1: what it finds in its registers */
static int check_reflected(struct nested_check *check, u8 fsc)
{
	const struct nested_shared *s = check->model->view->shared;
	const struct nested_vcpu *was = &check->model->before[check->args[0] % NESTED_VCPUS];
	const struct nested_vcpu *vcpu = &s->vcpus[check->args[0] % NESTED_VCPUS];
	u64 hpfar = check->args[1] >> 12 << 4;
	char text[64];

	snprintf(text, sizeof(text), "a fault reported to L1, FSC 0x%02x", fsc);
	expect(check, text);
	if (vcpu->in_l2)
		return fail_reflected(check, ", but L2 goes on", fsc, 0);
	if (ESR_FSC(vcpu->esr_el2) != fsc)
		return fail_reflected(check, " FSC", fsc, ESR_FSC(vcpu->esr_el2));
	if ((vcpu->esr_el2 ^ s->value[0]) & GENMASK(31, 6))
		return fail_reflected(check, " ESR", (s->value[0] & GENMASK(31, 6)) | fsc,
		                      vcpu->esr_el2);
	if ((vcpu->hpfar_el2 & GENMASK(43, 4)) != hpfar)
		return fail_reflected(check, " HPFAR", hpfar, vcpu->hpfar_el2);
	if (vcpu->far_el2 != check->args[1])
		return fail_reflected(check, " FAR", check->args[1], vcpu->far_el2);
	if (vcpu->elr_el2 != was->pc)
		return fail_reflected(check, " ELR", was->pc, vcpu->elr_el2);
	if (vcpu->spsr_el2 != was->pstate)
		return fail_reflected(check, " SPSR", was->pstate, vcpu->spsr_el2);
	if (s->ret != 1)
		return fail_reflected(check, ", but returned", 1, s->ret);
	return 0;
}

/* An external abort, or an address size fault, where the access was made */
static int check_injected(struct nested_check *check, u8 fsc)
{
	const struct nested_shared *s = check->model->view->shared;
	const struct nested_vcpu *was = &check->model->before[check->args[0] % NESTED_VCPUS];
	const struct nested_vcpu *vcpu = &s->vcpus[check->args[0] % NESTED_VCPUS];
	u64 esr = was->in_l2 ? vcpu->esr_el1 : vcpu->esr_el2;

	expect(check, "an abort in the guest that accessed");
	if (vcpu->in_l2 != was->in_l2)
		return nested_fail(check, FINDING_RETURN, "injected", "to the guest that accessed",
		                   "to another exception level");
	if (ESR_FSC(esr) != fsc)
		return nested_fail_number(check, FINDING_RETURN, "injected FSC", fsc, ESR_FSC(esr));
	if (s->ret != 1)
		return nested_fail_number(check, FINDING_RETURN, "injected, but returned", 1,
		                          s->ret);
	return 0;
}

/* Nothing of L1's is there, or it is read-only: a device of the VMM's, perhaps */
static int check_mmio(struct nested_check *check, u64 ipa, u8 slot)
{
	const struct nested_shared *s = check->model->view->shared;
	const struct nested_vcpu *was = &check->model->before[check->args[0] % NESTED_VCPUS];
	const struct nested_vcpu *vcpu = &s->vcpus[check->args[0] % NESTED_VCPUS];
	u64 how = check->args[2];

	if (how == NESTED_ACCESS_fetch)
		return check_injected(check, FSC_SEA);
	if (how == NESTED_ACCESS_clean) {
		/* Nothing there can be cached: it is done. What is there has no syndrome. */
		expect(check, slot ? "user space is told that nobody knows" : "nothing to do");
		if (slot)
			return s->ret == NEG_ENOSYS ?
			               0 :
			               nested_fail_number(check, FINDING_RETURN, "clean",
			                                  NEG_ENOSYS, s->ret);
		if (s->ret != 1 || vcpu->pc != was->pc + 4)
			return nested_fail_number(check, FINDING_RETURN, "clean", 1, s->ret);
		return 0;
	}
	expect(check, "an exit for MMIO");
	if (s->ret || s->exit.reason != EXIT_MMIO)
		return nested_fail(check, FINDING_RETURN, "mmio", "an exit to user space", "none");
	if (s->exit.addr != ipa)
		return nested_fail_number(check, FINDING_RETURN, "mmio address", ipa, s->exit.addr);
	if (s->exit.len != 8 || !!s->exit.is_write != is_write(how))
		return nested_fail_number(check, FINDING_RETURN, "mmio access", is_write(how),
		                          s->exit.is_write);
	return 0;
}

/* Mapped by the host, or tried again */
static int check_resolved(struct nested_check *check, u8 perm, u8 slot, int fsc)
{
	const struct nested_shared *s = check->model->view->shared;
	const struct nested_vcpu *was = &check->model->before[check->args[0] % NESTED_VCPUS];
	const struct nested_vcpu *vcpu = &s->vcpus[check->args[0] % NESTED_VCPUS];
	u64 how = check->args[2];
	struct nested_leaf now;

	expect(check, "resolved: to be tried again");
	if (s->failed && s->ret == NEG_ENOMEM)
		return 0;
	if (s->ret != 1)
		return nested_fail_number(check, FINDING_RETURN, "resolved, but returned", 1,
		                          s->ret);
	if (vcpu->pc != was->pc || vcpu->in_l2 != was->in_l2)
		return nested_fail(check, FINDING_RETURN, "resolved", "to be tried again",
		                   "the vCPU went elsewhere");
	/* While the host is at it, and where a copy of an entry was used up, it is tried again. */
	if (check->model->nr_notified || s->failed)
		return 0;
	if (slot & NESTED_SLOT_READONLY)
		perm &= ~NESTED_W;
	nested_walk(check->model, check->mmu, check->args[1], &now);
	if (!now.valid)
		return nested_fail(check, FINDING_STATE, "resolved", "a leaf", "none");
	if (!now.young)
		return nested_fail(check, FINDING_STATE, "resolved", "an access flag", "none");
	/* An old entry is made young, as it is. */
	if (fsc >> 2 != FSC_ACCESS >> 2 && nested_permits(perm, how) &&
	    !nested_permits(now.perm, how))
		return nested_fail_number(check, FINDING_STATE, "resolved permission", perm,
		                          now.perm);
	return 0;
}

int nested_check_fault(struct nested_check *check)
{
	const struct nested_model *m = check->model;
	const struct nested_shared *s = m->view->shared;
	const struct nested_vcpu *was = &m->before[check->args[0] % NESTED_VCPUS];
	const struct nested_l1 *l1 = &check->l1;
	u64 ipa = check->args[1], how = check->args[2], out = ipa;
	u8 perm = NESTED_R | NESTED_W | NESTED_XP | NESTED_XU, slot;
	int fsc;

	if (s->ret == NESTED_REFUSED)
		return 0;
	fsc = mmu_fsc(&check->leaf, how);
	if (fsc < 0) {
		u64 pa = check->leaf.pa + (ipa & (check->leaf.size - 1));

		expect(check, "a hit");
		if (s->ret != NESTED_HIT || s->value[0] != pa)
			return nested_fail_number(check, FINDING_RETURN, "hit", pa, s->value[0]);
		return 0;
	}
	if (s->ret == NESTED_HIT)
		return nested_fail_number(check, FINDING_RETURN, "hit, where a fault is due", fsc,
		                          0);
	if (ESR_FSC(s->value[0]) != (u64)fsc)
		return nested_fail_number(check, FINDING_HARNESS, "FSC", fsc, ESR_FSC(s->value[0]));

	/* Beyond the PA space a stage 1 that is off does not get to stage 2 (Arm ARM D8.2.4). */
	if (ipa >> m->pa_bits)
		return check_injected(check, 0);
	if (was->in_l2 && m->contexts[check->mmu].s2_enabled) {
		if (!l1->mapped)
			return check_reflected(check, l1->fsc);
		/* KVM asks for permission only where its own was not enough. */
		if (fsc >> 2 == FSC_PERM(0) >> 2 && !nested_permits(l1->perm, how))
			return check_reflected(check, FSC_PERM(l1->level & 3));
		out = l1->out;
		perm = l1->perm;
	}
	slot = nested_slot(m, out);
	if (!slot || (slot & NESTED_SLOT_READONLY &&
	              (how == NESTED_ACCESS_write || how == NESTED_ACCESS_clean)))
		return check_mmio(check, out, slot);
	return check_resolved(check, perm, slot, fsc);
}
