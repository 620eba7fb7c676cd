// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the sanitized image knows of EL2's memory: which pages are free, which hold something smaller, and
 * under which lock each is written. It learns this where the tree's own functions hand pages around, which
 * the linker wraps (--wrap, see CMakeLists.txt); page_alloc.c itself, which has to touch what is free, is
 * not instrumented.
 */
#include <linux/kvm_host.h>

#include <asm/kvm_pgtable.h>
#include <asm/kvm_pkvm.h>

#include <nvhe/gfp.h>
#include <nvhe/mem_protect.h>
#include <nvhe/memory.h>
#include <nvhe/mm.h>
#include <nvhe/pkvm.h>

#include "core/native/entry.h"
#include "core/native/sanitize_check.h"

/* All pages that a trace can change the note of. */
#define MAX_CHANGES (1 << 16)

struct el2fuzz_note *el2fuzz_notes;
bool el2fuzz_locks_checked;
unsigned int el2fuzz_in_fixmap;

static struct hyp_pool *hyp_s1_pool, *host_s2_pool;
static struct {
	struct el2fuzz_note was;
	unsigned long page;
} changes[MAX_CHANGES];
static unsigned int nr_changes;

static unsigned long number(const void *addr)
{
	return ((unsigned long)addr - el2fuzz_hyp_va_base) >> PAGE_SHIFT;
}

static void paint(unsigned long page, unsigned int hidden)
{
	unsigned long va = el2fuzz_hyp_va_base + (page << PAGE_SHIFT);
	unsigned int open = PAGE_SIZE - hidden;

	memset(EL2FUZZ_SHADOW(va), 0, open >> 3);
	memset(EL2FUZZ_SHADOW(va + open), hidden == PAGE_SIZE ? SHADOW_FREE : SHADOW_BEYOND,
	       hidden >> 3);
}

static void note(const void *addr, unsigned int hidden, hyp_spinlock_t *lock)
{
	unsigned long page = number(addr);
	struct el2fuzz_note *note = &el2fuzz_notes[page];

	if (note->hidden == hidden && note->lock == lock)
		return;
	if (!note->listed && el2fuzz_locks_checked) {
		BUG_ON(nr_changes == MAX_CHANGES);
		changes[nr_changes].page = page;
		changes[nr_changes++].was = *note;
		note->listed = true;
	}
	if (note->hidden != hidden)
		paint(page, hidden);
	note->hidden = hidden;
	note->lock = lock;
}

static void note_range(void *addr, unsigned long pages, unsigned int hidden, hyp_spinlock_t *lock)
{
	for (unsigned long i = 0; i < pages; i++)
		note(addr + i * PAGE_SIZE, hidden, lock);
}

void el2fuzz_sanitize_start(void *hyp_pool, void *host_pool, void *vm_table, void *vm_table_lock)
{
	hyp_s1_pool = hyp_pool;
	host_s2_pool = host_pool;
	for (phys_addr_t pa = hyp_s1_pool->range_start; pa < hyp_s1_pool->range_end;
	     pa += PAGE_SIZE) {
		if (hyp_page_count(hyp_phys_to_virt(pa)))
			note(hyp_phys_to_virt(pa), 0, &pkvm_pgd_lock);
	}
	for (phys_addr_t pa = host_s2_pool->range_start; pa < host_s2_pool->range_end;
	     pa += PAGE_SIZE) {
		if (hyp_page_count(hyp_phys_to_virt(pa)))
			note(hyp_phys_to_virt(pa), 0, &host_mmu.lock);
	}
	note_range(vm_table, hyp_vm_table_pages(), 0, vm_table_lock);
	el2fuzz_locks_checked = true;
}

void el2fuzz_sanitize_reset(void)
{
	for (unsigned int i = 0; i < nr_changes; i++) {
		struct el2fuzz_note *note = &el2fuzz_notes[changes[i].page];

		if (note->hidden != changes[i].was.hidden)
			paint(changes[i].page, changes[i].was.hidden);
		*note = changes[i].was;
	}
	nr_changes = 0;
	el2fuzz_in_fixmap = 0;
}

/* All pages of a pool are page tables; whose, says which pool it is. */
static hyp_spinlock_t *lock_of(struct hyp_pool *pool)
{
	if (!el2fuzz_locks_checked)
		return NULL;
	if (pool == hyp_s1_pool)
		return &pkvm_pgd_lock;
	if (pool == host_s2_pool)
		return &host_mmu.lock;
	return &container_of(pool, struct pkvm_hyp_vm, pool)->lock;
}

static void *pool_start(struct hyp_pool *pool)
{
	return hyp_phys_to_virt(pool->range_start);
}

static unsigned long pool_pages(struct hyp_pool *pool)
{
	return (pool->range_end - pool->range_start) >> PAGE_SHIFT;
}

/* The pages of a VM end with the pointers to its vCPUs. */
static void hide_vm_tail(struct pkvm_hyp_vm *vm, bool hide)
{
	unsigned long end = (unsigned long)&vm->vcpus[vm->kvm.created_vcpus];

	if (!PAGE_ALIGNED(end))
		note((void *)(end & PAGE_MASK), hide ? PAGE_ALIGN(end) - end : 0, NULL);
}

