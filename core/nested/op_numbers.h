/* SPDX-License-Identifier: GPL-2.0-only */
/* What the driver takes of the op table, under the kernel's headers: numbers. */
#ifndef EL2FUZZ_NESTED_OP_NUMBERS_H
#define EL2FUZZ_NESTED_OP_NUMBERS_H

#include "op_table.h"

enum {
#define OP(number, name, ...) NESTED_OP_##name = (number),
	NESTED_OPS(OP)
#undef OP
};

#endif
