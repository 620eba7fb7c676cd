// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls the tree's page-table library, one function an op. Compiled with the tree's headers and flags, for
 * both machines; and for each of them as the hypervisor's code and as the host kernel's, which has walks
 * that others share.
 *
 * What no caller of the library could do is refused (destroying a table that is not there); what a
 * caller could do by mistake is passed on.
 */
#include "driver.h"

void el2fuzz_pgtable_step(struct pgtable_shared *s);

#define SCALE_OF_CHUNKS 64

struct pgtable_shared *shared;
struct driver driver;

static bool force_pte(u64 addr, u64 end, enum kvm_pgtable_prot prot)
{
	return prot != KVM_PGTABLE_PROT_RWX;
}

/* Where the library knows but one permission to execute, either asks for it. */
#if !HAS_split_exec
#define KVM_PGTABLE_PROT_PX KVM_PGTABLE_PROT_X
#define KVM_PGTABLE_PROT_UX KVM_PGTABLE_PROT_X
#endif

static enum kvm_pgtable_prot prot_of(u64 prot)
{
	return (prot & PGTABLE_R ? KVM_PGTABLE_PROT_R : 0) |
	       (prot & PGTABLE_W ? KVM_PGTABLE_PROT_W : 0) |
	       (prot & PGTABLE_PX ? KVM_PGTABLE_PROT_PX : 0) |
	       (prot & PGTABLE_UX ? KVM_PGTABLE_PROT_UX : 0) |
	       (prot & PGTABLE_DEVICE ? KVM_PGTABLE_PROT_DEVICE : 0) |
	       (prot & PGTABLE_NC ? KVM_PGTABLE_PROT_NORMAL_NC : 0) |
	       FIELD_PREP(KVM_PTE_LEAF_ATTR_HI_SW, (prot & PGTABLE_SW) / PGTABLE_SW0);
}

static enum kvm_pgtable_walk_flags flags_of(u64 flags)
{
#if HAS_walk_flags
	const enum kvm_pgtable_walk_flags again =
		flags & PGTABLE_IGNORE_EAGAIN ? KVM_PGTABLE_WALK_IGNORE_EAGAIN : 0;
#else
	const enum kvm_pgtable_walk_flags again =
		flags & PGTABLE_IGNORE_EAGAIN ? 0 : KVM_PGTABLE_WALK_HANDLE_FAULT;
#endif

	return again | (flags & PGTABLE_SHARED ? KVM_PGTABLE_WALK_SHARED : 0) |
	       (flags & PGTABLE_SKIP_BBM_TLBI ? KVM_PGTABLE_WALK_SKIP_BBM_TLBI : 0) |
	       (flags & PGTABLE_SKIP_CMO ? KVM_PGTABLE_WALK_SKIP_CMO : 0);
}

static enum kvm_pgtable_walk_flags visits_of(u64 flags)
{
	return flags_of(flags) | (flags & PGTABLE_LEAF ? KVM_PGTABLE_WALK_LEAF : 0) |
	       (flags & PGTABLE_TABLE_PRE ? KVM_PGTABLE_WALK_TABLE_PRE : 0) |
	       (flags & PGTABLE_TABLE_POST ? KVM_PGTABLE_WALK_TABLE_POST : 0);
}

static int pages_of(u64 cache)
{
	return cache < PGTABLE_POOL_PAGES ? cache : PGTABLE_POOL_PAGES;
}

static struct kvm_mmu_memory_cache *memcache(u64 cache)
{
	driver.mmu.split_page_cache.nobjs = cache == CACHE_NONE ? 0 : pages_of(cache);
	return cache == CACHE_NONE ? NULL : &driver.mmu.split_page_cache;
}

static u64 vtcr_of(u64 ia_bits)
{
	const u64 mmfr0 = FIELD_PREP(ID_AA64MMFR0_EL1_PARANGE_MASK,
	                             shared->pa_bits == 52 ? ID_AA64MMFR0_EL1_PARANGE_52 :
	                                                     ID_AA64MMFR0_EL1_PARANGE_48);

	return kvm_get_vtcr(mmfr0, 0, ia_bits);
}

