/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The op table of the nested world: a VM with nested virtualisation, whose guest hypervisor (L1) runs a
 * guest of its own (L2) by the stage-2 tables that it has in its memory. What the ops do is what L1,
 * L2, the VMM and the host's memory management do; KVM keeps shadow tables for L2.
 *
 * OP(number, name, arguments, summary): as in core/op_table.h.
 *
 * Memory is named as L1 sees it: "ram" is the offset from where its RAM starts; an "ipa" is one of L1's
 * or, while a vCPU runs L2, one of L2's.
 */
#ifndef EL2FUZZ_NESTED_OP_TABLE_H
#define EL2FUZZ_NESTED_OP_TABLE_H

#define NESTED_OPS(OP)                                                                              \
	/* L1 and L2 */                                                                             \
	OP(1, access, ARGS(ARG("vcpu", VALUE), ARG("ipa", IPA), ARG("how", ACCESS)),                \
	   "access memory, as L1 or as L2, whichever the vCPU runs")                                \
	OP(2, enter_l2, ARGS(ARG("vcpu", VALUE)), "ERET from L1 to L2")                             \
	OP(3, enter_l1, ARGS(ARG("vcpu", VALUE)), "HVC from L2 to L1")                              \
	OP(4, l1_store, ARGS(ARG("ram", SIZE), ARG("value", VALUE)),                                \
	   "L1 stores 8 bytes into its RAM: its stage-2 tables are there")                          \
	OP(5, l1_write, ARGS(ARG("vcpu", VALUE), ARG("reg", NESTED_REG), ARG("value", VALUE)),      \
	   "L1 writes a register that decides of L2's stage 2")                                     \
	OP(6, l1_tlbi, ARGS(ARG("vcpu", VALUE), ARG("tlbi", TLBI), ARG("value", VALUE)),            \
	   "L1 executes a TLBI")                                                                    \
	OP(7, vncr_access, ARGS(ARG("vcpu", VALUE), ARG("write", VALUE)),                           \
	   "L2, a hypervisor itself, uses a register that FEAT_NV2 makes memory of VNCR_EL2 "       \
	   "(enum nested_vncr_use)")                                                                \
	OP(8, l1_at, ARGS(ARG("vcpu", VALUE), ARG("at", AT), ARG("va", VALUE)),                     \
	   "L1 executes an AT: how does L2 translate an address, or L1?")                           \
	OP(9, set_way, ARGS(ARG("vcpu", VALUE)),                                                    \
	   "the guest that the vCPU runs maintains its caches by set and way")                      \
	OP(10, l2_sctlr, ARGS(ARG("vcpu", VALUE), ARG("value", VALUE)),                             \
	   "L2 writes SCTLR_EL1, and may turn its caches on or off")                                \
                                                                                                    \
	/* The host and the VMM */                                                                  \
	OP(16, notifier_start, ARGS(ARG("ram", SIZE), ARG("size", SIZE)),                           \
	   "the host is about to change how it maps a range of L1's RAM")                           \
	OP(17, notifier_end, ARGS(ARG("backing", VALUE)),                                           \
	   "it has, as \"backing\" says (enum nested_backing): the last one that started")          \
	OP(18, notifier_age, ARGS(ARG("ram", SIZE), ARG("size", SIZE), ARG("clear", VALUE)),        \
	   "the host asks whether a range was accessed, and forgets it")                            \
	OP(19, memslot, ARGS(ARG("slot", VALUE), ARG("flags", VALUE)),                              \
	   "create, change or delete a memory slot (enum nested_slot_flag)")                        \
	OP(20, wp_slot, ARGS(ARG("slot", VALUE), ARG("page", VALUE), ARG("mask", VALUE)),           \
	   "write-protect 64 pages of a slot that is being logged")                                 \
	OP(21, resched, ARGS(ARG("vcpu", VALUE)), "the vCPU is scheduled out and in again")         \
	OP(22, fail_alloc, ARGS(ARG("nr", VALUE)), "that allocation of the next op fails")          \
	OP(23, use_strategy, ARGS(ARG("strategy", STRATEGY)),                                       \
	   "how an unmap of canonical memory gets to the shadows, from here on: before L2 has run") \
	OP(25, meanwhile, ARGS(ARG("nr", VALUE)),                                                   \
	   "the op that follows is done on another CPU, while the one after it is under way: "      \
	   "where that gives way, or could meet others, for the nr-th time")                        \
	OP(26, unmap_vm, ARGS(),                                                                    \
	   "the VMM initialises a vCPU that has run, and KVM, without FEAT_S2FWB, unmaps all")      \
	OP(24, destroy_vm, ARGS(),                                                                  \
	   "the VM ends, and gives everything back: the harness does it at the end of each trace")

