// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every check fires: a core that is honest but for one thing, and the finding that this has to give,
 * at the step that it happens at. Whether everything is compared at each step or only at the end, the
 * finding is the same.
 */
#include <stdio.h>
#include <string.h>

#include "oracle/lockstep.h"
#include "tests/oracle/fake_core.h"
#include "tests/replay/cmocka_test.h"

/* What the trace touches; 100 is a page that nothing touches. */
#define SHARED 5
#define UNTOUCHED 100

enum step {
	STEP_RESERVE,
	STEP_SHARE,
	STEP_LOST, /* a load of hyp+0 */
	STEP_STORE,
	STEP_SILENT, /* unreserve_vm of a slot that is free */
	STEP_REFUSED,
	STEP_LAST,
	NR_STEPS
};

static const struct op trace[NR_STEPS] = {
	[STEP_RESERVE] = { .code = OP_reserve_vm },
	[STEP_SHARE] = { .code = OP_host_share_hyp, .place = { PLACE_RAM }, .value = { SHARED } },
	[STEP_LOST] = { .code = OP_host_load, .place = { PLACE_HYP }, .value = { 0 } },
	[STEP_STORE] = { .code = OP_host_store, .place = { PLACE_RAM }, .value = { 0x9008, 0x77 } },
	[STEP_SILENT] = { .code = OP_unreserve_vm, .place = { PLACE_VM }, .value = { 9 } },
	[STEP_REFUSED] = { .code = OP_pkvm_init },
	[STEP_LAST] = { .code = OP_host_load, .place = { PLACE_RAM }, .value = { 0x9008 } },
};

typedef void spoil_fn(struct core *core, struct outcome *out);

struct defect {
	const char *name;
	enum step step;
	spoil_fn *spoil;
	enum finding_class class;
	const char *place;
};

static struct page_view *ram(struct core *core, u64 n)
{
	return fake_view(core, fake_place(core, PLACE_RAM, n));
}

static struct page_view *hyp(struct core *core, u64 n)
{
	return fake_view(core, fake_place(core, PLACE_HYP, n));
}

static struct page_view *text(struct core *core)
{
	return fake_view(core, fake_place(core, PLACE_TEXT, 0));
}

static struct page_view *data(struct core *core)
{
	return fake_view(core, fake_place(core, PLACE_DATA, 0));
}

#define SPOIL(name, ...)                                         \
	static void name(struct core *core, struct outcome *out) \
	{                                                        \
		(void)core;                                      \
		(void)out;                                       \
		__VA_ARGS__                                      \
	}

/* What a step answers */
SPOIL(other_x0, out->regs[0] = 1;)
SPOIL(other_x1, out->regs[1] ^= BIT(63);)
SPOIL(clobbers_x2, out->regs[2]++;)
SPOIL(clobbers_x18, out->regs[18]++;)
SPOIL(clobbers_x30, out->regs[30] = 0;)
SPOIL(aborts, out->kind = OUTCOME_ABORTED;)
SPOIL(returns, out->kind = OUTCOME_RETURNED; out->esr = out->far = 0;)
SPOIL(refaults, out->kind = OUTCOME_REFAULTED;)
SPOIL(faults_in_el1, out->kind = OUTCOME_EL1_FAULT;)
SPOIL(other_esr, out->esr ^= 0x40;)
SPOIL(other_far, out->far += 8;)

SPOIL(goes_on_elsewhere, out->pc_offset = 4;)
SPOIL(returns_from_elsewhere, out->elr_offset = -4ULL;)
SPOIL(goes_on_at_el0, out->pstate = 0x3c0;)
SPOIL(unmasks_interrupts, out->pstate = 0x345;)
SPOIL(changes_flags, out->pstate |= BIT(30);)
SPOIL(saves_other_pstate, out->spsr = 0x3c0;)

/* How EL2 crashes */
SPOIL(warns, out->kind = OUTCOME_EL2_BUG; core->is_bug = core->is_warning = true;)
SPOIL(bugs, out->kind = OUTCOME_EL2_BUG; core->is_bug = true;)
SPOIL(takes_an_exception, out->kind = OUTCOME_EL2_EXCEPTION;)
SPOIL(hangs, out->kind = OUTCOME_HANG;)

/* The vmemmap of a page that the step touches */
SPOIL(host_state, ram(core, SHARED)->host = STATE_OWNED;)
SPOIL(host_state_unknown, ram(core, SHARED)->host = STATE_UNKNOWN;)
SPOIL(hyp_state, ram(core, SHARED)->hyp = STATE_NOPAGE;)
SPOIL(refcount, ram(core, SHARED)->refcount = 1;)
SPOIL(share_count, ram(core, SHARED)->host_shares = 1;)

