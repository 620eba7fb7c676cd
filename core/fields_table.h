/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of the host's structures that ops write, and model and reports read: F(number, name in traces,
 * member of the tree's structure), for struct kvm and struct kvm_vcpu. Includes nothing, since the probe
 * reads it under the kernel's headers.
 */
#ifndef EL2FUZZ_FIELDS_TABLE_H
#define EL2FUZZ_FIELDS_TABLE_H

#define EL2FUZZ_KVM_FIELDS(F)                                     \
	F(0, created_vcpus, created_vcpus)                        \
	F(1, handle, arch.pkvm.handle)                            \
	F(2, is_protected, arch.pkvm.is_protected)                \
	F(3, flags, arch.flags)                                   \
	F(4, teardown_mc_head, arch.pkvm.teardown_mc.head)        \
	F(5, teardown_mc_nr, arch.pkvm.teardown_mc.nr_pages)      \
	F(6, stage2_mc_head, arch.pkvm.stage2_teardown_mc.head)   \
	F(7, stage2_mc_nr, arch.pkvm.stage2_teardown_mc.nr_pages) \
	F(8, vcpu_features, arch.vcpu_features[0])                \
	F(9, vgic_model, arch.vgic.vgic_model)                    \
	F(10, ctr_el0, arch.ctr_el0)                              \
	F(11, midr_el1, arch.midr_el1)                            \
	F(12, voffset, arch.timer_data.voffset)                   \
	F(13, poffset, arch.timer_data.poffset)                   \
	F(14, id_aa64pfr0, arch.id_regs[IDREG_IDX(SYS_ID_AA64PFR0_EL1)])

#define EL2FUZZ_VCPU_FIELDS(F)                                \
	F(0, vcpu_id, vcpu_id)                                \
	F(1, vcpu_idx, vcpu_idx)                              \
	F(2, pc, arch.ctxt.regs.pc)                           \
	F(3, pstate, arch.ctxt.regs.pstate)                   \
	F(4, x0, arch.ctxt.regs.regs[0])                      \
	F(5, x1, arch.ctxt.regs.regs[1])                      \
	F(6, x2, arch.ctxt.regs.regs[2])                      \
	F(7, x3, arch.ctxt.regs.regs[3])                      \
	F(8, mc_head, arch.pkvm_memcache.head)                \
	F(9, mc_nr, arch.pkvm_memcache.nr_pages)              \
	F(10, hcr_el2, arch.hcr_el2)                          \
	F(11, iflags, arch.iflags)                            \
	F(12, cflags, arch.cflags)                            \
	F(13, esr, arch.fault.esr_el2)                        \
	F(14, far, arch.fault.far_el2)                        \
	F(15, hpfar, arch.fault.hpfar_el2)                    \
	F(16, sve_max_vl, arch.sve_max_vl)                    \
	F(17, sve_state, arch.sve_state)                      \
	F(18, kvm, kvm)                                       \
	F(19, used_lrs, arch.vgic_cpu.vgic_v3.used_lrs)       \
	F(20, vgic_hcr, arch.vgic_cpu.vgic_v3.vgic_hcr)       \
	F(21, vgic_vmcr, arch.vgic_cpu.vgic_v3.vgic_vmcr)     \
	F(22, vgic_lr0, arch.vgic_cpu.vgic_v3.vgic_lr[0])     \
	F(23, vgic_ap0r0, arch.vgic_cpu.vgic_v3.vgic_ap0r[0]) \
	F(24, vgic_ap1r0, arch.vgic_cpu.vgic_v3.vgic_ap1r[0]) \
	F(25, mdcr_el2, arch.mdcr_el2)                        \
	F(26, hcrx_el2, arch.hcrx_el2)                        \
	F(27, vsesr_el2, arch.vsesr_el2)                      \
	F(28, debug_owner, arch.debug_owner)                  \
	F(29, fgt0, arch.fgt[0].r)                            \
	F(30, pid, arch.pid)

/*
 * What EL2 reads of them besides, and why no op writes it by name (a store can): U(member, reason). A test looks
 * into the tree for what stands in no table.
 */
#define EL2FUZZ_UNWRITTEN_FIELDS(U)                                                              \
	U(arch.ctxt,                                                                             \
	  "the guest's other registers: copied, and nothing depends on them but the guest")      \
	U(arch.vcpu_debug_state, "breakpoints of the guest's own: no core has debug exceptions") \
	U(arch.external_debug_state, "breakpoints of the host: no core has debug exceptions")    \
	U(arch.external_mdscr_el1, "turns single stepping on: no core steps")                    \
	U(arch.id_regs, "more of what id_aa64pfr0 is one of")

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
