/* SPDX-License-Identifier: GPL-2.0-only */
/* nVHE has one view of the EL1 and EL2 registers: no alternative chooses between two. */
#ifndef EL2FUZZ_ASM_KVM_HYP_H
#define EL2FUZZ_ASM_KVM_HYP_H

#include_next <asm/kvm_hyp.h>

#undef read_sysreg_elx
#undef write_sysreg_elx
#define read_sysreg_elx(r, nvh, vh) read_sysreg_s(r##nvh)
#define write_sysreg_elx(v, r, nvh, vh) write_sysreg_s(v, r##nvh)

#endif
