// SPDX-License-Identifier: GPL-2.0-only
#include "core/syndrome.h"

#define ISS_WNR BIT(6)

/* Fault status codes, plus the level */
#define FSC_ADDRESS_SIZE 0x00
#define FSC_TRANSLATION 0x04
#define FSC_ACCESS_FLAG 0x08
#define FSC_PERMISSION 0x0c

static u64 fault_status(const struct leaf *leaf)
{
	if (leaf->kind == LEAF_MAPPED && leaf->old)
		return FSC_ACCESS_FLAG | leaf->level;
	if (leaf->kind == LEAF_MAPPED)
		return FSC_PERMISSION | leaf->level;

	/* Beyond the input size of stage 2 the walk ends before it begins (Arm ARM D8.2.4). */
	return FSC_TRANSLATION | (leaf->level < 0 ? 0 : leaf->level);
}

u64 esr_stage2_fault(const struct leaf *leaf, u8 perm)
{
	return ESR_EC(perm == PERM_FETCH ? EC_IABT_LOW : EC_DABT_LOW) |
	       (perm == PERM_W ? ISS_WNR : 0) | fault_status(leaf);
}

u64 esr_address_size_fault(u8 perm)
{
	return ESR_EC(perm == PERM_FETCH ? EC_IABT_CUR : EC_DABT_CUR) |
	       (perm == PERM_W ? ISS_WNR : 0) | FSC_ADDRESS_SIZE;
}
