// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake host kernel's view of the VMM: one mapping, L1's RAM, with the user page table that KVM looks
 * into for huge pages, get_user_pages(), and copies from and to it.
 */
#include <linux/maple_tree.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include <asm/kvm_pgtable.h>

#include "host.h"

#define MAX_TAKEN 64

/* Of backing[]: the page is not mapped before somebody asks for it. */
#define ABSENT 0x40000000U
#define PFN_MASK (ABSENT - 1)

struct task_struct el2fuzz_task;
struct mm_struct el2fuzz_mm;

static struct vm_area_struct vma;
static u64 *pmd;
static u64 *ptes[NESTED_RAM_BLOCKS];
static struct page *taken[MAX_TAKEN]; /* by the op */
static unsigned int nr_taken;

static unsigned int *backing(u64 ram)
{
	return &el2fuzz_nested.backing[ram / PAGE_SIZE];
}

/* Where the entry for an address is, in a table of a level */
static u64 *entry_at(u64 *table, u64 hva, int level)
{
	return table + (hva >> NESTED_SHIFT(level) & (NESTED_ENTRIES - 1));
}

static void show_page(u64 ram)
{
	unsigned int back = *backing(ram);
	u64 block = ram / NESTED_BLOCK_SIZE, entry = 0;
	u64 *at = entry_at(pmd, NESTED_RAM_HVA + ram, 2);

	if (!(back & ABSENT))
		entry = (u64)(back & PFN_MASK) << PAGE_SHIFT | PTE_AF | PTE_VALID;
	if (back & NESTED_HUGE && entry) {
		*at = ALIGN_DOWN(entry, NESTED_BLOCK_SIZE) | PTE_AF | PMD_TYPE_SECT;
		return;
	}
	*at = __pa(ptes[block]) | PMD_TYPE_TABLE;
	*entry_at(ptes[block], NESTED_RAM_HVA + ram, 3) = entry ? entry | PTE_TYPE_PAGE : 0;
}

static unsigned int other_page(u64 ram)
{
	u64 here = (NESTED_RAM_PA + ram) >> PAGE_SHIFT;

	return (*backing(ram) & PFN_MASK) == here ? here + NESTED_RAM_PAGES : here;
}

/* A huge page has moved as one; where it is mapped otherwise, in part, it is split. */
static void back_block(u64 block, u64 ram, u64 size, enum nested_backing how)
{
	bool whole = block >= ram && block + NESTED_BLOCK_SIZE <= ram + size;
	unsigned int first = ALIGN_DOWN(other_page(block), NESTED_ENTRIES);
	u64 at = block, end = block + NESTED_BLOCK_SIZE;

	if (!(*backing(block) & NESTED_HUGE)) {
		at = max(at, ram);
		end = min(end, ram + size);
	}
	for (; at < end; at += PAGE_SIZE) {
		unsigned int *back = backing(at);

		if (how != NESTED_SAME)
			*back &= ~NESTED_HUGE;
		if (how == NESTED_MOVED_HUGE && whole)
			*back = (first + (at - block) / PAGE_SIZE) | NESTED_HUGE;
		else if (how == NESTED_MOVED && at >= ram && at < ram + size)
			*back = other_page(at) | ABSENT;
		show_page(at);
	}
}

void host_back(u64 ram, u64 size, enum nested_backing how)
{
	for (u64 block = ALIGN_DOWN(ram, NESTED_BLOCK_SIZE); block < ram + size;
	     block += NESTED_BLOCK_SIZE)
		back_block(block, ram, size, how);
}

/* The user page table down to what maps blocks; as many levels as read_tcr() says */
static void map_blocks(void)
{
	pmd = host_pages_alloc(1);
	el2fuzz_mm.pgd = (pgd_t *)pmd;
	for (int level = 4 - ARM64_HW_PGTABLE_LEVELS(vabits_actual); level < 2; level++) {
		u64 *below = host_pages_alloc(1);

		*entry_at(pmd, NESTED_RAM_HVA, level) = __pa(below) | PMD_TYPE_TABLE;
		pmd = below;
	}
	for (unsigned int i = 0; i < NESTED_RAM_BLOCKS; i++)
		ptes[i] = host_pages_alloc(1);
}

void host_mm_init(void)
{
	struct mm_struct *mm = &el2fuzz_mm;

	maple_tree_init();
	mt_init_flags(&mm->mm_mt, MM_MT_FLAGS & ~MT_FLAGS_LOCK_MASK);
	vma.vm_start = NESTED_RAM_HVA;
	vma.vm_end = NESTED_RAM_HVA + NESTED_RAM_SIZE;
	vma.vm_mm = mm;
	vma.vm_page_prot = PAGE_SHARED;
	if (mtree_store_range(&mm->mm_mt, vma.vm_start, vma.vm_end - 1, &vma, GFP_KERNEL))
		host_stop(NESTED_UNMODELLED, "the VMM's memory could not be mapped");
	el2fuzz_task.mm = mm;

	map_blocks();
	for (u64 i = 0; i < 2 * NESTED_RAM_PAGES; i++) {
		struct page *page = pfn_to_page((NESTED_RAM_PA >> PAGE_SHIFT) + i);

		set_page_count(page, 1);
		atomic_set(&page->_mapcount, 0);
	}
	/* The second half is huge pages. */
	for (u64 i = 0; i < NESTED_RAM_PAGES; i++) {
		el2fuzz_nested.backing[i] = ((NESTED_RAM_PA >> PAGE_SHIFT) + i) |
		                            (i >= NESTED_RAM_PAGES / 2 ? NESTED_HUGE : 0);
		show_page(i * PAGE_SIZE);
	}
}

