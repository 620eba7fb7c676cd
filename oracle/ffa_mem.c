// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory that the host shares with, or lends to, the secure world. What EL2 lets go there is exclusively
 * the host's, and stays marked as shared until EL3 has given it back.
 */
#include "oracle/ffa.h"

#include <string.h>

#define FFA_SMC(model, expect, ...) ffa_smc(model, (const u64[SMC_REGS]){ __VA_ARGS__ }, expect)

/* The ranges of a descriptor, one by one */
static void range_at(const struct model *model, const struct ffa_ranges *ranges, u32 i, u64 *pa,
                     u64 *nr_pages)
{
	const u8 *range = ranges->bytes + (size_t)i * model->info->ffa.sizeof_range;
	u32 count;

	memcpy(pa, range, sizeof(*pa));
	memcpy(&count, range + sizeof(*pa), sizeof(count));
	*nr_pages = count;
}

/* May a range change from one state of the host's to another? An empty one has to lie in memory, too. */
static bool may_change(struct model *model, u64 pa, u64 nr_pages, enum page_state from)
{
	u64 limit = BIT(model->map->pa_bits - MAP_PAGE_SHIFT), pfn = pa >> MAP_PAGE_SHIFT;
	const struct mem_region *reg = map_region(model->map, pa);

	if (!tree_has(model->info, FEATURE_ffa_checks_address))
		return !model_check_host(model, ALIGN_DOWN(pa, MAP_PAGE_SIZE),
		                         nr_pages << MAP_PAGE_SHIFT, from);
	if (pa & (MAP_PAGE_SIZE - 1) || pfn >= limit || limit - pfn < nr_pages)
		return false;
	/* Where an empty range ends is the byte before it. */
	if (!nr_pages)
		return reg && !reg->nomap && pa != reg->base;

	return !model_check_host(model, pa, nr_pages << MAP_PAGE_SHIFT, from);
}

static u32 change(struct model *model, const struct ffa_ranges *ranges, u32 nr,
                  enum page_state from, enum page_state to)
{
	u64 pa, nr_pages;

	for (u32 i = 0; i < nr; i++) {
		range_at(model, ranges, i, &pa, &nr_pages);
		model_touch(model, pa, nr_pages << MAP_PAGE_SHIFT);
		if (!may_change(model, pa, nr_pages, from))
			return i;
		for (u64 n = 0; n < nr_pages; n++) {
			struct model_page *page = model_change(model, pa + (n << MAP_PAGE_SHIFT));

			page->host = to;
			page->secure = to == STATE_SHARED_OWNED;
		}
	}

	return nr;
}

/* All of the ranges, or none. */
static bool share(struct model *model, const struct ffa_ranges *ranges)
{
	u32 done = change(model, ranges, ranges->nr, STATE_OWNED, STATE_SHARED_OWNED);

	if (done == ranges->nr)
		return true;
	change(model, ranges, done, STATE_SHARED_OWNED, STATE_OWNED);
	return false;
}

static bool unshare(struct model *model, const struct ffa_ranges *ranges)
{
	u32 done = change(model, ranges, ranges->nr, STATE_SHARED_OWNED, STATE_OWNED);

	if (done == ranges->nr)
		return true;
	change(model, ranges, done, STATE_OWNED, STATE_SHARED_OWNED);
	return false;
}

/* A transaction is complete. */
static void remember(struct model *model, const u64 *answer)
{
	struct model_ffa *ffa = &model->ffa;

	if (answer[0] == FFA_SUCCESS && ffa->nr_handles < MODEL_MAX_HANDLES)
		ffa->handles[ffa->nr_handles++] = answer[3] << 32 | (u32)answer[2];
}

static void forget(struct model *model, u64 handle)
{
	struct model_ffa *ffa = &model->ffa;

	for (u32 i = 0; i < ffa->nr_handles; i++) {
		if (ffa->handles[i] == handle) {
			ffa->handles[i] = ffa->handles[--ffa->nr_handles];
			return;
		}
	}
}

/* What the host wrote into its TX buffer */
static bool read_tx(const struct model *model, u32 size, u8 *bytes, struct expectation *expect)
{
	for (u32 at = 0; at < size; at += 8) {
		u32 step = size - at < 8 ? size - at : 8;
		u64 word;

		if (!model_read_bits(model, model->ffa.tx + at, step, &word)) {
			expect->unmodelled = "a TX buffer of which the model does not know all";
			return false;
		}
		memcpy(bytes + at, &word, step);
	}

	return true;
}

