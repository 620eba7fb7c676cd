// SPDX-License-Identifier: GPL-2.0-only
/* The text form of traces. Whatever the text holds, an error names the line and column. */
#include "replay/trace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#define TRACE_VERSION 1
#define TRACE_HEADER "# el2fuzz trace 1 world="
#define TRACE_WORLD "world="

/* One line of the text, and how far it is read. */
struct line {
	const char *name;
	u32 number;
	const char *start;
	const char *next;
	const char *end;
	struct error *err;
};

/* A piece of a line, not ended by NUL. */
struct word {
	const char *at;
	size_t len;
};

static __printf(3, 4) int fail_at(const struct line *line, const char *at, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);

	return error_set(line->err, "%s:%u:%zu: %s", line->name, line->number,
	                 (size_t)(at - line->start) + 1, what);
}

/* A word for an error message: short, and harmless on a terminal. */
struct quote {
	char text[44];
};

static struct quote quote(struct word word)
{
	struct quote q;
	size_t len = word.len < 40 ? word.len : 40;

	for (size_t i = 0; i < len; i++)
		q.text[i] = word.at[i] >= ' ' && word.at[i] < 127 ? word.at[i] : '?';
	strcpy(q.text + len, word.len > len ? "..." : "");

	return q;
}

static bool word_is(struct word word, const char *text)
{
	return word.len == strlen(text) && !memcmp(word.at, text, word.len);
}

/* What follows @prefix; empty if @word does not begin so. */
static struct word word_after(struct word word, const char *prefix)
{
	size_t len = strlen(prefix);

	if (word.len < len || memcmp(word.at, prefix, len))
		len = word.len;
	return (struct word){ .at = word.at + len, .len = word.len - len };
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next word of the line; empty at its end. */
static struct word next_word(struct line *line)
{
	struct word word;

	while (line->next < line->end && is_space(*line->next))
		line->next++;

	word.at = line->next;
	while (line->next < line->end && !is_space(*line->next))
		line->next++;
	word.len = line->next - word.at;

