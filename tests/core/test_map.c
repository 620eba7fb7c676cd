// SPDX-License-Identifier: GPL-2.0-only
/* The machine: its memory, and the places that traces name. */
#include <string.h>

#include "core/memory_map.h"
#include "tests/replay/cmocka_test.h"

#define PA_BITS 44
#define HYP_VA_BASE BIT(47)

#define for_each_layout(l) for (enum layout l = 0; l < LAYOUT_SHARED; l++)

/* As a core would at boot. */
static void make_map(struct memory_map *map, enum layout layout)
{
	static const struct {
		enum carveout_role role;
		u64 size, align;
	} boot[] = {
		{ CARVE_TEXT, 0x12000, MAP_PAGE_SIZE },   { CARVE_RODATA, 0x3000, MAP_PAGE_SIZE },
		{ CARVE_DATA, 0x1000, MAP_PAGE_SIZE },    { CARVE_DATA, 0x4321, MAP_PAGE_SIZE },
		{ CARVE_HOST, 0x8000, MAP_PAGE_SIZE },    { CARVE_PERCPU, 0x2000, MAP_PAGE_SIZE },
		{ CARVE_STACK, 0x1000, MAP_PAGE_SIZE },   { CARVE_HOST, 0x1000, MAP_PAGE_SIZE },
		{ CARVE_POOL, 0x200000, MAP_BLOCK_SIZE },
	};

	map_init(map, layout, PA_BITS, HYP_VA_BASE);
	for (size_t i = 0; i < ARRAY_SIZE(boot); i++)
		assert_true(map_carve(map, boot[i].role, boot[i].size, boot[i].align));
	map_finish(map);
}

/* What the first argument of @code means at @place. */
static u64 resolve(const struct memory_map *map, enum op_code code, enum place place, u64 value)
{
	const struct op op = { .code = code, .place = { place }, .value = { value } };
	u64 args[OP_MAX_ARGS];

	map_resolve(map, op_desc(code), &op, 0x1000, args);
	return args[0];
}

static u64 resolve_pa(const struct memory_map *map, enum place place, u64 value)
{
	return resolve(map, OP_force_reclaim_guest_page, place, value);
}

static void layouts_have_names(void **state)
{
	(void)state;
	for_each_layout(layout) assert_int_equal(layout_by_name(layout_name(layout)), layout);
	assert_int_equal(layout_by_name("large"), -1);
	assert_int_equal(layout_by_name(""), -1);
}

static void regions_are_sorted_and_apart(void **state)
{
	struct memory_map map;

	(void)state;
	for_each_layout(layout)
	{
		make_map(&map, layout);
		for (unsigned int i = 0; i < map.nr_regions; i++) {
			const struct mem_region *reg = &map.regions[i];

			assert_true(reg->base + reg->size > reg->base);
			assert_true(reg->base + reg->size <= BIT(PA_BITS));
			if (i)
				assert_true(reg[-1].base + reg[-1].size <= reg->base);
		}
	}
}

static void holes_has_every_odd_bound(void **state)
{
	bool nomap = false, unaligned = false, in_block = false, high = false;
	struct memory_map map;

	(void)state;
	make_map(&map, LAYOUT_HOLES);
	for_each_region(&map, reg) {
		nomap |= reg->nomap;
		unaligned |= !!((reg->base + reg->size) & (MAP_PAGE_SIZE - 1));
		in_block |= !!(reg->base & (MAP_BLOCK_SIZE - 1));
		high |= reg->base >= BIT(32);
	}
	assert_true(nomap && unaligned && in_block && high);
}

static void a_region_is_found_up_to_its_last_byte(void **state)
{
	struct memory_map map;

	(void)state;
	for_each_layout(layout)
	{
		make_map(&map, layout);
		for_each_region(&map, reg) {
			assert_ptr_equal(map_region(&map, reg->base), reg);
			assert_ptr_equal(map_region(&map, reg->base + reg->size - 1), reg);
			assert_ptr_not_equal(map_region(&map, reg->base - 1), reg);
			assert_ptr_not_equal(map_region(&map, reg->base + reg->size), reg);
		}
		assert_null(map_region(&map, 0));
		assert_null(map_region(&map, ~0ULL));
		assert_null(map_region(&map, BIT(PA_BITS)));
	}
}