/* EL3 must have got what the host wrote. */
static void check_sent(const struct smc_call *call, const u8 *bytes, u32 size,
                       struct expectation *expect)
{
	if (call && call->sent && memcmp(call->sent, bytes, size))
		expect->wrong_data = "the secure world got another descriptor than the host wrote";
}

/* Where the receiver is: v1.0 has it at a fixed place, as trees that do not look have it. */
static u64 receiver_at(const struct model *model, const u8 *desc)
{
	const struct ffa_layout *layout = &model->info->ffa;

	if (model->ffa.version > FFA_V1_0 && tree_has(model->info, FEATURE_ffa_emad_size))
		return ffa_get(layout, desc, 0, FFA_FIELD_ep_mem_offset);
	return ffa_region_size(layout, model->ffa.version);
}

/*
 * The ranges in the first fragment: they begin where the descriptor says and take all the rest of it.
 * Return: false if it is none.
 */
static bool find_ranges(const struct model *model, const u8 *desc, u32 frag,
                        struct ffa_ranges *ranges, struct expectation *expect)
{
	const struct ffa_layout *layout = &model->info->ffa;
	u64 receiver = receiver_at(model, desc), begin, size;

	if (receiver + ffa_receiver_size(layout, model->ffa.version) > frag) {
		if (!tree_has(model->info, FEATURE_ffa_checks_receiver))
			expect->unmodelled = "EL2 looks for the receiver where the host says";
		return false;
	}
	begin = ffa_get(layout, desc, receiver, FFA_FIELD_composite_off);
	if (!begin || ffa_get(layout, desc, 0, FFA_FIELD_ep_count) != 1 ||
	    ffa_get(layout, desc, 0, FFA_FIELD_sender_id) != FFA_HOST_ID)
		return false;
	begin += layout->sizeof_composite;
	if (begin > frag)
		return false;
	size = frag - begin;
	if (size % layout->sizeof_range)
		return false;

	ranges->bytes = desc + begin;
	ranges->nr = size / layout->sizeof_range;
	return true;
}

/* What a first fragment must hold: the headers of the version, or of any. */
static u32 min_fragment(const struct model *model)
{
	const struct ffa_layout *layout = &model->info->ffa;

	if (!tree_has(model->info, FEATURE_ffa_checks_receiver))
		return layout->sizeof_region + layout->sizeof_receiver;
	return ffa_region_size(layout, model->ffa.version) +
	       ffa_receiver_size(layout, model->ffa.version);
}

/* A transaction, or the first fragment of one */
void ffa_mem_send(struct model *model, u64 function, const u64 *regs, struct expectation *expect)
{
	const struct ffa_layout *layout = &model->info->ffa;
	u32 len = regs[1], frag = regs[2];
	const struct smc_call *call;
	struct ffa_ranges ranges;
	u8 desc[SPMD_MAX_MAILBOX];
	bool taken;

	ffa_error(expect, FFA_INVALID_PARAMETERS);
	/* Only the TX buffer is offered for descriptors. */
	if (regs[3] || (u32)regs[4] || frag > len || frag > layout->mailbox_size ||
	    frag < min_fragment(model) || !model->ffa.tx)
		return;
	if (len > model->info->ffa_desc_size) {
		ffa_error(expect, FFA_NO_MEMORY);
		return;
	}
	if (!read_tx(model, frag, desc, expect) || !find_ranges(model, desc, frag, &ranges, expect))
		return;
	if (!share(model, &ranges)) {
		ffa_error(expect, FFA_DENIED);
		return;
	}

	call = FFA_SMC(model, expect, function, len, frag);
	check_sent(call, desc, frag, expect);
	if (!call)
		return;
	ffa_pass(expect, call);
	taken = frag == len ? call->answer[0] == FFA_SUCCESS :
	                      call->answer[0] == FFA_MEM_FRAG_RX && call->answer[3] == frag;
	if (!taken)
		unshare(model, &ranges);
	else
		remember(model, call->answer);
}

