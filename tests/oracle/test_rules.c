// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the model answers, for hypercalls that are of no VM. The expected values are what the tree's own
 * handlers do (arch/arm64/kvm/hyp/nvhe/: hyp-main.c, mem_protect.c, pkvm.c, trace.c), read there, not
 * taken from the model.
 */
#include "tests/oracle/rule.h"

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
		in_both(without_tracing_its_hypercalls_find_no_device),
		in_both(with_tracing_there_is_no_buffer_yet),
		in_both(a_trace_descriptor_is_whole_pages_of_the_hosts_own),
		in_both(the_timers_offset_is_kept),
		in_both(the_ranges_touched_are_bounded),
		in_both(a_reset_model_is_the_model_after_boot),
		in_both(a_tree_with_too_many_slots_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
