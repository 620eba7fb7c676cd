// SPDX-License-Identifier: GPL-2.0-only
/* What a finding is called. */
#include <stdio.h>
#include <string.h>

#include "oracle/finding.h"
#include "tests/replay/cmocka_test.h"

static void class_names_lead_back(void **state)
{
	(void)state;
	for (int class = 0; class < FINDING_CLASS_COUNT; class ++) {
		const char *name = finding_class_name(class);

		assert_true(strlen(name) > 0);
		assert_int_equal(finding_class_by_name(name), class);
	}
	assert_int_equal(finding_class_by_name("sorrow"), FINDING_NONE);
	assert_int_equal(finding_class_by_name(""), FINDING_NONE);
	assert_string_equal(finding_class_name(FINDING_CLASS_COUNT), "unknown");
}

static void signature_is(enum finding_class class, const char *place, const char *expected)
{
	struct finding finding = { .class = class, .op = "host_share_hyp" };
	char buf[256];

	snprintf(finding.place, sizeof(finding.place), "%s", place);
	assert_string_equal(finding_signature(&finding, buf, sizeof(buf)), expected);
}

static void a_signature_is_class_op_and_place(void **state)
{
	(void)state;
	signature_is(FINDING_RETURN, "host_share_hyp x1",
	             "return host_share_hyp host_share_hyp x1");
	signature_is(FINDING_HANG, "f", "hang host_share_hyp f");
	signature_is(FINDING_STATE, "", "state host_share_hyp ");
}

static void a_signature_drops_line_numbers(void **state)
{
	(void)state;
	signature_is(FINDING_BUG, "f nvhe/mem_protect.c:512 WARN",
	             "bug host_share_hyp f nvhe/mem_protect.c WARN");
	signature_is(FINDING_BUG, "f a.c:1 BUG b.h:22222", "bug host_share_hyp f a.c BUG b.h");
	signature_is(FINDING_BUG, "f a.c:0", "bug host_share_hyp f a.c");
	/* The same place of another build */
	signature_is(FINDING_BUG, "f nvhe/mem_protect.c:498 WARN",
	             "bug host_share_hyp f nvhe/mem_protect.c WARN");
}

static void a_signature_keeps_other_numbers_and_colons(void **state)
{
	(void)state;
	signature_is(FINDING_RETURN, "host_stage2 level 3",
	             "return host_share_hyp host_stage2 level 3");
	signature_is(FINDING_STATE, "a: b::c :x", "state host_share_hyp a: b::c :x");
	signature_is(FINDING_STATE, "end:", "state host_share_hyp end:");
}

static void a_signature_ignores_step_and_texts(void **state)
{
	struct finding a = { .class = FINDING_STATE, .op = "end", .place = "refcount" };
	struct finding b = a;
	char first[256], second[256];

	(void)state;
	b.step = 77;
	snprintf(b.expected, sizeof(b.expected), "one");
	snprintf(b.actual, sizeof(b.actual), "two");
	assert_string_equal(finding_signature(&a, first, sizeof(first)),
	                    finding_signature(&b, second, sizeof(second)));
}

static void accesses_are_one_op(void **state)
{
	struct finding store = { .class = FINDING_RETURN,
		                 .op = "host_store",
		                 .place = "host_access esr" };
	struct finding fetch = store;
	char first[256], second[256];

	(void)state;
	strcpy(fetch.op, "host_fetch");
	assert_string_equal(finding_signature(&store, first, sizeof(first)),
	                    "return host_access host_access esr");
	assert_string_equal(first, finding_signature(&fetch, second, sizeof(second)));
}

static void a_signature_fits_its_buffer(void **state)
{
	struct finding finding = { .class = FINDING_EXCEPTION, .op = "host_share_hyp" };
	char whole[256], buf[256];

	(void)state;
	memset(finding.place, 'p', sizeof(finding.place) - 1);
	finding_signature(&finding, whole, sizeof(whole));
	for (size_t len = 1; len < sizeof(buf); len++) {
		memset(buf, '#', sizeof(buf));
		finding_signature(&finding, buf, len);
		assert_true(strlen(buf) < len);
		assert_memory_equal(buf, whole, strlen(buf));
		for (size_t i = len; i < sizeof(buf); i++)
			assert_int_equal(buf[i], '#');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(class_names_lead_back),
		cmocka_unit_test(a_signature_is_class_op_and_place),
		cmocka_unit_test(a_signature_drops_line_numbers),
		cmocka_unit_test(a_signature_keeps_other_numbers_and_colons),
		cmocka_unit_test(a_signature_ignores_step_and_texts),
		cmocka_unit_test(accesses_are_one_op),
		cmocka_unit_test(a_signature_fits_its_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
