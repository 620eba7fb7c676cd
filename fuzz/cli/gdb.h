/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace in a debugger. */
#ifndef EL2FUZZ_CLI_GDB_H
#define EL2FUZZ_CLI_GDB_H

#include "replay/client.h"

/**
 * gdb_start() - become gdb, which runs a trace up to a step
 *
 * Return: -1, if there is no gdb; not otherwise.
 */
int gdb_start(const struct client_config *config, const struct trace *trace, u32 step,
              struct error *err);

#endif
