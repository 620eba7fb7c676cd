// SPDX-License-Identifier: GPL-2.0-only
/*
 * vCPUs, loaded and put, and what EL2 takes from the host's struct kvm_vcpu and gives back. Of a protected guest all
 * registers come from the host before each run, and go back to it after. Those of another guest stay in EL2, until the
 * host asks for them or says that it has changed its copy.
 */
#include "oracle/model.h"

#define PSTATE_32BIT BIT(4)
#define PSTATE_BTYPE (BIT(10) | BIT(11))
#define PSTATE_SS BIT(21)

static const enum vcpu_field reg_fields[NR_GUEST_REGS] = {
	[GUEST_X0] = VCPU_FIELD_x0, [GUEST_X1] = VCPU_FIELD_x1, [GUEST_X2] = VCPU_FIELD_x2,
	[GUEST_X3] = VCPU_FIELD_x3, [GUEST_PC] = VCPU_FIELD_pc, [GUEST_PSTATE] = VCPU_FIELD_pstate,
};

u64 vcpu_field_pa(const struct model *model, u64 vcpu, enum vcpu_field field)
{
	return vcpu + model->info->vcpu_fields[field].offset;
}

bool vcpu_read(const struct model *model, u64 vcpu, enum vcpu_field field, u64 *value)
{
	return model_read_bits(model, vcpu_field_pa(model, vcpu, field),
	                       model->info->vcpu_fields[field].size, value);
}

bool vcpu_store(struct model *model, u64 vcpu, enum vcpu_field field, u64 value,
                struct expectation *expect)
{
	return host_store(model, vcpu_field_pa(model, vcpu, field),
	                  model->info->vcpu_fields[field].size, value, expect);
}

static void expect_field(struct model *model, u64 vcpu, enum vcpu_field field, u64 value)
{
	model_expect_memory(model, vcpu_field_pa(model, vcpu, field),
	                    model->info->vcpu_fields[field].size, value);
}

/* What only the host writes, or EL2 writes back as it was: list registers and ICH_HCR, without a GIC. */
static const enum vcpu_field kept[] = {
	VCPU_FIELD_vcpu_id,    VCPU_FIELD_vcpu_idx,    VCPU_FIELD_mc_head,    VCPU_FIELD_mc_nr,
	VCPU_FIELD_iflags,     VCPU_FIELD_cflags,      VCPU_FIELD_sve_max_vl, VCPU_FIELD_sve_state,
	VCPU_FIELD_kvm,        VCPU_FIELD_used_lrs,    VCPU_FIELD_vgic_hcr,   VCPU_FIELD_vgic_lr0,
	VCPU_FIELD_vgic_ap0r0, VCPU_FIELD_vgic_ap1r0,  VCPU_FIELD_mdcr_el2,   VCPU_FIELD_hcrx_el2,
	VCPU_FIELD_vsesr_el2,  VCPU_FIELD_debug_owner, VCPU_FIELD_fgt0,       VCPU_FIELD_pid,
};

/* EL2 wrote much of the structure, but not these, nor @more. Of HCR_EL2 the host's bits matter, which stay. */
static void forget_but(struct model *model, u64 vcpu, const enum vcpu_field *more, size_t nr_more)
{
	u64 value[VCPU_FIELD_COUNT], hcr;
	enum vcpu_field fields[VCPU_FIELD_COUNT];
	bool hcr_known = vcpu_read(model, vcpu, VCPU_FIELD_hcr_el2, &hcr);
	size_t nr = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kept) + nr_more; i++) {
		fields[nr] = i < ARRAY_SIZE(kept) ? kept[i] : more[i - ARRAY_SIZE(kept)];
		nr += vcpu_read(model, vcpu, fields[nr], &value[nr]);
	}
	model_forget(model, vcpu, model->info->sizeof_vcpu);
	for (size_t i = 0; i < nr; i++)
		expect_field(model, vcpu, fields[i], value[i]);
	if (hcr_known && tree_has(model->info, FEATURE_hcr_goes_back))
		model_write_bits(model, vcpu_field_pa(model, vcpu, VCPU_FIELD_hcr_el2), 8, hcr);
	else if (hcr_known)
		expect_field(model, vcpu, VCPU_FIELD_hcr_el2, hcr);
}

static void expect_regs(struct model *model, u64 vcpu, const struct guest_regs *regs,
                        enum guest_reg first)
{
	for (enum guest_reg i = first; i < NR_GUEST_REGS; i++) {
		if (regs->known[i])
			expect_field(model, vcpu, reg_fields[i], regs->value[i]);
	}
}

