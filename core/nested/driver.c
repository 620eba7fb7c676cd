// SPDX-License-Identifier: GPL-2.0-only
/*
 * Does the ops: what the CPU would do up to an exception that KVM takes, KVM's own handler for it, and
 * what KVM does before it runs the guest again. What nobody could do now is refused.
 */
#include <linux/mmu_notifier.h>

#include <asm/esr.h>
#include <asm/kvm_emulate.h>
#include <asm/kvm_hyp.h>
#include <asm/kvm_mmu.h>
#include <asm/kvm_nested.h>

#include "driver.h"
#include "op_numbers.h"
#include "sys_regs.h"

/* The register that an access or a TLBI takes its value from */
#define RT 1

/* Static in kvm_main.c */
extern const struct mmu_notifier_ops kvm_mmu_notifier_ops;

static struct {
	u64 ram, size;
} notifiers[NESTED_NOTIFIERS];
static unsigned int nr_notifiers;
static bool entered_l2; /* ever */
static bool destroyed;

static struct kvm_vcpu *vcpu_of(u64 arg)
{
	host_run_on(arg % NESTED_VCPUS);
	return nested_vcpus[arg % NESTED_VCPUS];
}

unsigned int host_mmu_index(const struct kvm_s2_mmu *mmu)
{
	if (mmu == &nested_kvm->arch.mmu)
		return 0;
	for (int i = 0; i < nested_kvm->arch.nested_mmus_size; i++) {
		if (mmu == nested_kvm->arch.nested_mmus[i])
			return 1 + i;
	}
	return NESTED_MMUS;
}

static bool runs_l2(struct kvm_vcpu *vcpu)
{
	return !is_hyp_ctxt(vcpu);
}

void nested_before_guest(struct kvm_vcpu *vcpu)
{
	__kvm_adjust_pc(vcpu);
	if (kvm_request_pending(vcpu))
		check_nested_vcpu_requests(vcpu);
	/* Of no effect on one thread: the others are not running. */
	kvm_check_request(KVM_REQ_TLB_FLUSH, vcpu);
	kvm_check_request(KVM_REQ_IRQ_PENDING, vcpu);
}

/* An access: the walk that the MMU does, level by level (Arm ARM D8.2) */

struct translation {
	u64 desc, pa;
	int level; /* of the leaf, or where it ends */
	bool valid;
};

static void translate(struct kvm_s2_mmu *mmu, u64 ipa, struct translation *t)
{
	struct kvm_pgtable *pgt = mmu->pgt;
	int level = pgt->start_level;
	u64 *table = (u64 *)pgt->pgd;
	u64 shift = ARM64_HW_PGTABLE_LEVEL_SHIFT(level), index = ipa >> shift;

	memset(t, 0, sizeof(*t));
	t->level = level;
	/* A walk that does not even start is reported for level 0. */
	if (ipa >> pgt->ia_bits) {
		t->level = 0;
		return;
	}
	for (;;) {
		t->desc = table[index];
		t->level = level;
		if (!(t->desc & KVM_PTE_VALID))
			return;
		if (level == KVM_PGTABLE_LAST_LEVEL ||
		    FIELD_GET(KVM_PTE_TYPE, t->desc) == KVM_PTE_TYPE_BLOCK)
			break;
		table = __va(kvm_pte_to_phys(t->desc));
		shift = ARM64_HW_PGTABLE_LEVEL_SHIFT(++level);
		index = ipa >> shift & (PTRS_PER_PTE - 1);
	}
	t->valid = true;
	t->pa = ALIGN_DOWN(kvm_pte_to_phys(t->desc), BIT(shift)) | (ipa & (BIT(shift) - 1));
}

/* XN[1:0] at EL1: 0b01 and 0b11 execute, without FEAT_XNX XN[1] alone decides (Arm ARM D8.4.1). */
static bool may_fetch(u64 desc)
{
	unsigned int xn = FIELD_GET(KVM_PTE_LEAF_ATTR_HI_S2_XN, desc);

	if (!cpus_have_final_cap(ARM64_HAS_XNX))
		return !(xn & 2);
	return xn == 0 || xn == 3;
}

static bool is_write(u64 how)
{
	return how == NESTED_ACCESS_write;
}

