// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest hypervisor that behaves, mostly: it builds stage-2 tables for one or two guests in the first
 * pages of its RAM, runs them, and changes entries with or without break-before-make, while the host
 * moves its memory. All of it is about a few blocks of L2's address space and of L1's RAM, so that what
 * is mapped is often what is touched, invalidated or moved next.
 */
#include "fuzz/nested_draft.h"

/* VTCR_EL2 (Arm ARM D24.2.183) */
#define VTCR_T0SZ(bits) (64 - (u64)(bits))
#define VTCR_SL0(sl0) ((u64)(sl0) << 6)
#define VTCR_TG0(tg0) ((u64)(tg0) << 14)
#define VTCR_PS(ps) ((u64)(ps) << 16)
#define VTCR_HA BIT(21)
#define VTCR_RES1 BIT(31)
#define VNCR_PAGE (~0xfffULL)

/* What L1 maps for L2 */

static bool starts_at_l1(const struct nested_draft *d)
{
	return d->granule == 12;
}

static u64 entry_l2(const struct nested_draft *d, u32 guest, u32 block)
{
	const u64 index = (WINDOW_IPA / block_size(d) + block) % entries(d);

	return table_l2(d, guest) + 8 * index;
}

static u64 attributes(struct nested_draft *d)
{
	u64 desc = DESC_AF | DESC_ISH | DESC_NORMAL;

	desc |= chance(d, 1, 5) ? DESC_S2AP(below(d, 4)) : DESC_S2AP(3);
	if (chance(d, 1, 6))
		desc |= DESC_XN(below(d, 4));
	if (chance(d, 1, 20))
		desc &= ~DESC_AF;
	if (!d->calm && chance(d, 1, 30))
		desc |= DESC_CONT;
	return desc;
}

u64 nested_output(struct nested_draft *d, u64 align)
{
	u64 ram = chance(d, 2, 3) ?
	                  d->hot[below(d, ARRAY_SIZE(d->hot))] + below(d, 4) * NESTED_PAGE_SIZE :
	                  below(d, NESTED_RAM_PAGES) * NESTED_PAGE_SIZE;

	if (ram < NESTED_BLOCK_SIZE && !chance(d, 1, 20))
		ram += NESTED_BLOCK_SIZE;
	ram = ALIGN_DOWN(ram, align) % NESTED_RAM_SIZE;
	if (hostile(d)) {
		switch (below(d, 4)) {
		case 0:
			return NESTED_RAM_SIZE + ram; /* behind it: nothing is there */
		case 1:
			return 0x10000000 + ram - NESTED_RAM_IPA; /* before it */
		case 2:
			return BIT(40 + below(d, 8)) + ram; /* beyond what L1 has bits for */
		}
	}
	return ram;
}

static u64 page_desc(struct nested_draft *d)
{
	if (chance(d, 1, 8))
		return 0;
	return (NESTED_RAM_IPA + nested_output(d, page_size(d))) | attributes(d) | DESC_PAGE;
}

static u64 block_desc(struct nested_draft *d)
{
	return (NESTED_RAM_IPA + nested_output(d, block_size(d))) | attributes(d) | DESC_BLOCK;
}

void nested_link_block(struct nested_draft *d, u32 guest, u32 block)
{
	bool as_block = d->blocks[guest] >> block & 1;
	u64 desc = as_block ? block_desc(d) :
	                      (NESTED_RAM_IPA + table_l3(d, guest, block)) | DESC_TABLE;

	emit(d, OP_l1_store, entry_l2(d, guest, block), desc, 0);
}

u64 nested_pick_page(struct nested_draft *d)
{
	return below(d, WINDOW_BLOCKS) * entries(d) +
	       (chance(d, 5, 6) ? below(d, 6) : below(d, entries(d)));
}

