// SPDX-License-Identifier: GPL-2.0-only
/*
 * A strategy for canonical unmaps: a reverse map for each shadow stage 2, so that the host can take a page
 * of L1's away without all shadows losing all that they have. It is put around KVM's functions by the
 * linker and changes none of them.
 *
 * For each shadow there are two maple trees of the kernel's own, by page frame numbers:
 *
 *  reverse	canonical range -> first nested page; where several nested ranges lead to a canonical page
 *		there is one range that spans them, with UNKNOWN_IPA in place of an address
 *  direct	nested range -> first canonical page: what is in the shadow, so that what a TLBI removes
 *		leaves the reverse map, too
 *
 * A canonical range that is UNKNOWN_IPA costs the whole shadow. The maps are only there while a shadow has
 * something in it, and given up (NULL) when there is no memory: then, too, the whole shadow is unmapped,
 * after which there can be new ones. The fault that could not be noted is resolved all the same.
 */
#include <linux/maple_tree.h>

#include <asm/kvm_mmu.h>
#include <asm/kvm_nested.h>
#include <asm/kvm_pgtable.h>

#include "driver.h"

#define UNKNOWN_IPA xa_mk_value(LONG_MAX >> 1)

struct maps {
	struct maple_tree reverse, direct;
};

/* By number of the shadow; NULL: nothing is mapped, or it is not known what */
static struct maps *maps[NESTED_MMUS];
static bool unknown[NESTED_MMUS]; /* the latter */

/* What the fault that is being resolved on a CPU has found: the canonical page of a host's page */
static struct {
	gfn_t gfn;
	kvm_pfn_t pfn;
} found[NESTED_VCPUS];

int __real_kvm_pgtable_stage2_map(struct kvm_pgtable *pgt, u64 addr, u64 size, u64 phys,
                                  enum kvm_pgtable_prot prot, void *mc,
                                  enum kvm_pgtable_walk_flags flags);
int __wrap_kvm_pgtable_stage2_map(struct kvm_pgtable *pgt, u64 addr, u64 size, u64 phys,
                                  enum kvm_pgtable_prot prot, void *mc,
                                  enum kvm_pgtable_walk_flags flags);
kvm_pfn_t __real___kvm_faultin_pfn(const struct kvm_memory_slot *slot, gfn_t gfn, unsigned int foll,
                                   bool *writable, struct page **page);
kvm_pfn_t __wrap___kvm_faultin_pfn(const struct kvm_memory_slot *slot, gfn_t gfn, unsigned int foll,
                                   bool *writable, struct page **page);
void __real_kvm_stage2_unmap_range(struct kvm_s2_mmu *mmu, phys_addr_t start, u64 size,
                                   bool may_block);
void __wrap_kvm_stage2_unmap_range(struct kvm_s2_mmu *mmu, phys_addr_t start, u64 size,
                                   bool may_block);
int __real_kvm_pgtable_stage2_unmap(struct kvm_pgtable *pgt, u64 addr, u64 size);
int __wrap_kvm_pgtable_stage2_unmap(struct kvm_pgtable *pgt, u64 addr, u64 size);
void __real_kvm_free_stage2_pgd(struct kvm_s2_mmu *mmu);
void __wrap_kvm_free_stage2_pgd(struct kvm_s2_mmu *mmu);
bool __real_kvm_unmap_gfn_range(struct kvm *kvm, struct kvm_gfn_range *range);
bool __wrap_kvm_unmap_gfn_range(struct kvm *kvm, struct kvm_gfn_range *range);

static bool in_use(void)
{
	return el2fuzz_nested.strategy == NESTED_STRATEGY_revmap;
}

static void drop_maps(unsigned int i)
{
	if (!maps[i])
		return;
	mtree_destroy(&maps[i]->reverse);
	mtree_destroy(&maps[i]->direct);
	kfree(maps[i]);
	maps[i] = NULL;
}

/* No memory: what the shadow maps is not known from here on. */
static void give_up(unsigned int i)
{
	drop_maps(i);
	unknown[i] = true;
	el2fuzz_nested.costs.revmap.given_up++;
}

