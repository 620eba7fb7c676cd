// SPDX-License-Identifier: GPL-2.0-only
/* What can be asked of emulated code in every world. */
#include "core/aarch64/machine.h"

#include "core/image/coverage.h"

#include <stdlib.h>

void *machine_new(size_t size, const struct core_backend *backend, const struct core_config *config,
                  unsigned int pa_bits, u64 hyp_va_base, struct error *err)
{
	struct machine *m = core_new(size, backend, config, pa_bits, hyp_va_base, err);

	if (!m)
		return NULL;
	m->image.fd = -1;
	return m;
}

void machine_close(struct core *core)
{
	struct machine *m = machine_of(core);

	machine_close_cpus(m);
	machine_free_watch(m);
	emu_close(&m->cpu);
	image_close(&m->image);
	core_release(core);
	free(m);
}

void machine_source(const struct core *core, u64 va, struct source_place *place)
{
	image_source(&machine_of(core)->image, va, place);
}

bool machine_bug_source(const struct core *core, u64 va, struct source_place *place, bool *warning)
{
	return image_bug(&machine_of(core)->image, &core->phys, va, place, warning);
}

int machine_coverage(const struct core *core, FILE *out, struct error *err)
{
	struct machine *m = machine_of(core);
	const struct executed executed = {
		.start = m->cpu.text_start,
		.size = m->cpu.text_end - m->cpu.text_start,
		.shift = 2,
		.insns = m->cpu.seen,
	};

	return image_coverage(&m->image, &executed, out, err);
}

u64 machine_blocks_covered(const struct core *core)
{
	return machine_of(core)->cpu.nr_seen;
}

bool machine_counters(const struct core *core, struct core_counters *counters)
{
	const struct cpu *cpu = &machine_of(core)->cpu;
	u64 nr = (cpu->text_end - cpu->text_start) >> 2;

	*counters = (struct core_counters){ .start = cpu->counters,
		                            .stop = cpu->counters + nr,
		                            .pcs = cpu->pcs,
		                            .pcs_stop = cpu->pcs + 2 * nr };
	return nr;
}
