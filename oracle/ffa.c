// SPDX-License-Identifier: GPL-2.0-only
/*
 * FF-A calls of the host: what the proxy in EL2 answers itself, what it forwards, and its buffers. EL3 is
 * trusted: its answers are taken as they come.
 */
#include "oracle/ffa.h"

#include <string.h>

/* SMCCC 1.1: in x0 to x3 */
#define SMCCC_1_1_RESULTS 4

static bool is_ffa(u64 id)
{
	return id & SMCCC_FAST && SMCCC_OWNER(id) == SMCCC_OWNER_STANDARD &&
	       SMCCC_FUNCTION(id) >= FFA_FIRST && SMCCC_FUNCTION(id) <= FFA_LAST;
}

void ffa_answer(struct expectation *expect, u64 x0, u64 x2)
{
	memset(expect->regs, 0, SMC_REGS * sizeof(u64));
	expect->regs[0] = x0;
	expect->regs[2] = x2;
}

void ffa_error(struct expectation *expect, s64 status)
{
	ffa_answer(expect, FFA_ERROR, status);
}

void ffa_pass(struct expectation *expect, const struct smc_call *call)
{
	memcpy(expect->regs, call->answer, SMC_REGS * sizeof(u64));
}

const struct smc_call *ffa_smc(struct model *model, const u64 args[SMC_REGS],
                               struct expectation *expect)
{
	return model_smc(model, args,
	                 tree_has(model->info, FEATURE_smccc_1_2) ? SMC_REGS : SMCCC_1_1_REGS,
	                 expect);
}

#define FFA_SMC(model, expect, ...) ffa_smc(model, (const u64[SMC_REGS]){ __VA_ARGS__ }, expect)

/* Once it has agreed on a version with EL3, the proxy must find what it needs there. */
static bool is_usable(struct model *model, struct expectation *expect)
{
	const struct smc_call *call = FFA_SMC(model, expect, FFA_ID_GET);
	u64 min_size;

	if (!call || call->answer[0] != FFA_SUCCESS || call->answer[2] != FFA_HOST_ID)
		return false;
	call = FFA_SMC(model, expect, FFA_FEATURES, FFA_RXTX_MAP);
	if (!call || call->answer[0] != FFA_SUCCESS)
		return false;

	/* Buffers of 4 KiB: 64 KiB, 16 KiB and what is reserved (DEN0077A 13.3) do not do. */
	min_size = call->answer[2];
	if (tree_has(model->info, FEATURE_ffa_rxtx_mask))
		min_size &= 3;
	return min_size == 0;
}

static bool refuses_version(const struct model *model, u64 answer)
{
	if (tree_has(model->info, FEATURE_ffa_version_s32))
		return (s32)answer == FFA_NOT_SUPPORTED;
	return answer == (u64)FFA_NOT_SUPPORTED;
}

/*
 * The version can be chosen once, by the host's first call that EL3 goes along with; it may be lower than
 * EL2's own.
 */
static void version(struct model *model, const u64 *regs, struct expectation *expect)
{
	u32 wanted = regs[1];
	const struct smc_call *call;

	ffa_answer(expect, FFA_NOT_SUPPORTED, 0);
	if (FFA_MAJOR(wanted) != 1)
		return;
	if (model->ffa.negotiated) {
		if (FFA_MINOR(wanted) >= FFA_MINOR(model->ffa.version) ||
		    !tree_has(model->info, FEATURE_ffa_checks_minor))
			ffa_answer(expect, model->ffa.version, 0);
		return;
	}
	if (FFA_MINOR(wanted) < FFA_MINOR(model->ffa.version)) {
		call = FFA_SMC(model, expect, FFA_VERSION, wanted);
		if (!call)
			return;
		ffa_pass(expect, call);
		if (refuses_version(model, call->answer[0]))
			return;
		model->ffa.version = wanted;
	}
	model->ffa.negotiated = is_usable(model, expect);
	expect->regs[0] = model->ffa.negotiated ? model->ffa.version : (u64)FFA_NOT_SUPPORTED;
}

