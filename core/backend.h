/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the core interface and its implementations. What can be read from raw memory is read the
 * same way for all of them; they differ in how code is run.
 */
#ifndef EL2FUZZ_BACKEND_H
#define EL2FUZZ_BACKEND_H

#include "core/core.h"
#include "core/guest_insn.h"
#include "core/image/image.h"
#include "core/firmware.h"
#include "core/observe/observe.h"
#include "core/phys.h"
#include "core/tree/boot_args.h"

struct image;
struct pgtable_shared;
struct nested_view;

struct core_backend {
	struct core *(*open)(const struct core_config *config, struct error *err);
	void (*close)(struct core *core);
	void (*reset)(struct core *core);
	void (*step)(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
	             struct outcome *out);
	/* An SMC of the host; @nr registers from x0 are set. */
	void (*smc)(struct core *core, const u64 *regs, unsigned int nr, struct outcome *out);
	/* A CPU comes up, where the firmware sends it. */
	void (*start_cpu)(struct core *core, unsigned int cpu, const struct psci_entry *entry,
	                  struct outcome *out);
	void (*switch_cpu)(struct core *core, unsigned int cpu); /* and say so in core->cpu */
	void (*set_guest_insn)(struct core *core, struct guest_insn insn);
	void (*code_written)(struct core *core, u64 pa); /* guest code; may be NULL */
	void (*memory_written)(struct core *core, u64 pa); /* by the harness; may be NULL */
	int (*watch)(struct core *core, bool on,
	             struct error *err); /* core->events fill from now on */
	void (*regs)(const struct core *core, u64 regs[31]);
	u64 (*control)(const struct core *core, unsigned int cpu);
	u64 (*cntvoff)(const struct core *core, unsigned int cpu);
	/* What the code under test was linked to. */
	const struct image *(*image)(const struct core *core);
	void (*source)(const struct core *core, u64 va, struct source_place *place);
	bool (*bug_source)(const struct core *core, u64 va, struct source_place *place,
	                   bool *warning);
	bool (*trace)(struct core *core, void (*visit)(void *arg, u64 pc),
	              void *arg); /* may be NULL */
	int (*coverage)(const struct core *core, FILE *out, struct error *err); /* may be NULL */
	u64 (*blocks_covered)(const struct core *core);
	bool (*counters)(const struct core *core, struct core_counters *counters); /* may be NULL */
};

/* What every implementation has; it may be the head of something larger. */
struct core {
	const struct core_backend *backend;
	struct core_config config;
	struct tree_info info;
	struct memory_map map;
	struct phys phys;
	struct observer observer;
	struct pgtable_shared *pgtable; /* of the pgtable world */
	struct nested_view *nested; /* of the nested world */
	struct firmware firmware;
	unsigned int cpu; /* that issues ops */
	struct event_log events;
};

extern const struct core_backend aarch64_backend, native_backend;
extern const struct core_backend pgtable_aarch64_backend, pgtable_native_backend;
extern const struct core_backend nested_aarch64_backend, nested_native_backend;

/**
 * core_new() - a struct of @size bytes that begins with a core
 *
 * What needs no code to be run is filled in, the rest is zero.
 * Return: NULL with the reason if there is no memory.
 */
void *core_new(size_t size, const struct core_backend *backend, const struct core_config *config,
               unsigned int pa_bits, u64 hyp_va_base, struct error *err);

/** core_host_fwb() - does the host's stage-2 say memory types as FEAT_S2FWB has them? */
static inline bool core_host_fwb(const struct core *core)
{
	return core->config.caps & BIT(CAP_fwb) && tree_has(&core->info, FEATURE_host_fwb);
}

/** core_translate() - the PA that a VA of the hypervisor's stands for by the tables as they are; 0 if none */
u64 core_translate(const struct core *core, u64 va);

/**
 * core_place_arenas() - set host memory aside for the objects of VMs
 * @pgd_size: bytes of a guest's first page table
 *
 * Return: 0, or -1 if they do not fit into the first region.
 */
int core_place_arenas(struct core *core, u64 pgd_size, struct error *err);

/**
 * host_op() - an op that is made of others: host stores, and a hypercall
 *
 * Return: false if @op is none of these.
 */
bool host_op(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
             struct outcome *out);

/** core_learn_entries() - where EL2 lets CPUs come up */
void core_learn_entries(struct core *core, const struct image *image, const struct boot_args *boot);

/** core_release() - the inverse */
void core_release(struct core *core);

/** crash_report() - what a sanitizer saw; @access: "read", "write", or NULL if it is not about memory */
void crash_report(struct crash *crash, const char *what, const char *access, u64 size);

#endif
