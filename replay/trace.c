// SPDX-License-Identifier: GPL-2.0-only
#include "replay/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TRACE_FILE_MAX (1U << 20)

int trace_append(struct trace *trace, const struct op *op)
{
	if (trace->nr_ops == TRACE_MAX_OPS)
		return -1;

	if (trace->nr_ops == trace->room) {
		u32 room = trace->room ? 2 * trace->room : 64;
		struct op *ops = realloc(trace->ops, room * sizeof(*ops));

		if (!ops)
			return -1;
		trace->ops = ops;
		trace->room = room;
	}

	trace->ops[trace->nr_ops++] = *op;
	return 0;
}

int trace_copy(struct trace *to, const struct trace *from)
{
	if (to->room < from->nr_ops) {
		struct op *ops = reallocarray(to->ops, from->nr_ops, sizeof(*ops));

		if (!ops)
			return -1;
		to->ops = ops;
		to->room = from->nr_ops;
	}

	to->world = from->world;
	to->nr_ops = from->nr_ops;
	if (from->nr_ops)
		memcpy(to->ops, from->ops, from->nr_ops * sizeof(*to->ops));
	return 0;
}

void trace_remove(struct trace *trace, u32 from, u32 len)
{
	memmove(trace->ops + from, trace->ops + from + len,
	        (trace->nr_ops - from - len) * sizeof(*trace->ops));
	trace->nr_ops -= len;
}

void trace_clear(struct trace *trace)
{
	trace->nr_ops = 0;
}

void trace_free(struct trace *trace)
{
	free(trace->ops);
	*trace = (struct trace){ 0 };
}

static int parse_stream(struct trace *trace, const char *name, FILE *in, char *text,
                        struct error *err)
{
	size_t len = fread(text, 1, TRACE_FILE_MAX + 1, in);

	if (ferror(in))
		return error_set(err, "%s: %s; name a trace in text form", name, strerror(errno));
	if (len > TRACE_FILE_MAX)
		return error_set(err, "%s: more than %u KiB; a trace holds at most %d ops", name,
		                 TRACE_FILE_MAX >> 10, TRACE_MAX_OPS);

	return trace_parse(trace, name, text, len, err);
}

int trace_load(struct trace *trace, const char *path, struct error *err)
{
	bool from_stdin = !strcmp(path, "-");
	FILE *in = from_stdin ? stdin : fopen(path, "re");
	char *text;
	int ret;

	trace_clear(trace);
	if (!in)
		return error_set(err, "%s: %s; name a trace in text form", path, strerror(errno));

	text = malloc(TRACE_FILE_MAX + 1);
	if (text)
		ret = parse_stream(trace, from_stdin ? "<stdin>" : path, in, text, err);
	else
		ret = error_set(err, "%s: out of memory", path);

	free(text);
	if (!from_stdin)
		fclose(in);
	return ret;
}
