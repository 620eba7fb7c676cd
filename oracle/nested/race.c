// SPDX-License-Identifier: GPL-2.0-only
/*
 * An op that others were done meanwhile: which of them KVM saw first is its own business, so that answers are
 * not predicted. What must hold behind all of them is: a leaf is one that was there, or what L1's tables gave
 * to an access of this step, before it or behind it; it maps what the host has there now, and nothing that a
 * notifier or a deleted slot covers; what a TLBI covers is what L1's tables give now.
 */
#include "oracle/nested/check.h"

#include <stdio.h>
#include <string.h>

/* Each op of a step, the one under way first */
static unsigned int nr_ops(const struct nested_check *check)
{
	return 1 + check->model->view->shared->nr_meanwhile;
}

static u16 op_of(const struct nested_check *check, unsigned int i, const u64 **args, s64 *ret)
{
	const struct nested_shared *s = check->model->view->shared;

	if (!i) {
		*args = check->args;
		*ret = s->ret;
		return check->op->code;
	}
	*args = (const u64 *)s->meanwhile[i - 1].args;
	*ret = s->meanwhile[i - 1].ret;
	return check->op->code / OP_CODE_LIMIT * OP_CODE_LIMIT + s->meanwhile[i - 1].op;
}

static void walk_accesses(struct nested_check *check, bool behind)
{
	const struct nested_model *m = check->model;

	for (unsigned int i = 0; i < nr_ops(check); i++) {
		struct nested_raced *raced = &check->raced[i];
		const struct nested_vcpu *vcpu;
		const u64 *args;
		s64 ret;

		raced->is_access = op_of(check, i, &args, &ret) == OP_access;
		if (!raced->is_access)
			continue;
		vcpu = &m->view->shared->vcpus[args[0] % NESTED_VCPUS];
		raced->ipa = args[1];
		raced->mmu[behind] = vcpu->mmu;
		memset(&raced->l1[behind], 0, sizeof(raced->l1[behind]));
		if (vcpu->mmu && vcpu->regs[NESTED_REG_hcr_el2] & 1) {
			nested_walk_l1(m, vcpu, raced->ipa, &raced->l1[behind]);
		} else {
			/* Without a stage 2 of L1's */
			raced->l1[behind] = (struct nested_l1){
				.mapped = true,
				.perm = 15,
				.out = raced->ipa,
				.ipa = 0,
				.size = BIT(48),
			};
		}
	}
}

void nested_race_before(struct nested_check *check)
{
	walk_accesses(check, false);
	nested_vncr_before(check);
}

/* @was: a fault for permission keeps what an older entry of L1's gave (no break-before-make); NULL: it is new */
static bool given(const struct nested_l1 *l1, const struct nested_leaf *leaf, u64 ipa,
                  const struct nested_entry *was)
{
	u64 out = l1->out - (ipa - leaf->ipa);

	if (!l1->mapped || leaf->perm & ~(l1->perm | (was ? was->leaf.perm : 0)))
		return false;
	return was || (leaf->ipa >= l1->ipa && leaf->ipa + leaf->size <= l1->ipa + l1->size &&
	               nested_ram(leaf) == out - NESTED_RAM_IPA);
}

/* Return: what of L1's a new leaf was made from, NULL if it is nothing */
static const struct nested_l1 *reason(const struct nested_check *check, unsigned int mmu,
                                      const struct nested_leaf *leaf,
                                      const struct nested_entry *was)
{
	for (unsigned int i = 0; i < nr_ops(check); i++) {
		const struct nested_raced *raced = &check->raced[i];

		if (!raced->is_access || raced->ipa - leaf->ipa >= leaf->size)
			continue;
		for (unsigned int behind = 0; behind < 2; behind++) {
			if (raced->mmu[behind] == mmu &&
			    given(&raced->l1[behind], leaf, raced->ipa, was))
				return &raced->l1[behind];
		}
	}
	return NULL;
}

/*
 * More than one edit: L1's tables were something in between that nobody has looked at. What KVM makes of odd
 * ones is found where nobody races with it. Nor is the stage 2 known of an access between two others of these: one
 * that is reported to L1 ends L2's turn.
 */
static bool knows_tables(const struct nested_check *check)
{
	unsigned int edits = 0, entries = 0, accesses = 0;

	for (unsigned int i = 0; i < nr_ops(check); i++) {
		const u64 *args;
		s64 ret;
		u16 code = op_of(check, i, &args, &ret);

		accesses += check->raced[i].is_access;
		if (check->raced[i].is_access &&
		    (check->raced[i].l1[0].odd || check->raced[i].l1[1].odd))
			return false;
		edits += code == OP_l1_store || code == OP_l1_write;
		entries += code == OP_enter_l1 || code == OP_enter_l2;
	}
	return edits + entries < 2 && !(entries && accesses > 1);
}

