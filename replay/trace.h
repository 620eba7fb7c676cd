/* SPDX-License-Identifier: GPL-2.0-only */
/* Traces as text and as bytes. Both forms come from the op table. */
#ifndef EL2FUZZ_TRACE_H
#define EL2FUZZ_TRACE_H

#include "core/error.h"
#include "core/op.h"

#include <stdio.h>

/* Room for any op in text form */
#define OP_TEXT_MAX 256

/* All zeros is an empty trace of the el2 world. */
struct trace {
	enum world world;
	struct op *ops;
	u32 nr_ops;
	u32 room;
};

/** trace_append() - add an op; -1 when the trace is at TRACE_MAX_OPS or memory is out */
int trace_append(struct trace *trace, const struct op *op);

/** trace_copy() - make @to what @from is; -1 without memory */
int trace_copy(struct trace *to, const struct trace *from);

/** trace_remove() - take @len ops out, of which @from is the first */
void trace_remove(struct trace *trace, u32 from, u32 len);

/** trace_clear() - leave no op; the world stays */
void trace_clear(struct trace *trace);
void trace_free(struct trace *trace);

/**
 * trace_parse() - read the text form
 * @name: what the text is called in errors
 * @text: need not end with NUL; may hold anything
 *
 * Text form: a header line "# el2fuzz trace 1 world=el2" (or another world), then one op a line, its name and
 * "argument=value" for all of its arguments, in any order; "#" begins a comment; empty lines are
 * allowed. A value is a number (decimal or 0x...) or a place and an offset ("ram+0x12"), in
 * the unit of the argument: pages for a pfn, bytes for an address. Only "end" and "limit" count
 * back ("limit-1").
 *
 * Return: 0, or -1 with "name:line:column: what" in @err and @trace empty.
 */
int trace_parse(struct trace *trace, const char *name, const char *text, size_t len,
                struct error *err);

/** trace_load() - trace_parse() of a file ("-": standard input), at most 1 MiB */
int trace_load(struct trace *trace, const char *path, struct error *err);

/** op_format() - one op as a line of the text form, without newline; Return: @buf */
const char *op_format(const struct op *op, char *buf, size_t len);

/**
 * trace_print() - the whole trace in text form, header included; -1 on a write error
 * @note: lines to be said in comments, or NULL
 */
int trace_print(const struct trace *trace, const char *note, FILE *out);

/**
 * trace_decode() - read the binary form
 * @trace: of the world that the bytes are of
 *
 * Any byte string is a trace: an op is its code and, for each argument, one byte of place and
 * eight of value, little endian. A code that does not exist is skipped, a place that does not
 * exist or that the argument cannot count from reads as %PLACE_RAW, a short tail is padded with
 * zeros. The trace ends at TRACE_MAX_OPS.
 */
void trace_decode(struct trace *trace, const void *bytes, size_t len);

/**
 * trace_encode() - write the binary form
 * @buf: room for trace_encoded_max() bytes
 *
 * Return: bytes written. Decoding them gives the same trace.
 */
size_t trace_encode(const struct trace *trace, void *buf);
size_t trace_encoded_max(const struct trace *trace);

#endif
