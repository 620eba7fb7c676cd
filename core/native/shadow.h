/* SPDX-License-Identifier: GPL-2.0-only */
/* The shadow of memory that sanitized code asks, for all of a process: sanitize.h says where it is. */
#ifndef EL2FUZZ_NATIVE_SHADOW_H
#define EL2FUZZ_NATIVE_SHADOW_H

#include "core/error.h"

/** shadow_map() - make room for it: everything may be touched; -1 if there is none */
int shadow_map(struct error *err);
void shadow_unmap(void);

#endif
