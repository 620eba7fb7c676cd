// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_crash IMAGE: how the core tells that EL2 crashed. The tree's text is patched in the core's own
 * memory, after boot, so that each way to crash can be had in every tree.
 */
#include <stdio.h>
#include <string.h>

#include "core/aarch64/machine.h"
#include "core/image/coverage.h"
#include "tests/replay/cmocka_test.h"

#define HANDLER "handle___pkvm_host_share_hyp"

#define INSN_UDF 0x00000000U
#define INSN_B_SELF 0x14000000U
#define INSN_BRK(imm) (0xd4200000U | (imm) << 5)
#define INSN_CBZ_X0(words) (0xb4000000U | (words) << 5)
#define INSN_MOV_X0_0 0xd2800000U
#define INSN_LDR_X0_X0 0xf9400000U
#define INSN_STR_X0_X0 0xf9000000U
#define INSN_BR_X0 0xd61f0000U
#define INSN_STP_FRAME 0xa9bf7bfdU /* stp x29, x30, [sp, #-16]! */
#define INSN_MOV_FP 0x910003fdU /* mov x29, sp */

#define ESR_EC(esr) ((esr) >> 26)
#define EC_UNKNOWN 0x00
#define EC_IABT_CUR 0x21
#define EC_DABT_CUR 0x25
#define EC_BRK64 0x3c

static struct core *core;

static struct machine *machine(void)
{
	return (struct machine *)core;
}

static void share(struct outcome *out)
{
	const struct op op = { .code = OP_host_share_hyp, .place = { PLACE_RAM }, .value = { 3 } };
	u64 args[OP_MAX_ARGS];

	map_resolve(core_map(core), op_desc(op.code), &op, 0, args);
	core_step(core, &op, args, out);
}

/* The hypercall's handler begins with @insns; Return: its address. */
static u64 patch_handler(const u32 *insns, size_t nr)
{
	u64 va = image_symbol(&machine()->image, HANDLER);
	u64 pa = map_hyp_pa(core_map(core), va);

	assert_true(va);
	memcpy(phys_ptr(&core->phys, pa, nr * sizeof(*insns)), insns, nr * sizeof(*insns));
	emu_text_changed(&machine()->cpu);
	return va;
}

#define patch(...)                                  \
	patch_handler((const u32[]){ __VA_ARGS__ }, \
	              sizeof((const u32[]){ __VA_ARGS__ }) / sizeof(u32))

/* After a reset the core is as good as new. */
static void assert_usable(void)
{
	struct outcome out;

	core_reset(core);
	emu_text_changed(&machine()->cpu);
	share(&out);
	assert_int_equal(out.kind, OUTCOME_RETURNED);
	assert_int_equal(out.regs[0], 0);
	assert_int_equal(out.regs[1], 0);
	core_reset(core);
}

static bool backtrace_names(const struct outcome *out, const char *function)
{
	for (unsigned int i = 0; i < out->crash.nr_frames; i++) {
		struct source_place place;

		core_source(core, out->crash.frames[i] - 4, &place);
		if (!strcmp(place.symbol, function) || !strcmp(place.function, function))
			return true;
	}

	return false;
}

/* The address of some BRK that __bug_table knows. */
static u64 find_bug(bool want_warning, struct source_place *place)
{
	const struct memory_map *map = core_map(core);
	const struct carveout *text = &map->carveouts[0];

	assert_int_equal(text->role, CARVE_TEXT);
	for (u64 pa = text->base; pa < text->base + text->size; pa += 4) {
		u64 va = map_hyp_va(map, pa);
		bool warning;
		u32 insn;

		memcpy(&insn, phys_ptr(&core->phys, pa, sizeof(insn)), sizeof(insn));
		if ((insn & 0xffe0001f) == INSN_BRK(0) &&
		    core_bug_source(core, va, place, &warning) && warning == want_warning)
			return va;
	}

	return 0;
}

static void a_warning_has_file_line_and_function(void **state)
{
	struct source_place place;
	u64 va = find_bug(true, &place);

	(void)state;
	assert_true(va);
	assert_true(strstr(place.file, ".c") || strstr(place.file, ".h"));
	assert_int_not_equal(place.file[0], '/');
	assert_true(place.line > 0);
	assert_int_not_equal(place.function[0], '?');
	assert_int_not_equal(place.symbol[0], '?');
}

static void a_bug_is_told_from_a_warning(void **state)
{
	struct source_place place;

	(void)state;
	assert_true(find_bug(false, &place));
	assert_true(place.line > 0);
}

