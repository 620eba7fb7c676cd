// SPDX-License-Identifier: GPL-2.0-only
/* What the host can reach at EL1, under its stage-2. */
#include "oracle/model.h"

/* ESR_ELx (Arm ARM D24.2.40) */
#define ESR_IABT_CUR (0x21ULL << 26 | BIT(25))
#define ESR_DABT_CUR (0x25ULL << 26 | BIT(25))
#define ISS_WNR BIT(6)
#define ISS_S1PTW BIT(7)
#define FSC_TRANSLATION_L3 0x07
#define FSC_ADDRESS_SIZE_L0 0x00

static u64 abort_esr(const struct op *op)
{
	u64 esr = op->code == OP_host_fetch ? ESR_IABT_CUR : ESR_DABT_CUR;

	return op->code == OP_host_store ? esr | ISS_WNR : esr;
}

/*
 * The hypervisor refuses: the host sees an abort from its own level. S1PTW, which stage 1 never sets
 * for EL1, tells the host's handler that it was not stage 1.
 */
static void expect_abort(const struct model *model, const struct op *op, u64 pa,
                         struct expectation *expect)
{
	if (!tree_has(model->info, FEATURE_injects_aborts)) {
		/* The host broke its word, and all stops. */
		expect->kind = OUTCOME_EL2_BUG;
		expect->panics = "handle_host_mem_abort";
		return;
	}
	expect->kind = OUTCOME_ABORTED;
	/* Annotations are kept per page, so the walk ends at the last level. */
	expect->esr = abort_esr(op) | ISS_S1PTW | FSC_TRANSLATION_L3;
	expect->far = pa;
}

static void expect_done(struct model *model, const struct op *op, u64 pa, u64 value, bool memory,
                        struct expectation *expect)
{
	if (op->code == OP_host_store && memory && !model_write(model, pa, value)) {
		expect->unmodelled = "more stores than the model remembers";
	} else if (op->code == OP_host_load) {
		/* A hole reads as zero: there is no device behind it. */
		expect->regs[1] = 0;
		if (memory && !model_read(model, pa, &expect->regs[1]))
			expect->any_x1 = true;
	}
}

void rule_host_access(struct model *model, const struct op *op, const u64 args[OP_MAX_ARGS],
                      struct expectation *expect)
{
	const struct model_page *page = model_page(model, args[0]);
	u64 pa = args[0];

	expect->rule = "host_access";
	expect->regs[0] = pa;
	expect->regs[1] = op->code == OP_host_store ? args[1] : 0;

	if (pa >> model->map->pa_bits) {
		/* Stage 1 refuses it: EL2 never hears of it. */
		expect->kind = OUTCOME_EL1_FAULT;
		expect->esr = abort_esr(op) | FSC_ADDRESS_SIZE_L0;
		expect->far = pa;
		return;
	}

	model_touch(model, pa, 1);
	if (!page) {
		/* MMIO is the host's, but not to execute; a fetch finds it mapped and tries again. */
		if (op->code == OP_host_fetch)
			expect->kind = OUTCOME_REFAULTED;
		else
			expect_done(model, op, pa, args[1], false, expect);
		return;
	}

	switch (page->access) {
	case ACCESS_LAZY:
		expect_done(model, op, pa, args[1], true, expect);
		break;
	case ACCESS_READ:
		/* Mapped read-only, which no abort tells the host: the access is tried for ever. */
		if (op->code == OP_host_load)
			expect_done(model, op, pa, 0, true, expect);
		else
			expect->kind = OUTCOME_REFAULTED;
		break;
	default:
		expect_abort(model, op, pa, expect);
	}
}

bool host_store(struct model *model, u64 pa, unsigned int size, u64 value,
                struct expectation *expect)
{
	const struct op store = { .code = OP_host_store };
	u64 word = ALIGN_DOWN(pa, 8);
	u64 args[OP_MAX_ARGS] = { word };
	bool known;

	/* The host reads what is around the field, and stores the whole word. */
	known = model_read(model, word, &args[1]) || !model_page(model, word);
	if (size < 8) {
		u64 mask = (BIT(size * 8) - 1) << (pa & 7) * 8;

		args[1] = (args[1] & ~mask) | (value << (pa & 7) * 8 & mask);
	} else {
		args[1] = value;
		known = true;
	}
	expect->kind = OUTCOME_RETURNED;
	rule_host_access(model, &store, args, expect);
	/* A page that is not the host's may hold what the model does not follow. */
	if (size < 8 && expect->kind != OUTCOME_RETURNED) {
		expect->any_x1 = true;
	} else if (!known) {
		/* Only the field is known now. */
		expect->any_x1 = true;
		model_forget_bits(model, word, 8);
		model_write_bits(model, pa, size, value);
	}

	return expect->kind == OUTCOME_RETURNED && !expect->unmodelled;
}
