// SPDX-License-Identifier: GPL-2.0-only
#include "core/nested/pages.h"

#include "core/memory_map.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define WATCHED 0xff
#define CALM_RESETS 64

void pages_watch(struct pages *pages, u64 va, u64 size)
{
	pages->ranges[pages->nr_ranges++] =
		(struct pages_range){ .va = va, .size = size, .first = pages->nr_pages };
	pages->nr_pages += size / MAP_PAGE_SIZE;
}

int pages_add(struct pages *pages, u64 va, u64 size, struct error *err)
{
	size = ALIGN_UP(size, MAP_PAGE_SIZE);
	if (mmap((void *)va, size, PROT_READ | PROT_WRITE,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
	         0) == MAP_FAILED)
		return error_set(err, "no memory for the nested world at 0x%llx: %s",
		                 (unsigned long long)va, strerror(errno));

	pages_watch(pages, va, size);
	return 0;
}

static u8 *page_at(const struct pages *pages, u32 page)
{
	const struct pages_range *range = &pages->ranges[pages->nr_ranges - 1];

	while (page < range->first)
		range--;
	return (u8 *)range->va + (page - range->first) * MAP_PAGE_SIZE;
}

/* The copy is of zeros as it is. */
static void save(struct pages *pages, const struct pages_range *range)
{
	static const u8 zeros[MAP_PAGE_SIZE];

	for (u32 i = 0; i < range->size / MAP_PAGE_SIZE; i++) {
		const u8 *page = (const u8 *)range->va + i * MAP_PAGE_SIZE;

		if (memcmp(page, zeros, MAP_PAGE_SIZE))
			memcpy(pages->saved + (range->first + i) * MAP_PAGE_SIZE, page,
			       MAP_PAGE_SIZE);
	}
}

int pages_snapshot(struct pages *pages, struct error *err)
{
	pages->saved = mmap(NULL, pages->nr_pages * MAP_PAGE_SIZE, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	pages->calm = malloc(pages->nr_pages);
	pages->warm = malloc(pages->nr_pages * sizeof(*pages->warm));
	if (pages->saved == MAP_FAILED || !pages->calm || !pages->warm) {
		pages->saved = NULL;
		return error_set(err, "no memory for the snapshot");
	}
	memset(pages->calm, WATCHED, pages->nr_pages);
	for (unsigned int i = 0; i < pages->nr_ranges; i++) {
		const struct pages_range *range = &pages->ranges[i];

		save(pages, range);
		if (mprotect((void *)range->va, range->size, PROT_READ))
			return error_set(err, "cannot write-protect: %s", strerror(errno));
	}

	return 0;
}

bool pages_write(struct pages *pages, u64 va)
{
	for (unsigned int i = 0; i < pages->nr_ranges; i++) {
		const struct pages_range *range = &pages->ranges[i];
		u32 page = range->first + (va - range->va) / MAP_PAGE_SIZE;

		if (va - range->va >= range->size)
			continue;
		if (!pages->saved || pages->calm[page] != WATCHED)
			return false;
		pages->calm[page] = 0;
		pages->warm[pages->nr_warm++] = page;
		return !mprotect(page_at(pages, page), MAP_PAGE_SIZE, PROT_READ | PROT_WRITE);
	}

	return false;
}

void pages_reset(struct pages *pages)
{
	u32 kept = 0;

	for (u32 i = 0; i < pages->nr_warm; i++) {
		u32 page = pages->warm[i];
		u8 *now = page_at(pages, page);
		const u8 *then = pages->saved + page * MAP_PAGE_SIZE;

		if (memcmp(now, then, MAP_PAGE_SIZE)) {
			memcpy(now, then, MAP_PAGE_SIZE);
			pages->calm[page] = 0;
		} else if (++pages->calm[page] == CALM_RESETS) {
			mprotect(now, MAP_PAGE_SIZE, PROT_READ);
			pages->calm[page] = WATCHED;
			continue;
		}
		pages->warm[kept++] = page;
	}
	pages->nr_warm = kept;
}

void pages_close(struct pages *pages)
{
	for (unsigned int i = 0; i < pages->nr_ranges; i++)
		munmap((void *)pages->ranges[i].va, pages->ranges[i].size);
	if (pages->saved)
		munmap(pages->saved, pages->nr_pages * MAP_PAGE_SIZE);
	free(pages->calm);
	free(pages->warm);
}