static bool good_ia_bits(u64 ia_bits)
{
	return ia_bits >= PGTABLE_MIN_IA_BITS && ia_bits <= shared->pa_bits;
}

static s64 s2_init(u64 style, u64 ia_bits, u64 flags, u64 cache)
{
	enum kvm_pgtable_stage2_flags of = (flags & PGTABLE_IDMAP ? KVM_PGTABLE_S2_IDMAP : 0) |
#if HAS_host_fwb
	                                   (flags & PGTABLE_AS_S1 ? KVM_PGTABLE_S2_AS_S1 : 0);
#else
	                                   (flags & PGTABLE_NOFWB ? KVM_PGTABLE_S2_NOFWB : 0);
#endif
	int ret;

	if (shared->s2.pgd || style == PGTABLE_STYLE_early || style >= PGTABLE_NR_STYLES ||
	    !good_ia_bits(ia_bits))
		return PGTABLE_REFUSED;
	driver.budget = pages_of(cache);
	driver.mmu.pgt = &driver.s2;
	driver.mmu.vtcr = vtcr_of(ia_bits);
	ret = __kvm_pgtable_stage2_init(&driver.s2, &driver.mmu, &mm_ops[style], of,
	                                style == PGTABLE_STYLE_host ? force_pte : NULL);
	if (!ret) {
		driver.s2_style = style;
		driver.s2_made = true;
		shared->value[0] = driver.mmu.vtcr & PGTABLE_VTCR_FORMAT;
	}
	return ret;
}

#if HAS_destroys_ranges
/* As the host destroys a large VM's: in pieces that blocks do not straddle, the first level last. */
static void destroy_in_pieces(u64 chunk)
{
	u64 block = kvm_granule_size(KVM_PGTABLE_MIN_BLOCK_LEVEL);
	u64 end = BIT(driver.s2.ia_bits), step;

	step = chunk < end / block ? chunk * block : end;
	if (step < end / SCALE_OF_CHUNKS)
		step = ALIGN(end / SCALE_OF_CHUNKS, block);
	for (u64 addr = 0; addr < end; addr += step)
		kvm_pgtable_stage2_destroy_range(&driver.s2, addr, min(step, end - addr));
	kvm_pgtable_stage2_destroy_pgd(&driver.s2);
}
#else
static void destroy_in_pieces(u64 chunk)
{
	kvm_pgtable_stage2_destroy(&driver.s2);
}
#endif

static s64 s2_destroy(u64 chunk)
{
	if (!driver.s2.pgd || driver.s2_style == PGTABLE_STYLE_host)
		return PGTABLE_REFUSED;
	if (chunk)
		destroy_in_pieces(chunk);
	else
		kvm_pgtable_stage2_destroy(&driver.s2);
	return 0;
}

/* Without the type of an annotation, an output beyond the PA space says that there is none. */
static bool refuses_output(u64 to, u64 size)
{
	return pgtable_reaches_pool(shared->pa_bits, to, size) ||
	       (!HAS_typed_annotations && to >> shared->pa_bits);
}

static s64 s2_create_unlinked(u64 slot, u64 to, u64 level, u64 prot, u64 cache, u64 force)
{
	kvm_pte_t *table;

	if (slot >= PGTABLE_UNLINKED || shared->unlinked[slot] || level >= KVM_PGTABLE_LAST_LEVEL ||
	    refuses_output(to, kvm_granule_size(level)))
		return PGTABLE_REFUSED;
	table = kvm_pgtable_stage2_create_unlinked(&driver.s2, to, level, prot_of(prot),
	                                           memcache(cache), force);
	if (IS_ERR(table))
		return PTR_ERR(table);
	shared->unlinked[slot] = phys(table);
	shared->unlinked_level[slot] = level;
	return 0;
}

