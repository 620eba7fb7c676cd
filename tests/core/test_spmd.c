// SPDX-License-Identifier: GPL-2.0-only
/* The secure world: that it is a correct one, and that a script changes answers and nothing else. */
#include <stdlib.h>
#include <string.h>

#include "core/spmd.h"
#include "tests/replay/cmocka_test.h"

#define TX 0x40000000ULL
#define RX 0x40001000ULL
#define PAGE 0x40010000ULL

static struct tree_info info;
static struct memory_map map;
static struct phys phys;
static struct spmd *spmd;
static u64 answer[SMC_REGS];
static u32 nr_ranges;

static u64 call(u64 id, u64 a1, u64 a2, u64 a3)
{
	memset(answer, 0, sizeof(answer));
	answer[0] = id;
	answer[1] = a1;
	answer[2] = a2;
	answer[3] = a3;
	spmd_call(spmd, answer, NULL);
	return answer[0];
}

static int open_spmd(void **state)
{
	struct error err;

	(void)state;
	tree_info_init(&info);
	map_init(&map, LAYOUT_SMALL, 44, BIT(47));
	assert_int_equal(phys_init(&phys, &map, &err), 0);
	spmd = calloc(1, sizeof(*spmd));
	spmd->layout = &info.ffa;
	spmd->phys = &phys;
	assert_int_equal(call(FFA_VERSION, FFA_V1_2, 0, 0), FFA_V1_2);
	assert_int_equal(call(FFA_RXTX_MAP, TX, RX, 1), FFA_SUCCESS);
	return 0;
}

static int close_spmd(void **state)
{
	(void)state;
	free(spmd);
	phys_release(&phys);
	return 0;
}

/* A descriptor of @nr ranges of a page each in TX; Return: its length. */
static u32 describe(u32 nr, u32 pages)
{
	u8 *tx = phys_ptr(&phys, TX, MAP_PAGE_SIZE);
	u64 header[FFA_MAX_HEADER / 8];
	u32 size = ffa_header(&info.ffa, FFA_V1_2, nr, pages, header);

	memcpy(tx, header, size);
	for (u32 i = 0; i < nr; i++) {
		const u64 range[] = { PAGE + i * MAP_PAGE_SIZE, 1 };

		memcpy(tx + size + i * sizeof(range), range, sizeof(range));
	}

	return size + nr * info.ffa.sizeof_range;
}

static void count(void *arg, u64 pa, u32 nr_pages)
{
	(void)arg;
	(void)pa;
	(void)nr_pages;
	nr_ranges++;
}

static u32 ranges(void)
{
	nr_ranges = 0;
	spmd_ranges(spmd, count, NULL);
	return nr_ranges;
}

static void ask_for(u64 handle)
{
	u8 *tx = phys_ptr(&phys, TX, MAP_PAGE_SIZE);

	memset(tx, 0, MAP_PAGE_SIZE);
	memcpy(tx + info.ffa.fields[FFA_FIELD_handle].offset, &handle, sizeof(handle));
}

static void memory_comes_and_goes(void **state)
{
	u32 len, size = info.ffa.sizeof_region;

	(void)state;
	len = describe(3, 3);
	assert_int_equal(call(FFA_MEM_SHARE, len, len, 0), FFA_SUCCESS);
	assert_int_equal(answer[3] << 32 | answer[2], SPMD_HANDLE(0));
	assert_int_equal(ranges(), 3);

	ask_for(SPMD_HANDLE(0));
	assert_int_equal(call(FFA_MEM_RETRIEVE_REQ, size, size, 0), FFA_MEM_RETRIEVE_RESP);
	assert_int_equal(answer[1], len);
	/* RX is full until it is given back. */
	assert_int_equal(call(FFA_MEM_RETRIEVE_REQ, size, size, 0), FFA_ERROR);
	assert_int_equal((s32)answer[2], FFA_BUSY);
	assert_int_equal(call(FFA_RX_RELEASE, 0, 0, 0), FFA_SUCCESS);
	assert_int_equal(call(FFA_MEM_RECLAIM, 1, 5, 0), FFA_SUCCESS);
	assert_int_equal(ranges(), 0);
	assert_int_equal(call(FFA_MEM_RECLAIM, 1, 5, 0), FFA_ERROR);
}

static void fragments_are_put_together(void **state)
{
	u8 *tx = phys_ptr(&phys, TX, MAP_PAGE_SIZE);
	u32 len = describe(2, 2), frag = len - info.ffa.sizeof_range;

	(void)state;
	assert_int_equal(call(FFA_MEM_LEND, len, frag, 0), FFA_MEM_FRAG_RX);
	assert_int_equal(answer[3], frag);
	assert_int_equal(ranges(), 1);
	memmove(tx, tx + frag, info.ffa.sizeof_range);
	assert_int_equal(call(FFA_MEM_FRAG_TX, 1, 5, 2 * info.ffa.sizeof_range), FFA_ERROR);
	assert_int_equal(call(FFA_MEM_FRAG_TX, 1, 5, info.ffa.sizeof_range), FFA_SUCCESS);
	assert_int_equal(ranges(), 2);
}

static void what_is_not_sound_is_refused(void **state)
{
	u32 len = describe(2, 3);

	(void)state;
	/* pages that do not add up, then a count that does not fit */
	assert_int_equal(call(FFA_MEM_SHARE, len, len, 0), FFA_ERROR);
	len = describe(2, 2) - info.ffa.sizeof_range;
	assert_int_equal(call(FFA_MEM_SHARE, len, len, 0), FFA_ERROR);
	assert_int_equal(call(FFA_VERSION, 0x80010002, 0, 0), (u32)FFA_NOT_SUPPORTED);
	assert_int_equal(ranges(), 0);
}

static void who_answers_otherwise_takes_nothing(void **state)
{
	const struct spmd_script denied = { .at = 0, .value = FFA_ERROR };
	u32 len = describe(1, 1);

	(void)state;
	spmd_plan(spmd, &denied);
	assert_int_equal(call(FFA_MEM_SHARE, len, len, 0), FFA_ERROR);
	assert_int_equal(ranges(), 0);
	/* and only once */
	assert_int_equal(call(FFA_MEM_SHARE, len, len, 0), FFA_SUCCESS);
	assert_int_equal(ranges(), 1);
}

static void no_script_has_el2_run_over_its_buffers(void **state)
{
	const struct spmd_script much = { .skip = 1, .at = 3, .value = 0x100000 };
	u32 len = describe(1, 1);

	(void)state;
	spmd_plan(spmd, &much);
	assert_int_equal(call(FFA_MEM_SHARE, len, len, 0), FFA_SUCCESS);
	assert_int_equal(call(FFA_MEM_FRAG_RX, 1, 5, 16), FFA_MEM_FRAG_TX);
	assert_int_equal(answer[3], len - 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_spmd, close_spmd)
		TEST(memory_comes_and_goes),
		TEST(fragments_are_put_together),
		TEST(what_is_not_sound_is_refused),
		TEST(who_answers_otherwise_takes_nothing),
		TEST(no_script_has_el2_run_over_its_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