/* EL2's copy of all registers of a guest that is not protected, on demand. */
static void copy_to_host(struct model *model, const struct model_vcpu *vcpu)
{
	static const enum vcpu_field others[] = {
		VCPU_FIELD_esr,
		VCPU_FIELD_far,
		VCPU_FIELD_hpfar,
		VCPU_FIELD_vgic_vmcr,
	};

	forget_but(model, vcpu->host, others, ARRAY_SIZE(others));
	expect_regs(model, vcpu->host, &vcpu->regs, GUEST_X0);
}

static void copy_from_host(struct model *model, struct model_vcpu *vcpu)
{
	for (enum guest_reg i = 0; i < NR_GUEST_REGS; i++)
		vcpu->regs.known[i] =
			vcpu_read(model, vcpu->host, reg_fields[i], &vcpu->regs.value[i]);
}

void rule_vcpu_load(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct model_vm *vm = vm_by_handle(model, regs[1]);
	u32 idx = regs[2];

	(void)expect;
	if (model->vms.loaded_vcpu || !vm || model->vms.state[vm->slot] == VM_DYING ||
	    idx >= vm->nr_vcpus || idx >= MODEL_MAX_VCPUS || !vm->vcpus[idx].exists ||
	    vm->vcpus[idx].loaded)
		return;

	vm->vcpus[idx].loaded = true;
	vm->refs++;
	model->vms.loaded_vm = vm;
	model->vms.loaded_vcpu = &vm->vcpus[idx];
}

void rule_vcpu_put(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct model_vcpu *vcpu = model->vms.loaded_vcpu;
	u64 flags;

	(void)regs;
	if (!vcpu)
		return;

	if (vcpu_keeps_regs(model, model->vms.loaded_vm)) {
		if (!vcpu_read(model, vcpu->host, VCPU_FIELD_iflags, &flags))
			expect->unmodelled = "flags of a vCPU that the model does not know";
		else if (!(flags & model->info->flag_state_dirty))
			copy_to_host(model, vcpu);
	}
	vcpu->loaded = false;
	model->vms.loaded_vm->refs--;
	model->vms.loaded_vm = NULL;
	model->vms.loaded_vcpu = NULL;
}

/* A guest that is not protected has no secrets from the host. */
void rule_vcpu_sync_state(struct model *model, const u64 *regs, struct expectation *expect)
{
	(void)regs;
	(void)expect;
	if (model->vms.loaded_vcpu && vcpu_keeps_regs(model, model->vms.loaded_vm))
		copy_to_host(model, model->vms.loaded_vcpu);
}

bool vcpu_keeps_regs(const struct model *model, const struct model_vm *vm)
{
	return !vm->protected && tree_has(model->info, FEATURE_lazy_vcpu_state);
}

static void vcpu_set_flags(struct model *model, u64 vcpu, u64 flags)
{
	model_write_bits(model, vcpu_field_pa(model, vcpu, VCPU_FIELD_iflags),
	                 model->info->vcpu_fields[VCPU_FIELD_iflags].size, flags);
}

bool vcpu_flush(struct model *model, struct expectation *expect)
{
	const struct tree_info *info = model->info;
	struct model_vcpu *vcpu = model->vms.loaded_vcpu;
	u64 flags;

	if (!vcpu_read(model, vcpu->host, VCPU_FIELD_iflags, &flags)) {
		expect->unmodelled = "flags of a vCPU that the model does not know";
		return false;
	}
	if (flags & info->flag_pending_exception) {
		expect->unmodelled = "an exception that the host has for a guest";
		return false;
	}
	if (!vcpu_keeps_regs(model, model->vms.loaded_vm) || flags & info->flag_state_dirty)
		copy_from_host(model, vcpu);
	if (flags & info->flag_increment_pc) {
		vcpu->regs.value[GUEST_PC] += 4;
		vcpu_set_flags(model, vcpu->host, flags & ~info->flag_increment_pc);
	}

	return true;
}

