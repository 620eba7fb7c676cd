/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The op table of the el2 world: the only place where an op is declared. The text and binary forms
 * of a trace, the generator, the listings and the documentation all come from it.
 *
 * OP(number, name, hypercall, issuer, arguments, summary)
 *
 *  number	identity in binary traces: never reused, never changed
 *  name	identity in text traces
 *  hypercall	the enumerator of the tree behind __KVM_HOST_SMCCC_FUNC_, or "none"
 *  issuer	who does it
 *  arguments	ARGS(ARG(name, kind), ...); a hypercall passes them in x1, x2, ...
 *
 * A tree that lacks the hypercall lacks the op. A tree that has a hypercall which is not here does
 * not build (core/tree/hypercalls.c).
 */
#ifndef EL2FUZZ_OP_TABLE_H
#define EL2FUZZ_OP_TABLE_H

#define EL2_OPS(OP)                                                                                \
	/* EL1 of the host, under its stage-2 */                                                   \
	OP(1, host_load, none, HOST, ARGS(ARG("addr", PA)), "load 8 bytes")                        \
	OP(2, host_store, none, HOST, ARGS(ARG("addr", PA), ARG("value", VALUE)), "store 8 bytes") \
	OP(3, host_fetch, none, HOST, ARGS(ARG("addr", PA)), "fetch an instruction")               \
	OP(4, host_hvc, none, HOST,                                                                \
	   ARGS(ARG("id", VALUE), ARG("a1", VALUE), ARG("a2", VALUE), ARG("a3", VALUE)),           \
	   "a hypercall by its raw function id")                                                   \
	OP(5, kvm_set, none, HOST,                                                                 \
	   ARGS(ARG("vm", COUNT), ARG("field", KVM_FIELD), ARG("value", VALUE)),                   \
	   "write a field of a struct kvm that the host shares")                                   \
	OP(6, vcpu_set, none, HOST,                                                                \
	   ARGS(ARG("vm", COUNT), ARG("vcpu", COUNT), ARG("field", VCPU_FIELD),                    \
	        ARG("value", VALUE)),                                                              \
	   "write a field of a struct kvm_vcpu that the host shares")                              \
	OP(7, memcache_push, none, HOST,                                                           \
	   ARGS(ARG("vm", COUNT), ARG("vcpu", COUNT), ARG("pfn", PFN)),                            \
	   "put a page into a vCPU's memcache, for page tables")                                   \
	OP(8, guest_code, none, HOST, ARGS(ARG("pfn", PFN)),                                       \
	   "write the code that guests run into a page")                                           \
                                                                                                   \
	/* Which CPU of the host */                                                                \
	OP(13, on_cpu, none, HOST, ARGS(ARG("cpu", COUNT)),                                        \
	   "another CPU issues the ops that follow")                                               \
                                                                                                   \
	/* A guest, run until it exits */                                                          \
	OP(9, guest_load, __kvm_vcpu_run, GUEST,                                                   \
	   ARGS(ARG("vm", COUNT), ARG("vcpu", COUNT), ARG("ipa", IPA)), "the guest loads 8 bytes") \
	OP(10, guest_store, __kvm_vcpu_run, GUEST,                                                 \
	   ARGS(ARG("vm", COUNT), ARG("vcpu", COUNT), ARG("ipa", IPA), ARG("value", VALUE)),       \
	   "the guest stores 8 bytes")                                                             \
	OP(11, guest_hvc, __kvm_vcpu_run, GUEST,                                                   \
	   ARGS(ARG("vm", COUNT), ARG("vcpu", COUNT), ARG("id", VALUE), ARG("a1", IPA)),           \
	   "the guest makes a hypercall")                                                          \
                                                                                                   \
	/* The host asks EL3, by way of EL2 */                                                     \
	OP(12, host_smc, none, HOST,                                                               \
	   ARGS(ARG("id", VALUE), ARG("a1", VALUE), ARG("a2", VALUE), ARG("a3", VALUE)),           \
	   "an SMC by its function id: PSCI, FF-A, anything")                                      \
                                                                                                   \
	/* FF-A: the host's SMCs, its buffers, and what the secure world shall answer */           \
	OP(96, ffa_version, none, HOST, ARGS(ARG("version", VALUE)), "agree on a version of FF-A") \
	OP(97, ffa_features, none, HOST, ARGS(ARG("id", VALUE)), "is there this FF-A function?")   \
	OP(98, ffa_rxtx_map, none, HOST, ARGS(ARG("tx", PA), ARG("rx", PA), ARG("pages", COUNT)),  \
	   "register the FF-A buffers")                                                            \
	OP(99, ffa_rxtx_unmap, none, HOST, ARGS(ARG("id", VALUE)), "take the FF-A buffers back")   \
	OP(100, ffa_mem_share, none, HOST,                                                         \
	   ARGS(ARG("len", SIZE), ARG("frag", SIZE), ARG("addr", PA), ARG("pages", COUNT)),        \
	   "share memory with the secure world, as the TX buffer says")                            \
	OP(101, ffa_mem_lend, none, HOST,                                                          \
	   ARGS(ARG("len", SIZE), ARG("frag", SIZE), ARG("addr", PA), ARG("pages", COUNT)),        \
	   "lend memory to the secure world, as the TX buffer says")                               \
	OP(102, ffa_mem_frag_tx, none, HOST,                                                       \
	   ARGS(ARG("handle", VALUE), ARG("frag", SIZE), ARG("endpoint", VALUE)),                  \
	   "send the next fragment of a descriptor")                                               \
	OP(103, ffa_mem_reclaim, none, HOST, ARGS(ARG("handle", VALUE), ARG("flags", VALUE)),      \
	   "take memory back from the secure world")                                               \
	OP(104, ffa_partition_info_get, none, HOST, ARGS(ARG("uuid", VALUE), ARG("flags", VALUE)), \
	   "list the secure partitions in the RX buffer")                                          \
	OP(105, ffa_rx_release, none, HOST, ARGS(), "the RX buffer has been read")                 \
	OP(106, ffa_describe, none, HOST,                                                          \
	   ARGS(ARG("at", PA), ARG("version", VALUE), ARG("ranges", COUNT), ARG("pages", COUNT)),  \
	   "write a memory transaction without its ranges")                                        \
	OP(107, ffa_range, none, HOST,                                                             \
	   ARGS(ARG("at", PA), ARG("index", COUNT), ARG("addr", PA), ARG("pages", COUNT)),         \
	   "write a range of a memory transaction")                                                \
	OP(108, ffa_set, none, HOST,                                                               \
	   ARGS(ARG("at", PA), ARG("version", VALUE), ARG("field", FFA_FIELD),                     \
	        ARG("value", VALUE)),                                                              \
	   "write a field of a memory transaction")                                                \
	OP(109, spmd_answer, none, HOST,                                                           \
	   ARGS(ARG("skip", COUNT), ARG("reg", COUNT), ARG("value", VALUE)),                       \
	   "a register of what the secure world will answer")                                      \
	OP(110, spmd_data, none, HOST,                                                             \
	   ARGS(ARG("skip", COUNT), ARG("offset", SIZE), ARG("value", VALUE)),                     \
	   "8 bytes of what the secure world will put into the RX buffer")                         \
	OP(111, ffa_fill, none, HOST,                                                              \
	   ARGS(ARG("at", PA), ARG("ranges", COUNT), ARG("addr", PA), ARG("pages", COUNT)),        \
	   "write many ranges, one after the other in memory")                                     \
                                                                                                   \
	/* Number 120 and on: more of guests */                                                    \
	OP(120, guest_sysreg_read, __kvm_vcpu_run, GUEST,                                          \
	   ARGS(ARG("vm", COUNT), ARG("vcpu", COUNT), ARG("reg", GUEST_SYSREG)),                   \
	   "the guest reads a system register")                                                    \
	OP(121, guest_sysreg_write, __kvm_vcpu_run, GUEST,                                         \
	   ARGS(ARG("vm", COUNT), ARG("vcpu", COUNT), ARG("reg", GUEST_SYSREG),                    \
	        ARG("value", VALUE)),                                                              \
	   "the guest writes a system register")                                                   \
	OP(122, guest_wait, __kvm_vcpu_run, GUEST,                                                 \
	   ARGS(ARG("vm", COUNT), ARG("vcpu", COUNT), ARG("event", VALUE)),                        \
	   "the guest waits: WFI, or for event=1 WFE")                                             \
	OP(123, guest_smc, __kvm_vcpu_run, GUEST,                                                  \
	   ARGS(ARG("vm", COUNT), ARG("vcpu", COUNT), ARG("id", VALUE), ARG("a1", IPA)),           \
	   "the guest calls the firmware")                                                         \
	OP(124, guest_fetch, __kvm_vcpu_run, GUEST,                                                \
	   ARGS(ARG("vm", COUNT), ARG("vcpu", COUNT), ARG("ipa", IPA)),                            \
	   "the guest jumps to where a program ends, in the page of an IPA")                       \
	OP(125, guest_hvc_args, __kvm_vcpu_run, GUEST,                                             \
	   ARGS(ARG("vm", COUNT), ARG("vcpu", COUNT), ARG("id", VALUE), ARG("a23", VALUE)),        \
	   "the guest makes a hypercall: a1 0, a2 and a3 the halves of a23")                       \
                                                                                                   \
	/* A guest that exited goes on: its fault was resolved, or its instruction emulated */     \
	OP(53, guest_resume, __kvm_vcpu_run, GUEST,                                                \
	   ARGS(ARG("vm", COUNT), ARG("vcpu", COUNT), ARG("skip", VALUE)),                         \
	   "the guest goes on where it was, or for skip=1 after that instruction")                 \
                                                                                                   \
	/* Hypercalls that finalisation closes */                                                  \
	OP(16, pkvm_init, __pkvm_init, HCALL,                                                      \
	   ARGS(ARG("phys", PA), ARG("size", SIZE), ARG("percpu", HVA), ARG("va_bits", VALUE)),    \
	   "initialise the hypervisor")                                                            \
	OP(17, create_private_mapping, __pkvm_create_private_mapping, HCALL,                       \
	   ARGS(ARG("phys", PA), ARG("size", SIZE), ARG("prot", VALUE)),                           \
	   "map a range in the private VA space of EL2")                                           \
	OP(18, cpu_set_vector, __pkvm_cpu_set_vector, HCALL, ARGS(ARG("slot", VALUE)),             \
	   "choose the vectors of guests")                                                         \
	OP(19, enable_ssbs, __kvm_enable_ssbs, HCALL, ARGS(), "set SCTLR_EL2.DSSBS")               \
	OP(20, vgic_v3_init_lrs, __vgic_v3_init_lrs, HCALL, ARGS(), "clear the list registers")    \
	OP(21, vgic_v3_get_gic_config, __vgic_v3_get_gic_config, HCALL, ARGS(),                    \
	   "read the GIC configuration")                                                           \
	OP(23, get_mdcr_el2, __kvm_get_mdcr_el2, HCALL, ARGS(), "read MDCR_EL2")                   \
	OP(22, prot_finalize, __pkvm_prot_finalize, HCALL, ARGS(), "turn the host stage-2 on")     \
                                                                                                   \
	/* Hypercalls common to all modes of KVM */                                                \
	OP(32, adjust_pc, __kvm_adjust_pc, HCALL, ARGS(ARG("vcpu", HVA)),                          \
	   "apply a pending exception or PC increment to a vCPU")                                  \
	OP(33, vcpu_run, __kvm_vcpu_run, HCALL, ARGS(ARG("vcpu", HVA)), "run the loaded vCPU")     \
	OP(34, flush_vm_context, __kvm_flush_vm_context, HCALL, ARGS(), "flush all VMIDs")         \
	OP(35, tlb_flush_vmid_ipa, __kvm_tlb_flush_vmid_ipa, HCALL,                                \
	   ARGS(ARG("mmu", HVA), ARG("ipa", PA), ARG("level", VALUE)), "flush one IPA of a VMID")  \
	OP(36, tlb_flush_vmid_ipa_nsh, __kvm_tlb_flush_vmid_ipa_nsh, HCALL,                        \
	   ARGS(ARG("mmu", HVA), ARG("ipa", PA), ARG("level", VALUE)),                             \
	   "flush one IPA of a VMID on this CPU")                                                  \
	OP(37, tlb_flush_vmid, __kvm_tlb_flush_vmid, HCALL, ARGS(ARG("mmu", HVA)), "flush a VMID") \
	OP(38, tlb_flush_vmid_range, __kvm_tlb_flush_vmid_range, HCALL,                            \
	   ARGS(ARG("mmu", HVA), ARG("ipa", PA), ARG("pages", COUNT)), "flush a range of a VMID")  \
	OP(39, flush_cpu_context, __kvm_flush_cpu_context, HCALL, ARGS(ARG("mmu", HVA)),           \
	   "flush a VMID on this CPU")                                                             \
	OP(40, timer_set_cntvoff, __kvm_timer_set_cntvoff, HCALL, ARGS(ARG("offset", VALUE)),      \
	   "set CNTVOFF_EL2")                                                                      \
	OP(41, tracing_load, __tracing_load, HCALL, ARGS(ARG("desc", HVA), ARG("size", SIZE)),     \
	   "donate a trace buffer")                                                                \
	OP(42, tracing_unload, __tracing_unload, HCALL, ARGS(), "take the trace buffer back")      \
	OP(43, tracing_enable, __tracing_enable, HCALL, ARGS(ARG("enable", VALUE)),                \
	   "turn tracing on or off")                                                               \
	OP(44, tracing_swap_reader, __tracing_swap_reader, HCALL, ARGS(ARG("cpu", VALUE)),         \
	   "swap the reader page of a trace buffer")                                               \
	OP(45, tracing_update_clock, __tracing_update_clock, HCALL,                                \
	   ARGS(ARG("mult", VALUE), ARG("shift", VALUE), ARG("ns", VALUE), ARG("cycles", VALUE)),  \
	   "set the trace clock")                                                                  \
	OP(46, tracing_reset, __tracing_reset, HCALL, ARGS(ARG("cpu", VALUE)),                     \
	   "empty a trace buffer")                                                                 \
	OP(47, tracing_enable_event, __tracing_enable_event, HCALL,                                \
	   ARGS(ARG("event", VALUE), ARG("enable", VALUE)), "turn a trace event on or off")        \
	OP(48, tracing_write_event, __tracing_write_event, HCALL, ARGS(ARG("event", VALUE)),       \
	   "write a selftest event")                                                               \
	OP(49, vgic_v3_save_aprs, __vgic_v3_save_aprs, HCALL, ARGS(ARG("cpu_if", HVA)),            \
	   "save the active priorities of a vCPU")                                                 \
	OP(50, vgic_v3_restore_vmcr_aprs, __vgic_v3_restore_vmcr_aprs, HCALL,                      \
	   ARGS(ARG("cpu_if", HVA)), "restore VMCR and the active priorities of a vCPU")           \
	OP(51, vgic_v5_save_apr, __vgic_v5_save_apr, HCALL, ARGS(ARG("cpu_if", HVA)),              \
	   "save the GICv5 active priorities")                                                     \
	OP(52, vgic_v5_restore_vmcr_apr, __vgic_v5_restore_vmcr_apr, HCALL,                        \
	   ARGS(ARG("cpu_if", HVA)), "restore GICv5 VMCR and active priorities")                   \
                                                                                                   \
	/* Hypercalls of a finalised pKVM */                                                       \
	OP(64, host_share_hyp, __pkvm_host_share_hyp, HCALL, ARGS(ARG("pfn", PFN)),                \
	   "share a page with the hypervisor")                                                     \
	OP(65, host_unshare_hyp, __pkvm_host_unshare_hyp, HCALL, ARGS(ARG("pfn", PFN)),            \
	   "take a shared page back from the hypervisor")                                          \
	OP(66, host_donate_guest, __pkvm_host_donate_guest, HCALL,                                 \
	   ARGS(ARG("pfn", PFN), ARG("gfn", GFN)), "give a page to the loaded protected guest")    \
	OP(67, host_share_guest, __pkvm_host_share_guest, HCALL,                                   \
	   ARGS(ARG("pfn", PFN), ARG("gfn", GFN), ARG("pages", COUNT), ARG("prot", VALUE)),        \
	   "share pages with the loaded guest")                                                    \
	OP(68, host_unshare_guest, __pkvm_host_unshare_guest, HCALL,                               \
	   ARGS(ARG("handle", HANDLE), ARG("gfn", GFN), ARG("pages", COUNT)),                      \
	   "take shared pages back from a guest")                                                  \
	OP(69, host_relax_perms_guest, __pkvm_host_relax_perms_guest, HCALL,                       \
	   ARGS(ARG("gfn", GFN), ARG("prot", VALUE)), "widen the permissions of a guest page")     \
	OP(70, host_wrprotect_guest, __pkvm_host_wrprotect_guest, HCALL,                           \
	   ARGS(ARG("handle", HANDLE), ARG("gfn", GFN), ARG("pages", COUNT)),                      \
	   "write-protect guest pages")                                                            \
	OP(71, host_test_clear_young_guest, __pkvm_host_test_clear_young_guest, HCALL,             \
	   ARGS(ARG("handle", HANDLE), ARG("gfn", GFN), ARG("pages", COUNT), ARG("mkold", VALUE)), \
	   "read and clear the access flag of guest pages")                                        \
	OP(72, host_mkyoung_guest, __pkvm_host_mkyoung_guest, HCALL, ARGS(ARG("gfn", GFN)),        \
	   "set the access flag of a guest page")                                                  \
	OP(73, reserve_vm, __pkvm_reserve_vm, HCALL, ARGS(), "reserve a VM slot")                  \
	OP(74, unreserve_vm, __pkvm_unreserve_vm, HCALL, ARGS(ARG("handle", HANDLE)),              \
	   "give an unused VM slot back")                                                          \
	OP(75, init_vm, __pkvm_init_vm, HCALL,                                                     \
	   ARGS(ARG("kvm", HVA), ARG("vm", HVA), ARG("pgd", HVA)), "create a VM")                  \
	OP(76, init_vcpu, __pkvm_init_vcpu, HCALL,                                                 \
	   ARGS(ARG("handle", HANDLE), ARG("vcpu", HVA), ARG("mem", HVA)), "create a vCPU")        \
	OP(77, vcpu_in_poison_fault, __pkvm_vcpu_in_poison_fault, HCALL, ARGS(),                   \
	   "did the loaded vCPU fault on a poisoned page?")                                        \
	OP(78, force_reclaim_guest_page, __pkvm_force_reclaim_guest_page, HCALL,                   \
	   ARGS(ARG("phys", PA)), "take a page from a protected guest by force")                   \
	OP(79, reclaim_dying_guest_page, __pkvm_reclaim_dying_guest_page, HCALL,                   \
	   ARGS(ARG("handle", HANDLE), ARG("gfn", GFN)), "take a page from a dying guest")         \
	OP(80, start_teardown_vm, __pkvm_start_teardown_vm, HCALL, ARGS(ARG("handle", HANDLE)),    \
	   "mark a VM dying")                                                                      \
	OP(81, finalize_teardown_vm, __pkvm_finalize_teardown_vm, HCALL,                           \
	   ARGS(ARG("handle", HANDLE)), "destroy a dying VM")                                      \
	OP(82, vcpu_load, __pkvm_vcpu_load, HCALL,                                                 \
	   ARGS(ARG("handle", HANDLE), ARG("idx", VALUE), ARG("hcr", VALUE)), "load a vCPU")       \
	OP(83, vcpu_put, __pkvm_vcpu_put, HCALL, ARGS(), "put the loaded vCPU")                    \
	OP(84, vcpu_sync_state, __pkvm_vcpu_sync_state, HCALL, ARGS(),                             \
	   "copy the loaded vCPU's registers to the host")                                         \
	OP(85, pkvm_tlb_flush_vmid, __pkvm_tlb_flush_vmid, HCALL, ARGS(ARG("handle", HANDLE)),     \
	   "flush the VMID of a VM")                                                               \
	OP(86, teardown_vm, __pkvm_teardown_vm, HCALL, ARGS(ARG("handle", HANDLE)),                \
	   "destroy a VM at once")                                                                 \
	OP(87, vcpu_init_traps, __pkvm_vcpu_init_traps, HCALL, ARGS(ARG("vcpu", HVA)),             \
	   "set the traps of a vCPU")                                                              \
	OP(88, vgic_v3_save_vmcr_aprs, __vgic_v3_save_vmcr_aprs, HCALL, ARGS(ARG("cpu_if", HVA)),  \
	   "save VMCR and the active priorities of a vCPU")

#endif
