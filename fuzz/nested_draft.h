/* SPDX-License-Identifier: GPL-2.0-only */
/* A random trace of the nested world while it is made: what its parts share. */
#ifndef EL2FUZZ_NESTED_DRAFT_H
#define EL2FUZZ_NESTED_DRAFT_H

#include "core/nested/shared.h"
#include "fuzz/nested.h"
#include "fuzz/prng.h"

/* L2's addresses: some blocks of L1's granule from here, in one table of each level */
#define WINDOW_IPA 0x80000000ULL
#define WINDOW_BLOCKS 4
/* The tables of a guest: first levels (two pages, for what is concatenated), level 2, levels 3 */
#define ROOT_PAGES 2
#define GUEST_PAGES (ROOT_PAGES + 1 + WINDOW_BLOCKS)
#define MAX_GUESTS 3

/* Stage-2 descriptors (Arm ARM D8.3) */
#define DESC_BLOCK 1ULL
#define DESC_TABLE 3ULL
#define DESC_PAGE 3ULL
#define DESC_AF BIT(10)
#define DESC_ISH (3ULL << 8)
#define DESC_NORMAL (0xfULL << 2)
#define DESC_S2AP(ap) ((u64)(ap) << 6)
#define DESC_CONT BIT(52)
#define DESC_XN(xn) ((u64)(xn) << 53)

/* Stage-1 descriptors */
#define S1_AP(ap) ((u64)(ap) << 6)
#define S1_NG BIT(11)
#define S1_INDEX(i) ((u64)(i) << 2)
/* MAIR_ELx: memory types of each kind */
#define S1_MAIR 0xf04bbb77aa44ff00ULL
/* PS of VTCR_EL2, IPS of TCR_ELx */
#define PS_40 2

#define HCR_VM BIT(0)
#define HCR_NV (BIT(42) | BIT(43) | BIT(45)) /* NV, NV1, NV2: L2 is a hypervisor */

struct nested_draft {
	struct prng prng;
	struct trace *trace;
	u32 hostile;
	bool calm;
	bool two_vcpus;
	bool nested_l2; /* L2 is a hypervisor itself */
	bool own; /* L1 has a stage 1 of its own, by which VNCR_EL2 is translated */
	u32 own_granule; /* log2 */
	u64 vncr; /* VA in VNCR_EL2 */
	bool stage1; /* L2 has tables of its own, and L1 asks what they say */
	bool many; /* contexts: more than KVM keeps shadows for */
	u32 nr_guests;
	u8 blocks[MAX_GUESTS]; /* of the window, bit by bit: mapped as one block */
	u32 granule; /* log2, of L1's stage 2 */
	u32 ia_bits; /* of L2 */
	u64 vtcr;
	u64 hot[4]; /* pages of L1's RAM that everything is about */
	u32 open; /* notifiers that have started */
	u32 failed; /* -1 once the trace could not grow */
};

static inline bool chance(struct nested_draft *d, u64 nr, u64 of)
{
	return prng_chance(&d->prng, nr, of);
}

static inline u64 below(struct nested_draft *d, u64 bound)
{
	return prng_below(&d->prng, bound);
}

static inline bool hostile(struct nested_draft *d)
{
	return chance(d, d->hostile, 400);
}

static inline void emit(struct nested_draft *d, u16 code, u64 a, u64 b, u64 c)
{
	const struct op op = { .code = code, .value = { a, b, c } };

	if (trace_append(d->trace, &op))
		d->failed = -1;
}

static inline u64 any_vcpu(struct nested_draft *d)
{
	return d->two_vcpus ? below(d, NESTED_VCPUS) : 0;
}

/* What L1 maps for L2, in pages and blocks of its granule */

static inline u64 page_size(const struct nested_draft *d)
{
	return BIT(d->granule);
}

static inline u64 entries(const struct nested_draft *d)
{
	return page_size(d) / 8;
}

static inline u64 block_size(const struct nested_draft *d)
{
	return entries(d) * page_size(d);
}

static inline u64 root(const struct nested_draft *d, u32 guest)
{
	return guest * GUEST_PAGES * page_size(d);
}

static inline u64 table_l2(const struct nested_draft *d, u32 guest)
{
	return root(d, guest) + ROOT_PAGES * page_size(d);
}

static inline u64 table_l3(const struct nested_draft *d, u32 guest, u32 block)
{
	return table_l2(d, guest) + (1 + block) * page_size(d);
}

static inline u64 page_entry(const struct nested_draft *d, u32 guest, u64 page)
{
	return table_l3(d, guest, page / entries(d)) + 8 * (page % entries(d));
}

/** nested_output() - a page of L1's RAM, not of its tables as a rule; aligned as asked for */
u64 nested_output(struct nested_draft *d, u64 align);

/** nested_link_block() - L1's entry for a block of the window, as a block or a table */
void nested_link_block(struct nested_draft *d, u32 guest, u32 block);

/** nested_pick_page() - of the window, by its number */
u64 nested_pick_page(struct nested_draft *d);

/** nested_hcr() - HCR_EL2 for L2 to run */
u64 nested_hcr(const struct nested_draft *d);

/* Operands of TLBIs by address (Arm ARM C5.5, D8.17.4) */

/** nested_ttl() - granule and level */
u64 nested_ttl(u32 granule, u32 level);

/** nested_range() - granule, then scale and num, which make (num + 1) * 2^(5 * scale + 1) pages of it */
u64 nested_range(u32 granule, u64 address, u64 scale, u64 num);

/* nested_el2.c: L1's own stage 1 */

/** nested_build_own() - tables */
void nested_build_own(struct nested_draft *d);

/** nested_begin_own() - registers of a vCPU, VNCR_EL2 among them */
void nested_begin_own(struct nested_draft *d, u64 vcpu);

/** nested_change_own() - L1 changes an entry, or a register, and invalidates or does not */
void nested_change_own(struct nested_draft *d, u64 vcpu);

/** nested_race_own() - VNCR_EL2 is used while on the other vCPU L1 changes what it is translated to */
void nested_race_own(struct nested_draft *d, u64 vcpu);

/* nested_stage1.c: L2's own tables */

/** nested_build_s1() - L2's tables, behind those of L1 for the first guest */
void nested_build_s1(struct nested_draft *d, u64 vcpu);

/** nested_ask_at() - L1 asks how L2 translates an address */
void nested_ask_at(struct nested_draft *d);

#endif
