// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the hypervisor does in assembly: entry from the host and back (host.S), initialisation of the CPU
 * (hyp-init.S), the way into a guest (entry.S), SMC. Compiled with the tree's headers and flags, and
 * linked with its C files into the image that the harness loads.
 */
#include <linux/arm-smccc.h>
#include <linux/kvm_host.h>
#include <linux/perf/arm_pmuv3.h>

#include <asm/kvm_hyp.h>
#include <asm/kvm_mmu.h>

#include <nvhe/trap_handler.h>

#include "core/native/entry.h"

struct el2fuzz_hooks el2fuzz_hooks;
el2fuzz_u64 *el2fuzz_cpu_sysregs;
unsigned long el2fuzz_hyp_va_base;
unsigned char el2fuzz_caps[EL2FUZZ_MAX_CAPS];
unsigned char el2fuzz_absent[EL2FUZZ_NR_SYSREGS];
unsigned char el2fuzz_watched;

static const u32 absent[] = {
#include "absent.h"
};

static const u16 capabilities[] = {
	ARM64_ALWAYS_BOOT,
	ARM64_ALWAYS_SYSTEM,
	ARM64_KVM_PROTECTED_MODE,
};

extern char __kvm_hyp_host_vector[];

typedef void (*constructor)(void);
extern constructor el2fuzz_constructors[], el2fuzz_constructors_end[];

static el2fuzz_u64 *host_regs;

DEFINE_STATIC_KEY_FALSE(kvm_protected_mode_initialized);

void el2fuzz_prepare(unsigned long hyp_va_base)
{
	_Static_assert(ARM64_NCAPS <= EL2FUZZ_MAX_CAPS, "more capabilities than there is room for");

	el2fuzz_hyp_va_base = hyp_va_base;
	for (unsigned int i = 0; i < ARRAY_SIZE(absent); i++)
		el2fuzz_absent[EL2FUZZ_INDEX(absent[i])] = 1;
	for (unsigned int i = 0; i < ARRAY_SIZE(capabilities); i++)
		el2fuzz_caps[capabilities[i]] = 1;
	/* Of a sanitized image: they tell where its globals end. */
	for (constructor *fn = el2fuzz_constructors; fn < el2fuzz_constructors_end; fn++)
		(*fn)();
}

void el2fuzz_init_cpu(unsigned long params_pa)
{
	const struct kvm_nvhe_init_params *params = (const void *)(el2fuzz_hyp_va_base + params_pa);

	write_sysreg(params->mair_el2, mair_el2);
	write_sysreg_hcr(params->hcr_el2);
	write_sysreg(params->tpidr_el2, tpidr_el2);
	write_sysreg(params->vttbr, vttbr_el2);
	write_sysreg(params->vtcr, vtcr_el2);
	write_sysreg(params->pgd_pa, ttbr0_el2);
	write_sysreg(params->tcr_el2, tcr_el2);
	write_sysreg(INIT_SCTLR_EL2_MMU_ON, sctlr_el2);
	write_sysreg((unsigned long)__kvm_hyp_host_vector, vbar_el2);
}

#if HAS_psci_two_entries
void __noreturn __kvm_host_psci_cpu_on_entry(void);
void __noreturn __kvm_host_psci_cpu_resume_entry(void);
#else
void __noreturn __kvm_host_psci_cpu_entry(bool is_cpu_on);
#define __kvm_host_psci_cpu_on_entry() __kvm_host_psci_cpu_entry(true)
#define __kvm_host_psci_cpu_resume_entry() __kvm_host_psci_cpu_entry(false)
#endif

/* As init_el2_hcr and init_el2_state, on a CPU like this machine's. */
static void init_el2_state(void)
{
	/* The question whether EL1's names mean EL2's registers leaves these behind. */
	write_sysreg(1, far_el1);
	write_sysreg(2, far_el2);
	write_sysreg(3, cnthctl_el2);
	write_sysreg(0, cntvoff_el2);
	write_sysreg(FIELD_GET(ARMV8_PMU_PMCR_N, read_sysreg(pmcr_el0)), mdcr_el2);
	write_sysreg(0, hstr_el2);
	write_sysreg(read_sysreg(midr_el1), vpidr_el2);
	write_sysreg(read_sysreg(mpidr_el1), vmpidr_el2);
}

void el2fuzz_start_cpu(el2fuzz_u64 regs[31], unsigned long params_pa, int resume)
{
	const unsigned char watched = el2fuzz_watched;

	host_regs = regs;
	/* Of what is assembly in the tree, nothing is an event (core/aarch64/events.c). */
	el2fuzz_watched = 0;
	init_el2_state();
	el2fuzz_init_cpu(params_pa);
	el2fuzz_watched = watched;
	if (resume)
		__kvm_host_psci_cpu_resume_entry();
	__kvm_host_psci_cpu_on_entry();
}

