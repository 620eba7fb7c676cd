// SPDX-License-Identifier: GPL-2.0-only
/* As test_rules.c, for hypercalls of VMs and vCPUs, as far as no VM is made. */
#include "tests/oracle/rule.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
