/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hand-made steps for the rules of oracle/tlb/rules.h. Each file of this folder is one: good_NAME.c keeps all rules,
 * bad_NAME.c breaks the one that it names, and no other before it.
 */
#ifndef EL2FUZZ_TESTS_TLB_SCRIPT_H
#define EL2FUZZ_TESTS_TLB_SCRIPT_H

#include "oracle/tlb/rules.h"

struct script {
	const char *name;
	const char *rule; /* that is broken; NULL: none */
	void (*play)(struct tlb *tlb);
};

#define GOOD(title) SCRIPT(good_##title, NULL)
#define BAD(title, rule) SCRIPT(bad_##title, rule)
#define SCRIPT(title, broken)                                                  \
	static void play_##title(struct tlb *tlb);                             \
	extern const struct script script_##title;                             \
	const struct script script_##title = { #title, broken, play_##title }; \
	static void play_##title(struct tlb *tlb)

/* The contexts that are there from the beginning; guests are those after them, as they are entered. */
enum { HOST, EL2, GUEST };

/* Descriptors: 4 KiB granule (Arm ARM D8.3) */
#define OUT(page) ((u64)(page) << 12)
#define VALID 3ULL /* a page, or a table above the last level */
#define BLOCK 1ULL
#define TABLE(page) (OUT(page) | VALID)
#define AF BIT(10)
#define NORMAL (15ULL << 2)
#define S2_R BIT(6)
#define S2_W BIT(7)
#define S2_NOEXEC (2ULL << 53)
#define S2_PAGE(page) (OUT(page) | VALID | AF | NORMAL | S2_R | S2_W | S2_NOEXEC)
#define S2_BLOCK(page) (OUT(page) | BLOCK | AF | NORMAL | S2_R | S2_W | S2_NOEXEC)
#define S1_PAGE(page) (OUT(page) | VALID | AF | BIT(6) | BIT(54))

#define NO_HINT 0
#define HINT(level) (4 | (level)) /* TTL: 4 KiB granule, and level (C5.5) */

static inline void entry(struct tlb *tlb, u32 context, int level, u64 ia, u64 was, u64 is)
{
	tlb_note_write(tlb, &(struct tlb_write){ context, level, ia, was, is });
}

#define dsb(tlb, type) tlb_event(tlb, &(struct event){ .kind = EVENT_DSB, .op = DSB_##type })
#define isb(tlb) tlb_event(tlb, &(struct event){ .kind = EVENT_ISB })
#define tlbi_at(tlb, name, vmid, ttl, addr)                                     \
	tlb_event(tlb, &(struct event){ .kind = EVENT_TLBI,                     \
	                                .op = TLBI_##name,                      \
	                                .arg = (addr) >> 12 | (u64)(ttl) << 44, \
	                                .vttbr = (u64)(vmid) << 48 })
#define tlbi_range(tlb, name, vmid, addr, bytes)             \
	tlb_event(tlb, &(struct event){ .kind = EVENT_TLBI,  \
	                                .op = TLBI_##name,   \
	                                .arg = (addr) >> 12, \
	                                .size = bytes,       \
	                                .vttbr = (u64)(vmid) << 48 })
#define tlbi_all(tlb, name, vmid) tlbi_at(tlb, name, vmid, NO_HINT, 0ULL)
#define vttbr(tlb, vmid, page)                                 \
	tlb_event(tlb, &(struct event){ .kind = EVENT_REG,     \
	                                .op = EVENT_VTTBR_EL2, \
	                                .arg = (u64)(vmid) << 48 | OUT(page) })
#define guest(tlb, vmid, page) \
	tlb_event(tlb,         \
	          &(struct event){ .kind = EVENT_GUEST, .vttbr = (u64)(vmid) << 48 | OUT(page) })
#define cleaned(tlb, page, bytes) \
	tlb_event(tlb, &(struct event){ .kind = EVENT_DCACHE, .arg = OUT(page), .size = bytes })
#define instructions(tlb, page, bytes) \
	tlb_event(tlb, &(struct event){ .kind = EVENT_ICACHE, .arg = OUT(page), .size = bytes })
#define freed(tlb, page) tlb_event(tlb, &(struct event){ .kind = EVENT_FREE, .arg = OUT(page) })

/* What __kvm_tlb_flush_vmid_ipa() does. */
static inline void flush_ipa(struct tlb *tlb, unsigned int vmid, unsigned int ttl, u64 ipa)
{
	dsb(tlb, ish);
	tlbi_at(tlb, ipas2e1is, vmid, ttl, ipa);
	dsb(tlb, ish);
	tlbi_all(tlb, vmalle1is, vmid);
	dsb(tlb, ish);
	isb(tlb);
}

/* And __kvm_tlb_flush_vmid() */
static inline void flush_vmid(struct tlb *tlb, unsigned int vmid)
{
	dsb(tlb, ish);
	tlbi_all(tlb, vmalls12e1is, vmid);
	dsb(tlb, ish);
	isb(tlb);
}

/* A step is over, and another one begins. */
static inline void next_step(struct tlb *tlb)
{
	tlb_step_end(tlb);
	tlb_step_begin(tlb);
}

#endif
