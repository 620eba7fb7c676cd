// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/features.h"
#include "fuzz/cli/unreachable.h"
#include "tests/replay/cmocka_test.h"

static char path[] = "/tmp/el2fuzz-unreachable-XXXXXX";

static void write_list(const char *text)
{
	FILE *out = fopen(path, "w");

	fputs(text, out);
	fclose(out);
}

static void a_line_is_found_by_file_function_and_text(void **state)
{
	struct unreachable *list;
	struct error err;

	(void)state;
	write_list("# a comment\n\na/b.c: f: x = 1: it is: so\na/b.c: g: *: never\n");
	list = unreachable_load(path, 0, &err);
	assert_non_null(list);
	assert_string_equal(unreachable_find(list, "a/b.c", "f", "\tx = 1;\n", false), "it is: so");
	assert_string_equal(unreachable_find(list, "a/b.c", "g", "anything", false), "never");
	assert_null(unreachable_find(list, "a/b.c", "f", "\tx = 2;\n", false));
	assert_null(unreachable_find(list, "a/b.c", "h", "\tx = 1;\n", false));
	assert_null(unreachable_find(list, "b.c", "g", "anything", false));
	unreachable_free(list);
}

static void what_is_said_of_other_trees_is_left_out(void **state)
{
	struct unreachable *list;
	struct error err;

	(void)state;
	write_list("a/b.c: f: *: all\ntree: host_fwb\na/b.c: g: *: some\ntree: no host_fwb\n"
	           "a/b.c: h: *: others\n");
	list = unreachable_load(path, BIT(FEATURE_host_fwb), &err);
	assert_non_null(list);
	assert_string_equal(unreachable_find(list, "a/b.c", "f", "x", false), "all");
	assert_string_equal(unreachable_find(list, "a/b.c", "g", "x", false), "some");
	assert_null(unreachable_find(list, "a/b.c", "h", "x", false));
	unreachable_free(list);
	write_list("tree: moon\n");
	assert_null(unreachable_load(path, 0, &err));
	assert_non_null(strstr(err.text, ":1: unknown feature 'moon'"));
}

static void one_way_of_a_branch_is_not_the_line(void **state)
{
	struct unreachable *list;
	struct error err;

	(void)state;
	write_list("a/b.c: f: way if (x): never\na/b.c: f: if (y): not at all\n");
	list = unreachable_load(path, 0, &err);
	assert_non_null(list);
	assert_string_equal(unreachable_find(list, "a/b.c", "f", "\tif (x)\n", true), "never");
	assert_null(unreachable_find(list, "a/b.c", "f", "\tif (x)\n", false));
	assert_null(unreachable_find(list, "a/b.c", "f", "\tif (y)\n", true));
	unreachable_free(list);
}

static void a_line_without_a_reason_is_refused(void **state)
{
	static const char *const bad[] = { "a/b.c\n", "a/b.c: f\n", "a/b.c: f: x = 1\n",
		                           "a/b.c: f: x = 1: \n" };
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		write_list(bad[i]);
		assert_null(unreachable_load(path, 0, &err));
		assert_non_null(strstr(err.text, ":1: should be FILE"));
	}
	assert_null(unreachable_load("/nonexistent", 0, &err));
	assert_non_null(strstr(err.text, "/nonexistent: No such file"));
}

static int make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_found_by_file_function_and_text),
		cmocka_unit_test(what_is_said_of_other_trees_is_left_out),
		cmocka_unit_test(one_way_of_a_branch_is_not_the_line),
		cmocka_unit_test(a_line_without_a_reason_is_refused),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
