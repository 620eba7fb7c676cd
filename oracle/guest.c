// SPDX-License-Identifier: GPL-2.0-only
/* What a guest does until it exits. */
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
#define PSTATE_PAN BIT(22)
#define PSTATE_32BIT BIT(4)
#define PSTATE_EL0T 0 /* of a vCPU whose registers nobody set */
#define GUEST_SYNC_VECTOR 0x200ULL /* VBAR_EL1 is 0: GUEST_FIXED_SYSREGS */
#define SMCCC_INVALID_PARAMETER (-3LL)

/*
 * A CPU may fetch what was there before, and the native core's guests know the instructions of the
 * program only.
 */
static void no_program(struct expectation *expect, const char *why)
{
	expect->unmodelled = why;
	expect->cpu_decides = true;
}

/* A run of the guest's program, in the page of @base, with the registers that the vCPU has. */
struct run {
	struct model_vm *vm;
	struct model_vcpu *vcpu;
	u64 base;
	u64 esr;
	bool fault;
	u64 far, hpfar;
};

static u64 get(const struct run *run, enum guest_reg reg)
{
	return run->vcpu->regs.value[reg];
}

static void set(struct run *run, enum guest_reg reg, u64 value)
{
	run->vcpu->regs.value[reg] = value;
	run->vcpu->regs.known[reg] = true;
}

/* What the guest got there, the model does not know. */
static void lose(struct run *run, enum guest_reg reg)
{
	run->vcpu->regs.known[reg] = false;
}

/* Does the model know all of the guest's registers from x0 to @last? */
static bool knows(const struct run *run, enum guest_reg last, struct expectation *expect)
{
	for (enum guest_reg i = GUEST_X0; i <= last; i++) {
		if (!run->vcpu->regs.known[i])
			no_program(expect, "a guest's registers that the model does not know");
	}

	return !expect->unmodelled;
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
	set(run, GUEST_X0, GUEST_EXIT_ID);
	set(run, GUEST_PC, end + GUEST_CODE_EXITED - GUEST_CODE_EXIT);
	run->esr = ESR_HVC64;
}

static void exit_by_hvc(struct run *run)
{
	exit_at(run, run->base + GUEST_CODE_EXIT);
}

/* Undefined: the guest goes to its vector, of which it has none. */
static void take_undefined(struct run *run, struct expectation *expect)
{
	set(run, GUEST_PC, GUEST_SYNC_VECTOR);
	if (reach(run, GUEST_SYNC_VECTOR, PERM_FETCH, ESR_IABT_LOW))
		no_program(expect, "a guest at its vector");
}

