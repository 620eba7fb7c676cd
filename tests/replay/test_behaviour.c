// SPDX-License-Identifier: GPL-2.0-only
#include "replay/behaviour.h"

#include <string.h>

#include "tests/replay/cmocka_test.h"

static struct behaviour seen[8];
static unsigned int nr;

static void read_all(const char *text)
{
	struct behaviour_reader *reader = behaviour_open(text);

	nr = 0;
	while (nr < ARRAY_SIZE(seen) && behaviour_next(reader, &seen[nr]))
		nr++;
	behaviour_close(reader);
}

static void a_step_is_an_answer_and_what_became_of_pages(void **state)
{
	(void)state;
	read_all("  0  host_share_hyp: share a page, pfn ram+0x12 (0x40012000)\n"
	         "       expected returned, x0 0x0, x1 0x0\n"
	         "       actual   returned, x0 0x0, x1 0x0\n"
	         "       ram+0x12 (0x40012000): host OWNED -> SHARED_OWNED, hyp NOPAGE -> "
	         "SHARED_BORROWED, refcount 0 -> 1, host stage-2 nothing -> rwx memory at level 3, "
	         "hyp stage-1 nothing -> rw- memory at level 3\n"
	         "       0x40411000 (hypervisor pool): refcount 5 -> 6\n"
	         "  1  host_share_hyp: share a page, pfn ram+0x12 (0x40012000)\n"
	         "       expected returned, x0 0x0, x1 -EPERM\n"
	         "       actual   returned, x0 0x0, x1 -EPERM\n"
	         "the host takes back all that the trace gave away:\n"
	         "  0  host_unshare_hyp: take it back, pfn ram+0x12 (0x40012000)\n");
	assert_int_equal(nr, 2);
	assert_string_equal(seen[0].op, "host_share_hyp");
	assert_string_equal(seen[0].condition, "host OWNED, hyp NOPAGE");
	assert_string_equal(seen[0].result, "returned, x0 0x0, x1 0x0; host OWNED -> SHARED_OWNED; "
	                                    "hyp NOPAGE -> SHARED_BORROWED");
	assert_string_equal(seen[1].condition, "host SHARED_OWNED, hyp SHARED_BORROWED");
	assert_string_equal(seen[1].result, "returned, x0 0x0, x1 -EPERM");
}

static void what_was_loaded_and_where_code_is_are_no_behaviour(void **state)
{
	(void)state;
	read_all("  0  host_load: load 8 bytes, addr 0x40400000 (hypervisor pool)\n"
	         "       expected abort injected into EL1, ESR_EL1 0x96000087, FAR_EL1 0x40400000\n"
	         "       actual   abort injected into EL1, ESR_EL1 0x96000087, FAR_EL1 0x40400000\n"
	         "  1  host_load: load 8 bytes, addr ram+0x0 (0x40000000)\n"
	         "       actual   returned, x0 0x40000000, x1 0x1234\n"
	         "  2  host_load: load 8 bytes, addr 0x40400000 (hypervisor pool)\n"
	         "       actual   BUG or WARN in EL2, pc 0x80004020dd38, ESR 0xf2000800\n"
	         "                  handle_host_mem_abort (arch/arm64/kvm/x.c:679)\n");
	assert_int_equal(nr, 3);
	assert_string_equal(seen[0].condition, "hypervisor pool");
	assert_string_equal(seen[0].result, "abort injected into EL1");
	assert_string_equal(seen[1].result, "returned");
	assert_string_equal(seen[2].result, "BUG or WARN in EL2 in handle_host_mem_abort");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_is_an_answer_and_what_became_of_pages),
		cmocka_unit_test(what_was_loaded_and_where_code_is_are_no_behaviour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
