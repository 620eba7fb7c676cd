// SPDX-License-Identifier: GPL-2.0-only
/* Which source lines the executed instructions belong to, as an lcov tracefile. */
#include "core/image/coverage.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>

#define MAX_FILES 256
#define MAX_LINES 32768
#define MAX_FUNCTIONS 2048

enum line_state {
	LINE_NONE,
	LINE_CODE,
	LINE_HIT,
};

struct source_function {
	char name[96];
	u32 line;
};

/* A conditional branch of the source, or one instruction that it has become */
struct branch {
	int line, column;
	u8 ways; /* how many of the two were gone */
	bool ran;
};

struct source_file {
	char path[96];
	u8 lines[MAX_LINES]; /* enum line_state */
	struct source_function *functions;
	u32 nr_functions;
	struct branch *branches;
	u32 nr_branches;
};

struct report {
	const struct executed *executed;
	struct source_file *files[MAX_FILES];
	unsigned int nr_files;
};

static struct source_file *file_of(struct report *cov, const char *path)
{
	struct source_place place;
	struct source_file *file;

	image_set_file(&place, path, 0);
	for (unsigned int i = 0; i < cov->nr_files; i++) {
		if (!strcmp(cov->files[i]->path, place.file))
			return cov->files[i];
	}
	if (cov->nr_files == MAX_FILES)
		return NULL;

	file = calloc(1, sizeof(*file));
	if (file) {
		snprintf(file->path, sizeof(file->path), "%s", place.file);
		cov->files[cov->nr_files++] = file;
	}
	return file;
}

static bool was_executed(const struct executed *executed, u64 start, u64 end)
{
	for (u64 va = start; va < end; va += 1ULL << executed->shift) {
		if (va - executed->start < executed->size &&
		    executed->insns[(va - executed->start) >> executed->shift] & INSN_RAN)
			return true;
	}

	return false;
}

/* Is it the tree's, and can we say whether it ran? */
static bool counts(const struct executed *executed, u64 va)
{
	return va - executed->start < executed->size &&
	       !(executed->unknown && executed->unknown[(va - executed->start) >> executed->shift]);
}

/* As the compile.sh of core/tree and core/native have it. */
static bool is_ours(const char *path)
{
	return !strncmp(path, "/el2fuzz/", strlen("/el2fuzz/"));
}

static void add_branches(const struct executed *executed, struct source_file *file, int line,
                         int column, u64 start, u64 end)
{
	for (u64 va = start; va < end && va - executed->start < executed->size;
	     va += 1ULL << executed->shift) {
		const u8 insn = executed->insns[(va - executed->start) >> executed->shift];
		struct branch *more;

		if (!(insn & INSN_BRANCH))
			continue;
		more = reallocarray(file->branches, file->nr_branches + 1, sizeof(*more));
		if (!more)
			return;
		file->branches = more;
		file->branches[file->nr_branches++] =
			(struct branch){ .line = line,
			                 .column = column,
			                 .ways = !!(insn & INSN_TAKEN) +
			                         !!(insn & INSN_FELL_THROUGH),
			                 .ran = insn & INSN_RAN };
	}
}

static void add_row(struct report *cov, Dwarf_Line *row, u64 start, u64 end)
{
	const char *path = dwarf_linesrc(row, NULL, NULL);
	struct source_file *file;
	int line = 0, column = 0;

	if (!counts(cov->executed, start) || dwarf_lineno(row, &line) || line <= 0 ||
	    line >= MAX_LINES || !path || is_ours(path))
		return;
	file = file_of(cov, path);
	if (!file)
		return;
	if (was_executed(cov->executed, start, end))
		file->lines[line] = LINE_HIT;
	else if (file->lines[line] == LINE_NONE)
		file->lines[line] = LINE_CODE;
	dwarf_linecol(row, &column);
	add_branches(cov->executed, file, line, column, start, end);
}

/* A row of the line table holds up to the next one of its sequence. */
static void add_lines(struct report *cov, Dwarf_Die *unit)
{
	Dwarf_Lines *rows;
	size_t nr;

	if (dwarf_getsrclines(unit, &rows, &nr))
		return;
	for (size_t i = 0; i + 1 < nr; i++) {
		Dwarf_Line *row = dwarf_onesrcline(rows, i);
		Dwarf_Line *next = dwarf_onesrcline(rows, i + 1);
		Dwarf_Addr start, end;
		bool last;

		if (dwarf_lineendsequence(row, &last) || last || dwarf_lineaddr(row, &start) ||
		    dwarf_lineaddr(next, &end))
			continue;
		add_row(cov, row, start, end);
	}
}