/* Cleaning a line neither reads nor writes it. */
static bool permitted(u64 desc, u64 how)
{
	if (how == NESTED_ACCESS_clean)
		return true;
	if (how == NESTED_ACCESS_fetch)
		return may_fetch(desc);
	return desc &
	       (is_write(how) ? KVM_PTE_LEAF_ATTR_LO_S2_S2AP_W : KVM_PTE_LEAF_ATTR_LO_S2_S2AP_R);
}

/* ISS of an abort (Arm ARM D24.2.40) */
static u64 syndrome(u64 how, u64 fsc)
{
	u64 esr = ESR_ELx_IL | fsc, ec = ESR_ELx_EC_DABT_LOW;

	switch (how) {
	case NESTED_ACCESS_fetch:
		ec = ESR_ELx_EC_IABT_LOW;
		break;
	case NESTED_ACCESS_clean:
		esr |= ESR_ELx_CM | ESR_ELx_WNR;
		break;
	default:
		/* A load or store of 8 bytes */
		esr |= ESR_ELx_ISV | 3UL << ESR_ELx_SAS_SHIFT | (u64)RT << ESR_ELx_SRT_SHIFT |
		       ESR_ELx_SF | (is_write(how) ? ESR_ELx_WNR : 0);
	}
	return esr | ec << ESR_ELx_EC_SHIFT;
}

static s64 access(struct kvm_vcpu *vcpu, u64 ipa, u64 how)
{
	struct translation t;
	u64 fsc;
	s64 ret;

	if (how >= NESTED_NR_ACCESSES || ipa >> 48)
		return NESTED_REFUSED;
	translate(vcpu->arch.hw_mmu, ipa, &t);
	if (!t.valid)
		fsc = ESR_ELx_FSC_FAULT_L(t.level);
	else if (!(t.desc & KVM_PTE_LEAF_ATTR_LO_S2_AF))
		fsc = ESR_ELx_FSC_ACCESS_L(t.level);
	else if (!permitted(t.desc, how))
		fsc = ESR_ELx_FSC_PERM_L(t.level);
	else {
		el2fuzz_nested.value[0] = t.pa;
		return NESTED_HIT;
	}

	el2fuzz_nested.value[0] = syndrome(how, fsc);
	vcpu->arch.fault.esr_el2 = el2fuzz_nested.value[0];
	vcpu->arch.fault.hpfar_el2 = FIELD_PREP(HPFAR_EL2_FIPA, ipa >> 12) | HPFAR_EL2_NS;
	vcpu->arch.fault.far_el2 = ipa;
	memset(&vcpu->run->mmio, 0, sizeof(vcpu->run->mmio));
	vcpu->run->exit_reason = KVM_EXIT_UNKNOWN;
	ret = kvm_handle_guest_abort(vcpu);
	el2fuzz_nested.exit.reason = vcpu->run->exit_reason;
	if (vcpu->run->exit_reason == KVM_EXIT_MMIO) {
		el2fuzz_nested.exit.addr = vcpu->run->mmio.phys_addr;
		el2fuzz_nested.exit.len = vcpu->run->mmio.len;
		el2fuzz_nested.exit.is_write = vcpu->run->mmio.is_write;
		/* The VMM answers, and the instruction is done. */
		kvm_handle_mmio_return(vcpu);
	}
	nested_before_guest(vcpu);
	return ret;
}

/* The CPU's own access to VNCR_EL2's page, at EL2: an abort of it is one from the same level. */
static s64 vncr_access(struct kvm_vcpu *vcpu, bool write)
{
	const struct nested_vncr *page = &el2fuzz_nested.vncr[vcpu->vcpu_idx];
	u64 esr = (u64)ESR_ELx_EC_DABT_CUR << ESR_ELx_EC_SHIFT | ESR_ELx_IL | ESR_ELx_VNCR |
	          (write ? ESR_ELx_WNR : 0);
	s64 ret;

	if (!runs_l2(vcpu) || ~__vcpu_sys_reg(vcpu, HCR_EL2) & (HCR_NV | HCR_NV2))
		return NESTED_REFUSED;
	if (page->pa && (page->writable || !write)) {
		el2fuzz_nested.value[0] = page->pa;
		return NESTED_HIT;
	}
	esr |= page->pa ? ESR_ELx_FSC_PERM_L(3) : ESR_ELx_FSC_FAULT_L(3);
	el2fuzz_nested.value[0] = vcpu->arch.fault.esr_el2 = esr;
	/* Of the VA in the fixmap KVM is told no more. */
	vcpu->arch.fault.far_el2 = offset_in_page(__vcpu_sys_reg(vcpu, VNCR_EL2));
	ret = kvm_handle_vncr_abort(vcpu);
	nested_before_guest(vcpu);
	return ret;
}