/* Of 4 KiB, tables of two levels below a first one that has one entry; of more, these two levels do. */
static void build_guest(struct nested_draft *d, u32 guest)
{
	if (starts_at_l1(d))
		emit(d, OP_l1_store, root(d, guest) + 8 * (WINDOW_IPA / BIT(30)),
		     (NESTED_RAM_IPA + table_l2(d, guest)) | DESC_TABLE, 0);
	d->blocks[guest] = below(d, 16);
	for (u32 block = 0; block < WINDOW_BLOCKS; block++) {
		if (!chance(d, 3, 4))
			continue;
		nested_link_block(d, guest, block);
		for (u32 i = 0; !(d->blocks[guest] >> block & 1) && i < 2; i++)
			emit(d, OP_l1_store, page_entry(d, guest, block * entries(d) + below(d, 6)),
			     page_desc(d), 0);
	}
}

static u64 vttbr(struct nested_draft *d, u32 guest)
{
	u64 vmid = 1 + (d->many ? below(d, 8) : chance(d, 1, 8) ? 0 : guest);
	u64 table = starts_at_l1(d) ? root(d, guest) : table_l2(d, guest);

	return vmid << 48 | (NESTED_RAM_IPA + table) | chance(d, 1, 16);
}

u64 nested_hcr(const struct nested_draft *d)
{
	return HCR_VM | (d->nested_l2 ? HCR_NV : 0);
}

static u64 tg0(u32 granule)
{
	return granule == 12 ? 0 : granule == 14 ? 2 : 1;
}

static u64 odd_vtcr(struct nested_draft *d)
{
	u64 bits = 25 + below(d, 24);

	if (hostile(d))
		bits = below(d, 64);
	return VTCR_RES1 | VTCR_T0SZ(bits) | VTCR_SL0(below(d, 3)) |
	       VTCR_TG0(chance(d, 1, 3) ? below(d, 4) : tg0(d->granule)) | VTCR_PS(below(d, 6));
}

static void load_guest(struct nested_draft *d, u64 vcpu, u32 guest)
{
	emit(d, OP_l1_write, vcpu, NESTED_REG_vttbr_el2, vttbr(d, guest));
	if (hostile(d))
		emit(d, OP_l1_write, vcpu, NESTED_REG_vtcr_el2, odd_vtcr(d));
	else if (chance(d, 1, 4))
		emit(d, OP_l1_write, vcpu, NESTED_REG_vtcr_el2, d->vtcr);
	if (chance(d, 1, 12))
		emit(d, OP_l1_write, vcpu, NESTED_REG_hcr_el2, chance(d, 1, 2) ? nested_hcr(d) : 0);
	if (chance(d, 1, 60) && !d->calm)
		emit(d, OP_l1_write, vcpu, NESTED_REG_sctlr_el2, prng_u64(&d->prng));
}

/* The page that FEAT_NV2 makes L2's registers of, of 4 KiB */
static void name_vncr(struct nested_draft *d, u64 vcpu)
{
	u64 page = NESTED_RAM_IPA + nested_output(d, NESTED_PAGE_SIZE) +
	           (below(d, NESTED_PAGE_SIZE) & VNCR_PAGE);

	if (hostile(d))
		page = prng_u64(&d->prng) & VNCR_PAGE;
	emit(d, OP_l1_write, vcpu, NESTED_REG_vncr_el2, page);
}

static void access_vncr(struct nested_draft *d)
{
	u64 vcpu = any_vcpu(d);

	if (d->own && d->two_vcpus && !d->calm && chance(d, 1, 6)) {
		nested_race_own(d, vcpu);
		return;
	}
	if (d->own && chance(d, 1, 2)) {
		emit(d, OP_enter_l1, vcpu, 0, 0);
		nested_change_own(d, vcpu);
	} else if (chance(d, 1, 6)) {
		emit(d, OP_enter_l1, vcpu, 0, 0);
		name_vncr(d, vcpu);
	}
	emit(d, OP_enter_l2, vcpu, 0, 0);
	emit(d, OP_vncr_access, vcpu,
	     below(d, 2) | (!d->calm && chance(d, 1, 100) ? NESTED_VNCR_FAR : 0), 0);
	if (chance(d, 1, 3))
		emit(d, OP_vncr_access, vcpu, below(d, 2), 0);
}

