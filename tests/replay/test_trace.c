// SPDX-License-Identifier: GPL-2.0-only
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/prng.h"
#include "replay/trace.h"
#include "tests/replay/cmocka_test.h"

#define HEADER "# el2fuzz trace 1 world=el2\n"

static u64 random_number(struct prng *prng)
{
	return prng_u64(prng) >> prng_below(prng, 64);
}

static struct op random_op(struct prng *prng, enum world world)
{
	const struct op_desc *desc;
	struct op op = { 0 };

	do {
		op.code = world * OP_CODE_LIMIT + prng_below(prng, OP_CODE_LIMIT);
		desc = op_desc(op.code);
	} while (!desc);

	for (unsigned int i = 0; i < desc->nr_args; i++) {
		do {
			op.place[i] = prng_below(prng, PLACE_COUNT);
		} while (!arg_takes_place(desc->args[i].kind, op.place[i]));
		op.value[i] = random_number(prng);
		if (prng_chance(prng, 1, 3))
			op.value[i] = -op.value[i];
	}

	return op;
}

static void random_trace(struct prng *prng, struct trace *trace, u32 nr_ops)
{
	trace_clear(trace);
	trace->world = prng_below(prng, WORLD_COUNT);
	while (trace->nr_ops < nr_ops) {
		struct op op = random_op(prng, trace->world);

		assert_int_equal(trace_append(trace, &op), 0);
	}
}

static void assert_same(const struct trace *a, const struct trace *b)
{
	assert_int_equal(a->world, b->world);
	assert_int_equal(a->nr_ops, b->nr_ops);
	for (u32 i = 0; i < a->nr_ops; i++) {
		assert_int_equal(a->ops[i].code, b->ops[i].code);
		assert_memory_equal(a->ops[i].place, b->ops[i].place, sizeof(a->ops[i].place));
		assert_memory_equal(a->ops[i].value, b->ops[i].value, sizeof(a->ops[i].value));
	}
}

static char *print(const struct trace *trace, size_t *len)
{
	char *text;
	FILE *out = open_memstream(&text, len);

	assert_int_equal(trace_print(trace, NULL, out), 0);
	fclose(out);
	return text;
}

static void text_round_trip(const struct trace *trace)
{
	struct trace again = { 0 };
	struct error err;
	size_t len;
	char *text = print(trace, &len);

	if (trace_parse(&again, "text", text, len, &err))
		fail_msg("%s\n%s", err.text, text);
	assert_same(trace, &again);

	trace_free(&again);
	free(text);
}

static void text_of_random_ops_is_read_back(void **state)
{
	struct trace trace = { 0 };
	struct prng prng;

	(void)state;
	prng_seed(&prng, 1, 0);
	for (int i = 0; i < 1000; i++) {
		random_trace(&prng, &trace, 100);
		text_round_trip(&trace);
	}
	trace_free(&trace);
}

static void bytes_of_random_ops_are_read_back(void **state)
{
	struct trace trace = { 0 }, again = { 0 };
	struct prng prng;

	(void)state;
	prng_seed(&prng, 2, 0);
	for (int i = 0; i < 1000; i++) {
		u8 *bytes;

		random_trace(&prng, &trace, 100);
		bytes = malloc(trace_encoded_max(&trace));
		again.world = trace.world;
		trace_decode(&again, bytes, trace_encode(&trace, bytes));
		assert_same(&trace, &again);
		free(bytes);
	}
	trace_free(&trace);
	trace_free(&again);
}

static void any_bytes_are_a_trace_that_can_be_written(void **state)
{
	struct trace trace = { 0 };
	struct prng prng;
	u8 bytes[512];

	(void)state;
	prng_seed(&prng, 3, 0);
	for (int i = 0; i < 20000; i++) {
		size_t len = prng_below(&prng, sizeof(bytes) + 1);

		for (size_t n = 0; n < len; n++)
			bytes[n] = random_number(&prng);
		trace.world = i % WORLD_COUNT;
		trace_decode(&trace, bytes, len);
		text_round_trip(&trace);
	}
	trace_free(&trace);
}

static void endless_bytes_stop_at_the_limit(void **state)
{
	struct trace trace = { 0 };
	size_t len = 1 << 20;
	u8 *bytes = malloc(len);
	struct op op = { .code = OP_reserve_vm };

	(void)state;
	memset(bytes, OP_reserve_vm, len);
	trace_decode(&trace, bytes, len);
	assert_int_equal(trace.nr_ops, TRACE_MAX_OPS);
	assert_int_equal(trace_append(&trace, &op), -1);

	free(bytes);
	trace_free(&trace);
}