static s64 enter_l2(struct kvm_vcpu *vcpu)
{
	/* With TGE there is no EL1 to return to. */
	if (runs_l2(vcpu) || vcpu_el2_tge_is_set(vcpu))
		return NESTED_REFUSED;
	vcpu->arch.fault.esr_el2 = (u64)ESR_ELx_EC_ERET << ESR_ELx_EC_SHIFT | ESR_ELx_IL;
	__vcpu_assign_sys_reg(vcpu, SPSR_EL2, PSR_MODE_EL1h);
	entered_l2 = true;
	kvm_emulate_nested_eret(vcpu);
	nested_before_guest(vcpu);
	return 0;
}

static s64 enter_l1(struct kvm_vcpu *vcpu)
{
	if (!runs_l2(vcpu))
		return NESTED_REFUSED;
	kvm_inject_nested_sync(vcpu, (u64)ESR_ELx_EC_HVC64 << ESR_ELx_EC_SHIFT | ESR_ELx_IL);
	nested_before_guest(vcpu);
	return 0;
}

static s64 l1_store(u64 ram, u64 value)
{
	if (ram % 8 || ram >= NESTED_RAM_SIZE)
		return NESTED_REFUSED;
	WRITE_ONCE(*(u64 *)(NESTED_RAM_HVA + ram), value);
	return 0;
}

static enum vcpu_sysreg sysreg_of(u64 reg)
{
	static const enum vcpu_sysreg sysregs[NESTED_NR_REGS] = {
		[NESTED_REG_vttbr_el2] = VTTBR_EL2, [NESTED_REG_vtcr_el2] = VTCR_EL2,
		[NESTED_REG_hcr_el2] = HCR_EL2,     [NESTED_REG_sctlr_el2] = SCTLR_EL2,
		[NESTED_REG_vncr_el2] = VNCR_EL2,   [NESTED_REG_sctlr_el1] = SCTLR_EL1,
		[NESTED_REG_tcr_el1] = TCR_EL1,     [NESTED_REG_ttbr0_el1] = TTBR0_EL1,
		[NESTED_REG_ttbr1_el1] = TTBR1_EL1, [NESTED_REG_mair_el1] = MAIR_EL1,
		[NESTED_REG_tcr_el2] = TCR_EL2,     [NESTED_REG_ttbr0_el2] = TTBR0_EL2,
		[NESTED_REG_ttbr1_el2] = TTBR1_EL2, [NESTED_REG_mair_el2] = MAIR_EL2,
	};

	return reg < NESTED_NR_REGS ? sysregs[reg] : __INVALID_SYSREG__;
}

/* With FEAT_NV2 such a write is a store to memory that KVM sees when it reads the register. */
static s64 l1_write(struct kvm_vcpu *vcpu, u64 reg, u64 value)
{
	enum vcpu_sysreg sysreg = sysreg_of(reg);

	if (sysreg == __INVALID_SYSREG__ || runs_l2(vcpu))
		return NESTED_REFUSED;
	/* L1 is a VHE hypervisor: RES1 in what KVM offers it; other bits change what it runs. */
	if (reg == NESTED_REG_hcr_el2)
		value = HCR_E2H | HCR_RW |
		        (value &
		         (HCR_VM | HCR_PTW | HCR_FWB | HCR_TGE | HCR_NV | HCR_NV1 | HCR_NV2));
	/* Of a stage 1, what an AT for data looks at, or who translates VNCR_EL2 */
	if (reg == NESTED_REG_sctlr_el1 || reg == NESTED_REG_sctlr_el2)
		value &= SCTLR_ELx_M | SCTLR_ELx_C | SCTLR_ELx_EE;
	/* To set the access flag, at.c has exclusives on the VMM's memory, which are not for this machine. */
	if (reg == NESTED_REG_tcr_el1 || reg == NESTED_REG_tcr_el2)
		value &= ~TCR_HA;
	ctxt_sys_reg(&vcpu->arch.ctxt, sysreg) = value;
	return 0;
}

