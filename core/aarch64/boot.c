// SPDX-License-Identifier: GPL-2.0-only
/* The way from a loaded image to a finalised pKVM: what firmware and the host kernel do. */
#include "core/aarch64/machine.h"

#include "tree.h"

/* Boot page table: VMSAv8-64 descriptors (Arm ARM D8.3), attribute index as in host.c's MAIR */
#define DESC_TABLE 3ULL
#define DESC_BLOCK 1ULL
#define DESC_PAGE 3ULL
#define DESC_NORMAL 0ULL /* MT_NORMAL is index 0 in the kernel's MAIR */
#define DESC_AF_ISH (BIT(10) | 3 << 8)
#define DESC_RO BIT(7)
#define DESC_XN BIT(54)
#define DESC_RES1_AP1 BIT(6)

/* of the image as core/tree/CMakeLists.txt links it: the linear map is the upper half */
#define HYP_VA_BITS 48

static u64 symbol_pa(const struct machine *m, const char *name)
{
	return map_hyp_pa(&m->core.map, image_symbol(&m->image, name));
}

/* Lay memory out, and give each CPU its copy of the per-CPU data. */
static int place(struct machine *m, struct error *err)
{
	u64 start = symbol_pa(m, "__per_cpu_start");
	u64 size = symbol_pa(m, "__per_cpu_end") - start;

	if (place_image(&m->place, &m->image, &m->core.map, &m->core.phys, err))
		return -1;
	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++)
		memcpy(phys_ptr(&m->core.phys, m->place.boot.percpu[cpu], size),
		       phys_ptr(&m->core.phys, start, size), size);

	return 0;
}

static void write64(struct machine *m, u64 pa, u64 val)
{
	memcpy(phys_ptr(&m->core.phys, pa, sizeof(val)), &val, sizeof(val));
}

/*
 * Map the gigabyte that holds the first region at its PA and at its hyp VA. SCTLR_EL2.WXN is set:
 * what is not text must not be executable, and text not writable.
 */
static void make_boot_table(struct machine *m)
{
	u64 l0 = m->place.boot_pgd, l1_id = l0 + MAP_PAGE_SIZE, l1_va = l1_id + MAP_PAGE_SIZE;
	u64 l2 = l1_va + MAP_PAGE_SIZE, l3 = l2 + MAP_PAGE_SIZE;
	u64 base = ALIGN_DOWN(MAP_IMAGE_BASE, BIT(30));
	u64 text_end = symbol_pa(m, "__hyp_text_end");
	u64 attrs = DESC_NORMAL << 2 | DESC_AF_ISH | DESC_RES1_AP1;

	write64(m, l0 + (base >> 39) * 8, l1_id | DESC_TABLE);
	write64(m, l0 + (map_hyp_va(&m->core.map, base) >> 39) * 8, l1_va | DESC_TABLE);
	write64(m, l1_id + (base >> 30 & 511) * 8, l2 | DESC_TABLE);
	write64(m, l1_va + (map_hyp_va(&m->core.map, base) >> 30 & 511) * 8, l2 | DESC_TABLE);
	for (u64 i = 0; i < 512; i++) {
		u64 pa = base + i * MAP_BLOCK_SIZE;
		u64 page = MAP_IMAGE_BASE + i * MAP_PAGE_SIZE;

		write64(m, l2 + i * 8,
		        pa == MAP_IMAGE_BASE ? l3 | DESC_TABLE : pa | attrs | DESC_BLOCK | DESC_XN);
		write64(m, l3 + i * 8,
		        page | attrs | DESC_PAGE | (page < text_end ? DESC_RO : DESC_XN));
	}
}

static void stop_at_el1(struct machine *m)
{
	const struct el1_code *el1 = &m->place.el1;

	emu_add_exit(&m->cpu, el1->resume);
	emu_add_exit(&m->cpu, el1->load_done);
	emu_add_exit(&m->cpu, el1->store_done);
	emu_add_exit(&m->cpu, el1->sync_vector);
}

static int stopped(struct machine *m, const char *where, const struct outcome *out,
                   struct error *err)
{
	struct source_place place;
	bool warning;

