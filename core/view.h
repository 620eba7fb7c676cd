/* SPDX-License-Identifier: GPL-2.0-only */
/* The abstract state of one page of memory, as observed or as expected. */
#ifndef EL2FUZZ_VIEW_H
#define EL2FUZZ_VIEW_H

#include "core/types.h"

/* enum pkvm_page_state, whatever its encoding in the tree */
enum page_state {
	STATE_OWNED,
	STATE_SHARED_OWNED,
	STATE_SHARED_BORROWED,
	STATE_NOPAGE,
	STATE_UNKNOWN, /* a value that means nothing */
};

enum owner {
	OWNER_HOST,
	OWNER_HYP,
	OWNER_GUEST,
	OWNER_UNKNOWN,
};

enum leaf_kind {
	LEAF_NONE, /* all zero */
	LEAF_MAPPED,
	LEAF_DONATED, /* invalid, annotated with the new owner */
	LEAF_POISONED, /* invalid, of a guest: the page was taken by force */
	LEAF_OTHER, /* invalid, not zero, no annotation we know */
};

#define PERM_R BIT(0)
#define PERM_W BIT(1)
#define PERM_PX BIT(2) /* EL1 may execute */
#define PERM_UX BIT(3) /* EL0 may */
#define PERM_X (PERM_PX | PERM_UX)
/*
 * What a fetch needs. The CPU under test has no FEAT_XNX: of XN[1:0], which the hypervisor may write in full,
 * it obeys XN[1] alone, at EL1 as at EL0 (Arm ARM D8.4.1.3).
 */
#define PERM_FETCH PERM_UX

enum mem_type {
	MEM_NORMAL,
	MEM_DEVICE,
	MEM_OTHER,
};

/* A leaf of a page table */
struct leaf {
	enum leaf_kind kind;
	u8 perm; /* PERM_* */
	enum mem_type type;
	s8 level;
	bool old; /* mapped, without the access flag */
	enum page_state state; /* of a guest's page, in software bits */
	u64 pa; /* output address of the page, for LEAF_MAPPED */
	enum owner owner; /* for LEAF_DONATED */
	u64 meta; /* what the annotation says beside the owner */
	u64 raw; /* the descriptor */
};

struct page_view {
	enum page_state host;
	enum page_state hyp;
	u32 refcount; /* hyp_page refcount: pins of a shared page, allocator state of a hyp page */
	u32 host_shares; /* host_share_guest_count */
	struct leaf s2; /* host stage-2 */
	struct leaf s1; /* hypervisor stage-1, linear map */
};

#endif
