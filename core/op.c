// SPDX-License-Identifier: GPL-2.0-only
#include "core/op.h"

#include "core/nested/shared.h"

#include <string.h>

#define ARG(n, k) { .name = (n), .kind = ARG_##k }
#define ARGS(...) { __VA_ARGS__ }
#define NR_ARGS(...) (sizeof((struct op_arg[])__VA_ARGS__) / sizeof(struct op_arg))

#define OP(number, op_name, hcall, who, arguments, text)                  \
	[number] = {                                                      \
		.name = #op_name,                                         \
		.hypercall = ISSUER_##who != ISSUER_HOST ? #hcall : NULL, \
		.summary = (text),                                        \
		.issuer = ISSUER_##who,                                   \
		.nr_args = NR_ARGS(arguments),                            \
		.args = arguments,                                        \
	},

#define WORLD_OP(number, op_name, arguments, text) \
	[number] = {                               \
		.name = #op_name,                  \
		.summary = (text),                 \
		.nr_args = NR_ARGS(arguments),     \
		.args = arguments,                 \
	},

const struct op_desc op_descs[WORLD_COUNT][OP_CODE_LIMIT] = {
	[WORLD_EL2] = { EL2_OPS(OP) },
	[WORLD_PGTABLE] = { PGTABLE_OPS(WORLD_OP) },
	[WORLD_NESTED] = { NESTED_OPS(WORLD_OP) },
};

static const char *const worlds[WORLD_COUNT] = {
	[WORLD_EL2] = "el2",
	[WORLD_PGTABLE] = "pgtable",
	[WORLD_NESTED] = "nested",
};

static const char *const places[PLACE_COUNT] = {
	[PLACE_RAW] = "",        [PLACE_RAM] = "ram",
	[PLACE_HYP] = "hyp",     [PLACE_TEXT] = "text",
	[PLACE_DATA] = "data",   [PLACE_PERCPU] = "percpu",
	[PLACE_NOMAP] = "nomap", [PLACE_MMIO] = "mmio",
	[PLACE_END] = "end",     [PLACE_LIMIT] = "limit",
	[PLACE_VM] = "vm",       [PLACE_KVM] = "kvm",
	[PLACE_VCPU] = "vcpu",   [PLACE_VM_MEM] = "vm_mem",
	[PLACE_PGD] = "pgd",     [PLACE_VCPU_MEM] = "vcpu_mem",
	[PLACE_FFA] = "ffa",     [PLACE_BLOCK] = "block",
};

static const char *const kvm_fields[KVM_FIELD_COUNT] = {
#define FIELD(number, name, member, feature) [KVM_FIELD_##name] = #name,
	EL2FUZZ_KVM_FIELDS(FIELD)
#undef FIELD
};

static const char *const guest_sysregs[GUEST_SYSREG_COUNT] = {
#define G(number, name, ...) [GUEST_SYSREG_##name] = #name,
	GUEST_SYSREGS(G)
#undef G
};

static const char *const vcpu_fields[VCPU_FIELD_COUNT] = {
#define FIELD(number, name, member, feature) [VCPU_FIELD_##name] = #name,
	EL2FUZZ_VCPU_FIELDS(FIELD)
#undef FIELD
};

static const char *const styles[PGTABLE_STYLE_COUNT] = {
#define STYLE(number, name) [PGTABLE_STYLE_##name] = #name,
	PGTABLE_STYLES(STYLE)
#undef STYLE
};

static const char *const ffa_fields[FFA_FIELD_COUNT] = {
#define FIELD(number, name, type, member) [FFA_FIELD_##name] = #name,
	EL2FUZZ_FFA_FIELDS(FIELD)
#undef FIELD
};

static const char *const nested_regs[NESTED_NR_REGS] = {
#define REG(number, name) [NESTED_REG_##name] = #name,
	NESTED_REGS(REG)
#undef REG
};

static const char *const strategies[NESTED_NR_STRATEGIES] = {
#define STRATEGY(number, name) [NESTED_STRATEGY_##name] = #name,
	NESTED_STRATEGIES(STRATEGY)
#undef STRATEGY
};

static const char *const accesses[NESTED_NR_ACCESSES] = {
#define ACCESS(number, name) [NESTED_ACCESS_##name] = #name,
	NESTED_ACCESSES(ACCESS)
#undef ACCESS
};

