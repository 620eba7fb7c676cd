// SPDX-License-Identifier: GPL-2.0-only
#include "core/spmd.h"

#include <string.h>

#define FFA_VERSION_MBZ BIT(31) /* DEN0077A 13.2 */
#define RECLAIM_FLAGS (BIT(0) | BIT(1)) /* clear memory, time slicing */

/* Sizes that FEATURES gives for RXTX_MAP: at least, and aligned to, 4 KiB */
#define RXTX_4K 0

bool spmd_is_ffa(u64 id)
{
	return !(id >> 32) && id & SMCCC_FAST && SMCCC_OWNER(id) == SMCCC_OWNER_STANDARD &&
	       SMCCC_FUNCTION(id) >= FFA_FIRST && SMCCC_FUNCTION(id) <= FFA_LAST;
}

static void answer(u64 regs[SMC_REGS], u64 x0, u64 x2)
{
	memset(regs, 0, SMC_REGS * sizeof(*regs));
	regs[0] = x0;
	regs[2] = x2;
}

static void succeed(u64 regs[SMC_REGS])
{
	answer(regs, FFA_SUCCESS, 0);
}

/* Status codes are 32 bits. */
static void fail(u64 regs[SMC_REGS], s64 status)
{
	answer(regs, FFA_ERROR, (u32)status);
}

static u8 *mailbox(const struct spmd *spmd, u64 pa)
{
	return pa ? phys_ptr(spmd->phys, pa, spmd->layout->mailbox_size) : NULL;
}

static void version(struct spmd *spmd, u64 regs[SMC_REGS])
{
	u32 wanted = regs[1];

	if (wanted & FFA_VERSION_MBZ || FFA_MAJOR(wanted) != FFA_MAJOR(SPMD_VERSION)) {
		answer(regs, (u32)FFA_NOT_SUPPORTED, 0);
		return;
	}
	spmd->now.version = wanted < SPMD_VERSION ? wanted : SPMD_VERSION;
	answer(regs, SPMD_VERSION, 0);
}

static void features(u64 regs[SMC_REGS])
{
	static const u32 functions[] = {
		FFA_VERSION,     FFA_FEATURES,    FFA_RX_RELEASE,         FFA_RXTX_MAP,
		FFA_RXTX_UNMAP,  FFA_ID_GET,      FFA_PARTITION_INFO_GET, FFA_MEM_LEND,
		FFA_MEM_SHARE,   FFA_MEM_LEND_32, FFA_MEM_SHARE_32,       FFA_MEM_RETRIEVE_REQ,
		FFA_MEM_RECLAIM, FFA_MEM_FRAG_RX, FFA_MEM_FRAG_TX,
	};

	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		if (functions[i] == regs[1]) {
			answer(regs, FFA_SUCCESS, RXTX_4K);
			return;
		}
	}
	fail(regs, FFA_NOT_SUPPORTED);
}

static void rxtx_map(struct spmd *spmd, u64 regs[SMC_REGS])
{
	u64 tx = regs[1], rx = regs[2], size = (u32)regs[3] * FFA_PAGE_SIZE;

	if (spmd->now.tx) {
		fail(regs, FFA_DENIED);
	} else if ((tx | rx) & (FFA_PAGE_SIZE - 1) || tx == rx ||
	           size != spmd->layout->mailbox_size || !mailbox(spmd, tx) || !mailbox(spmd, rx)) {
		fail(regs, FFA_INVALID_PARAMETERS);
	} else {
		spmd->now.tx = tx;
		spmd->now.rx = rx;
		spmd->now.rx_full = false;
		succeed(regs);
	}
}

static void rxtx_unmap(struct spmd *spmd, u64 regs[SMC_REGS])
{
	if (!spmd->now.tx || regs[1]) {
		fail(regs, FFA_INVALID_PARAMETERS);
		return;
	}
	spmd->now.tx = spmd->now.rx = 0;
	succeed(regs);
}

/* The producer's turn ends when it has filled RX, and begins when the consumer gives it back. */
static void rx_release(struct spmd *spmd, u64 regs[SMC_REGS])
{
	if (!spmd->now.rx_full) {
		fail(regs, FFA_DENIED);
		return;
	}
	spmd->now.rx_full = false;
	succeed(regs);
}