static void begin(struct nested_draft *d)
{
	d->nested_l2 = chance(d, 1, 4);
	d->two_vcpus = chance(d, 1, 3);
	d->many = chance(d, 1, 6) && !d->calm;
	/* A TLBI is for the guest that is loaded: with one there is no other. */
	d->nr_guests = chance(d, 1, 3) && !d->calm ? MAX_GUESTS : 1;
	d->vtcr = VTCR_RES1 | VTCR_PS(PS_40) | VTCR_T0SZ(d->ia_bits) | VTCR_SL0(1) |
	          VTCR_TG0(tg0(d->granule)) | (chance(d, 1, 6) ? VTCR_HA : 0);
	for (unsigned int i = 0; i < ARRAY_SIZE(d->hot); i++)
		d->hot[i] = below(d, NESTED_RAM_PAGES / 8) * 8 * NESTED_PAGE_SIZE;
	d->stage1 = chance(d, 1, 5) && !d->calm;
	d->own = d->nested_l2 && chance(d, 2, 3);
	d->own_granule = 12 + 2 * below(d, 3);
	if (chance(d, 1, 4))
		emit(d, OP_use_strategy, NESTED_STRATEGY_revmap, 0, 0);
	for (u32 guest = 0; guest < d->nr_guests; guest++)
		build_guest(d, guest);
	if (d->own)
		nested_build_own(d);
	for (u64 vcpu = 0; vcpu < (d->two_vcpus ? NESTED_VCPUS : 1); vcpu++) {
		emit(d, OP_l1_write, vcpu, NESTED_REG_vtcr_el2, d->vtcr);
		emit(d, OP_l1_write, vcpu, NESTED_REG_vttbr_el2, vttbr(d, below(d, d->nr_guests)));
		emit(d, OP_l1_write, vcpu, NESTED_REG_hcr_el2, nested_hcr(d));
		if (d->own)
			nested_begin_own(d, vcpu);
		else if (d->nested_l2)
			name_vncr(d, vcpu);
		if (d->stage1)
			nested_build_s1(d, vcpu);
		emit(d, OP_enter_l2, vcpu, 0, 0);
	}
}

/* L2 runs */

static u64 pick_how(struct nested_draft *d)
{
	if (chance(d, 1, 16))
		return below(d, NESTED_NR_ACCESSES);
	return chance(d, 1, 5) ? NESTED_ACCESS_fetch :
	       chance(d, 1, 2) ? NESTED_ACCESS_write :
	                         NESTED_ACCESS_read;
}

static void access_l2(struct nested_draft *d)
{
	u64 vcpu = any_vcpu(d), how = pick_how(d);
	u64 ipa = WINDOW_IPA + nested_pick_page(d) * page_size(d) + below(d, entries(d)) * 8;

	if (hostile(d))
		ipa = prng_u64(&d->prng) & (BIT(30 + below(d, 19)) - 1);
	/* One that aliases, if nobody looks at its upper bits */
	if (hostile(d))
		ipa |= BIT(39 + below(d, 2));
	if (chance(d, 1, 2))
		emit(d, OP_enter_l2, vcpu, 0, 0);
	emit(d, OP_access, vcpu, ipa, how);
	/* The second try meets what the first one has made. */
	if (chance(d, 1, 3))
		emit(d, OP_access, vcpu, ipa, chance(d, 1, 2) ? how : pick_how(d));
}

/* L1 runs */

static void access_l1(struct nested_draft *d)
{
	u64 vcpu = any_vcpu(d);

	emit(d, OP_enter_l1, vcpu, 0, 0);
	emit(d, OP_access, vcpu,
	     NESTED_RAM_IPA + nested_output(d, NESTED_PAGE_SIZE) + below(d, NESTED_ENTRIES) * 8,
	     pick_how(d));
}

/* A guest without caches: what is mapped is cleaned. */
static void use_caches(struct nested_draft *d)
{
	static const u8 sctlr[] = { 0, 1, 5, 5 };
	u64 vcpu = any_vcpu(d);

	emit(d, chance(d, 2, 3) ? OP_enter_l2 : OP_enter_l1, vcpu, 0, 0);
	emit(d, OP_l2_sctlr, vcpu, sctlr[below(d, ARRAY_SIZE(sctlr))], 0);
	if (chance(d, 1, 2))
		emit(d, OP_set_way, vcpu, 0, 0);
	if (chance(d, 1, 2))
		emit(d, OP_l2_sctlr, vcpu, sctlr[below(d, ARRAY_SIZE(sctlr))], 0);
}

