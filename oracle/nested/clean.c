// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cache maintenance of a host without FEAT_S2FWB, where a guest reads memory behind the caches while its MMU is off:
 * what KVM maps it cleans, and all that is mapped where a guest turns its caches on or off, or maintains them by set
 * and way. KVM traps SCTLR_EL1 from set and way on, until the caches are on.
 */
#include "oracle/nested/check.h"

#define SCTLR_M BIT(0)
#define SCTLR_C BIT(2)

static bool caches_on(u64 sctlr)
{
	return !(~sctlr & (SCTLR_M | SCTLR_C));
}

bool nested_cleaned(const struct nested_model *m, const struct nested_leaf *leaf)
{
	const struct nested_shared *s = m->view->shared;

	if (m->fwb || s->nr_events > NESTED_MAX_EVENTS)
		return true;
	for (u64 i = 0; i < s->nr_events; i++) {
		const struct nested_event *e = &s->events[i];

		if (e->kind == NESTED_CLEAN && leaf->pa >= e->addr &&
		    leaf->pa + leaf->size <= e->addr + e->size)
			return true;
	}
	return false;
}

bool nested_clean_due(const struct nested_check *check)
{
	const struct nested_model *m = check->model;
	unsigned int cpu = check->args[0] % NESTED_VCPUS;
	u64 sctlr = m->view->shared->vcpus[cpu].regs[NESTED_REG_sctlr_el1];

	switch (check->op->code) {
	case OP_set_way:
		return !m->traps_sctlr[cpu];
	case OP_l2_sctlr:
		return m->traps_sctlr[cpu] && caches_on(check->args[1]) != caches_on(sctlr);
	default:
		return false;
	}
}

int nested_check_cleaned(struct nested_check *check)
{
	const struct nested_model *m = check->model;

	for (unsigned int mmu = 0; check->cleans && mmu < NESTED_MMUS; mmu++) {
		const struct nested_context *c = &m->contexts[mmu];

		if (m->view->shared->mmus[mmu].pending_unmap)
			continue;
		for (u32 i = 0; i < c->nr; i++) {
			if (!nested_cleaned(m, &c->entries[i].leaf))
				return nested_fail_leaf(check, "not cleaned",
				                        "cleaned to the point of coherency", mmu,
				                        &c->entries[i].leaf);
		}
	}
	return 0;
}

void nested_follow_caches(struct nested_model *m, u16 code, const u64 *args)
{
	bool *traps = &m->traps_sctlr[args[0] % NESTED_VCPUS];

	if (code == OP_set_way)
		*traps = !m->fwb;
	if (code == OP_l2_sctlr && caches_on(args[1]))
		*traps = false;
}
