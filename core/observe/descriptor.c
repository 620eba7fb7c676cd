// SPDX-License-Identifier: GPL-2.0-only
/*
 * Leaf descriptors: VMSAv8-64 block and page descriptors (Arm ARM D8.3.1) and what the hypervisor
 * writes into invalid ones.
 */
#include "core/observe/observe.h"

#include "tree.h"

#define DESC_VALID BIT(0)
#define DESC_AF BIT(10)
#define DESC_OA GENMASK(47, 12)

/* Stage 2 (D8.4.2, D8.6.3) */
#define S2_MEMATTR_SHIFT 2
#define S2AP_R BIT(6)
#define S2AP_W BIT(7)
#define S2_XN_SHIFT 53

/* Stage 1, EL2 regime (D8.4.1) */
#define S1_ATTRINDX_SHIFT 2
#define S1_AP2_RO BIT(7)
#define S1_XN BIT(54)

/* By XN[1:0], with FEAT_XNX (D8.4.1.3); without it the hypervisor uses 0 and 2 only. */
static const u8 s2_exec[] = { PERM_X, PERM_UX, 0, PERM_PX };

static u64 field(u64 word, u64 mask)
{
	return mask ? (word & mask) >> __builtin_ctzll(mask) : 0;
}

static enum mem_type s2_mem_type(u64 desc, bool fwb)
{
	unsigned int attr = desc >> S2_MEMATTR_SHIFT & 0xf;

	if (!(attr & 0xc))
		return MEM_DEVICE;
	/*
	 * Write-back cacheable, inner and outer; with FWB: forced so, or as stage 1 says, which is how
	 * the host's memory is mapped (D8.6.7).
	 */
	if (fwb ? attr == 0x6 || attr == 0x7 : attr == 0xf)
		return MEM_NORMAL;

	return MEM_OTHER;
}

static enum mem_type s1_mem_type(u64 desc, u64 mair)
{
	unsigned int attr = mair >> (8 * (desc >> S1_ATTRINDX_SHIFT & 7)) & 0xff;

	if (!(attr & 0xf0))
		return MEM_DEVICE;
	return attr == 0xff ? MEM_NORMAL : MEM_OTHER;
}

enum page_state state_from(u64 state)
{
	switch (state) {
	case TREE_state_owned:
		return STATE_OWNED;
	case TREE_state_shared_owned:
		return STATE_SHARED_OWNED;
	case TREE_state_shared_borrowed:
		return STATE_SHARED_BORROWED;
	case TREE_state_nopage:
		return STATE_NOPAGE;
	default:
		return STATE_UNKNOWN;
	}
}

static enum owner owner_from(u64 id)
{
	switch (id) {
	case TREE_owner_host:
		return OWNER_HOST;
	case TREE_owner_hyp:
		return OWNER_HYP;
	case TREE_owner_guest:
		return OWNER_GUEST;
	default:
		return OWNER_UNKNOWN;
	}
}

static void invalid_leaf(const struct table_root *root, u64 desc, struct leaf *leaf)
{
	const u64 known =
		TREE_invalid_pte_type_mask | TREE_donation_owner_mask | TREE_donation_extra_mask;

	leaf->kind = LEAF_OTHER;
	if (!desc) {
		leaf->kind = LEAF_NONE;
	} else if (root->stage2 && !(desc & ~TREE_invalid_pte_type_mask) &&
	           field(desc, TREE_invalid_pte_type_mask) == TREE_invalid_pte_type_poisoned) {
		leaf->kind = LEAF_POISONED;
	} else if (root->stage2 && !(desc & ~known) &&
	           field(desc, TREE_invalid_pte_type_mask) == TREE_invalid_pte_type_donation) {
		leaf->kind = LEAF_DONATED;
		leaf->owner = owner_from(field(desc, TREE_donation_owner_mask));
		leaf->meta = field(desc, TREE_donation_extra_mask);
	}
}

/* Encodings that translate nothing, though bit 0 is set (Arm ARM D8.3.1). */
static bool is_reserved(u64 desc, int level)
{
	return level == 3 ? (desc & 3) != 3 : level < 1;
}

void descriptor_leaf(const struct table_root *root, u64 desc, int level, struct leaf *leaf)
{
	memset(leaf, 0, sizeof(*leaf));
	leaf->raw = desc;
	leaf->level = level;

	if (!(desc & DESC_VALID)) {
		invalid_leaf(root, desc, leaf);
		return;
	}
	if (is_reserved(desc, level)) {
		leaf->kind = LEAF_OTHER;
		return;
	}

	leaf->kind = LEAF_MAPPED;
	leaf->old = !(desc & DESC_AF);
	leaf->state = state_from(field(desc, TREE_pte_state_mask) * TREE_state_in_leaf);
	leaf->pa = desc & DESC_OA;
	if (root->stage2) {
		leaf->perm = (desc & S2AP_R ? PERM_R : 0) | (desc & S2AP_W ? PERM_W : 0);
		leaf->perm |= s2_exec[desc >> S2_XN_SHIFT & 3];
		leaf->type = s2_mem_type(desc, root->fwb);
	} else {
		leaf->perm = PERM_R | (desc & S1_AP2_RO ? 0 : PERM_W) | (desc & S1_XN ? 0 : PERM_X);
		leaf->type = s1_mem_type(desc, root->mair);
	}
}
