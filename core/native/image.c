// SPDX-License-Identifier: GPL-2.0-only
/* Brings the native image into this process, at the addresses that it is linked for. */
#include "core/native/machine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* All that EL2's tables and kern_hyp_va() can name: nothing else of this process may lie there. */
#define WINDOW_START (NATIVE_HYP_VA_BASE / 2)
#define WINDOW_END (NATIVE_HYP_VA_BASE + BIT(NATIVE_PA_BITS))

static int reserve(struct error *err)
{
	void *window =
		mmap((void *)WINDOW_START, WINDOW_END - WINDOW_START, PROT_NONE,
	             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (window == (void *)WINDOW_START)
		return 0;
	return error_set(err,
	                 "EL2's addresses are in use: there can be one native core a process (%s)",
	                 strerror(errno));
}

#ifdef __x86_64__
#define THIS_MACHINE EM_X86_64
#else
#define THIS_MACHINE EM_AARCH64
#endif

/* The image lies beside the AArch64 one. */
static int open_image(struct native *n, struct error *err)
{
	const char *aarch64 = n->p.core.config.image;
	const char *slash = strrchr(aarch64, '/');
	char path[4096];

	snprintf(path, sizeof(path), "%.*s%s", slash ? (int)(slash + 1 - aarch64) : 0, aarch64,
	         n->p.core.config.kind == CORE_NATIVE_SAN ? "hyp-native-san.elf" :
	                                                    "hyp-native.elf");
	if (image_open(&n->aarch64, aarch64, EM_AARCH64, err))
		return -1;
	return image_open(&n->p.image, path, THIS_MACHINE, err);
}

static int protect(const struct image *image, struct error *err)
{
	for (unsigned int i = 0; i < image->nr_sections; i++) {
		const Elf64_Shdr *s = &image->sections[i];
		u64 start = ALIGN_DOWN(s->sh_addr, MAP_PAGE_SIZE);

		if (!(s->sh_flags & SHF_EXECINSTR) || s->sh_addr >= NATIVE_HYP_VA_BASE)
			continue;
		if (mprotect((void *)start, s->sh_addr + s->sh_size - start, PROT_READ | PROT_EXEC))
			return error_set(err, "cannot make native code executable: %s",
			                 strerror(errno));
	}

	return 0;
}

/* Code, constants and what belongs to the harness: below the linear map. */
static int map_code(const struct image *image, struct error *err)
{
	u64 start = image_raw_symbol(image, "el2fuzz_code_start");
	u64 end = ALIGN_UP(image_raw_symbol(image, "el2fuzz_code_end"), MAP_PAGE_SIZE);

	if (mmap((void *)start, end - start, PROT_READ | PROT_WRITE,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
		return error_set(err, "no memory for native code: %s", strerror(errno));

	for (unsigned int i = 0; i < image->nr_sections; i++) {
		const Elf64_Shdr *s = &image->sections[i];

		if (s->sh_flags & SHF_ALLOC && s->sh_type != SHT_NOBITS &&
		    s->sh_addr < NATIVE_HYP_VA_BASE)
			memcpy((void *)s->sh_addr, image->file + s->sh_offset, s->sh_size);
	}

	return protect(image, err);
}

static int find_symbols(struct native *n, struct error *err)
{
	const bool sanitized = n->p.core.config.kind == CORE_NATIVE_SAN;
	const struct {
		const char *name;
		void *to;
		bool of_sanitized;
	} wanted[] = {
		{ "el2fuzz_hooks", &n->sym.hooks },
		{ "el2fuzz_sysregs", &n->sym.all_sysregs },
		{ "el2fuzz_cpu_sysregs", &n->sym.cpu_sysregs },
		{ "el2fuzz_caps", &n->sym.caps },
		{ "el2fuzz_watched", &n->sym.watched },
		{ "el2fuzz_prepare", &n->sym.prepare },
		{ "el2fuzz_init_cpu", &n->sym.init_cpu },
		{ "el2fuzz_start_cpu", &n->sym.start_cpu },
		{ "el2fuzz_enable_keys", &n->sym.enable_keys },
		{ "el2fuzz_trap", &n->sym.trap },
		{ "el2fuzz_host_boot", &n->sym.host_boot },
		{ "__pkvm_init_switch_pgd", &n->sym.switch_pgd },
		{ "el2fuzz_notes", &n->sym.notes, true },
		{ "el2fuzz_sanitize_start", &n->sym.sanitize_start, true },
		{ "el2fuzz_sanitize_reset", &n->sym.sanitize_reset, true },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(wanted); i++) {
		u64 va = image_symbol(&n->p.image, wanted[i].name);

		if (wanted[i].of_sanitized && !sanitized)
			continue;
		if (!va)
			return error_set(err, "the native image has no %s; rebuild it",
			                 wanted[i].name);
		memcpy(wanted[i].to, &va, sizeof(va));
	}
	/* EL2 calls it where the ID map has it. */
	n->sym.switch_pgd -= NATIVE_HYP_VA_BASE;

	return 0;
}

int native_load(struct native *n, struct error *err)
{
	if (open_image(n, err))
		return -1;
	if (n->p.image.va_base != NATIVE_HYP_VA_BASE)
		return error_set(err, "the native image is linked for another address; rebuild it");

	/* What has a source: its code, below everything else. */
	n->p.image.start = image_raw_symbol(&n->p.image, "el2fuzz_code_start");
	n->p.image.end = image_raw_symbol(&n->p.image, "el2fuzz_code_end");

	if (reserve(err) || map_code(&n->p.image, err) || find_symbols(n, err))
		return -1;
	return program_map_shadow(&n->p, err) || (n->sym.notes && native_map_notes(n, err)) ? -1 :
	                                                                                      0;
}

void native_unload(struct native *n)
{
	if (n->sym.trap)
		munmap((void *)WINDOW_START, WINDOW_END - WINDOW_START);
	native_unmap_notes(n);
	image_close(&n->aarch64);
}
