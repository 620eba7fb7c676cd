/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files that compare two cores share. */
#ifndef EL2FUZZ_CORES_INTERNAL_H
#define EL2FUZZ_CORES_INTERNAL_H

#include "oracle/cores.h"

/* A variable of the hypervisor, where each core has it. */
struct variable {
	const char *name;
	u64 pa[2];
	u64 size;
	u32 page[2]; /* the first that it is in, by map_page_index() */
	u32 nr_pages[2];
};

/* Addresses that were found to mean the same. */
#define MAX_PAIRS 64

struct address_pair {
	u64 va[2];
};

struct cores {
	struct core *core[2];
	struct variable *variables; /* ascending by pa[0] */
	u32 nr_variables;
	struct address_pair pairs[MAX_PAIRS];
	unsigned int nr_pairs;
	u8 *written[2]; /* by map_page_index() */
};

/** cores_find_variables() - by the names that both cores know; -1 without memory */
int cores_find_variables(struct cores *cores);

/** cores_same_word() - are two words of memory or registers the same, or the same address? */
bool cores_same_word(struct cores *cores, u64 one, u64 two);

/** cores_differ() - fill the finding with what each core has; always -1 */
int __printf(5, 6) cores_differ(struct cores *cores, struct finding *finding, const char *place,
                                const u64 value[2], const char *what, ...);

/** cores_differ_text() - the same for values in words */
int cores_differ_text(struct cores *cores, struct finding *finding, const char *place,
                      const char *one, const char *two);

/** cores_check_memory() - what either core has written to, or all there is */
int cores_check_memory(struct cores *cores, bool all, struct finding *finding);

#endif
