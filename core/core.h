/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A core: one executable form of the code under test. It takes ops, says what happened, and lets its
 * raw memory be read. It knows nothing of the model.
 */
#ifndef EL2FUZZ_CORE_H
#define EL2FUZZ_CORE_H

#include "core/caps.h"
#include "core/error.h"
#include "core/events.h"
#include "core/memory_map.h"
#include "core/op.h"
#include "core/smc.h"
#include "core/tree_info.h"
#include "core/view.h"

#include <stdio.h>

/* What an op did, as seen from where it was issued. */
enum outcome_kind {
	OUTCOME_RETURNED, /* the instruction completed */
	OUTCOME_ABORTED, /* EL2 injected an abort into EL1 */
	OUTCOME_EL1_FAULT, /* faulted in stage 1 of EL1: EL2 took no part */
	OUTCOME_REFAULTED, /* EL2 resumed the access again and again, it never got through */
	OUTCOME_EL2_BUG, /* BRK of WARN or BUG in EL2 */
	OUTCOME_EL2_EXCEPTION, /* EL2 took an exception from itself */
	OUTCOME_EL2_REPORT, /* a sanitizer, or another check of the core's, stopped EL2 */
	OUTCOME_HANG, /* EL2 ran over its budget of basic blocks */
	OUTCOME_ABSENT, /* the tree has no such op; nothing happened */
	OUTCOME_LOST, /* the op took away memory the harness itself needs; the trace ends */
};

#define CRASH_MAX_FRAMES 16

/* Where and why EL2 crashed; addresses are hypervisor VAs. */
struct crash {
	u64 pc;
	u64 esr;
	u64 far;
	unsigned int nr_frames;
	u64 frames[CRASH_MAX_FRAMES]; /* return addresses, innermost first */
	char report[96]; /* of OUTCOME_EL2_REPORT: what it saw, the same whenever it happens */
};

struct outcome {
	enum outcome_kind kind;
	u64 regs[31]; /* x0..x30 of the host afterwards */
	u64 esr; /* ESR_EL1 and FAR_EL1 of OUTCOME_ABORTED and OUTCOME_EL1_FAULT */
	u64 far;
	/* Where the host goes on after OUTCOME_RETURNED, minus where it should */
	u64 pc_offset;
	/* ELR_EL1 of OUTCOME_ABORTED, minus the PC of the instruction that aborted */
	u64 elr_offset;
	u32 pstate; /* PSTATE of the host as it goes on */
	u32 spsr; /* SPSR_EL1 of OUTCOME_ABORTED */
	u32 faults; /* how often the access went to EL2 */
	u64 blocks; /* basic blocks run */
	struct crash crash; /* for OUTCOME_EL2_* and OUTCOME_HANG */
};

/** outcome_crashed() - is EL2 beyond repair after this? */
static inline bool outcome_crashed(const struct outcome *out)
{
	return out->kind == OUTCOME_EL2_BUG || out->kind == OUTCOME_EL2_EXCEPTION ||
	       out->kind == OUTCOME_EL2_REPORT || out->kind == OUTCOME_HANG;
}

enum core_kind {
	CORE_AARCH64, /* the tree's own AArch64 objects, in Unicorn */
#ifdef EL2FUZZ_NATIVE
	CORE_NATIVE, /* the same C files, compiled for this machine */
	CORE_NATIVE_FAST, /* with a linear map that is always mapped */
	CORE_NATIVE_SAN, /* and with ASan and UBSan */
#endif
	CORE_KIND_COUNT
};

/** core_kind_by_name() / core_kind_name() - text form of a kind; -1 if there is no such core */
int core_kind_by_name(const char *name);
const char *core_kind_name(enum core_kind kind);

struct core_config {
	enum world world;
	enum core_kind kind;
	enum layout layout;
	u32 caps; /* CAP_* bits, core/caps.h */
	const char *image; /* the linked EL2 image */
};

/** enum walk_root - which page table core_walk() visits */
enum walk_root {
	WALK_HOST_S2,
	WALK_HYP_S1,
	WALK_GUEST_S2,
};

struct core;
struct pgtable_shared;
struct nested_view;

/* What an address in the code under test is. */
struct source_place {
	char symbol[96]; /* the function that the address is in */
	char function[96]; /* the same, or what was inlined there */
	char file[96]; /* relative to the tree */
	unsigned int line;
};

