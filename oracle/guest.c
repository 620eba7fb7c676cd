// SPDX-License-Identifier: GPL-2.0-only
/* vCPUs: loaded, run, put; and what a guest does until it exits. */
#include "core/guest_code.h"
#include "core/guest_insn.h"
#include "oracle/model.h"

/* ESR_EL2 of what a guest does (Arm ARM D24.2.40) */
#define ESR_HVC64 (0x16ULL << 26 | BIT(25))
#define ESR_IABT_LOW (0x20ULL << 26 | BIT(25))
#define ESR_DABT_LOW (0x24ULL << 26 | BIT(25))
#define ISS_WNR BIT(6)
#define FSC_TRANSLATION 0x04
#define FSC_ACCESS_FLAG 0x08
#define FSC_PERMISSION 0x0c
#define HPFAR_NS BIT(63)

#define EXIT_TRAP 2 /* ARM_EXCEPTION_TRAP: what vcpu_run returns when a guest trapped */
#define PSTATE_EL1H 0x3c5
#define GUEST_SYNC_VECTOR 0x200ULL /* VBAR_EL1 is 0 */
#define SMCCC_INVALID_PARAMETER (-3LL)

static u64 field_pa(const struct model *model, u64 vcpu, enum vcpu_field field)
{
	return vcpu + model->info->vcpu_fields[field].offset;
}

static bool set_field(struct model *model, u64 vcpu, enum vcpu_field field, u64 value,
                      struct expectation *expect)
{
	return host_store(model, field_pa(model, vcpu, field), model->info->vcpu_fields[field].size,
	                  value, expect);
}

static void expect_field(struct model *model, u64 vcpu, enum vcpu_field field, u64 value)
{
	model_expect_memory(model, field_pa(model, vcpu, field),
	                    model->info->vcpu_fields[field].size, value);
}

/* The hypervisor wrote most of the host's struct kvm_vcpu, but not these. */
static void forget_vcpu(struct model *model, u64 vcpu)
{
	static const enum vcpu_field kept[] = {
		VCPU_FIELD_vcpu_id, VCPU_FIELD_vcpu_idx, VCPU_FIELD_mc_head,
		VCPU_FIELD_mc_nr,   VCPU_FIELD_hcr_el2,  VCPU_FIELD_cflags,
	};
	u64 value[ARRAY_SIZE(kept)];
	bool known[ARRAY_SIZE(kept)];

	for (size_t i = 0; i < ARRAY_SIZE(kept); i++)
		known[i] = model_read_bits(model, field_pa(model, vcpu, kept[i]),
		                           model->info->vcpu_fields[kept[i]].size, &value[i]);
	model_forget(model, vcpu, model->info->sizeof_vcpu);
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		if (known[i])
			model_write_bits(model, field_pa(model, vcpu, kept[i]),
			                 model->info->vcpu_fields[kept[i]].size, value[i]);
	}
}

void rule_vcpu_load(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct model_vm *vm = vm_by_handle(model, regs[1]);
	u32 idx = regs[2];

	(void)expect;
	if (model->vms.loaded_vcpu || !vm || model->vms.state[vm->slot] == VM_DYING ||
	    idx >= vm->nr_vcpus || !vm->vcpus[idx].exists || vm->vcpus[idx].loaded)
		return;

	vm->vcpus[idx].loaded = true;
	vm->refs++;
	model->vms.loaded_vm = vm;
	model->vms.loaded_vcpu = &vm->vcpus[idx];
}

void rule_vcpu_put(struct model *model, const u64 *regs, struct expectation *expect)
{
	(void)regs;
	(void)expect;
	if (!model->vms.loaded_vcpu)
		return;

	if (!model->vms.loaded_vm->protected && tree_has(model->info, FEATURE_lazy_vcpu_state))
		forget_vcpu(model, model->vms.loaded_vcpu->host);
	model->vms.loaded_vcpu->loaded = false;
	model->vms.loaded_vm->refs--;
	model->vms.loaded_vm = NULL;
	model->vms.loaded_vcpu = NULL;
}

/* A guest that is not protected has no secrets from the host. */
void rule_vcpu_sync_state(struct model *model, const u64 *regs, struct expectation *expect)
{
	(void)regs;
	(void)expect;
	if (model->vms.loaded_vcpu && !model->vms.loaded_vm->protected)
		forget_vcpu(model, model->vms.loaded_vcpu->host);
}

/*
 * A CPU may fetch what was there before, and the native core's guests know the instructions of the
 * program only.
 */
