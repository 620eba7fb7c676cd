// SPDX-License-Identifier: GPL-2.0-only
#include "core/image/image.h"

#include <elfutils/libdw.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Kbuild gives it to every symbol of the nVHE object. */
#define NVHE_PREFIX "__kvm_nvhe_"

static bool in_file(const struct image *image, u64 offset, u64 size)
{
	return offset <= image->size && size <= image->size - offset;
}

/* On an AArch64 build machine the image that is compiled for it is of the same machine, without prefix. */
static const char *find_prefix(const struct image *image)
{
	for (u64 i = 0; i < image->nr_symbols; i++) {
		if (!strncmp(image->strings + image->symbols[i].st_name, NVHE_PREFIX,
		             strlen(NVHE_PREFIX)))
			return NVHE_PREFIX;
	}

	return "";
}

static int find_tables(struct image *image)
{
	const Elf64_Ehdr *ehdr = (const void *)image->file;

	if (image->size < sizeof(*ehdr) || memcmp(ehdr->e_ident, ELFMAG, SELFMAG) ||
	    (ehdr->e_machine != EM_AARCH64 && ehdr->e_machine != EM_X86_64) ||
	    ehdr->e_shentsize != sizeof(Elf64_Shdr) ||
	    !in_file(image, ehdr->e_shoff, (u64)ehdr->e_shnum * sizeof(Elf64_Shdr)))
		return -1;

	image->sections = (const void *)(image->file + ehdr->e_shoff);
	image->nr_sections = ehdr->e_shnum;
	for (unsigned int i = 0; i < image->nr_sections; i++) {
		const Elf64_Shdr *s = &image->sections[i];

		if (s->sh_type != SHT_NOBITS && !in_file(image, s->sh_offset, s->sh_size))
			return -1;
		if (s->sh_type != SHT_SYMTAB || s->sh_link >= image->nr_sections)
			continue;
		image->symbols = (const void *)(image->file + s->sh_offset);
		image->nr_symbols = s->sh_size / sizeof(Elf64_Sym);
		image->strings = (const char *)image->file + image->sections[s->sh_link].sh_offset;
	}

	if (!image->symbols)
		return -1;
	image->prefix = find_prefix(image);

	return 0;
}

int image_map(struct image *image, const char *path, struct error *err)
{
	struct stat st;

	memset(image, 0, sizeof(*image));
	image->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (image->fd < 0 || fstat(image->fd, &st))
		return error_set(err, "%s: %s; './el2fuzz build' makes it", path, strerror(errno));

	image->size = st.st_size;
	image->file = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, image->fd, 0);
	if (image->file == MAP_FAILED) {
		image->file = NULL;
		return error_set(err, "%s: %s", path, strerror(errno));
	}
	if (find_tables(image))
		return error_set(err, "%s: not an EL2 image; './el2fuzz build' makes one", path);
	image->end = ~0ULL;

	return 0;
}

int image_open(struct image *image, const char *path, u16 machine, struct error *err)
{
	if (image_map(image, path, err))
		return -1;
	if (((const Elf64_Ehdr *)image->file)->e_machine != machine)
		return error_set(err, "%s: not an EL2 image; './el2fuzz build' makes one", path);

	image->start = image_symbol(image, "__hyp_idmap_text_start");
	image->end = image_raw_symbol(image, "el2fuzz_image_end");
	image->va_base = image->start - MAP_IMAGE_BASE;
	if (!image->start || !image->end)
		return error_set(err, "%s: not an EL2 image; './el2fuzz build' makes one", path);

	return 0;
}

void image_close(struct image *image)
{
	if (image->dwarf)
		dwarf_end(image->dwarf);
	if (image->file)
		munmap((void *)image->file, image->size);
	if (image->fd >= 0)
		close(image->fd);
}

u64 image_raw_symbol(const struct image *image, const char *name)
{
	for (size_t i = 0; i < image->nr_symbols; i++) {
		if (!strcmp(image->strings + image->symbols[i].st_name, name))
			return image->symbols[i].st_value;
	}

	return 0;
}

u64 image_symbol(const struct image *image, const char *name)
{
	char full[128];

	snprintf(full, sizeof(full), "%s%s", image->prefix, name);
	return image_raw_symbol(image, full);
}

int image_load(const struct image *image, struct phys *phys, struct error *err)
{
	for (unsigned int i = 0; i < image->nr_sections; i++) {
		const Elf64_Shdr *s = &image->sections[i];
		void *to;

		if (!(s->sh_flags & SHF_ALLOC) || s->sh_type == SHT_NOBITS || !s->sh_size)
			continue;
		to = phys_ptr(phys, s->sh_addr - image->va_base, s->sh_size);
		if (!to)
			return error_set(err, "the EL2 image does not fit into memory at 0x%llx",
			                 (unsigned long long)s->sh_addr);
		memcpy(to, image->file + s->sh_offset, s->sh_size);
	}

	return 0;
}

const char *image_symbol_name(const struct image *image, const Elf64_Sym *sym)
{
	const char *name = image->strings + sym->st_name;
	size_t prefix = strlen(image->prefix);

	return strncmp(name, image->prefix, prefix) ? name : name + prefix;
}

const char *image_function(const struct image *image, u64 va, u64 *offset)
{
	const char *best = NULL;
	u64 start = 0;

	if (va < image->start || va >= image->end)
		return NULL;

	for (size_t i = 0; i < image->nr_symbols; i++) {
		const Elf64_Sym *sym = &image->symbols[i];
		const char *name = image_symbol_name(image, sym);

		if (sym->st_shndx == SHN_UNDEF || sym->st_value > va || sym->st_value < start)
			continue;
		/* Mapping symbols ($x, $d) and local labels name no function. */
		if (!*name || *name == '$' || *name == '.')
			continue;
		if (sym->st_size && va - sym->st_value >= sym->st_size)
			continue;
		best = name;
		start = sym->st_value;
	}
	if (best)
		*offset = va - start;

	return best;
}