/**
 * core_open() - load, boot and snapshot the code under test
 * @config: copied
 * @err: says why not
 *
 * Boots as the host kernel would: __kvm_hyp_init, __pkvm_init, __pkvm_prot_finalize. Return: a core
 * at the post-boot snapshot, or NULL.
 */
struct core *core_open(const struct core_config *config, struct error *err);
void core_close(struct core *core);

/** core_reset() - back to the post-boot snapshot */
void core_reset(struct core *core);

/**
 * core_step() - perform one op
 * @args: resolved by map_resolve()
 * @out: what happened; after outcome_crashed() only core_reset() is allowed
 */
void core_step(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
               struct outcome *out);

/** core_regs() - x0..x30 of the host as they stand */
void core_regs(const struct core *core, u64 regs[31]);

/** core_smcs() - the SMCs that EL2 made in the last step, and EL3's answers */
const struct smc_log *core_smcs(const struct core *core);

/**
 * core_watch() - from now on, note what each step does to translations and caches
 * @on: false: no more
 * @visit: if not NULL, called at each event, before EL2 goes on: memory is as EL2 has it then
 *
 * Return: 0, or -1 with the reason in @err.
 */
int core_watch(struct core *core, bool on, void (*visit)(void *arg, const struct event *event),
               void *arg, struct error *err);

/** core_events() - of the last step */
const struct event_log *core_events(const struct core *core);

/**
 * core_secure_ranges() - visit the memory that the secure world was told it may use
 *
 * None if a trace had it contradict itself: then it holds nothing that means anything.
 */
void core_secure_ranges(const struct core *core, void (*visit)(void *arg, u64 pa, u32 nr_pages),
                        void *arg);

/** core_config() - what it was opened by; core_map() - the machine; core_info() - what the tree's headers say */
const struct core_config *core_config(const struct core *core);
const struct memory_map *core_map(const struct core *core);
const struct tree_info *core_info(const struct core *core);

/** core_has_op() - does the tree have what this op needs? */
bool core_has_op(const struct core *core, unsigned int code);

/**
 * core_view() - read the abstract state of the memory page of @pa from raw memory
 *
 * Only for pages that map_page_index() knows.
 */
void core_view(const struct core *core, u64 pa, struct page_view *view);

/** core_states() - the same but for the leaves in @view, which mean nothing; cheaper */
void core_states(const struct core *core, u64 pa, struct page_view *view);

/** core_host_leaf() - the host stage-2 leaf for any IPA */
void core_host_leaf(const struct core *core, u64 ipa, struct leaf *leaf);

/**
 * core_read64() - raw memory, little endian; @pa must be 8-byte aligned memory
 */
u64 core_read64(const struct core *core, u64 pa);

/** core_page() - the bytes of the memory page of @pa, which is memory */
const void *core_page(const struct core *core, u64 pa);

/** core_boot_page() - the same, of a page that core_written() says is as after boot; cheaper */
const void *core_boot_page(const struct core *core, u64 pa);

/**
 * core_written() - which memory pages may differ from what they were after boot
 * @pages: a byte for each, by map_page_index(): 0 if it surely does not
 */
void core_written(const struct core *core, u8 *pages);

/**
 * core_knows_writes() - can the core tell at any time whether a page was written?
 *
 * core_unwritten() then says that the memory page of @pa surely was not since boot; else it is always false.
 */
bool core_knows_writes(const struct core *core);
bool core_unwritten(const struct core *core, u64 pa);

/** core_table_format() - of the host's stage 2, and guests', or of EL2's stage 1: 4 KiB granule */
void core_table_format(const struct core *core, enum walk_root root, int *start_level,
                       unsigned int *ia_bits);

/** core_decode_leaf() - what a leaf descriptor at @level of such a table says */
void core_decode_leaf(const struct core *core, enum walk_root root, u64 desc, int level,
                      struct leaf *leaf);

/** core_table() - PA of the first table of the host's stage-2 or EL2's stage-1 */
u64 core_table(const struct core *core, enum walk_root root);

/**
 * core_variables() - visit the hypervisor's variables, those of each CPU once per CPU
 *
 * By symbols; pa is where the variable is, which another compiler may put elsewhere.
 */
void core_variables(const struct core *core,
                    void (*visit)(void *arg, const char *name, u64 pa, u64 size), void *arg);

/** core_hyp_page() - PA of the struct hyp_page of the memory page of @pa; core_vm_table() - of VM slot 0 */
u64 core_hyp_page(const struct core *core, u64 pa);
u64 core_vm_table(const struct core *core);