static void text_may_be_written_in_other_ways(void **state)
{
	static const char text[] =
		HEADER "\n"
		       "  # a comment\r\n"
		       "host_store value=18446744073709551615\taddr=ram # the first\n"
		       "host_load addr=limit-8\n"
		       "host_share_hyp pfn=0XaB\n"
		       "unreserve_vm handle=vm+1";
	struct trace trace = { 0 };
	struct error err;

	(void)state;
	if (trace_parse(&trace, "text", text, strlen(text), &err))
		fail_msg("%s", err.text);
	assert_int_equal(trace.nr_ops, 4);
	assert_int_equal(trace.ops[0].place[0], PLACE_RAM);
	assert_int_equal(trace.ops[0].value[0], 0);
	assert_true(trace.ops[0].value[1] == ~0ULL);
	assert_int_equal(trace.ops[1].place[0], PLACE_LIMIT);
	assert_true(trace.ops[1].value[0] == -8ULL);
	assert_int_equal(trace.ops[2].value[0], 0xab);
	assert_int_equal(trace.ops[3].place[0], PLACE_VM);
	trace_free(&trace);
}

static void errors_name_line_and_column(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} cases[] = {
		{ "", "t:1:1: no header" },
		{ "host_load addr=0\n", "t:1:1: no header" },
		{ "# el2fuzz trace 2 world=el2\n", "t:1:17: trace version 2;" },
		{ "# el2fuzz trace x world=el2\n", "t:1:17: \"x\" is no number" },
		{ "# el2fuzz trace 1 world=flat\n", "t:1:19: \"world=flat\"" },
		{ "# el2fuzz trace 1 world=el2 more\n", "t:1:29: the header ends" },
		{ HEADER "frobnicate\n", "t:2:1: no op \"frobnicate\" in world el2;" },
		{ "# el2fuzz trace 1 world=pgtable\nhost_load addr=0\n",
		  "t:2:1: no op \"host_load\" in world pgtable;" },
		{ "# el2fuzz trace 1 pgtable\n", "t:1:19: \"pgtable\"" },
		{ HEADER "\n  host_load\n", "t:3:12: host_load lacks its argument \"addr\"" },
		{ HEADER "host_load addr\n", "t:2:11: \"addr\" is no argument" },
		{ HEADER "host_load adr=1\n", "t:2:11: host_load has no argument \"adr\"" },
		{ HEADER "host_load addr=1 addr=2\n", "t:2:18: argument \"addr\" is given twice" },
		{ HEADER "host_load addr=\n", "t:2:16: a value is missing" },
		{ HEADER "host_load addr=12z\n", "t:2:18: \"12z\" is no number" },
		{ HEADER "host_load addr=0x\n", "t:2:17: \"0x\" is no number" },
		{ HEADER "host_load addr=ram+\n", "t:2:20: a number is missing" },
		{ HEADER "host_load addr=ram*2\n", "t:2:16: \"ram*2\" is neither" },
		{ HEADER "host_load addr=vm+1\n",
		  "t:2:16: this argument cannot count from \"vm\"" },
		{ HEADER "host_load addr=ram-1\n", "t:2:19: \"ram\" begins here" },
		{ HEADER "host_load addr=0x10000000000000000\n",
		  "t:2:16: 0x10000000000000000 does" },
		{ HEADER "host_load addr=18446744073709551616\n",
		  "t:2:16: 18446744073709551616 does" },
		{ HEADER "host_load addr=\x1b[2J\n", "t:2:16: \"?[2J\" is neither" },
	};
	struct trace trace = { 0 };
	struct error err;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *text = cases[i].text;

		assert_int_equal(trace_parse(&trace, "t", text, strlen(text), &err), -1);
		if (strncmp(err.text, cases[i].error, strlen(cases[i].error)))
			fail_msg("'%s' instead of '%s'", err.text, cases[i].error);
		assert_int_equal(trace.nr_ops, 0);
	}
	trace_free(&trace);
}

static void a_nul_byte_is_refused_where_it_is(void **state)
{
	static const char text[] = HEADER "reserve_vm # \0\n";
	struct trace trace = { 0 };
	struct error err;

	(void)state;
	assert_int_equal(trace_parse(&trace, "t", text, sizeof(text) - 1, &err), -1);
	assert_string_equal(err.text, "t:2:14: NUL byte; a trace is text");
	trace_free(&trace);
}

static void too_many_ops_are_refused(void **state)
{
	struct trace trace = { 0 };
	struct error err;
	char *text;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	fputs(HEADER, out);
	for (int i = 0; i < TRACE_MAX_OPS + 1; i++)
		fputs("reserve_vm\n", out);
	fclose(out);

	assert_int_equal(trace_parse(&trace, "t", text, len, &err), -1);
	assert_non_null(strstr(err.text, "t:4098:1: too long"));
	free(text);
	trace_free(&trace);
}