static void page_index_and_address_are_inverse(void **state)
{
	struct memory_map map;
	u64 last = 0;

	(void)state;
	for_each_layout(layout)
	{
		make_map(&map, layout);
		for (u64 i = 0; i < map.nr_pages; i++) {
			u64 pa = map_page_pa(&map, i);

			assert_false(pa & (MAP_PAGE_SIZE - 1));
			assert_int_equal(map_page_index(&map, pa), i);
			assert_int_equal(map_page_index(&map, pa + MAP_PAGE_SIZE - 1), i);
			if (i)
				assert_true(pa > last);
			last = pa;
		}
	}
}

static void what_is_no_memory_has_no_page_index(void **state)
{
	struct memory_map map;

	(void)state;
	for_each_layout(layout)
	{
		make_map(&map, layout);
		assert_int_equal(map_page_index(&map, 0), -1);
		assert_int_equal(map_page_index(&map, map.regions[0].base - 1), -1);
		assert_int_equal(map_page_index(&map, ~0ULL), -1);
		assert_int_equal(map_page_index(&map, BIT(PA_BITS)), -1);
		for_each_region(&map, reg) {
			u64 end = ALIGN_UP(reg->base + reg->size, MAP_PAGE_SIZE);

			if (!map_region(&map, end))
				assert_int_equal(map_page_index(&map, end), -1);
		}
	}
}

static void the_page_of_an_unaligned_end_is_memory(void **state)
{
	const struct mem_region *cut = NULL;
	struct memory_map map;
	u64 end;

	(void)state;
	make_map(&map, LAYOUT_HOLES);
	for_each_region(&map, reg) {
		if ((reg->base + reg->size) & (MAP_PAGE_SIZE - 1))
			cut = reg;
	}
	assert_non_null(cut);
	end = cut->base + cut->size;
	assert_true(map_page_index(&map, end) >= 0);
	assert_null(map_region(&map, end));
	/* ... but no page that "ram" counts through: half of it is not the host's. */
	for (unsigned int i = 0; i < map.nr_ram; i++)
		assert_false(end - map.ram[i].base < map.ram[i].size);
	assert_int_equal(resolve_pa(&map, PLACE_END, 0), ALIGN_DOWN(end, MAP_PAGE_SIZE));
}

static void carveouts_lie_in_a_row(void **state)
{
	struct memory_map map;

	(void)state;
	for_each_layout(layout)
	{
		make_map(&map, layout);
		assert_int_equal(map.carveouts[0].base, MAP_IMAGE_BASE);
		for (unsigned int i = 0; i < map.nr_carveouts; i++) {
			const struct carveout *carve = &map.carveouts[i];

			assert_false((carve->base | carve->size) & (MAP_PAGE_SIZE - 1));
			assert_ptr_equal(map_region(&map, carve->base), &map.regions[0]);
			assert_ptr_equal(map_region(&map, carve->base + carve->size - 1),
			                 &map.regions[0]);
			assert_ptr_equal(map_carveout(&map, carve->base), carve);
			assert_ptr_equal(map_carveout(&map, carve->base + carve->size - 1), carve);
			if (i)
				assert_true(carve[-1].base + carve[-1].size <= carve->base);
		}
		assert_null(map_carveout(&map, MAP_IMAGE_BASE - 1));
		assert_null(map_carveout(&map, map.carve_next));
	}
}

static void carving_more_than_there_is_fails(void **state)
{
	struct memory_map map;
	u64 left;

	(void)state;
	for_each_layout(layout)
	{
		map_init(&map, layout, PA_BITS, HYP_VA_BASE);
		left = map.regions[0].base + map.regions[0].size - MAP_IMAGE_BASE;
		assert_int_equal(map_carve(&map, CARVE_HOST, left + 1, MAP_PAGE_SIZE), 0);
		assert_int_equal(map.nr_carveouts, 0);
		assert_int_equal(map_carve(&map, CARVE_HOST, left, MAP_PAGE_SIZE), MAP_IMAGE_BASE);
		assert_int_equal(map_carve(&map, CARVE_HOST, 1, MAP_PAGE_SIZE), 0);
		assert_int_equal(map.nr_carveouts, 1);
	}
}

