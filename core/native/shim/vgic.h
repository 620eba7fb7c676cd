/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tree's sources include vgic.h by a quoted path, which no include folder comes before: this is
 * included first, and leaves the include guard behind. What is patched into the code at boot is zero, as
 * on a machine without a GIC.
 */
#ifndef EL2FUZZ_VGIC_H
#define EL2FUZZ_VGIC_H

#define vgic_ich_vtr el2fuzz_unused_ich_vtr
#define vgic_ich_hcr_trap_bits el2fuzz_unused_trap_bits
#include <linux/kvm_host.h>

#include EL2FUZZ_TREE_VGIC
#undef vgic_ich_vtr
#undef vgic_ich_hcr_trap_bits

#define vgic_ich_vtr() 0ULL
#define vgic_ich_hcr_trap_bits() 0ULL

#endif
