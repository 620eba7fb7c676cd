/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tree's own headers say, as far as model and reports need it. Filled from the probe. */
#ifndef EL2FUZZ_TREE_INFO_H
#define EL2FUZZ_TREE_INFO_H

#include "core/cpus.h"
#include "core/features.h"
#include "core/op.h"
#include "core/types.h"

/* Hypercall ids are below this. */
#define HYPERCALL_LIMIT 256

struct tree_field {
	u32 offset; /* bytes into its structure */
	u8 size; /* bytes; 0: no such field */
};

/* How an FF-A memory transaction is laid out, see core/ffa.h. */
struct ffa_layout {
	u32 sizeof_region; /* v1.1 and later */
	u32 sizeof_receiver; /* v1.2 and later */
	u32 sizeof_impdef; /* of that, what v1.2 brought */
	u32 sizeof_composite; /* without ranges */
	u32 sizeof_range;
	u32 mailbox_size; /* of RX and of TX */
	struct tree_field fields[FFA_FIELD_COUNT]; /* in their structures */
	u8 in[FFA_FIELD_COUNT]; /* enum ffa_struct */
};

struct tree_info {
	u64 features; /* BIT(FEATURE_*) */

	/* Host hypercalls */
	s32 hypercall[OP_CODE_LIMIT]; /* id of each op's hypercall, -1 if it is none or absent */
	u8 op_of_hypercall[HYPERCALL_LIMIT]; /* the other way; 0: none of the host's */
	u64 hypercall_base; /* function id of hypercall 0 */
	u64 hypercall_hints; /* SMCCC hint bits, ignored in a function id */
	u32 hypercall_min_pkvm; /* smaller ids are refused after finalisation */
	u32 hypercall_max;

	/* VM table */
	u64 vm_handle_base;
	u64 vm_handle_mask; /* the bits that a handle has */
	u32 vm_slots;
	u64 vm_reserved_entry; /* marks a reserved slot */

	/* Structures that the host shares */
	u64 sizeof_kvm;
	u64 sizeof_vcpu;
	u64 sizeof_hyp_vcpu;
	u64 sizeof_s2_mmu;
	u64 sizeof_hyp_vm; /* and a pointer per vCPU */
	struct tree_field kvm_fields[KVM_FIELD_COUNT];
	struct tree_field vcpu_fields[VCPU_FIELD_COUNT];
	/* In iflags: the host changed a vCPU's registers, has an exception for it, or emulated its instruction */
	u64 flag_state_dirty, flag_pending_exception, flag_except_mask, flag_increment_pc;
	/* SVE: in vcpu_features; the unit of vector lengths, the longest one, and the state that a unit takes */
	u64 feature_sve, sve_vl_unit, sve_vl_max, sve_state_unit;
	/* Hypercalls of protected guests */
	u64 hvc_mem_share, hvc_mem_unshare, hvc_meminfo, hvc_features;
	u64 flag_id_regs; /* in the flags of struct kvm: the ID registers are set */
	/* enum kvm_pgtable_prot: read, write, execute at EL1 and at EL0 */
	u64 prot_r, prot_w, prot_px, prot_ux;
	bool has_xnx; /* the CPU's XN can be set for one of EL1 and EL0 */
	struct ffa_layout ffa;
	/* Known when it has booted */
	/* Page tables */
	u8 pte_sw_shift; /* of the software bits in a leaf */
	u8 mt_normal, mt_device; /* attribute indices of the hypervisor's stage 1 */
	u64 invalid_pte_owner; /* the bits of an invalid leaf that tell whose it is */
	u64 owner_max; /* where an owner is all that an annotation is: the last one */
	u64 invalid_pte_types; /* the bits of an invalid leaf that tell what it is */
	u64 invalid_pte_locked; /* the type of one that is being changed, in place */
	u64 vgic_state, vgic_state_size; /* PA of what the host shares for good; 0: nothing */
	u32 nr_cpus;
	u32 ffa_version; /* that EL2 and EL3 agreed upon, 0: there is no FF-A */
	u32 ffa_desc_size; /* the longest descriptor that EL2 takes, in bytes */
	/* Not of the headers but of the image: PAs of where CPUs come up, and what x0 is there */
	u64 cpu_entry, cpu_resume;
	u64 init_params[NR_MACHINE_CPUS];
	bool has_tracing; /* CONFIG_NVHE_EL2_TRACING */
};

static inline bool tree_has(const struct tree_info *info, enum feature feature)
{
	return info->features & BIT(feature);
}

/** tree_info_init() - fill in what the probe found; the rest is zero */
void tree_info_init(struct tree_info *info);

#define TREE_MAX_UNKNOWN 8

/* A hypercall of the tree that no op stands for: nothing is known of it but its number. */
struct unknown_hypercall {
	u32 id;
	char name[60];
};

/** tree_unknown_hypercalls() - their number, at most %TREE_MAX_UNKNOWN */
unsigned int tree_unknown_hypercalls(struct unknown_hypercall unknown[TREE_MAX_UNKNOWN]);

#endif