static const char *const tlbis[NESTED_NR_TLBIS] = {
#define TLBI(number, name, ...) [NESTED_TLBI_##name] = #name,
	NESTED_TLBIS(TLBI)
#undef TLBI
};

static const struct nested_tlbi_form tlbi_forms[NESTED_NR_TLBIS] = {
#define TLBI(number, name, of, what, where) \
	[NESTED_TLBI_##name] = { NESTED_##of, NESTED_##what, NESTED_##where },
	NESTED_TLBIS(TLBI)
#undef TLBI
};

const struct nested_tlbi_form *nested_tlbi_form(u64 tlbi)
{
	return &tlbi_forms[tlbi];
}

static const char *const ats[NESTED_NR_ATS] = {
#define AT(number, name) [NESTED_AT_##name] = #name,
	NESTED_ATS(AT)
#undef AT
};

const char *world_name(enum world world)
{
	return worlds[world];
}

const char *world_image(enum world world)
{
	static const char *const images[WORLD_COUNT] = {
		[WORLD_EL2] = "hyp.elf",
		[WORLD_PGTABLE] = "pgtable.elf",
		[WORLD_NESTED] = "nested.elf",
	};

	return images[world];
}

int world_by_name(const char *name, size_t len)
{
	for (int i = 0; i < WORLD_COUNT; i++) {
		if (strlen(worlds[i]) == len && !memcmp(worlds[i], name, len))
			return i;
	}

	return -1;
}

int op_by_name(enum world world, const char *name, size_t len)
{
	const struct op_desc *desc;

	for_each_op(world, code, desc) {
		if (strlen(desc->name) == len && !memcmp(desc->name, name, len))
			return code;
	}

	return -1;
}

const char *place_name(enum place place)
{
	return places[place];
}

int place_by_name(const char *name, size_t len)
{
	for (int i = PLACE_RAW + 1; i < PLACE_COUNT; i++) {
		if (places[i] && strlen(places[i]) == len && !memcmp(places[i], name, len))
			return i;
	}

	return -1;
}

static size_t arg_names(enum arg_kind kind, const char *const **names)
{
	switch (kind) {
	case ARG_KVM_FIELD:
		*names = kvm_fields;
		return KVM_FIELD_COUNT;
	case ARG_GUEST_SYSREG:
		*names = guest_sysregs;
		return GUEST_SYSREG_COUNT;
	case ARG_VCPU_FIELD:
		*names = vcpu_fields;
		return VCPU_FIELD_COUNT;
	case ARG_STYLE:
		*names = styles;
		return PGTABLE_STYLE_COUNT;
	case ARG_FFA_FIELD:
		*names = ffa_fields;
		return FFA_FIELD_COUNT;
	case ARG_NESTED_REG:
		*names = nested_regs;
		return NESTED_NR_REGS;
	case ARG_ACCESS:
		*names = accesses;
		return NESTED_NR_ACCESSES;
	case ARG_TLBI:
		*names = tlbis;
		return NESTED_NR_TLBIS;
	case ARG_AT:
		*names = ats;
		return NESTED_NR_ATS;
	case ARG_STRATEGY:
		*names = strategies;
		return NESTED_NR_STRATEGIES;
	default:
		return 0;
	}
}

const char *arg_name(enum arg_kind kind, u64 value)
{
	const char *const *names;

	return value < arg_names(kind, &names) ? names[value] : NULL;
}

s64 arg_by_name(enum arg_kind kind, const char *name, size_t len)
{
	const char *const *names;
	size_t nr = arg_names(kind, &names);

	for (size_t i = 0; i < nr; i++) {
		if (names[i] && strlen(names[i]) == len && !memcmp(names[i], name, len))
			return i;
	}

	return -1;
}

bool arg_takes_place(enum arg_kind kind, enum place place)
{
	if (place == PLACE_RAW)
		return true;
	if (!places[place])
		return false;

	switch (kind) {
	case ARG_PFN:
	case ARG_PA:
	case ARG_HVA:
		return place != PLACE_VM;
	case ARG_HANDLE:
		return place == PLACE_VM;
	case ARG_VALUE:
		return true;
	default:
		return false;
	}
}
