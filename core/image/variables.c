// SPDX-License-Identifier: GPL-2.0-only
/* The hypervisor's variables, which each compiler puts where it likes, by the names they share. */
#include "core/image/image.h"

struct percpu {
	u64 start, end; /* PAs of what each CPU gets a copy of */
};

static void visit_copies(const struct percpu *percpu, const struct memory_map *map,
                         const char *name, u64 pa, u64 size,
                         void (*visit)(void *arg, const char *name, u64 pa, u64 size), void *arg)
{
	for (unsigned int i = 0; i < map->nr_carveouts; i++) {
		const struct carveout *carve = &map->carveouts[i];

		if (carve->role == CARVE_PERCPU)
			visit(arg, name, carve->base + pa - percpu->start, size);
	}
}

static bool is_data(const struct memory_map *map, u64 pa)
{
	const struct carveout *carve = map_carveout(map, pa);

	return carve && (carve->role == CARVE_RODATA || carve->role == CARVE_DATA);
}

void image_variables(const struct image *image, const struct memory_map *map,
                     void (*visit)(void *arg, const char *name, u64 pa, u64 size), void *arg)
{
	const struct percpu percpu = {
		.start = image_symbol(image, "__per_cpu_start") - image->va_base,
		.end = image_symbol(image, "__per_cpu_end") - image->va_base,
	};

	for (size_t i = 0; i < image->nr_symbols; i++) {
		const Elf64_Sym *sym = &image->symbols[i];
		u64 pa = sym->st_value - image->va_base;
		const char *name = image_symbol_name(image, sym);

		if (ELF64_ST_TYPE(sym->st_info) != STT_OBJECT || !sym->st_size)
			continue;
		if (pa >= percpu.start && pa < percpu.end)
			visit_copies(&percpu, map, name, pa, sym->st_size, visit, arg);
		else if (is_data(map, pa))
			visit(arg, name, pa, sym->st_size);
	}
}
