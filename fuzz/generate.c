// SPDX-License-Identifier: GPL-2.0-only
/*
 * What finds bugs is interplay: the same few pages shared, taken back and accessed, in every
 * order, with a hostile value here and there. So each trace has a window of a few pages, and
 * arguments used lately come back often.
 */
#include "fuzz/draft.h"
#include "fuzz/nested.h"
#include "fuzz/pgtable.h"

#include <string.h>

/* Most ops: seen now and then. */
#define ORDINARY 40

/* No op more often than this, where what is frequent is there already */
#define EVEN (3 * ORDINARY)

/* EL2 follows a pointer of the host without a check: hardly ever does a trace go on after that. */
#define RARE 1

struct weights {
	u16 usual;
	u16 calm;
};

/* An op that is not here is ORDINARY, and never part of a calm trace. */
static const struct weights weights[OP_CODE_LIMIT] = {
	[OP_host_load] = { 1600, 1600 },
	[OP_host_store] = { 1600, 1600 },
	[OP_host_fetch] = { 800, 800 },
	[OP_host_hvc] = { 60, 0 },
	[OP_host_smc] = { 60, 0 },
	/* For itself it would come too seldom: see generate_trace(). */
	[OP_on_cpu] = { RARE, 0 },
	[OP_host_share_hyp] = { 3000, 3000 },
	[OP_host_unshare_hyp] = { 2500, 2500 },

	[OP_pkvm_init] = { ORDINARY, ORDINARY },
	[OP_create_private_mapping] = { ORDINARY, ORDINARY },
	[OP_cpu_set_vector] = { ORDINARY, ORDINARY },
	[OP_prot_finalize] = { ORDINARY, ORDINARY },

	/* VMs are made by recipes; these are for what goes wrong. */
	[OP_kvm_set] = { ORDINARY / 4, 0 },
	[OP_vcpu_set] = { ORDINARY / 4, 0 },
	[OP_memcache_push] = { ORDINARY, 0 },
	[OP_guest_code] = { ORDINARY / 4, 0 },
	[OP_guest_load] = { 10 * ORDINARY, 0 },
	[OP_guest_store] = { 10 * ORDINARY, 0 },
	[OP_guest_hvc] = { 10 * ORDINARY, 0 },
	[OP_guest_hvc_args] = { 2 * ORDINARY, 0 },
	[OP_guest_sysreg_read] = { 5 * ORDINARY, 0 },
	[OP_guest_sysreg_write] = { 3 * ORDINARY, 0 },
	[OP_guest_wait] = { 2 * ORDINARY, 0 },
	[OP_guest_fetch] = { 4 * ORDINARY, 0 },
	[OP_guest_resume] = { 5 * ORDINARY, 0 },
	[OP_vcpu_run] = { ORDINARY / 4, 0 },
	[OP_host_donate_guest] = { 4 * ORDINARY, 0 },
	[OP_host_share_guest] = { 4 * ORDINARY, 0 },
	[OP_host_unshare_guest] = { 4 * ORDINARY, 0 },
	[OP_host_relax_perms_guest] = { 2 * ORDINARY, 0 },
	[OP_host_wrprotect_guest] = { 2 * ORDINARY, 0 },
	[OP_host_test_clear_young_guest] = { 2 * ORDINARY, 0 },
	[OP_host_mkyoung_guest] = { 2 * ORDINARY, 0 },
	[OP_force_reclaim_guest_page] = { 4 * ORDINARY, 0 },
	[OP_reclaim_dying_guest_page] = { 4 * ORDINARY, 0 },
	[OP_vcpu_load] = { 2 * ORDINARY, 0 },
	[OP_vcpu_put] = { 2 * ORDINARY, 0 },

	/* As with VMs, FF-A is done by recipes. */
	[OP_ffa_version] = { ORDINARY / 4, 0 },
	[OP_ffa_features] = { ORDINARY / 4, 0 },
	[OP_ffa_rxtx_map] = { ORDINARY / 4, 0 },
	[OP_ffa_rxtx_unmap] = { ORDINARY / 4, 0 },
	[OP_ffa_mem_share] = { ORDINARY / 4, 0 },
	[OP_ffa_mem_lend] = { ORDINARY / 4, 0 },
	[OP_ffa_mem_frag_tx] = { ORDINARY / 4, 0 },
	[OP_ffa_mem_reclaim] = { ORDINARY / 2, 0 },
	[OP_ffa_partition_info_get] = { ORDINARY / 4, 0 },
	[OP_ffa_rx_release] = { ORDINARY / 4, 0 },
	[OP_ffa_describe] = { ORDINARY / 8, 0 },
	[OP_ffa_range] = { ORDINARY / 4, 0 },
	[OP_ffa_set] = { ORDINARY / 8, 0 },
	[OP_ffa_fill] = { ORDINARY / 8, 0 },
	[OP_spmd_answer] = { ORDINARY / 8, 0 },
	[OP_spmd_data] = { ORDINARY / 8, 0 },

	[OP_reserve_vm] = { 2 * ORDINARY, 0 },
	[OP_unreserve_vm] = { 2 * ORDINARY, 0 },

	[OP_tlb_flush_vmid_ipa] = { RARE, 0 },
	[OP_tlb_flush_vmid_ipa_nsh] = { RARE, 0 },
	[OP_tlb_flush_vmid] = { RARE, 0 },
	[OP_tlb_flush_vmid_range] = { RARE, 0 },
	[OP_flush_cpu_context] = { RARE, 0 },
	[OP_vgic_v5_save_apr] = { RARE, 0 },
	[OP_vgic_v5_restore_vmcr_apr] = { RARE, 0 },
};

