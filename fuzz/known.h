/* SPDX-License-Identifier: GPL-2.0-only */
/* Findings that are understood: a folder of *.known files, corpus/known. */
#ifndef EL2FUZZ_KNOWN_H
#define EL2FUZZ_KNOWN_H

#include "core/caps.h"
#include "core/error.h"
#include "replay/store.h"

struct known {
	char (*signatures)[SIGNATURE_MAX];
	size_t nr;
};

/**
 * known_load() - read all files NAME.known of a folder
 * @dir: the folder
 * @caps: CAP_* of the machine that the findings are of
 * @features: FEATURE_* of the tree
 *
 * Such a file has a finding's signature in its first line; the lines after it say why it is no news
 * and where that is written up. If they begin with "without: CAPS" or "with: CAPS", the finding is known
 * only of machines that have none, or all, of these; with "tree: FEATURE" or "tree: no FEATURE" of trees
 * that have it, or have it not (core/features_table.h).
 *
 * Return: 0, or -1 with the reason in @err.
 */
int known_load(struct known *known, const char *dir, u32 caps, u64 features, struct error *err);
void known_free(struct known *known);

/** known_has() - is this finding no news? */
bool known_has(const struct known *known, const char *signature);

#endif
