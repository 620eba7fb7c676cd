// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/finding.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const names[FINDING_CLASS_COUNT] = {
	[FINDING_NONE] = "none",
	[FINDING_RETURN] = "return",
	[FINDING_STATE] = "state",
	[FINDING_INVARIANT] = "invariant",
	[FINDING_BUG] = "bug",
	[FINDING_EXCEPTION] = "exception",
	[FINDING_HANG] = "hang",
	[FINDING_DIGEST] = "digest",
	[FINDING_HARNESS] = "harness",
	[FINDING_CORES] = "cores",
	[FINDING_SANITIZER] = "sanitizer",
	[FINDING_TLB] = "tlb",
};

const char *finding_class_name(enum finding_class class)
{
	return class < FINDING_CLASS_COUNT ? names[class] : "unknown";
}

enum finding_class finding_class_by_name(const char *name)
{
	for (int i = 0; i < FINDING_CLASS_COUNT; i++) {
		if (!strcmp(names[i], name))
			return i;
	}

	return FINDING_NONE;
}

/* EL2 sees the same of all accesses: an abort. What is wrong with one is wrong with the others. */
static const char *kind(const char *op)
{
	static const char *const accesses[] = { "host_load", "host_store", "host_fetch" };

	for (size_t i = 0; i < ARRAY_SIZE(accesses); i++) {
		if (!strcmp(op, accesses[i]))
			return "host_access";
	}
	return op;
}

const char *finding_signature(const struct finding *finding, char *buf, size_t len)
{
	int used =
		snprintf(buf, len, "%s %s ", finding_class_name(finding->class), kind(finding->op));
	const char *from = finding->place;

	for (size_t at = used; at + 1 < len && *from; from++) {
		/* ":512" is a line number: it moves with every patch. */
		if (*from == ':' && isdigit((unsigned char)from[1])) {
			while (isdigit((unsigned char)from[1]))
				from++;
			continue;
		}
		buf[at++] = *from;
		buf[at] = '\0';
	}

	return buf;
}
