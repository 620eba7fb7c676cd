/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that the driver (driver.c), which calls the page-table library, shares with the harness:
 * requests, answers, and the pages that tables are made of. Read by the kernel's compiler flags and
 * by ours, so: fixed widths, no includes.
 */
#ifndef EL2FUZZ_PGTABLE_SHARED_H
#define EL2FUZZ_PGTABLE_SHARED_H

#define PGTABLE_PAGE_SHIFT EL2FUZZ_PAGE_SHIFT /* the tree's */
#define PGTABLE_PAGE_SIZE (1 << PGTABLE_PAGE_SHIFT)
#define PGTABLE_ENTRIES (PGTABLE_PAGE_SIZE / 8)
/* Where the first blocks are (Arm ARM D8.3.1); the larger ones that come with 52 bits the library leaves alone. */
#define PGTABLE_MIN_BLOCK_LEVEL (PGTABLE_PAGE_SHIFT == 12 ? 1 : 2)

/* Pages for tables. The first are for a stage 2's first level, which may be so many in a row. */
#define PGTABLE_PGD_PAGES 16
#define PGTABLE_POOL_PAGES (0x600000 / PGTABLE_PAGE_SIZE)
#define PGTABLE_UNLINKED 2
#define PGTABLE_MAX_EVENTS 4096

/*
 * Where the library believes its pages to be: out of the way of what it maps. A range of output addresses
 * that reaches in here is refused, so that an entry that leads here is a table.
 */
#define PGTABLE_POOL_PA 0xfffff0000000ULL
#define PGTABLE_POOL_RANGE 0x10000000ULL

/* What a page holds once it is freed. */
#define PGTABLE_POISON 0x5ca1ab1e0ddba11ULL

/* The least IPA size that KVM takes. The largest is that of the PA space. */
#define PGTABLE_MIN_IA_BITS 32

/* "level" of an event that has none */
#define PGTABLE_ANY_LEVEL 127

/* Return value of an op that no caller of the library could do: the library was not called. */
#define PGTABLE_REFUSED (-4096)

/* The visits of a walk, in order. */
#define PGTABLE_HASH(hash, word) (((hash) ^ (word)) * 0x9e3779b97f4a7c15ULL)

/* Arguments "prot" and "flags" of ops; the driver turns them into the tree's. */
enum pgtable_prot {
	PGTABLE_R = 1,
	PGTABLE_W = 2,
	PGTABLE_PX = 4,
	PGTABLE_UX = 8,
	PGTABLE_DEVICE = 16,
	PGTABLE_NC = 32,
	PGTABLE_SW0 = 64, /* and three more */
	PGTABLE_SW = 0xf * PGTABLE_SW0,
	PGTABLE_X = PGTABLE_PX | PGTABLE_UX,
	PGTABLE_RWX = PGTABLE_R | PGTABLE_W | PGTABLE_X,
};

enum pgtable_flag {
	PGTABLE_SHARED = 1, /* other walkers are about; the hypervisor's form refuses */
	PGTABLE_IGNORE_EAGAIN = 2, /* not a fault handler */
	PGTABLE_SKIP_BBM_TLBI = 4,
	PGTABLE_SKIP_CMO = 8,
	/* of walks: what to visit */
	PGTABLE_LEAF = 16,
	PGTABLE_TABLE_PRE = 32,
	PGTABLE_TABLE_POST = 64,
	/* with PGTABLE_SHARED: another CPU does as much to the first page, when the library first asks for
	   memory or maintenance */
	PGTABLE_OTHERS = 128,
};

/* Pages that the other CPU has: all that a page needs. */
#define PGTABLE_OTHERS_CACHE 4

/* "flags" of s2_init */
enum pgtable_init_flag {
	PGTABLE_IDMAP = 1,
	PGTABLE_AS_S1 = 2, /* or, in older trees: */
	PGTABLE_NOFWB = 4,
};

enum pgtable_event_kind {
	PGTABLE_TLBI_IPA, /* leaf and table entries of one IPA */
	PGTABLE_TLBI_IPA_NSH, /* the same, on this CPU */
	PGTABLE_TLBI_RANGE, /* all IPAs of a range */
	PGTABLE_TLBI_VMID, /* all of this stage 2 */
	PGTABLE_TLBI_VA, /* one VA of the hypervisor's */
	PGTABLE_FREE, /* addr: page */
	PGTABLE_DCACHE, /* clean and invalidate to the PoC; addr: output */
	PGTABLE_ICACHE, /* invalidate to the PoU; addr: output */
};

struct pgtable_event {
	unsigned long long addr;
	unsigned long long size; /* bytes, of ranges */
	unsigned long long seen; /* the descriptor that translated addr just then */
	unsigned char kind;
	signed char level; /* of PGTABLE_TLBI_IPA*: the hint */
	unsigned char pad[6];
};