/* Its leaves */
SPOIL(s2_read_only, ram(core, SHARED)->s2 = fake_leaf(fake_place(core, PLACE_RAM, SHARED), PERM_R);)
SPOIL(s2_elsewhere, ram(core, SHARED)->s2 = fake_leaf(fake_place(core, PLACE_RAM, SHARED + 1),
                                                      PERM_R | PERM_W | PERM_X);)
SPOIL(s2_device, ram(core, 9)->s2.type = MEM_DEVICE;)
SPOIL(s2_odd_type, ram(core, 9)->s2.type = MEM_OTHER;)
SPOIL(s2_not_executable, ram(core, 9)->s2.perm = PERM_R | PERM_W;)
SPOIL(s2_annotated, ram(core, SHARED)->s2 = hyp(core, 0)->s2;)
SPOIL(s2_garbage, ram(core, SHARED)->s2.kind = LEAF_OTHER;)
SPOIL(s1_extra,
      ram(core, SHARED)->s1 = fake_leaf(fake_place(core, PLACE_RAM, SHARED), PERM_R | PERM_W);)
SPOIL(annotation_missing, hyp(core, 0)->s2.kind = LEAF_NONE;)
SPOIL(annotation_mapped, hyp(core, 0)->s2 = fake_leaf(fake_place(core, PLACE_HYP, 0), PERM_R);)
SPOIL(annotation_owner, hyp(core, 0)->s2.owner = OWNER_GUEST;)
SPOIL(annotation_meta, hyp(core, 0)->s2.meta = 1;)
SPOIL(annotation_level, hyp(core, 0)->s2.level = 2;)
SPOIL(s1_missing, hyp(core, 0)->s1.kind = LEAF_NONE;)
SPOIL(s1_read_only, hyp(core, 0)->s1.perm = PERM_R;)
SPOIL(s1_elsewhere, hyp(core, 0)->s1.pa += MAP_PAGE_SIZE;)
SPOIL(s1_device, hyp(core, 0)->s1.type = MEM_DEVICE;)
SPOIL(slot_given_twice, core->slots[1] = core->slots[0];)
SPOIL(slot_not_taken, core->slots[0] = 0;)
SPOIL(slot_garbage, core->slots[0] = 0x12345;)

/* Pages that nothing touched */
SPOIL(far_host_state, ram(core, UNTOUCHED)->host = STATE_NOPAGE;)
SPOIL(far_hyp_state, ram(core, UNTOUCHED)->hyp = STATE_OWNED;)
SPOIL(far_refcount, ram(core, UNTOUCHED)->refcount = 3;)
SPOIL(far_share_count, ram(core, UNTOUCHED)->host_shares = 2;)
SPOIL(far_text_state, text(core)->host = STATE_OWNED;)
SPOIL(far_read_only,
      ram(core, UNTOUCHED)->s2 = fake_leaf(fake_place(core, PLACE_RAM, UNTOUCHED), PERM_R);)
SPOIL(far_device, ram(core, UNTOUCHED)->s2 = fake_leaf(fake_place(core, PLACE_RAM, UNTOUCHED),
                                                       PERM_R | PERM_W | PERM_X);
      ram(core, UNTOUCHED)->s2.type = MEM_DEVICE;)
SPOIL(far_elsewhere, ram(core, UNTOUCHED)->s2 = fake_leaf(fake_place(core, PLACE_RAM, 101),
                                                          PERM_R | PERM_W | PERM_X);)
SPOIL(far_garbage, ram(core, UNTOUCHED)->s2.kind = LEAF_OTHER;)
SPOIL(far_annotated, ram(core, UNTOUCHED)->s2 = hyp(core, 0)->s2;)
SPOIL(text_writable, text(core)->s2.perm = PERM_R | PERM_W;)
SPOIL(text_executable, text(core)->s2.perm = PERM_R | PERM_X;)
SPOIL(text_unmapped, text(core)->s2.kind = LEAF_NONE;)
SPOIL(data_unmapped, data(core)->s2.kind = LEAF_NONE;)
SPOIL(data_readable, data(core)->s2 = fake_leaf(fake_place(core, PLACE_DATA, 0), PERM_R);)
SPOIL(data_owner, data(core)->s2.owner = OWNER_HOST;)
SPOIL(data_meta, data(core)->s2.meta = 0x1000;)
SPOIL(data_level, data(core)->s2.level = 2;)