/* Without a check of the host's pointer, such a call is like those that are RARE. */
static bool follows_pointer(const struct hello *target, unsigned int code)
{
	return !(target->features & BIT(FEATURE_checks_vcpu)) &&
	       (code == OP_adjust_pc || code == OP_vgic_v3_save_aprs ||
	        code == OP_vgic_v3_save_vmcr_aprs || code == OP_vgic_v3_restore_vmcr_aprs ||
	        code == OP_vcpu_init_traps ||
	        (code == OP_vcpu_run && !(target->features & BIT(FEATURE_guest_stage2))));
}

void generator_init(struct generator *gen, const struct generator_options *options,
                    const struct hello *target)
{
	const struct op_desc *desc;

	memset(gen, 0, sizeof(*gen));
	gen->options = *options;
	gen->target = target;

	if (target->world != WORLD_EL2)
		return;
	for_each_op(WORLD_EL2, code, desc) {
		const struct weights *w = &weights[code];
		u32 weight = options->calm ? w->calm : w->usual ? w->usual : ORDINARY;

		if (follows_pointer(target, code) && weight > RARE)
			weight = RARE;
		if (options->even && weight > EVEN)
			weight = EVEN;
		gen->weight[code] = target->has_op[code] ? weight : 0;
		gen->total_weight += gen->weight[code];
	}
}

u64 hostile_number(struct prng *prng)
{
	unsigned int bit = prng_below(prng, 64);

	switch (prng_below(prng, 6)) {
	case 0:
		return ~0ULL;
	case 1:
		return BIT(63) >> prng_below(prng, 2) * 32;
	case 2:
		return BIT(bit) + prng_below(prng, 3) - 1;
	case 3:
		return ~0ULL << bit;
	case 4:
		return -prng_below(prng, 4096);
	default:
		return prng_u64(prng);
	}
}

static u64 any_memory_page(struct draft *draft)
{
	const struct memory_map *map = &draft->gen->target->map;
	const struct mem_region *reg;

	if (!map->nr_regions)
		return 0;

	reg = &map->regions[prng_below(&draft->prng, map->nr_regions)];
	return (reg->base >> MAP_PAGE_SHIFT) +
	       prng_below(&draft->prng, (reg->size >> MAP_PAGE_SHIFT) + 1);
}

/* The pages on either side of where a memory region begins or ends. */
static u64 edge_page(struct draft *draft)
{
	const struct memory_map *map = &draft->gen->target->map;
	const struct mem_region *reg;
	u64 edge;

	if (!map->nr_regions)
		return 0;

	reg = &map->regions[prng_below(&draft->prng, map->nr_regions)];
	edge = reg->base + (prng_chance(&draft->prng, 1, 2) ? reg->size : 0);
	return (edge >> MAP_PAGE_SHIFT) + prng_below(&draft->prng, 3) - 1;
}

struct spot draft_hostile_spot(struct draft *draft)
{
	static const u8 foreign[] = { PLACE_HYP,    PLACE_TEXT,  PLACE_DATA,
		                      PLACE_PERCPU, PLACE_NOMAP, PLACE_MMIO };
	struct prng *prng = &draft->prng;
	unsigned int first_bit = draft->gen->target->map.pa_bits - MAP_PAGE_SHIFT;