static bool rx_busy(const struct spmd *spmd, u64 regs[SMC_REGS])
{
	if (spmd->now.rx && !spmd->now.rx_full)
		return false;
	fail(regs, FFA_BUSY);
	return true;
}

static void partition_info_get(struct spmd *spmd, u64 regs[SMC_REGS])
{
	u32 size = spmd->now.version > FFA_V1_0 ? FFA_PARTITION_SIZE : FFA_PARTITION_SIZE_1_0;
	bool count_only = spmd->now.version > FFA_V1_0 && regs[5] & FFA_PARTITION_COUNT_ONLY;
	u8 *rx;

	/* Only the nil UUID means something here: all partitions. */
	if (regs[1] || regs[2] || regs[3] || regs[4]) {
		fail(regs, FFA_INVALID_PARAMETERS);
		return;
	}
	if (!count_only) {
		if (rx_busy(spmd, regs))
			return;
		rx = mailbox(spmd, spmd->now.rx);
		memset(rx, 0, SPMD_PARTITIONS * size);
		for (unsigned int i = 0; i < SPMD_PARTITIONS; i++) {
			rx[i * size] = 1 + i; /* id 0x8001, ... */
			rx[i * size + 1] = 0x80;
			rx[i * size + 2] = 1; /* execution contexts */
		}
		spmd->now.rx_full = true;
	}
	succeed(regs);
	regs[2] = SPMD_PARTITIONS;
	regs[3] = spmd->now.version > FFA_V1_0 && !count_only ? size : 0;
}

/* Memory transactions */

static u64 get(const struct spmd *spmd, const u8 *desc, u32 at, enum ffa_field field)
{
	return ffa_get(spmd->layout, desc, at, field);
}

static u8 *desc_of(struct spmd *spmd, const struct spmd_region *region)
{
	return spmd->desc[region - spmd->now.regions];
}

static struct spmd_region *find_region(struct spmd *spmd, u64 lo, u64 hi)
{
	for (unsigned int i = 0; i < SPMD_MAX_REGIONS; i++) {
		struct spmd_region *region = &spmd->now.regions[i];

		if (region->used && region->handle == (((u64)(u32)hi << 32) | (u32)lo))
			return region;
	}

	return NULL;
}

static struct spmd_region *free_region(struct spmd *spmd)
{
	for (unsigned int i = 0; i < SPMD_MAX_REGIONS; i++) {
		if (!spmd->now.regions[i].used)
			return &spmd->now.regions[i];
	}

	return NULL;
}

/* Where the ranges begin; 0 if the first fragment is not that of a transaction. */
static u32 parse_header(const struct spmd *spmd, const u8 *desc, u32 frag)
{
	const struct ffa_layout *layout = spmd->layout;
	u32 receiver_size = ffa_receiver_size(layout, spmd->now.version);
	u64 receiver = layout->fields[FFA_FIELD_ep_mem_offset].offset, composite;

	if (frag < ffa_region_size(layout, spmd->now.version))
		return 0;
	if (spmd->now.version > FFA_V1_0)
		receiver = get(spmd, desc, 0, FFA_FIELD_ep_mem_offset);
	if (receiver + receiver_size > frag || get(spmd, desc, 0, FFA_FIELD_ep_count) != 1 ||
	    get(spmd, desc, 0, FFA_FIELD_sender_id) != FFA_HOST_ID)
		return 0;
	composite = get(spmd, desc, receiver, FFA_FIELD_composite_off);
	if (!composite || composite & 7 || composite + layout->sizeof_composite > frag)
		return 0;

	return composite + layout->sizeof_composite;
}

static void range_at(const struct spmd *spmd, const u8 *desc, u32 at, u64 *pa, u32 *pages)
{
	(void)spmd;
	memcpy(pa, desc + at, sizeof(*pa));
	memcpy(pages, desc + at + sizeof(*pa), sizeof(*pages));
}

