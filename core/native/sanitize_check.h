/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the two halves of the sanitizers' run time: what is known of memory, and what asks for it. */
#ifndef EL2FUZZ_NATIVE_SANITIZE_CHECK_H
#define EL2FUZZ_NATIVE_SANITIZE_CHECK_H

#include <linux/types.h>

#include "core/native/sanitize.h"

/* Shadow of what must not be touched at all; AddressSanitizer has others for stacks and globals. */
#define SHADOW_FREE 0xfc
#define SHADOW_BEYOND 0xfa

extern bool el2fuzz_locks_checked;
extern unsigned int el2fuzz_in_fixmap;

void el2fuzz_memcache_pushed(void *page);
void el2fuzz_memcache_popped(void *page);

#endif