/*
 * STRATEGY(number, name)
 *
 *  full	as the tree has it
 *  revmap	by a reverse map: core/nested/revmap.c
 */
#define NESTED_STRATEGIES(STRATEGY) \
	STRATEGY(0, full)           \
	STRATEGY(1, revmap)

/* REG(number, name): registers of L1; those of EL1 are L2's stage 1, and of EL2 L1's own: E2H is set */
#define NESTED_REGS(REG)   \
	REG(0, vttbr_el2)  \
	REG(1, vtcr_el2)   \
	REG(2, hcr_el2)    \
	REG(3, sctlr_el2)  \
	REG(4, vncr_el2)   \
	REG(5, sctlr_el1)  \
	REG(6, tcr_el1)    \
	REG(7, ttbr0_el1)  \
	REG(8, ttbr1_el1)  \
	REG(9, mair_el1)   \
	REG(10, tcr_el2)   \
	REG(11, ttbr0_el2) \
	REG(12, ttbr1_el2) \
	REG(13, mair_el2)

/* ACCESS(number, name) */
#define NESTED_ACCESSES(ACCESS) \
	ACCESS(0, read)         \
	ACCESS(1, write)        \
	ACCESS(2, fetch)        \
	ACCESS(3, clean)

/*
 * AT(number, name): instructions, of L2's translation regime but for those of EL2, and others with
 * HCR_EL2.TGE; the tree has an OP_AT_ of each
 */
#define NESTED_ATS(AT) \
	AT(0, S1E1R)   \
	AT(1, S1E1W)   \
	AT(2, S1E0R)   \
	AT(3, S1E0W)   \
	AT(4, S12E1R)  \
	AT(5, S12E1W)  \
	AT(6, S12E0R)  \
	AT(7, S12E0W)  \
	AT(8, S1E2R)   \
	AT(9, S1E2W)

/*
 * TLBI(number, name, of, what, where): instructions; the tree has an OP_TLBI_ of each
 *
 *  of		S2, or a stage 1: EL1 (of EL2&0, where HCR_EL2.TGE is set), EL2
 *  what	it names: IPA, VA, VAA (of whatever ASID), of which R is a range; ASID, VMID, ALL
 *  where	THIS_PE, ALL_PES
 */
