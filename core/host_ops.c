// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ops of the host that are made of others: it fills the objects that it gives to the hypervisor by
 * stores, and lets guests run by a hypercall.
 */
#include "core/backend.h"
#include "core/guest_code.h"

#define PSTATE_EL1H 0x3c5 /* D, A, I, F masked */

/* Store @size bytes of @value at @pa as the host would: with an 8-byte store at EL1. */
static bool host_write(struct core *core, u64 pa, unsigned int size, u64 value, struct outcome *out)
{
	const struct op op = { .code = OP_host_store };
	unsigned int shift = (pa & 7) * 8;
	u64 mask = (size < 8 ? BIT(size * 8) - 1 : ~0ULL) << shift;
	u64 word = phys_read64(&core->phys, ALIGN_DOWN(pa, 8));
	const u64 args[OP_MAX_ARGS] = { ALIGN_DOWN(pa, 8),
		                        (word & ~mask) | (value << shift & mask) };

	core->backend->step(core, &op, args, out);
	return out->kind == OUTCOME_RETURNED;
}

static bool write_vcpu(struct core *core, u64 vcpu, enum vcpu_field field, u64 value,
                       struct outcome *out)
{
	const struct tree_field *f = &core->info.vcpu_fields[field];

	return host_write(core, vcpu + f->offset, f->size, value, out);
}

static u64 read_vcpu(const struct core *core, u64 vcpu, enum vcpu_field field)
{
	return phys_read64(&core->phys, vcpu + core->info.vcpu_fields[field].offset);
}

static void kvm_set(struct core *core, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	const struct tree_field *f = &core->info.kvm_fields[args[1] % KVM_FIELD_COUNT];
	u64 kvm = map_object(&core->map, ARENA_KVM, args[0]);

	if (f->size)
		host_write(core, kvm + f->offset, f->size, args[2], out);
	else
		out->kind = OUTCOME_ABSENT;
}

static void vcpu_set(struct core *core, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	const struct tree_field *f = &core->info.vcpu_fields[args[2] % VCPU_FIELD_COUNT];
	u64 vcpu = map_vcpu_object(&core->map, ARENA_VCPU, args[0], args[1]);

	if (f->size)
		host_write(core, vcpu + f->offset, f->size, args[3], out);
	else
		out->kind = OUTCOME_ABSENT;
}

/* As push_hyp_memcache() of the host: the page points to what was the head before. */
static void memcache_push(struct core *core, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	u64 vcpu = map_vcpu_object(&core->map, ARENA_VCPU, args[0], args[1]);
	u64 page = args[2] << MAP_PAGE_SHIFT;
	u64 nr = read_vcpu(core, vcpu, VCPU_FIELD_mc_nr);

	if (host_write(core, page, 8, read_vcpu(core, vcpu, VCPU_FIELD_mc_head), out) &&
	    write_vcpu(core, vcpu, VCPU_FIELD_mc_head, page, out))
		write_vcpu(core, vcpu, VCPU_FIELD_mc_nr, nr + 1, out);
}

static void write_guest_code(struct core *core, u64 pfn, struct outcome *out)
{
	u64 pa = (pfn << MAP_PAGE_SHIFT) + GUEST_CODE_OFFSET;

	for (unsigned int i = 0; i < ARRAY_SIZE(guest_code); i++) {
		if (!host_write(core, pa + i * 8, 8, guest_code[i], out))
			return;
	}
	if (core->backend->code_written)
		core->backend->code_written(core, pa);
}

static void run_vcpu(struct core *core, u64 vcpu, struct outcome *out)
{
	const struct op run = { .code = OP_vcpu_run };
	const u64 args[OP_MAX_ARGS] = { map_hva(vcpu) };

	core->backend->step(core, &run, args, out);
}

/*
 * As KVM does when it has handled an exit: its copy of the registers counts only if it says so. In a mode
 * that a guest may have.
 */
static void resume_guest(struct core *core, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	u64 vcpu = map_vcpu_object(&core->map, ARENA_VCPU, args[0], args[1]);

	if (write_vcpu(core, vcpu, VCPU_FIELD_pstate, PSTATE_EL1H, out) &&
	    write_vcpu(core, vcpu, VCPU_FIELD_iflags, args[2] ? core->info.flag_increment_pc : 0,
	               out))
		run_vcpu(core, vcpu, out);
}

