// SPDX-License-Identifier: GPL-2.0-only
/* The trace buffer of EL2, as long as none is loaded. Without CONFIG_NVHE_EL2_TRACING: -ENODEV. */
#include "oracle/model.h"

void rule_tracing_enable(struct model *model, const u64 *regs, struct expectation *expect)
{
	if (!model->info->has_tracing)
		expect_return(expect, E_NODEV);
	else
		expect_return(expect, regs[1] ? E_INVAL : 0);
}

void rule_tracing_cpu(struct model *model, const u64 *regs, struct expectation *expect)
{
	if (model->info->has_tracing && (u32)regs[1] >= model->info->nr_cpus)
		expect_return(expect, E_INVAL);
	else
		expect_return(expect, E_NODEV);
}

void rule_tracing_event(struct model *model, const u64 *regs, struct expectation *expect)
{
	(void)regs;
	if (model->info->has_tracing)
		expect->unmodelled = "trace events";
	else
		expect_return(expect, E_NODEV);
}

void rule_tracing_load(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 pa = map_hva_pa(regs[1]), size = regs[2];

	if (!model->info->has_tracing) {
		expect_return(expect, E_NODEV);
		return;
	}

	/* The descriptor is donated, whole pages of it. */
	if ((pa | size) & (MAP_PAGE_SIZE - 1) || !size || size > BIT(model->map->pa_bits) ||
	    pa + size > BIT(model->map->pa_bits)) {
		expect_return(expect, E_INVAL);
		return;
	}

	model_touch(model, pa, size);
	if (model_check_host(model, pa, size, STATE_OWNED))
		expect_return(expect, model_check_host(model, pa, size, STATE_OWNED));
	else if (model_check_hyp(model, pa, size, STATE_NOPAGE))
		expect_return(expect, E_PERM);
	else if (model_is_zero(model, pa, size))
		/* No CPU in it, no backing for any: nothing to load. */
		expect_return(expect, E_INVAL);
	else
		expect->unmodelled = "loading a trace buffer";
}
