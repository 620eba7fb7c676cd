// SPDX-License-Identifier: GPL-2.0-only
/*
 * The fake host kernel's CPU: what it is able to do, its TLB, and what else of the architecture KVM asks
 * for.
 */
#include <linux/kvm_host.h>
#include <linux/ratelimit.h>

#include <asm/cpufeature.h>
#include <asm/fixmap.h>
#include <asm/kvm_asm.h>
#include <asm/kvm_emulate.h>
#include <asm/kvm_mmu.h>
#include <asm/kvm_nested.h>
#include <asm/sections.h>

#include "host.h"
#include "sys_regs.h"

struct nested_shared el2fuzz_nested __section(".el2fuzz.shared");

/* Data of the kernel proper that the code under test reads */
s64 memstart_addr;
u64 kimage_voffset;
unsigned int nr_cpu_ids = 1;
unsigned long __per_cpu_offset[NR_CPUS];
struct cpumask __cpu_possible_mask = { .bits = { 1 } };
struct cpumask __cpu_online_mask = { .bits = { 1 } };
void *high_memory;
bool arm64_use_ng_mappings;
char __hyp_idmap_text_start[8], __hyp_idmap_text_end[8];
unsigned int kvm_arm_vmid_bits = 16;
struct vgic_global kvm_vgic_global_state;
DEFINE_PER_CPU(struct kvm_host_data, kvm_host_data);
DEFINE_STATIC_KEY_FALSE(kvm_protected_mode_initialized);
DEFINE_STATIC_KEY_FALSE(broken_cntvoff_key);
DEFINE_STATIC_KEY_FALSE(arm64_mismatched_32bit_el0);

void __noreturn host_stop(enum nested_stop why, const char *text)
{
	size_t n;

	for (n = 0; text[n] && n < sizeof(el2fuzz_nested.stop_text) - 1; n++)
		el2fuzz_nested.stop_text[n] = text[n];
	el2fuzz_nested.stop_text[n] = '\0';
	el2fuzz_nested.stop = why;
	el2fuzz_stop();
}

/* The native image has one of its own; the emulator stops by at this one. */
void __weak noinline el2fuzz_nested_event(const struct nested_event *event)
{
	barrier_data(event);
}

void host_event(enum nested_event_kind kind, struct kvm_s2_mmu *mmu, u64 addr, u64 size, int level)
{
	const struct nested_event event = {
		.addr = addr,
		.size = size,
		.kind = kind,
		.mmu = mmu ? host_mmu_index(mmu) : NESTED_MMUS,
		.level = level >= 0 && level <= KVM_PGTABLE_LAST_LEVEL ? level : NESTED_ANY_LEVEL,
	};
	u64 i = el2fuzz_nested.nr_events++;

	if (i < NESTED_MAX_EVENTS)
		el2fuzz_nested.events[i] = event;
	if (kind != NESTED_CLEAN)
		el2fuzz_nested_event(&event);
}

void host_run_on(unsigned int cpu)
{
	/* Of what KVM keeps for each CPU, these are used. */
	static unsigned long flags[NESTED_VCPUS];
	struct kvm_host_data *data = this_cpu_ptr(&kvm_host_data);
	unsigned int now = el2fuzz_task.thread_info.cpu;

	flags[now] = data->flags;
	data->flags = flags[cpu];
	el2fuzz_task.thread_info.cpu = cpu;
}

/*
 * at.c asks for the shadow of L2, with interrupts off as nobody else does, before it has the CPU itself do an AT.
 * There is no such CPU: as where another vCPU has taken the shadow meanwhile, KVM walks the tables itself.
 */
struct kvm_s2_mmu *__real_lookup_s2_mmu(struct kvm_vcpu *vcpu);
struct kvm_s2_mmu *__wrap_lookup_s2_mmu(struct kvm_vcpu *vcpu);

