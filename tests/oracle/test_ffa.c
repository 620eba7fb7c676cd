// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FF-A proxy. What it answers, asks of EL3 and does with pages is as in the tree's ffa.c, read there,
 * not taken from the model.
 */
#include <string.h>

#include "core/ffa.h"
#include "oracle/lockstep.h"
#include "tests/oracle/fake_core.h"
#include "tests/replay/cmocka_test.h"

#define HANDLE 0x500000001ULL
#define TX fake_place(core, PLACE_FFA, 0)
#define RX fake_place(core, PLACE_FFA, 1)
#define OWN_TX fake_place(core, PLACE_HYP, 32)
#define OWN_RX fake_place(core, PLACE_HYP, 33)

static struct core *core;
static struct model *model;
static struct expectation expect;
static u8 sent[4096], received[4096];

static int open_model(void **state)
{
	(void)state;
	core = fake_open(LAYOUT_SMALL);
	core->info.ffa_version = FFA_V1_2;
	core->info.ffa_desc_size = 9 * MAP_PAGE_SIZE;
	model = model_open(&core->map, &core->info);
	model->smcs = &core->smcs;
	memset(sent, 0, sizeof(sent));
	memset(received, 0, sizeof(received));
	return 0;
}

static int close_model(void **state)
{
	(void)state;
	model_close(model);
	fake_close(core);
	return 0;
}

/* EL3 was asked @args and answered @answer. */
static struct smc_call *el3(const u64 args[6], const u64 answer[4])
{
	struct smc_call *call = &core->smcs.calls[core->smcs.nr++];

	memset(call, 0, sizeof(*call));
	memcpy(call->args, args, 6 * sizeof(*args));
	memcpy(call->answer, answer, 4 * sizeof(*answer));
	return call;
}

#define ASKED(...) ((const u64[6]){ __VA_ARGS__ })
#define ANSWERED(...) ((const u64[4]){ __VA_ARGS__ })

static void issue(enum op_code code, const u64 args[OP_MAX_ARGS])
{
	const struct op op = { .code = code };

	memset(expect.regs, 0, sizeof(expect.regs));
	smc_op_regs(&op, args, expect.regs);
	model_step(model, &op, args, &expect);
	core->smcs.nr = 0;
	core->smcs.scripted = false;
}

#define ISSUE(op, ...) issue(OP_##op, (const u64[OP_MAX_ARGS]){ __VA_ARGS__ })

/* The proxy answered, and asked EL3 no more and no less than el3() said. */
static void assert_answer(u64 x0, u64 x2)
{
	assert_null(expect.unmodelled);
	assert_null(expect.wrong_data);
	assert_false(expect.smc.wrong);
	assert_int_equal(expect.kind, OUTCOME_RETURNED);
	assert_int_equal(expect.regs[0], x0);
	assert_int_equal(expect.regs[2], x2);
}

static void assert_page(u64 pa, enum page_state host, enum page_state hyp, u32 pins)
{
	assert_int_equal(model_page(model, pa)->host, host);
	assert_int_equal(model_page(model, pa)->hyp, hyp);
	assert_int_equal(model_page(model, pa)->pins, pins);
}

static void negotiate(u32 version)
{
	if (version < core->info.ffa_version)
		el3(ASKED(FFA_VERSION, version), ANSWERED(FFA_V1_2));
	el3(ASKED(FFA_ID_GET), ANSWERED(FFA_SUCCESS));
	el3(ASKED(FFA_FEATURES, FFA_RXTX_MAP), ANSWERED(FFA_SUCCESS));
	ISSUE(ffa_version, version);
	assert_answer(version, 0);
}

static void map_buffers(void)
{
	negotiate(FFA_V1_2);
	el3(ASKED(FFA_RXTX_MAP, OWN_TX, OWN_RX, 1), ANSWERED(FFA_SUCCESS));
	ISSUE(ffa_rxtx_map, TX, RX, 1);
	assert_answer(FFA_SUCCESS, 0);
}

