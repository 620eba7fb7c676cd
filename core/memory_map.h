/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The physical address space of the machine under test: which memory there is, and what the host
 * kernel put where before it started the hypervisor.
 */
#ifndef EL2FUZZ_MEMORY_MAP_H
#define EL2FUZZ_MEMORY_MAP_H

#include "core/error.h"
#include "core/op.h"
#include "core/types.h"

#define MAP_PAGE_SHIFT 12
#define MAP_PAGE_SIZE BIT(MAP_PAGE_SHIFT)
#define MAP_BLOCK_SIZE BIT(21)

#define MAP_MAX_REGIONS 4
#define MAP_MAX_CARVEOUTS 32

/* A memory region as the host's memblock would list it; base and size in bytes. */
struct mem_region {
	u64 base;
	u64 size;
	bool nomap;
};

/* What the boot put into a piece of memory. */
enum carveout_role {
	CARVE_TEXT, /* hypervisor text */
	CARVE_RODATA,
	CARVE_DATA, /* hypervisor data and bss */
	CARVE_PERCPU, /* per-CPU areas of the hypervisor */
	CARVE_STACK, /* EL2 stacks: mapped in the private range only */
	CARVE_POOL, /* memory that __pkvm_init was given */
	CARVE_HOST, /* the host kernel's own: image leftovers, boot tables, EL1 code */
	CARVE_ARENA, /* host memory for the objects of VMs; zero after boot */
};

struct carveout {
	u64 base;
	u64 size;
	enum carveout_role role;
};

/* Arenas: what a host allocates to run VMs. */
#define MAP_VMS 4
#define MAP_VCPUS 2 /* of each VM */

#define MAP_FFA_PAGES 4

/* In the order of their places. */
enum arena_kind {
	ARENA_KVM,
	ARENA_VCPU,
	ARENA_VM_MEM,
	ARENA_PGD,
	ARENA_VCPU_MEM,
	ARENA_FFA,
	ARENA_COUNT
};

struct arena {
	u64 base;
	u64 object_size; /* in whole pages */
	u32 nr_objects;
};

enum layout {
	LAYOUT_SMALL, /* one region */
	LAYOUT_HOLES, /* several regions, one NOMAP, an unaligned end, MMIO between */
	LAYOUT_SHARED, /* those before are every world's, those from here on sizes of the nested one's PA space */
	LAYOUT_PA36 = LAYOUT_SHARED,
	LAYOUT_PA42,
	LAYOUT_PA48,
	LAYOUT_COUNT
};

struct mem_range {
	u64 base;
	u64 size;
};

/* Pages in a row: by address, and by index. */
struct page_run {
	u64 base;
	u64 nr;
	u64 first;
};

struct memory_map {
	enum layout layout;
	struct mem_region regions[MAP_MAX_REGIONS]; /* ascending, as memblock sorts them */
	unsigned int nr_regions;
	struct carveout carveouts[MAP_MAX_CARVEOUTS];
	unsigned int nr_carveouts;
	unsigned int pa_bits; /* of the CPU */
	u64 hyp_va_base; /* of the hypervisor's linear map: its own half of hyp_va_bits */
	struct arena arenas[ARENA_COUNT];
	u64 carve_next; /* where map_carve() goes on */
	/* What "ram" counts through: whole pages of mapped regions, outside every carveout. */
	struct mem_range ram[MAP_MAX_REGIONS + MAP_MAX_CARVEOUTS];
	unsigned int nr_ram;
	u64 ram_pages;
	/* Page arrays are indexed by map_page_index(): all pages that any region reaches into. */
	u64 nr_pages;
	struct page_run runs[MAP_MAX_REGIONS]; /* of each region */
};

/* Where the image is linked to run, core/tree/CMakeLists.txt; the same in every layout. */
#define MAP_IMAGE_BASE 0x40200000ULL

#define for_each_region(map, reg)                           \
	for (const struct mem_region *reg = (map)->regions; \
	     reg < (map)->regions + (map)->nr_regions; reg++)

/*
 * Kernel (linear map) and hypervisor VAs of a physical address; see core/tree/host.c. kern_hyp_va()
 * keeps the low bits of a kernel VA, any kernel VA, and puts them behind the hypervisor's base: what
 * is a PA to the hypervisor does not depend on where a core puts its linear map.
 */