struct raced_visit {
	struct nested_check *check;
	unsigned int mmu;
	const struct nested_context *old;
};

static const struct nested_entry *find_old(const struct nested_context *old,
                                           const struct nested_leaf *leaf)
{
	for (u32 i = 0; i < old->nr; i++) {
		const struct nested_leaf *was = &old->entries[i].leaf;

		if (was->ipa == leaf->ipa && was->size == leaf->size && was->pa == leaf->pa)
			return &old->entries[i];
	}
	return NULL;
}

static void visit_leaf(void *arg, const struct nested_leaf *leaf)
{
	struct raced_visit *v = arg;
	struct nested_check *check = v->check;
	struct nested_context *c = &check->model->contexts[v->mmu];
	const struct nested_entry *was = find_old(v->old, leaf);
	struct nested_entry entry = { .leaf = *leaf,
		                      .ram = nested_ram(leaf),
		                      .granule = NESTED_PAGE_SHIFT };
	const struct nested_l1 *l1;

	nested_add(check, leaf->ipa ^ leaf->pa ^ leaf->perm);
	if (check->finding->class != FINDING_NONE || c->nr == NESTED_MAX_ENTRIES)
		return;
	if (was) {
		entry = *was;
		entry.leaf = *leaf;
	}
	if (!was || leaf->perm & ~was->leaf.perm) {
		l1 = reason(check, v->mmu, leaf, was);
		if (!l1 && knows_tables(check)) {
			nested_fail_leaf(check, "new leaf, not L1's, in a race", "none", v->mmu,
			                 leaf);
			return;
		}
		if (l1 && !was && v->mmu && c->s2_enabled) {
			entry.l1_ipa = l1->ipa;
			entry.l1_size = l1->size;
			entry.l1_level = l1->level;
			entry.granule = nested_granule(c->vtcr);
		}
	}
	if (!was)
		nested_crowd(c, &entry);
	c->entries[c->nr++] = entry;
	nested_check_place(check, v->mmu, leaf);
}

/* What was there has stayed, or its end was told to the TLB. */
static int check_gone(struct nested_check *check, unsigned int mmu,
                      const struct nested_context *old)
{
	for (u32 i = 0; i < old->nr; i++) {
		const struct nested_leaf *was = &old->entries[i].leaf;
		struct nested_leaf now;

		nested_walk(check->model, mmu, was->ipa, &now);
		/* A write-protection without a TLBI is found where nobody races with it, too. */
		if (now.valid && now.pa == was->pa && now.size == was->size &&
		    (!(was->perm & ~now.perm & ~NESTED_W)))
			continue;
		if (!nested_flushed(check->model, mmu, was))
			return nested_fail_leaf(check, "changed in a race, and no TLBI", "a TLBI",
			                        mmu, was);
	}
	return 0;
}

static int check_stage2(struct nested_check *check, unsigned int mmu)
{
	struct nested_model *m = check->model;
	struct nested_context *c = &m->contexts[mmu], *old = &m->raced;
	const struct nested_mmu *s2 = &m->view->shared->mmus[mmu];
	struct raced_visit visit = { .check = check, .mmu = mmu, .old = old };
	bool renamed =
		s2->vttbr != c->vttbr || s2->vtcr != c->vtcr || !!s2->s2_enabled != c->s2_enabled;

	*old = *c;
	if (check_gone(check, mmu, old))
		return -1;
	/* What another context had is of no use to a new one; it may be on its way out. */
	if (mmu && renamed && !s2->pending_unmap) {
		old->nr = 0;
		c->vttbr = s2->vttbr;
		c->vtcr = s2->vtcr;
		c->s2_enabled = s2->s2_enabled;
	}
	c->nr = 0;
	nested_visit(m, mmu, visit_leaf, &visit);
	return check->finding->class == FINDING_NONE ? 0 : -1;
}

/* Was there an edit of L1's behind a TLBI, or at a time that is not known? */
static bool edited_behind(const struct nested_check *check, unsigned int tlbi)
{
	const struct nested_shared *s = check->model->view->shared;

	for (unsigned int i = 0; i < nr_ops(check); i++) {
		const u64 *args;
		s64 ret;
		u16 code = op_of(check, i, &args, &ret);

		if (code != OP_l1_store && code != OP_l1_write)
			continue;
		if (!tlbi || !i || s->meanwhile[i - 1].order > s->meanwhile[tlbi - 1].order)
			return true;
	}
	return false;
}

