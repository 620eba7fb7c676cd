// SPDX-License-Identifier: GPL-2.0-only
#include "fuzz/cli/show.h"

static void show_char(FILE *out, char c)
{
	bool control = (unsigned char)c < ' ' && c != '\n' && c != '\t';

	fputc(control || c == 127 ? '?' : c, out);
}

void show_text(FILE *out, const char *text)
{
	for (; *text; text++)
		show_char(out, *text);
}

void show_block(FILE *out, const char *name, const char *text)
{
	bool fresh = true;

	fprintf(out, "%s:\n", name);
	for (; *text; text++) {
		if (fresh)
			fputs("    ", out);
		show_char(out, *text);
		fresh = *text == '\n';
	}
	if (!fresh)
		fputc('\n', out);
}

void show_finding(FILE *out, const struct finding *finding)
{
	fprintf(out, "%s, step %u (", finding_class_name(finding->class), finding->step);
	show_text(out, finding->op);
	fputs("): ", out);
	show_text(out, finding->place);
	fputc('\n', out);
	show_block(out, "expected", finding->expected);
	show_block(out, "actual", finding->actual);
}