/* The granule of a TLBI's operand */
static u64 tlbi_tg(u32 granule)
{
	return (granule - 10) / 2;
}

/* By IPA: what names a page of 4 KiB */
static u64 one_ipa(u64 ipa)
{
	return ipa >> 12;
}

u64 nested_ttl(u32 granule, u32 level)
{
	return (tlbi_tg(granule) << 2 | level) << 44;
}

u64 nested_range(u32 granule, u64 address, u64 scale, u64 num)
{
	return tlbi_tg(granule) << 46 | scale << 44 | num << 39 |
	       (address >> granule & GENMASK(36, 0));
}

static u64 range(const struct nested_draft *d, u64 ipa, u64 scale, u64 num)
{
	return nested_range(d->granule, ipa, scale, num);
}

static u64 range_of_block(const struct nested_draft *d, u64 ipa)
{
	const u64 scale = d->granule == 16 ? 2 : 1;

	return range(d, ipa, scale, (entries(d) >> (5 * scale + 1)) - 1);
}

static void tlbi_page(struct nested_draft *d, u64 vcpu, u64 ipa, int level)
{
	switch (below(d, 4)) {
	case 0:
		emit(d, OP_l1_tlbi, vcpu, below(d, NESTED_TLBI_RIPAS2E1IS),
		     one_ipa(ipa) | nested_ttl(d->granule, level));
		break;
	case 1:
		emit(d, OP_l1_tlbi, vcpu, NESTED_TLBI_RIPAS2E1IS + below(d, 6),
		     level == 2 ? range_of_block(d, ipa) : range(d, ipa, 0, below(d, 3)));
		break;
	default:
		emit(d, OP_l1_tlbi, vcpu, below(d, NESTED_TLBI_RIPAS2E1IS), one_ipa(ipa));
	}
}

static void tlbi(struct nested_draft *d)
{
	u64 vcpu = any_vcpu(d), ipa = WINDOW_IPA + nested_pick_page(d) * page_size(d);
	u64 value = chance(d, 1, 2) ? one_ipa(ipa) : range(d, ipa, 0, 0);
	u64 which = below(d, NESTED_NR_TLBIS);

	if (chance(d, 1, 3))
		value |= (u64)below(d, 16) << 44;
	if (hostile(d))
		value = prng_u64(&d->prng) >> below(d, 40);
	emit(d, OP_enter_l1, vcpu, 0, 0);
	emit(d, OP_l1_tlbi, vcpu, which, value);
}

/* Break, invalidate, make; or a step less */
static void change_entry(struct nested_draft *d, u64 vcpu, u64 at, u64 ipa, int level, u64 desc)
{
	bool sloppy = !d->calm && chance(d, 1, 10);

	if (!sloppy || chance(d, 1, 2))
		emit(d, OP_l1_store, at, 0, 0);
	if (!sloppy || chance(d, 1, 2))
		tlbi_page(d, vcpu, ipa, level);
	if (desc)
		emit(d, OP_l1_store, at, desc, 0);
}

static void edit(struct nested_draft *d)
{
	u64 vcpu = any_vcpu(d), page = nested_pick_page(d);
	u32 guest = below(d, d->nr_guests), block = page / entries(d);
	u64 ipa = WINDOW_IPA + block * block_size(d);

	emit(d, OP_enter_l1, vcpu, 0, 0);
	if (!d->calm && chance(d, 1, 40)) {
		emit(d, OP_l1_store, below(d, GUEST_PAGES * entries(d)) * 8, prng_u64(&d->prng), 0);
	} else if (chance(d, 1, 5)) {
		bool was_block = d->blocks[guest] >> block & 1;

		d->blocks[guest] ^= (u8)(below(d, 2) << block);
		change_entry(d, vcpu, entry_l2(d, guest, block), ipa, 2, 0);
		/* A table whose pages were mapped one by one goes with all of them. */
		if (!was_block)
			emit(d, OP_l1_tlbi, vcpu, NESTED_TLBI_RIPAS2E1IS, range_of_block(d, ipa));
		nested_link_block(d, guest, block);
	} else {
		change_entry(d, vcpu, page_entry(d, guest, page), WINDOW_IPA + page * page_size(d),
		             3, page_desc(d));
	}
}