/* Whatever it is: either a trace, or an error with a position. */
static void parse_anything(const char *bytes, size_t len)
{
	struct trace trace = { 0 };
	char *text = malloc(len ? len : 1); /* of its own, so that a sanitizer sees its end */
	struct error err;
	unsigned int line, column;

	memcpy(text, bytes, len);
	if (!trace_parse(&trace, "t", text, len, &err))
		text_round_trip(&trace);
	else if (sscanf(err.text, "t:%u:%u: ", &line, &column) != 2)
		fail_msg("no position: %s", err.text);

	free(text);
	trace_free(&trace);
}

static void random_bytes_never_break_the_parser(void **state)
{
	static const char header[] = HEADER;
	char text[300] = "";
	struct prng prng;

	(void)state;
	prng_seed(&prng, 4, 0);
	for (int i = 0; i < 50000; i++) {
		size_t len = prng_below(&prng, sizeof(text) + 1);

		for (size_t n = 0; n < len; n++)
			text[n] = prng_u64(&prng);
		if (len > strlen(header) && prng_chance(&prng, 1, 2))
			memcpy(text, header, strlen(header));
		parse_anything(text, len);
	}
}

static size_t mutate(struct prng *prng, char *text, size_t len)
{
	static const char spice[] = "\n\r\t =+-#0x9fz\0\xff";
	size_t at = prng_below(prng, len);
	size_t to = prng_below(prng, len);

	switch (prng_below(prng, 4)) {
	case 0:
		text[at] = prng_u64(prng);
		return len;
	case 1:
		text[at] = spice[prng_below(prng, sizeof(spice) - 1)];
		return len;
	case 2:
		text[at] = text[to];
		return len;
	default:
		return at + 1;
	}
}

static void mutated_traces_never_break_the_parser(void **state)
{
	struct trace trace = { 0 };
	struct prng prng;

	(void)state;
	prng_seed(&prng, 5, 0);
	for (int i = 0; i < 50000; i++) {
		size_t len;
		char *text;

		random_trace(&prng, &trace, 1 + prng_below(&prng, 6));
		text = print(&trace, &len);
		for (u64 n = 1 + prng_below(&prng, 4); n && len; n--)
			len = mutate(&prng, text, len);
		parse_anything(text, len);
		free(text);
	}
	trace_free(&trace);
}

static void files_that_are_no_traces_are_named(void **state)
{
	struct trace trace = { 0 };
	struct error err;

	(void)state;
	assert_int_equal(trace_load(&trace, "/nonexistent", &err), -1);
	assert_non_null(strstr(err.text, "/nonexistent: No such file"));
	assert_int_equal(trace_load(&trace, "/", &err), -1);
	assert_non_null(strstr(err.text, "/: Is a directory"));
	assert_int_equal(trace_load(&trace, "/dev/zero", &err), -1);
	assert_non_null(strstr(err.text, "/dev/zero: more than"));
	trace_free(&trace);
}

/* Every trace that comes with the sources must be readable. */
static int check_corpus(const char *dir)
{
	struct trace trace = { 0 };
	struct error err;
	char pattern[4096];
	glob_t files;
	int ret = 0;

	snprintf(pattern, sizeof(pattern), "%s/*/*.trace", dir);
	if (glob(pattern, 0, NULL, &files)) {
		fprintf(stderr, "no traces in %s\n", dir);
		return 1;
	}

	for (size_t i = 0; i < files.gl_pathc; i++) {
		if (trace_load(&trace, files.gl_pathv[i], &err)) {
			fprintf(stderr, "%s\n", err.text);
			ret = 1;
		}
	}
	printf("%zu traces\n", files.gl_pathc);

	globfree(&files);
	trace_free(&trace);
	return ret;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_random_ops_is_read_back),
		cmocka_unit_test(bytes_of_random_ops_are_read_back),
		cmocka_unit_test(any_bytes_are_a_trace_that_can_be_written),
		cmocka_unit_test(endless_bytes_stop_at_the_limit),
		cmocka_unit_test(text_may_be_written_in_other_ways),
		cmocka_unit_test(errors_name_line_and_column),
		cmocka_unit_test(a_nul_byte_is_refused_where_it_is),
		cmocka_unit_test(too_many_ops_are_refused),
		cmocka_unit_test(random_bytes_never_break_the_parser),
		cmocka_unit_test(mutated_traces_never_break_the_parser),
		cmocka_unit_test(files_that_are_no_traces_are_named),
	};

	if (argc == 3 && !strcmp(argv[1], "--corpus"))
		return check_corpus(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
