/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A corpus: a folder of binary traces, named by what they hold, as libFuzzer's. Every engine reads it and adds to
 * it.
 */
#ifndef EL2FUZZ_FUZZ_CORPUS_H
#define EL2FUZZ_FUZZ_CORPUS_H

#include "replay/trace.h"

/* What is larger is no trace that an engine made. */
#define CORPUS_FILE_MAX (1 << 20)

/**
 * corpus_add() - put a trace into the folder
 *
 * The file is there whole or not at all. Return: 1, 0 if it is there already, -1.
 */
int corpus_add(const char *dir, const void *bytes, size_t size, struct error *err);

/** corpus_hash() - tells traces apart that are few; neither secret nor a seal */
u64 corpus_hash(const void *bytes, size_t size);

/** corpus_add_trace() - the same, from a trace */
int corpus_add_trace(const char *dir, const struct trace *trace, struct error *err);

/**
 * corpus_each() - visit the files of a folder in the order of their names
 * @visit: returns -1 to end the visit
 *
 * What cannot be read, or is too large, is named on standard error and left out. Return: how many were
 * visited, or -1.
 */
int corpus_each(const char *dir,
                int (*visit)(void *arg, const char *path, const u8 *bytes, size_t size), void *arg,
                struct error *err);

/** corpus_make_dir() - make a folder, if it is not there */
int corpus_make_dir(const char *dir, struct error *err);

#endif
