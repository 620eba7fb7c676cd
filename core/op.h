/* SPDX-License-Identifier: GPL-2.0-only */
/* Ops and their arguments; the table itself is op_table.h. */
#ifndef EL2FUZZ_OP_H
#define EL2FUZZ_OP_H

#include "core/fields_table.h"
#include "core/guest_sysregs.h"
#include "core/op_table.h"
#include "core/nested/op_table.h"
#include "core/pgtable/op_table.h"
#include "core/types.h"

#define OP_MAX_ARGS 6

/* Room for one trace; longer ones are refused where they enter. */
#define TRACE_MAX_OPS 4096

/* What is under test. */
enum world {
	WORLD_EL2, /* the hypervisor, by what is done at EL1 */
	WORLD_PGTABLE, /* its page-table library, called directly */
	WORLD_NESTED, /* the host's KVM, by what a guest hypervisor and its guest do */
	WORLD_COUNT
};

/* Ops are numbered by world, from 1: in a binary trace, which is of one world, that is one byte. */
#define OP_CODE_LIMIT 256

enum op_code {
#define OP(number, name, ...) OP_##name = WORLD_EL2 * OP_CODE_LIMIT + (number),
	EL2_OPS(OP)
#undef OP
#define OP(number, name, ...) OP_##name = WORLD_PGTABLE * OP_CODE_LIMIT + (number),
		PGTABLE_OPS(OP)
#undef OP
#define OP(number, name, ...) OP_##name = WORLD_NESTED * OP_CODE_LIMIT + (number),
			NESTED_OPS(OP)
#undef OP
};

/* Whose a page table is, in the pgtable world; numbers as in binary traces. */
enum pgtable_style {
#define STYLE(number, name) PGTABLE_STYLE_##name = (number),
	PGTABLE_STYLES(STYLE)
#undef STYLE
		PGTABLE_STYLE_COUNT
};

/* Fields of the structures that the host shares with the hypervisor; numbers as in binary traces. */
enum kvm_field {
#define FIELD(number, name, member, feature) KVM_FIELD_##name = (number),
	EL2FUZZ_KVM_FIELDS(FIELD)
#undef FIELD
		KVM_FIELD_COUNT = 16,
};

enum vcpu_field {
#define FIELD(number, name, member, feature) VCPU_FIELD_##name = (number),
	EL2FUZZ_VCPU_FIELDS(FIELD)
#undef FIELD
		VCPU_FIELD_COUNT = 32,
};

/* Which structure of a memory transaction descriptor a field is in, by the tree's name of it */
enum ffa_struct {
	FFA_STRUCT_ffa_mem_region,
	FFA_STRUCT_ffa_mem_region_attributes,
	FFA_STRUCT_ffa_composite_mem_region,
};

enum ffa_field {
#define FIELD(number, name, type, member) FFA_FIELD_##name = (number),
	EL2FUZZ_FFA_FIELDS(FIELD)
#undef FIELD
		FFA_FIELD_COUNT = 16,
};

/* Rows of guest_sysregs.h */
enum guest_sysreg_number {
#define G(number, name, ...) GUEST_SYSREG_##name = (number),
	GUEST_SYSREGS(G)
#undef G
		GUEST_SYSREG_COUNT = 64,
};

#define ONE(...) +1
#define NR_GUEST_SYSREGS (0 GUEST_SYSREGS(ONE))

enum op_issuer {
	ISSUER_HOST, /* an instruction of the host at EL1 */
	ISSUER_HCALL, /* a host hypercall with its own op */
	ISSUER_GUEST, /* a guest, which a host hypercall runs */
};

/* What an argument means: how it is written, generated and turned into a number. */
enum arg_kind {
	ARG_VALUE, /* any 64-bit value; symbolic: a physical address, or a VM handle */
	ARG_PFN, /* page frame number; symbolic in pages */
	ARG_PA, /* physical address; symbolic in bytes */
	ARG_HVA, /* kernel virtual address of a physical one; symbolic in bytes */
	ARG_GFN, /* guest frame number */
	ARG_SIZE, /* bytes */
	ARG_COUNT, /* pages */
	ARG_HANDLE, /* VM handle; symbolic: vm+N, the N-th slot */
	ARG_IPA, /* guest physical address */
	ARG_KVM_FIELD, /* a field of struct kvm, by name */
	ARG_VCPU_FIELD, /* a field of struct kvm_vcpu, by name */
	ARG_GUEST_SYSREG, /* a row of guest_sysregs.h, by name */
	ARG_STYLE, /* enum pgtable_style, by name */
	ARG_FFA_FIELD, /* a field of an FF-A memory transaction, by name */
	ARG_NESTED_REG, /* a register of the guest hypervisor, by name */
	ARG_ACCESS, /* how memory is accessed, by name */
	ARG_TLBI, /* a TLBI instruction, by name */
	ARG_AT, /* an AT instruction, by name */
	ARG_STRATEGY, /* enum nested_strategy, by name */
};