/** core_symbol() - the symbol that an EL2 address lies in, NULL if it lies in none; *@offset into it */
const char *core_symbol(const struct core *core, u64 va, u64 *offset);

/** core_vm_slots() - the VM table, raw */
const u64 *core_vm_slots(const struct core *core);

/**
 * core_changed_pages() - visit every memory page whose struct hyp_page is not as it was after boot
 *
 * In ascending order. What the rest is, a look at all pages after boot has told.
 */
void core_changed_pages(const struct core *core, void (*visit)(void *arg, u64 pa), void *arg);

/** core_cntvoff() - CNTVOFF_EL2 of a CPU */
u64 core_cntvoff(const struct core *core, unsigned int cpu);

/**
 * core_control() - the registers that decide what EL1 and EL2 can reach
 *
 * Return: a digest of HCR_EL2, VTTBR_EL2, VTCR_EL2, TTBR0_EL2, TCR_EL2, MAIR_EL2, VBAR_EL2, SCTLR_EL2
 * and TPIDR_EL2 of a CPU. It is the same whenever the host runs.
 */
u64 core_control(const struct core *core, unsigned int cpu);

/* What is seen of a page table. */
struct table_visitor {
	/* A leaf that is not zero; @ia is its first input address. */
	void (*leaf)(void *arg, u64 ia, const struct leaf *leaf);
	/* A table page, after its entries, with their number (valid or annotated); may be NULL. */
	void (*table)(void *arg, u64 pa, int level, unsigned int entries);
	/* core_walk_changes() only: a leaf that was there after boot, and is there no longer. */
	void (*lost)(void *arg, u64 ia, const struct leaf *was);
};

/**
 * core_walk() - visit every leaf and every table page
 * @pgd: PA of the first table, for %WALK_GUEST_S2
 *
 * Return: 0, or -1 if the table itself is broken (points outside memory, loops).
 */
int core_walk(const struct core *core, enum walk_root root, u64 pgd,
              const struct table_visitor *visit, void *arg);

/**
 * core_walk_changes() - visit what is not as after boot in the host's stage-2 or EL2's stage-1
 *
 * A leaf that was replaced is first lost, then visited; table pages whose entries, place or reference
 * count changed are visited. Together with one core_walk() after boot it tells what core_walk() would.
 */
int core_walk_changes(struct core *core, enum walk_root root, const struct table_visitor *visit,
                      void *arg);

/** core_source() - function, file and line of an EL2 address, from DWARF and symbols */
void core_source(const struct core *core, u64 va, struct source_place *place);

/** core_bug_source() - what __bug_table says about a BRK at @va; false if it is no BUG or WARN */
bool core_bug_source(const struct core *core, u64 va, struct source_place *place, bool *warning);

/** core_pgtable() - what driver and harness share (core/pgtable/shared.h); NULL in other worlds */
const struct pgtable_shared *core_pgtable(const struct core *core);

/** core_nested() - what there is to see of the nested world (core/nested/core.h); NULL in other worlds */
const struct nested_view *core_nested(const struct core *core);

/**
 * core_trace() - be told of every instruction of the hypervisor's text before it runs, from now on
 * @visit: NULL: no more
 *
 * Return: false if the core runs no AArch64 instructions.
 */
bool core_trace(struct core *core, void (*visit)(void *arg, u64 pc), void *arg);

/** core_disassemble() - an AArch64 instruction in words; Return: @buf */
const char *core_disassemble(u64 pc, u32 insn, char *buf, size_t len);

/** core_coverage() - source lines run since core_open(), as an lcov tracefile; -1 if it cannot */
int core_coverage(const struct core *core, FILE *out, struct error *err);

/** core_blocks_covered() - distinct basic blocks run since core_open() */
u64 core_blocks_covered(const struct core *core);

/* What a compiler's instrumentation counts, in the form that libFuzzer takes it. */
struct core_counters {
	u8 *start, *stop; /* one byte for each edge, which wraps around */
	const u64 *pcs, *pcs_stop; /* a PC and a word of flags for each */
};

/**
 * core_counters() - the counters of the edges in the code under test
 *
 * They count from core_open() on, through every reset; who wants another start zeroes them. Return: false
 * if the core has none.
 */
bool core_counters(const struct core *core, struct core_counters *counters);

#endif