static void carving_too_often_fails(void **state)
{
	struct memory_map map;

	(void)state;
	map_init(&map, LAYOUT_SMALL, PA_BITS, HYP_VA_BASE);
	for (int i = 0; i < MAP_MAX_CARVEOUTS; i++)
		assert_true(map_carve(&map, CARVE_HOST, 1, MAP_PAGE_SIZE));
	assert_int_equal(map_carve(&map, CARVE_HOST, 1, MAP_PAGE_SIZE), 0);
}

static void ram_is_all_that_is_left_to_the_host(void **state)
{
	struct memory_map map;
	u64 pages;

	(void)state;
	for_each_layout(layout)
	{
		make_map(&map, layout);
		pages = 0;
		for (u64 i = 0; i < map.nr_pages; i++) {
			u64 pa = map_page_pa(&map, i);
			const struct mem_region *reg = map_region(&map, pa);

			if (reg && !reg->nomap && pa + MAP_PAGE_SIZE <= reg->base + reg->size &&
			    !map_carveout(&map, pa))
				pages++;
		}
		assert_int_equal(map.ram_pages, pages);
	}
}

static void ram_counts_through_each_page_once_and_wraps(void **state)
{
	struct memory_map map;
	u64 last = 0;

	(void)state;
	for_each_layout(layout)
	{
		make_map(&map, layout);
		for (u64 n = 0; n < map.ram_pages; n++) {
			u64 pa = resolve_pa(&map, PLACE_RAM, n << MAP_PAGE_SHIFT);
			const struct mem_region *reg = map_region(&map, pa);

			assert_true(reg && !reg->nomap && !map_carveout(&map, pa));
			assert_true(!n || pa > last);
			last = pa;
			assert_int_equal(resolve(&map, OP_host_share_hyp, PLACE_RAM, n),
			                 pa >> MAP_PAGE_SHIFT);
			assert_int_equal(
				resolve(&map, OP_host_share_hyp, PLACE_RAM, n + map.ram_pages),
				pa >> MAP_PAGE_SHIFT);
		}
	}
}

static void every_place_lies_in_its_carveout(void **state)
{
	static const struct {
		enum place place;
		u32 roles;
	} places[] = {
		{ PLACE_HYP, BIT(CARVE_POOL) },
		{ PLACE_TEXT, BIT(CARVE_TEXT) },
		{ PLACE_DATA, BIT(CARVE_RODATA) | BIT(CARVE_DATA) },
		{ PLACE_PERCPU, BIT(CARVE_PERCPU) | BIT(CARVE_STACK) },
	};
	struct memory_map map;

	(void)state;
	for_each_layout(layout)
	{
		make_map(&map, layout);
		for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
			u32 seen = 0;

			for (u64 n = 0; n < 2 * MAP_BLOCK_SIZE; n += MAP_PAGE_SIZE) {
				const struct carveout *carve = map_carveout(
					&map, resolve_pa(&map, places[i].place, n + 0x123));

				assert_non_null(carve);
				assert_true(places[i].roles & BIT(carve->role));
				seen |= BIT(carve->role);
			}
			assert_int_equal(seen, places[i].roles);
		}
	}
}

static void blocks_are_whole_and_the_hosts(void **state)
{
	struct memory_map map;

	(void)state;
	for_each_layout(layout)
	{
		make_map(&map, layout);
		for (u64 n = 0; n < 8; n++) {
			u64 pa = resolve_pa(&map, PLACE_BLOCK, n * MAP_BLOCK_SIZE);

			assert_int_equal(pa & (MAP_BLOCK_SIZE - 1), 0);
			assert_ptr_equal(map_region(&map, pa),
			                 map_region(&map, pa + MAP_BLOCK_SIZE - 1));
			for (u64 at = pa; at < pa + MAP_BLOCK_SIZE; at += MAP_PAGE_SIZE)
				assert_null(map_carveout(&map, at));
		}
	}
}