void vcpu_sync(struct model *model, bool fault)
{
	static const enum vcpu_field of_host[] = {
		VCPU_FIELD_x0,
		VCPU_FIELD_x1,
		VCPU_FIELD_x2,
		VCPU_FIELD_x3,
	};
	const struct model_vcpu *vcpu = model->vms.loaded_vcpu;
	bool keeps = vcpu_keeps_regs(model, model->vms.loaded_vm);
	bool vmcr_known;
	u64 vmcr;

	vmcr_known = vcpu_read(model, vcpu->host, VCPU_FIELD_vgic_vmcr, &vmcr);
	forget_but(model, vcpu->host, of_host, keeps ? ARRAY_SIZE(of_host) : 0);
	/* Where it is, the host is always told. */
	expect_regs(model, vcpu->host, &vcpu->regs, keeps ? GUEST_PC : GUEST_X0);
	expect_field(model, vcpu->host, VCPU_FIELD_esr, vcpu->esr);
	/* That of EL2, which without a GIC is never set. */
	if (tree_has(model->info, FEATURE_vgic_by_field))
		expect_field(model, vcpu->host, VCPU_FIELD_vgic_vmcr, 0);
	else if (vmcr_known)
		expect_field(model, vcpu->host, VCPU_FIELD_vgic_vmcr, vmcr);
	if (fault) {
		expect_field(model, vcpu->host, VCPU_FIELD_far, vcpu->far);
		expect_field(model, vcpu->host, VCPU_FIELD_hpfar, vcpu->hpfar);
	}
}

/* Of an exception the guest's registers tell: where its vector is, the model does not follow. */
void vcpu_adjust_pc(struct model *model, u64 vcpu, struct expectation *expect)
{
	static const enum vcpu_field others[] = {
		VCPU_FIELD_x0,  VCPU_FIELD_x1,  VCPU_FIELD_x2,    VCPU_FIELD_x3,
		VCPU_FIELD_esr, VCPU_FIELD_far, VCPU_FIELD_hpfar, VCPU_FIELD_vgic_vmcr,
	};
	const struct tree_info *info = model->info;
	u64 flags, pc, pstate;

	if (vcpu & 7 || !vcpu_read(model, vcpu, VCPU_FIELD_iflags, &flags)) {
		if (!model_is_zero(model, ALIGN_DOWN(vcpu, 8), info->sizeof_vcpu + 8))
			expect->unmodelled =
				"a vCPU with pending flags that the model does not know";
		return;
	}
	if (flags & info->flag_pending_exception) {
		vcpu_set_flags(model, vcpu,
		               flags & ~(info->flag_pending_exception | info->flag_except_mask));
		forget_but(model, vcpu, others, ARRAY_SIZE(others));
	} else if (flags & info->flag_increment_pc) {
		bool known = vcpu_read(model, vcpu, VCPU_FIELD_pc, &pc) &&
		             vcpu_read(model, vcpu, VCPU_FIELD_pstate, &pstate) &&
		             !(pstate & PSTATE_32BIT);

		vcpu_set_flags(model, vcpu, flags & ~info->flag_increment_pc);
		forget_but(model, vcpu, others, ARRAY_SIZE(others));
		if (!known)
			return;
		expect_field(model, vcpu, VCPU_FIELD_pc, pc + 4);
		expect_field(model, vcpu, VCPU_FIELD_pstate, pstate & ~(PSTATE_SS | PSTATE_BTYPE));
	}
}

/* The host writes what it shares: field by field, or a page into a memcache. */
void rule_host_fields(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS],
                      struct expectation *expect)
{
	const struct tree_field *f;
	u64 base, head, nr;

	expect->rule = op_desc(op->code)->name;
	switch (op->code) {
	case OP_kvm_set:
		f = &model->info->kvm_fields[args[1] % KVM_FIELD_COUNT];
		base = map_object(model->map, ARENA_KVM, args[0]);
		host_store(model, base + f->offset, f->size, args[2], expect);
		break;
	case OP_vcpu_set:
		base = map_vcpu_object(model->map, ARENA_VCPU, args[0], args[1]);
		vcpu_store(model, base, args[2] % VCPU_FIELD_COUNT, args[3], expect);
		break;
	default:
		base = map_vcpu_object(model->map, ARENA_VCPU, args[0], args[1]);
		if (!vcpu_read(model, base, VCPU_FIELD_mc_head, &head) ||
		    !vcpu_read(model, base, VCPU_FIELD_mc_nr, &nr)) {
			expect->unmodelled = "a memcache that the model does not know";
			break;
		}
		if (host_store(model, args[2] << MAP_PAGE_SHIFT, 8, head, expect) &&
		    vcpu_store(model, base, VCPU_FIELD_mc_head, args[2] << MAP_PAGE_SHIFT, expect))
			vcpu_store(model, base, VCPU_FIELD_mc_nr, nr + 1, expect);
	}
}
