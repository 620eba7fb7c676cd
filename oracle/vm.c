// SPDX-License-Identifier: GPL-2.0-only
/* VM slots, and VMs that cannot be created. */
#include "oracle/model.h"

void rule_reserve_vm(struct model *model, const u64 *regs, struct expectation *expect)
{
	(void)regs;
	for (u32 slot = 0; slot < model->info->vm_slots; slot++) {
		if (model->reserved[slot])
			continue;
		model->reserved[slot] = true;
		model->slots_changed = true;
		expect_return(expect, model->info->vm_handle_base + slot);
		return;
	}

	expect_return(expect, E_NOMEM);
}

/* Only a slot that is reserved and no more than that; anything else is ignored. */
void rule_unreserve_vm(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 slot = (u32)((regs[1] & model->info->vm_handle_mask) - model->info->vm_handle_base);

	(void)expect;
	if (slot < model->info->vm_slots && model->reserved[slot]) {
		model->reserved[slot] = false;
		model->slots_changed = true;
	}
}

/*
 * The host's struct kvm must be shared and is pinned first; then it must have vCPUs. What comes after
 * that is the creation of a VM.
 */
void rule_init_vm(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 pa;
	s64 ret = model_check_pin(model, regs[1], model->info->sizeof_kvm, &pa);

	expect_return(expect, ret);
	if (ret)
		return;

	model_touch(model, pa, model->info->sizeof_kvm);
	if (model_is_zero(
		    model,
		    ALIGN_DOWN(pa + model->info->kvm_fields[KVM_FIELD_created_vcpus].offset, 8),
		    16))
		expect_return(expect, E_INVAL);
	else
		expect->unmodelled = "creating a VM";
}

/*
 * The memory for the vCPU is donated, cleared, and given back since there is no such VM: the host finds
 * it cleared.
 */
void rule_init_vcpu(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 size = ALIGN_UP(model->info->sizeof_hyp_vcpu, MAP_PAGE_SIZE);
	u64 pa = map_hva_pa(regs[3]);

	model_touch(model, pa, size);
	if (pa & (MAP_PAGE_SIZE - 1) || pa + size > BIT(model->map->pa_bits) ||
	    model_check_host(model, pa, size, STATE_OWNED) ||
	    model_check_hyp(model, pa, size, STATE_NOPAGE)) {
		expect_return(expect, E_NOMEM);
		return;
	}

	/* The structure is cleared, not the rest of its last page: that is the host's own data. */
	model_zero(model, pa, model->info->sizeof_hyp_vcpu);
	expect_return(expect, E_NOENT);
}

/* A page that the host can reach need not be reclaimed; no page is a guest's yet. */
void rule_force_reclaim_guest_page(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 pa = ALIGN_DOWN(regs[1], MAP_PAGE_SIZE);
	const struct model_page *page = model_page(model, pa);

	model_touch(model, pa, 1);
	if (!page || !map_region(model->map, pa))
		expect_return(expect, E_FAULT);
	else if (page->host != STATE_NOPAGE)
		expect_return(expect, E_AGAIN);
	else
		expect_return(expect, page->access == ACCESS_DONATED ? E_PERM : E_INVAL);
}
