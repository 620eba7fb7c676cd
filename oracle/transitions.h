/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What traces did to pages, as counters that lead a fuzzer: one for each pair of an op and a page's way from
 * one state to another, whatever code did it.
 */
#ifndef EL2FUZZ_TRANSITIONS_H
#define EL2FUZZ_TRANSITIONS_H

#include "oracle/model.h"

struct transitions;

/**
 * transitions_open() - @model is as after boot; NULL without memory
 * @counters: pairs share one, by a hash, where there are more than @nr
 */
struct transitions *transitions_open(const struct model *model, u8 *counters, size_t nr);
void transitions_close(struct transitions *transitions);

/** transitions_reset() - to be called before model_reset() */
void transitions_reset(struct transitions *transitions);

/** transitions_count() - what the last model_step() did to the pages that it touched */
void transitions_count(struct transitions *transitions, const struct op *op);

#endif