static bool code_is_there(const struct model *model, const struct run *run,
                          const struct guest_page *page)
{
	for (size_t i = 0; i < ARRAY_SIZE(guest_code); i++) {
		u64 word;

		if (!model_read(model, guest_pa(page, run->base + i * 8), &word) ||
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
	set(run, GUEST_PC, run->base + GUEST_CODE_HVC);
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
	u32 id = get(run, GUEST_X0);

	return run->vm->protected && (id == info->hvc_mem_share || id == info->hvc_mem_unshare ||
	                              id == info->hvc_meminfo || id == info->hvc_features);
}

/* Hypercalls of a guest: protected ones have a few that EL2 answers, the rest is the host's. */
static void guest_hvc(struct model *model, struct run *run)
{
	const struct tree_info *info = model->info;
	u32 id = get(run, GUEST_X0);
	u64 ipa = get(run, GUEST_X1);
	s64 ret = 0;

	if (!is_pvm_call(info, run)) {
		run->esr = ESR_HVC64;
		set(run, GUEST_PC, run->base + GUEST_CODE_HVC + 4);
		return;
	}
	if (id == info->hvc_features) {
		/* Which there are, the kernel says. */
	} else if (get(run, GUEST_X2) || get(run, GUEST_X3)) {
		/* No call takes that many arguments. */
		ret = SMCCC_INVALID_PARAMETER;
	} else if (id == info->hvc_mem_share) {
		ret = mem_share(model, run, ipa);
		if (run->fault)
			return;
	} else if (id == info->hvc_mem_unshare) {
		ret = mem_unshare(model, run, ipa);
	} else {
		ret = ipa ? SMCCC_INVALID_PARAMETER : (s64)MAP_PAGE_SIZE;
	}

	/* The answer takes x0 to x3; then the program moves x0 to x3, and goes on to its exit. */
	set(run, GUEST_X1, 0);
	set(run, GUEST_X2, 0);
	set(run, GUEST_X3, ret);
	if (id == info->hvc_features)
		lose(run, GUEST_X3);
	exit_by_hvc(run);
}

static void guest_access(struct model *model, struct run *run, const struct guest_page *code,
                         bool store, struct expectation *expect)
{
	u64 ipa = get(run, GUEST_X0);
	struct guest_page *page = reach(run, ipa, store ? PERM_W : PERM_R,
	                                store ? ESR_DABT_LOW | ISS_WNR : ESR_DABT_LOW);
	struct guest_regs *regs = &run->vcpu->regs;
	u64 pa;

	if (!page)
		return;
	pa = guest_pa(page, ipa);
	if (store)
		model_write(model, pa, get(run, GUEST_X1));
	else
		regs->known[GUEST_X1] = model_read(model, pa, &regs->value[GUEST_X1]);
	exit_by_hvc(run);
	if (store && !code_is_there(model, run, code))
		no_program(expect, "a guest that overwrites its program");
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
	u64 target = get(run, GUEST_X0), word, rest;

	set(run, GUEST_PC, target);
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
	if (!vcpu_read(model, run->vcpu->host, VCPU_FIELD_hcr_el2, hcr))
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
			set(run, GUEST_X1, 0);
		exit_by_hvc(run);
		return;
	default:
		break;
	}

	switch (run->vm->protected ? pvm_trap(insn) : PVM_HOST) {
	case PVM_UNDEFINED:
		/* By EL2's hand: as a CPU does it with SCTLR_EL1.SPAN clear. */
		set(run, GUEST_PSTATE, PSTATE_EL1H | PSTATE_PAN);
		take_undefined(run, expect);
		break;
	case PVM_ZERO:
		set(run, GUEST_X1, 0);
		exit_by_hvc(run);
		break;
	case PVM_ID:
		lose(run, GUEST_X1);
		exit_by_hvc(run);
		break;
	default:
		run->esr = esr;
	}
}

/* The program, from where the guest is in it. */
static void run_program(struct model *model, struct run *run, const struct guest_page *code,
                        struct guest_insn insn, struct expectation *expect)
{
	u64 at = get(run, GUEST_PC) - run->base;

	switch (at) {
	case GUEST_CODE_LOAD:
	case GUEST_CODE_STORE:
		if (knows(run, at == GUEST_CODE_STORE ? GUEST_X1 : GUEST_X0, expect))
			guest_access(model, run, code, at == GUEST_CODE_STORE, expect);
		break;
	case GUEST_CODE_HVC:
		if (knows(run, GUEST_X3, expect))
			guest_hvc(model, run);
		break;
	case GUEST_CODE_HVC + 4:
		run->vcpu->regs.known[GUEST_X3] = run->vcpu->regs.known[GUEST_X0];
		run->vcpu->regs.value[GUEST_X3] = get(run, GUEST_X0);
		exit_by_hvc(run);
		break;
	case GUEST_CODE_LOAD + 4:
	case GUEST_CODE_STORE + 4:
	case GUEST_CODE_TRAP + 4:
	case GUEST_CODE_EXIT:
	case GUEST_CODE_EXITED:
		exit_by_hvc(run);
		break;
	case GUEST_CODE_JUMP:
		if (knows(run, GUEST_X0, expect))
			guest_fetch(model, run, expect);
		break;
	case GUEST_CODE_EXITED + 4:
		/* Nothing, then the next one. */
		set(run, GUEST_PC, run->base + GUEST_CODE_TRAP);
		guest_trap(model, run, insn, expect);
		break;
	case GUEST_CODE_TRAP:
		guest_trap(model, run, insn, expect);
		break;
	default:
		no_program(expect, "a guest that runs what is no program");
	}
}

/* Could an interrupt that the host has for the guest come first? All of the program has them masked. */
static bool may_be_interrupted(const struct model *model, const struct model_vcpu *vcpu)
{
	u64 hcr;

	if (vcpu->regs.value[GUEST_PSTATE] != PSTATE_EL0T)
		return false;
	return !vcpu_read(model, vcpu->host, VCPU_FIELD_hcr_el2, &hcr) ||
	       hcr & (HCR_VF | HCR_VI | HCR_VSE);
}

/* The loaded vCPU runs, with the registers that it has. */
static void run_vcpu(struct model *model, struct guest_insn insn, struct expectation *expect)
{
	struct model_vcpu *vcpu = model->vms.loaded_vcpu;
	struct run run = { .vm = model->vms.loaded_vm, .vcpu = vcpu };
	u64 pc, pstate, word;
	struct guest_page *code;

	if (!vcpu_flush(model, expect))
		return;
	pc = vcpu->regs.value[GUEST_PC];
	pstate = vcpu->regs.value[GUEST_PSTATE];
	if (!vcpu->regs.known[GUEST_PC] || !vcpu->regs.known[GUEST_PSTATE] || pc & 3 ||
	    ((pstate & ~PSTATE_PAN) != PSTATE_EL1H && pstate != PSTATE_EL0T)) {
		no_program(expect, "a guest that runs where and as the host likes");
		/* AArch32 */
		expect->cpu_lacks = !vcpu->regs.known[GUEST_PSTATE] || pstate & PSTATE_32BIT;
		return;
	}
	if (may_be_interrupted(model, vcpu)) {
		no_program(expect, "a guest with an interrupt that the host has for it");
		return;
	}
	run.base = ALIGN_DOWN(pc, MAP_PAGE_SIZE) + GUEST_CODE_OFFSET;
	code = reach(&run, pc, PERM_FETCH, ESR_IABT_LOW);
	if (code && pstate == PSTATE_EL0T) {
		no_program(expect, "a guest at EL0");
	} else if (code && !code_is_there(model, &run, code)) {
		if (!model_read_bits(model, guest_pa(code, pc), 4, &word) || word)
			no_program(expect, "a guest without the program it should run");
		else
			take_undefined(&run, expect);
	} else if (code) {
		run_program(model, &run, code, insn, expect);
	}

	vcpu->esr = run.esr;
	if (run.fault) {
		vcpu->far = run.far;
		vcpu->hpfar = run.hpfar;
	}
	expect_return(expect, EXIT_TRAP);
	vcpu_sync(model, run.fault);
}

/* Which vCPU the host names matters only where it is checked: the loaded one runs. */
static bool runs_vcpu(const struct model *model, u64 pa)
{
	return model->vms.loaded_vcpu &&
	       (model->vms.loaded_vcpu->host == pa || !tree_has(model->info, FEATURE_checks_vcpu));
}

void rule_vcpu_run(struct model *model, const u64 *regs, struct expectation *expect)
{
	if (!tree_has(model->info, FEATURE_guest_stage2)) {
		expect->unmodelled = "a guest under a stage-2 of the host's";
		return;
	}
	expect_return(expect, E_INVAL);
	if (runs_vcpu(model, map_hva_pa(regs[1])))
		run_vcpu(model, (struct guest_insn){ GUEST_INSN_NONE }, expect);
}

/* What the host writes before it runs a guest; false if it cannot. */
static bool prepare(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS], u64 vcpu,
                    struct expectation *expect)
{
	u64 x[4], entry = guest_entry(op, args, x);

