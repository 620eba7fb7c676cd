/* SPDX-License-Identifier: GPL-2.0-only */
/* What bench measures of one world alone. */
#ifndef EL2FUZZ_CLI_BENCH_H
#define EL2FUZZ_CLI_BENCH_H

#include "replay/client.h"

/**
 * bench_strategies() - print what unmaps of canonical memory cost, by strategy: the nested world
 * @nr: traces to run with each
 */
int bench_strategies(struct client *client, u32 nr, bool json, struct error *err);

#endif