struct vm_area_struct *find_vma_intersection(struct mm_struct *mm, unsigned long start,
                                             unsigned long end)
{
	unsigned long index = start;

	return mt_find(&mm->mm_mt, &index, end - 1);
}

/* get_user_pages() */

static int take_page(unsigned long hva, struct page **pages)
{
	u64 ram = hva - NESTED_RAM_HVA;

	if (ram >= NESTED_RAM_SIZE)
		return -EFAULT;
	if (nr_taken == MAX_TAKEN)
		host_stop(NESTED_UNMODELLED, "too many pages were taken");
	*pages = pfn_to_page(*backing(ram) & PFN_MASK);
	get_page(*pages);
	taken[nr_taken++] = *pages;
	host_event(NESTED_FAULT_IN, NULL, ram, PAGE_SIZE, 0);
	return 1;
}

int get_user_pages_fast_only(unsigned long start, int nr, unsigned int flags, struct page **pages)
{
	u64 ram = start - NESTED_RAM_HVA;

	host_yield();
	if (nr != 1)
		host_stop(NESTED_UNMODELLED, "several pages were asked for");
	return ram >= NESTED_RAM_SIZE || *backing(ram) & ABSENT ? 0 : take_page(start, pages);
}

long get_user_pages_unlocked(unsigned long start, unsigned long nr, struct page **pages,
                             unsigned int flags)
{
	u64 ram = start - NESTED_RAM_HVA;

	host_might_sleep();
	if (nr != 1)
		host_stop(NESTED_UNMODELLED, "several pages were asked for");
	if (ram < NESTED_RAM_SIZE && *backing(ram) & ABSENT) {
		*backing(ram) &= ~ABSENT;
		show_page(ram);
	}
	return take_page(start, pages);
}

void host_refs_check(void)
{
	for (unsigned int i = 0; i < nr_taken; i++) {
		if (page_count(taken[i]) != 1)
			host_stop(NESTED_MISUSE, page_count(taken[i]) > 1 ?
			                                 "a page of the guest's was kept" :
			                                 "a page of the guest's was dropped twice");
	}
	nr_taken = 0;
}

void mark_page_accessed(struct page *page)
{
}

void folio_mark_accessed(struct folio *folio)
{
}

/* What KVM reads and writes of L1's memory: all of it is there. */

static bool is_ram(unsigned long hva, unsigned long n)
{
	u64 ram = hva - NESTED_RAM_HVA;

	return ram < NESTED_RAM_SIZE && n <= NESTED_RAM_SIZE - ram;
}

unsigned long __arch_copy_from_user(void *to, const void __user *from, unsigned long n)
{
	host_yield();
	if (!is_ram((unsigned long)from, n))
		return n;
	memcpy(to, (const void __force *)from, n);
	return 0;
}

unsigned long __arch_copy_to_user(void __user *to, const void *from, unsigned long n)
{
	if (!is_ram((unsigned long)to, n))
		return n;
	memcpy((void __force *)to, from, n);
	return 0;
}

unsigned long __arch_clear_user(void __user *to, unsigned long n)
{
	if (!is_ram((unsigned long)to, n))
		return n;
	memset((void __force *)to, 0, n);
	return 0;
}

/*
 * The update of a descriptor of L1's by KVM, in place of the one in at.c: exclusives on user memory are
 * not for this machine, and one thread needs none. The page becomes dirty as there.
 */
int __wrap___kvm_at_swap_desc(struct kvm *kvm, gpa_t ipa, u64 old, u64 new);

int __wrap___kvm_at_swap_desc(struct kvm *kvm, gpa_t ipa, u64 old, u64 new)
{
	struct kvm_memory_slot *slot = gfn_to_memslot(kvm, gpa_to_gfn(ipa));
	bool writable;
	unsigned long hva = gfn_to_hva_memslot_prot(slot, gpa_to_gfn(ipa), &writable);
	u64 *desc = (u64 *)(hva + offset_in_page(ipa));

	if (kvm_is_error_hva(hva))
		return -EINVAL;
	if (!writable)
		return -EPERM;
	if (READ_ONCE(*desc) != old)
		return -EAGAIN;
	WRITE_ONCE(*desc, new);
	mark_page_dirty_in_slot(kvm, slot, gpa_to_gfn(ipa));
	return 0;
}