static u32 tlbi_of(u64 tlbi)
{
	static const u32 encodings[] = {
#define TLBI(number, name, ...) [number] = OP_TLBI_##name,
		NESTED_TLBIS(TLBI)
#undef TLBI
	};

	return encodings[tlbi];
}

static u32 at_of(u64 at)
{
	static const u32 encodings[] = {
#define AT(number, name) [number] = OP_AT_##name,
		NESTED_ATS(AT)
#undef AT
	};

	return encodings[at];
}

/* A trapped MSR or SYS instruction (Arm ARM D24.2.40, EC 0x18) */
static s64 sys_instruction(struct kvm_vcpu *vcpu, u32 op, u64 value)
{
	s64 ret;

	vcpu->arch.fault.esr_el2 =
		(u64)ESR_ELx_EC_SYS64 << ESR_ELx_EC_SHIFT | ESR_ELx_IL |
		ESR_ELx_SYS64_ISS_SYS_VAL(sys_reg_Op0(op), sys_reg_Op1(op), sys_reg_Op2(op),
	                                  sys_reg_CRn(op), sys_reg_CRm(op)) |
		(u64)RT << ESR_ELx_SYS64_ISS_RT_SHIFT;
	vcpu_set_reg(vcpu, RT, value);
	ret = kvm_handle_sys_reg(vcpu);
	nested_before_guest(vcpu);
	return ret;
}

static s64 l1_tlbi(struct kvm_vcpu *vcpu, u64 tlbi, u64 value)
{
	if (tlbi >= NESTED_NR_TLBIS || runs_l2(vcpu))
		return NESTED_REFUSED;
	return sys_instruction(vcpu, tlbi_of(tlbi), value);
}

static s64 l1_at(struct kvm_vcpu *vcpu, u64 at, u64 va)
{
	if (at >= NESTED_NR_ATS || runs_l2(vcpu))
		return NESTED_REFUSED;
	return sys_instruction(vcpu, at_of(at), va);
}

static s64 set_way(struct kvm_vcpu *vcpu)
{
	return sys_instruction(vcpu, SYS_DC_CISW, 0);
}

/* KVM has it trapped while it must know of caches. Of a hypervisor's in L2, FEAT_NV2 makes a store. */
static s64 l2_sctlr(struct kvm_vcpu *vcpu, u64 value)
{
	if (!runs_l2(vcpu) || __vcpu_sys_reg(vcpu, HCR_EL2) & HCR_NV)
		return NESTED_REFUSED;
	value &= SCTLR_ELx_M | SCTLR_ELx_C | SCTLR_ELx_EE;
	if (*vcpu_hcr(vcpu) & HCR_TVM)
		return sys_instruction(vcpu, SYS_SCTLR_EL1, value);
	ctxt_sys_reg(&vcpu->arch.ctxt, SCTLR_EL1) = value;
	return 1;
}

/* The host's memory management */

static bool whole_pages(u64 ram, u64 size)
{
	return size && !offset_in_page(ram | size) && ram < NESTED_RAM_SIZE &&
	       size <= NESTED_RAM_SIZE - ram;
}

static struct mmu_notifier_range range_of(u64 ram, u64 size)
{
	return (struct mmu_notifier_range){
		.mm = &el2fuzz_mm,
		.start = NESTED_RAM_HVA + ram,
		.end = NESTED_RAM_HVA + ram + size,
		.flags = MMU_NOTIFIER_RANGE_BLOCKABLE,
	};
}

static s64 notifier_start(u64 ram, u64 size)
{
	struct mmu_notifier_range range = range_of(ram, size);

	if (nr_notifiers == NESTED_NOTIFIERS || !whole_pages(ram, size))
		return NESTED_REFUSED;
	notifiers[nr_notifiers].ram = ram;
	notifiers[nr_notifiers++].size = size;
	return kvm_mmu_notifier_ops.invalidate_range_start(&nested_kvm->mmu_notifier, &range);
}

static s64 notifier_end(u64 how)
{
	struct mmu_notifier_range range;
	u64 ram, size;

	if (!nr_notifiers)
		return NESTED_REFUSED;
	ram = notifiers[--nr_notifiers].ram;
	size = notifiers[nr_notifiers].size;
	range = range_of(ram, size);
	host_back(ram, size, how % NESTED_BACKINGS);
	kvm_mmu_notifier_ops.invalidate_range_end(&nested_kvm->mmu_notifier, &range);
	return 0;
}

