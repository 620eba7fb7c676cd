/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory that the driver and the fake host kernel share with the harness: requests, answers, and
 * the machine's layout. Read by the kernel's compiler flags and by ours, so: fixed widths, no includes
 * but the op table.
 */
#ifndef EL2FUZZ_NESTED_SHARED_H
#define EL2FUZZ_NESTED_SHARED_H

#include "op_table.h"

#define NESTED_PAGE_SHIFT EL2FUZZ_PAGE_SHIFT /* the tree's */
#define NESTED_PAGE_SIZE (1ULL << NESTED_PAGE_SHIFT)
#define NESTED_ENTRIES (NESTED_PAGE_SIZE / 8)
#define NESTED_BLOCK_SIZE (NESTED_ENTRIES * NESTED_PAGE_SIZE)
/* log2 of what an entry at a level translates: the host's own tables, and KVM's (Arm ARM D8.2.3) */
#define NESTED_SHIFT(level) (NESTED_PAGE_SHIFT + (NESTED_PAGE_SHIFT - 3) * (3 - (level)))

#define NESTED_VCPUS 2
#define NESTED_MMUS 5 /* the canonical one, and two for each vCPU: S2_MMU_PER_VCPU */
#define NESTED_MAX_EVENTS 1024
#define NESTED_NOTIFIERS 4 /* that nest */

/* L1's RAM, and where the VMM has it: blocks, of which each slot has one at least */
#define NESTED_RAM_IPA 0x40000000ULL
#define NESTED_RAM_BLOCKS (NESTED_PAGE_SHIFT < 16 ? 8 : 4)
#define NESTED_RAM_SIZE (NESTED_RAM_BLOCKS * NESTED_BLOCK_SIZE)
#define NESTED_RAM_PAGES (NESTED_RAM_SIZE / NESTED_PAGE_SIZE)
#define NESTED_RAM_HVA 0x288000000000ULL
/*
 * What is behind a page of it is one of two host pages, so that it can be migrated: where L1's RAM lies in
 * the host's PA space, and once more.
 */
#define NESTED_RAM_PA 0x100000000ULL

/* The host's own memory: tables, and whatever is allocated */
#define NESTED_POOL_PA 0x80000000ULL
#define NESTED_OBJECT_PAGES \
	(0x400000 / NESTED_PAGE_SIZE) /* the first: what is not allocated by the page */
#define NESTED_POOL_PAGES (NESTED_OBJECT_PAGES + (NESTED_PAGE_SHIFT < 16 ? 2048 : 512))

/* The VMM's slots of L1's RAM: a slot may be there or not, and at its place or not. */
#define NESTED_SLOTS 4
#define NESTED_SLOT_SIZE (NESTED_RAM_SIZE / NESTED_SLOTS)

enum nested_slot_flag {
	NESTED_SLOT_ABSENT = 0,
	NESTED_SLOT_THERE = 1,
	NESTED_SLOT_READONLY = 2,
	NESTED_SLOT_LOGGED = 4,
};

/* A use of VNCR_EL2's page, at its start */
enum nested_vncr_use {
	NESTED_VNCR_WRITE = 1,
	NESTED_VNCR_FAR = 2, /* L1 looks at FAR_EL2, if it is told of an abort */
};

/* How the host maps a range of L1's RAM after a notifier has told of a change */
enum nested_backing {
	NESTED_SAME, /* the same pages */
	NESTED_MOVED, /* other pages, one by one */
	NESTED_MOVED_HUGE, /* other pages; whole blocks are huge */
	NESTED_SPLIT, /* the same pages, one by one */
	NESTED_BACKINGS
};

enum nested_reg {
#define REG(number, name) NESTED_REG_##name = (number),
	NESTED_REGS(REG)
#undef REG
		NESTED_NR_REGS
};

enum nested_access {
#define ACCESS(number, name) NESTED_ACCESS_##name = (number),
	NESTED_ACCESSES(ACCESS)
#undef ACCESS
		NESTED_NR_ACCESSES
};

enum nested_tlbi {
#define TLBI(number, name, ...) NESTED_TLBI_##name = (number),
	NESTED_TLBIS(TLBI)
#undef TLBI
		NESTED_NR_TLBIS
};

/* What one names: the columns of NESTED_TLBIS */
enum nested_tlbi_of { NESTED_S2, NESTED_EL1, NESTED_EL2 };
enum nested_tlbi_what {
	NESTED_IPA,
	NESTED_RIPA,
	NESTED_VMID,
	NESTED_VA,
	NESTED_RVA,
	NESTED_VAA,
	NESTED_RVAA,
	NESTED_ASID,
	NESTED_ALL,
};
enum nested_tlbi_where { NESTED_THIS_PE, NESTED_ALL_PES };

/* nested_tlbi_form() has them */
struct nested_tlbi_form {
	enum nested_tlbi_of of;
	enum nested_tlbi_what what;
	enum nested_tlbi_where where;
};

enum nested_at {
#define AT(number, name) NESTED_AT_##name = (number),
	NESTED_ATS(AT)
#undef AT
		NESTED_NR_ATS
};

