/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model of the el2 world: who owns every page, what each op answers and changes. Written from
 * what the hypervisor promises, in plain C, without a kernel header.
 */
#ifndef EL2FUZZ_MODEL_H
#define EL2FUZZ_MODEL_H

#include "core/core.h"
#include "oracle/vm.h"

/* What the host's stage-2 holds for a page. */
enum host_access {
	/* The host's: not mapped yet, or mapped RWX. It is mapped when first touched. */
	ACCESS_LAZY,
	/* Hypervisor text: readable, so that a panic can be looked into. */
	ACCESS_READ,
	/* Someone else's: an annotation says whose. */
	ACCESS_DONATED,
};

struct model_page {
	u8 host; /* enum page_state */
	u8 hyp; /* enum page_state */
	u8 access; /* enum host_access */
	u8 owner; /* enum owner, for ACCESS_DONATED */
	u8 hyp_perm; /* PERM_* in the hypervisor's linear map, 0: not mapped */
	bool allocator; /* refcount belongs to the hypervisor's page allocator */
	u32 pins;
	u32 host_shares;
	u64 meta; /* of the annotation */
	u32 orphaned; /* VMs that were destroyed while they held it: the host gave up getting it back */
	bool secure; /* shared with the secure world, or stuck on the way there or back */
	bool opaque; /* what it holds, only the hypervisor or a guest knows */
	bool zero; /* after boot */
};

/* A word of memory that is not as it was after boot. */
struct model_word {
	u64 pa;
	u64 value;
	u64 known; /* the bits of value that are known */
};

/* Memory that the hypervisor wrote in the last step, or left alone, where the model knows what. */
struct memory_check {
	u64 pa;
	u64 value;
	u64 mask;
};

/* A list through the pages that destroying a VM hands back: what it must be made of. */
struct page_list {
	u64 head; /* PA of the host's pointer to the first page */
	u64 tail; /* the head before, which the last page points to now */
	bool tail_known;
	u32 nr_pages;
	u64 pages[MODEL_MAX_HANDED]; /* in any order */
	bool cleared[MODEL_MAX_HANDED]; /* must be zero but for the link in the first word */
};

#define MODEL_MAX_TOUCHED 64
#define MODEL_MAX_CHECKS 64
#define MODEL_MAX_WORDS (2 * TRACE_MAX_OPS)
#define MODEL_MAX_SLOTS 1024

/* A call to EL3 that EL2 should have made and did not; without registers, one that it should not. */
struct expected_smc {
	bool wrong;
	u32 index; /* among those of the step */
	unsigned int nr; /* registers that matter */
	u64 args[SMC_REGS];
};

/* What the model says of a step. */
struct expectation {
	const char *rule; /* the function that speaks */
	enum outcome_kind kind;
	u64 regs[31];
	bool any_x1; /* x1 is the kernel's to choose */
	u64 esr, far; /* for OUTCOME_ABORTED and OUTCOME_EL1_FAULT */
	/* EL2 stops there, and means to: the function. The trace ends. */
	const char *panics;
	/* The model does not know what such an op does: why. The trace ends. */
	const char *unmodelled;
	bool cpu_decides; /* and another CPU need not do the same */
	bool cpu_lacks; /* and the emulated CPU cannot do it: what it does instead, even a crash, means nothing */
	struct expected_smc smc;
	/* What is wrong with the memory that EL3 was shown, or NULL */
	const char *wrong_data;
};

#define MODEL_MAX_HANDLES 32

/* The FF-A proxy in EL2 */
struct model_ffa {
	u32 version; /* that EL2 speaks; 0: EL3 has no FF-A */
	bool negotiated; /* with the host */
	u64 tx, rx; /* mailboxes of the host, 0: none */
	u64 own_tx, own_rx; /* of EL2, 0: not seen yet */
	/* Transactions that EL3 has taken and not given back; what exceeds this is forgotten. */
	u64 handles[MODEL_MAX_HANDLES];
	u32 nr_handles;
};

/* A CPU that another one runs instead of. */
struct model_cpu {
	bool on;
	bool entry_taken; /* by a CPU_ON that succeeded, until the CPU has started */
	u64 context; /* what it starts with in x0 */
	u64 regs[31]; /* of the host */
	u64 cntvoff;
	struct model_vm *loaded_vm;
	struct model_vcpu *loaded_vcpu;
};

