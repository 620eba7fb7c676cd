/* SPDX-License-Identifier: GPL-2.0-only */
/* One line for the user: what went wrong, where, what to do. */
#ifndef EL2FUZZ_ERROR_H
#define EL2FUZZ_ERROR_H

#include "core/types.h"

struct error {
	char text[1024];
};

/**
 * error_set() - state an error
 * @err: where to; NULL drops the text
 *
 * Return: -1, so that a function can end with it.
 */
int error_set(struct error *err, const char *fmt, ...) __printf(2, 3);

#endif
