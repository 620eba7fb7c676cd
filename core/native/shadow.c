// SPDX-License-Identifier: GPL-2.0-only
/* The sanitized image's own memory, which the harness keeps: shadow, notes of pages. */
#include "core/native/machine.h"
#include "core/native/sanitize.h"
#include "core/native/shadow.h"

#include <errno.h>
#include <sys/mman.h>

#define NOTES_SIZE ((1ULL << (NATIVE_PA_BITS - MAP_PAGE_SHIFT)) * sizeof(struct el2fuzz_note))

static void *map(void *at, u64 size)
{
	/* Almost all of it is never touched. */
	return mmap(at, size, PROT_READ | PROT_WRITE,
	            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | (at ? MAP_FIXED_NOREPLACE : 0),
	            -1, 0);
}

#define SHADOW_SIZE ((EL2FUZZ_SHADOWED_END - EL2FUZZ_SHADOWED_START) >> 3)

int shadow_map(struct error *err)
{
	void *start = EL2FUZZ_SHADOW(EL2FUZZ_SHADOWED_START);

	if (map(start, SHADOW_SIZE) != start)
		return error_set(err, "no room for the shadow of EL2's memory: %s",
		                 strerror(errno));
	return 0;
}

void shadow_unmap(void)
{
	munmap(EL2FUZZ_SHADOW(EL2FUZZ_SHADOWED_START), SHADOW_SIZE);
}

int native_map_notes(struct native *n, struct error *err)
{
	n->notes = map(NULL, NOTES_SIZE);
	if (n->notes == MAP_FAILED) {
		n->notes = NULL;
		return error_set(err, "no room for notes of EL2's pages: %s", strerror(errno));
	}
	*n->sym.notes = n->notes;

	return 0;
}

void native_unmap_notes(struct native *n)
{
	if (n->notes)
		munmap(n->notes, NOTES_SIZE);
}
