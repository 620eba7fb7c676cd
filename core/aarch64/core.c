// SPDX-License-Identifier: GPL-2.0-only
/* The core interface, done by Unicorn. */
#include "core/aarch64/machine.h"

/* Of UC_CPU_ARM64_MAX, checked against ID_AA64MMFR0_EL1 once it runs. */
#define PA_BITS 44

/* The upper half of 48 bits, as core/tree/CMakeLists.txt links the image */
#define HYP_VA_BASE BIT(47)

static void aarch64_reset(struct core *core)
{
	struct machine *m = machine_of(core);

	phys_reset(&core->phys);
	machine_reset_cpus(m);
	machine_retranslate_code(m);
	m->nr_code = 0;
}

static int open_machine(struct machine *m, struct error *err)
{
	struct core *core = &m->core;
	u64 text, text_end;

	if (image_open(&m->image, core->config.image, EM_AARCH64, err))
		return -1;
	if (m->image.va_base != core->map.hyp_va_base)
		return error_set(err, "%s: linked for another address; './el2fuzz build' makes one",
		                 core->config.image);
	if (phys_init(&core->phys, &core->map, err) || image_load(&m->image, &core->phys, err) ||
	    image_patch(&m->image, &core->phys, core->config.caps, err) ||
	    emu_open(&m->cpu, &core->phys, err))
		return -1;
	text = image_symbol(&m->image, "__hyp_idmap_text_start");
	text_end = image_symbol(&m->image, "__hyp_text_end");
	if (emu_cover(&m->cpu, text, text_end,
	              phys_ptr(&core->phys, text - m->image.va_base, text_end - text), err) ||
	    machine_watch_guests(m, err) || machine_boot(m, err))
		return -1;
	if (m->place.boot.pa_bits != core->map.pa_bits)
		return error_set(err, "the emulated CPU has %llu PA bits, not %u",
		                 m->place.boot.pa_bits, core->map.pa_bits);

	firmware_booted(core, m->place.boot.ffa_pages);
	m->cpu.budget = STEP_BUDGET;
	machine_snapshot_cpus(m);
	if (phys_snapshot(&core->phys, err))
		return -1;
	aarch64_reset(core);

	return 0;
}

static struct core *aarch64_open(const struct core_config *config, struct error *err)
{
	struct machine *m =
		machine_new(sizeof(*m), &aarch64_backend, config, PA_BITS, HYP_VA_BASE, err);

	if (m && open_machine(m, err)) {
		machine_close(&m->core);
		return NULL;
	}
	return m ? &m->core : NULL;
}

static void aarch64_step(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
                         struct outcome *out)
{
	const struct op_desc *desc = op_desc(op->code);
	struct machine *m = machine_of(core);
	u64 regs[1 + OP_MAX_ARGS];

	switch (op->code) {
	case OP_host_load:
		machine_host_load(m, args[0], out);
		break;
	case OP_host_store:
		machine_host_store(m, args[0], args[1], out);
		break;
	case OP_host_fetch:
		machine_host_fetch(m, args[0], out);
		break;
	case OP_host_hvc:
		machine_hypercall(m, args, desc->nr_args, out);
		break;
	default:
		if (op->code == OP_vcpu_run)
			machine_retranslate_code(m);
		regs[0] = core->info.hypercall_base + core->info.hypercall[op->code];
		memcpy(regs + 1, args, OP_MAX_ARGS * sizeof(*args));
		machine_hypercall(m, regs, 1 + desc->nr_args, out);
	}
}

static void aarch64_smc(struct core *core, const u64 *regs, unsigned int nr, struct outcome *out)
{
	machine_smc(machine_of(core), regs, nr, out);
}

static void aarch64_set_guest_insn(struct core *core, struct guest_insn insn)
{
	machine_of(core)->guest_insn = insn;
}

static void aarch64_code_written(struct core *core, u64 pa)
{
	machine_note_code(machine_of(core), pa);
}

static void aarch64_regs(const struct core *core, u64 regs[31])
{
	emu_get_xregs(&machine_of(core)->cpu, regs);
}

static u64 aarch64_control(const struct core *core, unsigned int cpu)
{
	return machine_control(machine_of(core), cpu);
}

static u64 aarch64_cntvoff(const struct core *core, unsigned int cpu)
{
	return machine_cntvoff(machine_of(core), cpu);
}

static void aarch64_start_cpu(struct core *core, unsigned int cpu, const struct psci_entry *entry,
                              struct outcome *out)
{
	machine_start_cpu(machine_of(core), cpu, entry, out);
}

static void aarch64_switch_cpu(struct core *core, unsigned int cpu)
{
	machine_switch_cpu(machine_of(core), cpu);
}

static int aarch64_watch(struct core *core, bool on, struct error *err)
{
	return machine_watch(machine_of(core), on, err);
}

static const struct image *aarch64_image(const struct core *core)
{
	return &machine_of(core)->image;
}

static bool aarch64_trace(struct core *core, void (*visit)(void *arg, u64 pc), void *arg)
{
	return !emu_trace(&machine_of(core)->cpu, visit, arg);
}

const struct core_backend aarch64_backend = {
	.open = aarch64_open,
	.close = machine_close,
	.reset = aarch64_reset,
	.step = aarch64_step,
	.smc = aarch64_smc,
	.start_cpu = aarch64_start_cpu,
	.switch_cpu = aarch64_switch_cpu,
	.set_guest_insn = aarch64_set_guest_insn,
	.code_written = aarch64_code_written,
	.watch = aarch64_watch,
	.regs = aarch64_regs,
	.control = aarch64_control,
	.cntvoff = aarch64_cntvoff,
	.image = aarch64_image,
	.source = machine_source,
	.bug_source = machine_bug_source,
	.trace = aarch64_trace,
	.coverage = machine_coverage,
	.blocks_covered = machine_blocks_covered,
	.counters = machine_counters,
};
