// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host kernel's side of the boot: fills the variables that KVM at EL1 fills before it calls
 * __pkvm_init (kvm_hyp_reserve(), cpu_prepare_hyp_mode(), kvm_hyp_init_symbols() and
 * init_cpu_logical_map() of the tree). Compiled with the tree's own flags and headers, so that no
 * layout and no formula of the kernel's is repeated here, and run by the core: with the MMU off, where
 * symbols are physical addresses, or at args->va_offset from there.
 */
#include <linux/kvm_host.h>
#include <uapi/linux/psci.h>

#include <asm/kvm_hyp.h>
#include <asm/kvm_mmu.h>
#include <asm/kvm_pgtable.h>
#include <asm/kvm_pkvm.h>

#include <nvhe/memory.h>
#include <nvhe/mem_protect.h>
#include <nvhe/pkvm.h>

#include "boot_args.h"

void el2fuzz_host_boot(struct boot_args *args);

extern unsigned long kvm_arm_hyp_percpu_base[];
extern char __per_cpu_start[];

static void register_memory(const struct boot_args *args)
{
	for (unsigned long i = 0; i < args->nr_regions; i++) {
		hyp_memory[i].base = args->regions[i].base;
		hyp_memory[i].size = args->regions[i].size;
		hyp_memory[i].flags = args->regions[i].nomap ? MEMBLOCK_NOMAP : MEMBLOCK_NONE;
	}
	hyp_memblock_nr = args->nr_regions;
}

static void read_id_registers(void)
{
	/* As with arm64.nosve: the emulated CPU says that it has SVE, but has no vector length. */
	id_aa64pfr0_el1_sys_val =
		read_sysreg_s(SYS_ID_AA64PFR0_EL1) & ~(u64)ID_AA64PFR0_EL1_SVE_MASK;
	id_aa64pfr1_el1_sys_val = read_sysreg_s(SYS_ID_AA64PFR1_EL1);
	id_aa64isar0_el1_sys_val = read_sysreg_s(SYS_ID_AA64ISAR0_EL1);
	id_aa64isar1_el1_sys_val = read_sysreg_s(SYS_ID_AA64ISAR1_EL1);
	id_aa64isar2_el1_sys_val = read_sysreg_s(SYS_ID_AA64ISAR2_EL1);
	id_aa64mmfr0_el1_sys_val = read_sysreg_s(SYS_ID_AA64MMFR0_EL1);
	id_aa64mmfr1_el1_sys_val = read_sysreg_s(SYS_ID_AA64MMFR1_EL1);
	id_aa64mmfr2_el1_sys_val = read_sysreg_s(SYS_ID_AA64MMFR2_EL1);

	kvm_arm_vmid_bits = cpuid_feature_extract_unsigned_field(id_aa64mmfr1_el1_sys_val,
	                                                         ID_AA64MMFR1_EL1_VMIDBits_SHIFT) ==
	                                    ID_AA64MMFR1_EL1_VMIDBits_16 ?
	                            16 :
	                            8;
}

static unsigned long tcr(const struct boot_args *args)
{
	u64 parange = kvm_get_parange(id_aa64mmfr0_el1_sys_val);

	return TCR_EL2_RES1 | FIELD_PREP(TCR_EL2_PS_MASK, parange) | TCR_TG0_4K | TCR_SH0_INNER |
	       TCR_ORGN0_WBWA | TCR_IRGN0_WBWA | TCR_T0SZ(args->hyp_va_bits);
}

static unsigned long mair(void)
{
	return MAIR_ATTRIDX(MAIR_ATTR_DEVICE_nGnRnE, MT_DEVICE_nGnRnE) |
	       MAIR_ATTRIDX(MAIR_ATTR_DEVICE_nGnRE, MT_DEVICE_nGnRE) |
	       MAIR_ATTRIDX(MAIR_ATTR_NORMAL_NC, MT_NORMAL_NC) |
	       MAIR_ATTRIDX(MAIR_ATTR_NORMAL, MT_NORMAL) |
	       MAIR_ATTRIDX(MAIR_ATTR_NORMAL, MT_NORMAL_TAGGED);
}

static void prepare_cpu(struct boot_args *args, unsigned int cpu)
{
	unsigned long image = (unsigned long)__per_cpu_start;
	unsigned long offset = (unsigned long)&kvm_init_params - image;
	struct kvm_nvhe_init_params *params =
		(void *)(args->va_offset + args->percpu[cpu] + offset);

	/* Per-CPU offset between hyp VAs: adr_this_cpu adds it to a hyp VA of the image. */
	params->tpidr_el2 = args->percpu[cpu] - (image - args->va_offset);
	params->mair_el2 = mair();
	params->tcr_el2 = tcr(args);
	params->stack_hyp_va = args->boot_stack_top;
	params->stack_pa = args->stack[cpu];
	params->pgd_pa = args->pgd;
	params->hcr_el2 = HCR_HOST_NVHE_PROTECTED_FLAGS | HCR_TID5;
	params->vttbr = 0;
	params->vtcr = 0;

	kvm_arm_hyp_percpu_base[cpu] = args->hva_base | args->percpu[cpu];
	/* As init_cpu_logical_map(): who was not there is not known. */
	if (args->cpus[cpu].online)
		hyp_cpu_logical_map[cpu] = args->cpus[cpu].mpidr;
	args->init_params[cpu] = (unsigned long)params - args->va_offset;
}

/**
 * el2fuzz_host_boot() - do what the host does before __pkvm_init
 * @args: at the offset that it names; read and answered
 */
void el2fuzz_host_boot(struct boot_args *args)
{
	hyp_physvirt_offset = -(s64)args->hyp_va_base;
#if !HAS_init_nr_cpus
	hyp_nr_cpus = args->nr_cpus;
#endif
	kvm_host_psci_config.version = PSCI_VERSION(1, 1);
	kvm_host_psci_config.smccc_version = ARM_SMCCC_VERSION_1_2;

	/* What init_subsystems() and kvm_arm_init_sve() find out: bounds on what the host may ask for. */
	kvm_nvhe_sym(hyp_gicv3_nr_lr) = MACHINE_NR_LRS;
	kvm_host_sve_max_vl = sve_vl_from_vq(MACHINE_SVE_VQ);

	register_memory(args);
	read_id_registers();
	for (unsigned int cpu = 0; cpu < args->nr_cpus; cpu++)
		prepare_cpu(args, cpu);

	args->pool_pages = hyp_s1_pgtable_pages() + host_s2_pgtable_pages() + hyp_vm_table_pages() +
	                   hyp_vmemmap_pages(sizeof(struct hyp_page)) + hyp_ffa_proxy_pages();
#if HAS_selftest_pages
	args->pool_pages += pkvm_selftest_pages();
#endif
	args->ffa_pages = hyp_ffa_proxy_pages();
	/* A guest's stage-2 is as large as the host's: see init_pkvm_hyp_vm(). */
	args->pgd_size = kvm_pgtable_stage2_pgd_size(kvm_get_vtcr(
		id_aa64mmfr0_el1_sys_val, id_aa64mmfr1_el1_sys_val,
		id_aa64mmfr0_parange_to_phys_shift(kvm_get_parange(id_aa64mmfr0_el1_sys_val))));
	args->pa_bits =
		id_aa64mmfr0_parange_to_phys_shift(kvm_get_parange(id_aa64mmfr0_el1_sys_val));
	args->percpu_base_hva =
		args->hva_base | ((unsigned long)kvm_arm_hyp_percpu_base - args->va_offset);
}
