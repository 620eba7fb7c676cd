// SPDX-License-Identifier: GPL-2.0-only
/* What only pkvm.c itself knows: the VM table. */
#include "pkvm.c"

#include "probe.h"

P(vm_handle_base, HANDLE_OFFSET);
#if HAS_reserved_slots
P(vm_reserved_entry, RESERVED_ENTRY);
#else
P(vm_reserved_entry, 0);
#endif
