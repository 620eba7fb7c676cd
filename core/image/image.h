/* SPDX-License-Identifier: GPL-2.0-only */
/* The linked EL2 image: sections, symbols, what the kernel would patch at boot, source lines. */
#ifndef EL2FUZZ_IMAGE_H
#define EL2FUZZ_IMAGE_H

#include "core/core.h"
#include "core/phys.h"

#include <elf.h>

/* What image_source() said of an address. */
struct known_source {
	bool known;
	u64 va;
	struct source_place place;
};

struct image {
	const u8 *file;
	size_t size;
	const Elf64_Shdr *sections;
	unsigned int nr_sections;
	const Elf64_Sym *symbols;
	size_t nr_symbols;
	const char *strings;
	const char *prefix; /* that Kbuild gives every symbol of the hypervisor */
	u64 start, end; /* VAs */
	u64 va_base; /* VA minus PA */
	bool host; /* it is the host kernel's own, with VHE: there are no hyp VAs */
	void *dwarf; /* opened at the first question */
	struct known_source sources[64];
	int fd;
};

/** image_open() - map and check the file; -1 with the reason in @err, another @machine (EM_*) among them */
int image_open(struct image *image, const char *path, u16 machine, struct error *err);
void image_close(struct image *image);

/** image_map() - the same for any program: it has symbols and sources, but is no EL2 image */
int image_map(struct image *image, const char *path, struct error *err);

/** image_symbol() - VA of a hypervisor symbol, without Kbuild's prefix; 0 if there is none */
u64 image_symbol(const struct image *image, const char *name);

/** image_raw_symbol() - VA of a symbol of our own linker script */
u64 image_raw_symbol(const struct image *image, const char *name);

/** image_symbol_name() - without Kbuild's prefix */
const char *image_symbol_name(const struct image *image, const Elf64_Sym *sym);

/** image_load() - copy all allocated sections to physical memory */
int image_load(const struct image *image, struct phys *phys, struct error *err);

/** image_function() - the symbol that @va lies in, NULL if it lies in none; *@offset into it */
const char *image_function(const struct image *image, u64 va, u64 *offset);

/**
 * image_variables() - core_variables()
 * @map: says where each CPU's copy of the per-CPU data is
 */
void image_variables(const struct image *image, const struct memory_map *map,
                     void (*visit)(void *arg, const char *name, u64 pa, u64 size), void *arg);

/**
 * image_patch() - apply alternatives for @caps, as apply_alternatives_all() does at boot
 *
 * Callbacks that the hypervisor's object refers to are done here: kern_hyp_va() is encoded for
 * map_hva_pa() and a base of BIT(47). Return: 0, or -1 with what was met in @err.
 */
int image_patch(const struct image *image, struct phys *phys, u32 caps, struct error *err);

/** image_enable_key() - turn a static key on, as static_branch_enable() does; sites patched */
unsigned int image_enable_key(const struct image *image, struct phys *phys, const char *key);

/** image_source() - core_source() */
void image_source(struct image *image, u64 va, struct source_place *place);

/** image_set_file() - @path, wherever the tree is, and line */
void image_set_file(struct source_place *place, const char *path, unsigned int line);

/* A BUG or WARN of code for this machine, which tells of itself (core/native/hooks.h); file NULL: there was none. */
struct told_bug {
	const char *file;
	int line, flags;
};

/** image_told_bug() - core_bug_source(), of such a one at @va */
bool image_told_bug(struct image *image, const struct told_bug *bug, u64 va,
                    struct source_place *place, bool *warning);

/** image_bug() - core_bug_source() */
bool image_bug(const struct image *image, const struct phys *phys, u64 va,
               struct source_place *place, bool *warning);

#endif
