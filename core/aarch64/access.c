// SPDX-License-Identifier: GPL-2.0-only
/* The host at EL1: hypercalls, loads, stores and fetches. */
#include "core/aarch64/machine.h"
#include "core/syndrome.h"

#define INSN_B_SELF 0x14000000U

static void finish(struct machine *m, enum outcome_kind kind, struct outcome *out)
{
	out->kind = kind;
	out->blocks = m->cpu.blocks;
	out->pstate = emu_reg(&m->cpu, UC_ARM64_REG_PSTATE);
	emu_get_xregs(&m->cpu, out->regs);
}

/* Without its own pages, neither the host nor the harness can run at EL1 any more. */
static bool is_el1_code(const struct machine *m, u64 pc)
{
	return ALIGN_DOWN(pc, MAP_PAGE_SIZE) == m->place.el1.page ||
	       ALIGN_DOWN(pc, MAP_PAGE_SIZE) == m->place.el1.vectors;
}

void machine_arrived(struct machine *m, enum cpu_stop stop, u64 pc, struct outcome *out)
{
	if (emu_el(&m->cpu) != 1) {
		exception_crash(m, stop, out);
		return;
	}
	/*
	 * Should EL1's page have been unmapped meanwhile, its next fetch faults: but the hypercall has
	 * returned, and it is the next access that has to deal with that.
	 */
	finish(m, OUTCOME_RETURNED, out);
	out->pc_offset = emu_reg(&m->cpu, UC_ARM64_REG_PC) - pc;
}

/* @pc: the preferred return address of the exception, from which EL2 gets to el1.resume */
static void call_el2(struct machine *m, u64 ec, u64 pc, const u64 *regs, unsigned int nr,
                     struct outcome *out)
{
	const struct psci_entry *restart;
	struct cpu *cpu = &m->cpu;
	enum cpu_stop stop;
	u64 vector;

	cpu->blocks = 0;
	emu_set_xregs(cpu, regs, nr);
	emu_set_reg(cpu, UC_ARM64_REG_PC, pc);
	vector = exception_to_el2(m, ESR_EC(ec), 0, 0);
	stop = machine_run(m, vector);
	restart = m->core.firmware.psci.restart;
	machine_arrived(m, stop, restart ? restart->host_pc : m->place.el1.resume, out);
}

void machine_hypercall(struct machine *m, const u64 *regs, unsigned int nr, struct outcome *out)
{
	call_el2(m, EC_HVC64, m->place.el1.resume, regs, nr, out);
}

void machine_smc(struct machine *m, const u64 *regs, unsigned int nr, struct outcome *out)
{
	/* A trapped SMC returns to itself (Arm ARM D1.3.2): EL2 has to skip it. */
	call_el2(m, EC_SMC64, m->place.el1.resume - 4, regs, nr, out);
}

static void el1_fault(struct machine *m, u8 perm, u64 addr, struct outcome *out)
{
	finish(m, OUTCOME_EL1_FAULT, out);
	out->esr = esr_address_size_fault(perm);
	out->far = addr;
}

static void aborted(struct machine *m, u64 pc, struct outcome *out)
{
	finish(m, OUTCOME_ABORTED, out);
	out->elr_offset = emu_sysreg(&m->cpu, SYSREG_ELR_EL1) - pc;
	out->spsr = emu_sysreg(&m->cpu, SYSREG_SPSR_EL1);
	out->esr = emu_sysreg(&m->cpu, SYSREG_ESR_EL1);
	out->far = emu_sysreg(&m->cpu, SYSREG_FAR_EL1);
}

/*
 * Take the stage-2 fault of the access at @pc to EL2 and let EL2 run until it is back at EL1 and EL1
 * has done what EL2 resumed.
 */
static enum cpu_stop take_fault(struct machine *m, u8 perm, u64 addr)
{
	struct leaf leaf;

	core_host_leaf(&m->core, addr, &leaf);
	return machine_run(
		m, exception_to_el2(m, esr_stage2_fault(&leaf, perm), addr, (addr >> 12) << 4));
}

