// SPDX-License-Identifier: GPL-2.0-only
#include "tests/oracle/vm_trace.h"

static void share(struct vm_trace *trace, enum place place, enum arena_kind arena)
{
	u64 pages = trace->core->map.arenas[arena].object_size >> MAP_PAGE_SHIFT;

	for (u64 i = 0; i < pages; i++)
		OP(trace, host_share_hyp, .place = { place }, .value = { i });
}

void trace_make_vm(struct vm_trace *trace, bool protected)
{
	const struct tree_info *info = &trace->core->info;

	trace->nr_ops = 0;
	OP(trace, reserve_vm);
	share(trace, PLACE_KVM, ARENA_KVM);
	share(trace, PLACE_VCPU, ARENA_VCPU);
	OP(trace, kvm_set, .value = { 0, KVM_FIELD_created_vcpus, 1 });
	OP(trace, kvm_set, .value = { 0, KVM_FIELD_handle, info->vm_handle_base });
	OP(trace, kvm_set, .value = { 0, KVM_FIELD_is_protected, protected });
	OP(trace, kvm_set, .value = { 0, KVM_FIELD_flags, info->flag_id_regs });
	OP(trace, init_vm, .place = { PLACE_KVM, PLACE_VM_MEM, PLACE_PGD });
	OP(trace, vcpu_set, .value = { 0, 0, VCPU_FIELD_vcpu_idx, 0 });
	OP(trace, init_vcpu, .place = { PLACE_VM, PLACE_VCPU, PLACE_VCPU_MEM });
	OP(trace, vcpu_load, .place = { PLACE_VM });
	for (u64 i = 0; i < NR_CACHE; i++)
		OP(trace, memcache_push, .place = { 0, 0, PLACE_RAM },
		   .value = { 0, 0, CACHE + i });
}

void trace_give_pages(struct vm_trace *trace, bool protected)
{
	for (u64 i = 0; i < 3; i++) {
		if (protected)
			OP(trace, host_donate_guest, .place = { PLACE_RAM },
			   .value = { PAGE + i, GFN + i });
		else
			OP(trace, host_share_guest, .place = { PLACE_RAM },
			   .value = { PAGE + i, GFN + i, 1, PROT_RWX });
	}
}