static void map_host(struct core *core, u64 pa, u8 perm, enum mem_type type, int level)
{
	struct leaf leaf = fake_leaf(pa, perm);

	leaf.type = type;
	leaf.level = level;
	fake_add_leaf(core, WALK_HOST_S2, pa, &leaf);
}

static void map_hyp(struct core *core, u64 va, u64 pa, u8 perm, int level)
{
	struct leaf leaf = fake_leaf(pa, perm);

	leaf.level = level;
	fake_add_leaf(core, WALK_HYP_S1, va, &leaf);
}

#define PRIVATE (BIT(45) + 0x5000)
#define RW (PERM_R | PERM_W)
#define RWX (PERM_R | PERM_W | PERM_X)

SPOIL(mmio_executable, map_host(core, fake_place(core, PLACE_MMIO, 9), RWX, MEM_NORMAL, 3);)
SPOIL(mmio_read_only, map_host(core, fake_place(core, PLACE_MMIO, 9), PERM_R, MEM_NORMAL, 3);)
SPOIL(mmio_type, map_host(core, fake_place(core, PLACE_MMIO, 9), RW, MEM_DEVICE, 3);)
SPOIL(mmio_elsewhere, struct leaf leaf = fake_leaf(fake_place(core, PLACE_RAM, 3), RW);
      fake_add_leaf(core, WALK_HOST_S2, fake_place(core, PLACE_MMIO, 9), &leaf);)
SPOIL(mmio_annotated,
      fake_add_leaf(core, WALK_HOST_S2, fake_place(core, PLACE_MMIO, 9), &hyp(core, 0)->s2);)
SPOIL(mmio_garbage, struct leaf leaf = { .kind = LEAF_OTHER, .raw = 0x10 };
      fake_add_leaf(core, WALK_HOST_S2, fake_place(core, PLACE_MMIO, 9), &leaf);)

/* From a hole into memory, and from memory into a hole */
SPOIL(block_over_memory_and_holes, map_host(core, 0, RWX, MEM_NORMAL, 0);)
SPOIL(block_over_the_end,
      const struct mem_region *last = &core->map.regions[core->map.nr_regions - 1];
      map_host(core, ALIGN_DOWN(last->base + last->size - 1, MAP_BLOCK_SIZE), RWX, MEM_NORMAL, 2);)
SPOIL(block_over_the_pool, map_host(core, fake_place(core, PLACE_HYP, 0), RWX, MEM_NORMAL, 2);)
SPOIL(text_twice, map_host(core, fake_place(core, PLACE_TEXT, 0), PERM_R, MEM_NORMAL, 3);)
SPOIL(data_twice,
      fake_add_leaf(core, WALK_HOST_S2, fake_place(core, PLACE_DATA, 0), &data(core)->s2);)

SPOIL(hyp_maps_host_page, map_hyp(core, PRIVATE, fake_place(core, PLACE_RAM, UNTOUCHED), RW, 3);)
SPOIL(hyp_maps_shared_page, map_hyp(core, PRIVATE, fake_place(core, PLACE_RAM, SHARED), RW, 3);)
SPOIL(hyp_maps_host_page_linearly,
      ram(core, UNTOUCHED)->s1 = fake_leaf(fake_place(core, PLACE_RAM, UNTOUCHED), RW);)
SPOIL(hyp_maps_mmio, map_hyp(core, PRIVATE, fake_place(core, PLACE_MMIO, 0), RW, 3);)
SPOIL(hyp_maps_a_block, map_hyp(core, PRIVATE & -BIT(21), core->map.regions[0].base, PERM_R, 2);)
SPOIL(hyp_writes_and_executes, map_hyp(core, PRIVATE, fake_place(core, PLACE_HYP, 0), RWX, 3);)
SPOIL(hyp_text_writable, text(core)->s1.perm = RWX;)
SPOIL(hyp_rodata_writable, data(core)->s1.perm = RW;)
SPOIL(hyp_data_elsewhere, data(core)->s1.pa = fake_place(core, PLACE_DATA, 1);)
SPOIL(hyp_data_unmapped, data(core)->s1.kind = LEAF_NONE;)
SPOIL(hyp_data_invalid, data(core)->s1.kind = LEAF_OTHER;)
SPOIL(hyp_data_twice, map_hyp(core, map_hyp_va(&core->map, fake_place(core, PLACE_DATA, 0)),
                              fake_place(core, PLACE_DATA, 0), PERM_R, 3);)
