// SPDX-License-Identifier: GPL-2.0-only
/*
 * The host at EL1: hypercalls, loads, stores and fetches. No code of the host runs here: its accesses
 * are walks of its stage-2, and what faults goes to EL2 as the CPU would take it there.
 */
#include "core/native/machine.h"
#include "core/syndrome.h"

/* As on the AArch64 core: a stage-2 fault that EL2 resumes this often is a livelock of the host. */
#define MAX_FAULTS 4

static void finish(struct native *n, enum outcome_kind kind, struct outcome *out)
{
	out->kind = kind;
	out->pstate = n->sym.sysregs[NATIVE_SPSR_EL2];
	memcpy(out->regs, n->regs, sizeof(out->regs));
}

static void call_trap(void *arg)
{
	struct native *n = arg;

	n->sym.trap((el2fuzz_u64 *)n->regs);
}

/* An exception from EL1 at @pc */
static enum outcome_kind trap(struct native *n, u64 pc, u64 esr, u64 far, u64 hpfar)
{
	u64 *sysregs = n->sym.sysregs;
	enum outcome_kind how;

	sysregs[NATIVE_ESR_EL2] = esr;
	sysregs[NATIVE_FAR_EL2] = far;
	sysregs[NATIVE_HPFAR_EL2] = hpfar;
	sysregs[NATIVE_ELR_EL2] = pc;
	sysregs[NATIVE_SPSR_EL2] = PSTATE_EL1H;
	how = native_run(n, call_trap);
	if (how == OUTCOME_RETURNED && !n->p.core.firmware.psci.restart && native_stale(n))
		return OUTCOME_EL2_REPORT;
	return how;
}

void native_arrived(struct native *n, enum outcome_kind how, u64 pc, struct outcome *out)
{
	if (how == OUTCOME_RETURNED)
		finish(n, OUTCOME_RETURNED, out);
	else
		program_crash(&n->p, how, out);
	out->pc_offset = n->sym.sysregs[NATIVE_ELR_EL2] - pc;
}

/* @pc: the preferred return address of the exception, from which EL2 gets to el1.resume */
static void call_el2(struct native *n, u64 ec, u64 pc, const u64 *regs, unsigned int nr,
                     struct outcome *out)
{
	const struct psci_entry *entry;
	enum outcome_kind how;

	memcpy(n->regs, regs, nr * sizeof(*regs));
	how = trap(n, pc, ESR_EC(ec), 0, 0);
	entry = n->p.core.firmware.psci.restart;
	if (how == OUTCOME_RETURNED && entry)
		how = native_restart_cpu(n, entry);
	native_arrived(n, how, entry ? entry->host_pc : n->place.el1.resume, out);
}

void native_hypercall(struct native *n, const u64 *regs, unsigned int nr, struct outcome *out)
{
	call_el2(n, EC_HVC64, n->place.el1.resume, regs, nr, out);
}

void native_smc(struct native *n, const u64 *regs, unsigned int nr, struct outcome *out)
{
	call_el2(n, EC_SMC64, n->place.el1.resume - 4, regs, nr, out);
}

static bool allowed(const struct leaf *leaf, u8 perm)
{
	return leaf->kind == LEAF_MAPPED && !leaf->old && leaf->perm & perm;
}

/* EL1's own page is gone: neither the host nor the harness can run there any more. */
static bool lost(const struct native *n, u64 pc, u64 addr)
{
	struct leaf leaf;

	core_host_leaf(&n->p.core, pc, &leaf);
	return pc != addr && !allowed(&leaf, PERM_FETCH);
}

static void el1_fault(struct native *n, u8 perm, u64 addr, struct outcome *out)
{
	finish(n, OUTCOME_EL1_FAULT, out);
	out->esr = esr_address_size_fault(perm);
	out->far = addr;
}

static void aborted(struct native *n, u64 pc, struct outcome *out)
{
	finish(n, OUTCOME_ABORTED, out);
	out->esr = n->sym.sysregs[NATIVE_ESR_EL1];
	out->far = n->sym.sysregs[NATIVE_FAR_EL1];
	out->elr_offset = n->sym.sysregs[NATIVE_ELR_EL1] - pc;
	out->spsr = n->sym.sysregs[NATIVE_SPSR_EL1];
}

/* What EL1 does once it gets through; a device reads as zero. */
static void perform(struct native *n, const struct leaf *leaf, u8 perm, u64 addr)
{
	u64 *word =
		phys_ptr(&n->p.core.phys, leaf->pa + (addr & (MAP_PAGE_SIZE - 1)), sizeof(*word));

	if (!word)
		return;
	if (perm == PERM_R) {
		n->regs[1] = *word;
	} else if (perm == PERM_W) {
		memory_touch(&n->memory, leaf->pa);
		*word = n->regs[1];
	}
}

static void do_access(struct native *n, u8 perm, u64 pc, u64 addr, struct outcome *out)
{
	n->sym.sysregs[NATIVE_SPSR_EL2] = PSTATE_EL1H;
	for (out->faults = 0;;) {
		enum outcome_kind how;
		struct leaf leaf;

		if (lost(n, pc, addr)) {
			finish(n, OUTCOME_LOST, out);
			return;
		}
		if (addr >> n->p.core.map.pa_bits) {
			el1_fault(n, perm, addr, out);
			return;
		}
		core_host_leaf(&n->p.core, addr, &leaf);
		if (allowed(&leaf, perm)) {
			perform(n, &leaf, perm, addr);
			finish(n, OUTCOME_RETURNED, out);
			return;
		}
		if (out->faults == MAX_FAULTS) {
			finish(n, OUTCOME_REFAULTED, out);
			return;
		}

		how = trap(n, pc, esr_stage2_fault(&leaf, perm), addr, (addr >> 12) << 4);
		if (how != OUTCOME_RETURNED) {
			program_crash(&n->p, how, out);
			return;
		}
		out->faults++;
		if (n->sym.sysregs[NATIVE_ELR_EL2] == pc)
			continue;
		/* EL2 sends the host to its vector, which it has to be able to fetch. */
		if (lost(n, n->place.el1.sync_vector, addr))
			finish(n, OUTCOME_LOST, out);
		else
			aborted(n, pc, out);
		return;
	}
}

void native_host_load(struct native *n, u64 addr, struct outcome *out)
{
	n->regs[0] = addr;
	n->regs[1] = 0;
	do_access(n, PERM_R, n->place.el1.load, addr, out);
}

void native_host_store(struct native *n, u64 addr, u64 value, struct outcome *out)
{
	n->regs[0] = addr;
	n->regs[1] = value;
	do_access(n, PERM_W, n->place.el1.store, addr, out);
}

void native_host_fetch(struct native *n, u64 addr, struct outcome *out)
{
	n->regs[0] = addr;
	n->regs[1] = 0;
	do_access(n, PERM_FETCH, addr, addr, out);
}
