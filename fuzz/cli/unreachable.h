/* SPDX-License-Identifier: GPL-2.0-only */
/* Lines of the tree that no trace can reach, and why: corpus/unreachable. */
#ifndef EL2FUZZ_UNREACHABLE_H
#define EL2FUZZ_UNREACHABLE_H

#include "core/error.h"
#include "core/types.h"

struct unreachable;

/**
 * unreachable_load() - read a list
 * @path: the list; "FILE: FUNCTION: TEXT: REASON" a line. TEXT is a part of the lines that are meant, "*" all of
 *        the function: so an entry outlives changes elsewhere in the file. "way TEXT": the line is reached, but
 *        a branch of it only ever goes one way. "tree: CONDITION", as features_hold() takes it: what follows is
 *        of such trees only.
 * @features: of the tree
 *
 * Return: NULL with the reason in @err, naming the line at fault.
 */
struct unreachable *unreachable_load(const char *path, u64 features, struct error *err);
void unreachable_free(struct unreachable *list);

/**
 * unreachable_find() - is a line in the list?
 * @text: what the tree has there
 * @way: is one way of its branches?
 *
 * Return: the reason, or NULL.
 */
const char *unreachable_find(const struct unreachable *list, const char *file, const char *function,
                             const char *text, bool way);

#endif