struct kvm_s2_mmu *__wrap_lookup_s2_mmu(struct kvm_vcpu *vcpu)
{
	return host_irqs_off() ? NULL : __real_lookup_s2_mmu(vcpu);
}

/* Of the fixmap KVM has a slot for each CPU: L1's VNCR page. */
void __set_fixmap(enum fixed_addresses index, phys_addr_t phys, pgprot_t prot)
{
	unsigned int cpu = FIX_VNCR - index;

	if (cpu >= NESTED_VCPUS)
		host_stop(NESTED_UNMODELLED, "a fixmap slot that is not VNCR's");
	el2fuzz_nested.vncr[cpu] = (struct nested_vncr){
		.pa = pgprot_val(prot) ? phys : 0,
		.writable = pgprot_val(prot) && !(pgprot_val(prot) & PTE_RDONLY),
	};
}

/* The TLB: what is told to forget, and nothing else, is forgotten. */

void __kvm_tlb_flush_vmid(struct kvm_s2_mmu *mmu)
{
	host_event(NESTED_FLUSH_VMID, mmu, 0, 0, NESTED_ANY_LEVEL);
}

void __kvm_tlb_flush_vmid_ipa(struct kvm_s2_mmu *mmu, phys_addr_t ipa, int level)
{
	host_event(NESTED_FLUSH_IPA, mmu, ipa, 0, level);
}

void __kvm_tlb_flush_vmid_ipa_nsh(struct kvm_s2_mmu *mmu, phys_addr_t ipa, int level)
{
	host_event(NESTED_FLUSH_IPA_NSH, mmu, ipa, 0, level);
}

void __kvm_tlb_flush_vmid_range(struct kvm_s2_mmu *mmu, phys_addr_t start, unsigned long pages)
{
	host_event(NESTED_FLUSH_RANGE, mmu, start, pages << PAGE_SHIFT, NESTED_ANY_LEVEL);
}

int __kvm_tlbi_s1e2(struct kvm_s2_mmu *mmu, u64 va, u64 encoding)
{
	host_event(NESTED_FLUSH_S1, mmu, va, encoding, NESTED_ANY_LEVEL);
	return 0;
}

void dcache_clean_inval_poc(unsigned long start, unsigned long end)
{
	host_event(NESTED_CLEAN, NULL, __pa(start), end - start, NESTED_ANY_LEVEL);
}

void icache_inval_pou(unsigned long start, unsigned long end)
{
}

/* What the CPU has: Armv8.4 with nested virtualisation, and what KVM offers L1 only if the host has it */

#define PARANGE_FIELD(bits) \
	((bits) == 36 ? 1UL : (bits) == 40 ? 2UL : (bits) == 42 ? 3UL : (bits) == 44 ? 4UL : 5UL)

u32 get_kvm_ipa_limit(void)
{
	return el2fuzz_nested.pa_bits;
}

u32 kvm_get_pa_bits(struct kvm *kvm)
{
	return el2fuzz_nested.pa_bits;
}

#define FEAT(reg, field, value) SYS_FIELD_PREP_ENUM(reg, field, value)

