/* SPDX-License-Identifier: GPL-2.0-only */
/* Capabilities of CPU and firmware that change what EL2 does; chosen per run, part of its identity. */
#ifndef EL2FUZZ_CAPS_H
#define EL2FUZZ_CAPS_H

#include "core/caps_table.h"
#include "core/error.h"
#include "core/op.h"
#include "core/types.h"

enum cap {
#define CAP(name, enumerator, feature) CAP_##name,
	EL2FUZZ_CAPS(CAP)
#undef CAP
		CAP_CPU_COUNT, /* those before are the CPU's, those after the firmware's */
	CAP_CPU_LAST = CAP_CPU_COUNT - 1,
#define CAP(name) CAP_##name,
	EL2FUZZ_FIRMWARE_CAPS(CAP)
#undef CAP
		CAP_COUNT
};

/* What machines of the day have. */
#define CAPS_DEFAULT ((u32)(BIT(CAP_lse) | BIT(CAP_fwb) | BIT(CAP_xnx) | BIT(CAP_ffa)))

/**
 * caps_parse() - read "fwb,xnx"; "" and "none" are the empty set
 *
 * Return: 0, or -1 with the unknown name in @err.
 */
int caps_parse(const char *text, u32 *caps, struct error *err);

/** caps_of() - those that @world can be run with */
u32 caps_of(enum world world);

/** caps_format() - the inverse; Return: @buf */
const char *caps_format(u32 caps, char *buf, size_t len);

#endif