/* Calls that the proxy does not let through, and says so when asked. */
static bool is_supported(const struct model *model, u32 id)
{
	/* The last ones are optional, and came with the versions that have them. */
	static const u32 unsupported[] = {
		FFA_MEM_RETRIEVE_REQ,
		FFA_MEM_RETRIEVE_RESP,
		FFA_MEM_RELINQUISH,
		FFA_MEM_OP_PAUSE,
		FFA_MEM_OP_RESUME,
		FFA_MEM_FRAG_RX,
		FFA_MEM_DONATE,
		FFA_MSG_SEND,
		FFA_MSG_POLL,
		FFA_MSG_WAIT,
		FFA_MSG_SEND_DIRECT_RESP_32,
		FFA_RXTX_MAP_32,
		FFA_MEM_DONATE_32,
		FFA_MEM_RETRIEVE_REQ_32,
#define FIRST_OPTIONAL 14
		FFA_NOTIFICATION_BITMAP_CREATE,
		FFA_NOTIFICATION_BITMAP_DESTROY,
		FFA_NOTIFICATION_BIND,
		FFA_NOTIFICATION_UNBIND,
		FFA_NOTIFICATION_SET,
		FFA_NOTIFICATION_GET,
		FFA_NOTIFICATION_INFO_GET_32,
		FFA_MSG_SEND_DIRECT_REQ2,
		FFA_MSG_SEND_DIRECT_RESP2,
		FFA_CONSOLE_LOG_32,
		FFA_PARTITION_INFO_GET_REGS,
	};

	size_t nr =
		tree_has(model->info, FEATURE_ffa_1_2) ? ARRAY_SIZE(unsupported) : FIRST_OPTIONAL;

	for (size_t i = 0; i < nr; i++) {
		if (unsupported[i] == id)
			return false;
	}

	return true;
}

/* Return: false if EL3 is to be asked. */
static bool features(const struct model *model, const u64 *regs, struct expectation *expect)
{
	u32 id = regs[1];

	if (!is_supported(model, id))
		ffa_error(expect, FFA_NOT_SUPPORTED);
	else if (id == (u32)FFA_MEM_SHARE || id == (u32)FFA_MEM_SHARE_32 ||
	         id == (u32)FFA_MEM_LEND || id == (u32)FFA_MEM_LEND_32)
		ffa_answer(expect, FFA_SUCCESS, 0);
	else
		return false;

	return true;
}

/* EL2's own mailboxes: pages of its pool, the same each time. */
static s32 map_own_mailboxes(struct model *model, u32 pages, struct expectation *expect)
{
	const struct smc_call *next = model_next_smc(model);
	struct model_ffa *ffa = &model->ffa;
	const struct smc_call *call;

	if (next && !ffa->own_tx) {
		const struct model_page *tx = model_page(model, next->args[1]);
		const struct model_page *rx = model_page(model, next->args[2]);

		if (tx && rx && tx != rx && tx->allocator && rx->allocator &&
		    !((next->args[1] | next->args[2]) & (MAP_PAGE_SIZE - 1))) {
			ffa->own_tx = next->args[1];
			ffa->own_rx = next->args[2];
		}
	}
	call = FFA_SMC(model, expect, FFA_RXTX_MAP, ffa->own_tx, ffa->own_rx, pages);

	return !call || call->answer[0] == FFA_SUCCESS ? 0 : (s32)call->answer[2];
}

static void unmap_own_mailboxes(struct model *model, struct expectation *expect)
{
	FFA_SMC(model, expect, FFA_RXTX_UNMAP, FFA_HOST_ID);
}

