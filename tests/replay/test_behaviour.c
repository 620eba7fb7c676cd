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
	assert_string_equal(seen[0].answer, "returned, x0 0x0, x1 0x0");
	assert_string_equal(seen[0].changes,
	                    "; host OWNED -> SHARED_OWNED; hyp NOPAGE -> SHARED_BORROWED");
	assert_int_equal(seen[0].end, BEHAVIOUR_DONE);
	assert_string_equal(seen[1].condition, "host SHARED_OWNED, hyp SHARED_BORROWED");
	assert_string_equal(seen[1].answer, "returned, x0 0x0, x1 -EPERM");
	assert_int_equal(seen[1].end, BEHAVIOUR_REFUSED);
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
	assert_string_equal(seen[0].condition, "the hypervisor's");
	assert_string_equal(seen[0].answer, "abort injected into EL1");
	assert_string_equal(seen[1].answer, "returned");
	assert_string_equal(seen[2].answer, "BUG or WARN in EL2");
	assert_string_equal(seen[2].place, " in handle_host_mem_abort");
}

/* Changes of a range are told once, in however many lines; a register that no one wrote is not the answer. */
static void ranges_and_what_registers_were_left(void **state)
{
	(void)state;
	read_all(
		"  0  ffa_mem_lend: lend memory, len 0x60, frag 0x60, addr 0x0 (no memory), pages 0x0\n"
		"       actual   returned, x0 0x84000061, x1 0x0\n"
		"       ram+0x2 (0x40002000), 3 pages: host OWNED -> SHARED_OWNED, hyp NOPAGE -> SHARED_BORROWED\n"
		"       ram+0x5 (0x40005000): host OWNED -> SHARED_OWNED, host stage-2 nothing -> "
		"rwx memory at level 3\n"
		"  1  flush_vm_context: flush all VMIDs\n"
		"       actual   returned, x0 0x0, x1 0x10000\n"
		"  2  host_smc: an SMC by its function id: PSCI, FF-A, anything, id 0x1, a1 0xfff\n"
		"       actual   returned, x0 0xffffffffffffffff, x1 -EPERM\n"
		"  3  host_share_hyp: share a page, pfn ram+0x4 (0x40004000)\n"
		"       actual   returned, x0 0x0, x1 -EPERM\n"
		"  4  reserve_vm: reserve a VM slot\n"
		"       the tree has no such op\n"
		"  5  init_vm: create a VM, kvm 0xffff000040253000\n"
		"       actual   returned, x0 0x0, x1 0x1000\n");
	assert_int_equal(nr, 6);
	assert_string_equal(seen[0].condition, "");
	assert_string_equal(seen[0].answer, "returned, x0 0x84000061");
	assert_string_equal(seen[0].changes, "; other: host OWNED -> SHARED_OWNED; "
	                                     "other: hyp NOPAGE -> SHARED_BORROWED");
	assert_string_equal(seen[1].answer, "returned, x0 0x0");
	assert_string_equal(seen[2].answer, "returned, x0 0xffffffffffffffff");
	assert_int_equal(seen[2].end, BEHAVIOUR_UNKNOWN);
	assert_string_equal(seen[3].condition, "host SHARED_OWNED, hyp SHARED_BORROWED");
	assert_string_equal(seen[4].answer, "");
	assert_string_equal(seen[5].answer, "returned, x0 0x0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_step_is_an_answer_and_what_became_of_pages),
		cmocka_unit_test(what_was_loaded_and_where_code_is_are_no_behaviour),
		cmocka_unit_test(ranges_and_what_registers_were_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
