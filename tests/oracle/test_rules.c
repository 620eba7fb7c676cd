// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the model answers, for every op. The expected values are what the tree's own handlers do
 * (arch/arm64/kvm/hyp/nvhe/: hyp-main.c, mem_protect.c, pkvm.c, trace.c), read there, not taken from
 * the model.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle/model.h"
#include "tests/oracle/fake_core.h"
#include "tests/replay/cmocka_test.h"

#define ESR_IABT 0x86000000ULL /* EC 0x21, IL */
#define ESR_DABT 0x96000000ULL /* EC 0x25, IL */
#define WNR 0x40
#define S1PTW 0x80
#define TRANSLATION_L3 0x7

static struct core *core;
static struct model *model;
static struct expectation expect;

struct arg {
	enum place place;
	u64 value;
};

#define RAW(v) { PLACE_RAW, (v) }
#define RAM(v) { PLACE_RAM, (v) }
#define HYP(v) { PLACE_HYP, (v) }
#define TEXT(v) { PLACE_TEXT, (v) }
#define DATA(v) { PLACE_DATA, (v) }
#define PERCPU(v) { PLACE_PERCPU, (v) }
#define NOMAP(v) { PLACE_NOMAP, (v) }
#define MMIO(v) { PLACE_MMIO, (v) }
#define END(v) { PLACE_END, (v) }
#define LIMIT(v) { PLACE_LIMIT, (v) }
#define VM(v) { PLACE_VM, (v) }

/* x0.. before the op: what no argument overwrites must come back. */
static u64 before(int reg)
{
	return 0xabcd0000 + reg;
}

static void issue(enum op_code code, const struct arg args[OP_MAX_ARGS])
{
	const struct op_desc *desc = op_desc(code);
	struct op op = { .code = code };
	u64 values[OP_MAX_ARGS], regs[31];

	for (int i = 0; i < 31; i++)
		regs[i] = before(i);
	for (unsigned int i = 0; i < desc->nr_args; i++) {
		op.place[i] = args[i].place;
		op.value[i] = args[i].value;
	}
	map_resolve(&core->map, desc, &op, core->info.vm_handle_base, values);
	if (code == OP_host_hvc) {
		memcpy(regs, values, sizeof(values));
	} else if (desc->issuer == ISSUER_HCALL) {
		regs[0] = core->info.hypercall_base + core->info.hypercall[code];
		memcpy(regs + 1, values, desc->nr_args * sizeof(*values));
	}
	memcpy(expect.regs, regs, sizeof(regs));
	model_step(model, &op, values, &expect);
	/* Nothing but x0 and x1 ever answers. */
	for (int i = 2; i < 31; i++)
		assert_int_equal(expect.regs[i], regs[i]);
}

#define ISSUE(op, ...) issue(OP_##op, (const struct arg[OP_MAX_ARGS]){ __VA_ARGS__ })

/* The op is a hypercall, and answers @x1. */
#define ANSWERS(x1, op, ...)                                                                      \
	do {                                                                                      \
		ISSUE(op, __VA_ARGS__);                                                           \
		if (expect.kind != OUTCOME_RETURNED || expect.unmodelled || expect.regs[0] ||     \
		    (s64)expect.regs[1] != (s64)(x1))                                             \
			fail_msg("%s(%s): x0 0x%llx, x1 %lld instead of %lld", #op, #__VA_ARGS__, \
			         (unsigned long long)expect.regs[0], (long long)expect.regs[1],   \
			         (long long)(x1));                                                \
	} while (0)

static struct model_page *page(enum place place, u64 n)
{
	return &model->pages[map_page_index(&core->map, fake_place(core, place, n))];
}

static void assert_page(enum place place, u64 n, enum page_state host, enum page_state hyp)
{
	assert_int_equal(page(place, n)->host, host);
	assert_int_equal(page(place, n)->hyp, hyp);
}

static bool touched(enum place place, u64 n)
{
	u32 index = map_page_index(&core->map, fake_place(core, place, n));

	for (unsigned int i = 0; i < model->nr_touched; i++) {
		if (model->touched[i] == index)
			return true;
	}

	return false;
}

/* "ram" goes on behind the first region in holes; its last page before NOMAP memory. */
static u64 last_page_of_first_region(void)
{
	u64 end = core->map.regions[0].base + core->map.regions[0].size;

	for (u64 n = 0; n < core->map.ram_pages; n++) {
		if (fake_place(core, PLACE_RAM, n) == end - MAP_PAGE_SIZE)
			return n;
	}
	fail();
	return 0;
}

static void a_host_page_can_be_shared_once(void **state)
{
	(void)state;
	ANSWERS(0, host_share_hyp, RAM(5));
	assert_page(PLACE_RAM, 5, STATE_SHARED_OWNED, STATE_SHARED_BORROWED);
	assert_true(touched(PLACE_RAM, 5));
	assert_page(PLACE_RAM, 4, STATE_OWNED, STATE_NOPAGE);
	assert_page(PLACE_RAM, 6, STATE_OWNED, STATE_NOPAGE);
	ANSWERS(-1, host_share_hyp, RAM(5));
	assert_page(PLACE_RAM, 5, STATE_SHARED_OWNED, STATE_SHARED_BORROWED);
}