static void no_program(struct expectation *expect, const char *why)
{
	expect->unmodelled = why;
	expect->cpu_decides = true;
}

/* Which vCPU the host names matters only where it is checked: the loaded one runs. */
static bool runs_vcpu(const struct model *model, u64 pa)
{
	return model->vms.loaded_vcpu &&
	       (model->vms.loaded_vcpu->host == pa || !tree_has(model->info, FEATURE_checks_vcpu));
}

void rule_vcpu_run(struct model *model, const u64 *regs, struct expectation *expect)
{
	expect_return(expect, E_INVAL);
	if (runs_vcpu(model, map_hva_pa(regs[1])))
		no_program(expect, "a guest that runs what the host left in its registers");
}

/* A run of the guest's program. */
struct run {
	struct model_vm *vm;
	u64 vcpu; /* PA of the host's struct */
	u64 x0, x1, x2, x3;
	bool any_x1, any_x3;
	u64 pc;
	u64 esr;
	bool fault;
	u64 far, hpfar;
};

static u64 code_ipa(unsigned int offset)
{
	return GUEST_CODE_IPA + GUEST_CODE_OFFSET + offset;
}

/* NULL, with the guest's exit, if it has no such access to @ipa. */
static struct guest_page *reach(struct run *run, u64 ipa, u8 need, u64 esr)
{
	struct guest_page *page = guest_page_at(run->vm, ipa >> MAP_PAGE_SHIFT);

	if (!page || page->poisoned)
		esr |= FSC_TRANSLATION | guest_walk_level(run->vm, ipa >> MAP_PAGE_SHIFT);
	else if (page->old)
		esr |= FSC_ACCESS_FLAG | page->level;
	else if ((page->perm & need) != need)
		esr |= FSC_PERMISSION | page->level;
	else
		return page;

	run->fault = true;
	run->esr = esr;
	run->far = ipa;
	run->hpfar = HPFAR_NS | ipa >> MAP_PAGE_SHIFT << 4;
	return NULL;
}

/* @end: where the program's last part begins */
static void exit_at(struct run *run, u64 end)
{
	run->x0 = GUEST_EXIT_ID;
	run->esr = ESR_HVC64;
	run->pc = end + GUEST_CODE_EXITED - GUEST_CODE_EXIT;
}

static void exit_by_hvc(struct run *run)
{
	exit_at(run, code_ipa(GUEST_CODE_EXIT));
}

/* Undefined: the guest goes to its vector, of which it has none. */
static void take_undefined(struct run *run, struct expectation *expect)
{
	run->pc = GUEST_SYNC_VECTOR;
	if (reach(run, run->pc, PERM_FETCH, ESR_IABT_LOW))
		no_program(expect, "a guest at its vector");
}

static bool code_is_there(const struct model *model, const struct guest_page *page)
{
	for (size_t i = 0; i < ARRAY_SIZE(guest_code); i++) {
		u64 word;

		if (!model_read(model, guest_pa(page, code_ipa(i * 8)), &word) ||
		    word != guest_code[i])
			return false;
	}

	return true;
}

/* MEM_SHARE of a page that the guest does not have yet: the host is asked for it, as by a store. */
static void ask_for_page(struct run *run, u64 ipa)
{
	run->fault = true;
	run->esr = ESR_DABT_LOW | ISS_WNR | FSC_TRANSLATION | 3;
	run->far = 0;
	run->hpfar = (HPFAR_NS | ipa >> 8) & (HPFAR_NS | GENMASK(43, 4));
	run->pc = code_ipa(GUEST_CODE_HVC);
}

static s64 mem_share(struct model *model, struct run *run, u64 ipa)
{
	struct guest_page *guest = guest_page_at(run->vm, ipa >> MAP_PAGE_SHIFT);
	struct model_page *page;

	if (ipa & (MAP_PAGE_SIZE - 1) || ipa >> model->map->pa_bits)
		return SMCCC_INVALID_PARAMETER;
	if (!guest) {
		ask_for_page(run, ipa);
		return 0;
	}
	if (guest->poisoned || guest->state != STATE_OWNED)
		return SMCCC_INVALID_PARAMETER;

	guest->state = STATE_SHARED_OWNED;
	page = model_change(model, guest->pa);
	page->host = STATE_SHARED_BORROWED;
	page->meta = 0;
	model_set_access(model, page, ACCESS_LAZY);
	return SMCCC_SUCCESS;
}