static void places_keep_the_offset_into_the_page(void **state)
{
	static const enum place places[] = { PLACE_RAM,   PLACE_HYP,   PLACE_TEXT,   PLACE_DATA,
		                             PLACE_END,   PLACE_LIMIT, PLACE_PERCPU, PLACE_MMIO,
		                             PLACE_NOMAP, PLACE_BLOCK };
	struct memory_map map;

	(void)state;
	for_each_layout(layout)
	{
		make_map(&map, layout);
		for (size_t i = 0; i < ARRAY_SIZE(places); i++)
			assert_int_equal(resolve_pa(&map, places[i], 0x5678) & 0xfff, 0x678);
	}
}

static void mmio_is_a_hole_below_memory(void **state)
{
	struct memory_map map;

	(void)state;
	for_each_layout(layout)
	{
		make_map(&map, layout);
		for (u64 n = 0; n < BIT(40); n = n * 3 + 0x1001) {
			u64 pa = resolve_pa(&map, PLACE_MMIO, n);

			assert_true(pa < map.regions[0].base);
			assert_int_equal(map_page_index(&map, pa), -1);
		}
	}
}

static void nomap_is_the_nomap_region_or_a_hole(void **state)
{
	struct memory_map map;

	(void)state;
	for_each_layout(layout)
	{
		make_map(&map, layout);
		for (u64 n = 0; n < BIT(40); n = n * 3 + 0x1001) {
			const struct mem_region *reg =
				map_region(&map, resolve_pa(&map, PLACE_NOMAP, n));

			if (layout == LAYOUT_HOLES)
				assert_true(reg && reg->nomap);
			else
				assert_null(reg);
		}
	}
}

static void end_and_limit_count_on_beyond(void **state)
{
	struct memory_map map;

	(void)state;
	for_each_layout(layout)
	{
		make_map(&map, layout);
		assert_true(map_page_index(&map, resolve_pa(&map, PLACE_END, 0)) >= 0);
		assert_int_equal(map_page_index(&map, resolve_pa(&map, PLACE_END, MAP_PAGE_SIZE)),
		                 -1);
		assert_int_equal(resolve_pa(&map, PLACE_LIMIT, 0), BIT(PA_BITS));
		assert_int_equal(resolve_pa(&map, PLACE_LIMIT, 0x3000), BIT(PA_BITS) + 0x3000);
		assert_int_equal(resolve_pa(&map, PLACE_LIMIT, -0x1000ULL), BIT(PA_BITS) - 0x1000);
	}
}

static void raw_values_are_left_alone(void **state)
{
	static const u64 values[] = { 0, 1, 0xfff, BIT(52) | 0x40000, ~0ULL };
	struct memory_map map;

	(void)state;
	make_map(&map, LAYOUT_HOLES);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		assert_int_equal(resolve(&map, OP_host_share_hyp, PLACE_RAW, values[i]), values[i]);
		assert_int_equal(resolve_pa(&map, PLACE_RAW, values[i]), values[i]);
		assert_int_equal(resolve(&map, OP_unreserve_vm, PLACE_RAW, values[i]), values[i]);
	}
}

static void kinds_decide_what_a_place_means(void **state)
{
	struct memory_map map;

	(void)state;
	make_map(&map, LAYOUT_SMALL);
	assert_int_equal(resolve(&map, OP_adjust_pc, PLACE_RAM, 0x1010),
	                 map_hva(resolve_pa(&map, PLACE_RAM, 0x1010)));
	assert_int_equal(resolve(&map, OP_unreserve_vm, PLACE_VM, 3), 0x1003);
}

static void arguments_that_an_op_lacks_are_zero(void **state)
{
	const struct op op = { .code = OP_host_share_hyp,
		               .place = { PLACE_RAW, PLACE_RAM, PLACE_RAW, PLACE_VM },
		               .value = { 1, 2, 3, 4 } };
	u64 args[OP_MAX_ARGS];
	struct memory_map map;

	(void)state;
	make_map(&map, LAYOUT_SMALL);
	map_resolve(&map, op_desc(op.code), &op, 0x1000, args);
	assert_int_equal(args[0], 1);
	for (int i = 1; i < OP_MAX_ARGS; i++)
		assert_int_equal(args[i], 0);
}

