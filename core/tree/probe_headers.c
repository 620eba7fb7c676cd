// SPDX-License-Identifier: GPL-2.0-only
/* What the tree's headers declare. */
#include <linux/arm_ffa.h>
#include <linux/kvm_host.h>

#include <asm/cpucaps.h>
#include <asm/kvm_asm.h>
#include <asm/kvm_hyp.h>
#include <asm/kvm_mmu.h>
#include <asm/kvm_pgtable.h>
#include <asm/kvm_pkvm.h>

#include <nvhe/memory.h>
#include <nvhe/mem_protect.h>
#include <nvhe/pkvm.h>

#include <../lib/ubsan.h>

#include "../caps_table.h"
#include "../fields_table.h"
#include "probe.h"

/* Host hypercalls; their enumeration itself is read from this object's DWARF. */
enum __kvm_host_smccc_func probe_hypercalls;

P(hypercall_base, KVM_HOST_SMCCC_ID(0));
P(hypercall_hints, ARM_SMCCC_CALL_HINTS);
#if HAS_hcall_bounds
P(hypercall_min_pkvm, __KVM_HOST_SMCCC_FUNC_MIN_PKVM);
#else
P(hypercall_min_pkvm, __KVM_HOST_SMCCC_FUNC___pkvm_prot_finalize);
#endif

/* Capabilities */
P(cap_always_boot, ARM64_ALWAYS_BOOT);
P(cap_always_system, ARM64_ALWAYS_SYSTEM);
P(cap_protected_mode, ARM64_KVM_PROTECTED_MODE);
P(cap_vhe, ARM64_HAS_VIRT_HOST_EXTN);
P(cap_nested_virt, ARM64_HAS_NESTED_VIRT);
P(cap_cb_bit, ARM64_CB_BIT);
#define HAS_always 1
#define CAP_1(name, enumerator) P(cap_##name, ARM64_##enumerator);
#define CAP_0(name, enumerator) P(cap_##name, 0xffff); /* no alternative asks for it */
#define CAP_OF(has, ...) CAP_##has(__VA_ARGS__)
#define CAP_IF(has, ...) CAP_OF(has, __VA_ARGS__)
#define CAP(name, enumerator, feature) CAP_IF(HAS_##feature, name, enumerator)
EL2FUZZ_CAPS(CAP)
#undef CAP

/* Boot-time patching */
P(sizeof_alt_instr, sizeof(struct alt_instr));
P(alt_orig_offset, offsetof(struct alt_instr, orig_offset));
P(alt_alt_offset, offsetof(struct alt_instr, alt_offset));
P(alt_cpucap, offsetof(struct alt_instr, cpucap));
P(alt_orig_len, offsetof(struct alt_instr, orig_len));
P(alt_alt_len, offsetof(struct alt_instr, alt_len));
P(sizeof_jump_entry, sizeof(struct jump_entry));
P(jump_code, offsetof(struct jump_entry, code));
P(jump_target, offsetof(struct jump_entry, target));
P(jump_key, offsetof(struct jump_entry, key));

/* BUG and WARN, UBSan and CFI */
P(bug_brk_imm, BUG_BRK_IMM);
P(ubsan_brk_imm, UBSAN_BRK_IMM);
P(ubsan_brk_mask, UBSAN_BRK_MASK);
P(ubsan_shift, ubsan_shift_out_of_bounds);
P(ubsan_bounds, ubsan_out_of_bounds);
P(ubsan_division, ubsan_divrem_overflow);
P(ubsan_invalid, ubsan_load_invalid_value);
P(ubsan_unreachable, ubsan_builtin_unreachable);
P(cfi_brk_base, CFI_BRK_IMM_BASE);
P(cfi_brk_mask, CFI_BRK_IMM_MASK);
P(cfi_brk_target, CFI_BRK_IMM_TARGET);
P(bugflag_warning, BUGFLAG_WARNING);
P(sizeof_bug_entry, sizeof(struct bug_entry));
P(bug_addr, offsetof(struct bug_entry, bug_addr_disp));
P(bug_flags, offsetof(struct bug_entry, flags));
#ifdef CONFIG_DEBUG_BUGVERBOSE
P(bug_file, offsetof(struct bug_entry, file_disp));
P(bug_line, offsetof(struct bug_entry, line));
P(bug_verbose, 1);
#else
P(bug_file, 0);
P(bug_line, 0);
P(bug_verbose, 0);
#endif

