// SPDX-License-Identifier: GPL-2.0-only
/* What the host does for its guests, and guests themselves: under their own stage-2, until they exit. */
#include "core/aarch64/machine.h"
#include "core/guest_code.h"

#define EC(ec) ((u64)(ec) << 26 | BIT(25))
#define EC_HVC64 0x16
#define EC_SMC64 0x17
#define EC_IABT_LOW 0x20
#define EC_DABT_LOW 0x24
#define ISS_WNR BIT(6)
#define FSC_TRANSLATION 0x04
#define FSC_ACCESS_FLAG 0x08
#define FSC_PERMISSION 0x0c
#define PSTATE_GUEST PSTATE_EL1H

/* Store @size bytes of @value at @pa as the host would: with an 8-byte store at EL1. */
static bool host_write(struct machine *m, u64 pa, unsigned int size, u64 value, struct outcome *out)
{
	unsigned int shift = (pa & 7) * 8;
	u64 mask = (size < 8 ? BIT(size * 8) - 1 : ~0ULL) << shift;
	u64 word = phys_read64(&m->core.phys, ALIGN_DOWN(pa, 8));

	machine_host_store(m, ALIGN_DOWN(pa, 8), (word & ~mask) | (value << shift & mask), out);
	return out->kind == OUTCOME_RETURNED;
}

static bool write_vcpu(struct machine *m, u64 vcpu, enum vcpu_field field, u64 value,
                       struct outcome *out)
{
	const struct tree_field *f = &m->core.info.vcpu_fields[field];

	return host_write(m, vcpu + f->offset, f->size, value, out);
}

static u64 read_vcpu(const struct machine *m, u64 vcpu, enum vcpu_field field)
{
	return phys_read64(&m->core.phys, vcpu + m->core.info.vcpu_fields[field].offset);
}

void machine_kvm_set(struct machine *m, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	const struct tree_field *f = &m->core.info.kvm_fields[args[1] % KVM_FIELD_COUNT];
	u64 kvm = map_object(&m->core.map, ARENA_KVM, args[0]);

	if (f->size)
		host_write(m, kvm + f->offset, f->size, args[2], out);
	else
		out->kind = OUTCOME_ABSENT;
}

void machine_vcpu_set(struct machine *m, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	const struct tree_field *f = &m->core.info.vcpu_fields[args[2] % VCPU_FIELD_COUNT];
	u64 vcpu = map_vcpu_object(&m->core.map, ARENA_VCPU, args[0], args[1]);

	if (f->size)
		host_write(m, vcpu + f->offset, f->size, args[3], out);
	else
		out->kind = OUTCOME_ABSENT;
}

/* As push_hyp_memcache() of the host: the page points to what was the head before. */
void machine_memcache_push(struct machine *m, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	u64 vcpu = map_vcpu_object(&m->core.map, ARENA_VCPU, args[0], args[1]);
	u64 page = args[2] << MAP_PAGE_SHIFT;
	u64 nr = read_vcpu(m, vcpu, VCPU_FIELD_mc_nr);

	if (host_write(m, page, 8, read_vcpu(m, vcpu, VCPU_FIELD_mc_head), out) &&
	    write_vcpu(m, vcpu, VCPU_FIELD_mc_head, page, out))
		write_vcpu(m, vcpu, VCPU_FIELD_mc_nr, nr + 1, out);
}

void machine_guest_code(struct machine *m, u64 pfn, struct outcome *out)
{
	u64 pa = (pfn << MAP_PAGE_SHIFT) + GUEST_CODE_OFFSET;

	for (unsigned int i = 0; i < ARRAY_SIZE(guest_code); i++) {
		if (!host_write(m, pa + i * 8, 8, guest_code[i], out))
			return;
	}
	machine_note_code(m, pa);
}

void machine_note_code(struct machine *m, u64 pa)
{
	if (m->nr_code < MAX_CODE_PAGES)
		m->code[m->nr_code++] = pa;
}

/*
 * Code that a trace wrote is gone after a reset, but not what the emulator translated from it: write
 * what lies there now through the emulator, which then forgets.
 */
void machine_forget_code(struct machine *m)
{
	for (unsigned int i = 0; i < m->nr_code; i++) {
		u8 now[GUEST_CODE_SIZE];

		memcpy(now, phys_ptr(&m->core.phys, m->code[i], sizeof(now)), sizeof(now));
		uc_mem_write(m->cpu.uc, m->code[i], now, sizeof(now));
	}
	m->nr_code = 0;
}

static void guest(struct machine *m, const u64 args[OP_MAX_ARGS], u64 entry, const u64 x[3],
                  struct outcome *out)
{
	u64 vcpu = map_vcpu_object(&m->core.map, ARENA_VCPU, args[0], args[1]);
	u64 regs[] = { m->core.info.hypercall_base + m->core.info.hypercall[OP_vcpu_run],
		       map_hva(vcpu) };
	u64 pc = GUEST_CODE_IPA + GUEST_CODE_OFFSET + entry;

