/* SPDX-License-Identifier: GPL-2.0-only */
/* cmocka wants its headers in this order. */
#ifndef EL2FUZZ_CMOCKA_TEST_H
#define EL2FUZZ_CMOCKA_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