	switch (prng_below(prng, 8)) {
	case 0:
		return (struct spot){ PLACE_END, prng_below(prng, 5) - 2 };
	case 1:
		return (struct spot){ PLACE_LIMIT, prng_below(prng, 5) - 2 };
	case 2:
		return (struct spot){ PLACE_RAW, edge_page(draft) };
	case 3: /* a good page under bits that a shift or a mask may drop */
		return (struct spot){ PLACE_RAW,
			              any_memory_page(draft) |
			                      BIT(first_bit + prng_below(prng, 64 - first_bit)) };
	case 4:
		return (struct spot){ PLACE_RAW, hostile_number(prng) };
	default:
		return (struct spot){ foreign[prng_below(prng, ARRAY_SIZE(foreign))],
			              prng_below(prng, prng_chance(prng, 1, 4) ? 65536 : 16) };
	}
}

static struct spot fresh_spot(struct draft *draft)
{
	struct prng *prng = &draft->prng;
	u64 ram_pages = draft->gen->target->map.ram_pages;

	if (prng_chance(prng, draft->gen->options.hostile, 100))
		return draft_hostile_spot(draft);
	if (prng_chance(prng, 1, 16))
		return (struct spot){ PLACE_RAM, prng_below(prng, ram_pages) };
	return (struct spot){ PLACE_RAM, draft->window + prng_below(prng, draft->window_pages) };
}

struct spot draft_spot(struct draft *draft)
{
	u64 known = draft->nr_recent < NR_RECENT ? draft->nr_recent : NR_RECENT;
	struct spot spot;

	if (known && prng_chance(&draft->prng, 3, 8))
		return draft->recent[prng_below(&draft->prng, known)];

	spot = fresh_spot(draft);
	draft->recent[draft->nr_recent++ % NR_RECENT] = spot;
	return spot;
}

/* Where in the page: mostly aligned as the access wants it, often at the page's ends. */
static u64 pick_offset(struct draft *draft)
{
	struct prng *prng = &draft->prng;

	if (prng_chance(prng, draft->gen->options.hostile, 400))
		return prng_below(prng, MAP_PAGE_SIZE);
	if (prng_chance(prng, 1, 2))
		return prng_chance(prng, 1, 2) ? 0 : MAP_PAGE_SIZE - 8;
	return prng_below(prng, MAP_PAGE_SIZE / 8) * 8;
}

/*
 * Function ids around those of the hypercalls, which have ops of their own; standard SMCCC ranges
 * (PSCI, FF-A); the few small numbers that a hypervisor stub would answer to.
 */
static u64 pick_hvc_id(struct draft *draft)
{
	const struct hello *target = draft->gen->target;
	struct prng *prng = &draft->prng;

	/* Of one that nothing is known of, a crash is all that can be seen. */
	if (target->nr_unknown && prng_chance(prng, 1, 2))
		return target->hypercall_base +
		       target->unknown[prng_below(prng, target->nr_unknown)].id;
	switch (prng_below(prng, 6)) {
	case 5: /* a good id with SMCCC's hint bit, which does not count */
		return (target->hypercall_base + prng_below(prng, target->hypercall_max)) | BIT(16);
	case 0:
		return target->hypercall_base + target->hypercall_max + prng_below(prng, 16);
	case 1:
		return target->hypercall_base + prng_below(prng, 0x10000);
	case 2:
		return 0x84000000 + prng_below(prng, 2) * 0x40000000 + prng_below(prng, 0x100);
	case 3:
		return prng_below(prng, 16);
	default:
		return hostile_number(prng);
	}
}

/* PSCI and FF-A, in 32 and 64 bits; whatever else EL3 might be asked. */
static u64 pick_function(struct draft *draft)
{
	struct prng *prng = &draft->prng;
	u64 base = prng_chance(prng, 1, 2) ? 0x84000000 : 0xc4000000;

	switch (prng_below(prng, 6)) {
	case 0:
		return base + prng_below(prng, 0x10000);
	case 1:
		return (base + prng_below(prng, 0x100)) | BIT(16);
	case 2:
		return hostile_number(prng);
	case 3:
		return base + 0x60 + prng_below(prng, 0x30);
	default:
		return base + prng_below(prng, 0x20);
	}
}

/* It is in w0 (SMCCC 2.6); who looks at x0 sees another. */
static u64 pick_smc_id(struct draft *draft)
{
	u64 id = pick_function(draft);

	return prng_chance(&draft->prng, 1, 32) ? id | BIT(32 + prng_below(&draft->prng, 32)) : id;
}