	if (write_vcpu(m, vcpu, VCPU_FIELD_pc, pc, out) &&
	    write_vcpu(m, vcpu, VCPU_FIELD_pstate, PSTATE_GUEST, out) &&
	    write_vcpu(m, vcpu, VCPU_FIELD_x0, x[0], out) &&
	    write_vcpu(m, vcpu, VCPU_FIELD_x1, x[1], out) &&
	    write_vcpu(m, vcpu, VCPU_FIELD_x2, 0, out) &&
	    write_vcpu(m, vcpu, VCPU_FIELD_x3, 0, out) &&
	    /* So that a guest which is not protected gets them too. */
	    write_vcpu(m, vcpu, VCPU_FIELD_iflags, m->core.info.flag_state_dirty, out))
		machine_hypercall(m, regs, ARRAY_SIZE(regs), out);
}

void machine_guest_load(struct machine *m, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	const u64 x[] = { args[2], 0 };

	guest(m, args, GUEST_CODE_LOAD, x, out);
}

void machine_guest_store(struct machine *m, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	const u64 x[] = { args[2], args[3] };

	guest(m, args, GUEST_CODE_STORE, x, out);
}

void machine_guest_hvc(struct machine *m, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	const u64 x[] = { args[2], args[3] };

	guest(m, args, GUEST_CODE_HVC, x, out);
}

static void guest_root(const struct machine *m, struct table_root *root)
{
	root_from_vtcr(root, emu_sysreg(&m->cpu, SYSREG_VTTBR_EL2),
	               emu_sysreg(&m->cpu, SYSREG_VTCR_EL2), m->core.config.caps & BIT(CAP_fwb));
}

bool machine_in_guest(const struct machine *m)
{
	struct table_root root;

	if (emu_el(&m->cpu) != 1)
		return false;
	guest_root(m, &root);
	return root.base != m->core.observer.host_s2.base;
}

static u64 fault_status(const struct leaf *leaf)
{
	if (leaf->kind == LEAF_MAPPED && leaf->old)
		return FSC_ACCESS_FLAG | leaf->level;
	if (leaf->kind == LEAF_MAPPED)
		return FSC_PERMISSION | leaf->level;

	/* Beyond the input size the walk ends before it begins. */
	return FSC_TRANSLATION | (leaf->level < 0 ? 0 : leaf->level);
}

/* LDR and STR (immediate, unsigned offset, 64 bits): the only accesses of the guest's program. */
#define INSN_LDR_STR_MASK 0xff800000U
#define INSN_LDR_STR 0xf9000000U
#define INSN_IS_LOAD BIT(22)

static u64 guest_insn(const struct machine *m, const struct table_root *root, u64 pc)
{
	struct leaf leaf;

	table_lookup(&m->core.phys, root, pc, &leaf);
	return phys_read64(&m->core.phys, leaf.pa + (pc & 0xff8)) >> (pc & 4 ? 32 : 0) & ~0U;
}

static u64 take_data_abort(struct machine *m, const struct table_root *root, u64 pc)
{
	u32 insn = guest_insn(m, root, pc);
	u64 esr = EC(EC_DABT_LOW), far = 0;
	struct leaf leaf;

	if ((insn & INSN_LDR_STR_MASK) == INSN_LDR_STR) {
		u64 regs[31];

		emu_get_xregs(&m->cpu, regs);
		far = regs[insn >> 5 & 31] + (insn >> 10 & 0xfff) * 8;
		if (!(insn & INSN_IS_LOAD))
			esr |= ISS_WNR;
	}
	table_lookup(&m->core.phys, root, far, &leaf);

	return exception_to_el2(m, esr | fault_status(&leaf), far, (far >> 12) << 4);
}

static u64 take_prefetch_abort(struct machine *m, const struct table_root *root, u64 pc)
{
	struct leaf leaf;

	table_lookup(&m->core.phys, root, pc, &leaf);
	return exception_to_el2(m, EC(EC_IABT_LOW) | fault_status(&leaf), pc, (pc >> 12) << 4);
}

u64 machine_guest_exception(struct machine *m)
{
	u64 pc = emu_reg(&m->cpu, UC_ARM64_REG_PC);
	struct table_root root;

	guest_root(m, &root);
	switch (m->cpu.exception) {
	case EXC_HVC:
		return exception_to_el2(m, EC(EC_HVC64), 0, 0);
	case EXC_SMC:
	case EXC_HYP_TRAP:
		return exception_to_el2(m, EC(EC_SMC64), 0, 0);
	case EXC_DATA_ABORT:
		return take_data_abort(m, &root, pc);
	case EXC_PREFETCH_ABORT:
		return take_prefetch_abort(m, &root, pc);
	default:
		return 0;
	}
}
