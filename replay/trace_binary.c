// SPDX-License-Identifier: GPL-2.0-only
#include "replay/trace.h"

#define ENCODED_ARG_SIZE (1 + sizeof(u64))
#define ENCODED_OP_MAX (1 + OP_MAX_ARGS * ENCODED_ARG_SIZE)

/* What is left of a byte string; zeros follow its end. */
struct bytes {
	const u8 *next;
	const u8 *end;
};

static u8 take_byte(struct bytes *in)
{
	return in->next < in->end ? *in->next++ : 0;
}

static u64 take_u64(struct bytes *in)
{
	u64 value = 0;

	for (unsigned int shift = 0; shift < 64; shift += 8)
		value |= (u64)take_byte(in) << shift;

	return value;
}

void trace_decode(struct trace *trace, const void *bytes, size_t len)
{
	struct bytes in = { .next = bytes, .end = (const u8 *)bytes + len };

	trace_clear(trace);

	while (in.next < in.end) {
		struct op op = { .code = trace->world * OP_CODE_LIMIT + take_byte(&in) };
		const struct op_desc *desc = op_desc(op.code);

		if (!desc)
			continue;

		for (unsigned int i = 0; i < desc->nr_args; i++) {
			u8 place = take_byte(&in);

			if (place < PLACE_COUNT && arg_takes_place(desc->args[i].kind, place))
				op.place[i] = place;
			op.value[i] = take_u64(&in);
		}

		if (trace_append(trace, &op))
			return;
	}
}

size_t trace_encode(const struct trace *trace, void *buf)
{
	u8 *out = buf;

	for (u32 n = 0; n < trace->nr_ops; n++) {
		const struct op *op = &trace->ops[n];
		const struct op_desc *desc = op_desc(op->code);

		*out++ = op->code % OP_CODE_LIMIT;
		for (unsigned int i = 0; desc && i < desc->nr_args; i++) {
			*out++ = op->place[i];
			for (unsigned int shift = 0; shift < 64; shift += 8)
				*out++ = op->value[i] >> shift;
		}
	}

	return out - (u8 *)buf;
}

size_t trace_encoded_max(const struct trace *trace)
{
	return trace->nr_ops * ENCODED_OP_MAX;
}