struct model {
	const struct memory_map *map;
	const struct tree_info *info;
	struct model_page *pages;
	struct model_page *boot; /* the pages after boot */
	u32 *boot_lazy; /* how many from this page on were the host's alone after boot */
	u64 nr_pages;
	u64 nr_donated; /* pages in ACCESS_DONATED */
	u64 boot_nr_donated;
	u64 nr_readable; /* pages in ACCESS_READ */
	u64 boot_nr_readable;
	u64 nr_hyp_mapped; /* pages in the hypervisor's linear map */
	u64 boot_nr_hyp_mapped;

	/* pages that differ, or differed, from boot */
	u32 *dirty;
	u32 nr_dirty;
	bool *is_dirty;

	/* pages that the last step could have changed */
	u32 touched[MODEL_MAX_TOUCHED];
	unsigned int nr_touched;

	struct model_word words[MODEL_MAX_WORDS];
	u32 nr_words;
	struct memory_check checks[MODEL_MAX_CHECKS];
	unsigned int nr_checks;
	struct page_list lists[MODEL_NR_LISTS]; /* of the last step, if it destroyed a VM */
	unsigned int nr_lists;

	/* What EL3 was asked in this step: its answers are not the model's to choose. */
	const struct smc_log *smcs; /* may be NULL: nothing */
	u32 next_smc;

	struct model_ffa ffa;
	struct vms vms;
	struct model_cpu cpus[NR_MACHINE_CPUS];
	unsigned int cpu; /* that issues ops: what follows, and vms.loaded_*, is of it */
	u64 cntvoff; /* CNTVOFF_EL2 */
	bool slots_changed;
	bool leaves_memory; /* a range of this step does, and EL2 may not notice */
};

/** model_open() - the model right after boot; NULL without memory */
struct model *model_open(const struct memory_map *map, const struct tree_info *info);
void model_close(struct model *model);

/** model_reset() - back to boot */
void model_reset(struct model *model);

/**
 * model_step() - what this op must answer, and what it changes
 * @expect: its regs are x0..x30 of the host before the op, with the op's arguments in place
 */
void model_step(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS],
                struct expectation *expect);

/** model_cntvoff() - CNTVOFF_EL2 of a CPU */
u64 model_cntvoff(const struct model *model, unsigned int cpu);

/* For the rules: one function per op, or per family of ops that answer alike. */

#define SMCCC_SUCCESS 0ULL
#define SMCCC_NOT_SUPPORTED (~0ULL)

/* Linux error numbers, as the hypervisor returns them */
#define E_PERM (-1LL)
#define E_NOENT (-2LL)
#define E_AGAIN (-11LL)
#define E_NOMEM (-12LL)
#define E_FAULT (-14LL)
#define E_BUSY (-16LL)
#define E_NODEV (-19LL)
#define E_2BIG (-7LL)
#define E_INVAL (-22LL)
#define E_RANGE (-34LL)
#define E_HWPOISON (-133LL)

/** model_page() - the page of @pa, to look at; NULL if it is not memory */
const struct model_page *model_page(const struct model *model, u64 pa);

/** model_change() - the page of @pa, to change; it counts as touched. It must be memory. */
struct model_page *model_change(struct model *model, u64 pa);

/** model_touch() - let the pages of a range, where they are memory, be compared after the step */
void model_touch(struct model *model, u64 pa, u64 size);

/**
 * model_check_host() - may the host do this to [pa, pa + size)?
 *
 * The range must not leave its region (-EINVAL), must be memory that the host maps (-EPERM), and the
 * host's state of every page must be @state (-EPERM). Return: 0 or one of these.
 */
s64 model_check_host(struct model *model, u64 pa, u64 size, enum page_state state);

/** model_check_hyp() - the hypervisor's state of every page must be @state; 0 or -EPERM */
s64 model_check_hyp(const struct model *model, u64 pa, u64 size, enum page_state state);

/**
 * model_check_pin() - could the hypervisor pin [va, va + size)?
 * @va: a kernel VA, any value
 * @pa: where that is
 */
s64 model_check_pin(struct model *model, u64 va, u64 size, u64 *pa);

/** model_set_hyp_map() - the page's permission in the hypervisor's linear map becomes @perm */
void model_set_hyp_map(struct model *model, struct model_page *page, u8 perm);
void model_set_access(struct model *model, struct model_page *page, enum host_access access);

/** model_read() - what the host would read at @pa (8 bytes aligned), if the model knows */
bool model_read(const struct model *model, u64 pa, u64 *value);

