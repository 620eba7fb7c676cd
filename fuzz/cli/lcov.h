/* SPDX-License-Identifier: GPL-2.0-only */
/* An lcov tracefile, or the sum of several. */
#ifndef EL2FUZZ_LCOV_H
#define EL2FUZZ_LCOV_H

#include "core/error.h"
#include "core/types.h"

#include <stdio.h>

#define LCOV_MAX_LINES 32768

struct lcov_function {
	char name[96];
	u32 line;
};

/* One way that a branch can go. */
struct lcov_way {
	u32 line;
	u32 branch; /* its number, in any order */
	u32 way;
	bool went;
	bool left_out; /* the reader's */
};

struct lcov_file {
	char path[128];
	struct lcov_function *functions; /* by line */
	u32 nr_functions;
	struct lcov_way *ways; /* by line, branch and way */
	u32 nr_ways;
	s8 lines[LCOV_MAX_LINES]; /* -1: no code; else: reached */
};

struct lcov {
	struct lcov_file **files;
	u32 nr_files;
};

/** lcov_read() - add what a tracefile says; @name of the file, for @err */
int lcov_read(struct lcov *lcov, FILE *in, const char *name, struct error *err);
void lcov_free(struct lcov *lcov);

#endif