static void a_shared_page_can_be_unshared_once(void **state)
{
	(void)state;
	ANSWERS(-1, host_unshare_hyp, RAM(5));
	ANSWERS(0, host_share_hyp, RAM(5));
	ANSWERS(-1, host_unshare_hyp, RAM(4));
	ANSWERS(0, host_unshare_hyp, RAM(5));
	assert_page(PLACE_RAM, 5, STATE_OWNED, STATE_NOPAGE);
	assert_true(touched(PLACE_RAM, 5));
	ANSWERS(-1, host_unshare_hyp, RAM(5));
	ANSWERS(0, host_share_hyp, RAM(5));
}

static void a_pinned_page_cannot_be_unshared(void **state)
{
	(void)state;
	ANSWERS(0, host_share_hyp, RAM(5));
	page(PLACE_RAM, 5)->pins = 1;
	ANSWERS(-16, host_unshare_hyp, RAM(5));
	assert_page(PLACE_RAM, 5, STATE_SHARED_OWNED, STATE_SHARED_BORROWED);
	page(PLACE_RAM, 5)->pins = 0;
	ANSWERS(0, host_unshare_hyp, RAM(5));
}

static void only_the_hosts_own_pages_can_be_shared(void **state)
{
	static const struct arg foreign[] = {
		HYP(0),
		HYP(17),
		TEXT(0),
		DATA(0),
		DATA(4),
		PERCPU(0),
		PERCPU(2),
		MMIO(0),
		MMIO(0x1234),
		NOMAP(0),
		END(1),
		END(0x1000),
		LIMIT(0),
		LIMIT(-1ULL),
		LIMIT(1),
		RAW(0),
		RAW(0xfffffffffffff / 2),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
		ANSWERS(-1, host_share_hyp, foreign[i]);
		assert_int_equal(model->nr_dirty, 0);
		ANSWERS(-1, host_unshare_hyp, foreign[i]);
		assert_int_equal(model->nr_dirty, 0);
	}
}

static void a_page_of_another_state_cannot_be_shared(void **state)
{
	(void)state;
	for (int host = 0; host <= STATE_NOPAGE; host++) {
		for (int hyp = 0; hyp <= STATE_NOPAGE; hyp++) {
			struct model_page *p = page(PLACE_RAM, 5);
			bool share = host == STATE_OWNED && hyp == STATE_NOPAGE;
			bool unshare = host == STATE_SHARED_OWNED && hyp == STATE_SHARED_BORROWED;

			p->host = host;
			p->hyp = hyp;
			ANSWERS(share ? 0 : -1, host_share_hyp, RAM(5));
			p->host = host;
			p->hyp = hyp;
			ANSWERS(unshare ? 0 : -1, host_unshare_hyp, RAM(5));
		}
	}
}

static void the_page_that_memory_ends_in_cannot_be_shared(void **state)
{
	(void)state;
	/* Its second half is a hole: the range leaves its region. */
	s64 ret = core->map.layout == LAYOUT_HOLES ? -22 : 0;

	ANSWERS(ret, host_share_hyp, END(0));
	ANSWERS(ret, host_unshare_hyp, END(0));
}

static void a_range_that_wraps_is_no_range(void **state)
{
	(void)state;
	/* Its end is 0: not in the range that goes to the top. */
	ANSWERS(-22, host_share_hyp, RAW(0xfffffffffffff));
	ANSWERS(-22, host_unshare_hyp, RAW(0xfffffffffffff));
	ANSWERS(-22, host_share_hyp, RAW(~0ULL));
	ANSWERS(-1, host_share_hyp, RAW(0xffffffffffffe));
}

static void the_high_bits_of_a_pfn_are_lost(void **state)
{
	u64 pfn = fake_place(core, PLACE_RAM, 5) >> MAP_PAGE_SHIFT;

	(void)state;
	ANSWERS(0, host_share_hyp, RAW(pfn | 0xfffULL << 52));
	assert_page(PLACE_RAM, 5, STATE_SHARED_OWNED, STATE_SHARED_BORROWED);
	ANSWERS(0, host_unshare_hyp, RAW(pfn | BIT(52)));
}

static void a_region_above_4_gib_can_be_shared(void **state)
{
	u64 last = core->map.ram_pages - 1;

	(void)state;
	ANSWERS(0, host_share_hyp, RAM(last));
	assert_page(PLACE_RAM, last, STATE_SHARED_OWNED, STATE_SHARED_BORROWED);
	ANSWERS(0, host_unshare_hyp, RAM(last));
}

static void refused(enum op_code code)
{
	const struct arg args[OP_MAX_ARGS] = { RAW(before(1)), RAW(before(2)), RAW(before(3)) };

	issue(code, args);
	assert_string_equal(expect.rule, "refused_hypercall");
	assert_int_equal(expect.regs[0], ~0ULL);
	assert_int_equal(expect.regs[1], before(1));
	assert_int_equal(expect.kind, OUTCOME_RETURNED);
}