enum nested_strategy {
#define STRATEGY(number, name) NESTED_STRATEGY_##name = (number),
	NESTED_STRATEGIES(STRATEGY)
#undef STRATEGY
		NESTED_NR_STRATEGIES,
};

/* What the reverse map has done, since the last reset */
struct nested_revmap {
	unsigned int inserts, unknown_inserts;
	unsigned int precise, full; /* unmaps of a shadow */
	unsigned int given_up;
};

/* What unmaps have cost, whatever the strategy, since the last reset */
struct nested_costs {
	unsigned long long walks; /* of a stage 2, from its root */
	struct nested_revmap revmap;
};

/* What the AArch64 image tells of the kernel's memory map */
enum nested_place {
	NESTED_PLACE_pool, /* VA of the pool in the linear map */
	NESTED_PLACE_pool_structs, /* of struct pages: the pool's, and L1's RAM's */
	NESTED_PLACE_ram_structs,
	NESTED_PLACE_sizeof_page,
	NESTED_NR_PLACES
};

/* Return value of an op that nobody could do now: nothing was done. */
#define NESTED_REFUSED (-4096)
/* Of an access that met a translation: value[0] is the PA */
#define NESTED_HIT (-4097)
/* Of one that is to be done while the next is under way */
#define NESTED_DEFERRED (-4098)

enum nested_event_kind {
	NESTED_FLUSH_IPA, /* of one IPA, at a level */
	NESTED_FLUSH_IPA_NSH, /* the same, on this CPU */
	NESTED_FLUSH_RANGE, /* addr, size */
	NESTED_FLUSH_VMID,
	NESTED_FLUSH_S1, /* stage-1 entries: addr is the operand */
	NESTED_FAULT_IN, /* GUP gave a page; addr: RAM offset */
	NESTED_FREE, /* a page of the host's; addr: PA; only told, not kept */
	NESTED_CLEAN, /* from caches, to the point of coherency; addr: PA, size; only kept */
};

/* "level" of an event that has none */
#define NESTED_ANY_LEVEL (-1)

struct nested_event {
	unsigned long long addr;
	unsigned long long size;
	unsigned char kind;
	unsigned char mmu; /* index */
	signed char level;
	unsigned char pad[5];
};

/* A stage 2 that KVM keeps. */
struct nested_mmu {
	unsigned long long pgd; /* PA */
	unsigned long long vttbr; /* L1's, of a shadow; with CnP set it stands for none */
	unsigned long long vtcr;
	unsigned int ia_bits;
	int start_level;
	int refs;
	unsigned char s2_enabled;
	unsigned char pending_unmap;
	unsigned char pad[2];
};

struct nested_vcpu {
	unsigned long long pc, pstate;
	unsigned long long elr_el2, spsr_el2, esr_el2, far_el2, hpfar_el2;
	unsigned long long elr_el1, esr_el1, far_el1, par_el1;
	unsigned long long regs[NESTED_NR_REGS];
	unsigned char in_l2;
	unsigned char mmu; /* that it runs with; NESTED_MMUS: none */
	unsigned char pad[6];
};

/* The page that VNCR_EL2 of L1 names, where a CPU that runs L2 has it */
struct nested_vncr {
	unsigned long long pa; /* 0: not mapped */
	unsigned char writable;
	unsigned char pad[7];
};

/* What is done on another CPU while an op is under way */
#define NESTED_MEANWHILE 4
struct nested_meanwhile {
	unsigned long long args[3];
	unsigned long long nr; /* when: the op gives way for the nr-th time */
	long long ret;
	unsigned int op;
	unsigned int order; /* in which it was done, from 1 on; 0: not yet */
};

/* Why KVM goes back to user space */
struct nested_exit {
	unsigned int reason;
	unsigned int len;
	unsigned long long addr;
	unsigned char is_write;
	unsigned char pad[7];
};

enum nested_stop {
	NESTED_GOES_ON,
	NESTED_UNMODELLED, /* it needs what the fake host kernel has not */
	NESTED_MISUSE, /* it did what no kernel code may do */
};

struct nested_shared {
	/* set once */
	unsigned int pa_bits;

	/* request: number of the op in its world */
	unsigned int op;
	unsigned long long args[6];

	/* answer */
	long long ret;
	unsigned long long value[2];
	struct nested_exit exit;
	unsigned long long nr_events; /* of this op, all of them */
	unsigned int pages, objects; /* allocated, and not freed */
	unsigned int failed; /* allocations of this op that were made to fail */
	unsigned int stop; /* enum nested_stop */
	char stop_text[96];

	struct nested_meanwhile meanwhile[NESTED_MEANWHILE];
	unsigned int nr_meanwhile, nr_done;

	unsigned int strategy; /* enum nested_strategy */
	struct nested_costs costs;

	/* the state after it */
	unsigned long long seq; /* mmu_invalidate_seq */
	struct nested_mmu mmus[NESTED_MMUS];
	struct nested_vcpu vcpus[NESTED_VCPUS];
	struct nested_vncr vncr[NESTED_VCPUS]; /* each has a CPU of its own */
	unsigned int backing[NESTED_RAM_PAGES]; /* PFN, and NESTED_HUGE */
	struct nested_event events[NESTED_MAX_EVENTS];
};

#define NESTED_HUGE 0x80000000U

#endif
