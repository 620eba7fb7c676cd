/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Images that are linked for an address of their own in this process (core/nested/image.lds). What they call
 * is in them, or in their struct el2fuzz_hooks.
 */
#ifndef EL2FUZZ_NATIVE_LOAD_H
#define EL2FUZZ_NATIVE_LOAD_H

#include "core/image/image.h"

/**
 * load_open() - open an image that lies beside another file
 * @beside: that file
 */
int load_open(struct image *image, const char *beside, const char *name, struct error *err);

/** load_map() - make room for what begins with its code, and ends at @end; image->start is 0 if there is none */
int load_map(struct image *image, u64 end, struct error *err);

/** load_fill() - fill in what it has, all of which must be mapped by now */
int load_fill(const struct image *image, struct error *err);

#endif
