/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fuzz target: one function that runs one byte string as a trace, with the oracle. What differs between
 * engines is how they learn what ran, and is behind engine_*().
 *
 * Its environment:
 *
 *  EL2FUZZ_CORE, EL2FUZZ_LAYOUT, EL2FUZZ_CAPS	the machine, as the options of these names
 *  EL2FUZZ_TLB	how the rules of TLB maintenance are looked after, as --tlb
 *  EL2FUZZ_IMAGE	the linked EL2 image (hyp.elf beside the program)
 *  EL2FUZZ_KNOWN	folders of findings that do not stop it, with ':' between them
 *	("known" beside the program, or corpus/known)
 *  EL2FUZZ_COVERAGE	what leads the engine: "code", "state" or both, with ',' between them
 *  EL2FUZZ_UNDER_WAY	a file that holds the trace that runs, a struct under_way (none)
 */
#ifndef EL2FUZZ_TARGET_H
#define EL2FUZZ_TARGET_H

#include "core/core.h"
#include "replay/runner/protocol.h"

#include <stddef.h>
#include <stdint.h>

/* Counters of what traces did to pages, apart from which code they ran */
#define TARGET_STATE_COUNTERS 8192

/**
 * LLVMFuzzerTestOneInput() - run a trace
 *
 * A finding that is not known ends the process by abort(), after its report. The first call boots the code
 * under test, so that each process that an engine forks has a machine of its own.
 *
 * Return: 0, or -1 if the trace ended in a known finding: it is no good to go on from.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** target_hello() - what traces are for; it boots the code under test if nothing has yet */
const struct hello *target_hello(void);

/* Of the engine */

/** engine_start() - there are these counters, if any; they are fed before anything runs */
void engine_start(const struct core_counters *counters);

/** engine_state() - TARGET_STATE_COUNTERS bytes that count, and that the engine clears */
u8 *engine_state(void);

/** engine_ran() - a trace came to its end: @good is the return value's meaning */
void engine_ran(bool good);

#endif