/* What the library did to the allocator that no caller of it may do. */
enum pgtable_misuse {
	PGTABLE_NO_PAGE = 1, /* counted, or dropped, what is no page or was freed */
	PGTABLE_FREED_LINKED = 2, /* freed a table that an entry still leads to */
	PGTABLE_WRITTEN_FREED = 4, /* wrote to a page after it was freed */
	PGTABLE_FREED_COUNTED = 8, /* freed a first level that has entries */
};

enum pgtable_page_state {
	PGTABLE_PAGE_FRESH, /* never given out */
	PGTABLE_PAGE_USED,
	PGTABLE_PAGE_FREED,
};

struct pgtable_page {
	unsigned int refs;
	unsigned char state;
	unsigned char pad[3];
	unsigned long long link; /* PA of the entry that leads here; 0: not linked */
};

/* The library is compiled twice: for the hypervisor and for the host kernel. */
enum pgtable_form { PGTABLE_FORM_NVHE, PGTABLE_FORM_HOST, PGTABLE_NR_FORMS };

struct pgtable_root {
	unsigned long long pgd; /* PA; 0: there is none */
	unsigned int ia_bits;
	int start_level;
};

struct pgtable_shared {
	/* set once */
	unsigned long long pa_bits; /* of the PA space: pgtable_pa_bits() */
	unsigned long long pool_offset; /* of the first page from this structure */
	unsigned long long va_offset; /* VA minus PA, as the library sees it, of pages */

	/* request: number of the op in its world, 0 for a reset */
	unsigned long long op;
	unsigned long long args[6];

	/* answer */
	long long ret;
	unsigned long long value[3]; /* what else the function returns */
	unsigned long long misuse; /* enum pgtable_misuse, since the last reset */
	unsigned long long nr_events; /* of this op, all of them */
	unsigned long long used; /* pages given out and not freed */
	unsigned long long nr_touched; /* pages that are not as they were at the last reset */
	struct pgtable_root s2;
	struct pgtable_root hyp;
	unsigned long long unlinked[PGTABLE_UNLINKED]; /* PA; 0: there is none */
	signed char unlinked_level[PGTABLE_UNLINKED];
	unsigned char s2_form, hyp_form; /* enum pgtable_form: who made the tables; the harness's */
	unsigned int nr_free; /* pages that were freed, the last one first */
	unsigned short free_stack[PGTABLE_POOL_PAGES];
	struct pgtable_event events[PGTABLE_MAX_EVENTS];
	struct pgtable_page pages[PGTABLE_POOL_PAGES];
};

/* Sizes of the hypervisor's VAs that hyp_init takes: the architecture's, and some that the library refuses */
static inline int pgtable_good_hyp_bits(unsigned long long bits)
{
	return (bits >= 4 && bits <= 52) || (PGTABLE_PAGE_SHIFT == 12 && bits >= 58 && bits <= 64);
}

/* FEAT_LPA2, or FEAT_LPA with pages of 64 KiB (Arm ARM D8.1.10), which a tree must be configured for */
static inline unsigned int pgtable_pa_bits(int lpa2, int configured)
{
	return lpa2 || (PGTABLE_PAGE_SHIFT == 16 && configured) ? 52 : 48;
}

/* What VTCR_EL2 says of a stage 2's format: T0SZ, SL0, SH0, TG0, PS and DS (Arm ARM D24.2, VTCR_EL2) */
#define PGTABLE_VTCR_FORMAT (1ULL << 32 | 0x7f0ffULL)

/* Does [phys, phys + size) reach into the pages that tables are made of? The PA space begins again at its end. */
static inline int pgtable_reaches_pool(unsigned int pa_bits, unsigned long long phys,
                                       unsigned long long size)
{
	unsigned long long space = (1ULL << pa_bits) - 1;

	return ((phys - PGTABLE_POOL_PA) & space) < PGTABLE_POOL_RANGE ||
	       size > ((PGTABLE_POOL_PA - phys) & space);
}

/* The words of the page at @pa; 0 if there is no such page */
static inline const unsigned long long *pgtable_words(const struct pgtable_shared *s,
                                                      unsigned long long pa)
{
	unsigned long long offset = pa - PGTABLE_POOL_PA;

	if (pa < PGTABLE_POOL_PA || offset >= PGTABLE_POOL_PAGES * PGTABLE_PAGE_SIZE)
		return 0;
	return (const unsigned long long *)((const char *)s + s->pool_offset + offset);
}

/* Of the output address, what a descriptor always has in place (Arm ARM D8.3.1): all of a table's in the pool. */
#define PGTABLE_OUTPUT ((1ULL << 48) - PGTABLE_PAGE_SIZE)

/* log2 of what an entry at a level translates (Arm ARM D8.2) */
static inline unsigned int pgtable_shift(int level)
{
	return PGTABLE_PAGE_SHIFT + (PGTABLE_PAGE_SHIFT - 3) * (3 - level);
}

#endif
