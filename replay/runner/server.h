/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EL2FUZZ_RUNNER_SERVER_H
#define EL2FUZZ_RUNNER_SERVER_H

#include "replay/runner/protocol.h"

/**
 * server_send() - write one frame
 *
 * Return: 0, or -1 if nobody listens any more.
 */
int server_send(int fd, enum frame_type type, const void *head, size_t head_len, const void *tail,
                size_t tail_len);

/**
 * hello_fill() - what a runner says about itself
 * @cores: name of what it runs
 */
void hello_fill(struct hello *hello, struct core *core, const char *cores, const char *build_id);

/**
 * server_run() - greet, then serve requests until the other side closes
 * @in: where frames come from
 * @out: where answers go
 * @core: the first of @lockstep
 * @cores: what --core calls it, or both
 * @build_id: of the tree that @core was built from
 *
 * A request that is wrong is answered with FRAME_FAILED; a stream that is not made of frames cannot
 * be followed any further.
 *
 * Return: 0 at the end of the stream, or -1 with the reason in @err.
 */
int server_run(int in, int out, struct core *core, const char *cores, struct lockstep *lockstep,
               const char *build_id, struct error *err);

#endif
