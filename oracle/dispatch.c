// SPDX-License-Identifier: GPL-2.0-only
/* Which rule speaks for which op. */
#include "oracle/model.h"

#include <string.h>

struct rule {
	const char *name;
	model_rule *fn;
	s64 ret; /* without fn: the answer, unless silent */
	bool silent; /* without fn: x1 stays as it was */
};

#define RULE(op) [OP_##op] = { .name = #op, .fn = rule_##op }
#define RULE_OF(op, function) [OP_##op] = { .name = #op, .fn = (function) }
#define ANSWERS(op, value) [OP_##op] = { .name = #op, .ret = (value) }
#define SILENT(op) [OP_##op] = { .name = #op, .silent = true }

static const struct rule rules[OP_CODE_LIMIT] = {
	/* The stage-2 of this CPU is on already. */
	ANSWERS(prot_finalize, E_PERM),

	RULE(adjust_pc),
	SILENT(flush_vm_context),
	SILENT(tlb_flush_vmid_ipa),
	SILENT(tlb_flush_vmid_ipa_nsh),
	SILENT(tlb_flush_vmid),
	SILENT(tlb_flush_vmid_range),
	SILENT(flush_cpu_context),
	RULE(timer_set_cntvoff),
	RULE(tracing_load),
	SILENT(tracing_unload),
	RULE(tracing_enable),
	RULE_OF(tracing_swap_reader, rule_tracing_cpu),
	SILENT(tracing_update_clock),
	RULE_OF(tracing_reset, rule_tracing_cpu),
	RULE_OF(tracing_enable_event, rule_tracing_event),
	SILENT(tracing_write_event),
	SILENT(vgic_v5_save_apr),
	SILENT(vgic_v5_restore_vmcr_apr),

	RULE(host_share_hyp),
	RULE(host_unshare_hyp),
	RULE(reserve_vm),
	RULE(unreserve_vm),
	RULE(init_vm),
	RULE(init_vcpu),
	RULE(force_reclaim_guest_page),

	RULE(start_teardown_vm),
	RULE(finalize_teardown_vm),
	RULE(teardown_vm),
	RULE(reclaim_dying_guest_page),
	RULE(vcpu_load),
	RULE(vcpu_put),
	RULE(vcpu_sync_state),
	RULE(vcpu_run),
	RULE(host_donate_guest),
	RULE(host_share_guest),
	RULE(host_unshare_guest),
	RULE(host_relax_perms_guest),
	RULE(host_mkyoung_guest),
	RULE(host_wrprotect_guest),
	RULE(host_test_clear_young_guest),
	RULE(vcpu_in_poison_fault),

	RULE(vgic_v3_save_aprs),
	RULE_OF(vgic_v3_save_vmcr_aprs, rule_follows_pointers),
	RULE_OF(vcpu_init_traps, rule_follows_pointers),

	/* Nothing of these shows in memory that anyone shares. */
	SILENT(vgic_v3_restore_vmcr_aprs),
	SILENT(pkvm_tlb_flush_vmid),
};

void expect_return(struct expectation *expect, s64 ret)
{
	expect->regs[1] = ret;
}

/*
 * A host hypercall, by the function id in x0 (SMCCC: hint bits do not count). After finalisation the
 * early ones are as unknown as those that never were.
 */
static void hypercall(struct model *model, struct expectation *expect)
{
	const struct tree_info *info = model->info;
	u64 id = (expect->regs[0] & ~info->hypercall_hints) - info->hypercall_base;
	const struct rule *rule;
	u64 regs[1 + OP_MAX_ARGS];

	if (id < info->hypercall_min_pkvm || id >= info->hypercall_max) {
		expect->rule = "refused_hypercall";
		expect->regs[0] = SMCCC_NOT_SUPPORTED;
		return;
	}

	rule = &rules[info->op_of_hypercall[id]];
	if (!rule->name) {
		expect->unmodelled = "the model has no rule for this hypercall";
		return;
	}

	copy_words(regs, expect->regs, ARRAY_SIZE(regs));
	expect->rule = rule->name;
	expect->regs[0] = SMCCC_SUCCESS;
	if (rule->fn)
		rule->fn(model, regs, expect);
	else if (!rule->silent)
		expect_return(expect, rule->ret);
}

/* What it passes, and what comes back, are the same registers. */
static void host_smc(struct model *model, struct expectation *expect)
{
	u64 regs[31];

	memcpy(regs, expect->regs, sizeof(regs));
	rule_host_smc(model, regs, expect);
}

void model_step(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS],
                struct expectation *expect)
{
	memset(expect, 0, offsetof(struct expectation, regs));
	expect->any_x1 = false;
	expect->esr = expect->far = 0;
	expect->panics = NULL;
	expect->unmodelled = NULL;
	expect->cpu_decides = false;
	expect->cpu_lacks = false;
	expect->smc.wrong = false;
	expect->wrong_data = NULL;
	expect->kind = OUTCOME_RETURNED;
	model->nr_touched = 0;
	model->nr_checks = 0;
	model->nr_lists = 0;
	model->slots_changed = false;
	model->leaves_memory = false;
	model->next_smc = 0;

	switch (op->code) {
	case OP_on_cpu:
		rule_on_cpu(model, args, expect);
		break;
	case OP_host_load:
	case OP_host_store:
	case OP_host_fetch:
		rule_host_access(model, op, args, expect);
		break;
	case OP_kvm_set:
	case OP_vcpu_set:
	case OP_memcache_push:
		rule_host_fields(model, op, args, expect);
		break;
	case OP_guest_code:
		rule_guest_code(model, args, expect);
		break;
	case OP_guest_load:
	case OP_guest_store:
	case OP_guest_hvc:
	case OP_guest_sysreg_read:
	case OP_guest_sysreg_write:
	case OP_guest_wait:
	case OP_guest_smc:
	case OP_guest_fetch:
	case OP_guest_hvc_args:
	case OP_guest_resume:
		rule_guest(model, op, args, expect);
		break;
	case OP_ffa_describe:
	case OP_ffa_range:
	case OP_ffa_fill:
	case OP_ffa_set:
		rule_ffa_writes(model, op, args, expect);
		break;
	case OP_spmd_answer:
	case OP_spmd_data:
		/* Not the host's doing, nor EL2's. */
		expect->rule = "spmd";
		break;
	case OP_host_smc:
	case OP_ffa_version:
	case OP_ffa_features:
	case OP_ffa_rxtx_map:
	case OP_ffa_rxtx_unmap:
	case OP_ffa_mem_share:
	case OP_ffa_mem_lend:
	case OP_ffa_mem_frag_tx:
	case OP_ffa_mem_reclaim:
	case OP_ffa_partition_info_get:
	case OP_ffa_rx_release:
		host_smc(model, expect);
		break;
	default:
		hypercall(model, expect);
	}
	model_no_more_smcs(model, expect);
	if (model->leaves_memory && !expect->unmodelled)
		expect->unmodelled = "a range that leaves memory, where EL2 looks at leaves";
}
