// SPDX-License-Identifier: GPL-2.0-only
#include "replay/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define READ_SIZE 65536
/* A child that closed its end gets this long to end by itself, in steps of 10 ms. */
#define END_PATIENCE 100

static u64 now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ULL + ts.tv_nsec / 1000000;
}

/* Make room for @len bytes at the end. */
static int buffer_reserve(struct channel_buffer *buf, size_t len)
{
	u8 *data;

	if (buf->start) {
		memmove(buf->data, buf->data + buf->start, buf->end - buf->start);
		buf->end -= buf->start;
		buf->start = 0;
	}
	if (buf->room - buf->end >= len)
		return 0;

	data = realloc(buf->data, buf->end + len);
	if (!data)
		return -1;
	buf->data = data;
	buf->room = buf->end + len;
	return 0;
}

static void __attribute__((noreturn)) run_child(int socket, int diagnostics, pid_t parent,
                                                const char *const argv[])
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);

	/* The parent decides when a run ends: Ctrl-C must not kill the runner under it. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_DFL);

	if (dup2(socket, STDIN_FILENO) < 0 || dup2(socket, STDOUT_FILENO) < 0 ||
	    dup2(diagnostics, STDERR_FILENO) < 0)
		_exit(127);

	execv(argv[0], (char *const *)argv);
	dprintf(STDERR_FILENO, "%s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

int channel_spawn(struct channel *channel, const char *const argv[], struct error *err)
{
	int sockets[2], pipes[2];
	pid_t parent = getpid();
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets))
		return error_set(err, "cannot start %s: %s", argv[0], strerror(errno));
	if (pipe2(pipes, O_CLOEXEC)) {
		error_set(err, "cannot start %s: %s", argv[0], strerror(errno));
		goto close_sockets;
	}

	pid = fork();
	if (!pid)
		run_child(sockets[1], pipes[1], parent, argv);
	if (pid < 0) {
		error_set(err, "cannot start %s: %s", argv[0], strerror(errno));
		goto close_pipes;
	}

	close(sockets[1]);
	close(pipes[1]);
	fcntl(pipes[0], F_SETFL, O_NONBLOCK);

	channel->pid = pid;
	channel->socket = sockets[0];
	channel->diagnostics = pipes[0];
	channel->out.start = channel->out.end = 0;
	channel->in.start = channel->in.end = 0;
	channel->text_len = 0;
	channel->text[0] = '\0';
	return 0;

close_pipes:
	close(pipes[0]);
	close(pipes[1]);
close_sockets:
	close(sockets[0]);
	close(sockets[1]);
	return -1;
}

int channel_send(struct channel *channel, const void *bytes, size_t len)
{
	if (!len)
		return 0;
	if (buffer_reserve(&channel->out, len))
		return -1;

	memcpy(channel->out.data + channel->out.end, bytes, len);
	channel->out.end += len;
	return 0;
}

/* That the child is gone is noticed on reading. */
void channel_flush(struct channel *channel)
{
	struct channel_buffer *out = &channel->out;
	ssize_t n;

	while (out->start < out->end) {
		n = send(channel->socket, out->data + out->start, out->end - out->start,
		         MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			out->start = out->end;
		if (n <= 0)
			return;
		out->start += n;
	}
}

/* Return: false at the end of the stream. */
static bool receive(struct channel *channel)
{
	struct channel_buffer *in = &channel->in;
	ssize_t n;

	if (buffer_reserve(in, READ_SIZE))
		return false;

	n = recv(channel->socket, in->data + in->end, READ_SIZE, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	in->end += n;
	return n > 0;
}

/* Keep the end of what the child says on its standard error. */
static void receive_diagnostics(struct channel *channel)
{
	char buf[1024];
	ssize_t n;

	while (channel->diagnostics >= 0) {
		n = read(channel->diagnostics, buf, sizeof(buf));
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			close(channel->diagnostics);
			channel->diagnostics = -1;
			return;
		}

		if (channel->text_len + n > CHANNEL_DIAGNOSTICS) {
			size_t drop = channel->text_len + n - CHANNEL_DIAGNOSTICS;

			memmove(channel->text, channel->text + drop, channel->text_len - drop);
			channel->text_len -= drop;
		}
		memcpy(channel->text + channel->text_len, buf, n);
		channel->text_len += n;
		channel->text[channel->text_len] = '\0';
	}
}

/* Take a frame out of what was received, if it is complete. */
static bool take_frame(struct channel *channel, const void **payload, bool *garbage)
{
	struct channel_buffer *in = &channel->in;
	size_t len = in->end - in->start;
	struct frame frame;

	*garbage = false;
	if (len < sizeof(frame))
		return false;

	memcpy(&frame, in->data + in->start, sizeof(frame));
	if (frame.magic != RUNNER_MAGIC || frame.len > RUNNER_MAX_PAYLOAD) {
		*garbage = true;
		return false;
	}
	if (len < sizeof(frame) + frame.len)
		return false;

	channel->frame = frame;
	*payload = in->data + in->start + sizeof(frame);
	in->start += sizeof(frame) + frame.len;
	return true;
}

enum channel_event channel_wait(struct channel *channel, unsigned int timeout_ms,
                                const void **payload)
{
	u64 deadline = now_ms() + timeout_ms;
	bool garbage;

	channel_flush(channel);
	while (!take_frame(channel, payload, &garbage)) {
		bool pending = channel->out.start < channel->out.end;
		struct pollfd fds[] = {
			{ .fd = channel->socket, .events = POLLIN | (pending ? POLLOUT : 0) },
			{ .fd = channel->diagnostics, .events = POLLIN },
		};
		u64 now = now_ms();

		if (garbage)
			return CHANNEL_GARBAGE;
		if (now >= deadline)
			return CHANNEL_TIMEOUT;

		poll(fds, ARRAY_SIZE(fds), deadline - now);
		receive_diagnostics(channel);
		channel_flush(channel);
		if (!receive(channel))
			return CHANNEL_CLOSED;
	}

	return CHANNEL_FRAME;
}

int channel_end(struct channel *channel, bool by_force)
{
	const struct timespec step = { .tv_nsec = 10000000 };
	int status = 0;

	if (!channel->pid)
		return 0;

	shutdown(channel->socket, SHUT_RDWR);
	for (int i = 0; !by_force && i < END_PATIENCE; i++) {
		if (waitpid(channel->pid, &status, WNOHANG))
			goto gone;
		nanosleep(&step, NULL);
	}

	kill(channel->pid, SIGKILL);
	while (waitpid(channel->pid, &status, 0) < 0 && errno == EINTR)
		;
gone:
	receive_diagnostics(channel);
	while (channel->text_len && channel->text[channel->text_len - 1] == '\n')
		channel->text[--channel->text_len] = '\0';
	close(channel->socket);
	if (channel->diagnostics >= 0)
		close(channel->diagnostics);
	channel->pid = 0;
	return status;
}

void channel_free(struct channel *channel)
{
	channel_end(channel, false);
	free(channel->out.data);
	free(channel->in.data);
	*channel = (struct channel){ 0 };
}