static void switch_guest(struct nested_draft *d)
{
	u64 vcpu = any_vcpu(d);

	emit(d, OP_enter_l1, vcpu, 0, 0);
	load_guest(d, vcpu, below(d, d->nr_guests));
	emit(d, OP_enter_l2, vcpu, 0, 0);
}

/* The host */

static void pick_range(struct nested_draft *d, u64 *ram, u64 *size)
{
	*ram = nested_output(d, NESTED_PAGE_SIZE) % NESTED_RAM_SIZE;
	*size = (1 + below(d, 4)) * NESTED_PAGE_SIZE;
	if (chance(d, 1, 4)) {
		*ram = ALIGN_DOWN(*ram, NESTED_BLOCK_SIZE);
		*size = NESTED_BLOCK_SIZE;
	}
	if (*size > NESTED_RAM_SIZE - *ram)
		*size = NESTED_RAM_SIZE - *ram;
}

static void notify(struct nested_draft *d)
{
	u64 ram, size;

	if (d->open && chance(d, 2, 3)) {
		emit(d, OP_notifier_end, below(d, NESTED_BACKINGS), 0, 0);
		d->open--;
		return;
	}
	pick_range(d, &ram, &size);
	emit(d, OP_notifier_start, ram, size, 0);
	/* Until its end a fault waits; what is still mapped does not. */
	if (d->calm || chance(d, 3, 4))
		emit(d, OP_notifier_end, below(d, NESTED_BACKINGS), 0, 0);
	else
		d->open++;
}

/* KVM looks at the tables of L1's alone: what L1 has used, and uses again. */
static void age(struct nested_draft *d)
{
	u64 vcpu = any_vcpu(d), ram, size;

	pick_range(d, &ram, &size);
	if (chance(d, 1, 2)) {
		emit(d, OP_enter_l1, vcpu, 0, 0);
		emit(d, OP_access, vcpu, NESTED_RAM_IPA + ram, pick_how(d));
		emit(d, OP_notifier_age, ram, size, 1);
		emit(d, OP_access, vcpu, NESTED_RAM_IPA + ram, pick_how(d));
	} else {
		emit(d, OP_notifier_age, ram, size, below(d, 2));
	}
}

/* Another slot in its place, since KVM changes none that is there; L1's tables are in the first. */
static void make_readonly(struct nested_draft *d, u64 slot)
{
	emit(d, OP_memslot, slot, NESTED_SLOT_ABSENT, 0);
	emit(d, OP_memslot, slot, NESTED_SLOT_THERE | NESTED_SLOT_READONLY, 0);
}

static void host(struct nested_draft *d)
{
	switch (below(d, 16)) {
	case 0 ... 8:
		notify(d);
		break;
	case 9:
		age(d);
		break;
	case 10:
		if (!d->calm && chance(d, 1, 8)) {
			make_readonly(d, chance(d, 1, 2) ? 0 : below(d, NESTED_SLOTS));
			break;
		}
		emit(d, OP_memslot, below(d, NESTED_SLOTS),
		     chance(d, 3, 4) ? NESTED_SLOT_THERE | below(d, 2) * NESTED_SLOT_LOGGED :
		                       below(d, 8),
		     0);
		break;
	case 11:
		emit(d, OP_wp_slot, below(d, NESTED_SLOTS), below(d, 1024), prng_u64(&d->prng));
		break;
	case 12 ... 13:
		if (!d->calm)
			emit(d, OP_fail_alloc, 1 + below(d, 4), 0, 0);
		access_l2(d);
		break;
	case 14:
		if (chance(d, 1, 8))
			emit(d, OP_unmap_vm, 0, 0, 0);
		else if (chance(d, 1, 40) && !d->calm)
			emit(d, OP_destroy_vm, 0, 0, 0);
		break;
	default:
		emit(d, OP_resched, any_vcpu(d), 0, 0);
	}
}

