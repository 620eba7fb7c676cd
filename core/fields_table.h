/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of the host's structures that ops write, and model and reports read: F(number, name in traces,
 * member of the tree's structure, feature of trees that have it), for struct kvm and struct kvm_vcpu. Includes
 * nothing, since the probe reads it under the kernel's headers.
 */
#ifndef EL2FUZZ_FIELDS_TABLE_H
#define EL2FUZZ_FIELDS_TABLE_H

#define EL2FUZZ_KVM_FIELDS(F)                                                         \
	F(0, created_vcpus, created_vcpus, always)                                    \
	F(1, handle, arch.pkvm.handle, always)                                        \
	F(2, is_protected, arch.pkvm.is_protected, pvm_flag)                          \
	F(3, flags, arch.flags, always)                                               \
	F(4, teardown_mc_head, arch.pkvm.teardown_mc.head, always)                    \
	F(5, teardown_mc_nr, arch.pkvm.teardown_mc.nr_pages, always)                  \
	F(6, stage2_mc_head, arch.pkvm.stage2_teardown_mc.head, stage2_teardown_mc)   \
	F(7, stage2_mc_nr, arch.pkvm.stage2_teardown_mc.nr_pages, stage2_teardown_mc) \
	F(8, vcpu_features, arch.vcpu_features[0], guest_stage2)                      \
	F(9, vgic_model, arch.vgic.vgic_model, guest_stage2)                          \
	F(10, ctr_el0, arch.ctr_el0, guest_stage2)                                    \
	F(11, midr_el1, arch.midr_el1, guest_stage2)                                  \
	F(12, voffset, arch.timer_data.voffset, guest_stage2)                         \
	F(13, poffset, arch.timer_data.poffset, guest_stage2)                         \
	F(14, id_aa64pfr0, arch.id_regs[IDREG_IDX(SYS_ID_AA64PFR0_EL1)], guest_stage2)

#define EL2FUZZ_VCPU_FIELDS(F)                                              \
	F(0, vcpu_id, vcpu_id, always)                                      \
	F(1, vcpu_idx, vcpu_idx, always)                                    \
	F(2, pc, arch.ctxt.regs.pc, always)                                 \
	F(3, pstate, arch.ctxt.regs.pstate, always)                         \
	F(4, x0, arch.ctxt.regs.regs[0], always)                            \
	F(5, x1, arch.ctxt.regs.regs[1], always)                            \
	F(6, x2, arch.ctxt.regs.regs[2], always)                            \
	F(7, x3, arch.ctxt.regs.regs[3], always)                            \
	F(8, mc_head, arch.pkvm_memcache.head, vcpu_memcache)               \
	F(9, mc_nr, arch.pkvm_memcache.nr_pages, vcpu_memcache)             \
	F(10, hcr_el2, arch.hcr_el2, always)                                \
	F(11, iflags, arch.iflags, always)                                  \
	F(12, cflags, arch.cflags, always)                                  \
	F(13, esr, arch.fault.esr_el2, always)                              \
	F(14, far, arch.fault.far_el2, always)                              \
	F(15, hpfar, arch.fault.hpfar_el2, always)                          \
	F(16, sve_max_vl, arch.sve_max_vl, guest_stage2)                    \
	F(17, sve_state, arch.sve_state, guest_stage2)                      \
	F(18, kvm, kvm, guest_stage2)                                       \
	F(19, used_lrs, arch.vgic_cpu.vgic_v3.used_lrs, guest_stage2)       \
	F(20, vgic_hcr, arch.vgic_cpu.vgic_v3.vgic_hcr, guest_stage2)       \
	F(21, vgic_vmcr, arch.vgic_cpu.vgic_v3.vgic_vmcr, guest_stage2)     \
	F(22, vgic_lr0, arch.vgic_cpu.vgic_v3.vgic_lr[0], guest_stage2)     \
	F(23, vgic_ap0r0, arch.vgic_cpu.vgic_v3.vgic_ap0r[0], guest_stage2) \
	F(24, vgic_ap1r0, arch.vgic_cpu.vgic_v3.vgic_ap1r[0], guest_stage2) \
	F(25, mdcr_el2, arch.mdcr_el2, guest_stage2)                        \
	F(26, hcrx_el2, arch.hcrx_el2, guest_stage2)                        \
	F(27, vsesr_el2, arch.vsesr_el2, guest_stage2)                      \
	F(28, debug_owner, arch.debug_owner, guest_stage2)                  \
	F(29, fgt0, arch.fgt[0].r, guest_stage2)                            \
	F(30, pid, arch.pid, guest_stage2)

/*
 * What EL2 reads of them besides, and why no op writes it by name (a store can): U(member, reason). A test looks
 * into the tree for what stands in no table.
 */
#define EL2FUZZ_UNWRITTEN_FIELDS(U)                                                               \
	U(arch.ctxt, "the guest's other registers: copied, and GUEST_FIXED_SYSREGS once it runs") \
	U(arch.vcpu_debug_state, "breakpoints of the guest's own: no core has debug exceptions")  \
	U(arch.external_debug_state, "breakpoints of the host: no core has debug exceptions")     \
	U(arch.external_mdscr_el1, "turns single stepping on: no core steps")                     \
	U(arch.id_regs, "more of what id_aa64pfr0 is one of")                                     \
	/* Of trees without guest_stage2 */                                                       \
	U(arch.debug_ptr, "where the breakpoints are, followed wherever the host says")           \
	U(arch.hw_mmu, "the stage-2 of the host's making, followed wherever the host says")

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