static void early_hypercalls_are_refused(void **state)
{
	(void)state;
	refused(OP_pkvm_init);
	refused(OP_create_private_mapping);
	refused(OP_cpu_set_vector);
	refused(OP_enable_ssbs);
	refused(OP_vgic_v3_init_lrs);
	refused(OP_vgic_v3_get_gic_config);
	/* but for the one that each CPU makes */
	ANSWERS(-1, prot_finalize);
}

static void a_raw_id_is_the_hypercall_that_it_names(void **state)
{
	u64 id = core->info.hypercall_base + core->info.hypercall[OP_host_share_hyp];
	u64 pfn = fake_place(core, PLACE_RAM, 5) >> MAP_PAGE_SHIFT;

	(void)state;
	ANSWERS(0, host_hvc, RAW(id), RAW(pfn));
	assert_string_equal(expect.rule, "host_share_hyp");
	assert_page(PLACE_RAM, 5, STATE_SHARED_OWNED, STATE_SHARED_BORROWED);
	/* SMCCC hints do not count. */
	ANSWERS(-1, host_hvc, RAW(id | core->info.hypercall_hints), RAW(pfn));
}

static void unknown_ids_are_refused(void **state)
{
	const u64 base = core->info.hypercall_base;
	const u64 ids[] = { 0,
		            base,
		            base + core->info.hypercall_min_pkvm - 1,
		            base + core->info.hypercall_max,
		            base + core->info.hypercall_max + 1,
		            base - 1,
		            base | BIT(32),
		            base | BIT(63) | core->info.hypercall[OP_host_share_hyp],
		            0x84000000,
		            ~0ULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		ISSUE(host_hvc, RAW(ids[i]), RAW(1), RAW(2), RAW(3));
		assert_string_equal(expect.rule, "refused_hypercall");
		assert_int_equal(expect.regs[0], ~0ULL);
		assert_int_equal(expect.regs[1], 1);
	}
}

static void every_hypercall_of_the_tree_has_a_rule(void **state)
{
	(void)state;
	for (u64 id = 0; id < core->info.hypercall_max; id++) {
		ISSUE(host_hvc, RAW(core->info.hypercall_base + id), RAW(0), RAW(0), RAW(0));
		assert_null(expect.unmodelled);
		assert_non_null(expect.rule);
	}
}

static void a_hypercall_without_a_rule_is_unmodelled(void **state)
{
	(void)state;
	core->info.hypercall_max++;
	ISSUE(host_hvc, RAW(core->info.hypercall_base + core->info.hypercall_max - 1));
	assert_non_null(expect.unmodelled);
	core->info.hypercall_max--;
}

/* Nothing is answered: x1 comes back as it was. */
static void hypercalls_without_an_answer_keep_x1(void **state)
{
	static const enum op_code silent[] = {
		OP_flush_vm_context,
		OP_tlb_flush_vmid_ipa,
		OP_tlb_flush_vmid_ipa_nsh,
		OP_tlb_flush_vmid,
		OP_tlb_flush_vmid_range,
		OP_flush_cpu_context,
		OP_timer_set_cntvoff,
		OP_tracing_unload,
		OP_tracing_update_clock,
		OP_tracing_write_event,
		OP_vgic_v3_save_aprs,
		OP_vgic_v3_restore_vmcr_aprs,
		OP_vgic_v5_save_apr,
		OP_vgic_v5_restore_vmcr_apr,
		OP_vcpu_load,
		OP_vcpu_put,
		OP_vcpu_sync_state,
		OP_pkvm_tlb_flush_vmid,
		OP_unreserve_vm,
		OP_adjust_pc,
	};
	const struct arg args[OP_MAX_ARGS] = { RAW(before(1)), RAW(0), RAW(~0ULL), RAW(7) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(silent); i++) {
		if (!core_has_op(core, silent[i]))
			continue;
		issue(silent[i], args);
		assert_null(expect.unmodelled);
		assert_int_equal(expect.kind, OUTCOME_RETURNED);
		assert_int_equal(expect.regs[0], 0);
		assert_int_equal(expect.regs[1], before(1));
	}
	assert_int_equal(model->nr_dirty, 0);
}

static void without_a_vm_its_hypercalls_are_invalid(void **state)
{
	static const enum op_code invalid[] = {
		OP_vcpu_run,
		OP_host_donate_guest,
		OP_host_share_guest,
		OP_host_unshare_guest,
		OP_host_relax_perms_guest,
		OP_host_wrprotect_guest,
		OP_host_test_clear_young_guest,
		OP_host_mkyoung_guest,
		OP_vcpu_in_poison_fault,
		OP_reclaim_dying_guest_page,
		OP_start_teardown_vm,
		OP_finalize_teardown_vm,
	};
	const struct arg hostile[OP_MAX_ARGS] = { RAW(~0ULL), RAW(~0ULL), RAW(~0ULL), RAW(~0ULL) };
	const struct arg plain[OP_MAX_ARGS] = { RAW(0x1000), RAW(1), RAW(1), RAW(7) };

	(void)state;
	ANSWERS(core->info.vm_handle_base, reserve_vm);
	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++) {
		for (int n = 0; n < 2; n++) {
			issue(invalid[i], n ? hostile : plain);
			assert_null(expect.unmodelled);
			assert_int_equal(expect.kind, OUTCOME_RETURNED);
			assert_int_equal(expect.regs[0], 0);
			assert_int_equal((s64)expect.regs[1], -22);
		}
	}
	assert_int_equal(model->nr_dirty, 0);
}