/* More ranges of a transaction of which EL2 kept nothing */
void ffa_mem_frag_tx(struct model *model, const u64 *regs, struct expectation *expect)
{
	const struct ffa_layout *layout = &model->info->ffa;
	u32 lo = regs[1], hi = regs[2], frag = regs[3], endpoint = regs[4];
	const struct smc_call *call;
	struct ffa_ranges ranges;
	u8 desc[SPMD_MAX_MAILBOX];

	ffa_error(expect, FFA_INVALID_PARAMETERS);
	if (frag > layout->mailbox_size || frag % layout->sizeof_range || !model->ffa.tx)
		return;
	if (!read_tx(model, frag, desc, expect))
		return;
	ranges.bytes = desc;
	ranges.nr = frag / layout->sizeof_range;
	if (!share(model, &ranges)) {
		/* The transaction is given up, and EL3 can take it back, says EL2, or WARNs. */
		call = FFA_SMC(model, expect, FFA_MEM_RECLAIM, lo, hi, 0);
		ffa_error(expect, FFA_DENIED);
		if (call && call->answer[0] != FFA_SUCCESS && model->smcs->scripted)
			expect->kind = OUTCOME_EL2_BUG;
		return;
	}

	call = FFA_SMC(model, expect, FFA_MEM_FRAG_TX, lo, hi, frag, endpoint);
	check_sent(call, desc, frag, expect);
	if (!call)
		return;
	ffa_pass(expect, call);
	if (call->answer[0] != FFA_SUCCESS && call->answer[0] != FFA_MEM_FRAG_RX)
		unshare(model, &ranges);
	else
		remember(model, call->answer);
}

/* A descriptor as EL2 puts it together from what EL3 gives it. */
struct retrieval {
	u8 bytes[SPMD_MAX_DESC];
	u32 len;
	u32 got;
};

static const char trusts[] = "an answer of EL3 that EL2 trusts not to be given";

static bool append(const struct model *model, struct retrieval *r, const struct smc_call *call,
                   u32 frag, struct expectation *expect)
{
	/* EL2 copies so much, whatever its buffers hold. */
	if (!call->received || frag > model->info->ffa.mailbox_size ||
	    r->got + (u64)frag > model->info->ffa_desc_size) {
		expect->unmodelled = trusts;
		return false;
	}
	memcpy(r->bytes + r->got, call->received, frag);
	r->got += frag;
	return true;
}

static void release(struct model *model, struct expectation *expect)
{
	FFA_SMC(model, expect, FFA_RX_RELEASE);
}

/* A first fragment that says where its parts are, all of them inside. */
static bool is_sane(const struct model *model, const struct smc_call *call, u32 len, u32 frag)
{
	const struct ffa_layout *layout = &model->info->ffa;
	u64 receiver = receiver_at(model, call->received), composite;

	if (receiver + ffa_receiver_size(layout, model->ffa.version) > frag ||
	    receiver + layout->sizeof_receiver > layout->mailbox_size)
		return false;
	composite = ffa_get(layout, call->received, receiver, FFA_FIELD_composite_off);
	return composite + layout->sizeof_composite <= len && frag <= layout->mailbox_size;
}

/* The first fragment; Return: false if there is no more to do. */
static bool retrieve(struct model *model, u64 handle, struct retrieval *r, u64 *composite,
                     struct expectation *expect)
{
	const struct ffa_layout *layout = &model->info->ffa;
	u32 size = layout->sizeof_region, frag;
	const struct smc_call *call;
	u64 receiver;

	call = FFA_SMC(model, expect, FFA_MEM_RETRIEVE_REQ, size, size);
	if (!call)
		return false;
	if (call->sent && (ffa_get(layout, call->sent, 0, FFA_FIELD_handle) != handle ||
	                   ffa_get(layout, call->sent, 0, FFA_FIELD_sender_id) != FFA_HOST_ID))
		expect->wrong_data = "the secure world was asked for another transaction";
	if (call->answer[0] != FFA_MEM_RETRIEVE_RESP) {
		ffa_pass(expect, call);
		return false;
	}
	r->len = call->answer[1];
	frag = call->answer[2];
	if (!tree_has(model->info, FEATURE_ffa_checks_receiver) && call->received &&
	    !is_sane(model, call, r->len, frag)) {
		expect->unmodelled = trusts;
		return false;
	}
	receiver = call->received ? receiver_at(model, call->received) : layout->mailbox_size;
	if (receiver + ffa_receiver_size(layout, model->ffa.version) > frag && call->received) {
		release(model, expect);
		ffa_error(expect, FFA_INVALID_PARAMETERS);
		return false;
	}
	if (receiver + layout->sizeof_receiver > layout->mailbox_size) {
		expect->unmodelled = trusts;
		return false;
	}
	*composite = ffa_get(layout, call->received, receiver, FFA_FIELD_composite_off);
	if (*composite + layout->sizeof_composite > r->len || frag > layout->mailbox_size) {
		release(model, expect);
		ffa_error(expect, FFA_ABORTED);
		return false;
	}
	if (r->len > model->info->ffa_desc_size) {
		release(model, expect);
		ffa_error(expect, FFA_NO_MEMORY);
		return false;
	}
	if (!append(model, r, call, frag, expect))
		return false;
	release(model, expect);