/** model_write() - the host stores; false when the model cannot keep any more words */
bool model_write(struct model *model, u64 pa, u64 value);

/** model_read_bits() - up to 8 bytes inside one word; false if the model does not know them */
bool model_read_bits(const struct model *model, u64 pa, unsigned int size, u64 *value);

/** model_write_bits() - the inverse */
bool model_write_bits(struct model *model, u64 pa, unsigned int size, u64 value);

/** model_forget_bits() - the same for up to 8 bytes inside one word */
void model_forget_bits(struct model *model, u64 pa, unsigned int size);

/** model_forget() - the hypervisor or a guest wrote there what the model does not know */
void model_forget(struct model *model, u64 pa, u64 size);

/** model_expect_memory() - @size bytes at @pa hold @value after this step, and are known from now on */
void model_expect_memory(struct model *model, u64 pa, unsigned int size, u64 value);

/** model_reset_cpus() - every CPU as after boot, the first one issues ops */
void model_reset_cpus(struct model *model);

/** model_is_zero() - has nothing but zeroes been stored to [pa, pa + size) since boot? */
bool model_is_zero(const struct model *model, u64 pa, u64 size);
void model_zero(struct model *model, u64 pa, u64 size);

/**
 * model_smc() - EL2 must ask EL3 this now
 * @args: x0.., of which the first @nr matter
 *
 * Return: the call with EL3's answer, or NULL if EL2 did not ask: the step is a finding.
 */
const struct smc_call *model_smc(struct model *model, const u64 *args, unsigned int nr,
                                 struct expectation *expect);

/** model_next_smc() - what EL2 asked next; NULL for nothing */
const struct smc_call *model_next_smc(const struct model *model);

/** model_no_more_smcs() - EL2 must have asked all that it asks in this step */
void model_no_more_smcs(struct model *model, struct expectation *expect);

/* As they were written, one by one: a wider load would wait until all these stores are done. */
static inline void copy_words(u64 *to, const u64 *from, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		to[i] = ((const volatile u64 *)from)[i];
}

typedef void model_rule(struct model *model, const u64 *regs, struct expectation *expect);

/** expect_return() - the hypercall answers @ret in x1 */
void expect_return(struct expectation *expect, s64 ret);

model_rule rule_host_share_hyp, rule_host_unshare_hyp;
model_rule rule_adjust_pc, rule_vgic_v3_save_aprs, rule_timer_set_cntvoff;
model_rule rule_reserve_vm, rule_unreserve_vm, rule_init_vm, rule_init_vcpu;
model_rule rule_start_teardown_vm, rule_finalize_teardown_vm, rule_teardown_vm;
model_rule rule_follows_pointers;
model_rule rule_vcpu_load, rule_vcpu_put, rule_vcpu_sync_state, rule_vcpu_run;
model_rule rule_force_reclaim_guest_page, rule_reclaim_dying_guest_page;
model_rule rule_host_donate_guest, rule_host_share_guest, rule_host_unshare_guest;
model_rule rule_host_relax_perms_guest, rule_host_mkyoung_guest;
model_rule rule_host_wrprotect_guest, rule_host_test_clear_young_guest;
model_rule rule_vcpu_in_poison_fault;
model_rule rule_host_smc;
model_rule rule_tracing_enable, rule_tracing_cpu, rule_tracing_event, rule_tracing_load;

/** rule_psci() - an SMC of the PSCI range, by its function id without hints; false if it is none */
bool rule_psci(struct model *model, u64 id, const u64 *regs, struct expectation *expect);

/** rule_ffa() - an SMC of the FF-A range, by its function id without hints; false if it is EL3's */
bool rule_ffa(struct model *model, u64 id, const u64 *regs, struct expectation *expect);

/* Stores of the host that are part of an op; false, with the abort expected, if it cannot store. */
bool host_store(struct model *model, u64 pa, unsigned int size, u64 value,
                struct expectation *expect);

void rule_host_fields(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS],
                      struct expectation *expect);
void rule_guest_code(struct model *model, const u64 args[OP_MAX_ARGS], struct expectation *expect);
void rule_on_cpu(struct model *model, const u64 args[OP_MAX_ARGS], struct expectation *expect);
void rule_ffa_writes(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS],
                     struct expectation *expect);
void rule_guest(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS],
                struct expectation *expect);

void rule_host_access(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS],
                      struct expectation *expect);

#endif
