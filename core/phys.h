/* SPDX-License-Identifier: GPL-2.0-only */
/* Physical memory of the machine under test. */
#ifndef EL2FUZZ_PHYS_H
#define EL2FUZZ_PHYS_H

#include "core/memory_map.h"

#include <string.h>

struct phys_segment {
	u64 base;
	u64 size;
	u8 *host;
};

struct phys {
	struct phys_segment segments[MAP_MAX_REGIONS];
	unsigned int nr_segments;
	u8 *host; /* all segments, in a row */
	size_t size;
	int fd; /* the snapshot, once taken */
	/* Of each page: nothing has written to it since the snapshot if this is 0. NULL: not known. */
	const u8 *written;
	int pagemap; /* of this process */
	const u8 *boot; /* the snapshot, mapped; NULL: not there */
};

/** phys_init() - zeroed memory for every region of @map, to whole pages */
int phys_init(struct phys *phys, const struct memory_map *map, struct error *err);
void phys_release(struct phys *phys);

/** phys_snapshot() - make what memory holds now what phys_reset() goes back to */
int phys_snapshot(struct phys *phys, struct error *err);
void phys_reset(struct phys *phys);

/**
 * phys_written() - which pages may differ from the snapshot
 * @pages: a byte for each page of memory, in a row; 0 if nothing has written to it
 */
void phys_written(const struct phys *phys, u8 *pages);

/**
 * phys_boot_ptr() - the page of @pa, which nothing has written to since the snapshot
 *
 * To look at the memory itself would map the page there, only to be dropped again at a reset.
 */
const void *phys_boot_ptr(const struct phys *phys, u64 pa);

/** phys_ptr() - @len bytes at @pa, or NULL if they are not all memory */
static inline void *phys_ptr(const struct phys *phys, u64 pa, u64 len)
{
	for (unsigned int i = 0; i < phys->nr_segments; i++) {
		const struct phys_segment *seg = &phys->segments[i];

		if (pa - seg->base < seg->size && len <= seg->size - (pa - seg->base))
			return seg->host + (pa - seg->base);
	}

	return NULL;
}

/** phys_is_unwritten_at() - is the page that phys_ptr() gave surely as in the snapshot? */
static inline bool phys_is_unwritten_at(const struct phys *phys, const void *ptr)
{
	return phys->written && !phys->written[((const u8 *)ptr - phys->host) >> MAP_PAGE_SHIFT];
}

/** phys_is_unwritten() - the same of the page of @pa, which is memory */
static inline bool phys_is_unwritten(const struct phys *phys, u64 pa)
{
	return phys_is_unwritten_at(phys, phys_ptr(phys, pa, 1));
}

/** phys_read64() - little endian; 0 outside memory */
static inline u64 phys_read64(const struct phys *phys, u64 pa)
{
	const void *p = phys_ptr(phys, pa, sizeof(u64));
	u64 val = 0;

	if (p)
		memcpy(&val, p, sizeof(val));
	return val;
}

#endif
