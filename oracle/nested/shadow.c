// SPDX-License-Identifier: GPL-2.0-only
/*
 * The leaves of KVM's stage 2s. A new one must be what L1's tables say now, where the access was; one that
 * is gone, or may do less, must have been told to the TLB; one that a TLBI or a notifier covers must be
 * gone.
 */
#include "oracle/nested/check.h"

#include <stdio.h>
#include <string.h>

#define VTTBR_CNP BIT(0)

static const char *describe(unsigned int mmu, const struct nested_leaf *leaf, char *buf, size_t len)
{
	if (!leaf->valid)
		snprintf(buf, len, "nothing");
	else
		snprintf(buf, len, "stage 2 %u: 0x%llx -> 0x%llx, 0x%llx bytes, %c%c%c%c", mmu,
		         (unsigned long long)leaf->ipa, (unsigned long long)leaf->pa,
		         (unsigned long long)leaf->size, leaf->perm & NESTED_R ? 'r' : '-',
		         leaf->perm & NESTED_W ? 'w' : '-', leaf->perm & NESTED_XP ? 'x' : '-',
		         leaf->perm & NESTED_XU ? 'u' : '-');
	return buf;
}

int nested_fail_leaf(struct nested_check *check, const char *place, const char *expected,
                     unsigned int mmu, const struct nested_leaf *leaf)
{
	char text[160];

	return nested_fail(check, FINDING_STATE, place, expected,
	                   describe(mmu, leaf, text, sizeof(text)));
}

static bool same(const struct nested_leaf *a, const struct nested_leaf *b)
{
	return a->valid == b->valid && a->ipa == b->ipa && a->pa == b->pa && a->size == b->size &&
	       a->perm == b->perm;
}

bool nested_flushed(const struct nested_model *m, unsigned int mmu, const struct nested_leaf *leaf)
{
	const struct nested_shared *s = m->view->shared;

	if (s->nr_events > NESTED_MAX_EVENTS)
		return true;
	for (u64 i = 0; i < s->nr_events; i++) {
		const struct nested_event *e = &s->events[i];

		if (e->mmu != mmu)
			continue;
		if (e->kind == NESTED_FLUSH_VMID)
			return true;
		if (e->kind == NESTED_FLUSH_IPA && e->addr - leaf->ipa < leaf->size)
			return true;
		/* As of one IPA: whatever translates any of them goes as a whole. */
		if (e->kind == NESTED_FLUSH_RANGE && e->addr < leaf->ipa + leaf->size &&
		    leaf->ipa < e->addr + e->size)
			return true;
	}

	return false;
}

u64 nested_ram(const struct nested_leaf *leaf)
{
	u64 offset = leaf->pa - NESTED_RAM_PA;

	return leaf->pa >= NESTED_RAM_PA && offset < 2 * NESTED_RAM_SIZE ?
	               offset % NESTED_RAM_SIZE :
	               ~0ULL;
}

static struct nested_entry *find_entry(struct nested_context *c, u64 ipa)
{
	for (u32 i = 0; i < c->nr; i++) {
		if (ipa - c->entries[i].leaf.ipa < c->entries[i].leaf.size)
			return &c->entries[i];
	}
	return NULL;
}

u64 nested_backing(const struct nested_model *m, u64 ram)
{
	u64 page = ram / NESTED_PAGE_SIZE;

	return page < NESTED_RAM_PAGES ?
	               (m->view->shared->backing[page] & 0x3fffffffULL) * NESTED_PAGE_SIZE :
	               0;
}

/* The host maps each page of a leaf where the leaf says. */
static int check_backing(struct nested_check *check, const struct nested_leaf *leaf, u64 ram)
{
	for (u64 at = 0; at < leaf->size; at += NESTED_PAGE_SIZE) {
		if (nested_backing(check->model, ram + at) != leaf->pa + at)
			return nested_fail_leaf(check, "new leaf, not the host's page",
			                        "the page that the host has there", check->mmu,
			                        leaf);
	}
	return 0;
}

/* Between its notifiers the host may take the page away at any time (1). */
bool nested_being_changed(const struct nested_model *m, u64 ram, u64 size)
{
	for (u32 i = 0; i < m->nr_notified; i++) {
		if (ram < m->notified[i] + m->notified_size[i] && m->notified[i] < ram + size)
			return true;
	}
	return false;
}

