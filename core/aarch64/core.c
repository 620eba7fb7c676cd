// SPDX-License-Identifier: GPL-2.0-only
/* The core interface, done by Unicorn. */
#include "core/aarch64/machine.h"

#include <stdlib.h>

/* Of UC_CPU_ARM64_MAX, checked against ID_AA64MMFR0_EL1 once it runs. */
#define PA_BITS 44

static int open_machine(struct core *core, struct error *err)
{
	u64 text, text_end;

	if (image_open(&core->image, core->config.image, err) ||
	    phys_init(&core->phys, &core->map, err) || image_load(&core->image, &core->phys, err) ||
	    image_patch(&core->image, &core->phys, core->config.caps, err) ||
	    emu_open(&core->cpu, &core->phys, err) || machine_boot(core, err))
		return -1;
	if (core->boot.pa_bits != core->map.pa_bits)
		return error_set(err, "the emulated CPU has %llu PA bits, not %u",
		                 core->boot.pa_bits, core->map.pa_bits);

	core->vbar = emu_sysreg(&core->cpu, SYSREG_VBAR_EL2);
	core->cpu.budget = STEP_BUDGET;
	text = image_symbol(&core->image, "__hyp_idmap_text_start");
	text_end = image_symbol(&core->image, "__hyp_text_end");
	if (emu_cover(&core->cpu, text, text_end, err) || phys_snapshot(&core->phys, err) ||
	    emu_snapshot(&core->cpu, err))
		return -1;
	core_reset(core);

	return 0;
}

struct core *core_open(const struct core_config *config, struct error *err)
{
	const char *unknown = tree_unknown_hypercall();
	struct core *core = calloc(1, sizeof(*core));

	if (!core) {
		error_set(err, "out of memory");
		return NULL;
	}
	if (unknown) {
		error_set(
			err,
			"the tree has the hypercall %s, which no op stands for: add a row to core/op_table.h",
			unknown);
		free(core);
		return NULL;
	}

	core->config = *config;
	core->image.fd = -1;
	tree_info_init(&core->info);
	core->info.nr_cpus = BOOT_NR_CPUS;
	map_init(&core->map, config->layout, PA_BITS);
	core->observer.phys = &core->phys;
	core->observer.map = &core->map;
	if (open_machine(core, err)) {
		core_close(core);
		return NULL;
	}

	return core;
}

void core_close(struct core *core)
{
	if (!core)
		return;

	emu_close(&core->cpu);
	observer_release(&core->observer);
	phys_release(&core->phys);
	image_close(&core->image);
	free(core);
}

void core_reset(struct core *core)
{
	phys_reset(&core->phys);
	emu_reset(&core->cpu);
}

void core_step(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
               struct outcome *out)
{
	const struct op_desc *desc = op_desc(op->code);
	u64 regs[1 + OP_MAX_ARGS];

	memset(out, 0, offsetof(struct outcome, crash));
	if (!core_has_op(core, op->code)) {
		out->kind = OUTCOME_ABSENT;
		return;
	}

	memcpy(regs + 1, args, OP_MAX_ARGS * sizeof(*args));
	switch (op->code) {
	case OP_host_load:
		machine_host_load(core, args[0], out);
		break;
	case OP_host_store:
		machine_host_store(core, args[0], args[1], out);
		break;
	case OP_host_fetch:
		machine_host_fetch(core, args[0], out);
		break;
	case OP_host_hvc:
		machine_hypercall(core, args, OP_MAX_ARGS, out);
		break;
	default:
		regs[0] = core->info.hypercall_base + core->info.hypercall[op->code];
		machine_hypercall(core, regs, 1 + desc->nr_args, out);
	}
}

void core_regs(const struct core *core, u64 regs[31])
{
	emu_get_xregs(&core->cpu, regs);
}

const struct memory_map *core_map(const struct core *core)
{
	return &core->map;
}

const struct tree_info *core_info(const struct core *core)
{
	return &core->info;
}

bool core_has_op(const struct core *core, unsigned int code)
{
	const struct op_desc *desc = op_desc(code);

	return desc && (!desc->hypercall || core->info.hypercall[code] >= 0);
}

void core_view(const struct core *core, u64 pa, struct page_view *view)
{
	observe_page(&core->observer, pa, view);
}

void core_host_leaf(const struct core *core, u64 ipa, struct leaf *leaf)
{
	table_lookup(&core->phys, &core->observer.host_s2, ipa, leaf);
}

u64 core_read64(const struct core *core, u64 pa)
{
	return phys_read64(&core->phys, pa);
}

u64 core_vm_slot(const struct core *core, unsigned int slot)
{
	return phys_read64(&core->phys, core->observer.vm_table + slot * sizeof(u64));
}

void core_changed_pages(const struct core *core, void (*visit)(void *arg, u64 pa), void *arg)
{
	observe_changed(&core->observer, visit, arg);
}

u64 core_control(const struct core *core)
{
	static const enum sysreg regs[] = {
		SYSREG_HCR_EL2, SYSREG_VTTBR_EL2, SYSREG_VTCR_EL2, SYSREG_TTBR0_EL2,
		SYSREG_TCR_EL2, SYSREG_MAIR_EL2,  SYSREG_VBAR_EL2,
	};
	u64 digest = 0;

	for (size_t i = 0; i < ARRAY_SIZE(regs); i++)
		digest = (digest ^ emu_sysreg(&core->cpu, regs[i])) * 0x9e3779b97f4a7c15ULL;

	return digest;
}

int core_walk(const struct core *core, enum walk_root root,
              void (*leaf)(void *arg, u64 ia, const struct leaf *leaf),
              void (*table)(void *arg, u64 pa, int level, unsigned int entries), void *arg)
{
	return table_walk(&core->phys,
	                  root == WALK_HOST_S2 ? &core->observer.host_s2 : &core->observer.hyp_s1,
	                  leaf, table, arg);
}

void core_source(const struct core *core, u64 va, struct source_place *place)
{
	image_source((struct image *)&core->image, va, place);
}

bool core_bug_source(const struct core *core, u64 va, struct source_place *place, bool *warning)
{
	return image_bug((struct image *)&core->image, &core->phys, va, place, warning);
}

u64 core_blocks_covered(const struct core *core)
{
	return core->cpu.nr_seen;
}