/* What others do while the next op is under way: a notifier, an edit or a TLBI of L1's, an access of L2's */
static void others(struct nested_draft *d)
{
	u64 page = nested_pick_page(d), ram, size, vcpu = d->two_vcpus ? below(d, NESTED_VCPUS) : 1;

	for (u32 i = 0; i < 1 + below(d, 2); i++) {
		emit(d, OP_meanwhile, 1 + below(d, chance(d, 1, 8) ? 1000 : 12), 0, 0);
		switch (below(d, 8)) {
		case 0 ... 2:
			pick_range(d, &ram, &size);
			emit(d, OP_notifier_start, ram, size, 0);
			d->open++;
			break;
		case 3:
			emit(d, OP_notifier_end, below(d, NESTED_BACKINGS), 0, 0);
			d->open -= !!d->open;
			break;
		case 4:
			emit(d, OP_l1_store, page_entry(d, below(d, d->nr_guests), page),
			     page_desc(d), 0);
			break;
		case 5:
			tlbi_page(d, vcpu, WINDOW_IPA + page * page_size(d), 3);
			break;
		case 6:
			emit(d, OP_access, vcpu, WINDOW_IPA + page * page_size(d), pick_how(d));
			break;
		default:
			emit(d, OP_resched, vcpu, 0, 0);
		}
	}
}

/* L2 touches a page on one CPU while on another L1 takes it back: its edit, then the TLBI. */
static void take_back(struct nested_draft *d)
{
	u64 page = nested_pick_page(d), ipa = WINDOW_IPA + page * page_size(d),
	    at = 1 + below(d, 12);

	emit(d, OP_enter_l1, 1, 0, 0);
	emit(d, OP_enter_l2, 0, 0, 0);
	emit(d, OP_meanwhile, at, 0, 0);
	emit(d, OP_l1_store, page_entry(d, below(d, d->nr_guests), page), 0, 0);
	emit(d, OP_meanwhile, at, 0, 0);
	emit(d, OP_l1_tlbi, 1, NESTED_TLBI_IPAS2E1IS, one_ipa(ipa));
	emit(d, OP_access, 0, ipa, pick_how(d));
}

/* Three levels; or what the machine has; two of larger pages, one table each */
static u32 stage2_bits(const struct generator *gen, u32 granule)
{
	u32 pa_bits = gen->target->map.pa_bits;

	if (granule > 12)
		return 36;
	return pa_bits && pa_bits < 39 ? pa_bits : 39;
}

/* KVM offers L1 none that is smaller than the host's. */
static u32 pick_granule(struct nested_draft *d)
{
	u32 granule = 12 + 2 * below(d, 3);

	return granule > NESTED_PAGE_SHIFT && chance(d, 1, 2) ? granule : NESTED_PAGE_SHIFT;
}

int nested_trace(const struct generator *gen, u64 seed, u64 index, struct trace *trace)
{
	struct nested_draft d = { .trace = trace,
		                  .hostile = gen->options.calm ? 0 : gen->options.hostile,
		                  .calm = gen->options.calm };

	prng_seed(&d.prng, seed, index);
	d.granule = pick_granule(&d);
	d.ia_bits = stage2_bits(gen, d.granule);
	begin(&d);
	while (!d.failed && trace->nr_ops < gen->options.length) {
		if (d.many && chance(&d, 1, 6))
			switch_guest(&d);
		if (d.stage1 && chance(&d, 1, 5))
			nested_ask_at(&d);
		if (!d.calm && chance(&d, 1, 16))
			others(&d);
		if (!d.calm && d.two_vcpus && chance(&d, 1, 32))
			take_back(&d);
		switch (below(&d, 32)) {
		case 0 ... 15:
			if (d.nested_l2 && chance(&d, 1, d.own ? 2 : 3))
				access_vncr(&d);
			else
				access_l2(&d);
			break;
		case 16 ... 21:
			edit(&d);
			break;
		case 22 ... 23:
			tlbi(&d);
			break;
		case 24:
			if (chance(&d, 1, 4))
				use_caches(&d);
			else
				access_l1(&d);
			break;
		case 25 ... 26:
			switch_guest(&d);
			break;
		default:
			host(&d);
		}
	}
	if (trace->nr_ops > gen->options.length)
		trace->nr_ops = gen->options.length;

	return d.failed ? -1 : 0;
}
