/* SPDX-License-Identifier: GPL-2.0-only */
/* A child process and the frames that go to and fro. It knows nothing of what they mean. */
#ifndef EL2FUZZ_CHANNEL_H
#define EL2FUZZ_CHANNEL_H

#include "replay/runner/protocol.h"

#include <sys/types.h>

/* What is kept of the end of the child's standard error */
#define CHANNEL_DIAGNOSTICS 3000

struct channel_buffer {
	u8 *data;
	size_t start; /* first byte not used yet */
	size_t end;
	size_t room;
};

struct channel {
	pid_t pid; /* 0: no child */
	int socket;
	int diagnostics;
	struct channel_buffer out;
	struct channel_buffer in;
	struct frame frame; /* the last one received */
	char text[CHANNEL_DIAGNOSTICS + 1];
	size_t text_len;
};

enum channel_event {
	CHANNEL_FRAME, /* a frame is there */
	CHANNEL_CLOSED, /* the child closed its end: it died */
	CHANNEL_TIMEOUT,
	CHANNEL_GARBAGE, /* what came is no frame */
};

/**
 * channel_spawn() - start a child with the channel as its standard input and output
 * @argv: program and arguments
 *
 * The child dies with this process, and does not hear the terminal's signals.
 *
 * Return: 0, or -1 with the reason in @err. That the program cannot be executed shows up as
 * %CHANNEL_CLOSED.
 */
int channel_spawn(struct channel *channel, const char *const argv[], struct error *err);

/** channel_send() - queue bytes; they leave during channel_wait(); -1 without memory */
int channel_send(struct channel *channel, const void *bytes, size_t len);

/** channel_flush() - send what the child takes at once */
void channel_flush(struct channel *channel);

/**
 * channel_wait() - send what is queued until a frame comes
 * @payload: set to the frame's payload, channel->frame.len bytes, valid until the next call
 */
enum channel_event channel_wait(struct channel *channel, unsigned int timeout_ms,
                                const void **payload);

/**
 * channel_end() - end the child, by force if need be
 * @by_force: do not wait for it to end by itself
 *
 * channel->text stays until the next channel_spawn(). Return: its wait status.
 */
int channel_end(struct channel *channel, bool by_force);

/** channel_free() - end the child and free the buffers */
void channel_free(struct channel *channel);

#endif
