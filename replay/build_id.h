/* SPDX-License-Identifier: GPL-2.0-only */
/* The file that says what a build was made from. */
#ifndef EL2FUZZ_BUILD_ID_H
#define EL2FUZZ_BUILD_ID_H

#include "core/error.h"

struct build_id {
	char id[65];
	char text[4096]; /* the whole file: "key value" lines, one of them "id ..." */
};

/** build_id_load() - read a build id file; -1 with the reason in @err */
int build_id_load(struct build_id *build, const char *path, struct error *err);

#endif
