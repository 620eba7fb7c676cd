// SPDX-License-Identifier: GPL-2.0-only
/*
 * VNCR_EL2: where L2 is a hypervisor, too, FEAT_NV2 makes many of its registers memory in a page that L1
 * names by a VA of its own. KVM maps that page for the CPU, and must take it away when it is not L2 that
 * runs there, and when the host or the VMM take the page. L1's stage 1 is off: the VA is an IPA.
 */
#include "oracle/nested/check.h"

#include <stdio.h>

#define FSC_ADDRESS_SIZE 0x00 /* of level 0 */
#define FSC_EXTERNAL 0x10

/* VNCR_EL2.BADDR is extended from bit 48 (Arm ARM D24.2.184). */
static u64 vncr_ipa(const struct nested_vcpu *vcpu)
{
	return (u64)((s64)(vcpu->regs[NESTED_REG_vncr_el2] << 15) >> 15);
}

static int expect(struct nested_check *check, const char *what)
{
	snprintf(check->expected, sizeof(check->expected), "%s", what);
	return 0;
}

static int check_reported(struct nested_check *check, u64 fsc)
{
	const struct nested_shared *s = check->model->view->shared;
	const struct nested_vcpu *was = &check->model->before[check->args[0] % NESTED_VCPUS];
	const struct nested_vcpu *vcpu = &s->vcpus[check->args[0] % NESTED_VCPUS];
	u64 esr = (s->value[0] & ~GENMASK(5, 0)) | fsc;

	expect(check, "an abort of VNCR_EL2 reported to L1");
	if (vcpu->in_l2)
		return nested_fail(check, FINDING_RETURN, "VNCR abort", "reported to L1",
		                   "L2 goes on");
	if (vcpu->esr_el2 != esr)
		return nested_fail_number(check, FINDING_RETURN, "VNCR abort, ESR", esr,
		                          vcpu->esr_el2);
	if (vcpu->elr_el2 != was->pc)
		return nested_fail_number(check, FINDING_RETURN, "VNCR abort, ELR", was->pc,
		                          vcpu->elr_el2);
	return 0;
}

int nested_check_vncr_access(struct nested_check *check)
{
	const struct nested_model *m = check->model;
	const struct nested_shared *s = m->view->shared;
	unsigned int cpu = check->args[0] % NESTED_VCPUS;
	u64 ipa = vncr_ipa(&m->before[cpu]);
	bool write = check->args[1] & 1;
	u8 slot = nested_slot(m, ipa);

	if (s->ret == NESTED_REFUSED)
		return 0;
	if (s->ret == NESTED_HIT)
		return expect(check, "a hit");
	if (s->ret != 1)
		return nested_fail_number(check, FINDING_RETURN, "VNCR abort, but returned", 1,
		                          s->ret);
	if (ipa >> m->pa_bits)
		return check_reported(check, FSC_ADDRESS_SIZE);
	if (!slot || (write && slot & NESTED_SLOT_READONLY))
		return check_reported(check, FSC_EXTERNAL);
	expect(check, "the page mapped: to be tried again");
	if (!s->vcpus[cpu].in_l2)
		return nested_fail(check, FINDING_RETURN, "VNCR abort", "to be tried again",
		                   "an exception to L1");
	if (m->nr_notified)
		return 0;
	if (!s->vncr[cpu].pa || (write && !s->vncr[cpu].writable))
		return nested_fail(check, FINDING_STATE, "VNCR abort", "the page mapped",
		                   "not mapped");
	return 0;
}

int nested_check_vncr(struct nested_check *check)
{
	const struct nested_model *m = check->model;
	const struct nested_shared *s = m->view->shared;

	for (unsigned int cpu = 0; cpu < NESTED_VCPUS; cpu++) {
		const struct nested_vncr *page = &s->vncr[cpu];
		u64 ipa = vncr_ipa(&s->vcpus[cpu]), ram = ipa - NESTED_RAM_IPA;
		u8 slot = nested_slot(m, ipa);

		nested_add(check, page->pa + page->writable);
		if (!page->pa)
			continue;
		if (!s->vcpus[cpu].in_l2)
			return nested_fail_number(check, FINDING_STATE, "VNCR page while L1 runs",
			                          0, page->pa);
		if (!slot)
			return nested_fail_number(check, FINDING_STATE,
			                          "VNCR page outside of memory slots", 0, page->pa);
		if (nested_being_changed(m, ALIGN_DOWN(ram, NESTED_PAGE_SIZE), NESTED_PAGE_SIZE))
			return nested_fail_number(check, FINDING_STATE,
			                          "VNCR page within a notifier", 0, page->pa);
		if (page->pa != nested_backing(m, ram))
			return nested_fail_number(check, FINDING_STATE, "VNCR page, another page",
			                          nested_backing(m, ram), page->pa);
		if (page->writable && slot & NESTED_SLOT_READONLY)
			return nested_fail_number(check, FINDING_STATE,
			                          "VNCR page of a read-only slot, writable", 0, 1);
	}
	return 0;
}