	if (!core_bug_source(&m->core, out->crash.pc, &place, &warning))
		core_source(&m->core, out->crash.pc, &place);

	return error_set(err, "boot: %s: EL2 %s at 0x%llx %s %s:%u", where,
	                 out->kind == OUTCOME_HANG    ? "does not come back" :
	                 out->kind == OUTCOME_EL2_BUG ? "hit a BUG or WARN" :
	                                                "took an exception",
	                 (unsigned long long)out->crash.pc, place.function, place.file, place.line);
}

static int run_until_exit(struct machine *m, const char *where, u64 pc, struct error *err)
{
	enum cpu_stop stop = machine_run(m, pc);
	struct outcome out = { 0 };

	if (stop == STOP_EXIT)
		return 0;
	exception_crash(m, stop, &out);
	return stopped(m, where, &out, err);
}

/* The host's side runs as the kernel's own code would, with the MMU off. */
static int run_host_side(struct machine *m, struct error *err)
{
	struct boot_args *args = &m->place.boot;
	struct cpu *cpu = &m->cpu;
	u64 pa = m->place.el1.vectors; /* unused so far */

	_Static_assert(sizeof(*args) <= 0x200, "boot_args would overwrite the vector");
	args->hyp_va_bits = HYP_VA_BITS;
	memcpy(phys_ptr(&m->core.phys, pa, sizeof(*args)), args, sizeof(*args));
	emu_set_xregs(cpu, &pa, 1);
	emu_set_reg(cpu, UC_ARM64_REG_SP, map_hyp_pa(&m->core.map, args->boot_stack_top));
	emu_set_reg(cpu, UC_ARM64_REG_X30, m->place.el1.resume);
	if (run_until_exit(m, "the host's side (core/tree/host.c)",
	                   symbol_pa(m, "el2fuzz_host_boot"), err))
		return -1;

	memcpy(args, phys_ptr(&m->core.phys, pa, sizeof(*args)), sizeof(*args));
	memset(phys_ptr(&m->core.phys, pa, sizeof(*args)), 0, sizeof(*args));
	return 0;
}

/* __kvm_hyp_init: EL2's registers, MMU on with the tables that there are, host vectors. */
static int run_hyp_init(struct machine *m, struct error *err)
{
	const u64 regs[] = { TREE_hypercall_base, m->place.boot.init_params[m->core.cpu] };
	struct cpu *cpu = &m->cpu;

	emu_set_xregs(cpu, regs, ARRAY_SIZE(regs));
	emu_set_sysreg(cpu, SYSREG_ELR_EL2, m->place.el1.resume);
	emu_set_sysreg(cpu, SYSREG_SPSR_EL2, PSTATE_EL1H);
	if (run_until_exit(m, "__kvm_hyp_init", symbol_pa(m, "__kvm_hyp_init") + 0x400, err))
		return -1;
	if (emu_reg(cpu, UC_ARM64_REG_X0))
		return error_set(err, "boot: __kvm_hyp_init refused its own function id");

	return 0;
}

static void read_roots(struct machine *m)
{
	struct cpu *cpu = &m->cpu;

	root_from_tcr(&m->core.observer.hyp_s1, emu_sysreg(cpu, SYSREG_TTBR0_EL2),
	              emu_sysreg(cpu, SYSREG_TCR_EL2), emu_sysreg(cpu, SYSREG_MAIR_EL2));
	root_from_vtcr(&m->core.observer.host_s2, emu_sysreg(cpu, SYSREG_VTTBR_EL2),
	               emu_sysreg(cpu, SYSREG_VTCR_EL2), core_host_fwb(&m->core));
}

static int hypercall(struct machine *m, unsigned int op, const u64 *args, unsigned int nr,
                     struct error *err)
{
	const struct op_desc *desc = op_desc(op);
	/* All registers: EL2 keeps what it saved of the host, which must be the same on every core. */
	u64 regs[31] = { TREE_hypercall_base + m->core.info.hypercall[op] };
	struct outcome out = { 0 };

	if (m->core.info.hypercall[op] < 0)
		return error_set(err, "boot: the tree has no %s", desc->hypercall);

