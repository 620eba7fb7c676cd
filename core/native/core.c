// SPDX-License-Identifier: GPL-2.0-only
/* The core interface, done by the tree's C code compiled for the build machine. */
#include "core/native/machine.h"

static struct native *native(const struct core *core)
{
	return (struct native *)core;
}

/* Memory is as after boot, and so are the tables: does what was mapped since then agree? */
static bool still_mapped(void *arg, const struct tlb_entry *entry)
{
	u8 perm;

	return native_translate(arg, entry->va, &perm) == entry->page && perm == entry->perm;
}

static void native_reset(struct core *core)
{
	struct native *n = native(core);

	memory_reset(&n->memory, still_mapped, n);
	native_reset_cpus(n);
	if (n->sym.sanitize_reset)
		n->sym.sanitize_reset();
}

static void native_close(struct core *core)
{
	struct native *n = native(core);

	memory_close(&n->memory);
	native_unload(n);
	program_close(&n->p);
}

static int open_machine(struct native *n, struct error *err)
{
	struct core *core = &n->p.core;

	if (native_load(n, err) || coverage_open(&n->p.coverage, &n->p.image, err) ||
	    phys_init(&core->phys, &core->map, err) ||
	    memory_open(&n->memory, &core->phys, (u64)n->sym.all_sysregs,
	                NR_MACHINE_CPUS * sizeof(*n->sym.all_sysregs), err) ||
	    image_load(&n->aarch64, &core->phys, err) ||
	    image_patch(&n->aarch64, &core->phys, core->config.caps, err) ||
	    native_handlers(n, err) || native_boot(n, err) || memory_snapshot(&n->memory, err))
		return -1;
	native_reset(core);
	firmware_booted(core, n->place.boot.ffa_pages);
	/* The harness writes the syndrome registers at every step. */
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++)
		memory_write_regs(&n->memory, (u64)&n->sym.all_sysregs[cpu][NATIVE_ESR_EL2]);

	return 0;
}

static struct core *native_open(const struct core_config *config, struct error *err)
{
	struct native *n = program_new(sizeof(*n), &native_backend, config, NATIVE_PA_BITS,
	                               NATIVE_HYP_VA_BASE, err);

	if (!n)
		return NULL;
	n->fast = config->kind == CORE_NATIVE_FAST;
	n->memory.fd = n->aarch64.fd = -1;
	if (open_machine(n, err)) {
		native_close(&n->p.core);
		return NULL;
	}

	return &n->p.core;
}

static void native_step(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
                        struct outcome *out)
{
	const struct op_desc *desc = op_desc(op->code);
	struct native *n = native(core);
	u64 regs[1 + OP_MAX_ARGS];

	switch (op->code) {
	case OP_host_load:
		native_host_load(n, args[0], out);
		break;
	case OP_host_store:
		native_host_store(n, args[0], args[1], out);
		break;
	case OP_host_fetch:
		native_host_fetch(n, args[0], out);
		break;
	case OP_host_hvc:
		native_hypercall(n, args, desc->nr_args, out);
		break;
	default:
		regs[0] = core->info.hypercall_base + core->info.hypercall[op->code];
		memcpy(regs + 1, args, OP_MAX_ARGS * sizeof(*args));
		native_hypercall(n, regs, 1 + desc->nr_args, out);
	}
}

static void native_host_smc(struct core *core, const u64 *regs, unsigned int nr,
                            struct outcome *out)
{
	native_smc(native(core), regs, nr, out);
}

static void native_memory_written(struct core *core, u64 pa)
{
	memory_touch(&native(core)->memory, pa);
}

static int native_watch(struct core *core, bool on, struct error *err)
{
	(void)err;
	*native(core)->sym.watched = on;
	return 0;
}

static void native_set_guest_insn(struct core *core, struct guest_insn insn)
{
	native(core)->guest_insn = insn;
}

static void native_regs(const struct core *core, u64 regs[31])
{
	memcpy(regs, native(core)->regs, sizeof(native(core)->regs));
}

static u64 native_control(const struct core *core, unsigned int cpu)
{
	static const enum native_sysreg regs[] = {
		NATIVE_SCTLR_EL2, NATIVE_TPIDR_EL2, NATIVE_HCR_EL2,
		NATIVE_VTTBR_EL2, NATIVE_VTCR_EL2,  NATIVE_TTBR0_EL2,
		NATIVE_TCR_EL2,   NATIVE_MAIR_EL2,  NATIVE_VBAR_EL2,
	};
	u64 digest = 0;

	for (size_t i = 0; i < ARRAY_SIZE(regs); i++)
		digest = (digest ^ native(core)->sym.all_sysregs[cpu][regs[i]]) *
		         0x9e3779b97f4a7c15ULL;

	return digest;
}

static const struct image *native_image(const struct core *core)
{
	return &native(core)->p.image;
}

static u64 native_cntvoff(const struct core *core, unsigned int cpu)
{
	return native(core)->sym.all_sysregs[cpu][NATIVE_CNTVOFF_EL2];
}

static void native_turn_cpu_on(struct core *core, unsigned int cpu, const struct psci_entry *entry,
                               struct outcome *out)
{
	native_start_cpu(native(core), cpu, entry, out);
}

static void native_change_cpu(struct core *core, unsigned int cpu)
{
	native_switch_cpu(native(core), cpu);
}

const struct core_backend native_backend = {
	.open = native_open,
	.close = native_close,
	.reset = native_reset,
	.step = native_step,
	.smc = native_host_smc,
	.start_cpu = native_turn_cpu_on,
	.switch_cpu = native_change_cpu,
	.memory_written = native_memory_written,
	.watch = native_watch,
	.set_guest_insn = native_set_guest_insn,
	.regs = native_regs,
	.control = native_control,
	.cntvoff = native_cntvoff,
	.image = native_image,
	.source = program_source,
	.bug_source = program_bug_source,
	.coverage = program_coverage,
	.blocks_covered = program_blocks_covered,
	.counters = program_counters,
};