static void what_is_no_bug_is_not_in_the_table(void **state)
{
	u64 va = image_symbol(&machine()->image, HANDLER);
	struct source_place place;
	bool warning;

	(void)state;
	assert_false(core_bug_source(core, va, &place, &warning));
	assert_false(core_bug_source(core, 0, &place, &warning));
	assert_false(core_bug_source(core, ~0ULL, &place, &warning));
}

static void the_trees_own_warning_is_met(void **state)
{
	struct source_place place;
	struct outcome out;
	u64 va = find_bug(true, &place), handler;
	bool warning;

	(void)state;
	/* br to the BRK: mov x0, ..; the VA has at most 48 bits. */
	handler = patch(INSN_STP_FRAME, INSN_MOV_FP, 0xd2800000U | (u32)(va & 0xffff) << 5,
	                0xf2a00000U | (u32)(va >> 16 & 0xffff) << 5,
	                0xf2c00000U | (u32)(va >> 32 & 0xffff) << 5, INSN_BR_X0);
	share(&out);
	assert_int_equal(out.kind, OUTCOME_EL2_BUG);
	assert_int_equal(out.crash.pc, va);
	assert_int_equal(ESR_EC(out.crash.esr), EC_BRK64);
	assert_true(core_bug_source(core, out.crash.pc, &place, &warning));
	assert_true(warning);
	assert_true(out.crash.nr_frames > 0);
	assert_true(handler);
	assert_true(outcome_crashed(&out));
	assert_usable();
}

static void another_brk_is_an_exception(void **state)
{
	struct outcome out;
	u64 va = patch(INSN_BRK(1));

	(void)state;
	share(&out);
	assert_int_equal(out.kind, OUTCOME_EL2_EXCEPTION);
	assert_int_equal(out.crash.pc, va);
	assert_int_equal(out.crash.esr & 0xffff, 1);
	assert_usable();
}

/* As clang 19 compiles a check of an exponent: a branch to the BRK that the function has for all of that kind */
static void a_trap_of_ubsan_is_the_check_that_failed(void **state)
{
	struct cpu *cpu = &machine()->cpu;
	struct outcome out;
	u64 va = patch(INSN_MOV_X0_0, INSN_CBZ_X0(3), INSN_B_SELF, INSN_B_SELF, INSN_BRK(0x5514));
	u8 *cbz = &cpu->seen[(va + 4 - cpu->text_start) >> 2];
	const u8 before = *cbz;

	(void)state;
	*cbz |= INSN_BRANCH; /* as emu_cover() found the tree's own */
	share(&out);
	*cbz = before;
	assert_int_equal(out.kind, OUTCOME_EL2_REPORT);
	assert_string_equal(out.crash.report, "UBSan: shift-out-of-bounds");
	assert_int_equal(out.crash.pc, va + 4);
	assert_usable();
	/* This one no branch led to. */
	va = patch(INSN_BRK(0x5501));
	share(&out);
	assert_string_equal(out.crash.report, "UBSan: unreachable");
	assert_int_equal(out.crash.pc, va);
	assert_usable();
}

static void a_trap_of_cfi_names_what_was_called(void **state)
{
	struct outcome out;
	u64 va = patch(INSN_MOV_X0_0, INSN_BRK(0x8220)); /* target in x0, type in w17 */

	(void)state;
	share(&out);
	assert_int_equal(out.kind, OUTCOME_EL2_REPORT);
	assert_non_null(strstr(out.crash.report, "CFI"));
	assert_int_equal(out.crash.pc, va + 4);
	assert_int_equal(out.crash.far, 0);
	assert_usable();
}

static void a_data_abort_is_an_exception(void **state)
{
	static const u32 accesses[] = { INSN_LDR_X0_X0, INSN_STR_X0_X0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(accesses); i++) {
		struct outcome out;
		u64 va = patch(INSN_MOV_X0_0, accesses[i]);

		share(&out);
		assert_int_equal(out.kind, OUTCOME_EL2_EXCEPTION);
		assert_int_equal(out.crash.pc, va + 4);
		assert_int_equal(ESR_EC(out.crash.esr), EC_DABT_CUR);
		assert_usable();
	}
}

static void a_store_to_text_is_an_exception(void **state)
{
	struct outcome out;
	/* adr x0, . */
	u64 va = patch(0x10000000U, INSN_STR_X0_X0);

	(void)state;
	share(&out);
	assert_int_equal(out.kind, OUTCOME_EL2_EXCEPTION);
	assert_int_equal(out.crash.pc, va + 4);
	assert_int_equal(ESR_EC(out.crash.esr), EC_DABT_CUR);
	assert_usable();
}