int nested_check_place(struct nested_check *check, unsigned int mmu, const struct nested_leaf *leaf)
{
	const struct nested_model *m = check->model;
	u64 ram = nested_ram(leaf);
	u8 slot = nested_slot(m, NESTED_RAM_IPA + ram);

	if (!slot)
		return nested_fail_leaf(check, "leaf outside of memory slots, in a race", "none",
		                        mmu, leaf);
	if (leaf->perm & NESTED_W && slot & NESTED_SLOT_READONLY)
		return nested_fail_leaf(check, "leaf of a read-only slot, in a race",
		                        "no write permission", mmu, leaf);
	if (nested_being_changed(m, ram, leaf->size))
		return nested_fail_leaf(check, "leaf within a notifier, in a race", "none", mmu,
		                        leaf);
	for (u64 at = 0; at < leaf->size; at += NESTED_PAGE_SIZE) {
		if (nested_backing(m, ram + at) != leaf->pa + at)
			return nested_fail_leaf(check, "not the host's page, in a race",
			                        "the page that the host has there", mmu, leaf);
	}
	return 0;
}

/* What L1 gives, and the VMM, for the whole of a leaf (2) */
static int check_new(struct nested_check *check, const struct nested_leaf *leaf,
                     const struct nested_leaf *old)
{
	struct nested_model *m = check->model;
	const struct nested_l1 *l1 = &check->l1;
	bool nested = check->mmu && m->contexts[check->mmu].s2_enabled;
	u64 ipa = check->args[1], how = check->args[2];
	u64 out = (nested ? l1->out : ipa) - (ipa - leaf->ipa);
	u8 perm = nested ? l1->perm : NESTED_R | NESTED_W | NESTED_XP | NESTED_XU;
	u8 slot = nested_slot(m, nested ? l1->out : ipa);
	bool relaxed = old->valid && old->pa == leaf->pa && old->size == leaf->size;

	if (nested && !l1->mapped)
		return nested_fail_leaf(check, "new leaf, not L1's", "none", check->mmu, leaf);
	if (!slot)
		return nested_fail_leaf(check, "new leaf, outside of memory slots", "none",
		                        check->mmu, leaf);
	/* A fault for permission may keep what an older entry of L1's gave (no break-before-make). */
	if (relaxed)
		perm |= old->perm;
	if (leaf->perm & ~perm)
		return nested_fail_number(check, FINDING_STATE, "new leaf, permission", perm,
		                          leaf->perm);
	if (leaf->perm & NESTED_W && slot & NESTED_SLOT_READONLY)
		return nested_fail_leaf(check, "new leaf, of a read-only slot",
		                        "no write permission", check->mmu, leaf);
	if (leaf->perm & NESTED_W && slot & NESTED_SLOT_LOGGED &&
	    !(relaxed && old->perm & NESTED_W) && how != NESTED_ACCESS_write &&
	    how != NESTED_ACCESS_clean)
		return nested_fail_leaf(check, "new leaf, of a logged slot",
		                        "no write permission before a write", check->mmu, leaf);
	if (relaxed)
		return 0;
	if (!nested_cleaned(m, leaf))
		return nested_fail_leaf(check, "new leaf, not cleaned",
		                        "cleaned to the point of coherency", check->mmu, leaf);
	if (nested && (leaf->ipa < l1->ipa || leaf->ipa + leaf->size > l1->ipa + l1->size))
		return nested_fail_leaf(check, "new leaf, larger than L1's", "at most L1's",
		                        check->mmu, leaf);
	if (nested_being_changed(m, nested_ram(leaf), leaf->size))
		return nested_fail_leaf(check, "new leaf, within a notifier", "none", check->mmu,
		                        leaf);
	if (out - NESTED_RAM_IPA != nested_ram(leaf))
		return nested_fail_leaf(check, "new leaf, another page", "the page that L1 gives",
		                        check->mmu, leaf);
	return check_backing(check, leaf, out - NESTED_RAM_IPA);
}