	return word;
}

static int digit_value(char c, unsigned int base)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (base == 16 && c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (base == 16 && c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static int parse_number(const struct line *line, struct word word, u64 *number)
{
	bool hex = word.len > 2 && word.at[0] == '0' && (word.at[1] | ' ') == 'x';
	unsigned int base = hex ? 16 : 10;
	u64 sum = 0;

	if (!word.len)
		return fail_at(line, word.at, "a number is missing here");

	for (size_t i = hex ? 2 : 0; i < word.len; i++) {
		int digit = digit_value(word.at[i], base);

		if (digit < 0)
			return fail_at(line, word.at + i,
			               "\"%s\" is no number; write it decimal or as 0x...",
			               quote(word).text);
		if (__builtin_mul_overflow(sum, (u64)base, &sum) ||
		    __builtin_add_overflow(sum, (u64)digit, &sum))
			return fail_at(line, word.at, "%s does not fit into 64 bits",
			               quote(word).text);
	}

	*number = sum;
	return 0;
}

/* Memory ends somewhere, and what lies just before that end is of interest; places only begin. */
static bool place_counts_back(enum place place)
{
	return place == PLACE_END || place == PLACE_LIMIT;
}

/* "0x12", "ram", "ram+0x12", "limit-1" */
static int parse_value(const struct line *line, struct word word, enum arg_kind kind, u8 *place,
                       u64 *value)
{
	struct word name = { .at = word.at };
	struct word offset;
	int found;

	if (!word.len)
		return fail_at(line, word.at, "a value is missing here");
	if (arg_by_name(kind, word.at, word.len) >= 0) {
		*place = PLACE_RAW;
		*value = arg_by_name(kind, word.at, word.len);
		return 0;
	}
	if (word.at[0] >= '0' && word.at[0] <= '9') {
		*place = PLACE_RAW;
		return parse_number(line, word, value);
	}

	while (name.len < word.len && !strchr("+-", word.at[name.len]))
		name.len++;

	found = place_by_name(name.at, name.len);
	if (found < 0)
		return fail_at(line, word.at, "\"%s\" is neither a number nor a place",
		               quote(word).text);
	if (!arg_takes_place(kind, found))
		return fail_at(line, word.at, "this argument cannot count from \"%s\"",
		               place_name(found));

	*place = found;
	*value = 0;
	if (name.len == word.len)
		return 0;

	offset.at = name.at + name.len + 1;
	offset.len = word.len - name.len - 1;
	if (parse_number(line, offset, value))
		return -1;
	if (name.at[name.len] == '-') {
		if (!place_counts_back(found))
			return fail_at(line, name.at + name.len,
			               "\"%s\" begins here: its offset cannot be negative",
			               place_name(found));
		*value = -*value;
	}

	return 0;
}

static int find_arg(const struct op_desc *desc, struct word name)
{
	for (unsigned int i = 0; i < desc->nr_args; i++) {
		if (word_is(name, desc->args[i].name))
			return i;
	}

	return -1;
}

static int parse_arg(const struct line *line, struct word word, const struct op_desc *desc,
                     struct op *op, unsigned int *seen)
{
	const char *equals = memchr(word.at, '=', word.len);
	struct word name = { .at = word.at, .len = word.len };
	struct word value;
	int i;

	if (!equals)
		return fail_at(line, word.at, "\"%s\" is no argument; write name=value",
		               quote(word).text);

	name.len = equals - word.at;
	value.at = equals + 1;
	value.len = word.len - name.len - 1;

	i = find_arg(desc, name);
	if (i < 0)
		return fail_at(line, word.at, "%s has no argument \"%s\"", desc->name,
		               quote(name).text);
	if (*seen & BIT(i))
		return fail_at(line, word.at, "argument \"%s\" is given twice", desc->args[i].name);

	*seen |= BIT(i);
	return parse_value(line, value, desc->args[i].kind, &op->place[i], &op->value[i]);
}

static int parse_op(struct line *line, struct trace *trace)
{
	struct word word = next_word(line);
	const struct op_desc *desc;
	struct op op = { 0 };
	unsigned int seen = 0;
	int code;

	if (!word.len)
		return 0;

	code = op_by_name(trace->world, word.at, word.len);
	if (code < 0)
		return fail_at(line, word.at, "no op \"%s\" in world %s; `el2fuzz ops` lists them",
		               quote(word).text, world_name(trace->world));

	op.code = code;
	desc = op_desc(code);

	while ((word = next_word(line)).len) {
		if (parse_arg(line, word, desc, &op, &seen))
			return -1;
	}

	for (unsigned int i = 0; i < desc->nr_args; i++) {
		if (!(seen & BIT(i)))
			return fail_at(line, line->next, "%s lacks its argument \"%s\"", desc->name,
			               desc->args[i].name);
	}

	if (!trace_append(trace, &op))
		return 0;
	if (trace->nr_ops == TRACE_MAX_OPS)
		return fail_at(line, line->start, "too long; a trace holds at most %d ops",
		               TRACE_MAX_OPS);
	return fail_at(line, line->start, "out of memory");
}

static int parse_header(struct line *line, struct trace *trace)
{
	static const char *const words[] = { "#", "el2fuzz", "trace" };
	struct word word, world;
	u64 version;
	int found;

	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
		word = next_word(line);
		if (!word_is(word, words[i]))
			return fail_at(line, word.at, "no header; begin with \"%s%s\"",
			               TRACE_HEADER, world_name(WORLD_EL2));
	}

	word = next_word(line);
	if (parse_number(line, word, &version))
		return -1;
	if (version != TRACE_VERSION)
		return fail_at(line, word.at, "trace version %s; this el2fuzz reads version %d",
		               quote(word).text, TRACE_VERSION);

	word = next_word(line);
	world = word_after(word, TRACE_WORLD);
	found = world_by_name(world.at, world.len);
	if (found < 0)
		return fail_at(line, word.at,
		               "\"%s\"; this el2fuzz knows world=%s, world=%s and world=%s",
		               quote(word).text, world_name(WORLD_EL2), world_name(WORLD_PGTABLE),
		               world_name(WORLD_NESTED));
	trace->world = found;

	word = next_word(line);
	if (word.len)
		return fail_at(line, word.at, "the header ends before \"%s\"", quote(word).text);
	return 0;
}

static int parse_line(struct line *line, struct trace *trace)
{
	size_t len = line->end - line->start;
	const char *nul = memchr(line->start, '\0', len);
	const char *comment;

	if (nul)
		return fail_at(line, nul, "NUL byte; a trace is text");
	if (line->number == 1)
		return parse_header(line, trace);

	comment = memchr(line->start, '#', len);
	if (comment)
		line->end = comment;
	return parse_op(line, trace);
}

int trace_parse(struct trace *trace, const char *name, const char *text, size_t len,
                struct error *err)
{
	const char *end = text + len;
	struct line line = { .name = name, .err = err };

	trace_clear(trace);

	do {
		const char *newline = memchr(text, '\n', end - text);

		line.number++;
		line.start = line.next = text;
		line.end = newline ? newline : end;
		text = newline ? newline + 1 : end;

		if (parse_line(&line, trace)) {
			trace_clear(trace);
			return -1;
		}
	} while (text < end);

	return 0;
}

static int print_value(const struct op *op, unsigned int i, char *buf, size_t len)
{
	u64 value = op->value[i];
	const char *name = arg_name(op_desc(op->code)->args[i].kind, value);
	const char *sign = op->place[i] == PLACE_RAW ? "" : "+";

	if (name)
		return snprintf(buf, len, "%s", name);
	if (place_counts_back(op->place[i]) && (s64)value < 0) {
		sign = "-";
		value = -value;
	}

	return snprintf(buf, len, "%s%s0x%" PRIx64, place_name(op->place[i]), sign, value);
}

const char *op_format(const struct op *op, char *buf, size_t len)
{
	const struct op_desc *desc = op_desc(op->code);
	size_t at;

	at = snprintf(buf, len, "%s", desc ? desc->name : "(no op)");
	for (unsigned int i = 0; desc && i < desc->nr_args; i++) {
		if (at < len)
			at += snprintf(buf + at, len - at, " %s=", desc->args[i].name);
		if (at < len)
			at += print_value(op, i, buf + at, len - at);
	}

	return buf;
}

static void print_note(const char *note, FILE *out)
{
	while (*note) {
		int len = strcspn(note, "\n");

		fprintf(out, "# %.*s\n", len, note);
		note += len;
		note += *note == '\n';
	}
}

int trace_print(const struct trace *trace, const char *note, FILE *out)
{
	char line[OP_TEXT_MAX];

	fprintf(out, "%s%s\n", TRACE_HEADER, world_name(trace->world));
	if (note)
		print_note(note, out);
	for (u32 i = 0; i < trace->nr_ops; i++)
		fprintf(out, "%s\n", op_format(&trace->ops[i], line, sizeof(line)));

	return ferror(out) ? -1 : 0;
}
