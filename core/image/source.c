// SPDX-License-Identifier: GPL-2.0-only
/* From an address to a place in the tree: DWARF, symbols, __bug_table. */
#include "core/image/image.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdio.h>
#include <stdlib.h>

#include "tree.h"

/* Where the tree is unpacked must not show in a report: keep what is below its top. */
static const char *below_tree(const char *path)
{
	static const char *const tops[] = { "/arch/arm64/", "/include/", "/kernel/", "/lib/",
		                            "/virt/" };

	for (size_t i = 0; path && i < ARRAY_SIZE(tops); i++) {
		const char *found = strstr(path, tops[i]);

		if (found)
			return found + 1;
	}

	return path ? path : "?";
}

/* "nvhe/../pgtable.c" is "pgtable.c". */
static void drop_dotdot(char *path)
{
	char *dots;

	while ((dots = strstr(path, "/../"))) {
		char *dir = dots;

		while (dir > path && dir[-1] != '/')
			dir--;
		memmove(dir, dots + strlen("/../"), strlen(dots + strlen("/../")) + 1);
	}
}

void image_set_file(struct source_place *place, const char *path, unsigned int line)
{
	snprintf(place->file, sizeof(place->file), "%s", below_tree(path));
	drop_dotdot(place->file);
	place->line = line;
}

static bool find_unit(Dwarf *dwarf, u64 va, Dwarf_Die *unit)
{
	Dwarf_Off off = 0, next;
	size_t header;

	/* Kbuild's objects have no .debug_aranges: look at every unit's own ranges. */
	for (; !dwarf_nextcu(dwarf, off, &next, &header, NULL, NULL, NULL); off = next) {
		if (dwarf_offdie(dwarf, off + header, unit) && dwarf_haspc(unit, va) > 0)
			return true;
	}

	return false;
}

/* The innermost function, inlined or not: that is where a reader will look. */
static void find_function(Dwarf_Die *unit, u64 va, struct source_place *place)
{
	Dwarf_Die *scopes = NULL;
	int nr = dwarf_getscopes(unit, va, &scopes);

	for (int i = 0; i < nr; i++) {
		int tag = dwarf_tag(&scopes[i]);
		const char *name = dwarf_diename(&scopes[i]);

		if ((tag == DW_TAG_inlined_subroutine || tag == DW_TAG_subprogram) && name) {
			snprintf(place->function, sizeof(place->function), "%s", name);
			break;
		}
	}
	free(scopes);
}

static void look_up(struct image *image, u64 va, struct source_place *place)
{
	const char *function;
	Dwarf_Line *line;
	Dwarf_Die unit;
	u64 offset = 0;
	int nr = 0;

	snprintf(place->file, sizeof(place->file), "?");
	place->line = 0;
	function = image_function(image, va, &offset);
	snprintf(place->symbol, sizeof(place->symbol), "%s", function ? function : "?");
	snprintf(place->function, sizeof(place->function), "%s", place->symbol);

	if (!image->dwarf)
		image->dwarf = dwarf_begin(image->fd, DWARF_C_READ);
	if (!image->dwarf || !find_unit(image->dwarf, va, &unit))
		return;
	line = dwarf_getsrc_die(&unit, va);
	if (line && !dwarf_lineno(line, &nr))
		image_set_file(place, dwarf_linesrc(line, NULL, NULL), nr);
	find_function(&unit, va, place);
}

/* A campaign meets the same few addresses again and again, and DWARF is slow to read. */
void image_source(struct image *image, u64 va, struct source_place *place)
{
	struct known_source *known = &image->sources[(va >> 2) % ARRAY_SIZE(image->sources)];

	if (!known->known || known->va != va) {
		look_up(image, va, &known->place);
		known->va = va;
		known->known = true;
	}
	*place = known->place;
}

static s32 displacement(const u8 *field)
{
	s32 disp;

	memcpy(&disp, field, sizeof(disp));
	return disp;
}

bool image_told_bug(struct image *image, const struct told_bug *bug, u64 va,
                    struct source_place *place, bool *warning)
{
	if (!bug->file)
		return false;
	*warning = bug->flags & TREE_bugflag_warning;
	image_source(image, va, place);
	image_set_file(place, bug->file, bug->line);

	return true;
}

bool image_bug(const struct image *image, const struct phys *phys, u64 va,
               struct source_place *place, bool *warning)
{
	u64 entry = image_raw_symbol(image, "el2fuzz_bug_start");
	u64 end = image_raw_symbol(image, "el2fuzz_bug_end");

	for (; entry + TREE_sizeof_bug_entry <= end; entry += TREE_sizeof_bug_entry) {
		const u8 *bug = phys_ptr(phys, entry - image->va_base, TREE_sizeof_bug_entry);
		u16 flags, line = 0;

		if (!bug || entry + TREE_bug_addr + displacement(bug + TREE_bug_addr) != va)
			continue;
		memcpy(&flags, bug + TREE_bug_flags, sizeof(flags));
		*warning = flags & TREE_bugflag_warning;
		image_source((struct image *)image, va, place);
		if (TREE_bug_verbose) {
			u64 file = entry + TREE_bug_file + displacement(bug + TREE_bug_file);
			const char *path = phys_ptr(phys, file - image->va_base, 1);

			memcpy(&line, bug + TREE_bug_line, sizeof(line));
			image_set_file(place, path, line);
		}
		return true;
	}

	return false;
}
