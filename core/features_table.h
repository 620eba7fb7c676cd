/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where trees differ in what they do, not only in names and numbers: F(name, file below arch/arm64, extended
 * regular expression, summary). A tree has the feature if the file has a line that matches
 * (core/tree/features.sh). Nobody asks for a version: backports and patch series take what they like.
 * Includes nothing: shell scripts and the kernel's headers read it too.
 */
#ifndef EL2FUZZ_FEATURES_TABLE_H
#define EL2FUZZ_FEATURES_TABLE_H

#define EL2FUZZ_FEATURES(F)                                                                     \
	/* A vCPU that the host names must be the loaded one, or is pinned for the call. */     \
	F(checks_vcpu, "kvm/hyp/nvhe/hyp-main.c", "__get_host_hyp_vcpus",                       \
	  "pointers of the host to a vCPU are checked")                                         \
	/* Registers of a guest that is not protected stay in EL2 until the host wants them. */ \
	F(lazy_vcpu_state, "include/asm/kvm_host.h", "define PKVM_HOST_STATE_DIRTY",            \
	  "registers of guests are copied on demand")                                           \
	/* More bits of HCR_EL2 come from the host for a guest that is not protected. */        \
	F(host_hcr, "kvm/hyp/include/nvhe/pkvm.h", "define PKVM_HCR_EL2_HOST_NPVM",             \
	  "the host decides on more traps of guests that are not protected")                    \
	/* What EL2 made of HCR_EL2 goes to the host's struct after each run. */                \
	F(hcr_goes_back, "kvm/hyp/nvhe/hyp-main.c",                                             \
	  "host_vcpu->arch.hcr_el2[[:space:]]*=", "the host is told HCR_EL2 of a guest")        \
	/* Of the GIC's state only what the host may choose is taken, not ICH_VMCR. */          \
	F(vgic_by_field, "kvm/hyp/nvhe/hyp-main.c", "flush_hyp_vgic_state",                     \
	  "the state of a vCPU's GIC is copied field by field")

#endif
