/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of the host's structures that ops write, and model and reports read: F(number, name in traces,
 * member of the tree's structure), for struct kvm and struct kvm_vcpu. Includes nothing, since the probe
 * reads it under the kernel's headers.
 */
#ifndef EL2FUZZ_FIELDS_TABLE_H
#define EL2FUZZ_FIELDS_TABLE_H

#define EL2FUZZ_KVM_FIELDS(F)                                   \
	F(0, created_vcpus, created_vcpus)                      \
	F(1, handle, arch.pkvm.handle)                          \
	F(2, is_protected, arch.pkvm.is_protected)              \
	F(3, flags, arch.flags)                                 \
	F(4, teardown_mc_head, arch.pkvm.teardown_mc.head)      \
	F(5, teardown_mc_nr, arch.pkvm.teardown_mc.nr_pages)    \
	F(6, stage2_mc_head, arch.pkvm.stage2_teardown_mc.head) \
	F(7, stage2_mc_nr, arch.pkvm.stage2_teardown_mc.nr_pages)

#define EL2FUZZ_VCPU_FIELDS(F)                   \
	F(0, vcpu_id, vcpu_id)                   \
	F(1, vcpu_idx, vcpu_idx)                 \
	F(2, pc, arch.ctxt.regs.pc)              \
	F(3, pstate, arch.ctxt.regs.pstate)      \
	F(4, x0, arch.ctxt.regs.regs[0])         \
	F(5, x1, arch.ctxt.regs.regs[1])         \
	F(6, x2, arch.ctxt.regs.regs[2])         \
	F(7, x3, arch.ctxt.regs.regs[3])         \
	F(8, mc_head, arch.pkvm_memcache.head)   \
	F(9, mc_nr, arch.pkvm_memcache.nr_pages) \
	F(10, hcr_el2, arch.hcr_el2)             \
	F(11, iflags, arch.iflags)               \
	F(12, cflags, arch.cflags)               \
	F(13, esr, arch.fault.esr_el2)           \
	F(14, far, arch.fault.far_el2)           \
	F(15, hpfar, arch.fault.hpfar_el2)

/* Of an FF-A memory transaction: F(number, name, structure that it is in, member) */
#define EL2FUZZ_FFA_FIELDS(F)                                          \
	F(0, sender_id, ffa_mem_region, sender_id)                     \
	F(1, attributes, ffa_mem_region, attributes)                   \
	F(2, flags, ffa_mem_region, flags)                             \
	F(3, handle, ffa_mem_region, handle)                           \
	F(4, tag, ffa_mem_region, tag)                                 \
	F(5, ep_mem_size, ffa_mem_region, ep_mem_size)                 \
	F(6, ep_count, ffa_mem_region, ep_count)                       \
	F(7, ep_mem_offset, ffa_mem_region, ep_mem_offset)             \
	F(8, receiver, ffa_mem_region_attributes, receiver)            \
	F(9, attrs, ffa_mem_region_attributes, attrs)                  \
	F(10, composite_off, ffa_mem_region_attributes, composite_off) \
	F(11, total_pg_cnt, ffa_composite_mem_region, total_pg_cnt)    \
	F(12, addr_range_cnt, ffa_composite_mem_region, addr_range_cnt)

#endif
