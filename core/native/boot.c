// SPDX-License-Identifier: GPL-2.0-only
/* From a loaded image to a finalised pKVM, step by step as on the AArch64 core. */
#include "core/native/machine.h"

#include "tree.h"

/*
 * Identification registers, and one that resets to more than zero, of the machine under test, by encoding: what the AArch64 core's CPU, Unicorn's
 * "max", has in them.
 */
static const struct {
	u16 index;
	u64 value;
} id_registers[] = {
#define ID(op1, crn, crm, op2, value) { NATIVE_SYSREG_INDEX(3, op1, crn, crm, op2), value }
	ID(0, 0, 0, 0, 0xf0510), /* MIDR_EL1 */
	ID(0, 0, 0, 5, 0x80000000), /* MPIDR_EL1 */
	ID(0, 0, 4, 0, 0x100112222), /* ID_AA64PFR0_EL1 */
	ID(0, 0, 4, 1, 0x1), /* ID_AA64PFR1_EL1 */
	ID(0, 0, 5, 0, 0x10305506), /* ID_AA64DFR0_EL1 */
	ID(0, 0, 6, 0, 0x1021111110212120), /* ID_AA64ISAR0_EL1 */
	ID(0, 0, 6, 1, 0x11101211012), /* ID_AA64ISAR1_EL1 */
	ID(0, 0, 7, 0, 0x1124), /* ID_AA64MMFR0_EL1 */
	ID(0, 0, 7, 1, 0x211120), /* ID_AA64MMFR1_EL1 */
	ID(0, 0, 7, 2, 0x11), /* ID_AA64MMFR2_EL1 */
	ID(3, 0, 0, 1, 0x8444c004), /* CTR_EL0 */
	ID(3, 9, 12, 0, 0x2040), /* PMCR_EL0 */
	ID(3, 0, 0, 7, 0x4), /* DCZID_EL0 */
	ID(0, 1, 0, 0, 0xc50838), /* SCTLR_EL1, as after a reset */
#undef ID
};

static void set_registers(struct native *n)
{
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(id_registers); i++)
			n->sym.all_sysregs[cpu][id_registers[i].index] = id_registers[i].value;
	}
	program_set_caps(&n->p, n->sym.caps);
}

static int load_section(struct native *n, const Elf64_Shdr *section, u64 pa, struct error *err)
{
	void *to = phys_ptr(&n->p.core.phys, pa, section->sh_size);

	if (!to)
		return error_set(err, "the native image does not fit into memory");
	memcpy(to, n->p.image.file + section->sh_offset, section->sh_size);

	return 0;
}

/* The hypervisor's data where it is linked; each CPU gets a copy of the per-CPU data. */
static int load_data(struct native *n, struct error *err)
{
	const u64 percpu = image_symbol(&n->p.image, "__per_cpu_start");

	for (unsigned int i = 0; i < n->p.image.nr_sections; i++) {
		const Elf64_Shdr *s = &n->p.image.sections[i];

		if (!(s->sh_flags & SHF_ALLOC) || s->sh_addr < n->p.image.va_base ||
		    s->sh_type == SHT_NOBITS || !s->sh_size)
			continue;
		if (s->sh_addr != percpu) {
			if (load_section(n, s, s->sh_addr - n->p.image.va_base, err))
				return -1;
			continue;
		}
		for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
			if (load_section(n, s, n->place.boot.percpu[cpu], err))
				return -1;
		}
	}

	return 0;
}

static int stopped(struct native *n, const char *where, const struct outcome *out,
                   struct error *err)
{
	struct source_place place;
	bool warning;

	if (!core_bug_source(&n->p.core, out->crash.pc, &place, &warning))
		core_source(&n->p.core, out->crash.pc, &place);

	return error_set(err, "boot: %s: EL2 stopped at 0x%llx %s %s:%u, for 0x%llx", where,
	                 (unsigned long long)out->crash.pc, place.function, place.file, place.line,
	                 (unsigned long long)out->crash.far);
}

static void call_host_boot(void *arg)
{
	struct native *n = arg;

	n->sym.host_boot(&n->place.boot);
}

static void call_init_cpu(void *arg)
{
	struct native *n = arg;

	n->sym.init_cpu(n->place.boot.init_params[n->p.core.cpu]);
}

static int run(struct native *n, const char *where, void (*fn)(void *arg), struct error *err)
{
	enum outcome_kind how = native_run(n, fn);
	struct outcome out = { 0 };

	if (how == OUTCOME_RETURNED)
		return 0;
	program_crash(&n->p, how, &out);
	return stopped(n, where, &out, err);
}

static int run_host_side(struct native *n, struct error *err)
{
	n->place.boot.hyp_va_bits = NATIVE_HYP_VA_BITS;
	n->place.boot.va_offset = NATIVE_HYP_VA_BASE;
	if (run(n, "the host's side (core/tree/host.c)", call_host_boot, err))
		return -1;
	if (n->place.boot.pa_bits != n->p.core.map.pa_bits)
		return error_set(err, "the CPU has %llu PA bits, not %u", n->place.boot.pa_bits,
		                 n->p.core.map.pa_bits);

	return 0;
}