static int add_function(Dwarf_Die *die, void *arg)
{
	struct report *cov = arg;
	const char *name = dwarf_diename(die), *path = dwarf_decl_file(die);
	struct source_file *file;
	int line;

	if (!name || !path || dwarf_decl_line(die, &line))
		return DWARF_CB_OK;
	file = file_of(cov, path);
	if (!file || file->nr_functions == MAX_FUNCTIONS)
		return DWARF_CB_OK;
	if (!file->functions)
		file->functions = calloc(MAX_FUNCTIONS, sizeof(*file->functions));
	if (!file->functions)
		return DWARF_CB_ABORT;
	for (u32 i = 0; i < file->nr_functions; i++) {
		if (!strcmp(file->functions[i].name, name))
			return DWARF_CB_OK;
	}
	snprintf(file->functions[file->nr_functions].name, sizeof(file->functions->name), "%s",
	         name);
	file->functions[file->nr_functions++].line = line;

	return DWARF_CB_OK;
}

static int by_place(const void *a, const void *b)
{
	const struct branch *x = a, *y = b;

	return x->line != y->line ? (x->line > y->line) - (x->line < y->line) :
	                            (x->column > y->column) - (x->column < y->column);
}

/*
 * Inlining makes several of one. Which way of a copy is which way in the source is not known, so that both were gone
 * only if some copy went both.
 */
static void merge_branches(struct source_file *file)
{
	u32 nr = 0;

	if (file->nr_branches)
		qsort(file->branches, file->nr_branches, sizeof(*file->branches), by_place);
	for (u32 i = 0; i < file->nr_branches; i++) {
		struct branch *last = &file->branches[nr - 1], *branch = &file->branches[i];

		if (!nr || by_place(last, branch)) {
			file->branches[nr++] = *branch;
			continue;
		}
		last->ways = branch->ways > last->ways ? branch->ways : last->ways;
		last->ran |= branch->ran;
	}
	file->nr_branches = nr;
}

static void print_branches(struct source_file *file, FILE *out)
{
	u32 hit = 0;

	merge_branches(file);
	for (u32 i = 0; i < file->nr_branches; i++) {
		const struct branch *branch = &file->branches[i];

		for (unsigned int way = 0; way < 2; way++) {
			fprintf(out, "BRDA:%d,%d,%u,", branch->line, branch->column, way);
			fprintf(out, branch->ran ? "%d\n" : "-\n", branch->ways > way);
		}
		hit += branch->ways;
	}
	if (file->nr_branches)
		fprintf(out, "BRF:%u\nBRH:%u\n", 2 * file->nr_branches, hit);
}

static void print_file(struct source_file *file, FILE *out)
{
	u32 code = 0, hit = 0;

	for (u32 i = 0; i < MAX_LINES; i++) {
		code += file->lines[i] != LINE_NONE;
		hit += file->lines[i] == LINE_HIT;
	}
	if (!code)
		return;

	fprintf(out, "TN:\nSF:%s\n", file->path);
	for (u32 i = 0; i < file->nr_functions; i++)
		fprintf(out, "FN:%u,%s\n", file->functions[i].line, file->functions[i].name);
	print_branches(file, out);
	for (u32 i = 0; i < MAX_LINES; i++) {
		if (file->lines[i] != LINE_NONE)
			fprintf(out, "DA:%u,%d\n", i, file->lines[i] == LINE_HIT);
	}
	fprintf(out, "LF:%u\nLH:%u\nend_of_record\n", code, hit);
}

int image_coverage(struct image *image, const struct executed *executed, FILE *out,
                   struct error *err)
{
	struct report cov = { .executed = executed };
	Dwarf *dwarf = dwarf_begin(image->fd, DWARF_C_READ);
	Dwarf_Off off = 0, next;
	size_t header;

	if (!dwarf)
		return error_set(err, "the image has no line table: %s", dwarf_errmsg(-1));

	for (; !dwarf_nextcu(dwarf, off, &next, &header, NULL, NULL, NULL); off = next) {
		Dwarf_Die unit;

		if (!dwarf_offdie(dwarf, off + header, &unit))
			continue;
		add_lines(&cov, &unit);
		dwarf_getfuncs(&unit, add_function, &cov, 0);
	}
	for (unsigned int i = 0; i < cov.nr_files; i++) {
		print_file(cov.files[i], out);
		free(cov.files[i]->functions);
		free(cov.files[i]->branches);
		free(cov.files[i]);
	}
	dwarf_end(dwarf);

	return ferror(out) ? error_set(err, "cannot write the coverage") : 0;
}