static s64 notifier_age(u64 ram, u64 size, bool clear)
{
	unsigned long start = NESTED_RAM_HVA + ram, end = start + size;

	if (!whole_pages(ram, size))
		return NESTED_REFUSED;
	if (clear)
		return kvm_mmu_notifier_ops.clear_flush_young(&nested_kvm->mmu_notifier,
		                                              &el2fuzz_mm, start, end);
	return kvm_mmu_notifier_ops.test_young(&nested_kvm->mmu_notifier, &el2fuzz_mm, start);
}

static s64 wp_slot(u64 slot, u64 page, u64 mask)
{
	struct kvm_memory_slot *memslot;

	slot %= NESTED_SLOTS;
	page = ALIGN_DOWN(page % (NESTED_SLOT_SIZE / PAGE_SIZE), 64);
	memslot = id_to_memslot(kvm_memslots(nested_kvm), slot);
	if (!memslot || !memslot->npages || !memslot->dirty_bitmap || !mask)
		return NESTED_REFUSED;
	/* As kvm_clear_dirty_log_protect() */
	write_lock(&nested_kvm->mmu_lock);
	kvm_arch_mmu_enable_log_dirty_pt_masked(nested_kvm, memslot, page, mask);
	write_unlock(&nested_kvm->mmu_lock);
	kvm_flush_remote_tlbs_memslot(nested_kvm, memslot);
	return 0;
}

static s64 resched(struct kvm_vcpu *vcpu)
{
	WRITE_ONCE(vcpu->scheduled_out, true);
	kvm_arch_vcpu_put(vcpu);
	kvm_arch_vcpu_load(vcpu, vcpu->vcpu_idx);
	WRITE_ONCE(vcpu->scheduled_out, false);
	nested_before_guest(vcpu);
	return 0;
}

/* As kvm_arch_vcpu_ioctl_vcpu_init(), of which the registers are not what this world is about */
static s64 unmap_vm(void)
{
	if (cpus_have_final_cap(ARM64_HAS_STAGE2_FWB))
		return NESTED_REFUSED;
	stage2_unmap_vm(nested_kvm);
	return 0;
}

/* The maps are kept from the first leaf on. */
static s64 use_strategy(u64 strategy)
{
	if (strategy >= NESTED_NR_STRATEGIES || entered_l2)
		return NESTED_REFUSED;
	el2fuzz_nested.strategy = strategy;
	return 0;
}

static s64 destroy_vm(void)
{
	host_fail_alloc(0);
	while (nr_notifiers)
		notifier_end(NESTED_SAME);
	nested_destroy_vm();
	destroyed = true;
	return 0;
}

s64 nested_perform(unsigned int op, const unsigned long long *a)
{
	if (destroyed)
		return NESTED_REFUSED;
	switch (op) {
	case NESTED_OP_destroy_vm:
		return destroy_vm();
	case NESTED_OP_access:
		return access(vcpu_of(a[0]), a[1], a[2]);
	case NESTED_OP_vncr_access:
		return vncr_access(vcpu_of(a[0]), a[1] & NESTED_VNCR_WRITE);
	case NESTED_OP_enter_l2:
		return enter_l2(vcpu_of(a[0]));
	case NESTED_OP_enter_l1:
		return enter_l1(vcpu_of(a[0]));
	case NESTED_OP_l1_store:
		return l1_store(a[0], a[1]);
	case NESTED_OP_l1_write:
		return l1_write(vcpu_of(a[0]), a[1], a[2]);
	case NESTED_OP_l1_tlbi:
		return l1_tlbi(vcpu_of(a[0]), a[1], a[2]);
	case NESTED_OP_l1_at:
		return l1_at(vcpu_of(a[0]), a[1], a[2]);
	case NESTED_OP_set_way:
		return set_way(vcpu_of(a[0]));
	case NESTED_OP_l2_sctlr:
		return l2_sctlr(vcpu_of(a[0]), a[1]);
	case NESTED_OP_notifier_start:
		return notifier_start(a[0], a[1]);
	case NESTED_OP_notifier_end:
		return notifier_end(a[0]);
	case NESTED_OP_notifier_age:
		return notifier_age(a[0], a[1], a[2] & 1);
	case NESTED_OP_memslot:
		/* It would wait for the notifiers to end. */
		return nr_notifiers ? NESTED_REFUSED : nested_set_slot(a[0] % NESTED_SLOTS, a[1]);
	case NESTED_OP_wp_slot:
		return wp_slot(a[0], a[1], a[2]);
	case NESTED_OP_unmap_vm:
		return unmap_vm();
	case NESTED_OP_use_strategy:
		return use_strategy(a[0]);
	case NESTED_OP_resched:
		return resched(vcpu_of(a[0]));
	default:
		return NESTED_REFUSED;
	}
}

