// SPDX-License-Identifier: GPL-2.0-only
#include "core/memory_map.h"

#include "core/guest_code.h"

#include <stdio.h>
#include <string.h>

#define MMIO_BASE 0x08000000ULL

static const char *const layouts[LAYOUT_COUNT] = {
	[LAYOUT_SMALL] = "small", [LAYOUT_HOLES] = "holes", [LAYOUT_PA36] = "pa36",
	[LAYOUT_PA42] = "pa42",   [LAYOUT_PA48] = "pa48",
};

static const struct mem_region small[] = {
	{ .base = 0x40000000, .size = 0x2000000 },
};

/*
 * Every bound that code can get wrong: regions that meet inside a 2 MiB block, a NOMAP region between
 * two others, an end inside a page, a base inside a block, a region above 4 GiB.
 */
static const struct mem_region holes[] = {
	{ .base = 0x40000000, .size = 0x1000000 },
	{ .base = 0x41000000, .size = 0x100000, .nomap = true },
	{ .base = 0x41100000, .size = 0x6ff800 },
	{ .base = 0x880080000, .size = 0x480000 },
};

const char *layout_name(enum layout layout)
{
	return layouts[layout];
}

int layout_by_name(const char *name)
{
	for (int i = 0; i < LAYOUT_COUNT; i++) {
		if (!strcmp(layouts[i], name))
			return i;
	}

	return -1;
}

static u64 region_first_page(const struct mem_region *reg)
{
	return ALIGN_DOWN(reg->base, MAP_PAGE_SIZE);
}

static u64 region_nr_pages(const struct mem_region *reg)
{
	return (ALIGN_UP(reg->base + reg->size, MAP_PAGE_SIZE) - region_first_page(reg)) >>
	       MAP_PAGE_SHIFT;
}

void map_init(struct memory_map *map, enum layout layout, unsigned int pa_bits, u64 hyp_va_base)
{
	const struct mem_region *regions = layout == LAYOUT_HOLES ? holes : small;

	memset(map, 0, sizeof(*map));
	map->layout = layout;
	map->pa_bits = pa_bits;
	map->hyp_va_base = hyp_va_base;
	map->nr_regions = layout == LAYOUT_HOLES ? ARRAY_SIZE(holes) : ARRAY_SIZE(small);
	memcpy(map->regions, regions, map->nr_regions * sizeof(*regions));
	map->carve_next = MAP_IMAGE_BASE;

	for_each_region(map, reg) {
		map->runs[reg - map->regions] = (struct page_run){
			.base = region_first_page(reg),
			.nr = region_nr_pages(reg),
			.first = map->nr_pages,
		};
		map->nr_pages += region_nr_pages(reg);
	}
}

u64 map_carve(struct memory_map *map, enum carveout_role role, u64 size, u64 align)
{
	u64 base = ALIGN_UP(map->carve_next, align);
	u64 end = base + ALIGN_UP(size, MAP_PAGE_SIZE);
	struct carveout *carve = &map->carveouts[map->nr_carveouts];

	if (end > map->regions[0].base + map->regions[0].size ||
	    map->nr_carveouts == MAP_MAX_CARVEOUTS)
		return 0;

	*carve = (struct carveout){ .base = base, .size = end - base, .role = role };
	map->nr_carveouts++;
	map->carve_next = end;

	return base;
}

int map_add_arena(struct memory_map *map, enum arena_kind kind, u64 object_size, u32 nr)
{
	struct arena *arena = &map->arenas[kind];

	arena->object_size = ALIGN_UP(object_size, MAP_PAGE_SIZE);
	arena->nr_objects = nr;
	/* A first-level table must be aligned to its size (Arm ARM D8.2.2). */
	arena->base = map_carve(map, CARVE_ARENA, nr * arena->object_size,
	                        kind == ARENA_PGD ? arena->object_size : MAP_PAGE_SIZE);

	return arena->base ? 0 : -1;
}

u64 map_object(const struct memory_map *map, enum arena_kind kind, u64 n)
{
	const struct arena *arena = &map->arenas[kind];

	return arena->base + n % arena->nr_objects * arena->object_size;
}

u64 map_vcpu_object(const struct memory_map *map, enum arena_kind kind, u64 vm, u64 vcpu)
{
	return map_object(map, kind, vm % MAP_VMS * MAP_VCPUS + vcpu % MAP_VCPUS);
}

static void add_ram(struct memory_map *map, u64 base, u64 end)
{
	base = ALIGN_UP(base, MAP_PAGE_SIZE);
	end = ALIGN_DOWN(end, MAP_PAGE_SIZE);
	if (base >= end)
		return;

	map->ram[map->nr_ram++] = (struct mem_range){ .base = base, .size = end - base };
	map->ram_pages += (end - base) >> MAP_PAGE_SHIFT;
}

