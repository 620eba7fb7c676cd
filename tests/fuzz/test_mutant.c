// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/memory_map.h"
#include "fuzz/mutant.h"
#include "tests/replay/cmocka_test.h"

#define RULE                                                   \
	"# a comment\nname: test\nfile: mm/a.c\nfunction: f\n" \
	"match: x == y\nput:\nreason: none is needed\n"

static char dir[] = "/tmp/el2fuzz-mutant-XXXXXX";
static char path[64];

static int load(const char *text, struct mutant *mutant, struct error *err)
{
	FILE *out = fopen(path, "w");

	fputs(text, out);
	fclose(out);
	return mutant_load(mutant, path, err);
}

static void a_rule_says_what_to_expect_and_where(void **state)
{
	struct mutant mutant;
	struct error err;

	(void)state;
	assert_int_equal(load(RULE "class: state boot\n", &mutant, &err), 0);
	assert_string_equal(mutant.name, "test");
	assert_true(mutant_expects(&mutant, FINDING_STATE));
	assert_true(mutant_expects(&mutant, MUTANT_BOOT));
	assert_false(mutant_expects(&mutant, FINDING_NONE));
	assert_int_equal(mutant.world, WORLD_EL2);
	assert_string_equal(mutant.core, "aarch64");
	assert_int_equal(mutant.layout, LAYOUT_SMALL);

	assert_int_equal(load(RULE "class: none\nworld: pgtable\ncore: native\nlayout: holes\n",
	                      &mutant, &err),
	                 0);
	assert_true(mutant_expects(&mutant, FINDING_NONE));
	assert_int_equal(mutant.world, WORLD_PGTABLE);
	assert_string_equal(mutant.core, "native");
	assert_int_equal(mutant.layout, LAYOUT_HOLES);
}

static void a_wrong_rule_is_refused_with_its_line(void **state)
{
	static const struct {
		const char *text, *message;
	} wrong[] = {
		{ RULE, "needs a line \"class: ...\"" },
		{ RULE "class:\n", ":8: says no class" },
		{ RULE "class: stat\n", ":8: there is no class \"stat\"" },
		{ RULE "class: state\nclass: bug\n", ":9: a second \"class:\"" },
		{ RULE "class: state\nworld: moon\n", ":9: there is no world \"moon\"" },
		{ RULE "class: state\ntree: no moon\n", ":9: unknown feature 'moon'" },
		{ RULE "class: state\nlayout: round\n", ":9: there is no layout \"round\"" },
		{ RULE "klass: state\n", ":8: there is no such line in a rule: klass" },
		{ "name: other\n", ":1: the name \"other\" is not that of the file" },
	};
	struct mutant mutant;
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_int_equal(load(wrong[i].text, &mutant, &err), -1);
		if (!strstr(err.text, wrong[i].message))
			fail_msg("'%s' instead of '%s'", err.text, wrong[i].message);
	}
	assert_int_equal(mutant_load(&mutant, "/nowhere/x.mutant", &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_says_what_to_expect_and_where),
		cmocka_unit_test(a_wrong_rule_is_refused_with_its_line),
	};
	int ret;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/test.mutant", dir);
	ret = cmocka_run_group_tests(tests, NULL, NULL);
	unlink(path);
	rmdir(dir);
	return ret;
}
