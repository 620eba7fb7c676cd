/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two cores that perform the same ops on machines that are laid out alike: whatever one does, the other
 * must do. That covers what the model leaves open: the page allocator's counts and lists, what EL2 saves
 * of a vCPU, every bit of every descriptor. The cores do not know of each other.
 */
#ifndef EL2FUZZ_CORES_H
#define EL2FUZZ_CORES_H

#include "core/core.h"
#include "oracle/finding.h"
#include "oracle/model.h"

struct cores;

/** cores_open() - compare @two with @one; NULL with the reason if their machines are not the same */
struct cores *cores_open(struct core *one, struct core *two, struct error *err);
void cores_close(struct cores *cores);

/* Each fills the finding at the first difference. Return: 0, or -1 if there is one. */

/** cores_check_boot() - all memory, before any op; both cores must have been reset */
int cores_check_boot(struct cores *cores, struct finding *finding);

/** cores_check_outcome() - what a step did, as the host and EL3 saw it */
int cores_check_outcome(struct cores *cores, const struct outcome out[2], struct finding *finding);

/** cores_check_touched() - the states of the pages, and the words, that the model says the step could change */
int cores_check_touched(struct cores *cores, const struct model *model, struct finding *finding);

/** cores_check_everything() - all memory that either core has written to */
int cores_check_everything(struct cores *cores, struct finding *finding);

#endif
