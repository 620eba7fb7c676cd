/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EL2FUZZ_COVERAGE_H
#define EL2FUZZ_COVERAGE_H

#include "core/image/image.h"

#include <stdio.h>

/* What is known of an instruction. */
enum {
	INSN_RAN = 1,
	INSN_BRANCH = 2, /* a conditional branch, ... */
	INSN_FELL_THROUGH = 4, /* ... which was not taken, */
	INSN_TAKEN = 8, /* ... and taken */
};

/* Which instructions of the hypervisor's text ran. */
struct executed {
	u64 start; /* VA */
	u64 size; /* bytes */
	unsigned int shift; /* log2 of the bytes that an entry stands for */
	const u8 *insns; /* INSN_* */
	const u8 *unknown; /* alike: nobody can say whether it ran; NULL: of none */
};

/**
 * image_coverage() - write an lcov tracefile
 *
 * Paths are relative to the tree; what is not of it is left out. A line counts as reached if any instruction of it
 * ran, wherever it was inlined to; a conditional branch counts once wherever it is copied to. Return: 0, or -1 with
 * the reason.
 */
int image_coverage(struct image *image, const struct executed *executed, FILE *out,
                   struct error *err);

#endif
