/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tree's code, compiled for the build machine, asks of the harness. Read under the kernel's
 * headers and flags and by ours, so: no includes.
 */
#ifndef EL2FUZZ_NATIVE_HOOKS_H
#define EL2FUZZ_NATIVE_HOOKS_H

typedef unsigned long long el2fuzz_u64;

enum el2fuzz_lock_error {
	EL2FUZZ_LOCK_HELD, /* taken again by the only CPU that runs */
	EL2FUZZ_LOCK_NOT_HELD, /* released, but not held */
};

/*
 * Filled by the harness before the code runs; the tree's code calls through it, so that it needs no
 * symbol of the program that loads it.
 */
struct el2fuzz_hooks {
	/* These do not return. @pc: where EL2 was */
	void (*bug)(unsigned long pc, const char *file, int line, int flags);
	/* what a sanitizer saw; @access: "read", "write", or NULL if it is not about memory */
	void (*report)(unsigned long pc, const char *what, const char *access, unsigned long addr,
	               unsigned long size);
	void (*stop)(unsigned long pc); /* of what our side has not: the nested world's says why */
	void (*lock_error)(unsigned long pc, int error);
	void (*undefined)(unsigned long pc); /* an access to a register that the machine has not */
	void (*host_enter)(void);
	void (*panic)(void);

	void (*tlbi)(unsigned long pc, const char *op, el2fuzz_u64 arg);
	/* While they are watched: what is not a TLBI of core/events.h */
	void (*sync)(unsigned long pc, int crm); /* of a DSB; negative: an ISB */
	void (*reg_written)(unsigned long pc, unsigned int index, el2fuzz_u64 value);
	void (*cache)(unsigned long pc, int instructions, unsigned long addr, unsigned long size);
	int (*at)(unsigned int op, el2fuzz_u64 addr);
	void (*smc)(unsigned long *args, unsigned int nr);
	/* what else a driver tells of: struct nested_event or pgtable_event */
	void (*event)(const void *event);
	void (*guest_enter)(unsigned long pc,
	                    el2fuzz_u64 *x); /* x0..x30, until an exception to EL2 */
};

#define EL2FUZZ_NR_SYSREGS (1U << 16)
#define EL2FUZZ_MAX_CAPS 256

extern struct el2fuzz_hooks el2fuzz_hooks;
extern el2fuzz_u64 *el2fuzz_cpu_sysregs; /* of the CPU that runs */
extern unsigned char el2fuzz_absent[EL2FUZZ_NR_SYSREGS];
extern unsigned char el2fuzz_caps[EL2FUZZ_MAX_CAPS];
extern unsigned char el2fuzz_watched; /* are events of interest? */
extern unsigned long el2fuzz_hyp_va_base;

__attribute__((noreturn)) void el2fuzz_bug(const char *file, int line, int flags);
__attribute__((noreturn)) void el2fuzz_lock_error(int error);
__attribute__((noreturn)) void el2fuzz_undefined(void);
void el2fuzz_tlbi(const char *op, el2fuzz_u64 arg);
void el2fuzz_barrier(int crm);
void el2fuzz_reg_written(unsigned int index, el2fuzz_u64 value);
void el2fuzz_cache(int instructions, unsigned long addr, unsigned long size);
int el2fuzz_at(unsigned int op, el2fuzz_u64 addr);
void el2fuzz_smc(unsigned long *args, unsigned int nr);

/* Kernel VA to hyp VA: the low 47 bits, a PA, behind the base; see map_hva_pa(). */
static inline unsigned long el2fuzz_kern_hyp_va(unsigned long va)
{
	unsigned long pa = va & ((1UL << 47) - 1);

	/* What is a hyp VA already stays so. */
	if (va >> 44 == el2fuzz_hyp_va_base >> 44)
		return va;
	/*
	 * Beyond what the machine can address there must be nothing, but some of it would be the
	 * harness's own memory: let it be an address that no process can use.
	 */
	return pa >> 44 ? pa | 1UL << 63 : el2fuzz_hyp_va_base + pa;
}

/* As enum dsb of core/events.h: CRm of the instruction (Arm ARM C6.2) */
#define EL2FUZZ_DSB_nshst 6
#define EL2FUZZ_DSB_nsh 7
#define EL2FUZZ_DSB_ishld 9
#define EL2FUZZ_DSB_ishst 10
#define EL2FUZZ_DSB_ish 11
#define EL2FUZZ_DSB_osh 3
#define EL2FUZZ_DSB_ld 13
#define EL2FUZZ_DSB_st 14
#define EL2FUZZ_DSB_sy 15
#define EL2FUZZ_ISB -1

static inline __attribute__((always_inline)) void el2fuzz_note_barrier(int crm)
{
	if (__builtin_expect(el2fuzz_watched, 0))
		el2fuzz_barrier(crm);
}

static inline el2fuzz_u64 *el2fuzz_sysreg(unsigned int index)
{
	if (__builtin_expect(el2fuzz_absent[index], 0))
		el2fuzz_undefined();
	return &el2fuzz_cpu_sysregs[index];
}

#endif
