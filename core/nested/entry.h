/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the native image of the nested world and the harness that loads it. */
#ifndef EL2FUZZ_NESTED_ENTRY_H
#define EL2FUZZ_NESTED_ENTRY_H

/* Filled by the harness before the code runs; neither returns. */
struct el2fuzz_nested_hooks {
	void (*bug)(unsigned long pc, const char *file, int line, int flags);
	void (*stop)(unsigned long pc); /* el2fuzz_nested says why */
};

#endif
