// SPDX-License-Identifier: GPL-2.0-only
/*
 * Several CPUs, one emulator: all but one are saved registers. A CPU starts with an empty TLB each time
 * that it gets the emulator, so that a stale translation shows only on the CPU that goes on.
 */
#include "core/aarch64/machine.h"

int machine_open_cpus(struct machine *m, struct error *err)
{
	m->sctlr_el1 = emu_sysreg(&m->cpu, SYSREG_SCTLR_EL1);
	m->cold = emu_new_context(&m->cpu);
	if (!m->cold)
		return error_set(err, "unicorn: cannot save the CPU");
	for (unsigned int i = 0; i < NR_MACHINE_CPUS; i++) {
		struct emulated_cpu *cpu = &m->cpus[i];

		cpu->boot.context = emu_new_context(&m->cpu);
		cpu->now.context = emu_new_context(&m->cpu);
		if (!cpu->boot.context || !cpu->now.context)
			return error_set(err, "unicorn: cannot save the CPU");
	}

	return 0;
}

void machine_close_cpus(struct machine *m)
{
	if (m->cold)
		uc_context_free(m->cold);
	for (unsigned int i = 0; i < NR_MACHINE_CPUS; i++) {
		if (m->cpus[i].boot.context)
			uc_context_free(m->cpus[i].boot.context);
		if (m->cpus[i].now.context)
			uc_context_free(m->cpus[i].now.context);
	}
}

static u64 control(const struct machine *m)
{
	static const enum sysreg regs[] = {
		SYSREG_HCR_EL2,   SYSREG_VTTBR_EL2, SYSREG_VTCR_EL2,
		SYSREG_TTBR0_EL2, SYSREG_TCR_EL2,   SYSREG_MAIR_EL2,
		SYSREG_VBAR_EL2,  SYSREG_SCTLR_EL2, SYSREG_TPIDR_EL2,
	};
	u64 digest = 0;

	for (size_t i = 0; i < ARRAY_SIZE(regs); i++)
		digest = (digest ^ emu_sysreg(&m->cpu, regs[i])) * 0x9e3779b97f4a7c15ULL;

	return digest;
}

static void save(const struct machine *m, struct saved_cpu *to)
{
	emu_save(&m->cpu, to->context);
	to->control = control(m);
	to->cntvoff = emu_sysreg(&m->cpu, SYSREG_CNTVOFF_EL2);
}

static const struct saved_cpu *saved(const struct machine *m, unsigned int cpu)
{
	return m->cpus[cpu].ran ? &m->cpus[cpu].now : &m->cpus[cpu].boot;
}

u64 machine_control(const struct machine *m, unsigned int cpu)
{
	return cpu == m->core.cpu ? control(m) : saved(m, cpu)->control;
}

u64 machine_cntvoff(const struct machine *m, unsigned int cpu)
{
	return cpu == m->core.cpu ? emu_sysreg(&m->cpu, SYSREG_CNTVOFF_EL2) :
	                            saved(m, cpu)->cntvoff;
}

void machine_switch_cpu(struct machine *m, unsigned int cpu)
{
	if (cpu == m->core.cpu)
		return;
	save(m, &m->cpus[m->core.cpu].now);
	m->cpus[m->core.cpu].ran = true;
	emu_restore(&m->cpu, saved(m, cpu)->context);
	m->core.cpu = cpu;
}

enum cpu_stop machine_restart_cpu(struct machine *m, const struct psci_entry *entry)
{
	struct cpu *cpu = &m->cpu;
	enum cpu_stop stop;

	emu_restore(cpu, m->cold);
	emu_set_xregs(cpu, &entry->context, 1);
	machine_catch(m, entry->host_pc);
	stop = machine_run(m, entry->pc);
	machine_release(m);
	/* The first that a host does at its entry point. */
	emu_set_sysreg(cpu, SYSREG_SCTLR_EL1, m->sctlr_el1);
	emu_set_sysreg(cpu, SYSREG_VBAR_EL1, m->place.el1.vectors);

	return stop;
}

void machine_start_cpu(struct machine *m, unsigned int cpu, const struct psci_entry *entry,
                       struct outcome *out)
{
	machine_switch_cpu(m, cpu);
	m->cpu.blocks = 0;
	machine_arrived(m, machine_restart_cpu(m, entry), entry->host_pc, out);
}

void machine_snapshot_cpus(struct machine *m)
{
	for (unsigned int i = NR_MACHINE_CPUS; i-- > 0;) {
		machine_switch_cpu(m, i);
		save(m, &m->cpus[i].boot);
	}
}

void machine_reset_cpus(struct machine *m)
{
	for (unsigned int i = 0; i < NR_MACHINE_CPUS; i++)
		m->cpus[i].ran = false;
	m->core.cpu = 0;
	emu_restore(&m->cpu, m->cpus[0].boot.context);
}
