// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/verdict.h"

#include <inttypes.h>
#include <string.h>

#include "fuzz/cli/show.h"
#include "oracle/json.h"

/* A tree that does not get to where the finding was tells nothing about it. */
static enum exit_code exit_code(const struct store_finding *row, const struct run_report *report)
{
	const struct run_result *result = &report->result;

	if (result->verdict == VERDICT_FINDING)
		return EXIT_FOUND;
	if (row->id && (result->absent || result->verdict != VERDICT_PASS))
		return EXIT_UNTESTABLE;
	return EXIT_CLEAN;
}

static void compare_with_stored(const struct store_finding *row, const struct hello *hello,
                                const struct run_report *report)
{
	char signature[SIGNATURE_MAX];

	if (!row->id)
		return;

	if (strcmp(row->run.build_id, hello->build_id))
		printf("found on build %s, replayed on build %s\n", row->run.build_id,
		       hello->build_id);
	if (report->result.verdict != VERDICT_FINDING)
		return;
	finding_signature(&report->finding, signature, sizeof(signature));
	if (strcmp(row->signature, signature)) {
		printf("not what was found then: ");
		show_text(stdout, row->signature);
		fputc('\n', stdout);
	}
}

static void print_pass(const struct run_result *result)
{
	switch (result->verdict) {
	case VERDICT_UNMODELLED:
		printf("pass: %u steps, then the model has no answer: ", result->steps);
		break;
	case VERDICT_LOST:
		printf("pass: %u steps, then the harness lost memory it needs: ", result->steps);
		break;
	default:
		printf("pass: %u steps", result->steps);
	}
	show_text(stdout, result->reason);
	if (result->absent)
		printf(" (%u of them not in this tree)", result->absent);
	printf("\ndigest 0x%016" PRIx64 "\n", result->digest);
}

enum exit_code verdict_text(const struct store_finding *row, const struct hello *hello,
                            const struct run_report *report)
{
	if (report->result.verdict == VERDICT_FINDING) {
		printf("FAIL: ");
		show_finding(stdout, &report->finding);
	} else {
		print_pass(&report->result);
	}
	compare_with_stored(row, hello, report);
	return exit_code(row, report);
}

enum exit_code verdict_json(const struct store_finding *row, const struct hello *hello,
                            const struct run_report *report)
{
	static const char *const names[] = {
		[VERDICT_PASS] = "pass",
		[VERDICT_FINDING] = "finding",
		[VERDICT_UNMODELLED] = "unmodelled",
		[VERDICT_LOST] = "lost",
	};
	const struct finding *finding = &report->finding;
	char signature[SIGNATURE_MAX];

	printf("{\"verdict\": \"%s\", \"steps\": %u, \"absent\": %u, \"digest\": \"0x%016" PRIx64
	       "\"",
	       names[report->result.verdict], report->result.steps, report->result.absent,
	       report->result.digest);
	json_member(stdout, "build", hello->build_id);
	json_member(stdout, "core", hello->core);
	if (report->result.verdict == VERDICT_FINDING) {
		printf(", \"step\": %u", finding->step);
		json_member(stdout, "class", finding_class_name(finding->class));
		json_member(stdout, "op", finding->op);
		json_member(stdout, "place", finding->place);
		json_member(stdout, "signature",
		            finding_signature(finding, signature, sizeof(signature)));
		json_member(stdout, "expected", finding->expected);
		json_member(stdout, "actual", finding->actual);
	} else if (report->result.reason[0]) {
		json_member(stdout, "reason", report->result.reason);
	}
	if (row->id)
		json_member(stdout, "found_as", row->signature);
	printf("}\n");

	return exit_code(row, report);
}
