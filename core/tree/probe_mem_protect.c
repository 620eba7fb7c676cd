// SPDX-License-Identifier: GPL-2.0-only
/* What only mem_protect.c itself knows: how the host's annotations are laid out. */
#include "mem_protect.c"

#include "probe.h"

#if HAS_typed_annotations
P(donation_owner_mask, KVM_HOST_DONATION_PTE_OWNER_MASK);
P(donation_extra_mask, KVM_HOST_DONATION_PTE_EXTRA_MASK);
#endif
