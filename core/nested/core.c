// SPDX-License-Identifier: GPL-2.0-only
#include "core/nested/core.h"

#include <stdio.h>
#include <string.h>

/* A walk of all of a stage 2 costs by the size of its IPA space: the larger one is for some runs. */
unsigned int nested_pa_bits(enum layout layout)
{
	return layout == LAYOUT_SMALL ? 40 : 44;
}

void nested_ask(struct nested_shared *shared, const struct op *op, const u64 args[OP_MAX_ARGS])
{
	shared->op = op->code % OP_CODE_LIMIT;
	memcpy(shared->args, args, sizeof(shared->args));
	shared->stop = NESTED_GOES_ON;
}

void nested_answer(const struct nested_shared *shared, struct outcome *out)
{
	out->kind = OUTCOME_RETURNED;
	out->regs[0] = shared->ret;
	out->regs[1] = shared->value[0];
}

/* Such a symbol has an address that has a page of its own, by link.sh. */
bool nested_name_nothing(const struct image *image, struct nested_shared *shared, u64 va)
{
	for (size_t i = 0; i < image->nr_symbols; i++) {
		const Elf64_Sym *sym = &image->symbols[i];

		if (sym->st_shndx != SHN_ABS || sym->st_value != ALIGN_DOWN(va, MAP_PAGE_SIZE))
			continue;
		shared->stop = NESTED_UNMODELLED;
		snprintf(shared->stop_text, sizeof(shared->stop_text), "%s",
		         image->strings + sym->st_name);
		return true;
	}
	return false;
}

void nested_stopped(const struct nested_shared *shared, struct outcome *out)
{
	out->kind = OUTCOME_EL2_REPORT;
	snprintf(out->crash.report, sizeof(out->crash.report), "%s%s",
	         shared->stop == NESTED_UNMODELLED ? "unmodelled: " : "", shared->stop_text);
}
