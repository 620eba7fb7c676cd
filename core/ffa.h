/* SPDX-License-Identifier: GPL-2.0-only */
/* FF-A (DEN0077A): the numbers of its ABI, as far as anyone here speaks it. */
#ifndef EL2FUZZ_FFA_H
#define EL2FUZZ_FFA_H

#include "core/types.h"

#define FFA_32(number) (0x84000000ULL | (number))
#define FFA_64(number) (0xc4000000ULL | (number))
#define FFA_FIRST 0x60 /* function numbers */
#define FFA_LAST 0xff

#define FFA_ERROR FFA_32(0x60)
#define FFA_SUCCESS FFA_32(0x61)
#define FFA_VERSION FFA_32(0x63)
#define FFA_FEATURES FFA_32(0x64)
#define FFA_ID_GET FFA_32(0x69)

#define FFA_NOT_SUPPORTED (-1LL)
#define FFA_INVALID_PARAMETERS (-2LL)

#define FFA_MAJOR(version) ((version) >> 16 & 0x7fff)
#define FFA_MINOR(version) ((version) & 0xffff)

#endif