static int add_entry(struct nested_check *check, struct nested_context *c,
                     const struct nested_leaf *leaf, const struct nested_entry *old)
{
	const struct nested_vcpu *vcpu = &check->model->before[check->args[0] % NESTED_VCPUS];
	bool nested = check->mmu && c->s2_enabled;
	struct nested_entry *entry = &c->entries[c->nr];

	if (c->nr == NESTED_MAX_ENTRIES)
		return 0;
	c->nr++;
	*entry = (struct nested_entry){ .leaf = *leaf,
		                        .ram = nested_ram(leaf),
		                        .granule = NESTED_PAGE_SHIFT };
	if (nested) {
		entry->l1_ipa = check->l1.ipa;
		entry->l1_size = check->l1.size;
		entry->l1_level = check->l1.level;
		entry->granule = nested_granule(vcpu->regs[NESTED_REG_vtcr_el2]);
	}
	/* Relaxed: it is what it was. */
	if (old && old->leaf.pa == leaf->pa && old->leaf.size == leaf->size) {
		entry->l1_ipa = old->l1_ipa;
		entry->l1_size = old->l1_size;
		entry->l1_level = old->l1_level;
	}
	nested_crowd(c, entry);
	return 0;
}

static void remove_entry(struct nested_context *c, struct nested_entry *entry)
{
	*entry = c->entries[--c->nr];
}

/* An access may make one leaf, and replace what was in its place by it. */
static int check_access(struct nested_check *check)
{
	struct nested_model *m = check->model;
	struct nested_context *c = &m->contexts[check->mmu];
	struct nested_entry old = { 0 }, *entry;
	struct nested_leaf now;
	u64 block = ALIGN_DOWN(check->args[1], BIT(NESTED_SHIFT(1)));

	nested_walk(m, check->mmu, check->args[1], &now);
	nested_add(check, now.valid ? now.pa ^ now.perm : 0);
	entry = find_entry(c, check->args[1]);
	if (entry)
		old = *entry;
	if (same(&now, &old.leaf) || (!now.valid && !old.leaf.valid))
		return 0;
	if (now.valid && check_new(check, &now, &old.leaf))
		return -1;

	/* What lay in the same part of the table has gone with the larger of the two, or stays. */
	for (u32 i = 0; i < c->nr;) {
		struct nested_leaf there;

		entry = &c->entries[i];
		if (entry->leaf.ipa - block >= BIT(NESTED_SHIFT(1))) {
			i++;
			continue;
		}
		nested_walk(m, check->mmu, entry->leaf.ipa, &there);
		if (same(&there, &entry->leaf)) {
			i++;
			continue;
		}
		if (!(there.valid && there.pa == entry->leaf.pa && there.size == entry->leaf.size &&
		      !(entry->leaf.perm & ~there.perm)) &&
		    !nested_flushed(m, check->mmu, &entry->leaf))
			return nested_fail_leaf(check, "changed, and no TLBI", "a TLBI", check->mmu,
			                        &entry->leaf);
		remove_entry(c, entry);
	}
	return now.valid ? add_entry(check, c, &now, old.leaf.valid ? &old : NULL) : 0;
}

/* Every other op leaves a leaf, lets it do less, or removes it. */
static int check_leaves(struct nested_check *check, unsigned int mmu)
{
	struct nested_model *m = check->model;
	struct nested_context *c = &m->contexts[mmu];

	for (u32 i = 0; i < c->nr;) {
		struct nested_entry *entry = &c->entries[i];
		struct nested_leaf now;

		nested_walk(m, mmu, entry->leaf.ipa, &now);
		if (same(&now, &entry->leaf)) {
			i++;
			continue;
		}
		if (!nested_flushed(m, mmu, &entry->leaf))
			return nested_fail_leaf(check,
			                        now.valid ? "write-protected, and no TLBI" :
			                                    "gone, and no TLBI",
			                        "a TLBI", mmu, &entry->leaf);
		if (!now.valid) {
			remove_entry(c, entry);
			continue;
		}
		if (now.pa != entry->leaf.pa || now.size != entry->leaf.size ||
		    now.perm & ~entry->leaf.perm)
			return nested_fail_leaf(check, "changed", "what was there, or less", mmu,
			                        &now);
		entry->leaf = now;
		i++;
	}
	return 0;
}

static bool in_range(const struct nested_entry *entry, u64 ram, u64 size)
{
	return entry->ram != ~0ULL && entry->ram < ram + size &&
	       ram < entry->ram + entry->leaf.size;
}