#define MAP_HVA_BASE 0xffff000000000000ULL
#define MAP_HVA_PA_MASK (BIT(47) - 1)

static inline u64 map_hva(u64 pa)
{
	return MAP_HVA_BASE | pa;
}

/** map_hva_pa() - the PA that the hypervisor takes any kernel VA for */
static inline u64 map_hva_pa(u64 va)
{
	return va & MAP_HVA_PA_MASK;
}

static inline u64 map_hyp_va(const struct memory_map *map, u64 pa)
{
	return map->hyp_va_base + pa;
}

static inline u64 map_hyp_pa(const struct memory_map *map, u64 va)
{
	return va - map->hyp_va_base;
}

/**
 * map_hyp_va_offset() - how far into its range a hypervisor VA lies
 *
 * The ranges (linear map; private mappings and vmemmap, at a quarter and three eighths of the VA space;
 * ID map) lie elsewhere on each core, what is in them does not.
 */
static inline u64 map_hyp_va_offset(const struct memory_map *map, u64 va)
{
	return va >= map->hyp_va_base ? va - map->hyp_va_base : va & (map->hyp_va_base / 4 - 1);
}

/** layout_name() / layout_by_name() - text form of a layout; -1 if there is no such layout */
const char *layout_name(enum layout layout);
int layout_by_name(const char *name);

/** map_init() - the regions of @layout, no carveouts yet */
void map_init(struct memory_map *map, enum layout layout, unsigned int pa_bits, u64 hyp_va_base);

/**
 * map_carve() - take @size bytes at the next free @align'ed address from %MAP_IMAGE_BASE on
 *
 * @size is rounded up to whole pages. Return: the address, 0 if the first region is full.
 */
u64 map_carve(struct memory_map *map, enum carveout_role role, u64 size, u64 align);

/**
 * map_add_arena() - carve an arena for @nr objects
 *
 * Return: 0, -1 if the first region is full.
 */
int map_add_arena(struct memory_map *map, enum arena_kind kind, u64 object_size, u32 nr);

/** map_object() - PA of the n-th object of an arena; @n wraps */
u64 map_object(const struct memory_map *map, enum arena_kind kind, u64 n);

/** map_vcpu_object() - PA of a vCPU's object in an arena of one per vCPU; both wrap */
u64 map_vcpu_object(const struct memory_map *map, enum arena_kind kind, u64 vm, u64 vcpu);

/** map_finish() - count what is left to the host; call after the last map_carve() */
void map_finish(struct memory_map *map);

/** map_region() - the region that byte @pa lies in, or NULL */
const struct mem_region *map_region(const struct memory_map *map, u64 pa);

/** map_carveout() - the carveout that byte @pa lies in, or NULL */
const struct carveout *map_carveout(const struct memory_map *map, u64 pa);

/** map_page_index() - index of the page of @pa among all memory pages; -1 if it is none */
static inline s64 map_page_index(const struct memory_map *map, u64 pa)
{
	for (unsigned int i = 0; i < map->nr_regions; i++) {
		u64 page = (pa - map->runs[i].base) >> MAP_PAGE_SHIFT;

		if (page < map->runs[i].nr)
			return map->runs[i].first + page;
	}

	return -1;
}

/** map_page_pa() - inverse of map_page_index() */
static inline u64 map_page_pa(const struct memory_map *map, u64 index)
{
	for (unsigned int i = 0; i < map->nr_regions; i++) {
		u64 page = index - map->runs[i].first;

		if (page < map->runs[i].nr)
			return map->runs[i].base + (page << MAP_PAGE_SHIFT);
	}

	return 0;
}

/**
 * map_resolve() - the number that an argument of an op stands for
 * @desc: the op's row
 * @op: the op
 * @args: one value per argument: pfn, pa, kernel VA, handle, ... as its kind says
 *
 * A symbolic offset beyond the end of its place wraps, so that every trace means something in every
 * layout; %PLACE_END and %PLACE_LIMIT count on beyond.
 */
void map_resolve(const struct memory_map *map, const struct op_desc *desc, const struct op *op,
                 u64 handle_base, u64 args[OP_MAX_ARGS]);

/**
 * map_describe() - name an address as a trace would
 *
 * Return: @buf, e.g. "ram+0x12000", or a plain number.
 */
const char *map_describe(const struct memory_map *map, u64 pa, char *buf, size_t len);

#endif
