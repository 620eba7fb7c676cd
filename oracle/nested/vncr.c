// SPDX-License-Identifier: GPL-2.0-only
/*
 * VNCR_EL2: where L2 is a hypervisor, too, FEAT_NV2 makes many of its registers memory in a page that L1
 * names by a VA of its own. KVM walks L1's tables for it as a TLB miss does, maps the page for the CPU, and must take
 * it away when it is not L2 that runs there, when the host or the VMM take the page, and when L1 invalidates.
 */
#include "oracle/nested/check.h"

#include <stdio.h>
#include <string.h>

#define SCTLR_M BIT(0)
#define DESC_NG BIT(11)
#define ESR_FNV BIT(10)

#define FSC_EXTERNAL 0x10
#define FSC_ALL 0x3f
#define FSC_LEVEL 3

/* VNCR_EL2.BADDR is extended from bit 48 (Arm ARM D24.2.184). */
static u64 vncr_va(const struct nested_vcpu *vcpu)
{
	return (u64)((s64)(vcpu->regs[NESTED_REG_vncr_el2] << 15) >> 15);
}

static bool is_off(const struct nested_vcpu *vcpu)
{
	return !(vcpu->regs[NESTED_REG_sctlr_el2] & SCTLR_M);
}

static int expect(struct nested_check *check, const char *what)
{
	snprintf(check->expected, sizeof(check->expected), "%s", what);
	return 0;
}

void nested_vncr_before(struct nested_check *check)
{
	const struct nested_model *m = check->model;

	for (unsigned int cpu = 0; cpu < NESTED_VCPUS; cpu++) {
		const struct nested_vcpu *vcpu = &m->view->shared->vcpus[cpu];

		nested_walk_s1(m, vcpu, NESTED_EL20, vncr_va(vcpu), false, &check->vncr[cpu]);
	}
}

/* Aborts are by priority (Arm ARM D1.3.5.5): a stage 1's before an external one. */
static int fail_esr(struct nested_check *check, u64 expected, u64 actual)
{
	bool stage1 = expected != ((expected & ~(u64)FSC_ALL) | FSC_EXTERNAL);

	return nested_fail_number(check, FINDING_RETURN,
	                          stage1 && (actual & FSC_ALL) == FSC_EXTERNAL ?
	                                  "VNCR abort, external before stage 1" :
	                                  "VNCR abort, ESR",
	                          expected, actual);
}

/* @open: what of FSC is not sure */
static int check_reported(struct nested_check *check, u64 fsc, u64 open)
{
	const struct nested_shared *s = check->model->view->shared;
	const struct nested_vcpu *was = &check->model->before[check->args[0] % NESTED_VCPUS];
	const struct nested_vcpu *vcpu = &s->vcpus[check->args[0] % NESTED_VCPUS];
	u64 esr = (s->value[0] & ~GENMASK(5, 0)) | fsc;

	expect(check, "an abort of VNCR_EL2 reported to L1");
	if (vcpu->in_l2)
		return nested_fail(check, FINDING_RETURN, "VNCR abort", "reported to L1",
		                   "L2 goes on");
	if ((vcpu->esr_el2 ^ esr) & ~open)
		return fail_esr(check, esr, vcpu->esr_el2);
	if (vcpu->elr_el2 != was->pc)
		return nested_fail_number(check, FINDING_RETURN, "VNCR abort, ELR", was->pc,
		                          vcpu->elr_el2);
	/* It is wrong in each: only where the trace asks for it. */
	if (check->args[1] & NESTED_VNCR_FAR && !(vcpu->esr_el2 & ESR_FNV) &&
	    vcpu->far_el2 != vncr_va(was))
		return nested_fail_number(check, FINDING_RETURN, "VNCR abort, FAR", vncr_va(was),
		                          vcpu->far_el2);
	return 0;
}