	return true;
}

static bool retrieve_rest(struct model *model, u32 lo, u32 hi, struct retrieval *r,
                          struct expectation *expect)
{
	u32 offset = r->got, frag = r->got;

	while (offset < r->len) {
		const struct smc_call *call =
			FFA_SMC(model, expect, FFA_MEM_FRAG_RX, lo, hi, offset, FFA_HOST_ID);

		if (!call)
			return false;
		if (call->answer[0] != FFA_MEM_FRAG_TX) {
			ffa_error(expect, FFA_INVALID_PARAMETERS);
			return false;
		}
		frag = call->answer[3];
		r->got = offset;
		if (!append(model, r, call, frag, expect))
			return false;
		release(model, expect);
		offset += frag;
	}

	return true;
}

static void touch(struct model *model, const struct ffa_ranges *ranges)
{
	u64 pa, nr_pages;

	for (u32 i = 0; i < ranges->nr; i++) {
		range_at(model, ranges, i, &pa, &nr_pages);
		model_touch(model, pa, nr_pages << MAP_PAGE_SHIFT);
	}
}

static bool all_secure(struct model *model, const struct ffa_ranges *ranges)
{
	u64 pa, nr_pages;

	for (u32 i = 0; i < ranges->nr; i++) {
		range_at(model, ranges, i, &pa, &nr_pages);
		for (u64 n = 0; n < nr_pages && may_change(model, pa, 1, STATE_SHARED_OWNED); n++) {
			if (!model_page(model, pa)->secure)
				return false;
			pa += MAP_PAGE_SIZE;
		}
	}

	return true;
}

/*
 * EL3's word is enough, as long as the host shared these pages, with whomever. If it did not, EL2 says so by
 * a WARN.
 */
static void give_back(struct model *model, const struct ffa_ranges *ranges,
                      struct expectation *expect)
{
	bool secure = all_secure(model, ranges);

	if (!unshare(model, ranges))
		expect->kind = OUTCOME_EL2_BUG;
	else if (!secure && model->smcs->scripted)
		expect->unmodelled = "EL3 gave back what it never had, as EL2 trusts it not to";
}

/*
 * EL2 kept nothing of what was shared: EL3 says which ranges they were. When EL3 has given them up, they
 * are exclusively the host's again.
 */
void ffa_mem_reclaim(struct model *model, const u64 *regs, struct expectation *expect)
{
	const struct ffa_layout *layout = &model->info->ffa;
	u32 lo = regs[1], hi = regs[2], flags = regs[3];
	static struct retrieval r;
	const struct smc_call *call;
	struct ffa_ranges ranges;
	u64 composite;

	r.got = 0;
	if (!retrieve(model, (u64)hi << 32 | lo, &r, &composite, expect) ||
	    !retrieve_rest(model, lo, hi, &r, expect))
		return;
	ranges.nr = ffa_get(layout, r.bytes, composite, FFA_FIELD_addr_range_cnt);
	ranges.bytes = r.bytes + composite + layout->sizeof_composite;
	if (composite + layout->sizeof_composite + (u64)ranges.nr * layout->sizeof_range > r.len) {
		if (!tree_has(model->info, FEATURE_ffa_checks_receiver))
			expect->unmodelled = trusts;
		ffa_error(expect, FFA_ABORTED);
		return;
	}

	touch(model, &ranges);
	call = FFA_SMC(model, expect, FFA_MEM_RECLAIM, lo, hi, flags);
	if (!call)
		return;
	ffa_pass(expect, call);
	if (call->answer[0] == FFA_SUCCESS) {
		give_back(model, &ranges, expect);
		forget(model, (u64)hi << 32 | lo);
	}
}