static void host_accesses_are_aligned(void **state)
{
	struct memory_map map;

	(void)state;
	make_map(&map, LAYOUT_SMALL);
	for (u64 n = 0; n < 16; n++) {
		assert_int_equal(resolve(&map, OP_host_load, PLACE_RAW, 0x1000 + n),
		                 0x1000 + (n & ~7ULL));
		assert_int_equal(resolve(&map, OP_host_store, PLACE_RAW, 0x1000 + n),
		                 0x1000 + (n & ~7ULL));
		assert_int_equal(resolve(&map, OP_host_fetch, PLACE_RAW, 0x1000 + n),
		                 0x1000 + (n & ~3ULL));
	}
	assert_int_equal(resolve(&map, OP_host_load, PLACE_RAW, ~0ULL), ~7ULL);
}

static void kernel_and_hypervisor_addresses_lead_back(void **state)
{
	struct memory_map map;
	u64 pa = 0x41234567;

	(void)state;
	make_map(&map, LAYOUT_SMALL);
	assert_int_equal(map_hva_pa(map_hva(pa)), pa);
	assert_int_equal(map_hyp_pa(&map, map_hyp_va(&map, pa)), pa);
	/* Any VA is some PA to kern_hyp_va(): only the low bits count. */
	assert_int_equal(map_hva_pa(pa), pa);
	assert_int_equal(map_hva_pa(~0ULL), MAP_HVA_PA_MASK);
}

static void addresses_are_described_as_traces_name_them(void **state)
{
	struct memory_map map;
	char buf[64];

	(void)state;
	make_map(&map, LAYOUT_HOLES);
	map_describe(&map, resolve_pa(&map, PLACE_RAM, 0x201000), buf, sizeof(buf));
	assert_memory_equal(buf, "ram+0x201 ", 10);
	assert_non_null(strstr(map_describe(&map, MAP_IMAGE_BASE, buf, sizeof(buf)), "text"));
	map_describe(&map, resolve_pa(&map, PLACE_HYP, 0), buf, sizeof(buf));
	assert_non_null(strstr(buf, "hypervisor pool"));
	map_describe(&map, resolve_pa(&map, PLACE_NOMAP, 0), buf, sizeof(buf));
	assert_non_null(strstr(buf, "nomap memory"));
	assert_non_null(strstr(map_describe(&map, 0x1000, buf, sizeof(buf)), "no memory"));
	assert_int_equal(strlen(map_describe(&map, ~0ULL, buf, 8)), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layouts_have_names),
		cmocka_unit_test(regions_are_sorted_and_apart),
		cmocka_unit_test(holes_has_every_odd_bound),
		cmocka_unit_test(a_region_is_found_up_to_its_last_byte),
		cmocka_unit_test(page_index_and_address_are_inverse),
		cmocka_unit_test(what_is_no_memory_has_no_page_index),
		cmocka_unit_test(the_page_of_an_unaligned_end_is_memory),
		cmocka_unit_test(carveouts_lie_in_a_row),
		cmocka_unit_test(carving_more_than_there_is_fails),
		cmocka_unit_test(carving_too_often_fails),
		cmocka_unit_test(ram_is_all_that_is_left_to_the_host),
		cmocka_unit_test(ram_counts_through_each_page_once_and_wraps),
		cmocka_unit_test(every_place_lies_in_its_carveout),
		cmocka_unit_test(blocks_are_whole_and_the_hosts),
		cmocka_unit_test(places_keep_the_offset_into_the_page),
		cmocka_unit_test(mmio_is_a_hole_below_memory),
		cmocka_unit_test(nomap_is_the_nomap_region_or_a_hole),
		cmocka_unit_test(end_and_limit_count_on_beyond),
		cmocka_unit_test(raw_values_are_left_alone),
		cmocka_unit_test(kinds_decide_what_a_place_means),
		cmocka_unit_test(arguments_that_an_op_lacks_are_zero),
		cmocka_unit_test(host_accesses_are_aligned),
		cmocka_unit_test(kernel_and_hypervisor_addresses_lead_back),
		cmocka_unit_test(addresses_are_described_as_traces_name_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
