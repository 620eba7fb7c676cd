/* SPDX-License-Identifier: GPL-2.0-only */
/* The native core: what its files share. */
#ifndef EL2FUZZ_NATIVE_MACHINE_H
#define EL2FUZZ_NATIVE_MACHINE_H

#include "core/image/place.h"
#include "core/native/entry.h"
#include "core/native/memory.h"
#include "core/native/program.h"

/* The lower half of the user's addresses belongs to the linear map, see core/native/image.lds. */
#define NATIVE_HYP_VA_BITS 47
#define NATIVE_HYP_VA_BASE BIT(NATIVE_HYP_VA_BITS - 1)
#define NATIVE_PA_BITS 44

/* An EL2 that asks the harness for something (TLBI, a guest) this often in one step never comes back. */
#define HOOK_BUDGET 100000
/* One that asks for nothing has so much CPU time. */
#define STEP_SECONDS 2

/* EL1 with its own stack; D, A, I, F masked */
#define PSTATE_EL1H 0x3c5

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
	struct program p; /* first: the core interface hands it around */
	struct image aarch64; /* says where everything lies */
	struct placement place;
	struct memory memory;
	struct native_symbols sym;
	struct el2fuzz_note *notes;
	u64 regs[31]; /* of the host on the CPU that runs */
	struct guest_insn guest_insn; /* what the word in a guest's program stands for */
	u64 cpu_regs[NR_MACHINE_CPUS][31]; /* on the others; zero when a trace begins */
	bool fast; /* the linear map is always mapped */
	bool own_tables; /* EL2 has switched to them */

	const struct psci_entry *entry; /* where a CPU starts */

	/* While EL2 runs */
	u64 hooks; /* in this step */
	u64 runs;
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

enum outcome_kind native_restart_cpu(struct native *n, const struct psci_entry *entry);

/* shadow.c: what the sanitized image knows of pages */
int native_map_notes(struct native *n, struct error *err);
void native_unmap_notes(struct native *n);

/* boot.c */
int native_boot(struct native *n, struct error *err);

/** native_run() - program_run() of EL2, with @n for @fn */
enum outcome_kind native_run(struct native *n, void (*fn)(void *arg));

/** native_handlers() - take over the signals of EL2's mistakes, and its hooks */
int native_handlers(struct native *n, struct error *err);

/** native_translate() - EL2's view of @va by the tables as they are: page number, -1 if none */
s64 native_translate(const struct native *n, u64 va, u8 *perm);

/**
 * native_stale() - does a translation outlive its descriptor, for want of a TLBI?
 *
 * Asked after a step; fills n->p.crash with who used it.
 */
bool native_stale(struct native *n);

/** native_guest() - run a guest from ELR_EL2 until an exception to EL2; @x: x0..x30 */
void native_guest(struct native *n, u64 *x);

/* access.c: as machine_*() of the AArch64 core */
void native_arrived(struct native *n, enum outcome_kind how, u64 pc, struct outcome *out);
void native_hypercall(struct native *n, const u64 *regs, unsigned int nr, struct outcome *out);
void native_smc(struct native *n, const u64 *regs, unsigned int nr, struct outcome *out);
void native_host_load(struct native *n, u64 addr, struct outcome *out);
void native_host_store(struct native *n, u64 addr, u64 value, struct outcome *out);
void native_host_fetch(struct native *n, u64 addr, struct outcome *out);

#endif
