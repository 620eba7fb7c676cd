// SPDX-License-Identifier: GPL-2.0-only
#include "core/caps.h"

#include <stdio.h>
#include <string.h>

static const char *const names[CAP_COUNT] = {
#define CAP(name, enumerator, feature) [CAP_##name] = #name,
	EL2FUZZ_CAPS(CAP)
#undef CAP
#define CAP(name) [CAP_##name] = #name,
		EL2FUZZ_FIRMWARE_CAPS(CAP)
#undef CAP
};

static int cap_by_name(const char *name, size_t len)
{
	for (int i = 0; i < CAP_COUNT; i++) {
		if (strlen(names[i]) == len && !memcmp(names[i], name, len))
			return i;
	}

	return -1;
}

int caps_parse(const char *text, u32 *caps, struct error *err)
{
	char known[128];

	*caps = 0;
	if (!strcmp(text, "none"))
		return 0;

	while (*text) {
		size_t len = strcspn(text, ",");
		int cap = cap_by_name(text, len);

		if (cap < 0)
			return error_set(err, "unknown capability '%.*s'; known: %s", (int)len,
			                 text, caps_format(~0U, known, sizeof(known)));
		*caps |= BIT(cap);
		text += len;
		text += *text == ',';
	}

	return 0;
}

/*
 * The emulated CPU cannot run EL2 with these (tests/core/test_limits.c); in the page-table world no CPU walks the tables.
 * Pages of 64 KiB have 52 bits without FEAT_LPA2 (Arm ARM D8.1.10).
 */
u32 caps_of(enum world world)
{
	const u32 formats = BIT(CAP_hvhe) | BIT(CAP_lpa2);
	const u32 refused = world != WORLD_PGTABLE   ? formats :
	                    EL2FUZZ_PAGE_SHIFT == 16 ? BIT(CAP_lpa2) :
	                                               0;

	return GENMASK(CAP_COUNT - 1, 0) & ~refused;
}

const char *caps_format(u32 caps, char *buf, size_t len)
{
	size_t used = 0;

	snprintf(buf, len, "none");
	for (int i = 0; i < CAP_COUNT && used < len; i++) {
		if (caps & BIT(i))
			used += snprintf(buf + used, len - used, "%s%s", used ? "," : "", names[i]);
	}

	return buf;
}
