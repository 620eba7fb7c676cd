// SPDX-License-Identifier: GPL-2.0-only
/* The op table, capabilities, and what the tree says of hypercalls. */
#include <string.h>

#include "core/caps.h"
#include "core/core.h"
#include "core/op.h"
#include "core/tree_info.h"
#include "tests/replay/cmocka_test.h"

static unsigned int nr_ops(enum world world)
{
	const struct op_desc *desc;
	unsigned int nr = 0;

	for_each_op(world, code, desc)
		nr++;

	return nr;
}

static void assert_unique(enum world world, const int *rows, size_t nr)
{
	bool seen[OP_CODE_LIMIT] = { false };

	for (size_t i = 0; i < nr; i++) {
		/* 0 ends nothing and means nothing: a trace of zeroes is no trace of ops. */
		assert_in_range(rows[i], 1, OP_CODE_LIMIT - 1);
		assert_false(seen[rows[i]]);
		seen[rows[i]] = true;
	}
	assert_int_equal(nr_ops(world), nr);
}

static void codes_are_unique(void **state)
{
#define OP(number, ...) (number),
	static const int el2[] = { EL2_OPS(OP) };
	static const int pgtable[] = { PGTABLE_OPS(OP) };
	static const int nested[] = { NESTED_OPS(OP) };
#undef OP

	(void)state;
	assert_unique(WORLD_EL2, el2, ARRAY_SIZE(el2));
	assert_unique(WORLD_PGTABLE, pgtable, ARRAY_SIZE(pgtable));
	assert_unique(WORLD_NESTED, nested, ARRAY_SIZE(nested));
}

static void worlds_have_names(void **state)
{
	(void)state;
	for (int world = 0; world < WORLD_COUNT; world++) {
		const char *name = world_name(world);

		assert_int_equal(world_by_name(name, strlen(name)), world);
		assert_int_equal(world_by_name(name, strlen(name) - 1), -1);
	}
}

/* A finding is counted by its op's name, whatever the world. */
static void no_name_is_in_two_worlds(void **state)
{
	const struct op_desc *desc;

	(void)state;
	for_each_op(WORLD_PGTABLE, code, desc)
		assert_int_equal(op_by_name(WORLD_EL2, desc->name, strlen(desc->name)), -1);
	for_each_op(WORLD_NESTED, code, desc) {
		assert_int_equal(op_by_name(WORLD_EL2, desc->name, strlen(desc->name)), -1);
		assert_int_equal(op_by_name(WORLD_PGTABLE, desc->name, strlen(desc->name)), -1);
	}
}

static void names_of_a_world_lead_back(enum world world)
{
	const struct op_desc *desc;

	for_each_op(world, code, desc) {
		size_t len = strlen(desc->name);

		assert_int_equal(op_by_name(world, desc->name, len), code);
		assert_int_equal(op_by_name(world, desc->name, len - 1), -1);
		assert_int_equal(strspn(desc->name, "abcdefghijklmnopqrstuvwxyz0123456789_"), len);
		/* finding.op has to hold it. */
		assert_true(len < 32);
	}
}

static void names_lead_back_to_codes(void **state)
{
	(void)state;
	for (int world = 0; world < WORLD_COUNT; world++)
		names_of_a_world_lead_back(world);
	assert_int_equal(op_by_name(WORLD_EL2, "", 0), -1);
	assert_int_equal(op_by_name(WORLD_EL2, "HOST_LOAD", 9), -1);
}

static void what_is_no_code_has_no_row(void **state)
{
	(void)state;
	assert_null(op_desc(0));
	assert_null(op_desc(OP_CODE_LIMIT - 1));
	assert_null(op_desc(OP_CODE_LIMIT));
	assert_null(op_desc(~0U));
}

static void every_op_has_sane_arguments(void **state)
{
	const struct op_desc *desc;

	(void)state;
	for_each_op(WORLD_EL2, code, desc) {
		assert_true(strlen(desc->summary) > 0);
		assert_in_range(desc->nr_args, 0, OP_MAX_ARGS);
		for (unsigned int i = 0; i < desc->nr_args; i++) {
			const char *name = desc->args[i].name;

			assert_true(strlen(name) > 0);
			assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_"),
			                 strlen(name));
			for (unsigned int j = 0; j < i; j++)
				assert_string_not_equal(name, desc->args[j].name);
		}
	}
}

static void a_hypercall_has_the_trees_name(void **state)
{
	const struct op_desc *desc;

	(void)state;
	for_each_op(WORLD_EL2, code, desc) {
		if (desc->issuer == ISSUER_HOST)
			assert_null(desc->hypercall);
		else
			assert_memory_equal(desc->hypercall, "__", 2);
	}
}

static void places_have_names(void **state)
{
	(void)state;
	assert_string_equal(place_name(PLACE_RAW), "");
	for (int place = PLACE_RAW + 1; place < PLACE_COUNT; place++) {
		const char *name = place_name(place);

		if (!name)
			continue;
		assert_true(strlen(name) > 0);
		assert_int_equal(place_by_name(name, strlen(name)), place);
		assert_int_equal(place_by_name(name, strlen(name) - 1), -1);
	}
	assert_int_equal(place_by_name("", 0), -1);
	assert_int_equal(place_by_name("rams", 4), -1);
}

