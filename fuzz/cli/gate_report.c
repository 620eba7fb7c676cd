// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/gate_report.h"

#include <inttypes.h>
#include <string.h>

static const char *const formats[] = {
	[GATE_TEXT] = "text",
	[GATE_KTAP] = "ktap",
	[GATE_JUNIT] = "junit",
};

int gate_format_by_name(const char *name)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(formats); i++) {
		if (!strcmp(formats[i], name))
			return i;
	}

	return -1;
}

static void put_char(FILE *out, char c, bool xml)
{
	static const char special[] = "<>&\"";
	static const char *const entities[] = { "&lt;", "&gt;", "&amp;", "&quot;" };
	const char *at = c ? strchr(special, c) : NULL;

	if (xml && at)
		fputs(entities[at - special], out);
	else
		fputc(((unsigned char)c < ' ' && c != '\n') || c == 127 ? '?' : c, out);
}

/* Lines, each after @prefix. */
static void put_lines(FILE *out, const char *prefix, const char *text, bool xml)
{
	bool fresh = true;

	for (; text && *text; text++) {
		if (fresh)
			fputs(prefix, out);
		put_char(out, *text, xml);
		fresh = *text == '\n';
	}
	if (!fresh)
		fputc('\n', out);
}

static void put_text(FILE *out, const char *text, bool xml)
{
	for (; *text; text++)
		put_char(out, *text == '\n' ? ' ' : *text, xml);
}

static void put_item(FILE *out, const char *prefix, const struct gate_item *item, bool xml)
{
	char line[OP_TEXT_MAX];

	fprintf(out, "%s%s ", prefix, gate_verdict_name(item->verdict));
	put_text(out, item->title, xml);
	fprintf(out, "\n%s    %" PRIu64 " times, first in ", prefix, item->count);
	put_text(out, item->from, xml);
	fputc('\n', out);

	snprintf(line, sizeof(line), "%s    ", prefix);
	put_lines(out, line, item->details, xml);
	if (item->trace.nr_ops)
		fprintf(out, "%s    trace (%s):\n", prefix, item->machine);
	for (u32 i = 0; i < item->trace.nr_ops; i++) {
		fprintf(out, "%s        ", prefix);
		put_text(out, op_format(&item->trace.ops[i], line, sizeof(line)), xml);
		fputc('\n', out);
	}
}

static unsigned int count(const struct gate_result *result, enum gate_verdict verdict)
{
	unsigned int nr = 0;

	for (size_t i = 0; i < result->nr_items; i++)
		nr += result->items[i].verdict == verdict;

	return nr;
}

/* A failure is one, whatever would have come. */
static const char *verdict_text(const struct gate_judgement *j)
{
	enum gate_verdict verdict = gate_verdict(&j->result);

	if (!j->unfinished)
		return gate_verdict_name(verdict);
	return verdict == GATE_FAIL ? "FAIL (unfinished)" : "UNFINISHED";
}

static void report_text(FILE *out, const struct gate_judgement *j)
{
	const struct gate_result *result = &j->result;

	for (size_t i = 0; i < result->nr_items; i++)
		put_item(out, "", &result->items[i], false);
	fprintf(out, "%s: ", verdict_text(j));
	put_text(out, j->title, false);
	if (j->same_code) {
		fprintf(out, ": the code is the same, in all worlds\n");
		return;
	}
	fprintf(out,
	        ": %u failures, %u changes in %" PRIu64 " traces, %" PRIu64 " steps (%" PRIu64
	        " known, or the base's own), %.0f s\n",
	        count(result, GATE_FAIL), count(result, GATE_CHANGED), result->traces,
	        result->steps, result->known, j->seconds);
}

/* It was this test that came to an end before its time. */
static bool cut_short(const struct gate_judgement *j, unsigned int test)
{
	return j->unfinished && test + 1 == j->result.nr_tests;
}

static bool fails(const struct gate_test *test, bool strict)
{
	return test->verdict == GATE_FAIL || (strict && test->verdict == GATE_CHANGED);
}

static void report_ktap(FILE *out, bool strict, const struct gate_judgement *judgements,
                        unsigned int nr)
{
	unsigned int total = 0, number = 0;

	for (unsigned int i = 0; i < nr; i++)
		total += judgements[i].result.nr_tests;
	fprintf(out, "KTAP version 1\n1..%u\n", total);

	for (unsigned int i = 0; i < nr; i++) {
		const struct gate_result *result = &judgements[i].result;

		for (unsigned int t = 0; t < result->nr_tests; t++) {
			const struct gate_test *test = &result->tests[t];
			const bool cut = cut_short(&judgements[i], t);

			for (size_t n = 0; n < result->nr_items; n++) {
				if (result->items[n].test == t)
					put_item(out, "# ", &result->items[n], false);
			}
			fprintf(out, "%s %u ", fails(test, strict) || cut ? "not ok" : "ok",
			        ++number);
			put_text(out, judgements[i].title, false);
			fprintf(out, ": %s%s\n", test->name, cut ? " (unfinished)" : "");
		}
	}
}

static void report_junit_test(FILE *out, bool strict, const struct gate_judgement *j,
                              unsigned int t)
{
	const struct gate_result *result = &j->result;
	const struct gate_test *test = &result->tests[t];
	bool failed = fails(test, strict);

	fprintf(out, "    <testcase name=\"%s\" time=\"%.3f\">\n", test->name, test->seconds);
	if (failed)
		fprintf(out, "      <failure message=\"%s\">\n", gate_verdict_name(test->verdict));
	else if (test->verdict)
		fprintf(out, "      <system-out>\n");
	for (size_t n = 0; n < result->nr_items; n++) {
		if (result->items[n].test == t)
			put_item(out, "", &result->items[n], true);
	}
	if (failed)
		fprintf(out, "      </failure>\n");
	else if (test->verdict)
		fprintf(out, "      </system-out>\n");
	if (cut_short(j, t))
		fprintf(out, "      <error message=\"unfinished\"/>\n");
	fprintf(out, "    </testcase>\n");
}

static void report_junit(FILE *out, bool strict, const struct gate_judgement *judgements,
                         unsigned int nr)
{
	fprintf(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
	for (unsigned int i = 0; i < nr; i++) {
		const struct gate_result *result = &judgements[i].result;
		unsigned int failures = 0;

		for (unsigned int t = 0; t < result->nr_tests; t++)
			failures += fails(&result->tests[t], strict);
		fprintf(out, "  <testsuite name=\"");
		put_text(out, judgements[i].title, true);
		fprintf(out, "\" tests=\"%u\" failures=\"%u\" errors=\"%u\" time=\"%.3f\">\n",
		        result->nr_tests, failures, judgements[i].unfinished,
		        judgements[i].seconds);
		for (unsigned int t = 0; t < result->nr_tests; t++)
			report_junit_test(out, strict, &judgements[i], t);
		fprintf(out, "  </testsuite>\n");
	}
	fprintf(out, "</testsuites>\n");
}

void gate_report(FILE *out, enum gate_format format, bool strict,
                 const struct gate_judgement *judgements, unsigned int nr)
{
	switch (format) {
	case GATE_TEXT:
		for (unsigned int i = 0; i < nr; i++)
			report_text(out, &judgements[i]);
		break;
	case GATE_KTAP:
		report_ktap(out, strict, judgements, nr);
		break;
	case GATE_JUNIT:
		report_junit(out, strict, judgements, nr);
		break;
	}
}
