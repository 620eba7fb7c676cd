/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A core that is arrays: it stands in for the real one, answers some ops honestly, and lets a test
 * reach into all that the oracle looks at.
 */
#ifndef EL2FUZZ_TESTS_FAKE_CORE_H
#define EL2FUZZ_TESTS_FAKE_CORE_H

#include "core/core.h"
#include "oracle/model.h"

#define FAKE_MAX_LEAVES 16
#define FAKE_MAX_SLOTS 1024
#define FAKE_MAX_WORDS 256

/* A leaf beside those that the pages' own views make up. */
struct fake_leaf {
	u64 ia;
	struct leaf leaf;
};

struct fake_table {
	u64 pa;
	int level;
	unsigned int entries;
};

struct fake_word {
	u64 pa;
	u64 value;
};

/* A variable of the hypervisor, or one of its functions. */
struct fake_symbol {
	const char *name;
	u64 va;
	u64 size;
};

#define FAKE_MAX_SYMBOLS 8

struct core {
	struct core_config config;
	/* Raw memory, which nothing but the comparison of two cores reads; zero unless a test writes it. */
	u8 *memory;
	u8 *written; /* by map_page_index() */
	struct fake_symbol variables[FAKE_MAX_SYMBOLS], functions[FAKE_MAX_SYMBOLS];
	unsigned int nr_variables, nr_functions;
	struct memory_map map;
	struct tree_info info;
	struct page_view *views; /* by map_page_index() */
	struct page_view *boot;
	struct fake_leaf extra[2][FAKE_MAX_LEAVES]; /* by enum walk_root */
	unsigned int nr_extra[2];
	struct fake_leaf boot_extra[2][FAKE_MAX_LEAVES]; /* as core_reset() leaves them */
	unsigned int nr_boot_extra[2];
	struct fake_leaf guest_extra[FAKE_MAX_LEAVES]; /* of every guest */
	unsigned int nr_guest_extra;
	struct fake_table tables[2]; /* each root has one table page */
	bool broken[3]; /* the walk fails */
	u64 slots[FAKE_MAX_SLOTS];
	struct fake_word words[FAKE_MAX_WORDS];
	unsigned int nr_words;
	struct smc_log smcs; /* what EL3 saw and answered in each step */
	u64 control[NR_MACHINE_CPUS];
	u64 cntvoff; /* of CPU 0, the only one that sets it */
	u64 secure; /* the memory that the secure world was told of */
	u32 secure_pages;
	u64 regs[31];
	u32 steps; /* since the reset */
	struct model *model; /* of fake_follow(), else NULL */
	u32 resets;

	/* What core_source() and core_bug_source() say of any address. */
	struct source_place source;
	bool is_bug, is_warning;

	/* What is wrong with this core: called after each step. */
	void (*defect)(struct core *core, u32 step, const struct op *op, struct outcome *out);
};

struct core *fake_open(enum layout layout);

/**
 * fake_follow() - from now on be what a model of its own says, for every op
 *
 * So the core knows VMs and guests too; what core->model holds can be spoiled like all else.
 */
void fake_follow(struct core *core);
void fake_close(struct core *core);

/** fake_view() - the page of @pa, to spoil */
struct page_view *fake_view(struct core *core, u64 pa);

/** fake_add_leaf() - one more leaf of a table */
void fake_add_leaf(struct core *core, enum walk_root root, u64 ia, const struct leaf *leaf);

/** fake_place() - the PA of page @n of a place */
u64 fake_place(const struct core *core, enum place place, u64 n);

/** fake_leaf() - a page mapping */
struct leaf fake_leaf(u64 pa, u8 perm);

/** fake_write() - put a word into raw memory */
void fake_write(struct core *core, u64 pa, u64 word);

/* For fake_core.c: the struct hyp_page at @pa, if there is one */
bool fake_hyp_page(const struct core *core, u64 pa, u64 *word);

/* For fake_core.c: what a core that follows does. */
void follow_step(struct core *core, const struct op *op, const u64 *args, struct outcome *out);
int follow_walk(const struct core *core, u64 pgd, const struct table_visitor *visit, void *arg);
u64 follow_slot(const struct core *core, unsigned int slot);
u64 follow_word(const struct core *core, u64 pa);

#endif