/* A descriptor of one range, in the host's buffer and as EL3 shall see it. */
static u32 describe(u64 pa, u32 nr_pages)
{
	u64 header[FFA_MAX_HEADER / 8], range[2] = { pa, nr_pages };
	u32 size = ffa_header(&core->info.ffa, FFA_V1_2, 1, nr_pages, header);

	memcpy(sent, header, size);
	memcpy(sent + size, range, sizeof(range));
	ISSUE(ffa_describe, TX, FFA_V1_2, 1, nr_pages);
	ISSUE(ffa_range, TX + size, 0, pa, nr_pages);

	return size + sizeof(range);
}

static void share(u64 pa)
{
	u32 len = describe(pa, 1);

	el3(ASKED(FFA_MEM_SHARE, len, len), ANSWERED(FFA_SUCCESS, 0, 1, 5))->sent = sent;
	ISSUE(ffa_mem_share, len, len);
	assert_answer(FFA_SUCCESS, 1);
}

static void nothing_goes_before_a_version(void **state)
{
	(void)state;
	ISSUE(ffa_rx_release);
	assert_answer(FFA_ERROR, FFA_INVALID_PARAMETERS);
	ISSUE(ffa_version, 0x20000);
	assert_answer(FFA_NOT_SUPPORTED, 0);
}

static void a_version_is_chosen_once(void **state)
{
	(void)state;
	negotiate(FFA_V1_1);
	ISSUE(ffa_version, FFA_V1_0);
	assert_answer(FFA_NOT_SUPPORTED, 0);
	ISSUE(ffa_version, FFA_V1_2);
	assert_answer(FFA_V1_1, 0);
}

static void without_ffa_at_el3_there_is_none(void **state)
{
	(void)state;
	model->ffa.version = 0;
	el3(ASKED(FFA_ID_GET), ANSWERED(~0ULL));
	ISSUE(ffa_version, FFA_V1_2);
	assert_answer(FFA_NOT_SUPPORTED, 0);
	ISSUE(ffa_version, FFA_V1_2);
	assert_true(expect.smc.wrong);
}

static void buffers_are_shared_and_pinned(void **state)
{
	(void)state;
	map_buffers();
	assert_page(TX, STATE_SHARED_OWNED, STATE_SHARED_BORROWED, 1);
	assert_page(RX, STATE_SHARED_OWNED, STATE_SHARED_BORROWED, 1);
	ISSUE(ffa_rxtx_map, TX, RX, 1);
	assert_answer(FFA_ERROR, FFA_DENIED);
	el3(ASKED(FFA_RXTX_UNMAP), ANSWERED(FFA_SUCCESS));
	ISSUE(ffa_rxtx_unmap, 0);
	assert_answer(FFA_SUCCESS, 0);
	assert_page(TX, STATE_OWNED, STATE_NOPAGE, 0);
	assert_page(RX, STATE_OWNED, STATE_NOPAGE, 0);
}

static void buffers_that_cannot_be_are_undone(void **state)
{
	(void)state;
	negotiate(FFA_V1_2);
	ISSUE(ffa_rxtx_map, TX, RX, 2);
	assert_answer(FFA_ERROR, FFA_INVALID_PARAMETERS);
	ISSUE(ffa_rxtx_map, TX, RX + 8, 1);
	assert_answer(FFA_ERROR, FFA_INVALID_PARAMETERS);
	el3(ASKED(FFA_RXTX_MAP, OWN_TX, OWN_RX, 1), ANSWERED(FFA_SUCCESS));
	el3(ASKED(FFA_RXTX_UNMAP), ANSWERED(FFA_SUCCESS));
	ISSUE(ffa_rxtx_map, TX, TX, 1);
	assert_answer(FFA_ERROR, FFA_INVALID_PARAMETERS);
	assert_page(TX, STATE_OWNED, STATE_NOPAGE, 0);
}

static void mailboxes_are_of_the_hypervisor(void **state)
{
	(void)state;
	negotiate(FFA_V1_2);
	el3(ASKED(FFA_RXTX_MAP, TX, OWN_RX, 1), ANSWERED(FFA_SUCCESS));
	ISSUE(ffa_rxtx_map, TX, RX, 1);
	assert_true(expect.smc.wrong);
}