/*
 * Where a symbolic value counts from. Places are found again in every build and layout, so that a
 * trace outlives the kernel it was recorded on. The numbers are part of the binary form.
 */
enum place {
	PLACE_RAW = 0, /* the number itself */
	PLACE_RAM = 1, /* "ram": memory that the host owns after boot, all regions in a row */
	PLACE_HYP = 2, /* "hyp": the hypervisor's pool */
	PLACE_TEXT = 3, /* "text": the hypervisor's text */
	PLACE_DATA = 4, /* "data": the hypervisor's rodata, data and bss */
	PLACE_PERCPU = 5, /* "percpu": per-CPU areas and stacks */
	PLACE_NOMAP = 6, /* "nomap": a region the host marked as not to be mapped */
	PLACE_MMIO = 7, /* "mmio": a hole below the last memory region */
	PLACE_END = 8, /* "end": the last page that memory reaches into, and what follows */
	PLACE_LIMIT = 9, /* "limit": the end of the physical address space */
	PLACE_VM = 10, /* "vm": VM slots */
	/* Host memory set aside for objects; as a VA "kvm+1" is the second object. */
	PLACE_KVM = 11, /* "kvm": a struct kvm per VM */
	PLACE_VCPU = 12, /* "vcpu": a struct kvm_vcpu per vCPU */
	PLACE_VM_MEM = 13, /* "vm_mem": to be donated for the hypervisor's struct of each VM */
	PLACE_PGD = 14, /* "pgd": to be donated for each VM's first page table */
	PLACE_VCPU_MEM =
		15, /* "vcpu_mem": to be donated for the hypervisor's struct of each vCPU */
	PLACE_FFA = 16, /* "ffa": pages for the host's FF-A buffers */
	PLACE_BLOCK = 17, /* "block": the part of "ram" that is made of whole 2 MiB blocks */
	PLACE_COUNT
};

struct op_arg {
	const char *name;
	enum arg_kind kind;
};

struct op_desc {
	const char *name;
	const char *hypercall; /* name in the tree, NULL when the op is none */
	const char *summary;
	enum op_issuer issuer;
	u8 nr_args;
	struct op_arg args[OP_MAX_ARGS];
};

struct op {
	u16 code; /* enum op_code */
	u8 place[OP_MAX_ARGS]; /* enum place of each argument */
	u64 value[OP_MAX_ARGS]; /* offset from the place, in the unit of the argument's kind */
};

/** world_name() - as in the header of a text trace; world_by_name() - the inverse, -1 if none */
const char *world_name(enum world world);
int world_by_name(const char *name, size_t len);

/** world_image() - name of its linked image, in the folder of a build */
const char *world_image(enum world world);

/* The op table, by op_desc() */
extern const struct op_desc op_descs[WORLD_COUNT][OP_CODE_LIMIT];

/**
 * op_desc() - look an op up by its code
 * @code: any number
 *
 * Return: its row of the op table, or NULL if no op has this code.
 */
static inline const struct op_desc *op_desc(unsigned int code)
{
	const struct op_desc *desc;

	if (code >= WORLD_COUNT * OP_CODE_LIMIT)
		return NULL;
	desc = &op_descs[code / OP_CODE_LIMIT][code % OP_CODE_LIMIT];

	return desc->name ? desc : NULL;
}

/**
 * op_by_name() - look an op of a world up by its text form
 * @name: need not end with NUL
 * @len: bytes in @name
 *
 * Return: its code, or -1.
 */
int op_by_name(enum world world, const char *name, size_t len);

/** place_name() - the text form of a place; "" for %PLACE_RAW */
const char *place_name(enum place place);

/** place_by_name() - the inverse of place_name(); -1 if there is no such place */
int place_by_name(const char *name, size_t len);

/** nested_tlbi_form() - what a TLBI (enum nested_tlbi) names, and of what */
const struct nested_tlbi_form *nested_tlbi_form(u64 tlbi);

/** arg_name() - the name of a value of a kind that has names; NULL if this value has none */
const char *arg_name(enum arg_kind kind, u64 value);

/** arg_by_name() - the inverse; -1 if there is no such value */
s64 arg_by_name(enum arg_kind kind, const char *name, size_t len);

/** arg_takes_place() - may an argument of this kind count from this place? */
bool arg_takes_place(enum arg_kind kind, enum place place);

#define for_each_op(world, code, desc)                                   \
	for (unsigned int code = (world) * OP_CODE_LIMIT;                \
	     code < ((unsigned int)(world) + 1) * OP_CODE_LIMIT; code++) \
		if (((desc) = op_desc(code)))

#endif