static void vm_slots_are_given_in_order_until_none_is_left(void **state)
{
	u64 base = core->info.vm_handle_base;

	(void)state;
	for (u32 slot = 0; slot < core->info.vm_slots; slot++) {
		ANSWERS(base + slot, reserve_vm);
		assert_true(model->slots_changed);
		assert_int_equal(model->vms.state[slot], VM_RESERVED);
	}
	ANSWERS(-12, reserve_vm);
	assert_false(model->slots_changed);
	ISSUE(unreserve_vm, VM(7));
	assert_true(model->slots_changed);
	ISSUE(unreserve_vm, VM(3));
	ANSWERS(base + 3, reserve_vm);
	ANSWERS(base + 7, reserve_vm);
	ANSWERS(-12, reserve_vm);
}

static void only_reserved_slots_can_be_unreserved(void **state)
{
	const u64 wrong[] = { 0, core->info.vm_handle_base - 1,
		              core->info.vm_handle_base + core->info.vm_slots,
		              core->info.vm_handle_base + 1 };

	(void)state;
	ANSWERS(core->info.vm_handle_base, reserve_vm);
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		ISSUE(unreserve_vm, RAW(wrong[i]));
		assert_false(model->slots_changed);
		assert_int_equal(model->vms.state[0], VM_RESERVED);
	}
	/* A handle has fewer bits than a register. */
	ISSUE(unreserve_vm, RAW(~core->info.vm_handle_mask | core->info.vm_handle_base));
	assert_true(model->slots_changed);
	assert_int_equal(model->vms.state[0], VM_FREE);
}

/* Share all pages of @size bytes at "ram+n"; as a kernel VA: "ram" counts bytes. */
static void share_range(u64 n, u64 size)
{
	for (u64 i = 0; i < ALIGN_UP(size, MAP_PAGE_SIZE) >> MAP_PAGE_SHIFT; i++)
		ANSWERS(0, host_share_hyp, RAM(n + i));
}

static void write_range(u64 n, u64 size)
{
	for (u64 at = 0; at < size; at += sizeof(u64))
		ISSUE(host_store, RAM((n << MAP_PAGE_SHIFT) + at), RAW(1));
}

static void a_vm_needs_its_struct_shared(void **state)
{
	u64 at = 8 << MAP_PAGE_SHIFT;

	(void)state;
	ANSWERS(-1, init_vm, RAM(at), RAM(0), RAM(0));
	ANSWERS(0, host_share_hyp, RAM(8));
	/* struct kvm is longer than a page. */
	assert_true(core->info.sizeof_kvm > MAP_PAGE_SIZE);
	ANSWERS(-1, init_vm, RAM(at), RAM(0), RAM(0));
	share_range(9, core->info.sizeof_kvm - MAP_PAGE_SIZE);
	/* No vCPUs */
	ANSWERS(-22, init_vm, RAM(at), RAM(0), RAM(0));
	assert_page(PLACE_RAM, 8, STATE_SHARED_OWNED, STATE_SHARED_BORROWED);
	assert_true(touched(PLACE_RAM, 8) && touched(PLACE_RAM, 9));
	assert_int_equal(page(PLACE_RAM, 8)->pins, 0);
}

static void any_va_stands_for_its_low_bits(void **state)
{
	u64 pa = fake_place(core, PLACE_RAM, 8);

	(void)state;
	share_range(8, core->info.sizeof_kvm);
	ANSWERS(-22, init_vm, RAW(pa), RAW(0), RAW(0));
	ANSWERS(-22, init_vm, RAW(pa | 0xffffULL << 48), RAW(0), RAW(0));
	ANSWERS(-22, init_vm, RAW(pa | BIT(47)), RAW(0), RAW(0));
	ANSWERS(-1, init_vm, RAW(pa | BIT(46)), RAW(0), RAW(0));
}

static void what_is_pinned_must_not_leave_its_region(void **state)
{
	u64 last = last_page_of_first_region();

	(void)state;
	ANSWERS(0, host_share_hyp, RAM(last));
	ANSWERS(-22, init_vm, RAM(last << MAP_PAGE_SHIFT), RAW(0), RAW(0));
	/* Into memory from below it */
	ANSWERS(-22, init_vm, RAW(map_hva(core->map.regions[0].base - MAP_PAGE_SIZE)));
	ANSWERS(-1, init_vm, MMIO(0), RAW(0), RAW(0));
	ANSWERS(-1, init_vm, HYP(0), RAW(0), RAW(0));
}