static s64 s2_free_unlinked(u64 slot)
{
	if (slot >= PGTABLE_UNLINKED || !shared->unlinked[slot])
		return PGTABLE_REFUSED;
	kvm_pgtable_stage2_free_unlinked(&mm_ops[driver.s2_style], virt(shared->unlinked[slot]),
	                                 shared->unlinked_level[slot]);
	shared->unlinked[slot] = 0;
	return 0;
}

/* What another CPU does to the page, with pages of its own. */

static void others_map(const u64 *a)
{
	static struct kvm_mmu_memory_cache cache;

	cache.nobjs = PGTABLE_OTHERS_CACHE;
	kvm_pgtable_stage2_map(&driver.s2, ALIGN_DOWN(a[0], PAGE_SIZE), PAGE_SIZE,
	                       ALIGN_DOWN(a[2], PAGE_SIZE), prot_of(a[3]), &cache,
	                       KVM_PGTABLE_WALK_SHARED);
}

#if HAS_walk_flags
#define RELAX_PERMS(addr, prot, flags) kvm_pgtable_stage2_relax_perms(&driver.s2, addr, prot, flags)
#define MKYOUNG(addr, flags) kvm_pgtable_stage2_mkyoung(&driver.s2, addr, flags)
#else
#define RELAX_PERMS(addr, prot, flags) kvm_pgtable_stage2_relax_perms(&driver.s2, addr, prot)
#define MKYOUNG(addr, flags) kvm_pgtable_stage2_mkyoung(&driver.s2, addr)
#endif

static void others_relax(const u64 *a)
{
	RELAX_PERMS(a[0], KVM_PGTABLE_PROT_RW, KVM_PGTABLE_WALK_SHARED);
}

static bool has_others(u64 flags)
{
	return flags & PGTABLE_OTHERS && flags & PGTABLE_SHARED;
}

static s64 s2_map(const u64 *a)
{
	if (refuses_output(a[2], a[1]))
		return PGTABLE_REFUSED;
	driver.others = has_others(a[5]) ? others_map : NULL;
	return kvm_pgtable_stage2_map(&driver.s2, a[0], a[1], a[2], prot_of(a[3]), memcache(a[4]),
	                              flags_of(a[5]));
}

static s64 s2_relax_perms(const u64 *a)
{
	driver.others = has_others(a[2]) ? others_relax : NULL;
	return RELAX_PERMS(a[0], prot_of(a[1]), flags_of(a[2]));
}

/* The other way round, of what the library says of an entry; @unprivileged: of a regime that EL0 is in */
static u64 told_prot(bool unprivileged, enum kvm_pgtable_prot prot)
{
	return (prot & KVM_PGTABLE_PROT_R ? PGTABLE_R : 0) |
	       (prot & KVM_PGTABLE_PROT_W ? PGTABLE_W : 0) |
	       (prot & KVM_PGTABLE_PROT_PX ? PGTABLE_PX : 0) |
	       (prot & KVM_PGTABLE_PROT_UX && unprivileged ? PGTABLE_UX : 0) |
	       FIELD_GET(KVM_PTE_LEAF_ATTR_HI_SW, (u64)prot) * PGTABLE_SW0;
}

static s64 get_leaf(struct kvm_pgtable *pgt, u64 addr)
{
	kvm_pte_t pte = 0;
	s8 level = 0;
	int ret = kvm_pgtable_get_leaf(pgt, addr, &pte, &level);

	/* Callers need not want to know. */
	if (kvm_pgtable_get_leaf(pgt, addr, NULL, NULL) != ret)
		return PGTABLE_REFUSED;
	shared->value[0] = pte;
	shared->value[1] = level;
	if (!ret)
		shared->value[2] = pgt == &driver.hyp ?
		                           told_prot(cpus_have_final_cap(ARM64_KVM_HVHE),
		                                     kvm_pgtable_hyp_pte_prot(pte)) :
		                           told_prot(true, kvm_pgtable_stage2_pte_prot(pte));
	return ret;
}