#define NESTED_TLBIS(TLBI)                           \
	TLBI(0, IPAS2E1IS, S2, IPA, ALL_PES)         \
	TLBI(1, IPAS2LE1IS, S2, IPA, ALL_PES)        \
	TLBI(2, IPAS2E1, S2, IPA, THIS_PE)           \
	TLBI(3, IPAS2LE1, S2, IPA, THIS_PE)          \
	TLBI(4, IPAS2E1OS, S2, IPA, ALL_PES)         \
	TLBI(5, IPAS2LE1OS, S2, IPA, ALL_PES)        \
	TLBI(6, RIPAS2E1IS, S2, RIPA, ALL_PES)       \
	TLBI(7, RIPAS2LE1IS, S2, RIPA, ALL_PES)      \
	TLBI(8, RIPAS2E1, S2, RIPA, THIS_PE)         \
	TLBI(9, RIPAS2LE1, S2, RIPA, THIS_PE)        \
	TLBI(10, RIPAS2E1OS, S2, RIPA, ALL_PES)      \
	TLBI(11, RIPAS2LE1OS, S2, RIPA, ALL_PES)     \
	TLBI(12, VMALLS12E1IS, S2, VMID, ALL_PES)    \
	TLBI(13, VMALLS12E1, S2, VMID, THIS_PE)      \
	TLBI(14, VMALLS12E1OS, S2, VMID, ALL_PES)    \
	TLBI(15, ALLE1IS, S2, ALL, ALL_PES)          \
	TLBI(16, ALLE1, S2, ALL, THIS_PE)            \
	TLBI(17, ALLE1OS, S2, ALL, ALL_PES)          \
	TLBI(18, VMALLE1IS, EL1, ALL, ALL_PES)       \
	TLBI(19, VMALLE1, EL1, ALL, THIS_PE)         \
	TLBI(20, VMALLE1OS, EL1, ALL, ALL_PES)       \
	TLBI(21, VAE1IS, EL1, VA, ALL_PES)           \
	TLBI(22, VAE1, EL1, VA, THIS_PE)             \
	TLBI(23, ASIDE1IS, EL1, ASID, ALL_PES)       \
	TLBI(24, VAAE1IS, EL1, VAA, ALL_PES)         \
	TLBI(25, VALE1IS, EL1, VA, ALL_PES)          \
	TLBI(26, VAALE1IS, EL1, VAA, ALL_PES)        \
	TLBI(27, RVAE1IS, EL1, RVA, ALL_PES)         \
	TLBI(28, RVAAE1IS, EL1, RVAA, ALL_PES)       \
	TLBI(29, RVALE1IS, EL1, RVA, ALL_PES)        \
	TLBI(30, ALLE2IS, EL2, ALL, ALL_PES)         \
	TLBI(31, ALLE2, EL2, ALL, THIS_PE)           \
	TLBI(32, VAE2IS, EL2, VA, ALL_PES)           \
	TLBI(33, VALE2IS, EL2, VA, ALL_PES)          \
	TLBI(34, RVAE2IS, EL2, RVA, ALL_PES)         \
	TLBI(35, IPAS2E1ISNXS, S2, IPA, ALL_PES)     \
	TLBI(36, RIPAS2E1ISNXS, S2, RIPA, ALL_PES)   \
	TLBI(37, VMALLS12E1ISNXS, S2, VMID, ALL_PES) \
	TLBI(38, ALLE1ISNXS, S2, ALL, ALL_PES)       \
	TLBI(39, VAE2, EL2, VA, THIS_PE)             \
	TLBI(40, VALE2, EL2, VA, THIS_PE)            \
	TLBI(41, RVAE2, EL2, RVA, THIS_PE)           \
	TLBI(42, RVALE2, EL2, RVA, THIS_PE)          \
	TLBI(43, RVALE2IS, EL2, RVA, ALL_PES)        \
	TLBI(44, ALLE2OS, EL2, ALL, ALL_PES)         \
	TLBI(45, VAE2OS, EL2, VA, ALL_PES)           \
	TLBI(46, VALE2OS, EL2, VA, ALL_PES)          \
	TLBI(47, RVAE2OS, EL2, RVA, ALL_PES)         \
	TLBI(48, RVALE2OS, EL2, RVA, ALL_PES)        \
	TLBI(49, ASIDE1, EL1, ASID, THIS_PE)         \
	TLBI(50, VAAE1, EL1, VAA, THIS_PE)           \
	TLBI(51, VALE1, EL1, VA, THIS_PE)            \
	TLBI(52, VAALE1, EL1, VAA, THIS_PE)          \
	TLBI(53, RVAE1, EL1, RVA, THIS_PE)           \
	TLBI(54, RVAAE1, EL1, RVAA, THIS_PE)         \
	TLBI(55, RVALE1, EL1, RVA, THIS_PE)          \
	TLBI(56, RVAALE1, EL1, RVAA, THIS_PE)        \
	TLBI(57, RVAALE1IS, EL1, RVAA, ALL_PES)      \
	TLBI(58, VAE1OS, EL1, VA, ALL_PES)           \
	TLBI(59, ASIDE1OS, EL1, ASID, ALL_PES)       \
	TLBI(60, VAAE1OS, EL1, VAA, ALL_PES)         \
	TLBI(61, VALE1OS, EL1, VA, ALL_PES)          \
	TLBI(62, VAALE1OS, EL1, VAA, ALL_PES)        \
	TLBI(63, RVAE1OS, EL1, RVA, ALL_PES)         \
	TLBI(64, RVAAE1OS, EL1, RVAA, ALL_PES)       \
	TLBI(65, RVALE1OS, EL1, RVA, ALL_PES)        \
	TLBI(66, RVAALE1OS, EL1, RVAA, ALL_PES)      \
	TLBI(67, ALLE2ISNXS, EL2, ALL, ALL_PES)      \
	TLBI(68, VAE2ISNXS, EL2, VA, ALL_PES)        \
	TLBI(69, RVAE2ISNXS, EL2, RVA, ALL_PES)      \
	TLBI(70, VMALLE1ISNXS, EL1, ALL, ALL_PES)    \
	TLBI(71, VAE1ISNXS, EL1, VA, ALL_PES)        \
	TLBI(72, ASIDE1ISNXS, EL1, ASID, ALL_PES)    \
	TLBI(73, VAAE1ISNXS, EL1, VAA, ALL_PES)      \
	TLBI(74, RVAE1ISNXS, EL1, RVA, ALL_PES)

#endif