static void a_vcpu_that_is_not_shared_is_left_alone(void **state)
{
	u64 at = 8 << MAP_PAGE_SHIFT;

	(void)state;
	ISSUE(adjust_pc, RAM(at));
	assert_null(expect.unmodelled);
	assert_int_equal(expect.regs[1], map_hva(fake_place(core, PLACE_RAM, 8)));
	share_range(8, core->info.sizeof_vcpu);
	ISSUE(adjust_pc, RAM(at));
	assert_null(expect.unmodelled);
	assert_int_equal(expect.regs[1], map_hva(fake_place(core, PLACE_RAM, 8)));
	assert_true(touched(PLACE_RAM, 8));
	/* Fields that lie across the words of memory are not followed. */
	write_range(8, core->info.sizeof_vcpu);
	ISSUE(adjust_pc, RAM(at));
	assert_null(expect.unmodelled);
	ISSUE(adjust_pc, RAM(at + 4));
	assert_non_null(expect.unmodelled);
}

static void memory_for_a_vcpu_must_be_the_hosts_own(void **state)
{
	u64 pages = ALIGN_UP(core->info.sizeof_hyp_vcpu, MAP_PAGE_SIZE) >> MAP_PAGE_SHIFT;
	u64 last = last_page_of_first_region();

	(void)state;
	ANSWERS(-12, init_vcpu, RAW(0x1000), RAM(0), HYP(0));
	ANSWERS(-12, init_vcpu, RAW(0x1000), RAM(0), TEXT(0));
	ANSWERS(-12, init_vcpu, RAW(0x1000), RAM(0), MMIO(0));
	ANSWERS(-12, init_vcpu, RAW(0x1000), RAM(0), NOMAP(0));
	ANSWERS(-12, init_vcpu, RAW(0x1000), RAM(0), RAM(1));
	ANSWERS(-12, init_vcpu, RAW(0x1000), RAM(0), RAM(0x8008));
	ANSWERS(-12, init_vcpu, RAW(0x1000), RAM(0), RAW(~0ULL << MAP_PAGE_SHIFT));
	ANSWERS(-12, init_vcpu, RAW(0x1000), RAM(0), LIMIT(-0x1000ULL));
	ANSWERS(-12, init_vcpu, RAW(0x1000), RAM(0), RAM(last << MAP_PAGE_SHIFT));
	assert_true(pages > 1);
	ANSWERS(0, host_share_hyp, RAM(8 + pages - 1));
	ANSWERS(-12, init_vcpu, RAW(0x1000), RAM(0), RAM(8 << MAP_PAGE_SHIFT));
	ANSWERS(0, host_unshare_hyp, RAM(8 + pages - 1));
	/* There is no such VM. */
	ANSWERS(-2, init_vcpu, RAW(0x1000), RAM(0), RAM(8 << MAP_PAGE_SHIFT));
	for (u64 i = 0; i < pages; i++)
		assert_page(PLACE_RAM, 8 + i, STATE_OWNED, STATE_NOPAGE);
}

static void memory_for_a_vcpu_comes_back_cleared(void **state)
{
	u64 at = 8 << MAP_PAGE_SHIFT, size = core->info.sizeof_hyp_vcpu;

	(void)state;
	ISSUE(host_store, RAM(at), RAW(1));
	ISSUE(host_store, RAM(at + size - 8), RAW(2));
	ISSUE(host_store, RAM(at + ALIGN_UP(size, 8)), RAW(3));
	ISSUE(host_store, RAM(at - 8), RAW(4));
	ANSWERS(-2, init_vcpu, RAW(0x1000), RAM(0), RAM(at));
	ISSUE(host_load, RAM(at));
	assert_int_equal(expect.regs[1], 0);
	ISSUE(host_load, RAM(at + size - 8));
	assert_int_equal(expect.regs[1], 0);
	/* The rest of the last page is not. */
	ISSUE(host_load, RAM(at + ALIGN_UP(size, 8)));
	assert_int_equal(expect.regs[1], 3);
	ISSUE(host_load, RAM(at - 8));
	assert_int_equal(expect.regs[1], 4);
}

static void only_a_guests_page_can_be_reclaimed_by_force(void **state)
{
	(void)state;
	ANSWERS(-11, force_reclaim_guest_page, RAM(0x5123));
	assert_true(touched(PLACE_RAM, 5));
	ANSWERS(0, host_share_hyp, RAM(5));
	ANSWERS(-11, force_reclaim_guest_page, RAM(0x5000));
	ANSWERS(-1, force_reclaim_guest_page, HYP(0));
	ANSWERS(-1, force_reclaim_guest_page, DATA(0));
	/* Mapped, so not annotated */
	ANSWERS(-22, force_reclaim_guest_page, TEXT(0));
	ANSWERS(-14, force_reclaim_guest_page, MMIO(0));
	ANSWERS(-14, force_reclaim_guest_page, END(0x1000));
	ANSWERS(-14, force_reclaim_guest_page, LIMIT(0));
	ANSWERS(-14, force_reclaim_guest_page, RAW(~0ULL));
	ANSWERS(-11, force_reclaim_guest_page, END(0));
	/* The address is rounded down before it is looked up. */
	ANSWERS(-11, force_reclaim_guest_page, END(0xfff));
	ANSWERS(core->map.layout == LAYOUT_HOLES ? -11 : -14, force_reclaim_guest_page, NOMAP(0));
}

