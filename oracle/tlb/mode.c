// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/tlb/mode.h"

#include <string.h>

int tlb_mode_by_name(const char *name)
{
	static const char *const names[TLB_MODE_COUNT] = { "off", "end", "full" };

	for (int i = 0; i < TLB_MODE_COUNT; i++) {
		if (!strcmp(names[i], name))
			return i;
	}

	return -1;
}