	for (unsigned int i = 0; i < nr; i++)
		regs[1 + i] = args[i];
	machine_hypercall(m, regs, ARRAY_SIZE(regs), &out);
	read_roots(m);
	if (outcome_crashed(&out))
		return stopped(m, desc->hypercall, &out, err);
	if (out.kind != OUTCOME_RETURNED || out.regs[0] || out.regs[1])
		return error_set(err, "boot: %s returned x0=0x%llx x1=%lld", desc->hypercall,
		                 (unsigned long long)out.regs[0], (long long)out.regs[1]);

	return 0;
}

static int run_pkvm_init(struct machine *m, struct error *err)
{
	u64 args[PKVM_INIT_ARGS];
	int nr = place_pool(&m->place, &m->core.map, &m->core.info, args, err);

	return nr < 0 ? -1 : hypercall(m, OP_pkvm_init, args, nr, err);
}

/* Fetch EL1's own pages once, so that the host's stage-2 maps them before the snapshot. */
static int map_el1_code(struct machine *m, struct error *err)
{
	const u64 pages[] = { m->place.el1.page + 0x80, m->place.el1.vectors + 0x80 };

	for (unsigned int i = 0; i < ARRAY_SIZE(pages); i++) {
		struct outcome out = { 0 };

		machine_host_fetch(m, pages[i], &out);
		if (out.kind != OUTCOME_RETURNED)
			return error_set(err, "boot: the host cannot run its own code at 0x%llx",
			                 (unsigned long long)pages[i]);
	}

	return 0;
}

static bool boots(unsigned int cpu)
{
	return machine_cpus[cpu].power != CPU_NEVER_ONLINE;
}

/* The first CPU initialises the hypervisor, then every CPU that is online enters it: init_subsystems(). */
static int init_cpus(struct machine *m, struct error *err)
{
	const u64 direct_vectors = 0; /* HYP_VECTOR_DIRECT */

	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		if (!boots(cpu))
			continue;
		machine_switch_cpu(m, cpu);
		if (run_hyp_init(m, err))
			return -1;
		if (!cpu) {
			read_roots(m);
			if (run_pkvm_init(m, err))
				return -1;
		}
		if (hypercall(m, OP_cpu_set_vector, &direct_vectors, 1, err))
			return -1;
	}

	return 0;
}

/* The host gives its privileges up, CPU by CPU: pkvm_drop_host_privileges(). */
static int finalize_cpus(struct machine *m, struct error *err)
{
	if (!image_enable_key(&m->image, &m->core.phys, "kvm_protected_mode_initialized"))
		return error_set(err,
		                 "boot: no site of the static key kvm_protected_mode_initialized");
	emu_text_changed(&m->cpu);
	for (unsigned int cpu = NR_MACHINE_CPUS; cpu-- > 0;) {
		if (!boots(cpu))
			continue;
		machine_switch_cpu(m, cpu);
		emu_set_sysreg(&m->cpu, SYSREG_VBAR_EL1, m->place.el1.vectors);
		if (hypercall(m, OP_prot_finalize, NULL, 0, err))
			return -1;
		/* What the boot left in the registers is not what a host of another core has. */
		emu_set_xregs(&m->cpu, (const u64[31]){ 0 }, 31);
	}

	return map_el1_code(m, err);
}

int machine_boot(struct machine *m, struct error *err)
{
	m->cpu.budget = BOOT_BUDGET;
	if (place(m, err) || machine_open_cpus(m, err))
		return -1;
	make_boot_table(m);
	stop_at_el1(m);
	if (run_host_side(m, err) || core_place_arenas(&m->core, m->place.boot.pgd_size, err) ||
	    init_cpus(m, err) || finalize_cpus(m, err))
		return -1;
	place_finish(&m->place, &m->core.phys);
	core_learn_entries(&m->core, &m->image, &m->place.boot);
	emu_set_xregs(&m->cpu, (const u64[31]){ 0 }, 31);

	m->core.observer.vm_table =
		map_hyp_pa(&m->core.map, phys_read64(&m->core.phys, symbol_pa(m, "vm_table")));
	return observer_init(&m->core.observer,
	                     phys_read64(&m->core.phys, symbol_pa(m, "__hyp_vmemmap")), err);
}