/* link.sh finds these; what a tree has not, nobody calls. */
#define WRAP(ret, name, ...)            \
	ret __real_##name(__VA_ARGS__); \
	ret __wrap_##name(__VA_ARGS__)

WRAP(int, hyp_pool_init, struct hyp_pool *pool, u64 pfn, unsigned int nr_pages,
     unsigned int reserved_pages)
{
	int ret = __real_hyp_pool_init(pool, pfn, nr_pages, reserved_pages);

	for (unsigned int i = reserved_pages; i < nr_pages; i++)
		note(pool_start(pool) + i * PAGE_SIZE, PAGE_SIZE, NULL);
	if (el2fuzz_locks_checked)
		hide_vm_tail(container_of(pool, struct pkvm_hyp_vm, pool), true);
	return ret;
}

WRAP(void *, hyp_alloc_pages, struct hyp_pool *pool, u8 order)
{
	void *addr = __real_hyp_alloc_pages(pool, order);

	if (addr)
		note_range(addr, 1UL << order, 0, lock_of(pool));
	return addr;
}

WRAP(void, hyp_get_page, struct hyp_pool *pool, void *addr)
{
	__real_hyp_get_page(pool, addr);
	/* A table that came from a memcache is one of the pool's from here on. */
	note(addr, 0, lock_of(pool));
}

WRAP(void, hyp_put_page, struct hyp_pool *pool, void *addr)
{
	__real_hyp_put_page(pool, addr);
	if (!hyp_page_count(addr))
		note(addr, PAGE_SIZE, NULL);
}

/* The pool is the VM's, and goes with it. */
WRAP(void, kvm_guest_destroy_stage2, struct pkvm_hyp_vm *vm)
{
	__real_kvm_guest_destroy_stage2(vm);
	note_range(pool_start(&vm->pool), pool_pages(&vm->pool), 0, NULL);
}

WRAP(void, reclaim_pgtable_pages, struct pkvm_hyp_vm *vm, struct kvm_hyp_memcache *mc)
{
	__real_reclaim_pgtable_pages(vm, mc);
	hide_vm_tail(vm, false);
}

/* Both in one, where guests have no stage 2 of EL2's making. */
WRAP(void, reclaim_guest_pages, struct pkvm_hyp_vm *vm, struct kvm_hyp_memcache *mc)
{
	__real_reclaim_guest_pages(vm, mc);
	note_range(pool_start(&vm->pool), pool_pages(&vm->pool), 0, NULL);
	hide_vm_tail(vm, false);
}

/* What is the hypervisor's from now on, or no longer, is without a past. */
WRAP(int, __pkvm_host_donate_hyp, u64 pfn, u64 nr_pages)
{
	int ret = __real___pkvm_host_donate_hyp(pfn, nr_pages);

	if (!ret)
		note_range(hyp_phys_to_virt(hyp_pfn_to_phys(pfn)), nr_pages, 0, NULL);
	return ret;
}

WRAP(int, __pkvm_hyp_donate_host, u64 pfn, u64 nr_pages)
{
	int ret = __real___pkvm_hyp_donate_host(pfn, nr_pages);

	if (!ret)
		note_range(hyp_phys_to_virt(hyp_pfn_to_phys(pfn)), nr_pages, 0, NULL);
	return ret;
}

WRAP(int, hyp_pin_shared_mem, void *from, void *to)
{
	int ret = __real_hyp_pin_shared_mem(from, to);
	void *start = PTR_ALIGN_DOWN(from, PAGE_SIZE);

	if (!ret)
		note_range(start,
		           (PAGE_ALIGN((unsigned long)to) - (unsigned long)start) >> PAGE_SHIFT, 0,
		           NULL);
	return ret;
}

/* A slot of the fixmap is its CPU's: no lock, see hyp_fixmap_map(). */
WRAP(void *, hyp_fixmap_map, phys_addr_t phys)
{
	void *va;

	el2fuzz_in_fixmap++;
	va = __real_hyp_fixmap_map(phys);
	el2fuzz_in_fixmap--;
	return va;
}

WRAP(void, hyp_fixmap_unmap, void)
{
	el2fuzz_in_fixmap++;
	__real_hyp_fixmap_unmap();
	el2fuzz_in_fixmap--;
}

WRAP(void *, hyp_fixblock_map, phys_addr_t phys, size_t *size)
{
	void *va;

	el2fuzz_in_fixmap++;
	va = __real_hyp_fixblock_map(phys, size);
	el2fuzz_in_fixmap--;
	return va;
}

WRAP(void, hyp_fixblock_unmap, void)
{
	el2fuzz_in_fixmap++;
	__real_hyp_fixblock_unmap();
	el2fuzz_in_fixmap--;
}

void el2fuzz_memcache_pushed(void *page)
{
	note(page, PAGE_SIZE - sizeof(phys_addr_t), NULL);
}

void el2fuzz_memcache_popped(void *page)
{
	if (page)
		note(page, 0, NULL);
}
