// SPDX-License-Identifier: GPL-2.0-only
#include "core/native/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_WARM BIT(0) /* in warm[]: EL2 writes to it without a fault */
#define PAGE_TOUCHED BIT(1) /* in touched[] */

/* A warm page that so many traces have left alone is watched again. */
#define CALM_RESETS 64

static void *map(const struct memory *mem, void *at, u32 page, u32 pages, int prot)
{
	return mmap(at, pages * MAP_PAGE_SIZE, prot, MAP_SHARED | (at ? MAP_FIXED : 0), mem->fd,
	            page * MAP_PAGE_SIZE);
}

static int allocate(struct memory *mem)
{
	mem->fd = memfd_create("el2fuzz-ram", MFD_CLOEXEC);
	if (mem->fd < 0 || ftruncate(mem->fd, mem->nr_pages * MAP_PAGE_SIZE))
		return -1;
	mem->view = map(mem, NULL, 0, mem->nr_pages, PROT_READ | PROT_WRITE);
	if (mem->view == MAP_FAILED)
		return -1;
	mem->state = calloc(mem->nr_pages, 1);
	mem->calm = calloc(mem->nr_pages, 1);
	mem->warm = calloc(mem->nr_pages, sizeof(*mem->warm));
	mem->touched = calloc(mem->nr_pages, sizeof(*mem->touched));
	mem->writable = calloc(mem->nr_pages, sizeof(*mem->writable));

	return mem->state && mem->calm && mem->warm && mem->touched && mem->writable ? 0 : -1;
}

int memory_open(struct memory *mem, struct phys *phys, u64 regs_va, u64 regs_size,
                struct error *err)
{
	mem->phys = phys;
	mem->regs_va = regs_va;
	mem->ram_pages = phys->size >> MAP_PAGE_SHIFT;
	mem->nr_pages = mem->ram_pages + (ALIGN_UP(regs_size, MAP_PAGE_SIZE) >> MAP_PAGE_SHIFT);
	if (allocate(mem))
		return error_set(err, "no memory for the machine under test: %s", strerror(errno));

	for (unsigned int i = 0; i < phys->nr_segments; i++)
		phys->segments[i].host = mem->view + (phys->segments[i].host - phys->host);
	munmap(phys->host, phys->size);
	phys->host = mem->view;

	if (map(mem, (void *)regs_va, mem->ram_pages, mem->nr_pages - mem->ram_pages,
	        PROT_READ | PROT_WRITE) == MAP_FAILED)
		return error_set(err, "no room for the registers at 0x%llx: %s",
		                 (unsigned long long)regs_va, strerror(errno));

	return 0;
}

void memory_close(struct memory *mem)
{
	tlb_drop_all(mem);
	if (mem->view && mem->view != MAP_FAILED)
		munmap(mem->view, mem->nr_pages * MAP_PAGE_SIZE);
	if (mem->saved)
		munmap(mem->saved, mem->nr_pages * MAP_PAGE_SIZE);
	/* The segments' memory was this. */
	if (mem->phys)
		mem->phys->host = NULL;
	if (mem->fd >= 0)
		close(mem->fd);
	free(mem->state);
	free(mem->calm);
	free(mem->warm);
	free(mem->touched);
	free(mem->writable);
}

s64 memory_page(const struct memory *mem, u64 pa)
{
	const u8 *p = phys_ptr(mem->phys, pa, 1);

	return p ? (p - mem->view) >> MAP_PAGE_SHIFT : -1;
}

static void warm_up(struct memory *mem, u32 page)
{
	if (mem->state[page] & PAGE_WARM)
		return;
	mem->state[page] |= PAGE_WARM;
	mem->calm[page] = 0;
	mem->warm[mem->nr_warm++] = page;
}

void memory_touch(struct memory *mem, u64 pa)
{
	s64 page = memory_page(mem, pa);

	if (page < 0 || mem->state[page])
		return;
	mem->state[page] |= PAGE_TOUCHED;
	mem->touched[mem->nr_touched++] = page;
}

static void count_writable(struct memory *mem, u32 page, u64 va)
{
	mem->writable[page].va = va;
	mem->writable[page].nr++;
}

/* The next write through @entry is to be a fault. */
static void protect(struct memory *mem, struct tlb_entry *entry)
{
	mprotect((void *)entry->va, MAP_PAGE_SIZE, PROT_READ);
	entry->writable = false;
	mem->writable[entry->page].nr--;
}

static unsigned int slot_of(u64 va)
{
	return (va >> MAP_PAGE_SHIFT) * 0x9e3779b97f4a7c15ULL >> 32 & (TLB_SLOTS - 1);
}