void map_finish(struct memory_map *map)
{
	for_each_region(map, reg) {
		u64 base = reg->base;

		if (reg->nomap)
			continue;
		/* Carveouts are in ascending order, all in the first region. */
		for (unsigned int i = 0; i < map->nr_carveouts; i++) {
			const struct carveout *carve = &map->carveouts[i];

			if (carve->base - reg->base >= reg->size)
				continue;
			add_ram(map, base, carve->base);
			base = carve->base + carve->size;
		}
		add_ram(map, base, reg->base + reg->size);
	}
}

const struct mem_region *map_region(const struct memory_map *map, u64 pa)
{
	for_each_region(map, reg) {
		if (pa - reg->base < reg->size)
			return reg;
	}

	return NULL;
}

const struct carveout *map_carveout(const struct memory_map *map, u64 pa)
{
	for (unsigned int i = 0; i < map->nr_carveouts; i++) {
		if (pa - map->carveouts[i].base < map->carveouts[i].size)
			return &map->carveouts[i];
	}

	return NULL;
}

/* Where the whole blocks of a range begin and end. */
static struct mem_range blocks_of(const struct mem_range *ram)
{
	u64 base = ALIGN_UP(ram->base, MAP_BLOCK_SIZE);
	u64 end = ALIGN_DOWN(ram->base + ram->size, MAP_BLOCK_SIZE);

	return (struct mem_range){ .base = base, .size = base < end ? end - base : 0 };
}

static u64 block_pa(const struct memory_map *map, u64 offset)
{
	u64 total = 0;

	for (unsigned int i = 0; i < map->nr_ram; i++)
		total += blocks_of(&map->ram[i]).size;
	offset = total ? offset % total : offset;
	for (unsigned int i = 0; i < map->nr_ram; i++) {
		struct mem_range blocks = blocks_of(&map->ram[i]);

		if (offset < blocks.size)
			return blocks.base + offset;
		offset -= blocks.size;
	}

	return offset;
}

static u64 ram_pa(const struct memory_map *map, u64 offset)
{
	u64 page = (offset >> MAP_PAGE_SHIFT) % map->ram_pages;

	for (unsigned int i = 0; i < map->nr_ram; i++) {
		u64 pages = map->ram[i].size >> MAP_PAGE_SHIFT;

		if (page < pages)
			return map->ram[i].base + (page << MAP_PAGE_SHIFT) +
			       (offset & (MAP_PAGE_SIZE - 1));
		page -= pages;
	}

	return 0;
}

static u64 carve_pa(const struct memory_map *map, enum carveout_role first, enum carveout_role last,
                    u64 offset)
{
	u64 total = 0;

	for (unsigned int i = 0; i < map->nr_carveouts; i++) {
		if (map->carveouts[i].role >= first && map->carveouts[i].role <= last)
			total += map->carveouts[i].size;
	}
	if (!total)
		return offset;

	offset %= total;
	for (unsigned int i = 0; i < map->nr_carveouts; i++) {
		const struct carveout *carve = &map->carveouts[i];

		if (carve->role < first || carve->role > last)
			continue;
		if (offset < carve->size)
			return carve->base + offset;
		offset -= carve->size;
	}

	return offset;
}

/* The page that the last byte of low memory is in, the one most likely to be cut short. */
static u64 end_page(const struct memory_map *map)
{
	const struct mem_region *last = &map->regions[0];

	for_each_region(map, reg) {
		if (reg->base < BIT(32))
			last = reg;
	}

	return ALIGN_DOWN(last->base + last->size - 1, MAP_PAGE_SIZE);
}

static u64 nomap_pa(const struct memory_map *map, u64 offset)
{
	for_each_region(map, reg) {
		if (reg->nomap)
			return reg->base + offset % reg->size;
	}

	/* No such region in this layout: a hole is the nearest thing. */
	return MMIO_BASE + offset % (map->regions[0].base - MMIO_BASE);
}

static bool is_arena(enum place place)
{
	return place >= PLACE_KVM && place <= PLACE_FFA;
}

static u64 arena_pa(const struct memory_map *map, enum arena_kind kind, u64 offset)
{
	const struct arena *arena = &map->arenas[kind];

	return arena->base + offset % (arena->nr_objects * arena->object_size);
}