struct visits {
	u64 nr;
	u64 hash;
	u64 stop;
	int ret;
};

static int visit(const struct kvm_pgtable_visit_ctx *ctx, enum kvm_pgtable_walk_flags when)
{
	struct visits *v = ctx->arg;
	unsigned int kind = when == KVM_PGTABLE_WALK_LEAF      ? PGTABLE_LEAF :
	                    when == KVM_PGTABLE_WALK_TABLE_PRE ? PGTABLE_TABLE_PRE :
	                                                         PGTABLE_TABLE_POST;

	v->hash = PGTABLE_HASH(v->hash, ctx->addr);
	v->hash = PGTABLE_HASH(v->hash, kind | (u64)(ctx->level + 1) << 8);
	return ++v->nr == v->stop ? v->ret : 0;
}

static s64 walk(struct kvm_pgtable *pgt, u64 addr, u64 size, u64 flags, u64 stop, u64 ret)
{
	struct visits v = { .stop = stop, .ret = ret };
	struct kvm_pgtable_walker walker = {
		.cb = visit,
		.arg = &v,
		.flags = visits_of(flags),
	};
	int got = kvm_pgtable_walk(pgt, addr, size, &walker);

	shared->value[0] = v.nr;
	shared->value[1] = v.hash;
	return got;
}

static s64 hyp_init(u64 style, u64 ia_bits, u64 cache)
{
	int ret;

	/*
	 * Less, and the number of levels is that of a negative size; between what the architecture has
	 * and what the library refuses, a TLBI has no room for the address.
	 */
	if (shared->hyp.pgd || style >= PGTABLE_NR_STYLES || !pgtable_good_hyp_bits(ia_bits))
		return PGTABLE_REFUSED;
	driver.budget = pages_of(cache);
	ret = kvm_pgtable_hyp_init(&driver.hyp, ia_bits, &mm_ops[style]);
	if (!ret) {
		driver.hyp_style = style;
		driver.hyp_made = true;
	}
	return ret;
}

static s64 hyp_destroy(void)
{
	if (!driver.hyp.pgd || driver.hyp_style == PGTABLE_STYLE_early)
		return PGTABLE_REFUSED;
	kvm_pgtable_hyp_destroy(&driver.hyp);
	return 0;
}

static s64 s2_op(u64 op, const u64 *a)
{
	switch (op) {
	case PGTABLE_OP_s2_map:
		return s2_map(a);
#if HAS_typed_annotations
	case PGTABLE_OP_s2_annotate:
		return kvm_pgtable_stage2_annotate(
			&driver.s2, a[0], a[1], memcache(a[4]),
			FIELD_GET(KVM_INVALID_PTE_TYPE_MASK,
		                  FIELD_PREP(KVM_INVALID_PTE_TYPE_MASK, a[2])),
			a[3]);
#else
	case PGTABLE_OP_s2_set_owner:
		return kvm_pgtable_stage2_set_owner(&driver.s2, a[0], a[1], memcache(a[3]), a[2]);
#endif
	case PGTABLE_OP_s2_unmap:
		return kvm_pgtable_stage2_unmap(&driver.s2, a[0], a[1]);
	case PGTABLE_OP_s2_wrprotect:
		return kvm_pgtable_stage2_wrprotect(&driver.s2, a[0], a[1]);
	case PGTABLE_OP_s2_relax_perms:
		return s2_relax_perms(a);
	case PGTABLE_OP_s2_mkyoung:
		MKYOUNG(a[0], flags_of(a[1]));
		return 0;
	case PGTABLE_OP_s2_test_clear_young:
		return kvm_pgtable_stage2_test_clear_young(&driver.s2, a[0], a[1], a[2]);
	case PGTABLE_OP_s2_flush:
		return kvm_pgtable_stage2_flush(&driver.s2, a[0], a[1]);
	case PGTABLE_OP_s2_split:
		return kvm_pgtable_stage2_split(&driver.s2, a[0], a[1],
		                                memcache(a[2] == CACHE_NONE ? 0 : a[2]));
	case PGTABLE_OP_s2_create_unlinked:
		return s2_create_unlinked(a[0], a[1], a[2], a[3], a[4], a[5]);
	case PGTABLE_OP_s2_free_unlinked:
		return s2_free_unlinked(a[0]);
	case PGTABLE_OP_s2_get_leaf:
		return get_leaf(&driver.s2, a[0]);
	case PGTABLE_OP_s2_walk:
		return walk(&driver.s2, a[0], a[1], a[2], a[3], a[4]);
	default:
		return PGTABLE_REFUSED;
	}
}