/* mmu_lock is held: nothing may sleep. */
static int store(struct maple_tree *mt, unsigned long first, unsigned long last, void *entry)
{
	return mtree_store_range(mt, first, last, entry, GFP_NOWAIT | __GFP_NOWARN);
}

/* The reverse of a nested range that is no longer mapped; what is UNKNOWN_IPA stays so. */
static int forget_reverse(struct maps *m, unsigned long gfn, unsigned long pages)
{
	MA_STATE(mas, &m->reverse, gfn, gfn);
	void *entry;

	rcu_read_lock();
	entry = mas_find(&mas, gfn);
	rcu_read_unlock();
	if (!entry || entry == UNKNOWN_IPA || mas.index != gfn || mas.last != gfn + pages - 1)
		return 0;
	return store(&m->reverse, gfn, gfn + pages - 1, NULL);
}

/* What the shadow had for a nested range; an entry that overlaps it goes as a whole, as in the tables. */
static int forget(struct maps *m, unsigned long first, unsigned long last)
{
	MA_STATE(mas, &m->direct, first, first);
	void *entry;

	for (;;) {
		unsigned long gfn, start, end;

		rcu_read_lock();
		mas_set(&mas, first);
		entry = mas_find(&mas, last);
		start = mas.index;
		end = mas.last;
		rcu_read_unlock();
		if (!entry)
			return 0;
		gfn = xa_to_value(entry);
		if (forget_reverse(m, gfn, end - start + 1) || store(&m->direct, start, end, NULL))
			return -ENOMEM;
	}
}

/* Two nested ranges for one canonical page: one range for all that overlaps, which names neither. */
static int note_reverse(struct maps *m, unsigned long gfn, unsigned long pages,
                        unsigned long nested)
{
	unsigned long first = gfn, last = gfn + pages - 1;
	MA_STATE(mas, &m->reverse, first, first);
	bool overlaps = false;
	void *entry;

	rcu_read_lock();
	mas_for_each(&mas, entry, gfn + pages - 1)
	{
		overlaps = true;
		first = min(first, mas.index);
		last = max(last, mas.last);
	}
	rcu_read_unlock();
	el2fuzz_nested.costs.revmap.inserts++;
	if (!overlaps)
		return store(&m->reverse, first, last, xa_mk_value(nested));
	el2fuzz_nested.costs.revmap.unknown_inserts++;
	return store(&m->reverse, first, last, UNKNOWN_IPA);
}

static struct maps *get_maps(unsigned int i)
{
	if (maps[i] || unknown[i])
		return maps[i];
	maps[i] = kmalloc(sizeof(*maps[i]), GFP_NOWAIT | __GFP_NOWARN);
	if (!maps[i]) {
		give_up(i);
		return NULL;
	}
	mt_init(&maps[i]->reverse);
	mt_init(&maps[i]->direct);
	return maps[i];
}

static void note(unsigned int i, unsigned long nested, unsigned long pages, unsigned long gfn)
{
	struct maps *m = get_maps(i);

	if (!m)
		return;
	if (forget(m, nested, nested + pages - 1) ||
	    store(&m->direct, nested, nested + pages - 1, xa_mk_value(gfn)) ||
	    note_reverse(m, gfn, pages, nested))
		give_up(i);
}

kvm_pfn_t __wrap___kvm_faultin_pfn(const struct kvm_memory_slot *slot, gfn_t gfn, unsigned int foll,
                                   bool *writable, struct page **page)
{
	kvm_pfn_t pfn = __real___kvm_faultin_pfn(slot, gfn, foll, writable, page);

	found[smp_processor_id()].gfn = gfn;
	found[smp_processor_id()].pfn = pfn;
	return pfn;
}

int __wrap_kvm_pgtable_stage2_map(struct kvm_pgtable *pgt, u64 addr, u64 size, u64 phys,
                                  enum kvm_pgtable_prot prot, void *mc,
                                  enum kvm_pgtable_walk_flags flags)
{
	int ret = __real_kvm_pgtable_stage2_map(pgt, addr, size, phys, prot, mc, flags);
	unsigned int i = host_mmu_index(pgt->mmu), cpu = smp_processor_id();

