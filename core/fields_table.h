/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of the host's struct kvm and struct kvm_vcpu that ops write, and model and reports read:
 * F(number, name in traces, member of the tree's structure). Includes nothing, since the probe reads it
 * under the kernel's headers.
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

#endif