static s64 hyp_op(u64 op, const u64 *a)
{
	switch (op) {
	case PGTABLE_OP_hyp_map:
		if (refuses_output(a[2], a[1]))
			return PGTABLE_REFUSED;
		driver.budget = pages_of(a[4]);
		return kvm_pgtable_hyp_map(&driver.hyp, a[0], a[1], a[2], prot_of(a[3]));
	case PGTABLE_OP_hyp_unmap:
		shared->value[0] = kvm_pgtable_hyp_unmap(&driver.hyp, a[0], a[1]);
		return 0;
	case PGTABLE_OP_hyp_get_leaf:
		return get_leaf(&driver.hyp, a[0]);
	case PGTABLE_OP_hyp_walk:
		return walk(&driver.hyp, a[0], a[1], a[2], a[3], a[4]);
	default:
		return PGTABLE_REFUSED;
	}
}

static s64 perform(u64 op, const u64 *a)
{
	switch (op) {
	case PGTABLE_OP_s2_init:
		return s2_init(a[0], a[1], a[2], a[3]);
	case PGTABLE_OP_s2_destroy:
		driver.destroying = true;
		return s2_destroy(a[0]);
	case PGTABLE_OP_s2_pgd_size:
		return good_ia_bits(a[0]) ? (s64)kvm_pgtable_stage2_pgd_size(vtcr_of(a[0])) :
		                            PGTABLE_REFUSED;
	case PGTABLE_OP_hyp_init:
		return hyp_init(a[0], a[1], a[2]);
	case PGTABLE_OP_hyp_destroy:
		driver.destroying = true;
		return hyp_destroy();
	}
	if (op < PGTABLE_OP_hyp_init)
		return driver.s2_made ? s2_op(op, a) : PGTABLE_REFUSED;
	return driver.hyp_made ? hyp_op(op, a) : PGTABLE_REFUSED;
}

static void reset(void)
{
	memory_reset();
	memset(shared->unlinked, 0, sizeof(shared->unlinked));
	memset(&driver, 0, sizeof(driver));
}

static void tell_root(struct pgtable_root *root, const struct kvm_pgtable *pgt)
{
	root->pgd = pgt->pgd ? phys((const void *)pgt->pgd) : 0;
	root->ia_bits = pgt->ia_bits;
	root->start_level = pgt->start_level;
}

/**
 * el2fuzz_pgtable_step() - do what the harness asks for
 * @s: always the same
 */
void el2fuzz_pgtable_step(struct pgtable_shared *s)
{
	shared = s;
	driver.budget = 0;
	driver.destroying = false;
	driver.others = NULL;
	memory_begin();
	s->value[0] = s->value[1] = s->value[2] = 0;
	if (s->op)
		s->ret = perform(s->op, s->args);
	else
		reset();
	note_link();
	/* The other form of the library may have the other table, or the one that was not made. */
	if ((s->op == PGTABLE_OP_s2_init || s->op == PGTABLE_OP_hyp_init) && s->ret)
		return;
	if (!s->op || s->op < PGTABLE_OP_hyp_init)
		tell_root(&s->s2, &driver.s2);
	if (!s->op || s->op >= PGTABLE_OP_hyp_init)
		tell_root(&s->hyp, &driver.hyp);
}