struct tlb_entry *tlb_find(struct memory *mem, u64 va)
{
	va = ALIGN_DOWN(va, MAP_PAGE_SIZE);
	for (unsigned int i = slot_of(va); mem->tlb[i].va; i = (i + 1) % TLB_SLOTS) {
		if (mem->tlb[i].va == va)
			return &mem->tlb[i];
	}

	return NULL;
}

int tlb_fill(struct memory *mem, u64 va, u32 page, u8 perm, bool write, u64 pc)
{
	bool writable = perm & PERM_W && (write || mem->state[page] & PAGE_WARM);
	unsigned int i;

	/* A TLB may forget what it likes. */
	if (mem->nr_tlb == TLB_MAX)
		tlb_drop_all(mem);
	va = ALIGN_DOWN(va, MAP_PAGE_SIZE);
	/* Whoever asks is about to use it: populated, it is no page fault of this machine as well. */
	if (mmap((void *)va, MAP_PAGE_SIZE, PROT_READ | (writable ? PROT_WRITE : 0),
	         MAP_SHARED | MAP_FIXED | MAP_POPULATE, mem->fd,
	         (u64)page * MAP_PAGE_SIZE) == MAP_FAILED)
		return -1;
	if (writable) {
		warm_up(mem, page);
		count_writable(mem, page, va);
	}

	for (i = slot_of(va); mem->tlb[i].va; i = (i + 1) % TLB_SLOTS)
		;
	mem->tlb[i] = (struct tlb_entry){
		.va = va,
		.pc = pc,
		.page = page,
		.fresh = mem->nr_fresh,
		.perm = perm,
		.writable = writable,
	};
	mem->nr_tlb++;
	if (mem->nr_fresh < TLB_MAX)
		mem->fresh[mem->nr_fresh++] = va;

	return 0;
}

const struct tlb_entry *tlb_stale(struct memory *mem,
                                  bool (*held)(void *arg, const struct tlb_entry *entry), void *arg)
{
	const struct tlb_entry *stale = NULL;
	unsigned int kept = 0;

	for (unsigned int i = 0; i < mem->nr_fresh; i++) {
		struct tlb_entry *entry = tlb_find(mem, mem->fresh[i]);

		/* Gone, or gone and made again. */
		if (!entry || entry->fresh != i)
			continue;
		if (!stale && !held(arg, entry))
			stale = entry;
		entry->fresh = kept;
		mem->fresh[kept++] = entry->va;
	}
	mem->nr_fresh = kept;

	return stale;
}

void tlb_write(struct memory *mem, struct tlb_entry *entry)
{
	mprotect((void *)entry->va, MAP_PAGE_SIZE, PROT_READ | PROT_WRITE);
	entry->writable = true;
	warm_up(mem, entry->page);
	count_writable(mem, entry->page, entry->va);
}

bool memory_write_regs(struct memory *mem, u64 va)
{
	u64 index = (va - mem->regs_va) >> MAP_PAGE_SHIFT;

	if (va < mem->regs_va || index >= mem->nr_pages - mem->ram_pages)
		return false;
	mprotect((void *)ALIGN_DOWN(va, MAP_PAGE_SIZE), MAP_PAGE_SIZE, PROT_READ | PROT_WRITE);
	warm_up(mem, mem->ram_pages + index);

	return true;
}

/* Close the gap, so that what was pushed on by this entry is still found. */
static void remove_slot(struct memory *mem, unsigned int hole)
{
	for (unsigned int i = (hole + 1) % TLB_SLOTS; mem->tlb[i].va; i = (i + 1) % TLB_SLOTS) {
		unsigned int home = slot_of(mem->tlb[i].va);

		if ((i - home) % TLB_SLOTS < (i - hole) % TLB_SLOTS)
			continue;
		mem->tlb[hole] = mem->tlb[i];
		hole = i;
	}
	mem->tlb[hole].va = 0;
	mem->nr_tlb--;
}

/* Keep the address range: nobody else's memory may come to lie where EL2 could reach it. */
static void unmap(u64 va, u64 size)
{
	mmap((void *)va, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED,
	     -1, 0);
}

void tlb_drop(struct memory *mem, u64 va)
{
	struct tlb_entry *entry = tlb_find(mem, va);

	if (!entry)
		return;
	unmap(entry->va, MAP_PAGE_SIZE);
	mem->writable[entry->page].nr -= entry->writable;
	remove_slot(mem, entry - mem->tlb);
}