static s64 mem_unshare(struct model *model, struct run *run, u64 ipa)
{
	struct guest_page *guest = guest_page_at(run->vm, ipa >> MAP_PAGE_SHIFT);
	struct model_page *page;

	if (ipa & (MAP_PAGE_SIZE - 1) || !guest || guest->poisoned ||
	    guest->state != STATE_SHARED_OWNED)
		return SMCCC_INVALID_PARAMETER;

	guest->state = STATE_OWNED;
	page = model_change(model, guest->pa);
	page->host = STATE_NOPAGE;
	page->owner = OWNER_GUEST;
	page->meta = (model->info->vm_handle_base + run->vm->slot) | guest->gfn << 16;
	model_set_access(model, page, ACCESS_DONATED);
	return SMCCC_SUCCESS;
}

static bool is_pvm_call(const struct tree_info *info, const struct run *run)
{
	u32 id = run->x0;

	return run->vm->protected && (id == info->hvc_mem_share || id == info->hvc_mem_unshare ||
	                              id == info->hvc_meminfo || id == info->hvc_features);
}

/* Hypercalls of a guest: protected ones have a few that EL2 answers, the rest is the host's. */
static void guest_hvc(struct model *model, struct run *run)
{
	const struct tree_info *info = model->info;
	u32 id = run->x0;
	u64 ipa = run->x1;
	s64 ret;

	run->any_x3 = false;
	if (!is_pvm_call(info, run)) {
		run->esr = ESR_HVC64;
		run->pc = code_ipa(GUEST_CODE_HVC + 4);
		return;
	}
	if (id == info->hvc_features) {
		ret = 0;
		run->any_x3 = true;
	} else if (run->x2 || run->x3) {
		/* No call takes that many arguments. */
		ret = SMCCC_INVALID_PARAMETER;
	} else if (id == info->hvc_mem_share) {
		ret = mem_share(model, run, ipa);
		if (run->fault)
			return;
	} else if (id == info->hvc_mem_unshare) {
		ret = mem_unshare(model, run, ipa);
	} else {
		ret = run->x1 ? SMCCC_INVALID_PARAMETER : (s64)MAP_PAGE_SIZE;
	}

	/* The answer takes x0 to x3; then the program goes on to its exit. */
	run->x1 = 0;
	run->x3 = ret;
	exit_by_hvc(run);
}

static void guest_access(struct model *model, struct run *run, const struct guest_page *code,
                         bool store, struct expectation *expect)
{
	u64 ipa = run->x0;
	struct guest_page *page = reach(run, ipa, store ? PERM_W : PERM_R,
	                                store ? ESR_DABT_LOW | ISS_WNR : ESR_DABT_LOW);
	u64 pa;

	if (!page)
		return;
	pa = guest_pa(page, ipa);
	if (store)
		model_write(model, pa, run->x1);
	else
		run->any_x1 = !model_read(model, pa, &run->x1);
	exit_by_hvc(run);
	if (store && !code_is_there(model, code))
		no_program(expect, "a guest that overwrites its program");
}

static void finish(struct model *model, const struct run *run, struct expectation *expect)
{
	u64 vcpu = run->vcpu;

	model->vms.loaded_vcpu->esr = run->esr;
	if (run->fault) {
		model->vms.loaded_vcpu->far = run->far;
		model->vms.loaded_vcpu->hpfar = run->hpfar;
	}
	forget_vcpu(model, vcpu);
	expect_return(expect, EXIT_TRAP);
	expect_field(model, vcpu, VCPU_FIELD_pc, run->pc);
	expect_field(model, vcpu, VCPU_FIELD_esr, run->esr);
	if (run->fault) {
		expect_field(model, vcpu, VCPU_FIELD_far, run->far);
		expect_field(model, vcpu, VCPU_FIELD_hpfar, run->hpfar);
	}
	/* Registers of a guest that is not protected stay in EL2 until the host asks. */
	if (!run->vm->protected && tree_has(model->info, FEATURE_lazy_vcpu_state))
		return;
	expect_field(model, vcpu, VCPU_FIELD_x0, run->x0);
	if (!run->any_x1)
		expect_field(model, vcpu, VCPU_FIELD_x1, run->x1);
	if (!run->any_x3)
		expect_field(model, vcpu, VCPU_FIELD_x3, run->x3);
}

