/* SPDX-License-Identifier: GPL-2.0-only */
/* What the driver takes of the op table, under the kernel's headers: numbers. */
#ifndef EL2FUZZ_PGTABLE_OP_NUMBERS_H
#define EL2FUZZ_PGTABLE_OP_NUMBERS_H

#include "op_table.h"

enum {
#define OP(number, name, ...) PGTABLE_OP_##name = (number),
	PGTABLE_OPS(OP)
#undef OP
};

enum {
#define STYLE(number, name) PGTABLE_STYLE_##name = (number),
	PGTABLE_STYLES(STYLE)
#undef STYLE
		PGTABLE_NR_STYLES
};

#endif