/* hyp_vmemmap: bit fields are probed as the bits they set. */
#pragma clang diagnostic ignored "-Wbitfield-constant-conversion"
P(sizeof_hyp_page, sizeof(struct hyp_page));
P(hyp_page_refcount, offsetof(struct hyp_page, refcount));
P(sizeof_hyp_page_refcount, sizeof(((struct hyp_page *)0)->refcount));
#if HAS_states_in_vmemmap
P(hyp_page_share_count, offsetof(struct hyp_page, host_share_guest_count));
extern const struct hyp_page probe_mask_host_state, probe_mask_hyp_state;
const struct hyp_page probe_mask_host_state = { .__host_state = -1 };
const struct hyp_page probe_mask_hyp_state = { .__hyp_state_comp = -1 };
P(hyp_state_complement, PKVM_PAGE_STATE_VMEMMAP_MASK);
P(state_in_leaf, 1);
#else
P(hyp_page_share_count, 0);
P(mask_host_state, 0);
P(mask_hyp_state, 0);
P(hyp_state_complement, 0);
/* The encodings are of bits in a leaf's protection: of the lowest one they are multiples. */
P(state_in_leaf, KVM_PGTABLE_PROT_SW0);
#endif
P(state_owned, PKVM_PAGE_OWNED);
P(state_shared_owned, PKVM_PAGE_SHARED_OWNED);
P(state_shared_borrowed, PKVM_PAGE_SHARED_BORROWED);
P(state_nopage, PKVM_NOPAGE);

/* Annotations in invalid stage-2 entries */
#if HAS_typed_annotations
P(invalid_pte_type_mask, KVM_INVALID_PTE_TYPE_MASK);
P(invalid_pte_type_locked, KVM_INVALID_PTE_TYPE_LOCKED);
P(invalid_pte_type_donation, KVM_HOST_INVALID_PTE_TYPE_DONATION);
P(invalid_pte_type_poisoned, KVM_GUEST_INVALID_PTE_TYPE_POISONED);
#else
/* One bit tells what is locked from what has an owner. */
P(invalid_pte_type_mask, KVM_INVALID_PTE_LOCKED);
P(invalid_pte_type_locked, 1);
P(invalid_pte_type_donation, 0);
P(invalid_pte_type_poisoned, ~0ULL);
P(donation_owner_mask, KVM_INVALID_PTE_OWNER_MASK);
P(donation_extra_mask, 0);
#endif
#ifdef KVM_MAX_OWNER_ID
P(owner_max, KVM_MAX_OWNER_ID);
#else
P(owner_max, 0);
#endif
P(owner_host, PKVM_ID_HOST);
P(owner_hyp, PKVM_ID_HYP);
#if HAS_guest_stage2
P(owner_guest, PKVM_ID_GUEST);
#else
P(owner_guest, ~0ULL);
#endif

