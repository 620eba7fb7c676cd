// SPDX-License-Identifier: GPL-2.0-only
/*
 * A run as transitions, in the form of pkvm_ownership_selftest() of the tree: what the function must answer,
 * and in which state the page must be afterwards. Both are the model's. Steps that are no transition
 * are comments: a guest's, the host's accesses, and what makes a VM.
 */
#include <string.h>

#include "oracle/check.h"
#include "oracle/explain/form.h"

static const char *state_name(enum page_state state, char *buf, size_t len)
{
	if (state == STATE_NOPAGE)
		snprintf(buf, len, "PKVM_NOPAGE");
	else
		snprintf(buf, len, "PKVM_PAGE_%s", describe_state(state));
	return buf;
}

static const char *result_name(u64 ret, char *buf, size_t len)
{
	const char *name = ret >= (u64)-4095 ? strerrorname_np(-ret) : NULL;

	if (name)
		snprintf(buf, len, "-%s", name);
	else
		snprintf(buf, len, "%lld", (long long)ret);
	return buf;
}

static bool has_kind(const struct op_desc *desc, enum arg_kind kind)
{
	for (unsigned int i = 0; i < desc->nr_args; i++) {
		if (desc->args[i].kind == kind)
			return true;
	}

	return false;
}

/* The page that changes hands: that which the op names, or which the model says it could change. */
static s64 page_of(const struct model *model, const struct op_desc *desc, const u64 *args)
{
	for (unsigned int i = 0; i < desc->nr_args; i++) {
		if (desc->args[i].kind == ARG_PFN)
			return map_page_index(model->map, args[i] << MAP_PAGE_SHIFT);
		if (desc->args[i].kind == ARG_PA)
			return map_page_index(model->map, args[i]);
	}

	return model->nr_touched ? (s64)model->touched[0] : -1;
}

static enum page_state guest_state(const struct model *model, u64 pa)
{
	for (unsigned int v = 0; v < MODEL_MAX_VMS; v++) {
		const struct model_vm *vm = &model->vms.vm[v];

		for (u32 i = 0; model->vms.used[v] && i < vm->nr_pages; i++) {
			if (!vm->pages[i].poisoned && vm->pages[i].pa == pa)
				return vm->pages[i].state;
		}
	}

	return STATE_NOPAGE;
}

static void print_state(FILE *out, const struct model *model, s64 index)
{
	const struct model_page *page = &model->pages[index];
	char host[32], hyp[32], guest[32];

	fprintf(out,
	        "	selftest_state.host = %s;\n"
	        "	selftest_state.hyp = %s;\n"
	        "	selftest_state.guest[0] = %s;\n",
	        state_name(page->host, host, sizeof(host)), state_name(page->hyp, hyp, sizeof(hyp)),
	        state_name(guest_state(model, map_page_pa(model->map, index)), guest,
	                   sizeof(guest)));
}

/* The function's arguments are the hypercall's, but that a guest is a pointer, and comes behind. */
static void print_call(FILE *out, const struct op_desc *desc, const u64 *args)
{
	const bool guest = has_kind(desc, ARG_GFN);
	const bool handle = has_kind(desc, ARG_HANDLE);
	bool named = !guest || handle;

	fprintf(out, "%s", desc->hypercall);
	for (unsigned int i = 0; i < desc->nr_args; i++) {
		if (!named && !strcmp(desc->args[i].name, "prot")) {
			fprintf(out, ", vcpu");
			named = true;
		}
		switch (desc->args[i].kind) {
		case ARG_HANDLE:
			break;
		case ARG_PFN:
			fprintf(out, ", pfn");
			break;
		case ARG_GFN:
			fprintf(out, ", gfn");
			break;
		case ARG_PA:
			fprintf(out, ", phys");
			break;
		default:
			fprintf(out, ", 0x%llx", (unsigned long long)args[i]);
		}
	}
	if (handle)
		fprintf(out, ", vm");
	else if (!named)
		fprintf(out, ", vcpu");
}

static bool is_transition(const struct op_desc *desc)
{
	return desc->issuer == ISSUER_HCALL && !has_kind(desc, ARG_HVA) &&
	       (has_kind(desc, ARG_PFN) || has_kind(desc, ARG_GFN) || has_kind(desc, ARG_PA));
}

static void print_step(FILE *out, const struct core *core, const struct model *model,
                       const struct told_step *step)
{
	const struct op_desc *desc = op_desc(step->op->code);
	s64 page = page_of(model, desc, step->args);
	char text[64];

	(void)core;
	if (step->teardown)
		return;
	fprintf(out, "	/* %u: %s", step->number, desc->name);
	for (unsigned int i = 0; i < desc->nr_args; i++)
		fprintf(out, " %s=%s", desc->args[i].name,
		        explain_arg(model, desc->args[i].kind, step->args[i], text, sizeof(text)));
	fprintf(out, " */\n");
	if (!is_transition(desc) || step->expect->unmodelled || step->out->kind == OUTCOME_ABSENT ||
	    step->out->kind == OUTCOME_LOST)
		return;

	if (page >= 0)
		print_state(out, model, page);
	fprintf(out, "	assert_transition_res(%s,\t",
	        result_name(step->expect->regs[1], text, sizeof(text)));
	print_call(out, desc, step->args);
	fprintf(out, ");\n");
}

const struct explain_form explain_selftest = {
	.step = print_step,
};