SPOIL(stack_linear, map_hyp(core, map_hyp_va(&core->map, core->extra[WALK_HYP_S1][0].leaf.pa),
                            core->extra[WALK_HYP_S1][0].leaf.pa, RW, 3);)

SPOIL(s2_table_refcount, fake_view(core, core->tables[WALK_HOST_S2].pa)->refcount++;)
SPOIL(s1_table_refcount, fake_view(core, core->tables[WALK_HYP_S1].pa)->refcount--;)
SPOIL(table_of_the_host, fake_view(core, core->tables[WALK_HOST_S2].pa)->hyp = STATE_NOPAGE;)
SPOIL(s2_broken, core->broken[WALK_HOST_S2] = true;)
SPOIL(s1_broken, core->broken[WALK_HYP_S1] = true;)
SPOIL(control, core->control[0] ^= 1;)
SPOIL(other_control, core->control[1] ^= 1;)
SPOIL(other_cntvoff, core->cntvoff = 1;)
SPOIL(far_slot, core->slots[200] = core->info.vm_reserved_entry;)

/* The root's table is not the core's to move back at a reset. */
SPOIL(s2_table_outside, core->tables[WALK_HOST_S2].pa = 0x1000;)
SPOIL(s1_table_outside, core->tables[WALK_HYP_S1].pa = 0x1000;)

#define WHERE "the_function the/file.c:77 "