void tlb_drop_all(struct memory *mem)
{
	for (unsigned int i = 0; i < TLB_SLOTS; i++) {
		struct tlb_entry *entry = &mem->tlb[i];

		if (!entry->va)
			continue;
		unmap(entry->va, MAP_PAGE_SIZE);
		mem->writable[entry->page].nr -= entry->writable;
		entry->va = 0;
	}
	mem->nr_tlb = 0;
}

/* Wait for the next first write of every page. */
static void watch_all(struct memory *mem)
{
	for (unsigned int i = 0; i < TLB_SLOTS; i++) {
		struct tlb_entry *entry = &mem->tlb[i];

		if (entry->va && entry->writable)
			protect(mem, entry);
	}
	for (u32 i = 0; i < mem->nr_warm; i++)
		mem->state[mem->warm[i]] &= ~PAGE_WARM;
	mem->nr_warm = 0;
	mprotect((void *)mem->regs_va, (mem->nr_pages - mem->ram_pages) * MAP_PAGE_SIZE, PROT_READ);
}

int memory_snapshot(struct memory *mem, struct error *err)
{
	u64 size = mem->nr_pages * MAP_PAGE_SIZE;

	mem->saved = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem->saved == MAP_FAILED) {
		mem->saved = NULL;
		return error_set(err, "no memory for the snapshot: %s", strerror(errno));
	}
	memcpy(mem->saved, mem->view, size);
	watch_all(mem);
	mem->nr_touched = 0;
	memset(mem->state, 0, mem->nr_pages);
	mem->phys->written = mem->state;
	mem->snapshot = true;

	return 0;
}

/* Return: did it differ? */
static bool restore(struct memory *mem, u32 page)
{
	u8 *now = mem->view + page * MAP_PAGE_SIZE;
	const u8 *then = mem->saved + page * MAP_PAGE_SIZE;

	if (!memcmp(now, then, MAP_PAGE_SIZE))
		return false;
	memcpy(now, then, MAP_PAGE_SIZE);
	return true;
}

static void watch(struct memory *mem, u32 page)
{
	struct tlb_entry *entry = tlb_find(mem, mem->writable[page].va);

	if (entry && entry->page == page && entry->writable)
		protect(mem, entry);
	/* Mapped more than once: seldom, and slow. */
	for (unsigned int i = 0; i < TLB_SLOTS && mem->writable[page].nr; i++) {
		entry = &mem->tlb[i];
		if (entry->va && entry->page == page && entry->writable)
			protect(mem, entry);
	}
	mem->state[page] &= ~PAGE_WARM;
}

static void restore_warm(struct memory *mem)
{
	for (u32 i = 0; i < mem->nr_warm; i++) {
		u32 page = mem->warm[i];

		mem->calm[page] = restore(mem, page) ? 0 : mem->calm[page] + 1;
	}
}

/*
 * To compare a page at each reset is worth it for as long as EL2 would otherwise fault there again: not where it
 * can't write without a fault anyway.
 */
static void cool_down(struct memory *mem)
{
	u32 kept = 0;

	for (u32 i = 0; i < mem->nr_warm; i++) {
		u32 page = mem->warm[i];

		if (page < mem->ram_pages &&
		    (!mem->writable[page].nr || mem->calm[page] >= CALM_RESETS))
			watch(mem, page);
		else
			mem->warm[kept++] = page;
	}
	mem->nr_warm = kept;
}

void memory_reset_regs(struct memory *mem, u64 va, u64 size)
{
	u32 first = mem->ram_pages + ((va - mem->regs_va) >> MAP_PAGE_SHIFT);

	/* What is not warm has not changed. */
	for (u32 page = first; page < first + (size >> MAP_PAGE_SHIFT); page++) {
		if (mem->state[page] & PAGE_WARM)
			restore(mem, page);
	}
}

void memory_reset(struct memory *mem, bool (*keep)(void *arg, const struct tlb_entry *entry),
                  void *arg)
{
	restore_warm(mem);
	for (u32 i = 0; i < mem->nr_touched; i++) {
		restore(mem, mem->touched[i]);
		mem->state[mem->touched[i]] &= ~PAGE_TOUCHED;
	}
	mem->nr_touched = 0;

	for (unsigned int i = 0; i < mem->nr_fresh; i++) {
		const struct tlb_entry *entry = tlb_find(mem, mem->fresh[i]);

		if (entry && !keep(arg, entry))
			tlb_drop(mem, entry->va);
	}
	mem->nr_fresh = 0;
	cool_down(mem);
}