/* Share a page with the hypervisor, which holds on to it. */
static bool take_page(struct model *model, u64 pa)
{
	struct expectation share = { 0 };
	const u64 regs[] = { 0, pa >> MAP_PAGE_SHIFT };

	rule_host_share_hyp(model, regs, &share);
	if (share.regs[1])
		return false;
	model_pin(model, pa, 1);
	return true;
}

static void give_page_back(struct model *model, u64 pa)
{
	struct expectation unshare = { 0 };
	const u64 regs[] = { 0, pa >> MAP_PAGE_SHIFT };

	model_unpin(model, pa, 1);
	rule_host_unshare_hyp(model, regs, &unshare);
}

static void rxtx_map(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct model_ffa *ffa = &model->ffa;
	u64 tx = regs[1], rx = regs[2];
	u32 pages = regs[3];
	s32 status;

	if (pages != model->info->ffa.mailbox_size / FFA_PAGE_SIZE ||
	    (tx | rx) & (MAP_PAGE_SIZE - 1)) {
		ffa_error(expect, FFA_INVALID_PARAMETERS);
		return;
	}
	if (ffa->tx) {
		ffa_error(expect, FFA_DENIED);
		return;
	}
	status = map_own_mailboxes(model, pages, expect);
	if (status) {
		ffa_error(expect, status);
		return;
	}
	if (!take_page(model, tx)) {
		unmap_own_mailboxes(model, expect);
		ffa_error(expect, FFA_INVALID_PARAMETERS);
		return;
	}
	if (!take_page(model, rx)) {
		give_page_back(model, tx);
		unmap_own_mailboxes(model, expect);
		ffa_error(expect, FFA_INVALID_PARAMETERS);
		return;
	}
	ffa->tx = tx;
	ffa->rx = rx;
	ffa_answer(expect, FFA_SUCCESS, 0);
}

/* Pages that were shared when the buffers came are unshared now: nobody else may hold on to them. */
static void rxtx_unmap(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct model_ffa *ffa = &model->ffa;

	if ((u32)regs[1] != FFA_HOST_ID || !ffa->tx) {
		ffa_error(expect, FFA_INVALID_PARAMETERS);
		return;
	}
	give_page_back(model, ffa->tx);
	give_page_back(model, ffa->rx);
	ffa->tx = ffa->rx = 0;
	unmap_own_mailboxes(model, expect);
	ffa_answer(expect, FFA_SUCCESS, 0);
}

static void copy_to_rx(struct model *model, const u8 *bytes, u32 size)
{
	model_touch(model, model->ffa.rx, size);
	for (u32 at = 0; at < size; at += 8) {
		u32 step = size - at < 8 ? size - at : 8;
		u64 word = 0;

		memcpy(&word, bytes + at, step);
		model_expect_memory(model, model->ffa.rx + at, step, word);
	}
}

/* What EL3 put into EL2's mailbox is copied to the host's. */
static void partition_info_get(struct model *model, const u64 *regs, struct expectation *expect)
{
	u32 flags = regs[5], size = FFA_PARTITION_SIZE_1_0, count;
	const struct smc_call *call;

	if (!model->ffa.rx) {
		ffa_error(expect, FFA_BUSY);
		return;
	}
	call = FFA_SMC(model, expect, FFA_PARTITION_INFO_GET, (u32)regs[1], (u32)regs[2],
	               (u32)regs[3], (u32)regs[4], flags);
	if (!call)
		return;
	ffa_pass(expect, call);
	count = call->answer[2];
	if (call->answer[0] != FFA_SUCCESS || !count)
		return;
	if (model->ffa.version > FFA_V1_0) {
		if (flags & FFA_PARTITION_COUNT_ONLY)
			return;
		size = call->answer[3];
	}
	size *= count;
	if (size > model->info->ffa.mailbox_size)
		ffa_error(expect, FFA_ABORTED);
	else if (call->received)
		copy_to_rx(model, call->received, size);
	else
		expect->unmodelled = "the secure world has no mailbox and says it filled it";
}