/* What there is to see */

static void tell_mmu(struct nested_mmu *to, const struct kvm_s2_mmu *mmu)
{
	to->pgd = mmu->pgt ? __pa(mmu->pgt->pgd) : 0;
	to->ia_bits = mmu->pgt ? mmu->pgt->ia_bits : 0;
	to->start_level = mmu->pgt ? mmu->pgt->start_level : 0;
	to->vttbr = mmu->tlb_vttbr;
	to->vtcr = mmu->tlb_vtcr;
	to->refs = atomic_read(&mmu->refcnt);
	to->s2_enabled = mmu->nested_stage2_enabled;
	to->pending_unmap = mmu->pending_unmap;
}

static void tell_vcpu(struct nested_vcpu *to, struct kvm_vcpu *vcpu)
{
	to->pc = *vcpu_pc(vcpu);
	to->pstate = *vcpu_cpsr(vcpu);
	to->elr_el2 = __vcpu_sys_reg(vcpu, ELR_EL2);
	to->spsr_el2 = __vcpu_sys_reg(vcpu, SPSR_EL2);
	to->esr_el2 = __vcpu_sys_reg(vcpu, ESR_EL2);
	to->far_el2 = __vcpu_sys_reg(vcpu, FAR_EL2);
	to->hpfar_el2 = __vcpu_sys_reg(vcpu, HPFAR_EL2);
	to->elr_el1 = __vcpu_sys_reg(vcpu, ELR_EL1);
	to->esr_el1 = __vcpu_sys_reg(vcpu, ESR_EL1);
	to->far_el1 = __vcpu_sys_reg(vcpu, FAR_EL1);
	to->par_el1 = __vcpu_sys_reg(vcpu, PAR_EL1);
	for (unsigned int i = 0; i < NESTED_NR_REGS; i++)
		to->regs[i] = __vcpu_sys_reg(vcpu, sysreg_of(i));
	to->in_l2 = runs_l2(vcpu);
	to->mmu = host_mmu_index(vcpu->arch.hw_mmu);
}

void nested_tell(struct nested_shared *s)
{
	if (destroyed) {
		memset(s->mmus, 0, sizeof(s->mmus));
		memset(s->vcpus, 0, sizeof(s->vcpus));
		return;
	}
	s->seq = nested_kvm->mmu_invalidate_seq;
	tell_mmu(&s->mmus[0], &nested_kvm->arch.mmu);
	for (int i = 0; i < nested_kvm->arch.nested_mmus_size && 1 + i < NESTED_MMUS; i++)
		tell_mmu(&s->mmus[1 + i], nested_kvm->arch.nested_mmus[i]);
	for (unsigned int i = 0; i < NESTED_VCPUS; i++)
		tell_vcpu(&s->vcpus[i], nested_vcpus[i]);
}

void el2fuzz_nested_step(void)
{
	struct nested_shared *s = &el2fuzz_nested;

	s->nr_events = 0;
	s->value[0] = s->value[1] = 0;
	memset(&s->exit, 0, sizeof(s->exit));
	s->failed = 0;
	if (nested_defer(s->op, s->args)) {
		s->ret = s->op == NESTED_OP_meanwhile ? 0 : NESTED_DEFERRED;
	} else if (s->op == NESTED_OP_fail_alloc) {
		host_fail_alloc(s->args[0]);
		s->ret = 0;
	} else {
		s->ret = nested_perform_with_others(s->op, s->args);
		host_fail_alloc(0);
	}
	host_grace_period();
	host_locks_check();
	host_refs_check();
	nested_tell(s);
}