static int hypercall(struct native *n, unsigned int op, const u64 *args, unsigned int nr,
                     struct error *err)
{
	const struct op_desc *desc = op_desc(op);
	/* All registers: EL2 keeps what it saved of the host, which must be the same on every core. */
	u64 regs[31] = { TREE_hypercall_base + n->p.core.info.hypercall[op] };
	struct outcome out = { 0 };

	if (n->p.core.info.hypercall[op] < 0)
		return error_set(err, "boot: the tree has no %s", desc->hypercall);

	memcpy(regs + 1, args, nr * sizeof(*args));
	native_hypercall(n, regs, ARRAY_SIZE(regs), &out);
	root_from_vtcr(&n->p.core.observer.host_s2, n->sym.sysregs[NATIVE_VTTBR_EL2],
	               n->sym.sysregs[NATIVE_VTCR_EL2], core_host_fwb(&n->p.core));
	if (outcome_crashed(&out))
		return stopped(n, desc->hypercall, &out, err);
	if (out.regs[0] || out.regs[1])
		return error_set(err, "boot: %s returned x0=0x%llx x1=%lld", desc->hypercall,
		                 (unsigned long long)out.regs[0], (long long)out.regs[1]);

	return 0;
}

static int run_pkvm_init(struct native *n, struct error *err)
{
	u64 args[PKVM_INIT_ARGS];
	int nr = place_pool(&n->place, &n->p.core.map, &n->p.core.info, args, err);

	return nr < 0 ? -1 : hypercall(n, OP_pkvm_init, args, nr, err);
}

/* Fetch EL1's own pages once, so that the host's stage-2 maps them before the snapshot. */
static int map_el1_code(struct native *n, struct error *err)
{
	const u64 pages[] = { n->place.el1.page + 0x80, n->place.el1.vectors + 0x80 };

	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++) {
		struct outcome out = { 0 };

		native_host_fetch(n, pages[i], &out);
		if (out.kind != OUTCOME_RETURNED)
			return error_set(err, "boot: the host cannot run its own code at 0x%llx",
			                 (unsigned long long)pages[i]);
	}

	return 0;
}

static u64 read_symbol(const struct native *n, const char *name)
{
	return phys_read64(&n->p.core.phys, image_symbol(&n->p.image, name) - n->p.image.va_base);
}

static bool boots(unsigned int cpu)
{
	return machine_cpus[cpu].power != CPU_NEVER_ONLINE;
}

/* The first CPU initialises the hypervisor, then every CPU that is online enters it: init_subsystems(). */
static int init_cpus(struct native *n, struct error *err)
{
	const u64 direct_vectors = 0; /* HYP_VECTOR_DIRECT */

	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		if (!boots(cpu))
			continue;
		native_switch_cpu(n, cpu);
		if (run(n, "__kvm_hyp_init", call_init_cpu, err) ||
		    (!cpu && run_pkvm_init(n, err)) ||
		    hypercall(n, OP_cpu_set_vector, &direct_vectors, 1, err))
			return -1;
	}

	return 0;
}

/* The host gives its privileges up, CPU by CPU: pkvm_drop_host_privileges(). */
static int finalize_cpus(struct native *n, struct error *err)
{
	n->sym.enable_keys();
	/* The text that is in memory, but does not run, as on the AArch64 core. */
	image_enable_key(&n->aarch64, &n->p.core.phys, "kvm_protected_mode_initialized");
	for (unsigned int cpu = NR_MACHINE_CPUS; cpu-- > 0;) {
		if (!boots(cpu))
			continue;
		native_switch_cpu(n, cpu);
		n->sym.sysregs[NATIVE_VBAR_EL1] = n->place.el1.vectors;
		if (hypercall(n, OP_prot_finalize, NULL, 0, err))
			return -1;
	}

	return map_el1_code(n, err);
}

int native_boot(struct native *n, struct error *err)
{
	struct core *core = &n->p.core;

	n->sym.prepare(NATIVE_HYP_VA_BASE);
	set_registers(n);
	native_switch_cpu(n, 0);
	if (place_image(&n->place, &n->aarch64, &core->map, &core->phys, err) ||
	    load_data(n, err) || run_host_side(n, err) ||
	    core_place_arenas(core, n->place.boot.pgd_size, err) || init_cpus(n, err) ||
	    finalize_cpus(n, err))
		return -1;
	place_finish(&n->place, &core->phys);
	core_learn_entries(core, &n->aarch64, &n->place.boot);

	if (n->sym.sanitize_start)
		n->sym.sanitize_start((void *)image_symbol(&n->p.image, "hpool"),
		                      (void *)image_symbol(&n->p.image, "host_s2_pool"),
		                      (void *)read_symbol(n, "vm_table"),
		                      (void *)image_symbol(&n->p.image, "vm_table_lock"));
	core->observer.vm_table = map_hyp_pa(&core->map, read_symbol(n, "vm_table"));
	return observer_init(&core->observer, read_symbol(n, "__hyp_vmemmap"), err);
}
