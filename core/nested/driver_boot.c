// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes a VM with nested virtualisation, by KVM's own functions as far as they are linked: what
 * kvm_create_vm(), kvm_arch_init_vm() and the vCPU's ioctls do around them is here.
 */
#include <linux/mmu_notifier.h>
#include <linux/sched.h>

#include <asm/kvm_emulate.h>
#include <asm/kvm_mmu.h>
#include <asm/kvm_nested.h>

#include "driver.h"
#include "sys_regs.h"

struct kvm *nested_kvm;
struct kvm_vcpu *nested_vcpus[NESTED_VCPUS];

static struct kvm kvm;
static struct kvm_vcpu vcpus[NESTED_VCPUS];
static struct kvm_run runs[NESTED_VCPUS];
static unsigned int pages_before, objects_before; /* the VM */

/* Static in kvm_main.c */
int kvm_set_memory_region(struct kvm *kvm, const struct kvm_userspace_memory_region2 *mem);

static void must(int ret, const char *what)
{
	if (ret)
		host_stop(NESTED_UNMODELLED, what);
}

int nested_set_slot(unsigned int slot, unsigned int flags)
{
	struct kvm_userspace_memory_region2 region = {
		.slot = slot,
		.guest_phys_addr = NESTED_RAM_IPA + slot * NESTED_SLOT_SIZE,
		.memory_size = flags & NESTED_SLOT_THERE ? NESTED_SLOT_SIZE : 0,
		.userspace_addr = NESTED_RAM_HVA + slot * NESTED_SLOT_SIZE,
		.flags = (flags & NESTED_SLOT_READONLY ? KVM_MEM_READONLY : 0) |
		         (flags & NESTED_SLOT_LOGGED ? KVM_MEM_LOG_DIRTY_PAGES : 0),
	};
	int ret;

	mutex_lock(&nested_kvm->slots_lock);
	ret = kvm_set_memory_region(nested_kvm, &region);
	mutex_unlock(&nested_kvm->slots_lock);
	return ret;
}

static void make_vm(void)
{
	struct kvm_memslots *slots;

	kvm.mm = &el2fuzz_mm;
	xa_init(&kvm.vcpu_array);
	for (int j = 0; j < 2; j++) {
		slots = &kvm.__memslots[0][j];
		slots->hva_tree = RB_ROOT_CACHED;
		slots->gfn_tree = RB_ROOT;
		hash_init(slots->id_hash);
		slots->node_idx = j;
		slots->generation = j;
	}
	rcu_assign_pointer(kvm.memslots[0], &kvm.__memslots[0][0]);
	kvm.nr_memslot_pages = 0;
	refcount_set(&kvm.users_count, 1);
	kvm.max_vcpus = NESTED_VCPUS;
	/* As no user space has asked for eager page splitting, or anything else. */
	kvm.manual_dirty_log_protect = KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE;

	must(kvm_init_stage2_mmu(&kvm, &kvm.arch.mmu, el2fuzz_nested.pa_bits),
	     "kvm_init_stage2_mmu");
	must(kvm_init_nested(&kvm), "kvm_init_nested");
	set_bit(KVM_ARCH_FLAG_VCPU_FEATURES_CONFIGURED, &kvm.arch.flags);
	set_bit(KVM_ARM_VCPU_HAS_EL2, kvm.arch.vcpu_features);
}

static void make_vcpu(unsigned int i)
{
	struct kvm_vcpu *vcpu = &vcpus[i];

	vcpu->kvm = &kvm;
	vcpu->vcpu_id = vcpu->vcpu_idx = i;
	vcpu->cpu = -1;
	vcpu->run = &runs[i];
	vcpu->arch.mmu_page_cache.gfp_zero = __GFP_ZERO;
	must(xa_err(xa_store(&kvm.vcpu_array, i, vcpu, GFP_KERNEL)), "vcpu_array");
	atomic_inc(&kvm.online_vcpus);
	must(kvm_vcpu_init_nested(vcpu), "kvm_vcpu_init_nested");
	nested_vcpus[i] = vcpu;
}

/* The first run of a vCPU, by when all are there */
static void start_vcpu(struct kvm_vcpu *vcpu)
{
	kvm_reset_sys_regs(vcpu);
	must(kvm_finalize_sys_regs(vcpu), "kvm_finalize_sys_regs");
	must(kvm_vcpu_allocate_vncr_tlb(vcpu), "kvm_vcpu_allocate_vncr_tlb");
	kvm_calculate_traps(vcpu);
	vcpu_reset_hcr(vcpu);

	*vcpu_cpsr(vcpu) = PSR_MODE_EL2h | PSR_A_BIT | PSR_I_BIT | PSR_F_BIT | PSR_D_BIT;
	__vcpu_assign_sys_reg(vcpu, HCR_EL2, HCR_E2H | HCR_RW);
	__vcpu_assign_sys_reg(vcpu, SPSR_EL2, PSR_MODE_EL1h);
	host_run_on(vcpu->vcpu_idx);
	kvm_arch_vcpu_load(vcpu, vcpu->vcpu_idx);
	nested_before_guest(vcpu);
}

void el2fuzz_nested_boot(void)
{
	nested_kvm = &kvm;
	host_memory_init();
	host_mm_init();
	must(kvm_sys_reg_table_init(), "kvm_sys_reg_table_init");
	pages_before = el2fuzz_nested.pages;
	objects_before = el2fuzz_nested.objects;
	make_vm();
	for (unsigned int i = 0; i < NESTED_VCPUS; i++)
		make_vcpu(i);
	for (unsigned int i = 0; i < NESTED_SLOTS; i++)
		must(nested_set_slot(i, NESTED_SLOT_THERE), "kvm_set_memory_region");
	for (unsigned int i = 0; i < NESTED_VCPUS; i++)
		start_vcpu(&vcpus[i]);
	host_grace_period();
	host_locks_check();
	nested_tell(&el2fuzz_nested);
}

/* As kvm_arm_vcpu_destroy() and kvm_arch_vcpu_destroy() */
static void destroy_vcpu(struct kvm_vcpu *vcpu)
{
	kvm_mmu_free_memory_cache(&vcpu->arch.mmu_page_cache);
	free_page((unsigned long)vcpu->arch.ctxt.vncr_array);
	kfree(vcpu->arch.vncr_tlb);
	kfree(vcpu->arch.ccsidr);
}

/* As when the last user has gone: the address space first, then what kvm_destroy_vm() does */
void nested_destroy_vm(void)
{
	for (unsigned int i = 0; i < NESTED_VCPUS; i++) {
		host_run_on(i);
		kvm_arch_vcpu_put(&vcpus[i]);
	}
	for (unsigned int i = 0; i < NESTED_SLOTS; i++) {
		if (id_to_memslot(kvm_memslots(&kvm), i))
			must(nested_set_slot(i, NESTED_SLOT_ABSENT), "kvm_set_memory_region");
	}
	kvm_arch_flush_shadow_all(&kvm);
	kvm_uninit_stage2_mmu(&kvm);
	kfree(kvm.arch.sysreg_masks);
	for (unsigned int i = 0; i < NESTED_VCPUS; i++)
		destroy_vcpu(&vcpus[i]);
	xa_destroy(&kvm.vcpu_array);
	kvm_destroy_nested(&kvm);
	host_grace_period();
	if (el2fuzz_nested.pages != pages_before)
		host_stop(NESTED_MISUSE, "the VM has gone, and has left pages");
	if (el2fuzz_nested.objects != objects_before)
		host_stop(NESTED_MISUSE, "the VM has gone, and has left objects");
}