static void what_is_shared_is_marked(void **state)
{
	u64 page = fake_place(core, PLACE_RAM, 7);

	(void)state;
	map_buffers();
	share(page);
	assert_page(page, STATE_SHARED_OWNED, STATE_NOPAGE, 0);
	assert_true(model_page(model, page)->secure);
}

static void what_el3_refuses_is_undone(void **state)
{
	u64 page = fake_place(core, PLACE_RAM, 7);
	u32 len;

	(void)state;
	map_buffers();
	len = describe(page, 1);
	el3(ASKED(FFA_MEM_LEND, len, len), ANSWERED(FFA_ERROR, 0, -3));
	ISSUE(ffa_mem_lend, len, len);
	assert_answer(FFA_ERROR, FFA_NO_MEMORY);
	assert_page(page, STATE_OWNED, STATE_NOPAGE, 0);
}

static void what_is_not_the_hosts_own_does_not_get_there(void **state)
{
	const u64 foreign[] = { fake_place(core, PLACE_HYP, 0), fake_place(core, PLACE_TEXT, 0), TX,
		                fake_place(core, PLACE_MMIO, 0),
		                fake_place(core, PLACE_RAM, 3) + 8 };

	(void)state;
	map_buffers();
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		u32 len = describe(foreign[i], 1);

		ISSUE(ffa_mem_share, len, len);
		assert_answer(FFA_ERROR, FFA_DENIED);
	}
}

static void a_fragment_that_el3_counts_otherwise_is_undone(void **state)
{
	u64 page = fake_place(core, PLACE_RAM, 7);
	u32 frag;

	(void)state;
	map_buffers();
	frag = describe(page, 1);
	el3(ASKED(FFA_MEM_SHARE, frag + 16, frag), ANSWERED(FFA_MEM_FRAG_RX, 1, 5, frag + 1));
	ISSUE(ffa_mem_share, frag + 16, frag);
	assert_answer(FFA_MEM_FRAG_RX, 5);
	assert_page(page, STATE_OWNED, STATE_NOPAGE, 0);
}

static void a_bad_fragment_gives_the_transaction_up(void **state)
{
	(void)state;
	map_buffers();
	ISSUE(ffa_range, TX, 0, fake_place(core, PLACE_HYP, 0), 1);
	el3(ASKED(FFA_MEM_RECLAIM, 1, 5), ANSWERED(FFA_SUCCESS));
	ISSUE(ffa_mem_frag_tx, HANDLE, 16);
	assert_answer(FFA_ERROR, FFA_DENIED);
}

static void el3_must_see_what_the_host_wrote(void **state)
{
	u32 len;

	(void)state;
	map_buffers();
	len = describe(fake_place(core, PLACE_RAM, 7), 1);
	sent[len - 16] ^= 1;
	el3(ASKED(FFA_MEM_SHARE, len, len), ANSWERED(FFA_SUCCESS))->sent = sent;
	ISSUE(ffa_mem_share, len, len);
	assert_non_null(expect.wrong_data);
}

/* EL3's part in taking a transaction back, up to RECLAIM */
static void retrieve(u32 len)
{
	static u8 request[4096];
	const u64 handle = HANDLE;
	u32 size = core->info.ffa.sizeof_region;
	struct smc_call *call;

	memcpy(request + core->info.ffa.fields[FFA_FIELD_handle].offset, &handle, sizeof(handle));
	memcpy(received, sent, sizeof(sent));
	call = el3(ASKED(FFA_MEM_RETRIEVE_REQ, size, size),
	           ANSWERED(FFA_MEM_RETRIEVE_RESP, len, len));
	call->sent = request;
	call->received = received;
	el3(ASKED(FFA_RX_RELEASE), ANSWERED(FFA_SUCCESS));
}