static const struct defect defects[] = {
	{ "another x0", STEP_SHARE, other_x0, FINDING_RETURN, "host_share_hyp x0" },
	{ "another x1", STEP_SHARE, other_x1, FINDING_RETURN, "host_share_hyp x1" },
	{ "a refusal that is not one", STEP_REFUSED, other_x0, FINDING_RETURN,
	  "refused_hypercall x0" },
	{ "an answer where there is none", STEP_SILENT, other_x1, FINDING_RETURN,
	  "unreserve_vm x1" },
	{ "an answer to a refused hypercall", STEP_REFUSED, other_x1, FINDING_RETURN,
	  "refused_hypercall x1" },
	{ "another value loaded", STEP_LAST, other_x1, FINDING_RETURN, "host_access x1" },
	{ "x2 lost", STEP_SHARE, clobbers_x2, FINDING_RETURN,
	  "host_share_hyp preserved registers" },
	{ "x18 lost", STEP_STORE, clobbers_x18, FINDING_RETURN, "host_access preserved registers" },
	{ "x30 lost", STEP_SILENT, clobbers_x30, FINDING_RETURN,
	  "unreserve_vm preserved registers" },
	{ "a hypercall that aborts", STEP_SHARE, aborts, FINDING_RETURN, "host_share_hyp exit" },
	{ "an access that aborts", STEP_STORE, aborts, FINDING_RETURN, "host_access exit" },
	{ "an access that refaults", STEP_STORE, refaults, FINDING_RETURN, "host_access exit" },
	{ "an access that faults in EL1", STEP_STORE, faults_in_el1, FINDING_RETURN,
	  "host_access exit" },
	{ "an access that should abort", STEP_LOST, returns, FINDING_RETURN, "host_access exit" },
	{ "another ESR", STEP_LOST, other_esr, FINDING_RETURN, "host_access esr" },
	{ "another FAR", STEP_LOST, other_far, FINDING_RETURN, "host_access far" },

	{ "on at another place", STEP_SHARE, goes_on_elsewhere, FINDING_RETURN,
	  "host_share_hyp return state" },
	{ "abort at another place", STEP_LOST, returns_from_elsewhere, FINDING_RETURN,
	  "host_access return state" },
	{ "on at EL0", STEP_STORE, goes_on_at_el0, FINDING_RETURN, "host_access return state" },
	{ "interrupts unmasked", STEP_REFUSED, unmasks_interrupts, FINDING_RETURN,
	  "refused_hypercall return state" },
	{ "flags changed", STEP_SHARE, changes_flags, FINDING_RETURN,
	  "host_share_hyp return state" },
	{ "another state saved", STEP_LOST, saves_other_pstate, FINDING_RETURN,
	  "host_access return state" },

	{ "a WARN", STEP_SHARE, warns, FINDING_BUG, WHERE "WARN" },
	{ "a BUG", STEP_SHARE, bugs, FINDING_BUG, WHERE "BUG" },
	{ "a BRK without a place", STEP_SHARE, takes_an_exception, FINDING_EXCEPTION,
	  "the_symbol" },
	{ "an exception in an access", STEP_STORE, takes_an_exception, FINDING_EXCEPTION,
	  "the_symbol" },
	{ "a hang", STEP_REFUSED, hangs, FINDING_HANG, "the_symbol" },

	{ "host state", STEP_SHARE, host_state, FINDING_STATE, "host_state" },
	{ "host state unknown", STEP_SHARE, host_state_unknown, FINDING_STATE, "host_state" },
	{ "hyp state", STEP_SHARE, hyp_state, FINDING_STATE, "hyp_state" },
	{ "refcount", STEP_SHARE, refcount, FINDING_STATE, "refcount" },
	{ "share count", STEP_SHARE, share_count, FINDING_STATE, "host_share_guest_count" },
	{ "mapped read-only", STEP_SHARE, s2_read_only, FINDING_STATE, "host_stage2" },
	{ "mapped elsewhere", STEP_SHARE, s2_elsewhere, FINDING_STATE, "host_stage2" },
	{ "mapped as device", STEP_STORE, s2_device, FINDING_STATE, "host_stage2" },
	{ "mapped with an odd type", STEP_STORE, s2_odd_type, FINDING_STATE, "host_stage2" },
	{ "mapped not executable", STEP_STORE, s2_not_executable, FINDING_STATE, "host_stage2" },
	{ "annotated", STEP_SHARE, s2_annotated, FINDING_STATE, "host_stage2" },
	{ "garbage", STEP_SHARE, s2_garbage, FINDING_STATE, "host_stage2" },
	{ "a hyp mapping too many", STEP_SHARE, s1_extra, FINDING_STATE, "hyp_stage1" },
	{ "annotation missing", STEP_LOST, annotation_missing, FINDING_STATE, "host_annotation" },
	{ "annotation mapped", STEP_LOST, annotation_mapped, FINDING_STATE, "host_annotation" },
	{ "annotation of another", STEP_LOST, annotation_owner, FINDING_STATE, "host_annotation" },
	{ "annotation with meta", STEP_LOST, annotation_meta, FINDING_STATE, "host_annotation" },
	{ "annotation of a block", STEP_LOST, annotation_level, FINDING_STATE, "host_annotation" },
	{ "hyp mapping missing", STEP_LOST, s1_missing, FINDING_STATE, "hyp_stage1" },
	{ "hyp mapping read-only", STEP_LOST, s1_read_only, FINDING_STATE, "hyp_stage1" },
	{ "hyp mapping elsewhere", STEP_LOST, s1_elsewhere, FINDING_STATE, "hyp_stage1" },
	{ "hyp mapping as device", STEP_LOST, s1_device, FINDING_STATE, "hyp_stage1" },
	{ "a slot given twice", STEP_RESERVE, slot_given_twice, FINDING_STATE, "vm_table" },
	{ "a slot not taken", STEP_RESERVE, slot_not_taken, FINDING_STATE, "vm_table" },
	{ "a slot with garbage", STEP_RESERVE, slot_garbage, FINDING_STATE, "vm_table" },

	{ "far host state", STEP_STORE, far_host_state, FINDING_STATE, "host_state" },
	{ "far hyp state", STEP_STORE, far_hyp_state, FINDING_STATE, "hyp_state" },
	{ "far refcount", STEP_STORE, far_refcount, FINDING_STATE, "refcount" },
	{ "far share count", STEP_STORE, far_share_count, FINDING_STATE, "host_share_guest_count" },
	{ "far text state", STEP_STORE, far_text_state, FINDING_STATE, "host_state" },
	{ "far slot", STEP_STORE, far_slot, FINDING_STATE, "vm_table" },
	{ "a shared page back at the host", STEP_STORE, host_state, FINDING_STATE, "host_state" },
	{ "a slot lost later", STEP_STORE, slot_not_taken, FINDING_STATE, "vm_table" },

	{ "far read-only", STEP_STORE, far_read_only, FINDING_INVARIANT, "host_stage2 permission" },
	{ "far device", STEP_STORE, far_device, FINDING_INVARIANT, "host_stage2 permission" },
	{ "far elsewhere", STEP_STORE, far_elsewhere, FINDING_INVARIANT, "host_stage2 identity" },
	{ "far garbage", STEP_STORE, far_garbage, FINDING_INVARIANT, "host_stage2 entry" },
	{ "far annotation", STEP_STORE, far_annotated, FINDING_INVARIANT, "host_annotation" },
	{ "text writable", STEP_STORE, text_writable, FINDING_INVARIANT, "host_stage2 permission" },
	{ "text executable", STEP_STORE, text_executable, FINDING_INVARIANT,
	  "host_stage2 permission" },
	{ "text unmapped", STEP_STORE, text_unmapped, FINDING_STATE, "host_stage2" },
	{ "text twice", STEP_STORE, text_twice, FINDING_INVARIANT, "host_stage2 read-only count" },
	{ "data not annotated", STEP_STORE, data_unmapped, FINDING_STATE, "host_annotation" },
	{ "data readable", STEP_STORE, data_readable, FINDING_INVARIANT, "isolation host" },
	{ "data of another", STEP_STORE, data_owner, FINDING_INVARIANT, "host_annotation" },
	{ "data with meta", STEP_STORE, data_meta, FINDING_INVARIANT, "host_annotation" },
	{ "data annotated as block", STEP_STORE, data_level, FINDING_INVARIANT, "host_annotation" },
	{ "data twice", STEP_STORE, data_twice, FINDING_INVARIANT, "host_annotation count" },
	{ "MMIO executable", STEP_STORE, mmio_executable, FINDING_INVARIANT, "host_stage2 mmio" },
	{ "MMIO read-only", STEP_STORE, mmio_read_only, FINDING_INVARIANT, "host_stage2 mmio" },
	{ "MMIO of a fixed type", STEP_STORE, mmio_type, FINDING_INVARIANT, "host_stage2 mmio" },
	{ "MMIO to memory", STEP_STORE, mmio_elsewhere, FINDING_INVARIANT, "host_stage2 identity" },
	{ "MMIO annotated", STEP_STORE, mmio_annotated, FINDING_INVARIANT, "host_annotation" },
	{ "MMIO garbage", STEP_STORE, mmio_garbage, FINDING_INVARIANT, "host_stage2 entry" },
	{ "a block over memory and holes", STEP_STORE, block_over_memory_and_holes,
	  FINDING_INVARIANT, "host_stage2 block" },
	{ "a block over the pool", STEP_STORE, block_over_the_pool, FINDING_INVARIANT,
	  "isolation host" },

	{ "hyp maps a host page", STEP_STORE, hyp_maps_host_page, FINDING_INVARIANT,
	  "isolation hyp" },
	{ "hyp maps a shared page it did not pin", STEP_STORE, hyp_maps_shared_page,
	  FINDING_INVARIANT, "isolation hyp" },
	{ "hyp maps a host page linearly", STEP_STORE, hyp_maps_host_page_linearly,
	  FINDING_INVARIANT, "isolation hyp" },
	{ "hyp maps MMIO", STEP_STORE, hyp_maps_mmio, FINDING_INVARIANT, "isolation hyp" },
	{ "hyp maps a block of the host's", STEP_STORE, hyp_maps_a_block, FINDING_INVARIANT,
	  "isolation hyp" },
	{ "hyp writes and executes", STEP_STORE, hyp_writes_and_executes, FINDING_INVARIANT,
	  "hyp_stage1 W^X" },
	{ "hyp text writable", STEP_STORE, hyp_text_writable, FINDING_INVARIANT, "hyp_stage1 W^X" },
	{ "hyp rodata writable", STEP_STORE, hyp_rodata_writable, FINDING_INVARIANT,
	  "hyp_stage1 linear" },
	{ "hyp data elsewhere", STEP_STORE, hyp_data_elsewhere, FINDING_INVARIANT,
	  "hyp_stage1 linear" },
	{ "hyp data unmapped", STEP_STORE, hyp_data_unmapped, FINDING_STATE, "hyp_stage1" },
	{ "hyp data invalid", STEP_STORE, hyp_data_invalid, FINDING_STATE, "hyp_stage1" },
	{ "hyp data twice", STEP_STORE, hyp_data_twice, FINDING_INVARIANT, "hyp_stage1 count" },
	{ "stack in the linear map", STEP_STORE, stack_linear, FINDING_INVARIANT,
	  "hyp_stage1 linear" },

	{ "stage-2 table refcount", STEP_STORE, s2_table_refcount, FINDING_INVARIANT,
	  "table refcount" },
	{ "stage-1 table refcount", STEP_STORE, s1_table_refcount, FINDING_INVARIANT,
	  "table refcount" },
	{ "a table that is the host's", STEP_STORE, table_of_the_host, FINDING_INVARIANT,
	  "table refcount" },
	{ "stage-2 table outside memory", STEP_STORE, s2_table_outside, FINDING_INVARIANT,
	  "table outside memory" },
	{ "stage-1 table outside memory", STEP_STORE, s1_table_outside, FINDING_INVARIANT,
	  "table outside memory" },
	{ "stage-2 broken", STEP_STORE, s2_broken, FINDING_INVARIANT, "host_stage2 broken" },
	{ "stage-1 broken", STEP_STORE, s1_broken, FINDING_INVARIANT, "hyp_stage1 broken" },
	{ "CNTVOFF_EL2", STEP_STORE, other_cntvoff, FINDING_STATE, "CNTVOFF_EL2" },
	{ "control registers", STEP_STORE, control, FINDING_INVARIANT,
	  "control registers of CPU 0" },
	{ "control registers of a CPU that issues nothing", STEP_STORE, other_control,
	  FINDING_INVARIANT, "control registers of CPU 1" },
};

