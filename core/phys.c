// SPDX-License-Identifier: GPL-2.0-only
#include "core/phys.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int phys_init(struct phys *phys, const struct memory_map *map, struct error *err)
{
	size_t offset = 0;

	memset(phys, 0, sizeof(*phys));
	phys->fd = phys->pagemap = -1;

	for_each_region(map, reg) {
		struct phys_segment *last = phys->segments + phys->nr_segments - 1;
		u64 base = ALIGN_DOWN(reg->base, MAP_PAGE_SIZE);
		u64 size = ALIGN_UP(reg->base + reg->size, MAP_PAGE_SIZE) - base;

		/* Regions that touch are one piece of memory: the difference is in the map alone. */
		if (phys->nr_segments && last->base + last->size == base)
			last->size += size;
		else
			phys->segments[phys->nr_segments++] =
				(struct phys_segment){ .base = base, .size = size };
		phys->size += size;
	}

	phys->host =
		mmap(NULL, phys->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (phys->host == MAP_FAILED)
		return error_set(err, "no memory for %zu MiB of RAM under test: %s",
		                 phys->size >> 20, strerror(errno));
	for (unsigned int i = 0; i < phys->nr_segments; i++) {
		phys->segments[i].host = phys->host + offset;
		offset += phys->segments[i].size;
	}

	return 0;
}

void phys_release(struct phys *phys)
{
	if (phys->host && phys->host != MAP_FAILED)
		munmap(phys->host, phys->size);
	if (phys->boot)
		munmap((void *)phys->boot, phys->size);
	if (phys->fd >= 0)
		close(phys->fd);
	if (phys->pagemap >= 0)
		close(phys->pagemap);
}

/* All but pages of zeros: of a large memory there are many. */
static int write_pages(int fd, const u8 *bytes, size_t size)
{
	static const u8 zeros[MAP_PAGE_SIZE];

	if (ftruncate(fd, size))
		return -1;
	for (size_t at = 0; at < size; at += MAP_PAGE_SIZE) {
		if (memcmp(bytes + at, zeros, MAP_PAGE_SIZE) &&
		    pwrite(fd, bytes + at, MAP_PAGE_SIZE, at) != MAP_PAGE_SIZE)
			return -1;
	}

	return 0;
}

/*
 * The snapshot is a file, memory a private mapping of it: pages are copied when first written, and
 * dropping them brings the snapshot back.
 */
int phys_snapshot(struct phys *phys, struct error *err)
{
	int fd = memfd_create("el2fuzz-snapshot", MFD_CLOEXEC);

	if (fd < 0 || write_pages(fd, phys->host, phys->size) ||
	    mmap(phys->host, phys->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, 0) ==
	            MAP_FAILED)
		return error_set(err, "cannot snapshot RAM: %s", strerror(errno));

	phys->fd = fd;
	phys->boot = mmap(NULL, phys->size, PROT_READ, MAP_SHARED, fd, 0);
	if (phys->boot == MAP_FAILED)
		phys->boot = NULL;
	/* Without it every page may have been written. */
	phys->pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	return 0;
}

const void *phys_boot_ptr(const struct phys *phys, u64 pa)
{
	const u8 *now = phys_ptr(phys, ALIGN_DOWN(pa, MAP_PAGE_SIZE), MAP_PAGE_SIZE);

	return phys->boot ? phys->boot + (now - phys->host) : now;
}

void phys_reset(struct phys *phys)
{
	madvise(phys->host, phys->size, MADV_DONTNEED);
}