static void do_access(struct machine *m, u8 perm, u64 pc, u64 addr, struct outcome *out)
{
	struct cpu *cpu = &m->cpu;
	enum cpu_stop stop;

	cpu->blocks = 0;
	emu_set_el(cpu, PSTATE_EL1H);
	stop = machine_run(m, pc);

	for (out->faults = 0; stop == STOP_EXCEPTION && emu_el(cpu) == 1; out->faults++) {
		u64 at = emu_reg(cpu, UC_ARM64_REG_PC);

		if (at != addr && cpu->exception == EXC_PREFETCH_ABORT && is_el1_code(m, at)) {
			finish(m, OUTCOME_LOST, out);
			return;
		}
		if (addr >> m->core.map.pa_bits) {
			el1_fault(m, perm, addr, out);
			return;
		}
		if (out->faults == MAX_FAULTS) {
			finish(m, OUTCOME_REFAULTED, out);
			return;
		}
		stop = take_fault(m, perm, addr);
	}

	if (stop == STOP_EXIT && addr != m->place.el1.sync_vector &&
	    emu_reg(cpu, UC_ARM64_REG_PC) == m->place.el1.sync_vector)
		aborted(m, pc, out);
	else if (stop == STOP_EXIT || (stop == STOP_DEVICE && emu_el(cpu) == 1))
		finish(m, OUTCOME_RETURNED, out);
	else
		exception_crash(m, stop, out);
}

void machine_host_load(struct machine *m, u64 addr, struct outcome *out)
{
	/* A device reads as zero; so does a load that never got through. */
	const u64 regs[] = { addr, 0 };

	emu_set_xregs(&m->cpu, regs, ARRAY_SIZE(regs));
	do_access(m, PERM_R, m->place.el1.load, addr, out);
}

void machine_host_store(struct machine *m, u64 addr, u64 value, struct outcome *out)
{
	const u64 regs[] = { addr, value };

	emu_set_xregs(&m->cpu, regs, ARRAY_SIZE(regs));
	do_access(m, PERM_W, m->place.el1.store, addr, out);
}

/*
 * The emulator decodes what it fetches, and some words abort it. What lies in the host's memory does
 * not matter, since it is not run: let it be a branch. Memory that EL2 owns must stay as it is.
 */
static u8 *host_word(const struct machine *m, u64 addr)
{
	struct leaf leaf;

	core_host_leaf(&m->core, addr, &leaf);
	if (leaf.kind == LEAF_NONE || (leaf.kind == LEAF_MAPPED && leaf.perm & PERM_FETCH))
		return phys_ptr(&m->core.phys, addr, sizeof(u32));

	return NULL;
}

void machine_catch(struct machine *m, u64 addr)
{
	const u32 branch = INSN_B_SELF;

	m->caught = host_word(m, addr);
	if (m->caught) {
		memcpy(&m->caught_word, m->caught, sizeof(u32));
		memcpy(m->caught, &branch, sizeof(u32));
	}
	emu_stop_at(&m->cpu, addr);
}

void machine_release(struct machine *m)
{
	emu_stop_at(&m->cpu, 0);
	if (m->caught)
		memcpy(m->caught, &m->caught_word, sizeof(u32));
	m->caught = NULL;
}

/*
 * What the emulator made of EL1's own code does not stop where that is fetched, but would store there; what it makes
 * of it now must not be run later.
 */
static void retranslate_el1(struct machine *m, u64 addr)
{
	if (is_el1_code(m, addr))
		uc_ctl_flush_tb(m->cpu.uc);
}

void machine_host_fetch(struct machine *m, u64 addr, struct outcome *out)
{
	const u64 regs[] = { addr, 0 };

	emu_set_xregs(&m->cpu, regs, ARRAY_SIZE(regs));
	machine_catch(m, addr);
	retranslate_el1(m, addr);
	do_access(m, PERM_FETCH, addr, addr, out);
	machine_release(m);
	retranslate_el1(m, addr);
}