/* A leaf that a TLBI covers is there again only as L1's tables have it now. */
static int check_tlbi(struct nested_check *check, const u64 *args)
{
	struct nested_model *m = check->model;
	const struct nested_shared *s = m->view->shared;
	struct nested_vcpu vcpu = m->before[args[0] % NESTED_VCPUS];

	for (unsigned int mmu = 1; mmu < NESTED_MMUS; mmu++) {
		const struct nested_context *c = &m->contexts[mmu];

		for (u32 i = 0; !s->mmus[mmu].pending_unmap && i < c->nr; i++) {
			const struct nested_entry *entry = &c->entries[i];
			struct nested_l1 l1;

			if (!c->s2_enabled || !nested_covers(c, entry, &vcpu, args[1], args[2]) ||
			    nested_beside(entry, args[1], args[2]))
				continue;
			vcpu.regs[NESTED_REG_vtcr_el2] = c->vtcr;
			vcpu.regs[NESTED_REG_vttbr_el2] = c->vttbr;
			nested_walk_l1(m, &vcpu, entry->leaf.ipa, &l1);
			vcpu = m->before[args[0] % NESTED_VCPUS];
			if (!l1.odd && !given(&l1, &entry->leaf, entry->leaf.ipa, 0))
				return nested_fail_leaf(check, "TLBI lost in a race", "nothing",
				                        mmu, &entry->leaf);
		}
	}
	return 0;
}

/* In the order in which they were done; the one under way began before all others. */
static void follow(struct nested_check *check)
{
	const struct nested_shared *s = check->model->view->shared;

	for (unsigned int order = 0; order <= s->nr_done; order++) {
		for (unsigned int i = 0; i < nr_ops(check); i++) {
			const u64 *args;
			s64 ret;
			u16 code = op_of(check, i, &args, &ret);

			if ((i ? s->meanwhile[i - 1].order : 0) != order)
				continue;
			nested_add(check, ret);
			nested_follow(check, code, args, ret);
		}
	}
}

/* Was VNCR_EL2 of a vCPU translated in this step, so that it may be by L1's tables as they were or as they are? */
static bool walks_vncr(const struct nested_check *check, unsigned int cpu)
{
	for (unsigned int i = 0; i < nr_ops(check); i++) {
		const u64 *args;
		s64 ret;

		if (op_of(check, i, &args, &ret) == OP_vncr_access &&
		    args[0] % NESTED_VCPUS == cpu && ret != NESTED_REFUSED && ret != NESTED_HIT)
			return true;
	}
	return false;
}

/* A TLBI as of when HCR_EL2.TGE was what it is; a translation behind it is as good as new. */
static void invalidate_vncr(struct nested_check *check, bool walked)
{
	const struct nested_model *m = check->model;

	for (unsigned int i = 0; i < nr_ops(check); i++) {
		const u64 *args;
		s64 ret;
		u16 code = op_of(check, i, &args, &ret);
		unsigned int cpu = args[0] % NESTED_VCPUS;

		if (code == OP_l1_tlbi && ret != NESTED_REFUSED &&
		    !(walked && edited_behind(check, i)) &&
		    m->before[cpu].regs[NESTED_REG_hcr_el2] ==
		            m->view->shared->vcpus[cpu].regs[NESTED_REG_hcr_el2])
			nested_vncr_follow(check, code, args);
	}
}

static void follow_vncr(struct nested_check *check)
{
	struct nested_model *m = check->model;
	struct nested_s1 was[NESTED_VCPUS];

	invalidate_vncr(check, false);
	memcpy(was, check->vncr, sizeof(was));
	nested_vncr_before(check);
	for (unsigned int cpu = 0; cpu < NESTED_VCPUS; cpu++) {
		if (!walks_vncr(check, cpu))
			continue;
		m->vncr[cpu].nr = 0;
		m->vncr[cpu].anything = !knows_tables(check);
		nested_vncr_walked(check, cpu, &was[cpu]);
	}
	invalidate_vncr(check, true);
	for (unsigned int cpu = 0; cpu < NESTED_VCPUS; cpu++) {
		if (walks_vncr(check, cpu))
			nested_vncr_walked(check, cpu, &check->vncr[cpu]);
	}
}

int nested_check_race(struct nested_check *check)
{
	const struct nested_shared *s = check->model->view->shared;
	const u64 *args;
	s64 ret;

	follow(check);
	snprintf(check->expected, sizeof(check->expected), "%u ops meanwhile", s->nr_meanwhile);
	walk_accesses(check, true);
	for (unsigned int mmu = 0; mmu < NESTED_MMUS; mmu++) {
		if (check_stage2(check, mmu))
			return -1;
	}
	for (unsigned int i = 0; i < nr_ops(check); i++) {
		if (op_of(check, i, &args, &ret) == OP_l1_tlbi && ret != NESTED_REFUSED &&
		    !edited_behind(check, i) && check_tlbi(check, args))
			return -1;
	}
	follow_vncr(check);
	return nested_check_vcpus(check) || nested_check_vncr(check) ? -1 : 0;
}