/* All of it is here: do counts and lengths agree? */
static bool is_sound(const struct spmd *spmd, const struct spmd_region *region, const u8 *desc)
{
	const struct ffa_layout *layout = spmd->layout;
	u32 composite = region->ranges - layout->sizeof_composite;
	u64 count = get(spmd, desc, composite, FFA_FIELD_addr_range_cnt), pages = 0;

	if (!count || region->ranges + count * layout->sizeof_range != region->len)
		return false;
	for (u32 at = region->ranges; at < region->len; at += layout->sizeof_range) {
		u32 nr;
		u64 pa;

		range_at(spmd, desc, at, &pa, &nr);
		if (!nr || pa & (FFA_PAGE_SIZE - 1))
			return false;
		pages += nr;
	}

	return pages == get(spmd, desc, composite, FFA_FIELD_total_pg_cnt);
}

static void take_fragment(struct spmd *spmd, struct spmd_region *region, u32 frag,
                          u64 regs[SMC_REGS])
{
	u8 *desc = desc_of(spmd, region);

	memcpy(desc + region->got, mailbox(spmd, spmd->now.tx), frag);
	if (!region->got)
		region->ranges = parse_header(spmd, desc, frag);
	region->got += frag;
	if (!region->ranges || (region->got == region->len && !is_sound(spmd, region, desc))) {
		region->used = false;
		fail(regs, FFA_INVALID_PARAMETERS);
		return;
	}

	if (region->got == region->len) {
		succeed(regs);
		regs[2] = (u32)region->handle;
		regs[3] = region->handle >> 32;
	} else {
		answer(regs, FFA_MEM_FRAG_RX, region->handle >> 32);
		regs[1] = (u32)region->handle;
		regs[3] = region->got;
	}
}

static void mem_send(struct spmd *spmd, u64 regs[SMC_REGS])
{
	struct spmd_region *region = free_region(spmd);
	u32 len = regs[1], frag = regs[2];

	if (!spmd->now.tx || regs[3] || regs[4] || frag > len ||
	    frag > spmd->layout->mailbox_size) {
		fail(regs, FFA_INVALID_PARAMETERS);
		return;
	}
	if (!region || len > SPMD_MAX_DESC) {
		fail(regs, FFA_NO_MEMORY);
		return;
	}
	*region = (struct spmd_region){
		.used = true,
		.handle = SPMD_HANDLE(spmd->now.nr_transactions++),
		.len = len,
	};
	take_fragment(spmd, region, frag, regs);
}

static void mem_frag_tx(struct spmd *spmd, u64 regs[SMC_REGS])
{
	struct spmd_region *region = find_region(spmd, regs[1], regs[2]);
	u32 frag = regs[3];

	if (!region || region->got == region->len || !spmd->now.tx || !frag || regs[4] ||
	    frag > spmd->layout->mailbox_size || frag > region->len - region->got)
		fail(regs, FFA_INVALID_PARAMETERS);
	else
		take_fragment(spmd, region, frag, regs);
}

/* A piece of the descriptor, from @offset, into RX; Return: how much */
static u32 give_fragment(struct spmd *spmd, const struct spmd_region *region, u32 offset)
{
	u32 left = region->len - offset, room = spmd->layout->mailbox_size;
	u32 frag = left < room ? left : room;

	memcpy(mailbox(spmd, spmd->now.rx), desc_of(spmd, region) + offset, frag);
	spmd->now.rx_full = true;

	return frag;
}

static void mem_retrieve_req(struct spmd *spmd, u64 regs[SMC_REGS])
{
	const u8 *tx = mailbox(spmd, spmd->now.tx);
	struct spmd_region *region;
	u64 handle;
	u32 frag;

	if (!tx || regs[1] != regs[2] || regs[1] < ffa_region_size(spmd->layout, FFA_V1_0)) {
		fail(regs, FFA_INVALID_PARAMETERS);
		return;
	}
	handle = get(spmd, tx, 0, FFA_FIELD_handle);
	region = find_region(spmd, handle, handle >> 32);
	if (!region || region->got != region->len ||
	    get(spmd, tx, 0, FFA_FIELD_sender_id) != FFA_HOST_ID) {
		fail(regs, FFA_INVALID_PARAMETERS);
		return;
	}
	if (rx_busy(spmd, regs))
		return;
	frag = give_fragment(spmd, region, 0);
	answer(regs, FFA_MEM_RETRIEVE_RESP, frag);
	regs[1] = region->len;
}