static void what_el3_gives_back_is_the_hosts(void **state)
{
	u64 page = fake_place(core, PLACE_RAM, 7);
	u32 len;

	(void)state;
	map_buffers();
	share(page);
	len = ffa_ranges_offset(&core->info.ffa, FFA_V1_2) + 16;
	retrieve(len);
	el3(ASKED(FFA_MEM_RECLAIM, 1, 5), ANSWERED(FFA_ERROR, 0, -6));
	ISSUE(ffa_mem_reclaim, HANDLE, 0);
	assert_answer(FFA_ERROR, FFA_DENIED);
	assert_page(page, STATE_SHARED_OWNED, STATE_NOPAGE, 0);

	retrieve(len);
	el3(ASKED(FFA_MEM_RECLAIM, 1, 5), ANSWERED(FFA_SUCCESS));
	ISSUE(ffa_mem_reclaim, HANDLE, 0);
	assert_answer(FFA_SUCCESS, 0);
	assert_page(page, STATE_OWNED, STATE_NOPAGE, 0);
}

static void what_was_never_shared_is_warned_of(void **state)
{
	u32 len;

	(void)state;
	map_buffers();
	len = describe(fake_place(core, PLACE_RAM, 7), 1);
	retrieve(len);
	el3(ASKED(FFA_MEM_RECLAIM, 1, 5), ANSWERED(FFA_SUCCESS));
	ISSUE(ffa_mem_reclaim, HANDLE, 0);
	assert_int_equal(expect.kind, OUTCOME_EL2_BUG);
}

static void the_list_of_partitions_is_copied(void **state)
{
	u64 word;

	(void)state;
	map_buffers();
	received[0] = 0x42;
	received[47] = 0x43;
	el3(ASKED(FFA_PARTITION_INFO_GET), ANSWERED(FFA_SUCCESS, 0, 2, 24))->received = received;
	ISSUE(ffa_partition_info_get);
	assert_answer(FFA_SUCCESS, 2);
	assert_true(model_read(model, RX, &word) && word == 0x42);
	assert_true(model_read(model, RX + 40, &word) && word == 0x43ULL << 56);
	/* 4 GiB and a bit: what is left of it fits. */
	el3(ASKED(FFA_PARTITION_INFO_GET), ANSWERED(FFA_SUCCESS, 0, 2, 4096))->received = received;
	ISSUE(ffa_partition_info_get);
	assert_answer(FFA_ERROR, FFA_ABORTED);
}

/* Through lockstep: the secure world was told of a page that is not shared with it. */
static void a_page_that_reaches_the_secure_world_is_found(void **state)
{
	const struct op op = { .code = OP_host_load, .place = { PLACE_RAM } };
	static struct lockstep_result result;
	struct lockstep *ls;

	(void)state;
	core->secure = fake_place(core, PLACE_RAM, 9);
	core->secure_pages = 1;
	ls = lockstep_open(core);
	lockstep_run(ls, &op, 1, LOCKSTEP_CHEAP, NULL, &result);
	lockstep_close(ls);
	assert_int_equal(result.verdict, VERDICT_FINDING);
	assert_int_equal(result.finding.class, FINDING_INVARIANT);
	assert_string_equal(result.finding.place, "isolation secure");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_model, close_model)
		TEST(nothing_goes_before_a_version),
		TEST(a_version_is_chosen_once),
		TEST(without_ffa_at_el3_there_is_none),
		TEST(buffers_are_shared_and_pinned),
		TEST(buffers_that_cannot_be_are_undone),
		TEST(mailboxes_are_of_the_hypervisor),
		TEST(what_is_shared_is_marked),
		TEST(what_el3_refuses_is_undone),
		TEST(what_is_not_the_hosts_own_does_not_get_there),
		TEST(a_fragment_that_el3_counts_otherwise_is_undone),
		TEST(a_bad_fragment_gives_the_transaction_up),
		TEST(el3_must_see_what_the_host_wrote),
		TEST(what_el3_gives_back_is_the_hosts),
		TEST(what_was_never_shared_is_warned_of),
		TEST(the_list_of_partitions_is_copied),
		TEST(a_page_that_reaches_the_secure_world_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