/* What EL2 does with a trap of a protected guest; that of another guest is the host's. */
enum pvm_trap {
	PVM_HOST,
	PVM_UNDEFINED, /* whatever is not allowed */
	PVM_ZERO,
	PVM_ID, /* the VM's own view of an ID register */
};

static enum pvm_trap pvm_trap(struct guest_insn insn)
{
	if (insn.kind != GUEST_INSN_MRS && insn.kind != GUEST_INSN_MSR)
		return PVM_HOST;

	switch (insn.sysreg) {
	case GUEST_SYSREG_id_pfr0_el1:
	case GUEST_SYSREG_id_isar0_el1:
	case GUEST_SYSREG_mvfr0_el1:
	case GUEST_SYSREG_unallocated_0_3_3:
	case GUEST_SYSREG_unallocated_0_4_3:
		return PVM_ZERO;
	case GUEST_SYSREG_id_aa64pfr0_el1:
	case GUEST_SYSREG_id_aa64pfr1_el1:
	case GUEST_SYSREG_id_aa64dfr0_el1:
	case GUEST_SYSREG_id_aa64isar0_el1:
	case GUEST_SYSREG_id_aa64isar1_el1:
	case GUEST_SYSREG_id_aa64mmfr0_el1:
	case GUEST_SYSREG_id_aa64mmfr2_el1:
		return PVM_ID;
	case GUEST_SYSREG_revidr_el1:
	case GUEST_SYSREG_aidr_el1:
	case GUEST_SYSREG_ccsidr_el1:
	case GUEST_SYSREG_clidr_el1:
	case GUEST_SYSREG_csselr_el1:
	case GUEST_SYSREG_ctr_el0:
		return PVM_HOST;
	default:
		return PVM_UNDEFINED;
	}
}

/* The end of a program in the page that it jumps to, or nothing there. */
static void guest_fetch(struct model *model, struct run *run, struct expectation *expect)
{
	struct guest_page *page;
	u64 target = run->x0, word, rest;

	run->pc = target;
	page = reach(run, target, PERM_FETCH, ESR_IABT_LOW);
	if (!page)
		return;
	if (!model_read(model, guest_pa(page, target), &word) ||
	    !model_read_bits(model, guest_pa(page, target) + 8, 4, &rest))
		no_program(expect, "a guest that runs what the model does not know");
	else if (word == guest_code[GUEST_CODE_EXIT / 8])
		exit_at(run, target);
	else if (!(u32)word)
		take_undefined(run, expect);
	else
		no_program(expect, "a guest that runs what is no program");
}

/* What the host leaves of a guest's HCR_EL2, and what it decides (PKVM_HCR_EL2_HOST_*). */
static bool guest_hcr(const struct model *model, const struct run *run, u64 *hcr)
{
	u64 own = HCR_TSC | HCR_TSW | HCR_TACR | HCR_TIDCP | HCR_TLOR | HCR_TID3 | HCR_TID1;
	u64 of_host = HCR_TWI | HCR_TWE;

	if (run->vm->protected)
		own |= HCR_TID2;
	else if (tree_has(model->info, FEATURE_host_hcr))
		of_host |= HCR_TID2 | HCR_TVM;
	else
		own |= HCR_TID2;
	if (!model_read_bits(model, field_pa(model, run->vcpu, VCPU_FIELD_hcr_el2), 8, hcr))
		return false;

	*hcr = own | (*hcr & of_host);
	return true;
}

static void guest_trap(const struct model *model, struct run *run, struct guest_insn insn,
                       struct expectation *expect)
{
	u64 hcr, esr;

	if (!guest_hcr(model, run, &hcr)) {
		expect->unmodelled = "HCR_EL2 of a vCPU, which the model does not know";
		return;
	}
	switch (guest_insn_effect(insn, hcr, &esr)) {
	case GUEST_UNDEFINED:
		take_undefined(run, expect);
		return;
	case GUEST_COMPLETES:
		if (insn.kind == GUEST_INSN_MRS)
			run->x1 = 0;
		exit_by_hvc(run);
		return;
	default:
		break;
	}

	switch (run->vm->protected ? pvm_trap(insn) : PVM_HOST) {
	case PVM_UNDEFINED:
		take_undefined(run, expect);
		break;
	case PVM_ZERO:
		run->x1 = 0;
		exit_by_hvc(run);
		break;
	case PVM_ID:
		run->any_x1 = true;
		exit_by_hvc(run);
		break;
	default:
		run->esr = esr;
		run->pc = code_ipa(GUEST_CODE_TRAP);
	}
}