u64 draft_hostile_number(struct draft *draft)
{
	return hostile_number(&draft->prng);
}

static u64 pick_number(struct draft *draft, enum arg_kind kind)
{
	struct prng *prng = &draft->prng;

	if (prng_chance(prng, 2 * draft->gen->options.hostile, 100))
		return hostile_number(prng);

	switch (kind) {
	case ARG_SIZE:
		return prng_below(prng, 9) * (MAP_PAGE_SIZE / 2);
	case ARG_COUNT:
		if (prng_chance(prng, 1, 2))
			return 1;
		return prng_chance(prng, 1, draft->blocks ? 2 : 8) ?
		               MAP_BLOCK_SIZE / MAP_PAGE_SIZE :
		               prng_below(prng, 9);
	case ARG_GFN:
		return recipe_gfn(draft);
	case ARG_IPA:
		return (recipe_gfn(draft) << MAP_PAGE_SHIFT) +
		       (prng_chance(prng, 1, 2) ? 0 : pick_offset(draft));
	case ARG_KVM_FIELD:
		return prng_below(prng, KVM_FIELD_COUNT);
	case ARG_GUEST_SYSREG:
		return prng_below(prng, NR_GUEST_SYSREGS);
	case ARG_VCPU_FIELD:
		return prng_below(prng, VCPU_FIELD_COUNT);
	case ARG_FFA_FIELD:
		return prng_below(prng, FFA_FIELD_COUNT);
	default:
		return prng_below(prng, 8);
	}
}

static void pick_handle(struct draft *draft, u8 *place, u64 *value)
{
	struct prng *prng = &draft->prng;

	*place = PLACE_VM;
	*value = prng_below(prng, 3);
	if (!prng_chance(prng, 2 * draft->gen->options.hostile, 100))
		return;

	if (prng_chance(prng, 1, 2)) {
		*value = draft->gen->target->vm_slots + prng_below(prng, 3) - 2;
	} else {
		*place = PLACE_RAW;
		*value = hostile_number(prng);
	}
}

static void pick_arg(struct draft *draft, struct op *op, unsigned int i, enum arg_kind kind)
{
	struct spot spot;

	switch (kind) {
	case ARG_PFN:
		spot = draft_spot(draft);
		op->place[i] = spot.place;
		op->value[i] = spot.page;
		break;
	case ARG_PA:
	case ARG_HVA:
		spot = draft_spot(draft);
		op->place[i] = spot.place;
		op->value[i] = (spot.page << MAP_PAGE_SHIFT) + pick_offset(draft);
		if (kind == ARG_HVA && spot.place == PLACE_RAW)
			op->value[i] = map_hva(op->value[i]);
		break;
	case ARG_HANDLE:
		pick_handle(draft, &op->place[i], &op->value[i]);
		break;
	default:
		op->value[i] = pick_number(draft, kind);
	}
}

static u16 pick_code(struct draft *draft)
{
	const struct generator *gen = draft->gen;
	u64 at = prng_below(&draft->prng, gen->total_weight);
	unsigned int code = 0;

	while (at >= gen->weight[code])
		at -= gen->weight[code++];

	return code;
}

/* Where an access to what is not the host's is the end of all, hardly any is. */
static void stay_at_home(struct draft *draft, struct op *op)
{
	if (draft->gen->target->features & BIT(FEATURE_injects_aborts) ||
	    op->place[0] == PLACE_RAM || prng_chance(&draft->prng, 1, 64))
		return;
	op->place[0] = PLACE_RAM;
	op->value[0] = ((draft->window + prng_below(&draft->prng, draft->window_pages))
	                << MAP_PAGE_SHIFT) +
	               pick_offset(draft);
}

static struct op pick_op(struct draft *draft)
{
	struct op op = { .code = pick_code(draft) };
	const struct op_desc *desc = op_desc(op.code);

	for (unsigned int i = 0; i < desc->nr_args; i++)
		pick_arg(draft, &op, i, desc->args[i].kind);

