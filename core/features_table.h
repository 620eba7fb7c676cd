/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where trees differ in what they do, not only in names and numbers: F(name, file below arch/arm64, or ".config",
 * extended regular expression, summary). A tree has the feature if the file has a line that matches
 * (core/tree/features.sh). Nobody asks for a version: backports and patch series take what they like.
 * Includes nothing: shell scripts and the kernel's headers read it too.
 */
#ifndef EL2FUZZ_FEATURES_TABLE_H
#define EL2FUZZ_FEATURES_TABLE_H

#define EL2FUZZ_FEATURES(F)                                                                          \
	/* A vCPU that the host names must be the loaded one, or is pinned for the call. */          \
	F(checks_vcpu, "kvm/hyp/nvhe/hyp-main.c", "__get_host_hyp_vcpus",                            \
	  "pointers of the host to a vCPU are checked")                                              \
	/* Registers of a guest that is not protected stay in EL2 until the host wants them. */      \
	F(lazy_vcpu_state, "include/asm/kvm_host.h", "define PKVM_HOST_STATE_DIRTY",                 \
	  "registers of guests are copied on demand")                                                \
	/* More bits of HCR_EL2 come from the host for a guest that is not protected. */             \
	F(host_hcr, "kvm/hyp/include/nvhe/pkvm.h", "define PKVM_HCR_EL2_HOST_NPVM",                  \
	  "the host decides on more traps of guests that are not protected")                         \
	/* What EL2 made of HCR_EL2 goes to the host's struct after each run. */                     \
	F(hcr_goes_back, "kvm/hyp/nvhe/hyp-main.c",                                                  \
	  "host_vcpu->arch.hcr_el2[[:space:]]*=", "the host is told HCR_EL2 of a guest")             \
	/* Of the GIC's state only what the host may choose is taken, not ICH_VMCR. */               \
	F(vgic_by_field, "kvm/hyp/nvhe/hyp-main.c", "flush_hyp_vgic_state",                          \
	  "the state of a vCPU's GIC is copied field by field")                                      \
	/* Page states lie in struct hyp_page; without, in software bits of the tables' leaves. */   \
	F(states_in_vmemmap, "kvm/hyp/include/nvhe/memory.h", "__host_state",                        \
	  "page states are kept in the vmemmap")                                                     \
	/* An invalid leaf has a type, and more than an owner. */                                    \
	F(typed_annotations, "include/asm/kvm_pgtable.h", "KVM_INVALID_PTE_TYPE_MASK",               \
	  "annotations in invalid leaves have a type")                                               \
	F(split_exec, "include/asm/kvm_pgtable.h", "KVM_PGTABLE_PROT_UX",                            \
	  "EL1 and EL0 may each be allowed to execute without the other")                            \
	/* Without, the handler of a fault is told of -EAGAIN, and shares the table with others. */  \
	F(walk_flags, "include/asm/kvm_pgtable.h", "KVM_PGTABLE_WALK_IGNORE_EAGAIN",                 \
	  "callers say how leaves are made young and permissions widened")                           \
	F(destroys_ranges, "include/asm/kvm_pgtable.h", "kvm_pgtable_stage2_destroy_range",          \
	  "a stage 2 can be destroyed in pieces")                                                    \
	/* So an unmap need not look for them; without, KVM alone knows. */                          \
	F(counts_vncr, "include/asm/kvm_host.h", "vncr_tlb_count",                                   \
	  "translations that vCPUs cached of VNCR_EL2 are counted")                                  \
	/* The host gets an abort for what is not its own; without, EL2 panics. */                   \
	F(injects_aborts, "kvm/hyp/nvhe/mem_protect.c", "host_inject_mem_abort",                     \
	  "an access to what is not the host's is an abort of the host's")                           \
	/* A range is looked up in the list of memory before its states are. */                      \
	F(checks_ranges, "kvm/hyp/nvhe/mem_protect.c", "check_range_allowed_memory",                 \
	  "ranges of the host are checked to lie in one region")                                     \
	/* Both sides of a transition are checked always; without, one of them is trusted. */        \
	F(checks_both_sides, "kvm/hyp/nvhe/mem_protect.c", "__hyp_check_page_state_range[(]phys",    \
	  "the states of both sides are checked")                                                    \
	F(text_readable, "kvm/hyp/nvhe/setup.c", "addr_is_hyp_text",                                 \
	  "the host can read the text of the hypervisor")                                            \
	/* Without, the host keeps them: a defect. */                                                \
	F(takes_stacks, "kvm/hyp/nvhe/setup.c", "stack_hyp_va - ",                                   \
	  "the stacks of the hypervisor are its own")                                                \
	F(data_section, "kvm/hyp/nvhe/setup.c", "__hyp_data_start",                                  \
	  "the hypervisor has initialised data")                                                     \
	F(maps_vgic_state, "kvm/hyp/nvhe/setup.c", "&kvm_vgic_global_state",                         \
	  "kvm_vgic_global_state is shared with the hypervisor")                                     \
	F(hcall_bounds, "include/asm/kvm_asm.h", "__KVM_HOST_SMCCC_FUNC_MIN_PKVM",                   \
	  "what finalisation closes has a bound of its own")                                         \
	F(init_nr_cpus, "kvm/hyp/nvhe/hyp-main.c", "__pkvm_init[(]phys, size, nr_cpus",              \
	  "__pkvm_init is told the number of CPUs")                                                  \
	F(reserved_slots, "kvm/hyp/nvhe/pkvm.c", "define RESERVED_ENTRY",                            \
	  "VM slots are reserved first")                                                             \
	/* Guests have a stage-2 of EL2's making; without, the host makes it. */                     \
	F(guest_stage2, "include/asm/kvm_asm.h", "___pkvm_host_share_guest",                         \
	  "the stage-2 of guests is EL2's")                                                          \
	F(pvm_flag, "kvm/hyp/nvhe/pkvm.c", "arch[.]pkvm[.]is_protected",                             \
	  "VMs are protected or not")                                                                \
	F(stage2_teardown_mc, "include/asm/kvm_host.h", "stage2_teardown_mc",                        \
	  "pages of stage-2 tables come back in a memcache of their own")                            \
	F(vcpu_memcache, "include/asm/kvm_host.h", "pkvm_memcache", "vCPUs have a memcache")         \
	/* What is shared is mapped at EL2 when it is pinned; without, when it is shared. */         \
	F(maps_when_pinned, "kvm/hyp/nvhe/mem_protect.c", "WARN_ON[(]pkvm_create_mappings_locked",   \
	  "a shared page is mapped at EL2 while it is pinned")                                       \
	F(host_fwb, "kvm/hyp/nvhe/mem_protect.c", "KVM_PGTABLE_S2_AS_S1",                            \
	  "FEAT_S2FWB is made use of in the host's stage-2")                                         \
	/* Calls of EL2's own to EL3 have 18 registers, and what the host gets; without, 8 and 4. */ \
	F(smccc_1_2, "kvm/hyp/nvhe/ffa.c", "hyp_smccc_1_2_smc",                                      \
	  "the FF-A proxy follows SMCCC 1.2")                                                        \
	F(smc_checks_upper, "kvm/hyp/nvhe/hyp-main.c", "upper_32_bits[(]func_id",                    \
	  "an SMC whose function id has more than 32 bits is refused")                               \
	F(psci_two_entries, "kvm/hyp/nvhe/psci-relay.c", "__kvm_host_psci_cpu_on_entry",             \
	  "a CPU that is turned on and one that wakes enter the hypervisor each by its own way")     \
	F(psci_off2, "kvm/hyp/nvhe/psci-relay.c", "SYSTEM_OFF2", "PSCI SYSTEM_OFF2 is passed on")    \
	F(ffa_1_2, "kvm/hyp/nvhe/ffa.c", "case FFA_PARTITION_INFO_GET_REGS",                         \
	  "optional calls of FF-A 1.1 and 1.2 are refused")                                          \
	F(ffa_checks_minor, "kvm/hyp/nvhe/ffa.c", "hyp_ffa_version[)][)]$",                          \
	  "a lower version of FF-A is refused once one is chosen")                                   \
	F(ffa_version_s32, "kvm/hyp/nvhe/ffa.c", "[(]s32[)]res->a0 == FFA_RET_NOT_SUPPORTED",        \
	  "EL3 refuses a version of FF-A with 32 bits")                                              \
	F(ffa_rxtx_mask, "kvm/hyp/nvhe/ffa.c", "FFA_FEAT_RXTX_MIN_SZ_MASK",                          \
	  "of the buffers' properties only the size counts")                                         \
	F(ffa_checks_address, "kvm/hyp/nvhe/ffa.c", "PAGE_ALIGNED[(]sz [|] range->address",          \
	  "ranges for the secure world must begin at a page")                                        \
	/* Without, EL2 reads wherever the host says that the receiver is. */                        \
	F(ffa_checks_receiver, "kvm/hyp/nvhe/ffa.c", "em_mem_access_off",                            \
	  "the receiver must lie in the descriptor")                                                 \
	/* Without, it follows what every version has before it. */                                  \
	F(ffa_emad_size, "../../include/linux/arm_ffa.h", "ffa_emad_size_get",                       \
	  "the descriptor says where the receiver is, of a size by version")                         \
	F(cap_xnx, "tools/cpucaps", "^HAS_XNX$", "FEAT_XNX is made use of")                          \
	F(selftest_pages, "include/asm/kvm_pkvm.h", "pkvm_selftest_pages",                           \
	  "there is an ownership self-test")                                                         \
	/* Configurations: the options of the launcher. */                                           \
	F(el2_debug, ".config", "^CONFIG_NVHE_EL2_DEBUG=y", "the hypervisor checks itself")          \
	F(ubsan, ".config", "^CONFIG_UBSAN_KVM_EL2=y", "undefined behaviour at EL2 is trapped")      \
	F(cfi, ".config", "^CONFIG_CFI(_CLANG)?=y",                                                  \
	  "a call through a pointer of another type is trapped")                                     \
	F(pa_52, ".config", "^CONFIG_ARM64_PA_BITS_52=y",                                            \
	  "with FEAT_LPA or FEAT_LPA2, physical addresses are of 52 bits")

#endif
