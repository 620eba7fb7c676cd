/* SPDX-License-Identifier: GPL-2.0-only */
/* What came of a replay. */
#ifndef EL2FUZZ_CLI_VERDICT_H
#define EL2FUZZ_CLI_VERDICT_H

#include "fuzz/cli/command.h"
#include "replay/client.h"
#include "replay/store.h"

/**
 * verdict_text() / verdict_json() - print it
 * @row: the finding that was replayed, if its id is not 0
 */
enum exit_code verdict_text(const struct store_finding *row, const struct hello *hello,
                            const struct run_report *report);
enum exit_code verdict_json(const struct store_finding *row, const struct hello *hello,
                            const struct run_report *report);

#endif
