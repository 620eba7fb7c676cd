// SPDX-License-Identifier: GPL-2.0-only
#include "core/image/place.h"

#include "tree.h"
#include "tree_features.h"

#define BOOT_TABLE_PAGES 5

#define INSN_BRK 0xd4200000U
#define INSN_LDR_X1_X0 0xf9400001U
#define INSN_STR_X1_X0 0xf9000001U

static u64 symbol_pa(const struct image *image, const char *name)
{
	return image_symbol(image, name) - image->va_base;
}

static void carve_between(struct memory_map *map, const struct image *image,
                          enum carveout_role role, const char *start, const char *end)
{
	u64 base = symbol_pa(image, start), top = symbol_pa(image, end);

	/* Sections that the tree leaves empty have no page. */
	if (top > base)
		map_carve(map, role, top - ALIGN_DOWN(base, MAP_PAGE_SIZE), MAP_PAGE_SIZE);
}

static void write32(const struct phys *phys, u64 pa, u32 val)
{
	memcpy(phys_ptr(phys, pa, sizeof(val)), &val, sizeof(val));
}

static void write_el1_code(struct el1_code *el1, const struct phys *phys)
{
	el1->resume = el1->page + 0x40;
	el1->load = el1->page + 0x10;
	el1->load_done = el1->load + 4;
	el1->store = el1->page + 0x20;
	el1->store_done = el1->store + 4;
	el1->sync_vector = el1->vectors + 0x200; /* current EL with SP_ELx, synchronous */

	/* Where EL1 has nothing left to do, the emulator stops. */
	write32(phys, el1->resume, INSN_BRK);
	write32(phys, el1->load, INSN_LDR_X1_X0);
	write32(phys, el1->load_done, INSN_BRK);
	write32(phys, el1->store, INSN_STR_X1_X0);
	write32(phys, el1->store_done, INSN_BRK);
	write32(phys, el1->sync_vector, INSN_BRK);
}

static void fill_boot_args(struct placement *place, const struct memory_map *map)
{
	struct boot_args *args = &place->boot;

	args->nr_cpus = NR_MACHINE_CPUS;
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		args->cpus[cpu].mpidr = machine_cpus[cpu].mpidr;
		args->cpus[cpu].online = machine_cpus[cpu].power != CPU_NEVER_ONLINE;
	}
	for_each_region(map, reg) {
		args->regions[args->nr_regions].base = reg->base;
		args->regions[args->nr_regions].size = reg->size;
		args->regions[args->nr_regions].nomap = reg->nomap;
		args->nr_regions++;
	}
	args->hva_base = MAP_HVA_BASE;
	args->hyp_va_base = map->hyp_va_base;
	args->pgd = place->boot_pgd;
	args->boot_stack_top = map_hyp_va(map, place->boot_stack + MAP_PAGE_SIZE);
}

int place_image(struct placement *place, const struct image *image, struct memory_map *map,
                const struct phys *phys, struct error *err)
{
	u64 percpu = symbol_pa(image, "__per_cpu_end") - symbol_pa(image, "__per_cpu_start");

	carve_between(map, image, CARVE_TEXT, "__hyp_idmap_text_start", "__hyp_text_end");
	carve_between(map, image, CARVE_RODATA, "__hyp_rodata_start", "__hyp_rodata_end");
	/* A hypervisor without such data does not map it: only the room is there. */
	carve_between(map, image, HAS_data_section ? CARVE_DATA : CARVE_HOST, "__hyp_data_start",
	              "__hyp_data_end");
	carve_between(map, image, CARVE_DATA, "__hyp_bss_start", "__hyp_bss_end");
	if (map->carve_next != symbol_pa(image, "__hyp_bss_end"))
		return error_set(err, "the EL2 image is not laid out as core/tree/image.lds says");
	map_carve(map, CARVE_HOST, image->end - image->va_base - map->carve_next, MAP_PAGE_SIZE);

	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		place->boot.percpu[cpu] = map_carve(map, CARVE_PERCPU, percpu, MAP_PAGE_SIZE);
		place->boot.stack[cpu] =
			map_carve(map, CARVE_STACK, TREE_stack_size, TREE_stack_size);
	}

	place->el1.page = map_carve(map, CARVE_HOST, MAP_PAGE_SIZE, MAP_PAGE_SIZE);
	place->el1.vectors = map_carve(map, CARVE_HOST, MAP_PAGE_SIZE, MAP_PAGE_SIZE);
	place->boot_pgd =
		map_carve(map, CARVE_HOST, BOOT_TABLE_PAGES * MAP_PAGE_SIZE, MAP_PAGE_SIZE);
	place->boot_stack = map_carve(map, CARVE_HOST, MAP_PAGE_SIZE, MAP_PAGE_SIZE);
	fill_boot_args(place, map);
	write_el1_code(&place->el1, phys);

	return 0;
}

int place_pool(const struct placement *place, struct memory_map *map, const struct tree_info *info,
               u64 args[PKVM_INIT_ARGS], struct error *err)
{
	const u64 size = ALIGN_UP(place->boot.pool_pages << MAP_PAGE_SHIFT, MAP_BLOCK_SIZE);
	const u64 base = map_carve(map, CARVE_POOL, size, MAP_BLOCK_SIZE);
	int nr = 0;

	if (!base)
		return error_set(err,
		                 "boot: the first region is too small for EL2's pool of %llu pages",
		                 place->boot.pool_pages);
	map_finish(map);
	args[nr++] = base;
	args[nr++] = size;
	if (tree_has(info, FEATURE_init_nr_cpus))
		args[nr++] = place->boot.nr_cpus;
	args[nr++] = map_hyp_va(map, map_hva_pa(place->boot.percpu_base_hva));
	args[nr++] = place->boot.hyp_va_bits;

	return nr;
}

void place_finish(const struct placement *place, const struct phys *phys)
{
	u64 size = BOOT_TABLE_PAGES * MAP_PAGE_SIZE;

	memset(phys_ptr(phys, place->boot_pgd, size), 0, size);
	memset(phys_ptr(phys, place->boot_stack, MAP_PAGE_SIZE), 0, MAP_PAGE_SIZE);
}