/* None of the entries in a range of L1's RAM may be there, or none that may be written to. */
static int check_range(struct nested_check *check, const char *place, u64 ram, u64 size,
                       bool only_writable)
{
	struct nested_model *m = check->model;

	for (unsigned int mmu = 0; mmu < NESTED_MMUS; mmu++) {
		struct nested_context *c = &m->contexts[mmu];

		for (u32 i = 0; i < c->nr; i++) {
			const struct nested_entry *entry = &c->entries[i];

			if (in_range(entry, ram, size) &&
			    (!only_writable || entry->leaf.perm & NESTED_W))
				return nested_fail_leaf(check, place,
				                        only_writable ? "no write permission" :
				                                        "nothing",
				                        mmu, &entry->leaf);
		}
	}
	return 0;
}

static int check_tlbi(struct nested_check *check)
{
	struct nested_model *m = check->model;
	const struct nested_vcpu *vcpu = &m->before[check->args[0] % NESTED_VCPUS];

	for (unsigned int mmu = 1; mmu < NESTED_MMUS; mmu++) {
		struct nested_context *c = &m->contexts[mmu];

		/* It is unmapped before anybody uses it. */
		if (m->view->shared->mmus[mmu].pending_unmap)
			continue;
		for (u32 i = 0; i < c->nr; i++) {
			if (!nested_covers(c, &c->entries[i], vcpu, check->args[1], check->args[2]))
				continue;
			return nested_fail_leaf(
				check,
				nested_beside(&c->entries[i], check->args[1], check->args[2]) ?
					"range TLBI leaves the rest of a block" :
					"TLBI leaves a leaf",
				"nothing", mmu, &c->entries[i].leaf);
		}
	}
	return 0;
}

/* A stage 2 that stands for something else now has nothing of what it had. */
static int check_context(struct nested_check *check, unsigned int mmu)
{
	const struct nested_mmu *s2 = &check->model->view->shared->mmus[mmu];
	struct nested_context *c = &check->model->contexts[mmu];
	bool renamed =
		s2->vttbr != c->vttbr || s2->vtcr != c->vtcr || !!s2->s2_enabled != c->s2_enabled;

	if (!mmu)
		return 0;
	/* What is yet to be done before a vCPU runs with it */
	if (renamed && c->nr && !s2->pending_unmap)
		return nested_fail_leaf(check, "recycled", "nothing of another context's", mmu,
		                        &c->entries[0].leaf);
	if (renamed && !c->nr) {
		c->vttbr = s2->vttbr;
		c->vtcr = s2->vtcr;
		c->s2_enabled = s2->s2_enabled;
	}
	return 0;
}

static int check_op(struct nested_check *check)
{
	struct nested_model *m = check->model;
	const u64 *args = check->args;
	u64 ram;

	if (m->view->shared->ret == NESTED_REFUSED)
		return 0;
	switch (check->op->code) {
	case OP_notifier_start:
		return check_range(check, "notifier leaves a leaf", args[0], args[1], false);
	case OP_unmap_vm:
		return check_range(check, "unmapped, and there", 0, NESTED_RAM_SIZE, false);
	case OP_set_way:
	case OP_l2_sctlr:
		return nested_check_cleaned(check);
	case OP_l1_tlbi:
		return check_tlbi(check);
	case OP_memslot:
		if (m->view->shared->ret)
			return 0;
		ram = args[0] % NESTED_SLOTS * NESTED_SLOT_SIZE;
		if (!(args[1] & NESTED_SLOT_THERE))
			return check_range(check, "memory slot deleted", ram, NESTED_SLOT_SIZE,
			                   false);
		/* It has begun to be logged */
		if (args[1] & NESTED_SLOT_LOGGED && !check->was_logged)
			return check_range(check, "memory slot logged", ram, NESTED_SLOT_SIZE,
			                   true);
		return 0;
	case OP_wp_slot:
		for (unsigned int i = 0; i < 64; i++) {
			ram = args[0] % NESTED_SLOTS * NESTED_SLOT_SIZE +
			      (ALIGN_DOWN(args[1] % (NESTED_SLOT_SIZE / NESTED_PAGE_SIZE), 64) +
			       i) * NESTED_PAGE_SIZE;
			if (args[2] >> i & 1 &&
			    check_range(check, "write-protected", ram, NESTED_PAGE_SIZE, true))
				return -1;
		}
		return 0;
	}
	return 0;
}