static u64 place_pa(const struct memory_map *map, enum place place, u64 offset)
{
	switch (place) {
	case PLACE_RAM:
		return ram_pa(map, offset);
	case PLACE_BLOCK:
		return block_pa(map, offset);
	case PLACE_HYP:
		return carve_pa(map, CARVE_POOL, CARVE_POOL, offset);
	case PLACE_TEXT:
		return carve_pa(map, CARVE_TEXT, CARVE_TEXT, offset);
	case PLACE_DATA:
		return carve_pa(map, CARVE_RODATA, CARVE_DATA, offset);
	case PLACE_PERCPU:
		return carve_pa(map, CARVE_PERCPU, CARVE_STACK, offset);
	case PLACE_NOMAP:
		return nomap_pa(map, offset);
	case PLACE_MMIO:
		return MMIO_BASE + offset % (map->regions[0].base - MMIO_BASE);
	case PLACE_END:
		return end_page(map) + offset;
	case PLACE_LIMIT:
		return BIT(map->pa_bits) + offset;
	default:
		return is_arena(place) ? arena_pa(map, place - PLACE_KVM, offset) : offset;
	}
}

static u64 resolve(const struct memory_map *map, enum arg_kind kind, enum place place, u64 value,
                   u64 handle_base)
{
	if (place == PLACE_RAW)
		return value;

	switch (kind) {
	case ARG_PFN:
		return place_pa(map, place, value << MAP_PAGE_SHIFT) >> MAP_PAGE_SHIFT;
	case ARG_PA:
		return place_pa(map, place, value);
	case ARG_VALUE:
		return place == PLACE_VM ? handle_base + value : place_pa(map, place, value);
	case ARG_HVA:
		if (is_arena(place))
			return map_hva(map_object(map, place - PLACE_KVM, value));
		return map_hva(place_pa(map, place, value));
	case ARG_HANDLE:
		return handle_base + value;
	default:
		return value;
	}
}

void map_resolve(const struct memory_map *map, const struct op_desc *desc, const struct op *op,
                 u64 handle_base, u64 args[OP_MAX_ARGS])
{
	for (unsigned int i = 0; i < OP_MAX_ARGS; i++)
		args[i] = 0;
	for (unsigned int i = 0; i < desc->nr_args; i++)
		args[i] = resolve(map, desc->args[i].kind, op->place[i], op->value[i], handle_base);

	/* With EL1's MMU off all memory is Device: what is not aligned never leaves stage 1. */
	if (op->code == OP_host_load || op->code == OP_host_store)
		args[0] = ALIGN_DOWN(args[0], 8);
	else if (op->code == OP_ffa_describe || op->code == OP_ffa_range ||
	         op->code == OP_ffa_fill || op->code == OP_ffa_set)
		args[0] = ALIGN_DOWN(args[0], 8);
	else if (op->code == OP_guest_fetch)
		/* Where nothing but zeroes is, or the end of a program */
		args[2] = (ALIGN_DOWN(args[2], MAP_PAGE_SIZE) & (BIT(map->pa_bits) - 1)) +
		          GUEST_CODE_OFFSET + GUEST_CODE_EXIT;
	else if (op->code == OP_guest_load || op->code == OP_guest_store)
		/* The same holds for a guest, and what is beyond its PA range stays in its stage 1. */
		args[2] = ALIGN_DOWN(args[2], 8) & (BIT(map->pa_bits) - 1);
	else if (op->code == OP_host_fetch)
		args[0] = ALIGN_DOWN(args[0], 4);
}

const char *map_describe(const struct memory_map *map, u64 pa, char *buf, size_t len)
{
	static const char *const roles[] = {
		[CARVE_TEXT] = "hypervisor text",   [CARVE_RODATA] = "hypervisor rodata",
		[CARVE_DATA] = "hypervisor data",   [CARVE_PERCPU] = "hypervisor per-CPU data",
		[CARVE_STACK] = "hypervisor stack", [CARVE_POOL] = "hypervisor pool",
		[CARVE_HOST] = "host kernel",       [CARVE_ARENA] = "host objects",
	};
	const struct carveout *carve = map_carveout(map, pa);
	const struct mem_region *reg = map_region(map, pa);
	u64 page = 0;

	for (unsigned int i = 0; i < map->nr_ram; i++) {
		if (pa - map->ram[i].base < map->ram[i].size) {
			page += (pa - map->ram[i].base) >> MAP_PAGE_SHIFT;
			snprintf(buf, len, "ram+0x%llx (0x%llx)", (unsigned long long)page,
			         (unsigned long long)pa);
			return buf;
		}
		page += map->ram[i].size >> MAP_PAGE_SHIFT;
	}

	snprintf(buf, len, "0x%llx (%s)", (unsigned long long)pa,
	         carve      ? roles[carve->role] :
	         !reg       ? "no memory" :
	         reg->nomap ? "nomap memory" :
	                      "memory");
	return buf;
}