static void run_guest(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS],
                      struct run *run, struct expectation *expect)
{
	struct guest_page *code = reach(run, run->pc, PERM_FETCH, ESR_IABT_LOW);
	u64 word;

	if (code && !code_is_there(model, code)) {
		if (!model_read_bits(model, guest_pa(code, run->pc), 4, &word) || word)
			no_program(expect, "a guest without the program it should run");
		else
			take_undefined(run, expect);
	} else if (code) {
		switch (op->code) {
		case OP_guest_load:
		case OP_guest_store:
			guest_access(model, run, code, op->code == OP_guest_store, expect);
			break;
		case OP_guest_hvc:
		case OP_guest_hvc_args:
			guest_hvc(model, run);
			break;
		case OP_guest_fetch:
			guest_fetch(model, run, expect);
			break;
		default:
			guest_trap(model, run, guest_insn_of(op, args), expect);
		}
	}
	finish(model, run, expect);
}

void rule_guest(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS],
                struct expectation *expect)
{
	u64 x[4], entry = guest_entry(op, args, x);
	struct run run = {
		.vm = model->vms.loaded_vm,
		.vcpu = map_vcpu_object(model->map, ARENA_VCPU, args[0], args[1]),
		.pc = code_ipa(entry),
		.x0 = x[0],
		.x1 = x[1],
		.x2 = x[2],
		.x3 = x[3],
	};

	expect->rule = op_desc(op->code)->name;
	if (!set_field(model, run.vcpu, VCPU_FIELD_pc, run.pc, expect) ||
	    !set_field(model, run.vcpu, VCPU_FIELD_pstate, PSTATE_EL1H, expect) ||
	    !set_field(model, run.vcpu, VCPU_FIELD_x0, run.x0, expect) ||
	    !set_field(model, run.vcpu, VCPU_FIELD_x1, run.x1, expect) ||
	    !set_field(model, run.vcpu, VCPU_FIELD_x2, run.x2, expect) ||
	    !set_field(model, run.vcpu, VCPU_FIELD_x3, run.x3, expect) ||
	    !set_field(model, run.vcpu, VCPU_FIELD_iflags, model->info->flag_state_dirty, expect))
		return;

	expect->rule = op_desc(op->code)->name;
	expect->any_x1 = false;
	expect->regs[0] = SMCCC_SUCCESS;
	if (!runs_vcpu(model, run.vcpu))
		expect_return(expect, E_INVAL);
	else if (model->vms.loaded_vcpu->host != run.vcpu)
		no_program(expect, "a guest that runs what the host left in its registers");
	else
		run_guest(model, op, args, &run, expect);
}

/* The host writes what it shares: field by field, or a page into a memcache, or a guest's program. */
void rule_host_writes(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS],
                      struct expectation *expect)
{
	const struct tree_field *f = NULL;
	u64 base, head, nr;

	expect->rule = op_desc(op->code)->name;
	switch (op->code) {
	case OP_kvm_set:
		f = &model->info->kvm_fields[args[1] % KVM_FIELD_COUNT];
		base = map_object(model->map, ARENA_KVM, args[0]);
		host_store(model, base + f->offset, f->size, args[2], expect);
		break;
	case OP_vcpu_set:
		f = &model->info->vcpu_fields[args[2] % VCPU_FIELD_COUNT];
		base = map_vcpu_object(model->map, ARENA_VCPU, args[0], args[1]);
		host_store(model, base + f->offset, f->size, args[3], expect);
		break;
	case OP_memcache_push:
		base = map_vcpu_object(model->map, ARENA_VCPU, args[0], args[1]);
		if (!model_read(model, field_pa(model, base, VCPU_FIELD_mc_head), &head) ||
		    !model_read(model, field_pa(model, base, VCPU_FIELD_mc_nr), &nr)) {
			expect->unmodelled = "a memcache that the model does not know";
			break;
		}
		if (host_store(model, args[2] << MAP_PAGE_SHIFT, 8, head, expect) &&
		    set_field(model, base, VCPU_FIELD_mc_head, args[2] << MAP_PAGE_SHIFT, expect))
			set_field(model, base, VCPU_FIELD_mc_nr, nr + 1, expect);
		break;
	default:
		base = (args[0] << MAP_PAGE_SHIFT) + GUEST_CODE_OFFSET;
		for (size_t i = 0; i < ARRAY_SIZE(guest_code); i++) {
			if (!host_store(model, base + i * 8, 8, guest_code[i], expect))
				break;
		}
	}
}