static int check_mapped(struct nested_check *check, unsigned int cpu, bool write)
{
	const struct nested_shared *s = check->model->view->shared;

	expect(check, "the page mapped: to be tried again");
	if (!s->vcpus[cpu].in_l2)
		return nested_fail(check, FINDING_RETURN, "VNCR abort", "to be tried again",
		                   "an exception to L1");
	if (check->model->nr_notified)
		return 0;
	if (!s->vncr[cpu].pa || (write && !s->vncr[cpu].writable))
		return nested_fail(check, FINDING_STATE, "VNCR abort", "the page mapped",
		                   "not mapped");
	return 0;
}

int nested_check_vncr_access(struct nested_check *check)
{
	const struct nested_model *m = check->model;
	const struct nested_shared *s = m->view->shared;
	unsigned int cpu = check->args[0] % NESTED_VCPUS;
	const struct nested_s1 *s1 = &check->vncr[cpu];
	bool write = check->args[1] & NESTED_VNCR_WRITE;
	u8 slot = nested_slot(m, s1->pa);

	if (s->ret == NESTED_REFUSED)
		return 0;
	if (s->ret == NESTED_HIT)
		return expect(check, "a hit");
	if (s->ret != 1)
		return nested_fail_number(check, FINDING_RETURN, "VNCR abort, but returned", 1,
		                          s->ret);
	check->model->vncr[cpu].nr = 0;
	check->model->vncr[cpu].anything = false;
	nested_vncr_walked(check, cpu, s1);
	/* What KVM makes of a bad TCR_ELx.TxSZ is known from AT. */
	if (s1->failed)
		return check_reported(check, s1->fsc,
		                      s1->odd       ? FSC_ALL :
		                      s1->any_level ? FSC_LEVEL :
		                                      0);
	if (write && !s1->off && !s1->writable) {
		/* While the host is at it, the access is tried again. */
		if (m->nr_notified && s->vcpus[cpu].in_l2)
			return 0;
		return check_reported(check, NESTED_FSC_PERM(s1->level), 0);
	}
	if (!slot || (write && slot & NESTED_SLOT_READONLY))
		return check_reported(check, FSC_EXTERNAL, 0);
	return check_mapped(check, cpu, write);
}

void nested_vncr_walked(struct nested_check *check, unsigned int cpu, const struct nested_s1 *s1)
{
	const struct nested_vcpu *vcpu = &check->model->view->shared->vcpus[cpu];
	struct nested_vncr_tlb *tlb = &check->model->vncr[cpu];
	unsigned int shift = s1->granule + (3 - s1->level) * (s1->granule - 3);

	if (s1->failed)
		return;
	tlb->entries[tlb->nr++ % ARRAY_SIZE(tlb->entries)] = (struct nested_vncr_entry){
		.off = s1->off,
		.writable = s1->off || s1->writable,
		.global = !(s1->desc & DESC_NG),
		.granule = s1->granule,
		.level = s1->level,
		.asid = nested_asid(vcpu, NESTED_EL20),
		.va = vncr_va(vcpu),
		.pa = s1->pa,
		.size = s1->off ? NESTED_PAGE_SIZE : BIT(shift),
	};
}

struct forget {
	struct nested_check *check;
	u16 code;
	const u64 *args;
};

/* What the host or the VMM do with a page is that of every translation to it. */
static bool in_range(const struct nested_vncr_entry *entry, u64 ram, u64 size)
{
	u64 page = ALIGN_DOWN(entry->pa - NESTED_RAM_IPA, NESTED_PAGE_SIZE);

	return page - ram < size;
}

static bool forgets(const struct forget *f, unsigned int cpu, struct nested_vncr_entry *entry)
{
	const struct nested_model *m = f->check->model;
	const u64 *args = f->args;

	switch (f->code) {
	case OP_l1_tlbi:
		return nested_covers_vncr(entry, &m->before[args[0] % NESTED_VCPUS],
		                          cpu == args[0] % NESTED_VCPUS, args[1], args[2]);
	case OP_unmap_vm:
		return true;
	case OP_notifier_start:
		return in_range(entry, args[0], args[1]);
	case OP_memslot:
		return !(args[1] & NESTED_SLOT_THERE) &&
		       in_range(entry, args[0] % NESTED_SLOTS * NESTED_SLOT_SIZE, NESTED_SLOT_SIZE);
	default:
		return false;
	}
}