static void without_tracing_its_hypercalls_find_no_device(void **state)
{
	(void)state;
	core->info.has_tracing = false;
	ANSWERS(-19, tracing_load, RAM(0), RAW(0x1000));
	ANSWERS(-19, tracing_enable, RAW(0));
	ANSWERS(-19, tracing_enable, RAW(1));
	ANSWERS(-19, tracing_swap_reader, RAW(0));
	ANSWERS(-19, tracing_swap_reader, RAW(77));
	ANSWERS(-19, tracing_reset, RAW(0));
	ANSWERS(-19, tracing_enable_event, RAW(0), RAW(1));
}

static void with_tracing_there_is_no_buffer_yet(void **state)
{
	(void)state;
	core->info.has_tracing = true;
	ANSWERS(0, tracing_enable, RAW(0));
	ANSWERS(-22, tracing_enable, RAW(1));
	ANSWERS(-22, tracing_enable, RAW(BIT(63)));
	ANSWERS(-19, tracing_swap_reader, RAW(0));
	ANSWERS(-19, tracing_swap_reader, RAW(core->info.nr_cpus - 1));
	ANSWERS(-22, tracing_swap_reader, RAW(core->info.nr_cpus));
	/* The CPU is 32 bits wide. */
	ANSWERS(-19, tracing_swap_reader, RAW(BIT(32)));
	ANSWERS(-22, tracing_reset, RAW(~0ULL));
	ANSWERS(-19, tracing_reset, RAW(0));
	ISSUE(tracing_enable_event, RAW(0), RAW(1));
	assert_non_null(expect.unmodelled);
}

static void a_trace_descriptor_is_whole_pages_of_the_hosts_own(void **state)
{
	u64 at = 8 << MAP_PAGE_SHIFT, last = last_page_of_first_region();

	(void)state;
	core->info.has_tracing = true;
	ANSWERS(-22, tracing_load, RAM(at + 8), RAW(0x1000));
	ANSWERS(-22, tracing_load, RAM(at), RAW(0x1008));
	ANSWERS(-22, tracing_load, RAM(at), RAW(0));
	ANSWERS(-22, tracing_load, RAM(at), RAW(-0x1000ULL));
	ANSWERS(-22, tracing_load, RAM(at), RAW(BIT(63)));
	ANSWERS(-1, tracing_load, HYP(0), RAW(0x1000));
	ANSWERS(-1, tracing_load, MMIO(0), RAW(0x1000));
	ANSWERS(-22, tracing_load, RAM(last << MAP_PAGE_SHIFT), RAW(0x2000));
	/* All zeroes: no CPU in it */
	ANSWERS(-22, tracing_load, RAM(at), RAW(0x2000));
	assert_page(PLACE_RAM, 8, STATE_OWNED, STATE_NOPAGE);
	assert_true(touched(PLACE_RAM, 8) && touched(PLACE_RAM, 9));
	page(PLACE_RAM, 9)->hyp = STATE_OWNED;
	ANSWERS(-1, tracing_load, RAM(at), RAW(0x2000));
	page(PLACE_RAM, 9)->hyp = STATE_NOPAGE;
	ANSWERS(0, host_share_hyp, RAM(9));
	ANSWERS(-1, tracing_load, RAM(at), RAW(0x2000));
	ISSUE(host_store, RAM(at), RAW(1));
	ISSUE(tracing_load, RAM(at), RAW(0x1000));
	assert_non_null(expect.unmodelled);
}

static void goes_through(u64 x1)
{
	assert_int_equal(expect.kind, OUTCOME_RETURNED);
	assert_null(expect.unmodelled);
	assert_false(expect.any_x1);
	assert_int_equal(expect.regs[1], x1);
	assert_int_equal(expect.esr, 0);
	assert_int_equal(expect.far, 0);
}

static void the_host_reaches_its_own_memory(void **state)
{
	static const struct arg places[] = { RAM(0x5000), RAM(0x5ff8), END(0), NOMAP(0) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (places[i].place == PLACE_NOMAP && core->map.layout != LAYOUT_HOLES)
			continue;
		ISSUE(host_fetch, places[i]);
		goes_through(0);
		ISSUE(host_store, places[i], RAW(0x1234));
		goes_through(0x1234);
		assert_int_equal(model->nr_touched, 1);
		ISSUE(host_load, places[i]);
		goes_through(0x1234);
	}
	ISSUE(host_load, RAM(0x6000));
	goes_through(0);
}

static void what_is_shared_is_still_the_hosts(void **state)
{
	(void)state;
	ISSUE(host_store, RAM(0x5000), RAW(77));
	ANSWERS(0, host_share_hyp, RAM(5));
	ISSUE(host_load, RAM(0x5000));
	goes_through(77);
	ISSUE(host_store, RAM(0x5000), RAW(78));
	goes_through(78);
}