static void mem_frag_rx(struct spmd *spmd, u64 regs[SMC_REGS])
{
	struct spmd_region *region = find_region(spmd, regs[1], regs[2]);
	u32 offset = regs[3], frag;

	if (!region || region->got != region->len || offset >= region->len || regs[4]) {
		fail(regs, FFA_INVALID_PARAMETERS);
		return;
	}
	if (rx_busy(spmd, regs))
		return;
	frag = give_fragment(spmd, region, offset);
	answer(regs, FFA_MEM_FRAG_TX, region->handle >> 32);
	regs[1] = (u32)region->handle;
	regs[3] = frag;
}

/* Also what was not sent completely: that is how a sender gives up. */
static void mem_reclaim(struct spmd *spmd, u64 regs[SMC_REGS])
{
	struct spmd_region *region = find_region(spmd, regs[1], regs[2]);

	if (!region || (u32)regs[3] & ~RECLAIM_FLAGS) {
		fail(regs, FFA_INVALID_PARAMETERS);
		return;
	}
	region->used = false;
	succeed(regs);
}

static void handle(struct spmd *spmd, u64 regs[SMC_REGS])
{
	switch (regs[0]) {
	case FFA_VERSION:
		version(spmd, regs);
		break;
	case FFA_FEATURES:
		features(regs);
		break;
	case FFA_ID_GET:
		answer(regs, FFA_SUCCESS, FFA_HOST_ID);
		break;
	case FFA_RXTX_MAP:
		rxtx_map(spmd, regs);
		break;
	case FFA_RXTX_UNMAP:
		rxtx_unmap(spmd, regs);
		break;
	case FFA_RX_RELEASE:
		rx_release(spmd, regs);
		break;
	case FFA_PARTITION_INFO_GET:
		partition_info_get(spmd, regs);
		break;
	case FFA_MEM_SHARE:
	case FFA_MEM_LEND:
		mem_send(spmd, regs);
		break;
	case FFA_MEM_FRAG_TX:
		mem_frag_tx(spmd, regs);
		break;
	case FFA_MEM_RETRIEVE_REQ:
		mem_retrieve_req(spmd, regs);
		break;
	case FFA_MEM_FRAG_RX:
		mem_frag_rx(spmd, regs);
		break;
	case FFA_MEM_RECLAIM:
		mem_reclaim(spmd, regs);
		break;
	default:
		fail(regs, FFA_NOT_SUPPORTED);
	}
}

/* What the trace wants of this answer, and no more of it later. Return: was there anything? */
static bool apply_script(struct spmd *spmd, u64 regs[SMC_REGS], bool *data)
{
	struct spmd_state *now = &spmd->now;
	u8 *rx = mailbox(spmd, now->rx);
	bool registers = false;
	u32 kept = 0;

	for (u32 i = 0; i < now->nr_script; i++) {
		struct spmd_script *script = &now->script[i];

		if (script->skip) {
			script->skip--;
			now->script[kept++] = *script;
		} else if (!script->data) {
			regs[script->at % SMC_REGS] = script->value;
			registers = true;
		} else if (rx) {
			memcpy(rx + ALIGN_DOWN(script->at % spmd->layout->mailbox_size, 8),
			       &script->value, sizeof(script->value));
			*data = true;
		}
	}
	now->nr_script = kept;

	return registers;
}

/*
 * EL2 copies as many bytes as it is told to, wherever it is told to: no script may have that run over its
 * buffers, since EL2 says that it trusts EL3 so far.
 */
