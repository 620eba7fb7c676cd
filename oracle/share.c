// SPDX-License-Identifier: GPL-2.0-only
/* Memory shared between the host and the hypervisor. */
#include "oracle/model.h"

/* The hypervisor shifts a PFN into an address and loses what does not fit. */
static u64 pfn_to_pa(u64 pfn)
{
	return pfn << MAP_PAGE_SHIFT;
}

/* A page must be exclusively the host's; it stays the host's, and the hypervisor may use it. */
void rule_host_share_hyp(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 pa = pfn_to_pa(regs[1]);
	struct model_page *page;
	s64 ret;

	model_touch(model, pa, MAP_PAGE_SIZE);
	ret = model_check_host(model, pa, MAP_PAGE_SIZE, STATE_OWNED);
	if (!ret && tree_has(model->info, FEATURE_checks_both_sides))
		ret = model_check_hyp(model, pa, MAP_PAGE_SIZE, STATE_NOPAGE);
	expect_return(expect, ret);
	if (ret)
		return;

	page = model_change(model, pa);
	page->host = STATE_SHARED_OWNED;
	page->hyp = STATE_SHARED_BORROWED;
	if (!tree_has(model->info, FEATURE_maps_when_pinned))
		model_set_hyp_map(model, page, PERM_R | PERM_W);
}

/* The page must be shared, with the hypervisor, and not in use there. */
void rule_host_unshare_hyp(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 pa = pfn_to_pa(regs[1]);
	struct model_page *page;
	s64 ret;

	model_touch(model, pa, MAP_PAGE_SIZE);
	ret = model_check_host(model, pa, MAP_PAGE_SIZE, STATE_SHARED_OWNED);
	if (!ret)
		ret = model_check_hyp(model, pa, MAP_PAGE_SIZE, STATE_SHARED_BORROWED);
	if (!ret && model_page(model, pa)->pins)
		ret = E_BUSY;
	expect_return(expect, ret);
	if (ret)
		return;

	page = model_change(model, pa);
	page->host = STATE_OWNED;
	page->hyp = STATE_NOPAGE;
	if (!tree_has(model->info, FEATURE_maps_when_pinned))
		model_set_hyp_map(model, page, 0);
}

/*
 * A vCPU that no CPU has loaded is pinned for the time of the call. The request is dropped if it
 * cannot be; a vCPU with nothing pending stays as it is. Where the tree does not check the host's
 * pointer it is followed: a defect, which shows as an exception where nothing is mapped.
 */
void rule_adjust_pc(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 pa;

	if (model_check_pin(model, regs[1], model->info->sizeof_vcpu, &pa) &&
	    tree_has(model->info, FEATURE_checks_vcpu))
		return;

	model_touch(model, pa, model->info->sizeof_vcpu);
	vcpu_adjust_pc(model, pa, expect);
}

/* Through any pointer of the host's: where something is mapped, EL2 changes it. */
void rule_follows_pointers(struct model *model, const u64 *regs, struct expectation *expect)
{
	(void)model;
	(void)regs;
	expect->unmodelled = "EL2 writes through a pointer of the host's";
}

/* The priorities of a vCPU, checked as above, are written where nobody reads. */
void rule_vgic_v3_save_aprs(struct model *model, const u64 *regs, struct expectation *expect)
{
	if (!tree_has(model->info, FEATURE_checks_vcpu))
		rule_follows_pointers(model, regs, expect);
}