static void memory_that_boot_wrote_can_hold_anything(void **state)
{
	u64 pa = 0;

	(void)state;
	for (unsigned int i = 0; i < core->map.nr_carveouts; i++) {
		if (core->map.carveouts[i].role == CARVE_HOST)
			pa = core->map.carveouts[i].base;
	}
	ISSUE(host_load, RAW(pa));
	assert_int_equal(expect.kind, OUTCOME_RETURNED);
	assert_true(expect.any_x1);
	ISSUE(host_store, RAW(pa), RAW(5));
	ISSUE(host_load, RAW(pa));
	goes_through(5);
	ISSUE(host_load, TEXT(0));
	assert_true(expect.any_x1);
}

static void more_stores_than_can_be_kept_are_unmodelled(void **state)
{
	(void)state;
	for (u64 i = 0; i < MODEL_MAX_WORDS; i++) {
		ISSUE(host_store, RAM(8 * i), RAW(i));
		assert_null(expect.unmodelled);
	}
	ISSUE(host_store, RAM(0), RAW(1));
	assert_null(expect.unmodelled);
	ISSUE(host_store, RAM(8 * MODEL_MAX_WORDS), RAW(1));
	assert_non_null(expect.unmodelled);
}

static void aborts_with(u64 esr, u64 far)
{
	assert_int_equal(expect.kind, OUTCOME_ABORTED);
	assert_int_equal(expect.esr, esr);
	assert_int_equal(expect.far, far);
	assert_int_equal(expect.regs[0], far);
}

static void what_the_host_lost_aborts(void **state)
{
	static const struct arg lost[] = { HYP(0),       HYP(0x1ffff8), DATA(0),
		                           DATA(0x4008), PERCPU(0),     PERCPU(0x2000) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lost); i++) {
		u64 pa = fake_place(core, lost[i].place, 0) + lost[i].value;

		ISSUE(host_load, lost[i]);
		aborts_with(ESR_DABT | S1PTW | TRANSLATION_L3, expect.regs[0]);
		assert_int_equal(expect.regs[1], 0);
		ISSUE(host_store, lost[i], RAW(5));
		aborts_with(ESR_DABT | S1PTW | WNR | TRANSLATION_L3, expect.regs[0]);
		assert_int_equal(expect.regs[1], 5);
		ISSUE(host_fetch, lost[i]);
		aborts_with(ESR_IABT | S1PTW | TRANSLATION_L3, expect.regs[0]);
		if (lost[i].place == PLACE_HYP)
			assert_int_equal(expect.regs[0], pa);
	}
	/* ... and nothing was stored. */
	assert_int_equal(model->nr_words, 0);
}

static void text_can_only_be_read(void **state)
{
	(void)state;
	ISSUE(host_load, TEXT(0));
	assert_int_equal(expect.kind, OUTCOME_RETURNED);
	ISSUE(host_store, TEXT(0), RAW(1));
	assert_int_equal(expect.kind, OUTCOME_REFAULTED);
	ISSUE(host_fetch, TEXT(0));
	assert_int_equal(expect.kind, OUTCOME_REFAULTED);
	assert_int_equal(model->nr_words, 0);
}

static void devices_are_the_hosts_but_not_to_execute(void **state)
{
	static const struct arg devices[] = { MMIO(0), MMIO(0x123000), END(0x1000),
		                              LIMIT(-0x1000ULL) };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(devices); i++) {
		ISSUE(host_store, devices[i], RAW(5));
		goes_through(5);
		ISSUE(host_load, devices[i]);
		goes_through(0);
		ISSUE(host_fetch, devices[i]);
		assert_int_equal(expect.kind, OUTCOME_REFAULTED);
	}
}

static void faults_with(u64 esr, u64 far)
{
	assert_int_equal(expect.kind, OUTCOME_EL1_FAULT);
	assert_int_equal(expect.esr, esr);
	assert_int_equal(expect.far, far);
	assert_int_equal(model->nr_touched, 0);
}

static void beyond_the_physical_addresses_stage_1_faults(void **state)
{
	static const u64 beyond[] = { 0, 0x1000, 0x10000000000 };
	u64 limit = BIT(core->map.pa_bits);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++) {
		ISSUE(host_load, LIMIT(beyond[i]));
		faults_with(ESR_DABT, limit + beyond[i]);
		ISSUE(host_store, LIMIT(beyond[i]), RAW(1));
		faults_with(ESR_DABT | WNR, limit + beyond[i]);
		ISSUE(host_fetch, LIMIT(beyond[i]));
		faults_with(ESR_IABT, limit + beyond[i]);
	}
}

static void the_ranges_touched_are_bounded(void **state)
{
	(void)state;
	model_step(model, &(const struct op){ .code = OP_host_load }, (const u64[OP_MAX_ARGS]){ 0 },
	           &expect);
	model_touch(model, fake_place(core, PLACE_RAM, 0), BIT(40));
	assert_int_equal(model->nr_touched, MODEL_MAX_TOUCHED);
	model_touch(model, fake_place(core, PLACE_RAM, 0), 0x3000);
	assert_int_equal(model->nr_touched, MODEL_MAX_TOUCHED);
}

