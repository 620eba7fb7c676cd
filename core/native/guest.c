// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guests: an interpreter of the few instructions that their program (core/guest_code.h) is made of, under
 * the stage-2 that EL2 has chosen. What they cannot do is an exception to EL2, as on a CPU.
 */
#include "core/guest_code.h"
#include "core/native/machine.h"
#include "core/syndrome.h"

/* The other A64 instructions of the program (Arm ARM C4) */
#define INSN_B_MASK 0xfc000000U
#define INSN_B 0x14000000U
#define INSN_HVC0 0xd4000002U
#define INSN_NOP 0xd503201fU
#define INSN_MOV_REG_MASK 0xffe0ffe0U
#define INSN_MOV_REG 0xaa0003e0U
#define INSN_MOVZ_MASK 0xffe00000U
#define INSN_MOVZ 0xd2800000U

/* Between one entry and the next: its program has fewer. */
#define MAX_INSNS 64

struct guest {
	struct native *n;
	struct table_root root;
	u64 *x; /* x0..x30, in EL2's memory */
	u64 pc;
};

static void take(struct guest *g, u64 esr, u64 far, u64 ipa)
{
	u64 *sysregs = g->n->sym.sysregs;

	sysregs[NATIVE_ESR_EL2] = esr;
	sysregs[NATIVE_FAR_EL2] = far;
	sysregs[NATIVE_HPFAR_EL2] = (ipa >> 12) << 4;
	sysregs[NATIVE_ELR_EL2] = g->pc;
}

/* Return: the memory at @ipa, @none for a device, or NULL with the fault taken. */
static void *reach(struct guest *g, u64 ipa, u8 perm, void *none)
{
	struct leaf leaf;
	void *p;

	table_lookup(&g->n->p.core.phys, &g->root, ipa, &leaf);
	if (leaf.kind != LEAF_MAPPED || leaf.old || !(leaf.perm & perm)) {
		take(g, esr_stage2_fault(&leaf, perm), ipa, ipa);
		return NULL;
	}
	p = phys_ptr(&g->n->p.core.phys, leaf.pa + (ipa & (MAP_PAGE_SIZE - 1)), 1);
	if (p && perm == PERM_W)
		memory_touch(&g->n->memory, leaf.pa);

	return p ? p : none;
}

static bool load_store(struct guest *g, u32 insn)
{
	u64 addr = g->x[insn >> 5 & 31] + (insn >> 10 & 0xfff) * 8;
	bool load = insn & INSN_IS_LOAD;
	u64 none = 0;
	u64 *word = reach(g, addr, load ? PERM_R : PERM_W, &none);

	if (!word)
		return false;
	if (load)
		memcpy(&g->x[insn & 31], word, sizeof(*word));
	else
		memcpy(word, &g->x[insn & 31], sizeof(*word));
	g->pc += 4;

	return true;
}

/* To the guest's own vector: what is undefined never leaves EL1. */
static void undefined(struct guest *g)
{
	u64 *sysregs = g->n->sym.sysregs;

	sysregs[NATIVE_ESR_EL1] = ESR_EC(EC_UNKNOWN);
	sysregs[NATIVE_ELR_EL1] = g->pc;
	sysregs[NATIVE_SPSR_EL1] = sysregs[NATIVE_SPSR_EL2];
	sysregs[NATIVE_SPSR_EL2] = PSTATE_EL1H;
	g->pc = sysregs[NATIVE_VBAR_EL1] + VECTOR_CURRENT_SYNC;
}

/* The word that stands for an instruction which may trap. */
static bool any_insn(struct guest *g)
{
	u64 esr;

	switch (guest_insn_effect(g->n->guest_insn, g->n->sym.sysregs[NATIVE_HCR_EL2], &esr)) {
	case GUEST_TRAPS:
		take(g, esr, 0, 0);
		return false;
	case GUEST_COMPLETES:
		if (g->n->guest_insn.kind == GUEST_INSN_MRS)
			g->x[1] = 0;
		g->pc += 4;
		return true;
	default:
		undefined(g);
		return true;
	}
}

/* Return: does the guest go on? */
static bool step(struct guest *g)
{
	u32 none = 0, *p = reach(g, g->pc, PERM_FETCH, &none), insn = p ? *p : 0;

	if (!p)
		return false;
	if ((insn & INSN_LDR_STR_MASK) == INSN_LDR_STR)
		return load_store(g, insn);

	if (insn == INSN_ANY)
		return any_insn(g);
	if (insn == INSN_RET_X0) {
		g->pc = g->x[0];
		return true;
	}
	if ((insn & INSN_B_MASK) == INSN_B) {
		g->pc += (s64)(s32)(insn << 6) >> 4;
		return true;
	}
	if ((insn & INSN_MOV_REG_MASK) == INSN_MOV_REG)
		g->x[insn & 31] = g->x[insn >> 16 & 31];
	else if ((insn & INSN_MOVZ_MASK) == INSN_MOVZ)
		g->x[insn & 31] = insn >> 5 & 0xffff;
	else if (insn != INSN_NOP && insn != INSN_HVC0) {
		undefined(g);
		return true;
	}
	g->pc += 4;
	if (insn != INSN_HVC0)
		return true;
	take(g, ESR_EC(EC_HVC64), 0, 0);

	return false;
}

void native_guest(struct native *n, u64 *x)
{
	struct guest g = { .n = n, .x = x, .pc = n->sym.sysregs[NATIVE_ELR_EL2] };

#define FIX(name) n->sym.sysregs[NATIVE_##name] = 0;
	GUEST_FIXED_SYSREGS(FIX)
#undef FIX
	root_from_vtcr(&g.root, n->sym.sysregs[NATIVE_VTTBR_EL2], n->sym.sysregs[NATIVE_VTCR_EL2],
	               n->p.core.config.caps & BIT(CAP_fwb));
	for (unsigned int i = 0; i < MAX_INSNS; i++) {
		if (!step(&g))
			return;
	}
	take(&g, ESR_EC(EC_UNKNOWN), 0, 0);
}
