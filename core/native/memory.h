/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of the machine under test as the tree's native code sees it: pages of one file, mapped
 * where EL2's own stage 1 says, when they are first touched. What is mapped is the TLB: it goes when a
 * TLBI says so, not when a descriptor changes.
 *
 * Pages are numbered through the segments of struct phys; the CPU's registers follow as pages of their
 * own, so that one reset brings everything back.
 */
#ifndef EL2FUZZ_NATIVE_MEMORY_H
#define EL2FUZZ_NATIVE_MEMORY_H

#include "core/phys.h"
#include "core/view.h"

/* A page that EL2 reaches, and by which permission. */
struct tlb_entry {
	u64 va; /* 0: free */
	u64 pc; /* of the access that it was made for */
	u32 page;
	u32 fresh; /* where fresh[] has it */
	u8 perm; /* PERM_* of the descriptor */
	bool writable; /* mapped so: not while the first write is waited for */
};

/* How many entries of a page are mapped writable, and the VA of the last that came to be. */
struct writable {
	u64 va;
	u32 nr;
};

#define TLB_SLOTS (1U << 15)
#define TLB_MAX (TLB_SLOTS / 2)

struct memory {
	struct phys *phys;
	int fd;
	u32 nr_pages; /* of RAM and registers */
	u32 ram_pages;
	u8 *view; /* all pages, always mapped: the harness's */
	u8 *saved; /* what a reset goes back to */
	u64 regs_va;
	bool snapshot;

	/* Pages that may differ from what was saved: warm ones stay writable and are compared. */
	u8 *state; /* PAGE_* */
	u8 *calm; /* resets for which a warm page has not changed */
	u32 *warm;
	u32 nr_warm;
	u32 *touched;
	u32 nr_touched;
	struct writable *writable; /* of each page */

	struct tlb_entry tlb[TLB_SLOTS];
	unsigned int nr_tlb;
	u64 fresh[TLB_MAX]; /* VAs mapped since the last reset */
	unsigned int nr_fresh;
};

/**
 * memory_open() - RAM for @phys, whose segments get their pointers, and @regs_size bytes at @regs_va
 *
 * phys_init() has laid @phys out; its memory is replaced.
 */
int memory_open(struct memory *mem, struct phys *phys, u64 regs_va, u64 regs_size,
                struct error *err);
void memory_close(struct memory *mem);

/** memory_page() - page number of @pa, -1 if it is no memory */
s64 memory_page(const struct memory *mem, u64 pa);

/** memory_touch() - the harness is about to write at @pa */
void memory_touch(struct memory *mem, u64 pa);

/** tlb_find() - the entry of @va's page, or NULL */
struct tlb_entry *tlb_find(struct memory *mem, u64 va);

/** tlb_fill() - map @page at @va by @perm, for @pc; writable only if EL2 is writing, or has before */
int tlb_fill(struct memory *mem, u64 va, u32 page, u8 perm, bool write, u64 pc);

/**
 * tlb_stale() - the first of the entries made since the last reset that the tables no longer hold
 *
 * Older ones are of what boot has mapped for good. Return: NULL if there is none.
 */
const struct tlb_entry *
tlb_stale(struct memory *mem, bool (*held)(void *arg, const struct tlb_entry *entry), void *arg);

/** tlb_write() - the first write through @entry */
void tlb_write(struct memory *mem, struct tlb_entry *entry);

/** memory_write_regs() - the first write to a page of registers; false if @va is none */
bool memory_write_regs(struct memory *mem, u64 va);

/** memory_reset_regs() - registers go back to the snapshot, if there is one */
void memory_reset_regs(struct memory *mem, u64 va, u64 size);

void tlb_drop(struct memory *mem, u64 va);
void tlb_drop_all(struct memory *mem);

/** memory_snapshot() - what a reset goes back to is now */
int memory_snapshot(struct memory *mem, struct error *err);

/**
 * memory_reset() - back to the snapshot
 * @keep: does what is mapped since then agree with the tables of the snapshot? If so it stays.
 */
void memory_reset(struct memory *mem, bool (*keep)(void *arg, const struct tlb_entry *entry),
                  void *arg);

#endif