/* Pages that begin to be logged, or are again, are written to only when KVM has noted it. */
static bool protects(const struct forget *f, const struct nested_vncr_entry *entry)
{
	const u64 *args = f->args, slot = args[0] % NESTED_SLOTS * NESTED_SLOT_SIZE;
	u64 page;

	if (f->code == OP_memslot)
		return args[1] & NESTED_SLOT_LOGGED && !f->check->was_logged &&
		       in_range(entry, slot, NESTED_SLOT_SIZE);
	if (f->code != OP_wp_slot || !in_range(entry, slot, NESTED_SLOT_SIZE))
		return false;
	page = (entry->pa - NESTED_RAM_IPA - slot) / NESTED_PAGE_SIZE -
	       ALIGN_DOWN(args[1] % (NESTED_SLOT_SIZE / NESTED_PAGE_SIZE), 64);
	return page < 64 && args[2] >> page & 1;
}

void nested_vncr_follow(struct nested_check *check, u16 code, const u64 *args)
{
	const struct forget f = { .check = check, .code = code, .args = args };

	for (unsigned int cpu = 0; cpu < NESTED_VCPUS; cpu++) {
		struct nested_vncr_tlb *tlb = &check->model->vncr[cpu];

		for (u32 i = 0; i < tlb->nr;) {
			if (protects(&f, &tlb->entries[i]))
				tlb->entries[i].writable = false;
			if (forgets(&f, cpu, &tlb->entries[i]))
				tlb->entries[i] = tlb->entries[--tlb->nr];
			else
				i++;
		}
	}
}

/* Why a page is not what a translation gives to the vCPU; NULL: it is */
static const char *unlike(const struct nested_model *m, unsigned int cpu,
                          const struct nested_vncr_entry *entry)
{
	const struct nested_vcpu *vcpu = &m->view->shared->vcpus[cpu];
	const struct nested_vncr *page = &m->view->shared->vncr[cpu];

	if (entry->va != vncr_va(vcpu))
		return "VNCR page of another address";
	if (entry->off != is_off(vcpu))
		return "VNCR page of when stage 1 was not as it is";
	if (!entry->global && entry->asid != nested_asid(vcpu, NESTED_EL20))
		return "VNCR page of another ASID";
	if (page->pa != nested_backing(m, entry->pa - NESTED_RAM_IPA))
		return "VNCR page, another page";
	if (page->writable && !entry->writable)
		return "VNCR page, writable";
	if (nested_being_changed(m, ALIGN_DOWN(entry->pa - NESTED_RAM_IPA, NESTED_PAGE_SIZE),
	                         NESTED_PAGE_SIZE))
		return "VNCR page within a notifier";
	if (!nested_slot(m, entry->pa))
		return "VNCR page outside of memory slots";
	if (page->writable && nested_slot(m, entry->pa) & NESTED_SLOT_READONLY)
		return "VNCR page of a read-only slot, writable";
	return NULL;
}

static int check_page(struct nested_check *check, unsigned int cpu)
{
	const struct nested_model *m = check->model;
	const struct nested_vncr_tlb *tlb = &m->vncr[cpu];
	const char *why = "VNCR page that nothing is translated to";
	u64 pa = m->view->shared->vncr[cpu].pa;

	if (!m->view->shared->vcpus[cpu].in_l2)
		return nested_fail_number(check, FINDING_STATE, "VNCR page while L1 runs", 0, pa);
	if (tlb->anything)
		return 0;
	for (u32 i = 0; i < tlb->nr; i++) {
		why = unlike(m, cpu, &tlb->entries[i]);
		if (!why)
			return 0;
	}
	return nested_fail_number(check, FINDING_STATE, why, 0, pa);
}

int nested_check_vncr(struct nested_check *check)
{
	const struct nested_shared *s = check->model->view->shared;

	for (unsigned int cpu = 0; cpu < NESTED_VCPUS; cpu++) {
		nested_add(check, s->vncr[cpu].pa + s->vncr[cpu].writable);
		if (s->vncr[cpu].pa && check_page(check, cpu))
			return -1;
	}
	return 0;
}