static void a_reset_model_is_the_model_after_boot(void **state)
{
	struct model *other = model_open(&core->map, &core->info);

	(void)state;
	ANSWERS(0, host_share_hyp, RAM(5));
	ANSWERS(core->info.vm_handle_base, reserve_vm);
	ISSUE(host_store, RAM(0), RAW(1));
	model_reset(model);
	assert_memory_equal(model->pages, other->pages, model->nr_pages * sizeof(*model->pages));
	assert_int_equal(model->nr_donated, other->nr_donated);
	assert_int_equal(model->nr_hyp_mapped, other->nr_hyp_mapped);
	assert_int_equal(model->nr_readable, other->nr_readable);
	assert_int_equal(model->nr_words, 0);
	assert_int_equal(model->nr_dirty, 0);
	assert_int_equal(model->vms.state[0], VM_FREE);
	for (u64 i = 0; i < model->nr_pages; i++)
		assert_false(model->is_dirty[i]);
	ANSWERS(0, host_share_hyp, RAM(5));
	ANSWERS(core->info.vm_handle_base, reserve_vm);
	model_close(other);
}

static void a_tree_with_too_many_slots_is_refused(void **state)
{
	(void)state;
	core->info.vm_slots = MODEL_MAX_SLOTS + 1;
	assert_null(model_open(&core->map, &core->info));
}

static void the_timers_offset_is_kept(void **state)
{
	(void)state;
	ISSUE(timer_set_cntvoff, RAW(0x123456789));
	assert_int_equal(expect.regs[1], 0x123456789);
	assert_int_equal(model->cntvoff, 0x123456789);
	model_reset(model);
	assert_int_equal(model->cntvoff, 0);
}

static int open_small(void **state)
{
	(void)state;
	core = fake_open(LAYOUT_SMALL);
	model = model_open(&core->map, &core->info);
	return model ? 0 : -1;
}

static int open_holes(void **state)
{
	(void)state;
	core = fake_open(LAYOUT_HOLES);
	model = model_open(&core->map, &core->info);
	return model ? 0 : -1;
}

static int close_model(void **state)
{
	(void)state;
	model_close(model);
	fake_close(core);
	return 0;
}

#define in_both(test)                                                  \
	{ #test " in small", test, open_small, close_model, NULL },    \
	{                                                              \
		#test " in holes", test, open_holes, close_model, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		in_both(a_host_page_can_be_shared_once),
		in_both(a_shared_page_can_be_unshared_once),
		in_both(a_pinned_page_cannot_be_unshared),
		in_both(only_the_hosts_own_pages_can_be_shared),
		in_both(a_page_of_another_state_cannot_be_shared),
		in_both(the_page_that_memory_ends_in_cannot_be_shared),
		in_both(a_range_that_wraps_is_no_range),
		in_both(the_high_bits_of_a_pfn_are_lost),
		in_both(a_region_above_4_gib_can_be_shared),
		in_both(early_hypercalls_are_refused),
		in_both(a_raw_id_is_the_hypercall_that_it_names),
		in_both(unknown_ids_are_refused),
		in_both(every_hypercall_of_the_tree_has_a_rule),
		in_both(a_hypercall_without_a_rule_is_unmodelled),
		in_both(hypercalls_without_an_answer_keep_x1),
		in_both(without_a_vm_its_hypercalls_are_invalid),
		in_both(vm_slots_are_given_in_order_until_none_is_left),
		in_both(only_reserved_slots_can_be_unreserved),
		in_both(a_vm_needs_its_struct_shared),
		in_both(any_va_stands_for_its_low_bits),
		in_both(what_is_pinned_must_not_leave_its_region),
		in_both(a_vcpu_that_is_not_shared_is_left_alone),
		in_both(memory_for_a_vcpu_must_be_the_hosts_own),
		in_both(memory_for_a_vcpu_comes_back_cleared),
		in_both(only_a_guests_page_can_be_reclaimed_by_force),
		in_both(without_tracing_its_hypercalls_find_no_device),
		in_both(with_tracing_there_is_no_buffer_yet),
		in_both(a_trace_descriptor_is_whole_pages_of_the_hosts_own),
		in_both(the_host_reaches_its_own_memory),
		in_both(what_is_shared_is_still_the_hosts),
		in_both(memory_that_boot_wrote_can_hold_anything),
		in_both(more_stores_than_can_be_kept_are_unmodelled),
		in_both(what_the_host_lost_aborts),
		in_both(text_can_only_be_read),
		in_both(devices_are_the_hosts_but_not_to_execute),
		in_both(beyond_the_physical_addresses_stage_1_faults),
		in_both(the_timers_offset_is_kept),
		in_both(the_ranges_touched_are_bounded),
		in_both(a_reset_model_is_the_model_after_boot),
		in_both(a_tree_with_too_many_slots_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
