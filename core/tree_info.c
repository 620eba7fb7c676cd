// SPDX-License-Identifier: GPL-2.0-only
#include "core/tree_info.h"

#include <stdio.h>
#include <string.h>

#include "tree_features.h"
#include "tree.h"

/* Ids of the tree's hypercalls, by the names that the op table uses. */
static const struct {
	const char *name;
	s32 id;
} hypercalls[] = {
#define H(hypercall, number) { #hypercall, number },
	TREE_HYPERCALLS(H)
#undef H
};

static const struct tree_field kvm_fields[KVM_FIELD_COUNT] = {
#define FIELD(number, name, member, feature) \
	[KVM_FIELD_##name] = { TREE_kvm_offset_##name, TREE_kvm_size_##name },
	EL2FUZZ_KVM_FIELDS(FIELD)
#undef FIELD
};

static const struct tree_field vcpu_fields[VCPU_FIELD_COUNT] = {
#define FIELD(number, name, member, feature) \
	[VCPU_FIELD_##name] = { TREE_vcpu_offset_##name, TREE_vcpu_size_##name },
	EL2FUZZ_VCPU_FIELDS(FIELD)
#undef FIELD
};

static const struct ffa_layout ffa_layout = { .sizeof_region = TREE_ffa_sizeof_region,
	                                      .sizeof_receiver = TREE_ffa_sizeof_receiver,
	                                      .sizeof_impdef = TREE_ffa_sizeof_impdef,
	                                      .sizeof_composite = TREE_ffa_sizeof_composite,
	                                      .sizeof_range = TREE_ffa_sizeof_range,
	                                      .mailbox_size = TREE_ffa_mailbox_size,
#define FIELD(number, name, type, member) \
	.fields[FFA_FIELD_##name] = { TREE_ffa_offset_##name, TREE_ffa_size_##name },
	                                      EL2FUZZ_FFA_FIELDS(FIELD)
#undef FIELD
#define FIELD(number, name, type, member) .in[FFA_FIELD_##name] = FFA_STRUCT_##type,
	                                              EL2FUZZ_FFA_FIELDS(FIELD)
#undef FIELD
};

static s32 hypercall_id(const char *name)
{
	for (size_t i = 0; name && i < ARRAY_SIZE(hypercalls); i++) {
		if (!strcmp(hypercalls[i].name, name))
			return hypercalls[i].id;
	}

	return -1;
}

static bool has_op(const char *hypercall)
{
	const struct op_desc *desc;

	for_each_op(WORLD_EL2, code, desc) {
		if (desc->hypercall && !strcmp(desc->hypercall, hypercall))
			return true;
	}

	return false;
}

unsigned int tree_unknown_hypercalls(struct unknown_hypercall unknown[TREE_MAX_UNKNOWN])
{
	unsigned int nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(hypercalls) && nr < TREE_MAX_UNKNOWN; i++) {
		if (has_op(hypercalls[i].name))
			continue;
		unknown[nr].id = hypercalls[i].id;
		snprintf(unknown[nr].name, sizeof(unknown[nr].name), "%s", hypercalls[i].name);
		nr++;
	}

	return nr;
}

_Static_assert(TREE_hypercall_max <= HYPERCALL_LIMIT, "op_of_hypercall[] is too small");

void tree_info_init(struct tree_info *info)
{
	const struct op_desc *desc;

	memset(info, 0, sizeof(*info));
#define FEATURE(name, file, regex, summary) info->features |= HAS_##name ? BIT(FEATURE_##name) : 0;
	EL2FUZZ_FEATURES(FEATURE)
#undef FEATURE
	for (unsigned int code = 0; code < OP_CODE_LIMIT; code++)
		info->hypercall[code] = -1;
	for_each_op(WORLD_EL2, code, desc) {
		s32 id = hypercall_id(desc->hypercall);

		info->hypercall[code] = id;
		/* Guests' ops too are done by a hypercall, but are not its rule. */
		if (id >= 0 && desc->issuer == ISSUER_HCALL)
			info->op_of_hypercall[id] = code;
	}

	info->hypercall_base = TREE_hypercall_base;
	info->hypercall_hints = TREE_hypercall_hints;
	info->hypercall_min_pkvm = TREE_hypercall_min_pkvm;
	info->hypercall_max = TREE_hypercall_max;
	info->vm_handle_base = TREE_vm_handle_base;
	info->vm_handle_mask = ~0ULL >> (64 - 8 * TREE_sizeof_handle);
	info->vm_slots = TREE_vm_slots;
	info->vm_reserved_entry = TREE_vm_reserved_entry;
	info->sizeof_kvm = TREE_sizeof_kvm;
	info->sizeof_vcpu = TREE_sizeof_vcpu;
	info->sizeof_hyp_vcpu = TREE_sizeof_hyp_vcpu;
	info->sizeof_s2_mmu = TREE_sizeof_s2_mmu;
	info->sizeof_hyp_vm = TREE_sizeof_hyp_vm;
	info->flag_state_dirty = TREE_flag_state_dirty;
	info->flag_pending_exception = TREE_flag_pending_exception;
	info->flag_except_mask = TREE_flag_except_mask;
	info->flag_increment_pc = TREE_flag_increment_pc;
	info->feature_sve = TREE_feature_sve;
	info->sve_vl_unit = TREE_sve_vl_unit;
	info->sve_vl_max = MACHINE_SVE_VQ * TREE_sve_vl_unit;
	info->sve_state_unit = TREE_sve_state_unit;
	info->hvc_mem_share = TREE_hvc_mem_share;
	info->hvc_mem_unshare = TREE_hvc_mem_unshare;
	info->hvc_meminfo = TREE_hvc_meminfo;
	info->hvc_features = TREE_hvc_features;
	info->prot_r = TREE_prot_r;
	info->prot_w = TREE_prot_w;
	info->prot_px = TREE_prot_px;
	info->prot_ux = TREE_prot_ux;
	info->flag_id_regs = TREE_flag_id_regs;
	memcpy(info->kvm_fields, kvm_fields, sizeof(kvm_fields));
	memcpy(info->vcpu_fields, vcpu_fields, sizeof(vcpu_fields));
	info->nr_cpus = NR_MACHINE_CPUS;
	info->ffa = ffa_layout;
	info->pte_sw_shift = __builtin_ctzll(TREE_pte_sw_mask);
	info->mt_normal = TREE_mt_normal;
	info->mt_device = TREE_mt_device;
	info->invalid_pte_types = TREE_invalid_pte_type_mask;
	info->invalid_pte_owner = TREE_donation_owner_mask;
	info->owner_max = TREE_owner_max;
	info->invalid_pte_locked = TREE_invalid_pte_type_locked
	                           << __builtin_ctzll(TREE_invalid_pte_type_mask);
	info->has_tracing = TREE_has_tracing;
	info->vgic_state_size = TREE_sizeof_vgic_state;
}
