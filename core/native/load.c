// SPDX-License-Identifier: GPL-2.0-only
#include "core/native/load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

int load_open(struct image *image, const char *beside, const char *name, struct error *err)
{
	const char *slash = strrchr(beside, '/');
	char path[4096];

	snprintf(path, sizeof(path), "%.*s%s", slash ? (int)(slash + 1 - beside) : 0, beside, name);
	if (image_map(image, path, err))
		return -1;
	image->prefix = "";
	image->start = image_raw_symbol(image, "el2fuzz_code_start");
	image->end = image_raw_symbol(image, "el2fuzz_code_end");
	return 0;
}

int load_map(struct image *image, u64 end, struct error *err)
{
	if (mmap((void *)image->start, end - image->start, PROT_READ | PROT_WRITE,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != MAP_FAILED)
		return 0;
	image->start = 0;
	return error_set(err,
	                 "the image's addresses are in use: there can be one such core a process "
	                 "(%s)",
	                 strerror(errno));
}

int load_fill(const struct image *image, struct error *err)
{
	u64 data = image_raw_symbol(image, "el2fuzz_data_start");

	for (unsigned int i = 0; i < image->nr_sections; i++) {
		const Elf64_Shdr *s = &image->sections[i];

		if (s->sh_flags & SHF_ALLOC && s->sh_type != SHT_NOBITS)
			memcpy((void *)s->sh_addr, image->file + s->sh_offset, s->sh_size);
	}
	if (mprotect((void *)image->start, data - image->start, PROT_READ | PROT_EXEC))
		return error_set(err, "cannot make native code executable: %s", strerror(errno));
	return 0;
}