static void keep_promises(const struct spmd *spmd, const u64 *args, const u64 *own, u64 *regs)
{
	u64 room = spmd->layout->mailbox_size;
	const u8 *rx = mailbox(spmd, spmd->now.rx);
	bool kept = true;

	if (regs[0] == FFA_MEM_RETRIEVE_RESP && args[0] == FFA_MEM_RETRIEVE_REQ)
		kept = rx &&
		       get(spmd, rx, 0, FFA_FIELD_ep_mem_offset) + spmd->layout->sizeof_receiver <=
		               room;
	else if (regs[0] == FFA_MEM_FRAG_TX && args[0] == FFA_MEM_FRAG_RX)
		kept = rx && own[0] == FFA_MEM_FRAG_TX && (u32)regs[3] &&
		       (u32)regs[3] <= (u32)own[3];
	else if (regs[0] == FFA_SUCCESS && args[0] == FFA_PARTITION_INFO_GET)
		kept = rx;
	if (!kept)
		memcpy(regs, own, SMC_REGS * sizeof(*regs));
}

/*
 * A secure world that answers something else did not do what it was asked: it holds no memory that EL2
 * does not know of. It gives memory back when it says so.
 */
static void contradict(struct spmd *spmd, const struct spmd_state *before, const u64 *args,
                       const u64 *regs)
{
	struct spmd_state after = spmd->now;

	if (args[0] == FFA_MEM_RECLAIM) {
		struct spmd_region *region;

		memcpy(spmd->now.regions, before->regions, sizeof(before->regions));
		region = find_region(spmd, args[1], args[2]);
		if (region && regs[0] == FFA_SUCCESS)
			region->used = false;
		return;
	}
	spmd->now = *before;
	spmd->now.nr_script = after.nr_script;
	memcpy(spmd->now.script, after.script, sizeof(after.script));
	/* Buffers may be full of what was not asked for. */
	spmd->now.rx_full = after.rx_full;
	spmd->now.nr_transactions = after.nr_transactions;
	spmd->now.lied |= args[0] == FFA_VERSION;
}

static const u8 *keep_buffer(struct spmd *spmd, u64 pa)
{
	const u8 *buffer = mailbox(spmd, pa);
	u8 *to;

	if (!buffer || spmd->nr_buffers == ARRAY_SIZE(spmd->buffers))
		return NULL;
	to = spmd->buffers[spmd->nr_buffers++];
	memcpy(to, buffer, spmd->layout->mailbox_size);

	return to;
}

static bool sends(u64 id)
{
	return id == FFA_MEM_SHARE || id == FFA_MEM_LEND || id == FFA_MEM_FRAG_TX ||
	       id == FFA_MEM_RETRIEVE_REQ;
}

static bool receives(u64 id)
{
	return id == FFA_PARTITION_INFO_GET || id == FFA_MEM_RETRIEVE_REQ || id == FFA_MEM_FRAG_RX;
}

bool spmd_call(struct spmd *spmd, u64 regs[SMC_REGS], struct smc_call *call)
{
	const struct spmd_state before = spmd->now;
	u64 args[SMC_REGS], own[SMC_REGS];
	bool registers, data = false;

	memcpy(args, regs, sizeof(args));
	if (call && sends(args[0]))
		call->sent = keep_buffer(spmd, spmd->now.tx);
	handle(spmd, regs);
	memcpy(own, regs, sizeof(own));
	registers = apply_script(spmd, regs, &data);
	if (registers || data)
		keep_promises(spmd, args, own, regs);
	if (registers)
		contradict(spmd, &before, args, regs);
	spmd->now.lied |= data;
	if (call && receives(args[0]))
		call->received = keep_buffer(spmd, spmd->now.rx);

	return registers || data;
}

void spmd_plan(struct spmd *spmd, const struct spmd_script *script)
{
	if (spmd->now.nr_script < SPMD_MAX_SCRIPT)
		spmd->now.script[spmd->now.nr_script++] = *script;
}

void spmd_ranges(const struct spmd *spmd, void (*visit)(void *arg, u64 pa, u32 nr_pages), void *arg)
{
	for (unsigned int i = 0; i < SPMD_MAX_REGIONS; i++) {
		const struct spmd_region *region = &spmd->now.regions[i];
		u32 size = spmd->layout->sizeof_range;

		for (u32 at = region->ranges; region->used && at + size <= region->got;
		     at += size) {
			u32 nr;
			u64 pa;

			range_at(spmd, spmd->desc[i], at, &pa, &nr);
			visit(arg, pa, nr);
		}
	}
}