int nested_check_shadows(struct nested_check *check)
{
	if (check->op->code == OP_l1_store || check->op->code == OP_l1_write ||
	    check->op->code == OP_fail_alloc)
		return 0;
	if (check->op->code == OP_access && check->model->view->shared->ret != NESTED_REFUSED &&
	    check->model->view->shared->ret != NESTED_HIT && check_access(check))
		return -1;
	for (unsigned int mmu = 0; mmu < NESTED_MMUS; mmu++) {
		if ((check->op->code != OP_access && check_leaves(check, mmu)) ||
		    check_context(check, mmu))
			return -1;
	}
	return check_op(check);
}

struct everything {
	struct nested_check *check;
	unsigned int mmu;
	u32 seen;
};

static void visit_leaf(void *arg, const struct nested_leaf *leaf)
{
	struct everything *all = arg;
	struct nested_context *c = &all->check->model->contexts[all->mmu];
	const struct nested_entry *entry = find_entry(c, leaf->ipa);

	nested_add(all->check, leaf->ipa ^ leaf->pa ^ leaf->perm);
	all->seen++;
	if (all->check->finding->class == FINDING_NONE && c->nr < NESTED_MAX_ENTRIES &&
	    (!entry || !same(&entry->leaf, leaf)))
		nested_fail_leaf(all->check, "a leaf that nobody has made",
		                 entry ? "another" : "nothing", all->mmu, leaf);
}

int nested_check_everything(struct nested_check *check)
{
	for (unsigned int mmu = 0; mmu < NESTED_MMUS; mmu++) {
		struct everything all = { .check = check, .mmu = mmu };
		const struct nested_context *c = &check->model->contexts[mmu];

		nested_visit(check->model, mmu, visit_leaf, &all);
		if (check->finding->class != FINDING_NONE)
			return -1;
		if (all.seen != c->nr && c->nr < NESTED_MAX_ENTRIES)
			return nested_fail_number(check, FINDING_STATE, "leaves that are lost",
			                          c->nr, all.seen);
	}
	return 0;
}

int nested_check_vcpus(struct nested_check *check)
{
	const struct nested_shared *s = check->model->view->shared;
	int refs[NESTED_MMUS] = { 0 };

	for (unsigned int i = 0; i < NESTED_VCPUS; i++) {
		const struct nested_vcpu *v = &s->vcpus[i];
		const struct nested_mmu *s2 = &s->mmus[v->mmu % NESTED_MMUS];
		bool enabled = v->regs[NESTED_REG_hcr_el2] & 1;

		nested_add(check, v->pc ^ v->pstate ^ v->esr_el2 ^ v->mmu);
		if (v->mmu >= NESTED_MMUS || !!v->mmu != !!v->in_l2)
			return nested_fail_number(check, FINDING_INVARIANT, "stage 2 of a vCPU",
			                          v->in_l2, v->mmu);
		if (!v->in_l2)
			continue;
		refs[v->mmu]++;
		if (enabled != !!s2->s2_enabled ||
		    vmid_of(s2->vttbr) != vmid_of(v->regs[NESTED_REG_vttbr_el2]))
			return nested_fail_number(check, FINDING_INVARIANT, "context of a vCPU",
			                          v->regs[NESTED_REG_vttbr_el2], s2->vttbr);
		if (enabled && ((v->regs[NESTED_REG_vttbr_el2] & ~VTTBR_CNP) != s2->vttbr ||
		                v->regs[NESTED_REG_vtcr_el2] != s2->vtcr))
			return nested_fail_number(check, FINDING_INVARIANT, "context of a vCPU",
			                          v->regs[NESTED_REG_vttbr_el2], s2->vttbr);
		if (s2->pending_unmap)
			return nested_fail(check, FINDING_INVARIANT, "context of a vCPU",
			                   "unmapped before it is used", "not unmapped");
	}
	for (unsigned int i = 1; i < NESTED_MMUS; i++) {
		if (s->mmus[i].refs != refs[i])
			return nested_fail_number(check, FINDING_INVARIANT, "users of a stage 2",
			                          refs[i], s->mmus[i].refs);
	}
	return 0;
}
