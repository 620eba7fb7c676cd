// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/features.h"
#include "fuzz/known.h"
#include "tests/replay/cmocka_test.h"

static char dir[] = "/tmp/el2fuzz-known-XXXXXX";
static char path[64];

static void write_known(const char *text)
{
	FILE *out = fopen(path, "w");

	fputs(text, out);
	fclose(out);
}

static void assert_refused(const char *text, const char *message)
{
	struct known known = { 0 };
	struct error err;

	write_known(text);
	assert_int_equal(known_load(&known, dir, CAPS_DEFAULT, 0, &err), -1);
	if (!strstr(err.text, message))
		fail_msg("'%s' instead of '%s'", err.text, message);
	known_free(&known);
}

static void a_signature_with_a_reason_is_known(void **state)
{
	struct known known = { 0 };
	struct error err;

	(void)state;
	write_known("bug host_share_hyp some_function\n\nIt is understood.\nhttps://example.org\n");
	assert_int_equal(known_load(&known, dir, CAPS_DEFAULT, 0, &err), 0);
	assert_true(known_has(&known, "bug host_share_hyp some_function"));
	assert_false(known_has(&known, "bug host_share_hyp some"));
	assert_false(known_has(&known, ""));
	known_free(&known);
}

static void what_a_machine_must_lack_is_said(void **state)
{
	struct known known = { 0 };
	struct error err;

	(void)state;
	write_known("bug host_share_hyp f\nwithout: xnx\nIt is understood.\n");
	assert_int_equal(known_load(&known, dir, BIT(CAP_fwb), 0, &err), 0);
	assert_true(known_has(&known, "bug host_share_hyp f"));
	known_free(&known);
	assert_int_equal(known_load(&known, dir, BIT(CAP_fwb) | BIT(CAP_xnx), 0, &err), 0);
	assert_false(known_has(&known, "bug host_share_hyp f"));
	known_free(&known);
	assert_refused("bug host_share_hyp f\nwithout: xnx\n", "test.known:2: ");
	assert_refused("bug host_share_hyp f\nwithout: wheels\nreason\n",
	               "test.known:2: unknown capability 'wheels'");
}

static void all_that_is_said_must_hold(void **state)
{
	struct known known = { 0 };
	struct error err;

	(void)state;
	write_known("bug host_share_hyp f\ntree: checks_vcpu\nwith: hvhe\nIt is understood.\n");
	assert_int_equal(known_load(&known, dir, 0, BIT(FEATURE_checks_vcpu), &err), 0);
	assert_false(known_has(&known, "bug host_share_hyp f"));
	known_free(&known);
	assert_int_equal(known_load(&known, dir, BIT(CAP_hvhe), BIT(FEATURE_checks_vcpu), &err), 0);
	assert_true(known_has(&known, "bug host_share_hyp f"));
	known_free(&known);
	assert_refused("bug host_share_hyp f\ntree: checks_vcpu\nwith: wheels\nWhy.\n",
	               "test.known:3: unknown capability 'wheels'");
}

static void what_a_tree_must_have_is_said(void **state)
{
	struct known known = { 0 };
	struct error err;

	(void)state;
	write_known("bug host_share_hyp f\ntree: no checks_vcpu\nIt is understood.\n");
	assert_int_equal(known_load(&known, dir, 0, 0, &err), 0);
	assert_true(known_has(&known, "bug host_share_hyp f"));
	known_free(&known);
	assert_int_equal(known_load(&known, dir, 0, BIT(FEATURE_checks_vcpu), &err), 0);
	assert_false(known_has(&known, "bug host_share_hyp f"));
	known_free(&known);
	write_known("bug host_share_hyp f\ntree: checks_vcpu\nIt is understood.\n");
	assert_int_equal(known_load(&known, dir, 0, BIT(FEATURE_checks_vcpu), &err), 0);
	assert_true(known_has(&known, "bug host_share_hyp f"));
	known_free(&known);
	assert_refused("bug host_share_hyp f\ntree: checks_vcpu\n", "test.known:2: ");
	assert_refused("bug host_share_hyp f\ntree: has_wheels\nreason\n",
	               "test.known:2: unknown feature 'has_wheels'");
}

static void a_file_must_hold_a_signature_and_a_reason(void **state)
{
	(void)state;
	assert_refused("", "test.known:1: ");
	assert_refused("\nreason\n", "test.known:1: ");
	assert_refused("bug host_share_hyp f\n", "test.known:2: ");
	assert_refused("bug host_share_hyp f\n\n  \n", "test.known:2: ");
}

static void a_missing_folder_is_named(void **state)
{
	struct known known = { 0 };
	struct error err;

	(void)state;
	assert_int_equal(known_load(&known, "/nonexistent", CAPS_DEFAULT, 0, &err), -1);
	assert_non_null(strstr(err.text, "/nonexistent: No such file"));
}

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/test.known", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signature_with_a_reason_is_known),
		cmocka_unit_test(what_a_machine_must_lack_is_said),
		cmocka_unit_test(all_that_is_said_must_hold),
		cmocka_unit_test(what_a_tree_must_have_is_said),
		cmocka_unit_test(a_file_must_hold_a_signature_and_a_reason),
		cmocka_unit_test(a_missing_folder_is_named),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
