/* SPDX-License-Identifier: GPL-2.0-only */
/* SIGINT and SIGTERM end what may take long, orderly: nothing that was seen is lost. */
#ifndef EL2FUZZ_STOP_H
#define EL2FUZZ_STOP_H

#include <stdbool.h>

/** stop_on_signals() - from now on, the first signal asks to stop, a second one of its kind kills */
void stop_on_signals(void);

/** stop_requested() - has there been one? It is never forgotten: what would come next stops as well. */
bool stop_requested(void);

#endif