static const struct defect *current;
static struct fake_table honest_tables[2];

static void spoil(struct core *core, u32 step, const struct op *op, struct outcome *out)
{
	(void)op;
	if (step == 0)
		memcpy(core->tables, honest_tables, sizeof(honest_tables));
	if (step == current->step)
		current->spoil(core, out);
}

static void run(enum layout layout, const struct defect *defect, enum lockstep_mode mode,
                struct lockstep_result *result)
{
	struct core *core = fake_open(layout);
	struct lockstep *ls = lockstep_open(core);

	current = defect;
	memcpy(honest_tables, core->tables, sizeof(honest_tables));
	core->defect = defect ? spoil : NULL;
	lockstep_run(ls, trace, NR_STEPS, mode, NULL, result);
	lockstep_close(ls);
	fake_close(core);
}

static void assert_finding(const struct defect *defect, const struct lockstep_result *result)
{
	const struct finding *finding = &result->finding;

	if (result->verdict != VERDICT_FINDING)
		fail_msg("%s: no finding", defect->name);
	if (finding->class != defect->class || strcmp(finding->place, defect->place) ||
	    finding->step != defect->step)
		fail_msg("%s: %s at step %u: '%s', instead of %s at step %u: '%s'; %s; %s",
		         defect->name, finding_class_name(finding->class), finding->step,
		         finding->place, finding_class_name(defect->class), defect->step,
		         defect->place, finding->expected, finding->actual);
	assert_string_equal(finding->op, op_desc(trace[defect->step].code)->name);
	assert_true(strlen(finding->expected) > 0);
	assert_true(strlen(finding->actual) > 0);
	assert_string_not_equal(finding->expected, finding->actual);
}