/* Structures that the host shares with EL2 */
/* A field of trees with a feature: of size 0 in the others. An error here is of a member with another name. */
#define FIELD_1(object, type, name, member)                \
	P(object##_offset_##name, offsetof(type, member)); \
	P(object##_size_##name, sizeof(((type *)0)->member));
#define FIELD_0(object, type, name, member) \
	P(object##_offset_##name, 0);       \
	P(object##_size_##name, 0);
#define FIELD_OF(has, ...) FIELD_##has(__VA_ARGS__)
#define FIELD_IF(has, ...) FIELD_OF(has, __VA_ARGS__)
#define FIELD(number, name, member, feature) FIELD_IF(HAS_##feature, kvm, struct kvm, name, member)
EL2FUZZ_KVM_FIELDS(FIELD)
#undef FIELD
#define FIELD(number, name, member, feature) \
	FIELD_IF(HAS_##feature, vcpu, struct kvm_vcpu, name, member)
EL2FUZZ_VCPU_FIELDS(FIELD)
#undef FIELD
#define FIELD(number, name, type, member)                    \
	P(ffa_offset_##name, offsetof(struct type, member)); \
	P(ffa_size_##name, sizeof(((struct type *)0)->member));
EL2FUZZ_FFA_FIELDS(FIELD)
#undef FIELD
P(ffa_sizeof_region, sizeof(struct ffa_mem_region));
P(ffa_sizeof_receiver, sizeof(struct ffa_mem_region_attributes));
#if HAS_ffa_emad_size
P(ffa_sizeof_impdef, sizeof(((struct ffa_mem_region_attributes *)0)->impdef_val));
#else
P(ffa_sizeof_impdef, 0);
#endif
P(ffa_sizeof_composite, offsetof(struct ffa_composite_mem_region, constituents));
P(ffa_sizeof_range, sizeof(struct ffa_mem_region_addr_range));
P(ffa_mailbox_size, KVM_FFA_MBOX_NR_PAGES *PAGE_SIZE);
P(sizeof_kvm, sizeof(struct kvm));
P(sizeof_vcpu, sizeof(struct kvm_vcpu));
P(sizeof_hyp_vcpu, sizeof(struct pkvm_hyp_vcpu));
P(sizeof_s2_mmu, sizeof(struct kvm_s2_mmu));
/* A flag of a vCPU is a triple: set, bit, mask. */
#define FLAG_MASK_OF(set, bit, mask) (mask)
#define FLAG_MASK(...) FLAG_MASK_OF(__VA_ARGS__)
#ifdef PKVM_HOST_STATE_DIRTY
P(flag_state_dirty, FLAG_MASK(PKVM_HOST_STATE_DIRTY));
#else
P(flag_state_dirty, 0); /* the whole context goes to EL2 and back at every run */
#endif
P(flag_pending_exception, FLAG_MASK(PENDING_EXCEPTION));
P(flag_except_mask, FLAG_MASK(EXCEPT_MASK));
P(flag_increment_pc, FLAG_MASK(INCREMENT_PC));
P(feature_sve, BIT(KVM_ARM_VCPU_SVE));
P(sve_vl_unit, sve_vl_from_vq(1));
P(sve_state_unit, SVE_SIG_REGS_SIZE(1));
_Static_assert(SVE_SIG_REGS_SIZE(4) == 4 * SVE_SIG_REGS_SIZE(1), "SVE state is proportional to VL");
P(hvc_mem_share, ARM_SMCCC_VENDOR_HYP_KVM_MEM_SHARE_FUNC_ID);
P(hvc_mem_unshare, ARM_SMCCC_VENDOR_HYP_KVM_MEM_UNSHARE_FUNC_ID);
P(hvc_meminfo, ARM_SMCCC_VENDOR_HYP_KVM_HYP_MEMINFO_FUNC_ID);
P(hvc_features, ARM_SMCCC_VENDOR_HYP_KVM_FEATURES_FUNC_ID);
P(prot_r, KVM_PGTABLE_PROT_R);
P(prot_w, KVM_PGTABLE_PROT_W);
#if HAS_cap_xnx
P(prot_px, KVM_PGTABLE_PROT_PX);
P(prot_ux, KVM_PGTABLE_PROT_UX);
#else
P(prot_px, KVM_PGTABLE_PROT_X);
P(prot_ux, KVM_PGTABLE_PROT_X);
#endif
P(pte_state_mask, PKVM_PAGE_STATE_PROT_MASK);
P(pte_sw_mask, KVM_PTE_LEAF_ATTR_HI_SW);
P(mt_normal, MT_NORMAL);
P(mt_device, MT_DEVICE_nGnRE);
P(sizeof_hyp_vm, sizeof(struct pkvm_hyp_vm));
P(flag_id_regs, BIT(KVM_ARCH_FLAG_ID_REGS_INITIALIZED));
P(sizeof_handle, sizeof(pkvm_handle_t));
P(vm_slots, KVM_MAX_PVMS);
#ifdef NVHE_STACK_SIZE
P(stack_size, NVHE_STACK_SIZE);
#else
P(stack_size, PAGE_SIZE);
#endif
#if HAS_maps_vgic_state
P(sizeof_vgic_state, sizeof(kvm_vgic_global_state));
#else
P(sizeof_vgic_state, 0);
#endif
P(page_shift, PAGE_SHIFT);
P(has_tracing, IS_ENABLED(CONFIG_NVHE_EL2_TRACING));
