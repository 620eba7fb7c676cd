/* SPDX-License-Identifier: GPL-2.0-only */
/* What this program was built from and by. Tests have a program that was built from something smaller. */
#ifndef EL2FUZZ_CLI_PLACES_H
#define EL2FUZZ_CLI_PLACES_H

extern const char place_tree[]; /* the kernel tree, a folder */
extern const char place_launcher[]; /* builds a tree */

#endif