static void every_defect_is_found(enum lockstep_mode mode)
{
	for (int layout = 0; layout < LAYOUT_SHARED; layout++) {
		for (size_t i = 0; i < ARRAY_SIZE(defects); i++) {
			struct lockstep_result result;

			run(layout, &defects[i], mode, &result);
			assert_finding(&defects[i], &result);
		}
	}
}

static void every_defect_is_found_by_comparing_everything(void **state)
{
	(void)state;
	every_defect_is_found(LOCKSTEP_FULL);
}

static void every_defect_is_found_at_its_step_the_cheap_way(void **state)
{
	(void)state;
	every_defect_is_found(LOCKSTEP_CHEAP);
}

static void a_block_over_the_end_of_memory_is_found(void **state)
{
	static const struct defect defect = { "a block over the end", STEP_STORE,
		                              block_over_the_end, FINDING_INVARIANT,
		                              "host_stage2 block" };
	struct lockstep_result result;

	(void)state;
	run(LAYOUT_HOLES, &defect, LOCKSTEP_CHEAP, &result);
	assert_finding(&defect, &result);
	/* Here memory ends with a block. */
	run(LAYOUT_SMALL, &defect, LOCKSTEP_CHEAP, &result);
	assert_int_equal(result.verdict, VERDICT_PASS);
}

static void an_honest_core_gives_no_finding(void **state)
{
	struct lockstep_result result;

	(void)state;
	for (int layout = 0; layout < LAYOUT_SHARED; layout++) {
		for (int mode = LOCKSTEP_CHEAP; mode <= LOCKSTEP_FULL; mode++) {
			run(layout, NULL, mode, &result);
			if (result.verdict != VERDICT_PASS)
				fail_msg("%s: %s, but %s", result.finding.place,
				         result.finding.expected, result.finding.actual);
			assert_int_equal(result.steps, NR_STEPS);
		}
	}
}