static void kinds_take_the_places_they_can_name(void **state)
{
	static const enum arg_kind numbers[] = { ARG_GFN, ARG_SIZE, ARG_COUNT };
	static const enum arg_kind addresses[] = { ARG_PFN, ARG_PA, ARG_HVA };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		assert_true(arg_takes_place(numbers[i], PLACE_RAW));
		for (int place = PLACE_RAW + 1; place < PLACE_COUNT; place++)
			assert_false(arg_takes_place(numbers[i], place));
	}
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		assert_true(arg_takes_place(addresses[i], PLACE_BLOCK));
		for (int place = PLACE_RAW; place <= PLACE_LIMIT; place++)
			assert_true(arg_takes_place(addresses[i], place));
		assert_false(arg_takes_place(addresses[i], PLACE_VM));
	}
	assert_true(arg_takes_place(ARG_HANDLE, PLACE_VM));
	assert_true(arg_takes_place(ARG_HANDLE, PLACE_RAW));
	assert_false(arg_takes_place(ARG_HANDLE, PLACE_RAM));
}

static void capabilities_are_read_and_written(void **state)
{
	struct error err;
	char buf[128];
	u32 caps;

	(void)state;
	for (u32 set = 0; set < BIT(CAP_COUNT); set++) {
		assert_int_equal(caps_parse(caps_format(set, buf, sizeof(buf)), &caps, &err), 0);
		assert_int_equal(caps, set);
	}
	assert_int_equal(caps_parse("", &caps, &err), 0);
	assert_int_equal(caps, 0);
	assert_int_equal(caps_parse("xnx,fwb,xnx", &caps, &err), 0);
	assert_int_equal(caps, BIT(CAP_fwb) | BIT(CAP_xnx));
	assert_string_equal(caps_format(0, buf, sizeof(buf)), "none");
	assert_string_equal(caps_format(BIT(CAP_lse) | BIT(CAP_fwb), buf, sizeof(buf)), "lse,fwb");
}

static void unknown_capabilities_are_named(void **state)
{
	static const char *const texts[] = {
		"fbw", "fwb,fbw", "fwb, fbw", "none,fwb", "fw", "FWB"
	};
	struct error err;
	char *known;
	u32 caps;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		assert_int_equal(caps_parse(texts[i], &caps, &err), -1);
		assert_memory_equal(err.text, "unknown capability '", 20);
		known = strstr(err.text, "known: ");
		assert_non_null(known);
		assert_non_null(strstr(known, "tlb_range"));
	}
}

static void a_short_buffer_cuts_capabilities_off(void **state)
{
	char buf[8];

	(void)state;
	memset(buf, 'x', sizeof(buf));
	assert_string_equal(caps_format(~0U, buf, 6), "lse,f");
	assert_int_equal(buf[6], 'x');
}

static void errors_fit_and_end_a_function(void **state)
{
	struct error err;
	char big[2 * sizeof(err.text)];

	(void)state;
	memset(big, 'a', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	assert_int_equal(error_set(&err, "%s", big), -1);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_int_equal(error_set(NULL, "dropped"), -1);
}

static void every_hypercall_of_the_tree_has_one_op(void **state)
{
	bool seen[1024] = { false };
	const struct op_desc *desc;
	struct unknown_hypercall unknown[TREE_MAX_UNKNOWN];
	struct tree_info info;

	(void)state;
	assert_int_equal(tree_unknown_hypercalls(unknown), 0);
	tree_info_init(&info);
	for_each_op(WORLD_EL2, code, desc) {
		s32 id = info.hypercall[code];

		if (!desc->hypercall)
			assert_int_equal(id, -1);
		if (desc->issuer != ISSUER_HCALL || id < 0)
			continue;
		assert_in_range(id, 1, info.hypercall_max - 1);
		assert_false(seen[id]);
		seen[id] = true;
	}
	assert_true(info.hypercall_min_pkvm < info.hypercall_max);
	assert_true(info.hypercall[OP_pkvm_init] < (s32)info.hypercall_min_pkvm);
	assert_true(info.hypercall[OP_host_share_hyp] >= (s32)info.hypercall_min_pkvm);
	for (unsigned int code = 0; code < OP_CODE_LIMIT; code++) {
		if (!op_desc(code))
			assert_int_equal(info.hypercall[code], -1);
	}
}

static void cores_have_names(void **state)
{
	(void)state;
	for (int kind = 0; kind < CORE_KIND_COUNT; kind++)
		assert_int_equal(core_kind_by_name(core_kind_name(kind)), kind);
	assert_int_equal(core_kind_by_name("z80"), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_unique),
		cmocka_unit_test(worlds_have_names),
		cmocka_unit_test(no_name_is_in_two_worlds),
		cmocka_unit_test(names_lead_back_to_codes),
		cmocka_unit_test(what_is_no_code_has_no_row),
		cmocka_unit_test(every_op_has_sane_arguments),
		cmocka_unit_test(a_hypercall_has_the_trees_name),
		cmocka_unit_test(places_have_names),
		cmocka_unit_test(kinds_take_the_places_they_can_name),
		cmocka_unit_test(capabilities_are_read_and_written),
		cmocka_unit_test(unknown_capabilities_are_named),
		cmocka_unit_test(a_short_buffer_cuts_capabilities_off),
		cmocka_unit_test(errors_fit_and_end_a_function),
		cmocka_unit_test(every_hypercall_of_the_tree_has_one_op),
		cmocka_unit_test(cores_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
