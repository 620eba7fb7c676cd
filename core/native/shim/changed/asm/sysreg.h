/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System registers are words of the harness's, indexed by their encoding, so that a named and an encoded
 * access to one register meet. A register that the machine under test has not is undefined, as on it.
 */
#ifndef EL2FUZZ_ASM_SYSREG_H
#define EL2FUZZ_ASM_SYSREG_H

#include_next <asm/sysreg.h>

#include "sysreg_names.h"

#undef read_sysreg
#undef write_sysreg
#undef read_sysreg_s
#undef write_sysreg_s
#undef write_sysreg_hcr
#undef read_sysreg_par

/* An encoding without the place that it has in an instruction: 16 bits */
#define EL2FUZZ_INDEX(encoding) ((u32)(encoding) >> 5 & 0xffff)
#define EL2FUZZ_NAMED_(name) EL2FUZZ_SYSREG_##name
#define EL2FUZZ_NAMED(name) EL2FUZZ_NAMED_(name)

/* The registers that say whose translations there are: what is written to them is an event. */
#define EL2FUZZ_IS(index, name) ((index) == EL2FUZZ_INDEX(EL2FUZZ_NAMED(name)))
#define EL2FUZZ_NOTE_WRITE(index, value)                                            \
	do {                                                                        \
		if ((EL2FUZZ_IS(index, vttbr_el2) || EL2FUZZ_IS(index, vtcr_el2) || \
		     EL2FUZZ_IS(index, hcr_el2) || EL2FUZZ_IS(index, ttbr0_el2)) && \
		    unlikely(el2fuzz_watched))                                      \
			el2fuzz_reg_written(index, value);                          \
	} while (0)

#define read_sysreg_s(r) ((u64) * el2fuzz_sysreg(EL2FUZZ_INDEX(r)))
#define write_sysreg_s(v, r)                                     \
	do {                                                     \
		u64 __written = (u64)(v);                        \
		*el2fuzz_sysreg(EL2FUZZ_INDEX(r)) = __written;   \
		EL2FUZZ_NOTE_WRITE(EL2FUZZ_INDEX(r), __written); \
	} while (0)
#define read_sysreg(r) read_sysreg_s(EL2FUZZ_NAMED(r))
#define write_sysreg(v, r) write_sysreg_s(v, EL2FUZZ_NAMED(r))
#define write_sysreg_hcr(v) write_sysreg(v, hcr_el2)
#define read_sysreg_par() read_sysreg(par_el1)

#endif