	/* A failure may have removed what was there: noted as mapped, it does no harm. */
	if (in_use() && !ret && i && i < NESTED_MMUS)
		note(i, addr >> PAGE_SHIFT, size >> PAGE_SHIFT,
		     found[cpu].gfn - (found[cpu].pfn - (phys >> PAGE_SHIFT)));
	return ret;
}

/* Of any strategy */
int __wrap_kvm_pgtable_stage2_unmap(struct kvm_pgtable *pgt, u64 addr, u64 size)
{
	el2fuzz_nested.costs.walks++;
	return __real_kvm_pgtable_stage2_unmap(pgt, addr, size);
}

static void unmap_all(struct kvm_s2_mmu *mmu, unsigned int i, bool may_block)
{
	__real_kvm_stage2_unmap_range(mmu, 0, kvm_phys_size(mmu), may_block);
	drop_maps(i);
	unknown[i] = false;
}

void __wrap_kvm_stage2_unmap_range(struct kvm_s2_mmu *mmu, phys_addr_t start, u64 size,
                                   bool may_block)
{
	unsigned int i = host_mmu_index(mmu);

	if (in_use() && i && i < NESTED_MMUS) {
		if (!start && size >= kvm_phys_size(mmu)) {
			unmap_all(mmu, i, may_block);
			return;
		}
		if (maps[i] && size &&
		    forget(maps[i], start >> PAGE_SHIFT, (start + size - 1) >> PAGE_SHIFT))
			give_up(i);
	}
	__real_kvm_stage2_unmap_range(mmu, start, size, may_block);
}

/* One shadow loses what it has of a canonical range. */
static void unmap_canonical(struct kvm_s2_mmu *mmu, unsigned int i, gfn_t first, gfn_t last,
                            bool may_block)
{
	while (maps[i]) {
		MA_STATE(mas, &maps[i]->reverse, first, first);
		unsigned long nested, pages;
		void *entry;

		rcu_read_lock();
		entry = mas_find(&mas, last);
		rcu_read_unlock();
		if (!entry)
			return;
		if (entry == UNKNOWN_IPA)
			break;
		nested = xa_to_value(entry);
		pages = mas.last - mas.index + 1;
		el2fuzz_nested.costs.revmap.precise++;
		if (forget(maps[i], nested, nested + pages - 1))
			give_up(i);
		__real_kvm_stage2_unmap_range(mmu, (u64)nested << PAGE_SHIFT,
		                              (u64)pages << PAGE_SHIFT, may_block);
	}
	/* Nothing was ever mapped, or it is not known where. */
	if (!maps[i] && !unknown[i])
		return;
	el2fuzz_nested.costs.revmap.full++;
	unmap_all(mmu, i, may_block);
}

/* The pseudo-TLBs of VNCR_EL2 are KVM's to look after; a tree that does not count them may have some always. */
static bool may_cache_vncr(struct kvm *kvm)
{
#if HAS_counts_vncr
	return atomic_read(&kvm->arch.vncr_tlb_count);
#else
	(void)kvm;
	return true;
#endif
}

bool __wrap_kvm_unmap_gfn_range(struct kvm *kvm, struct kvm_gfn_range *range)
{
	if (!in_use() || may_cache_vncr(kvm))
		return __real_kvm_unmap_gfn_range(kvm, range);
	kvm_stage2_unmap_range(&kvm->arch.mmu, range->start << PAGE_SHIFT,
	                       (range->end - range->start) << PAGE_SHIFT, range->may_block);
	for (int i = 0; i < kvm->arch.nested_mmus_size; i++) {
		if (kvm_s2_mmu_valid(kvm->arch.nested_mmus[i]))
			unmap_canonical(kvm->arch.nested_mmus[i], 1 + i, range->start,
			                range->end - 1, range->may_block);
	}
	return false;
}

/* The end of a shadow */
void __wrap_kvm_free_stage2_pgd(struct kvm_s2_mmu *mmu)
{
	unsigned int i = host_mmu_index(mmu);

	__real_kvm_free_stage2_pgd(mmu);
	if (i < NESTED_MMUS)
		drop_maps(i);
}