	if ((op.code >= OP_kvm_set && op.code <= OP_guest_hvc && op.code != OP_guest_code) ||
	    desc->issuer == ISSUER_GUEST)
		recipe_aim(draft, &op);
	if ((op.code == OP_vcpu_run || op.code == OP_adjust_pc) &&
	    prng_chance(&draft->prng, 1, 2)) {
		op.place[0] = PLACE_VCPU;
		op.value[0] = draft->current * MAP_VCPUS;
	}
	if (op.code == OP_on_cpu)
		op = smp_switch(draft);
	if (op.code >= OP_ffa_version && op.code <= OP_ffa_fill)
		recipe_ffa_aim(draft, &op);
	if (op.code == OP_host_hvc)
		op.value[0] = pick_hvc_id(draft);
	if (op.code == OP_host_smc)
		op.value[0] = pick_smc_id(draft);
	if (op.code == OP_host_store)
		op.value[1] = prng_u64(&draft->prng);
	if (op.code == OP_host_load || op.code == OP_host_store || op.code == OP_host_fetch)
		stay_at_home(draft, &op);
	if (op.code == OP_host_share_guest)
		op.value[3] = recipe_prot(draft);
	if (op.code == OP_host_relax_perms_guest)
		op.value[1] = recipe_prot(draft);

	return op;
}

/* A window anywhere, or across the border of a block that the host's stage-2 maps as one. */
static void pick_window(struct draft *draft)
{
	u64 ram_pages = draft->gen->target->map.ram_pages;
	u64 block = MAP_BLOCK_SIZE / MAP_PAGE_SIZE;

	draft->window_pages = 8 + prng_below(&draft->prng, 9);
	if (draft->window_pages > ram_pages)
		draft->window_pages = ram_pages;

	draft->window = prng_below(&draft->prng, ram_pages - draft->window_pages + 1);
	if (draft->window > block && prng_chance(&draft->prng, 1, 4))
		draft->window = ALIGN_DOWN(draft->window, block) - draft->window_pages / 2;
}

/* Half of the traces are about VMs, a quarter about FF-A, some about both; a quarter of them all, with several CPUs. */
static void pick_subjects(struct draft *draft)
{
	const struct generator *gen = draft->gen;

	draft->vms = !gen->options.calm && prng_chance(&draft->prng, 1, 2);
	draft->smp = !gen->options.calm && prng_chance(&draft->prng, 1, 4);
	draft->ffa = !gen->options.calm && gen->target->ffa.sizeof_range &&
	             prng_chance(&draft->prng, 1, 4);
}

/* An op, or several that belong together */
static int append(struct draft *draft, struct trace *trace)
{
	struct op op;

	if (draft->vms && prng_chance(&draft->prng, 1, 6))
		return recipe_append(draft, trace);
	if (draft->ffa && prng_chance(&draft->prng, 1, 6))
		return recipe_ffa(draft, trace);
	if (draft->smp && prng_chance(&draft->prng, 1, 8))
		return smp_append(draft, trace);

	op = pick_op(draft);
	return trace_append(trace, &op);
}

static bool can_generate(const struct generator *gen)
{
	return gen->total_weight && gen->target->map.ram_pages;
}

int generate_trace(const struct generator *gen, u64 seed, u64 index, struct trace *trace)
{
	struct draft draft = { .gen = gen, .limit = gen->options.length };

	trace_clear(trace);
	trace->world = gen->target->world;
	if (trace->world == WORLD_PGTABLE)
		return pgtable_trace(gen, seed, index, trace);
	if (trace->world == WORLD_NESTED)
		return nested_trace(gen, seed, index, trace);
	if (!can_generate(gen))
		return 0;

	prng_seed(&draft.prng, seed, index);
	pick_window(&draft);
	pick_subjects(&draft);
	while (trace->nr_ops < draft.limit) {
		if (append(&draft, trace))
			return -1;
	}

	return 0;
}

/* A world that knows no context */
static int append_other(const struct generator *gen, u64 seed, u32 nr, struct trace *trace)
{
	struct trace other = { 0 };
	int ret = generate_trace(gen, seed, 0, &other);

	for (u32 i = 0; !ret && i < nr && i < other.nr_ops; i++)
		ret = trace_append(trace, &other.ops[i]);
	trace_free(&other);

	return ret;
}

int generate_more(const struct generator *gen, u64 seed, u32 nr, struct trace *trace)
{
	struct draft draft = { .gen = gen, .limit = trace->nr_ops + nr };

	if (gen->target->world != WORLD_EL2)
		return append_other(gen, seed, nr, trace);
	if (!can_generate(gen))
		return 0;

	prng_seed(&draft.prng, seed, 0);
	pick_window(&draft);
	pick_subjects(&draft);
	draft_recall(&draft, trace);
	while (trace->nr_ops < draft.limit) {
		if (append(&draft, trace))
			return -1;
	}

	return 0;
}