u64 read_sanitised_ftr_reg(u32 id)
{
	switch (id) {
	case SYS_ID_AA64MMFR0_EL1:
		return PARANGE_FIELD(el2fuzz_nested.pa_bits) |
		       FEAT(ID_AA64MMFR0_EL1, ASIDBITS, 16) | FEAT(ID_AA64MMFR0_EL1, TGRAN16, IMP) |
		       FEAT(ID_AA64MMFR0_EL1, TGRAN4_2, IMP) |
		       FEAT(ID_AA64MMFR0_EL1, TGRAN16_2, IMP) |
		       FEAT(ID_AA64MMFR0_EL1, TGRAN64_2, IMP);
	case SYS_ID_AA64MMFR1_EL1:
		return FEAT(ID_AA64MMFR1_EL1, VMIDBits, 16) | FEAT(ID_AA64MMFR1_EL1, VH, IMP) |
		       FEAT(ID_AA64MMFR1_EL1, HAFDBS, AF) |
		       (cpus_have_final_cap(ARM64_HAS_XNX) ? FEAT(ID_AA64MMFR1_EL1, XNX, IMP) : 0);
	case SYS_ID_AA64MMFR2_EL1:
		return FEAT(ID_AA64MMFR2_EL1, TTL, IMP) | FEAT(ID_AA64MMFR2_EL1, FWB, IMP) |
		       FEAT(ID_AA64MMFR2_EL1, CnP, IMP) | FEAT(ID_AA64MMFR2_EL1, NV, NV2);
	case SYS_ID_AA64MMFR4_EL1:
		return FEAT(ID_AA64MMFR4_EL1, NV_frac, NV2_ONLY);
	case SYS_ID_AA64PFR0_EL1:
		return FEAT(ID_AA64PFR0_EL1, EL0, IMP) | FEAT(ID_AA64PFR0_EL1, EL1, IMP) |
		       FEAT(ID_AA64PFR0_EL1, EL2, IMP) | FEAT(ID_AA64PFR0_EL1, EL3, IMP);
	case SYS_ID_AA64ISAR0_EL1:
		return FEAT(ID_AA64ISAR0_EL1, TLB, RANGE) | FEAT(ID_AA64ISAR0_EL1, ATOMIC, IMP);
	case SYS_ID_AA64ISAR1_EL1:
		return FEAT(ID_AA64ISAR1_EL1, XS, IMP);
	case SYS_ID_AA64DFR0_EL1:
		return FEAT(ID_AA64DFR0_EL1, DebugVer, IMP);
	case SYS_CTR_EL0:
		/* 64-byte lines; RES1 */
		return CTR_EL0_DminLine_MASK & 4 << CTR_EL0_DminLine_SHIFT | 4 | BIT(31);
	}
	return 0;
}

int pfn_is_map_memory(unsigned long pfn)
{
	return 1;
}

enum mitigation_state arm64_get_spectre_v2_state(void)
{
	return SPECTRE_UNAFFECTED;
}

enum mitigation_state arm64_get_meltdown_state(void)
{
	return SPECTRE_UNAFFECTED;
}

/* arm.c: a vCPU goes on a CPU and leaves it. Of what that does, the stage 2 is of interest. */

void kvm_arch_vcpu_load(struct kvm_vcpu *vcpu, int cpu)
{
	vcpu->cpu = cpu;
	kvm_vcpu_load_hw_mmu(vcpu);
}

void kvm_arch_vcpu_put(struct kvm_vcpu *vcpu)
{
	kvm_vcpu_put_hw_mmu(vcpu);
	vcpu->cpu = -1;
}

/* The driver loads vCPUs without kvm_main.c's knowing. */
bool kvm_arch_allow_write_without_running_vcpu(struct kvm *kvm)
{
	return true;
}

bool kvm_use_dirty_bitmap(struct kvm *kvm)
{
	return true;
}

/* The VM has no interrupt controller, no PMU and no debugger. */

const struct sys_reg_desc *vgic_v3_get_sysreg_table(unsigned int *size)
{
	*size = 0;
	return NULL;
}

int kvm_vgic_vcpu_pending_irq(struct kvm_vcpu *vcpu)
{
	return 0;
}

void vcpu_set_ich_hcr(struct kvm_vcpu *vcpu)
{
}

bool vgic_state_is_nested(struct kvm_vcpu *vcpu)
{
	return false;
}

void kvm_debug_set_guest_ownership(struct kvm_vcpu *vcpu)
{
}

/* Messages, statistics */

int _printk(const char *fmt, ...)
{
	return 0;
}

void __warn_printk(const char *fmt, ...)
{
}

int ___ratelimit(struct ratelimit_state *state, const char *func)
{
	return 0;
}

void lruvec_stat_mod_folio(struct folio *folio, enum node_stat_item item, int nr)
{
}
