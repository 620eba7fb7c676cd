/* SPDX-License-Identifier: GPL-2.0-only */
/* The native core: what its files share. */
#ifndef EL2FUZZ_NATIVE_MACHINE_H
#define EL2FUZZ_NATIVE_MACHINE_H

#include "core/backend.h"
#include "core/image/place.h"
#include "core/native/coverage.h"
#include "core/native/entry.h"
#include "core/native/memory.h"
#include "core/sysregs.h"

#include <setjmp.h>

#define NATIVE_SYSREG_INDEX(op0, op1, crn, crm, op2) \
	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

enum native_sysreg {
#define S(name, op0, op1, crn, crm, op2) \
	NATIVE_##name = NATIVE_SYSREG_INDEX(op0, op1, crn, crm, op2),
	SYSREGS(S)
#undef S
};

/* The lower half of the user's addresses belongs to the linear map, see core/native/image.lds. */
#define NATIVE_HYP_VA_BITS 47
#define NATIVE_HYP_VA_BASE BIT(NATIVE_HYP_VA_BITS - 1)
#define NATIVE_PA_BITS 44

/* An EL2 that asks the harness for something (TLBI, a guest) this often in one step never comes back. */
#define HOOK_BUDGET 100000
/* One that asks for nothing has so much CPU time. */
#define STEP_SECONDS 2

/* EL2's stack is a part of the runner's: it has so much of it. */
#define NATIVE_STACK_SIZE (64 << 10)

/* EL1 with its own stack; D, A, I, F masked */
#define PSTATE_EL1H 0x3c5

/* How EL2 left. */
enum leave {
	LEAVE_RETURNED = 1, /* to the host */
	LEAVE_RESTARTED, /* the CPU lost what it held: firmware starts it anew */
	LEAVE_BUG,
	LEAVE_EXCEPTION,
	LEAVE_HANG,
	LEAVE_REPORT, /* a check of ours */
};

/* Functions and variables of the native image. */
struct native_symbols {
	struct el2fuzz_hooks *hooks;
	u64 (*all_sysregs)[EL2FUZZ_NR_SYSREGS]; /* of each CPU */
	u64 **cpu_sysregs; /* where EL2 looks for its own */
	u64 *sysregs; /* the same, for the harness */
	u8 *caps;
	u8 *watched;
	void (*prepare)(unsigned long hyp_va_base);
	void (*init_cpu)(unsigned long params_pa);
	void (*start_cpu)(el2fuzz_u64 regs[31], unsigned long params_pa, int resume);
	void (*enable_keys)(void);
	void (*trap)(el2fuzz_u64 regs[31]);
	void (*host_boot)(struct boot_args *args);
	/* Of the sanitized image only */
	struct el2fuzz_note **notes;
	void (*sanitize_start)(void *hyp_pool, void *host_pool, void *vm_table,
	                       void *vm_table_lock);
	void (*sanitize_reset)(void);
	u64 switch_pgd; /* PA that EL2 calls to change to its own tables */
};

struct native {
	struct core core; /* first: the core interface hands it around */
	struct image aarch64; /* says where everything lies */
	struct image image;
	struct placement place;
	struct memory memory;
	struct native_symbols sym;
	struct coverage coverage;
	u64 shadow; /* bytes of it, 0 if the image is not sanitized */
	struct el2fuzz_note *notes;
	u64 regs[31]; /* of the host on the CPU that runs */
	struct guest_insn guest_insn; /* what the word in a guest's program stands for */
	u64 cpu_regs[NR_MACHINE_CPUS][31]; /* on the others; zero when a trace begins */
	bool fast; /* the linear map is always mapped */
	bool own_tables; /* EL2 has switched to them */

	const struct psci_entry *entry; /* where a CPU starts */

	/* While EL2 runs */
	bool running;
	sigjmp_buf leave;
	u64 stack; /* where EL2's begins */
	u64 hooks; /* in this step */
	u64 runs;
	struct crash crash;
	struct told_bug bug; /* of the last LEAVE_BUG */
};

/* image.c: map the image that was compiled for this machine */
int native_load(struct native *n, struct error *err);
void native_unload(struct native *n);

/* cpus.c: go on as another CPU */
void native_switch_cpu(struct native *n, unsigned int cpu);
void native_reset_cpus(struct native *n);

/* A CPU that was off comes up */
void native_start_cpu(struct native *n, unsigned int cpu, const struct psci_entry *entry,
                      struct outcome *out);

enum leave native_restart_cpu(struct native *n, const struct psci_entry *entry);

/* shadow.c: the memory that the sanitized image needs, and its stack without traces of a step that was left */
int native_map_shadow(struct native *n, struct error *err);
void native_unmap_shadow(struct native *n);
void native_clear_stack(const struct native *n);

/* boot.c */
int native_boot(struct native *n, struct error *err);

/**
 * native_run() - run EL2 until it leaves
 * @fn: called with @n
 */
enum leave native_run(struct native *n, void (*fn)(struct native *n));

/** native_handlers() - take over the signals of EL2's mistakes, and its hooks */
int native_handlers(struct native *n, struct error *err);

/** native_translate() - EL2's view of @va by the tables as they are: page number, -1 if none */
s64 native_translate(const struct native *n, u64 va, u8 *perm);

/**
 * native_stale() - does a translation outlive its descriptor, for want of a TLBI?
 *
 * Asked after a step; fills n->crash with who used it.
 */
bool native_stale(struct native *n);

/** native_crash() - what leaving otherwise than to the host means */
void native_crash(struct native *n, enum leave leave, struct outcome *out);

/** native_guest() - run a guest from ELR_EL2 until an exception to EL2; @x: x0..x30 */
void native_guest(struct native *n, u64 *x);

/* access.c: as machine_*() of the AArch64 core */
void native_arrived(struct native *n, enum leave how, u64 pc, struct outcome *out);
void native_hypercall(struct native *n, const u64 *regs, unsigned int nr, struct outcome *out);
void native_smc(struct native *n, const u64 *regs, unsigned int nr, struct outcome *out);
void native_host_load(struct native *n, u64 addr, struct outcome *out);
void native_host_store(struct native *n, u64 addr, u64 value, struct outcome *out);
void native_host_fetch(struct native *n, u64 addr, struct outcome *out);

#endif