	if (op->code == OP_guest_resume)
		return vcpu_store(model, vcpu, VCPU_FIELD_pstate, PSTATE_EL1H, expect) &&
		       vcpu_store(model, vcpu, VCPU_FIELD_iflags,
		                  args[2] ? model->info->flag_increment_pc : 0, expect);

	return vcpu_store(model, vcpu, VCPU_FIELD_pc, GUEST_CODE_IPA + GUEST_CODE_OFFSET + entry,
	                  expect) &&
	       vcpu_store(model, vcpu, VCPU_FIELD_pstate, PSTATE_EL1H, expect) &&
	       vcpu_store(model, vcpu, VCPU_FIELD_x0, x[0], expect) &&
	       vcpu_store(model, vcpu, VCPU_FIELD_x1, x[1], expect) &&
	       vcpu_store(model, vcpu, VCPU_FIELD_x2, x[2], expect) &&
	       vcpu_store(model, vcpu, VCPU_FIELD_x3, x[3], expect) &&
	       vcpu_store(model, vcpu, VCPU_FIELD_iflags, model->info->flag_state_dirty, expect);
}

void rule_guest(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS],
                struct expectation *expect)
{
	u64 vcpu = map_vcpu_object(model->map, ARENA_VCPU, args[0], args[1]);

	expect->rule = op_desc(op->code)->name;
	if (!prepare(model, op, args, vcpu, expect))
		return;

	expect->rule = op_desc(op->code)->name;
	expect->any_x1 = false;
	expect->regs[0] = SMCCC_SUCCESS;
	if (!runs_vcpu(model, vcpu))
		expect_return(expect, E_INVAL);
	else
		run_vcpu(model, guest_insn_of(op, args), expect);
}

/* The host writes a guest's program into a page. */
void rule_guest_code(struct model *model, const u64 args[OP_MAX_ARGS], struct expectation *expect)
{
	u64 base = (args[0] << MAP_PAGE_SHIFT) + GUEST_CODE_OFFSET;

	expect->rule = op_desc(OP_guest_code)->name;
	for (size_t i = 0; i < ARRAY_SIZE(guest_code); i++) {
		if (!host_store(model, base + i * 8, 8, guest_code[i], expect))
			break;
	}
}