static void a_jump_to_nowhere_is_an_exception(void **state)
{
	struct outcome out;

	(void)state;
	patch(INSN_MOV_X0_0, INSN_BR_X0);
	share(&out);
	assert_int_equal(out.kind, OUTCOME_EL2_EXCEPTION);
	assert_int_equal(out.crash.pc, 0);
	assert_int_equal(out.crash.far, 0);
	assert_int_equal(ESR_EC(out.crash.esr), EC_IABT_CUR);
	assert_usable();
}

static void an_undefined_instruction_is_an_exception(void **state)
{
	struct outcome out;
	u64 va = patch(INSN_UDF);

	(void)state;
	share(&out);
	assert_int_equal(out.kind, OUTCOME_EL2_EXCEPTION);
	assert_int_equal(out.crash.pc, va);
	assert_int_equal(ESR_EC(out.crash.esr), EC_UNKNOWN);
	assert_usable();
}

static void what_does_not_come_back_is_a_hang(void **state)
{
	struct outcome out;
	u64 va = patch(INSN_B_SELF);

	(void)state;
	share(&out);
	assert_int_equal(out.kind, OUTCOME_HANG);
	assert_int_equal(out.crash.pc, va);
	assert_true(out.blocks >= STEP_BUDGET);
	assert_usable();
}

static void a_backtrace_names_the_handler(void **state)
{
	struct source_place place;
	struct outcome out;
	u64 va;

	(void)state;
	/* In a function that the handler calls */
	va = image_symbol(&machine()->image, "__pkvm_host_share_hyp");
	assert_true(va);
	memset(phys_ptr(&core->phys, map_hyp_pa(core_map(core), va), 4), 0, 4);
	emu_text_changed(&machine()->cpu);
	share(&out);
	assert_int_equal(out.kind, OUTCOME_EL2_EXCEPTION);
	core_source(core, out.crash.pc, &place);
	assert_string_equal(place.symbol, "__pkvm_host_share_hyp");
	assert_string_equal(place.file, "arch/arm64/kvm/hyp/nvhe/mem_protect.c");
	assert_true(place.line > 0);
	assert_true(backtrace_names(&out, "handle_trap"));
	assert_usable();
}

static void a_broken_frame_ends_the_backtrace(void **state)
{
	struct outcome out;

	(void)state;
	/* x29 = sp with a record that points to itself; then one that is no stack at all */
	patch(INSN_MOV_FP, 0xf90003fdU /* str x29, [sp] */, INSN_UDF);
	share(&out);
	assert_int_equal(out.kind, OUTCOME_EL2_EXCEPTION);
	assert_in_range(out.crash.nr_frames, 0, 1);
	assert_usable();
	patch(0xd280003dU /* mov x29, #1 */, INSN_UDF);
	share(&out);
	assert_int_equal(out.crash.nr_frames, 0);
	assert_usable();
}

static void an_address_of_no_code_has_no_source(void **state)
{
	struct source_place place;

	(void)state;
	core_source(core, 0, &place);
	assert_string_equal(place.file, "?");
	assert_int_equal(place.line, 0);
	core_source(core, ~0ULL, &place);
	assert_string_equal(place.symbol, "?");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_warning_has_file_line_and_function),
		cmocka_unit_test(a_bug_is_told_from_a_warning),
		cmocka_unit_test(what_is_no_bug_is_not_in_the_table),
		cmocka_unit_test(the_trees_own_warning_is_met),
		cmocka_unit_test(another_brk_is_an_exception),
		cmocka_unit_test(a_trap_of_ubsan_is_the_check_that_failed),
		cmocka_unit_test(a_trap_of_cfi_names_what_was_called),
		cmocka_unit_test(a_data_abort_is_an_exception),
		cmocka_unit_test(a_store_to_text_is_an_exception),
		cmocka_unit_test(a_jump_to_nowhere_is_an_exception),
		cmocka_unit_test(an_undefined_instruction_is_an_exception),
		cmocka_unit_test(what_does_not_come_back_is_a_hang),
		cmocka_unit_test(a_backtrace_names_the_handler),
		cmocka_unit_test(a_broken_frame_ends_the_backtrace),
		cmocka_unit_test(an_address_of_no_code_has_no_source),
	};
	struct core_config config = { .kind = CORE_AARCH64, .caps = CAPS_DEFAULT };
	struct error err;
	int failed;

	if (argc != 2)
		return 2;
	config.image = argv[1];
	core = core_open(&config, &err);
	if (!core) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	core_close(core);
	return failed;
}
