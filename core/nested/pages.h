/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of the native core that a reset brings back: pages are write-protected until they are first
 * written, then compared and restored at each reset; one that many traces leave alone is watched again.
 */
#ifndef EL2FUZZ_NESTED_PAGES_H
#define EL2FUZZ_NESTED_PAGES_H

#include "core/error.h"
#include "core/types.h"

#define PAGES_MAX_RANGES 8

struct pages_range {
	u64 va, size;
	u32 first; /* number of its first page */
};

struct pages {
	struct pages_range ranges[PAGES_MAX_RANGES];
	unsigned int nr_ranges;
	u32 nr_pages;
	u8 *saved;
	u8 *calm; /* resets for which a warm page has not changed; WATCHED */
	u32 *warm;
	u32 nr_warm;
};

/** pages_watch() - memory at @va is to be brought back */
void pages_watch(struct pages *pages, u64 va, u64 size);

/** pages_add() - the same, mapped here and zeroed; -1 with the reason */
int pages_add(struct pages *pages, u64 va, u64 size, struct error *err);

/** pages_snapshot() - what a reset goes back to is now */
int pages_snapshot(struct pages *pages, struct error *err);

/** pages_write() - a write to @va has faulted; false if that is not what was waited for */
bool pages_write(struct pages *pages, u64 va);

void pages_reset(struct pages *pages);
void pages_close(struct pages *pages);

#endif
