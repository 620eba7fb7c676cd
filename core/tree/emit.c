// SPDX-License-Identifier: GPL-2.0-only
/*
 * emit OUTPUT PROBES: turns the probes, compiled and linked, into a C header of constants.
 *
 *  - each 8-byte symbol probe_<name> becomes #define TREE_<name>;
 *  - the enumerators of the host hypercalls, read from DWARF, become TREE_HYPERCALLS(H), a list of
 *    H(name, id).
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <err.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SYMBOL_PREFIX "probe_"
#define HYPERCALL_ENUM "__kvm_host_smccc_func"
#define HYPERCALL_PREFIX "__KVM_HOST_SMCCC_FUNC_"

/* Enumerators of the same enum that bound it and name no hypercall. */
static const char *const hypercall_markers[] = { "MIN_PKVM", "PKVM_ONLY", "MAX" };

static void emit_symbol(FILE *out, Elf *elf, const GElf_Sym *sym, const char *name)
{
	Elf_Scn *scn = elf_getscn(elf, sym->st_shndx);
	Elf_Data *data = scn ? elf_getdata(scn, NULL) : NULL;
	uint64_t value = 0, offset;
	GElf_Shdr shdr;

	if (sym->st_size != sizeof(value) || !data || !gelf_getshdr(scn, &shdr))
		return;
	offset = sym->st_value - shdr.sh_addr;
	if (data->d_buf) {
		if (offset + sizeof(value) > data->d_size)
			errx(2, "%s: symbol outside its section", name);
		memcpy(&value, (const char *)data->d_buf + offset, sizeof(value));
	}

	fprintf(out, "#define TREE_%s 0x%llxULL\n", name + strlen(SYMBOL_PREFIX),
	        (unsigned long long)value);
}

static void emit_symbols(FILE *out, Elf *elf)
{
	Elf_Scn *scn = NULL;

	while ((scn = elf_nextscn(elf, scn))) {
		GElf_Shdr shdr;
		Elf_Data *data;

		if (!gelf_getshdr(scn, &shdr) || shdr.sh_type != SHT_SYMTAB)
			continue;

		data = elf_getdata(scn, NULL);
		for (size_t i = 0; data && i < shdr.sh_size / shdr.sh_entsize; i++) {
			const char *name;
			GElf_Sym sym;

			gelf_getsym(data, i, &sym);
			name = elf_strptr(elf, shdr.sh_link, sym.st_name);
			if (name && !strncmp(name, SYMBOL_PREFIX, strlen(SYMBOL_PREFIX)))
				emit_symbol(out, elf, &sym, name);
		}
	}
}

static int is_marker(const char *name)
{
	if (!strncmp(name, "__after_", strlen("__after_")))
		return 1;
	if (strncmp(name, HYPERCALL_PREFIX, strlen(HYPERCALL_PREFIX)))
		return 1;
	for (size_t i = 0; i < sizeof(hypercall_markers) / sizeof(*hypercall_markers); i++) {
		if (!strcmp(name + strlen(HYPERCALL_PREFIX), hypercall_markers[i]))
			return 1;
	}

	return 0;
}

static void emit_enum(FILE *out, Dwarf_Die *die)
{
	Dwarf_Word last = 0;
	Dwarf_Die child;
	int rc;

	fprintf(out, "#define TREE_HYPERCALLS(H)");
	for (rc = dwarf_child(die, &child); rc == 0; rc = dwarf_siblingof(&child, &child)) {
		const char *name = dwarf_diename(&child);
		Dwarf_Attribute attr;
		Dwarf_Word id;

		if (!name || is_marker(name))
			continue;
		if (dwarf_formudata(dwarf_attr(&child, DW_AT_const_value, &attr), &id))
			errx(2, "%s: enumerator without a value", name);
		fprintf(out, " \\\n\tH(%s, %llu)", name + strlen(HYPERCALL_PREFIX),
		        (unsigned long long)id);
		last = id > last ? id : last;
	}
	fprintf(out, "\n#define TREE_hypercall_max %lluULL\n", (unsigned long long)last + 1);
}

/* The enumerators can stand in any compilation unit; the first complete definition will do. */
static int emit_hypercalls(FILE *out, Dwarf *dwarf)
{
	Dwarf_Off off = 0, next;
	size_t header;

	while (!dwarf_nextcu(dwarf, off, &next, &header, NULL, NULL, NULL)) {
		Dwarf_Die cu, die;
		int rc;

		if (!dwarf_offdie(dwarf, off + header, &cu))
			break;
		off = next;
		for (rc = dwarf_child(&cu, &die); rc == 0; rc = dwarf_siblingof(&die, &die)) {
			const char *name = dwarf_diename(&die);

			if (dwarf_tag(&die) == DW_TAG_enumeration_type && name &&
			    !strcmp(name, HYPERCALL_ENUM)) {
				emit_enum(out, &die);
				return 1;
			}
		}
	}

	return 0;
}

int main(int argc, char **argv)
{
	Dwarf *dwarf;
	FILE *out;
	int fd;

	if (argc != 3)
		errx(2, "usage: emit OUTPUT PROBES");

	elf_version(EV_CURRENT);
	fd = open(argv[2], O_RDONLY);
	if (fd < 0)
		err(2, "%s", argv[2]);
	dwarf = dwarf_begin(fd, DWARF_C_READ);
	if (!dwarf)
		errx(2, "%s: %s", argv[2], dwarf_errmsg(-1));
	out = fopen(argv[1], "w");
	if (!out)
		err(2, "%s", argv[1]);

	fprintf(out, "/* Made by core/tree/emit.c from the tree's headers. */\n");
	emit_symbols(out, dwarf_getelf(dwarf));
	if (!emit_hypercalls(out, dwarf))
		errx(2, "%s: no enum " HYPERCALL_ENUM " in its DWARF: is this an arm64 KVM tree?",
		     argv[2]);
	if (fclose(out))
		err(2, "%s", argv[1]);

	dwarf_end(dwarf);
	close(fd);
	return 0;
}