static void run_guest(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
                      struct outcome *out)
{
	u64 vcpu = map_vcpu_object(&core->map, ARENA_VCPU, args[0], args[1]);
	u64 x[4], pc = GUEST_CODE_IPA + GUEST_CODE_OFFSET + guest_entry(op, args, x);

	if (write_vcpu(core, vcpu, VCPU_FIELD_pc, pc, out) &&
	    write_vcpu(core, vcpu, VCPU_FIELD_pstate, PSTATE_EL1H, out) &&
	    write_vcpu(core, vcpu, VCPU_FIELD_x0, x[0], out) &&
	    write_vcpu(core, vcpu, VCPU_FIELD_x1, x[1], out) &&
	    write_vcpu(core, vcpu, VCPU_FIELD_x2, x[2], out) &&
	    write_vcpu(core, vcpu, VCPU_FIELD_x3, x[3], out) &&
	    /* So that a guest which is not protected gets them too. */
	    write_vcpu(core, vcpu, VCPU_FIELD_iflags, core->info.flag_state_dirty, out))
		run_vcpu(core, vcpu, out);
}

/* A CPU that is off issues nothing: the one before goes on. One that was turned on starts now. */
static void on_cpu(struct core *core, unsigned int cpu, struct outcome *out)
{
	struct psci_cpu *to = &core->firmware.psci.cpus[cpu];

	if (to->pending) {
		to->pending = false;
		to->power = CPU_ON;
		core->backend->start_cpu(core, cpu, &to->entry, out);
		return;
	}
	if (to->power == CPU_ON)
		core->backend->switch_cpu(core, cpu);
	out->pstate = PSTATE_EL1H;
	core->backend->regs(core, out->regs);
}

static void ffa_describe(struct core *core, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	u64 header[FFA_MAX_HEADER / 8];
	u32 size = ffa_header(&core->info.ffa, args[1], args[2], args[3], header);

	for (u32 at = 0; at < size; at += 8) {
		if (!host_write(core, args[0] + at, 8, header[at / 8], out))
			return;
	}
}

static bool write_range(struct core *core, u64 at, u64 pa, u32 nr_pages, struct outcome *out)
{
	return host_write(core, at, 8, pa, out) && host_write(core, at + 8, 8, nr_pages, out);
}

static void ffa_range(struct core *core, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	write_range(core, args[0] + args[1] * core->info.ffa.sizeof_range, args[2], args[3], out);
}

static void ffa_fill(struct core *core, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	u64 at = args[0], pa = args[2], nr = ffa_fill_ranges(&core->info.ffa, args[1]);

	while (nr-- && write_range(core, at, pa, args[3], out)) {
		at += core->info.ffa.sizeof_range;
		pa += (u64)(u32)args[3] << MAP_PAGE_SHIFT;
	}
}

static void ffa_set(struct core *core, const u64 args[OP_MAX_ARGS], struct outcome *out)
{
	enum ffa_field field = args[2] % FFA_FIELD_COUNT;
	const struct tree_field *f = &core->info.ffa.fields[field];
	u32 offset = ffa_field_offset(&core->info.ffa, args[1], field);

	if (f->size)
		host_write(core, args[0] + offset, f->size, args[3], out);
	else
		out->kind = OUTCOME_ABSENT;
}

bool host_op(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
             struct outcome *out)
{
	switch (op->code) {
	case OP_on_cpu:
		on_cpu(core, args[0] % NR_MACHINE_CPUS, out);
		return true;
	case OP_kvm_set:
		kvm_set(core, args, out);
		return true;
	case OP_vcpu_set:
		vcpu_set(core, args, out);
		return true;
	case OP_memcache_push:
		memcache_push(core, args, out);
		return true;
	case OP_guest_code:
		write_guest_code(core, args[0], out);
		return true;
	case OP_ffa_describe:
		ffa_describe(core, args, out);
		return true;
	case OP_ffa_range:
		ffa_range(core, args, out);
		return true;
	case OP_ffa_fill:
		ffa_fill(core, args, out);
		return true;
	case OP_ffa_set:
		ffa_set(core, args, out);
		return true;
	case OP_guest_resume:
		resume_guest(core, args, out);
		return true;
	default:
		if (op_desc(op->code)->issuer != ISSUER_GUEST)
			return false;
		core->backend->set_guest_insn(core, guest_insn_of(op, args));
		run_guest(core, op, args, out);
		core->backend->set_guest_insn(core, (struct guest_insn){ GUEST_INSN_NONE });
		return true;
	}
}
