// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/stop.h"

#include <signal.h>

static volatile sig_atomic_t requested;

static void request(int signal)
{
	(void)signal;
	requested = 1;
}

void stop_on_signals(void)
{
	struct sigaction action = { .sa_handler = request, .sa_flags = SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool stop_requested(void)
{
	return requested;
}
