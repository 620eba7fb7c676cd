// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which pages of the machine's memory were written, asked of the kernel: a page of a private mapping is the
 * file's until then (Documentation/admin-guide/mm/pagemap.rst).
 */
#include "core/phys.h"

#include <sys/ioctl.h>
#include <unistd.h>

/*
 * PAGEMAP_SCAN and its structures, which Linux has since 6.7 and Debian 12's headers have not. Reading
 * the whole of /proc/self/pagemap instead takes ten times as long.
 */
struct scan_region {
	u64 start;
	u64 end;
	u64 categories;
};

struct scan {
	u64 size;
	u64 flags;
	u64 start;
	u64 end;
	u64 walk_end;
	u64 regions;
	u64 nr_regions;
	u64 max_pages;
	u64 inverted;
	u64 all_of;
	u64 any_of;
	u64 report;
};

#define SCAN_IS_FILE BIT(2)
#define SCAN_IS_PRESENT BIT(3)
#define SCAN_IS_SWAPPED BIT(4)
#define SCAN _IOWR('f', 16, struct scan)

/* Return: false if this kernel cannot. */
static bool scan_pages(const struct phys *phys, u8 *pages)
{
	const u64 base = (uintptr_t)phys->host;
	struct scan_region regions[256];
	struct scan scan = {
		.size = sizeof(scan),
		.start = base,
		.end = base + phys->size,
		.regions = (uintptr_t)regions,
		.nr_regions = ARRAY_SIZE(regions),
		.inverted = SCAN_IS_FILE,
		.all_of = SCAN_IS_FILE,
		.any_of = SCAN_IS_PRESENT | SCAN_IS_SWAPPED,
		.report = SCAN_IS_PRESENT,
	};

	memset(pages, 0, phys->size >> MAP_PAGE_SHIFT);
	while (scan.start < scan.end) {
		int n = ioctl(phys->pagemap, SCAN, &scan);

		if (n < 0)
			return false;
		for (int i = 0; i < n; i++)
			memset(pages + ((regions[i].start - base) >> MAP_PAGE_SHIFT), 1,
			       (regions[i].end - regions[i].start) >> MAP_PAGE_SHIFT);
		scan.start = scan.walk_end;
	}

	return true;
}

#define ENTRY_FILE BIT(61)
#define ENTRY_SWAPPED BIT(62)
#define ENTRY_PRESENT BIT(63)

static void read_pages(const struct phys *phys, u8 *pages)
{
	size_t nr = phys->size >> MAP_PAGE_SHIFT;
	u64 entries[2048];

	for (size_t first = 0; first < nr; first += ARRAY_SIZE(entries)) {
		size_t n = nr - first < ARRAY_SIZE(entries) ? nr - first : ARRAY_SIZE(entries);
		off_t at = (((uintptr_t)phys->host >> MAP_PAGE_SHIFT) + first) * sizeof(*entries);

		if (pread(phys->pagemap, entries, n * sizeof(*entries), at) !=
		    (ssize_t)(n * sizeof(*entries))) {
			memset(pages + first, 1, n);
			continue;
		}
		for (size_t i = 0; i < n; i++)
			pages[first + i] =
				(entries[i] & ENTRY_SWAPPED) ||
				(entries[i] & (ENTRY_PRESENT | ENTRY_FILE)) == ENTRY_PRESENT;
	}
}

void phys_written(const struct phys *phys, u8 *pages)
{
	if (phys->written)
		memcpy(pages, phys->written, phys->size >> MAP_PAGE_SHIFT);
	else if (!scan_pages(phys, pages))
		read_pages(phys, pages);
}