static bool write_range(struct model *model, u64 at, u64 pa, u32 nr_pages,
                        struct expectation *expect)
{
	return host_store(model, at, 8, pa, expect) &&
	       host_store(model, at + 8, 8, nr_pages, expect);
}

/* The host fills its TX buffer, which it shares: by stores like any other. */
void rule_ffa_writes(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS],
                     struct expectation *expect)
{
	const struct ffa_layout *layout = &model->info->ffa;
	enum ffa_field field = args[2] % FFA_FIELD_COUNT;
	u64 header[FFA_MAX_HEADER / 8], at = args[0];
	u32 size;

	switch (op->code) {
	case OP_ffa_describe:
		size = ffa_header(layout, args[1], args[2], args[3], header);
		for (u32 i = 0; i < size / 8; i++) {
			if (!host_store(model, at + i * 8, 8, header[i], expect))
				return;
		}
		break;
	case OP_ffa_range:
		write_range(model, at + args[1] * layout->sizeof_range, args[2], args[3], expect);
		break;
	case OP_ffa_fill:
		for (u64 i = 0; i < ffa_fill_ranges(layout, args[1]); i++) {
			if (!write_range(model, at + i * layout->sizeof_range,
			                 args[2] + i * (u32)args[3] * MAP_PAGE_SIZE, args[3],
			                 expect))
				return;
		}
		break;
	default:
		host_store(model, at + ffa_field_offset(layout, args[1], field),
		           layout->fields[field].size, args[3], expect);
	}
}

/* What the proxy handles; false if it goes to EL3 as it is. */
static bool handle(struct model *model, u64 id, const u64 *regs, struct expectation *expect)
{
	switch (id) {
	case FFA_VERSION:
		expect->rule = "ffa_version";
		version(model, regs, expect);
		return true;
	case FFA_FEATURES:
		expect->rule = "ffa_features";
		return features(model, regs, expect);
	case FFA_RXTX_MAP:
		expect->rule = "ffa_rxtx_map";
		rxtx_map(model, regs, expect);
		return true;
	case FFA_RXTX_UNMAP:
		expect->rule = "ffa_rxtx_unmap";
		rxtx_unmap(model, regs, expect);
		return true;
	case FFA_MEM_SHARE:
	case FFA_MEM_SHARE_32:
		expect->rule = "ffa_mem_share";
		ffa_mem_send(model, FFA_MEM_SHARE, regs, expect);
		return true;
	case FFA_MEM_LEND:
	case FFA_MEM_LEND_32:
		expect->rule = "ffa_mem_lend";
		ffa_mem_send(model, FFA_MEM_LEND, regs, expect);
		return true;
	case FFA_MEM_FRAG_TX:
		expect->rule = "ffa_mem_frag_tx";
		ffa_mem_frag_tx(model, regs, expect);
		return true;
	case FFA_MEM_RECLAIM:
		expect->rule = "ffa_mem_reclaim";
		ffa_mem_reclaim(model, regs, expect);
		return true;
	case FFA_PARTITION_INFO_GET:
		expect->rule = "ffa_partition_info_get";
		partition_info_get(model, regs, expect);
		return true;
	default:
		if (is_supported(model, id))
			return false;
		ffa_error(expect, FFA_NOT_SUPPORTED);
		return true;
	}
}

bool rule_ffa(struct model *model, u64 id, const u64 *regs, struct expectation *expect)
{
	if (!is_ffa(id))
		return false;

	expect->rule = "ffa";
	if (id != FFA_VERSION && !model->ffa.negotiated)
		ffa_error(expect, FFA_INVALID_PARAMETERS);
	else if (!handle(model, id, regs, expect))
		return false;
	if (!tree_has(model->info, FEATURE_smccc_1_2))
		memcpy(expect->regs + SMCCC_1_1_RESULTS, regs + SMCCC_1_1_RESULTS,
		       (SMC_REGS - SMCCC_1_1_RESULTS) * sizeof(u64));

	return true;
}