SPOIL(maps_own_page, map_hyp(core, PRIVATE, fake_place(core, PLACE_HYP, 3), RW, 3);)
SPOIL(leaves_fixmap_entry, struct leaf leaf = { .kind = LEAF_OTHER, .level = 3, .raw = 0x700 };
      fake_add_leaf(core, WALK_HYP_S1, PRIVATE, &leaf);)
SPOIL(maps_more_mmio, map_host(core, 0, RW, MEM_NORMAL, 2);)
SPOIL(maps_untouched,
      ram(core, UNTOUCHED)->s2 = fake_leaf(fake_place(core, PLACE_RAM, UNTOUCHED), RWX);)
SPOIL(allocates, hyp(core, 77)->refcount = 9;)

/* Where the kernel is free, the model is too. */
static void what_the_hypervisor_may_do_is_no_finding(void **state)
{
	static const struct defect allowed[] = {
		{ "a private mapping of its own", STEP_STORE, maps_own_page },
		{ "an entry of the fixmap", STEP_STORE, leaves_fixmap_entry },
		{ "a block of devices", STEP_STORE, maps_more_mmio },
		{ "memory mapped before it is touched", STEP_STORE, maps_untouched },
		{ "pages of its allocator", STEP_STORE, allocates },
	};
	struct lockstep_result result;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++) {
		for (int mode = LOCKSTEP_CHEAP; mode <= LOCKSTEP_FULL; mode++) {
			run(LAYOUT_HOLES, &allowed[i], mode, &result);
			if (result.verdict != VERDICT_PASS)
				fail_msg("%s: %s: %s, but %s", allowed[i].name,
				         result.finding.place, result.finding.expected,
				         result.finding.actual);
		}
	}
}

static void crash_with_frames(struct core *core, u32 step, const struct op *op, struct outcome *out)
{
	(void)core;
	(void)op;
	if (step != STEP_SHARE)
		return;
	out->kind = OUTCOME_EL2_EXCEPTION;
	out->crash =
		(struct crash){ .pc = 0x1230, .esr = 0x96000004, .nr_frames = CRASH_MAX_FRAMES };
}

static void a_crash_shows_where_and_the_backtrace(void **state)
{
	struct core *core = fake_open(LAYOUT_SMALL);
	struct lockstep *ls = lockstep_open(core);
	struct lockstep_result result;
	unsigned int frames = 0;

	(void)state;
	core->defect = crash_with_frames;
	lockstep_run(ls, trace, NR_STEPS, LOCKSTEP_CHEAP, NULL, &result);
	assert_non_null(strstr(result.finding.actual, "pc 0x1230"));
	assert_non_null(strstr(result.finding.actual, "ESR 0x96000004"));
	for (const char *at = result.finding.actual;
	     (at = strstr(at, "the_function (the/file.c:77)")); at++)
		frames++;
	assert_int_equal(frames, 1 + CRASH_MAX_FRAMES);
	assert_non_null(strstr(result.finding.expected, "returned, x0 0x0"));
	lockstep_close(ls);
	fake_close(core);
}

static void long_names_do_not_overflow_a_finding(void **state)
{
	struct core *core = fake_open(LAYOUT_SMALL);
	struct lockstep *ls = lockstep_open(core);
	struct lockstep_result result;

	(void)state;
	memset(core->source.symbol, 's', sizeof(core->source.symbol) - 1);
	memset(core->source.function, 'f', sizeof(core->source.function) - 1);
	memset(core->source.file, 'p', sizeof(core->source.file) - 1);
	core->defect = crash_with_frames;
	for (int bug = 0; bug < 2; bug++) {
		core->is_bug = bug;
		lockstep_run(ls, trace, NR_STEPS, LOCKSTEP_CHEAP, NULL, &result);
		assert_int_equal(result.verdict, VERDICT_FINDING);
		assert_true(strlen(result.finding.place) < sizeof(result.finding.place));
		assert_true(strlen(result.finding.actual) < sizeof(result.finding.actual));
	}
	lockstep_close(ls);
	fake_close(core);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_honest_core_gives_no_finding),
		cmocka_unit_test(every_defect_is_found_by_comparing_everything),
		cmocka_unit_test(every_defect_is_found_at_its_step_the_cheap_way),
		cmocka_unit_test(a_block_over_the_end_of_memory_is_found),
		cmocka_unit_test(what_the_hypervisor_may_do_is_no_finding),
		cmocka_unit_test(a_crash_shows_where_and_the_backtrace),
		cmocka_unit_test(long_names_do_not_overflow_a_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