void el2fuzz_enable_keys(void)
{
	kvm_protected_mode_initialized.key.enabled.counter = 1;
}

void __noreturn __host_enter(struct kvm_cpu_context *ctxt)
{
	__builtin_memcpy(host_regs, ctxt->regs.regs, sizeof(ctxt->regs.regs));
	el2fuzz_hooks.host_enter();
	unreachable();
}

void el2fuzz_trap(el2fuzz_u64 regs[31])
{
	struct kvm_cpu_context *ctxt = host_data_ptr(host_ctxt);

	host_regs = regs;
	__builtin_memcpy(ctxt->regs.regs, regs, sizeof(ctxt->regs.regs));
	handle_trap(ctxt);
	__builtin_memcpy(regs, ctxt->regs.regs, sizeof(ctxt->regs.regs));
}

void __noreturn __hyp_do_panic(struct kvm_cpu_context *ctxt, u64 spsr, u64 elr, u64 par)
{
	el2fuzz_hooks.panic();
	unreachable();
}

/* Modes that a guest has; there is no AArch32. A return to another one is illegal, as EL2's vectors find out. */
static bool is_guest_mode(u64 spsr)
{
	u64 mode = spsr & (PSR_MODE_MASK | PSR_MODE32_BIT);

	return mode == PSR_MODE_EL0t || mode == PSR_MODE_EL1t || mode == PSR_MODE_EL1h;
}

u64 __guest_enter(struct kvm_vcpu *vcpu)
{
	if (!is_guest_mode(read_sysreg_el2(SYS_SPSR)))
		return ARM_EXCEPTION_IL;
	el2fuzz_hooks.guest_enter((unsigned long)__builtin_return_address(0),
	                          vcpu->arch.ctxt.regs.regs);
	return ARM_EXCEPTION_TRAP;
}

void __kvm_hyp_host_forward_smc(struct kvm_cpu_context *ctxt)
{
	el2fuzz_smc((unsigned long *)ctxt->regs.regs, 18);
}

void arm_smccc_1_2_smc(const struct arm_smccc_1_2_regs *args, struct arm_smccc_1_2_regs *res)
{
	*res = *args;
	el2fuzz_smc((unsigned long *)res, sizeof(*res) / sizeof(unsigned long));
}

void __noreturn el2fuzz_bug(const char *file, int line, int flags)
{
	el2fuzz_hooks.bug((unsigned long)__builtin_return_address(0), file, line, flags);
	unreachable();
}

void __noreturn el2fuzz_lock_error(int error)
{
	el2fuzz_hooks.lock_error((unsigned long)__builtin_return_address(0), error);
	unreachable();
}

void __noreturn el2fuzz_undefined(void)
{
	el2fuzz_hooks.undefined((unsigned long)__builtin_return_address(0));
	unreachable();
}

void el2fuzz_tlbi(const char *op, el2fuzz_u64 arg)
{
	el2fuzz_hooks.tlbi((unsigned long)__builtin_return_address(0), op, arg);
}

void el2fuzz_barrier(int crm)
{
	el2fuzz_hooks.sync((unsigned long)__builtin_return_address(0), crm);
}

void el2fuzz_reg_written(unsigned int index, el2fuzz_u64 value)
{
	el2fuzz_hooks.reg_written((unsigned long)__builtin_return_address(0), index, value);
}

void el2fuzz_cache(int instructions, unsigned long addr, unsigned long size)
{
	if (el2fuzz_watched)
		el2fuzz_hooks.cache((unsigned long)__builtin_return_address(0), instructions, addr,
		                    size);
}

int el2fuzz_at(unsigned int op, el2fuzz_u64 addr)
{
	return el2fuzz_hooks.at(op, addr);
}

void el2fuzz_smc(unsigned long *args, unsigned int nr)
{
	el2fuzz_hooks.smc(args, nr);
}

/* One cache, of which instructions and data are both kept coherent: maintenance is but told of (cache.S). */
void icache_inval_pou(unsigned long start, unsigned long end)
{
	if (!cpus_have_final_cap(ARM64_HAS_CACHE_DIC)) {
		el2fuzz_cache(1, start, end - start);
		dsb(ish);
	}
	isb();
}

void dcache_clean_inval_poc(unsigned long start, unsigned long end)
{
	el2fuzz_cache(0, start, end - start);
	dsb(sy);
}
