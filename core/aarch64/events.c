// SPDX-License-Identifier: GPL-2.0-only
/*
 * The emulator tells of no TLB maintenance and of no barrier: the text is looked through once for the
 * instructions that are events, and the emulator stops by at each of these.
 */
#include "core/aarch64/machine.h"

#include <stdlib.h>

/* System instructions (Arm ARM C4.1): op1, CRn, CRm and op2 are in bits 18..5, Rt in bits 4..0. */
#define SYS_MASK 0xfff80000U
#define SYS_INSN 0xd5080000U
#define MSR_MASK 0xfff00000U
#define MSR_INSN 0xd5100000U
#define BARRIER_MASK 0xfffff01fU
#define BARRIER_INSN 0xd503301fU /* CRm in bits 11..8, op2 in bits 7..5 */
#define OP2_DSB 4
#define OP2_ISB 6
#define CRN_TLBI 8
#define INSN_ERET 0xd69f03e0U
#define INSN_IC_IALLUIS 0xd508711fU

struct site {
	struct machine *m;
	u64 pc;
	uc_hook hook;
	u8 kind, op, rt;
};

struct watch {
	struct site *sites;
	unsigned int nr, room;
};

static u64 xreg(const struct machine *m, unsigned int rt)
{
	if (rt == 31)
		return 0;
	return emu_reg(&m->cpu, rt < 29 ? (int)UC_ARM64_REG_X0 + (int)rt :
	                                  (int)UC_ARM64_REG_X29 + (int)rt - 29);
}

/* The host is where its stage 2 is; all else below EL2 is a guest. */
static bool enters_guest(const struct machine *m)
{
	return (m->core.events.vttbr & GENMASK(47, 1)) != m->core.observer.host_s2.base;
}

static void on_site(uc_engine *uc, u64 pc, u32 size, void *arg)
{
	const struct site *site = arg;
	struct machine *m = site->m;
	struct event event = { .kind = site->kind, .op = site->op, .pc = pc };

	(void)uc;
	(void)size;
	switch (site->kind) {
	case EVENT_TLBI:
		event.arg = xreg(m, site->rt);
		break;
	case EVENT_REG:
		event.arg = xreg(m, site->rt);
		if (site->op == EVENT_HCR_EL2)
			event.arg &= EVENT_HCR_MASK;
		break;
	case EVENT_ICACHE:
		event.arg = site->rt == 31 ? 0 : xreg(m, 0);
		event.size = site->rt == 31 ? ~0ULL : xreg(m, 1) - event.arg;
		break;
	case EVENT_DCACHE:
		event.arg = xreg(m, 0);
		event.size = xreg(m, 1) - event.arg;
		event.arg = core_translate(&m->core, event.arg);
		break;
	case EVENT_GUEST:
		if (!enters_guest(m))
			return;
		break;
	default:
		break;
	}
	events_add(&m->core.events, &event);
}

static int add_site(struct machine *m, const struct site *site)
{
	struct watch *watch = m->watch;

	if (watch->nr == watch->room) {
		unsigned int room = watch->room ? 2 * watch->room : 128;
		struct site *sites = realloc(watch->sites, room * sizeof(*sites));

		if (!sites)
			return -1;
		watch->sites = sites;
		watch->room = room;
	}
	watch->sites[watch->nr++] = *site;

	return 0;
}

/* The register that an MSR writes, EVENT_REG_COUNT if it is none of these. */
static enum event_reg written_reg(u32 insn)
{
	static const enum sysreg regs[EVENT_REG_COUNT] = {
		[EVENT_VTTBR_EL2] = SYSREG_VTTBR_EL2,
		[EVENT_VTCR_EL2] = SYSREG_VTCR_EL2,
		[EVENT_HCR_EL2] = SYSREG_HCR_EL2,
		[EVENT_TTBR0_EL2] = SYSREG_TTBR0_EL2,
	};
	unsigned int reg = 0;

	while (reg < EVENT_REG_COUNT && ((insn & MSR_MASK) != MSR_INSN ||
	                                 (insn >> 5 & 0xffff) != emu_sysreg_index(regs[reg])))
		reg++;

	return reg;
}

/* Is the instruction an event? */
static bool classify(u32 insn, struct site *site)
{
	const unsigned int crm = insn >> 8 & 15, op2 = insn >> 5 & 7;
	enum event_reg reg;

	site->rt = insn & 31;
	site->op = 0;
	if ((insn & BARRIER_MASK) == BARRIER_INSN) {
		site->kind = op2 == OP2_ISB ? EVENT_ISB : EVENT_DSB;
		site->op = op2 == OP2_ISB ? 0 : crm;
		/* CRm 0 and 4 of a DSB are barriers of another kind. */
		return op2 == OP2_ISB || (op2 == OP2_DSB && crm & 3);
	}
	if ((insn & SYS_MASK) == SYS_INSN && (insn >> 12 & 15) == CRN_TLBI) {
		site->kind = EVENT_TLBI;
		site->op = tlbi_by_encoding(insn >> 16 & 7, crm, op2);
		return true;
	}

	reg = written_reg(insn);
	if (reg < EVENT_REG_COUNT) {
		site->kind = EVENT_REG;
		site->op = reg;
		return true;
	}
	site->kind = insn == INSN_ERET ? EVENT_GUEST : EVENT_ICACHE;

	return insn == INSN_ERET || insn == INSN_IC_IALLUIS;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), tail = strlen(end);

	return len >= tail && !strcmp(text + len - tail, end);
}

/*
 * What is written in assembly is another core's C, where that has any: of the ways into EL2 and out of it, which
 * synchronise the context anyway, only the ERET counts, of the functions of cache.S all.
 */
static bool counts(struct machine *m, const struct site *site)
{
	struct source_place place;

	if (site->kind == EVENT_GUEST)
		return true;
	image_source(&m->image, site->pc, &place);
	return !ends_with(place.file, ".S") || ends_with(place.file, "/cache.S");
}

static int find_sites(struct machine *m)
{
	const struct cpu *cpu = &m->cpu;
	static const struct {
		const char *name;
		u8 kind;
	} functions[] = {
		{ "dcache_clean_inval_poc", EVENT_DCACHE },
		{ "icache_inval_pou", EVENT_ICACHE },
	};

	/* In other worlds they are the driver's. */
	for (unsigned int i = 0; i < ARRAY_SIZE(functions) && m->core.config.world == WORLD_EL2;
	     i++) {
		const struct site site = { .m = m,
			                   .kind = functions[i].kind,
			                   .pc = image_symbol(&m->image, functions[i].name) };

		if (site.pc && add_site(m, &site))
			return -1;
	}
	for (u64 pc = cpu->text_start; pc < cpu->text_end; pc += 4) {
		const u32 *insn = phys_ptr(&m->core.phys, pc - m->image.va_base, sizeof(*insn));
		struct site site = { .m = m, .pc = pc };

		if (insn && classify(*insn, &site) && counts(m, &site) && add_site(m, &site))
			return -1;
	}

	return 0;
}

int machine_watch(struct machine *m, bool on, struct error *err)
{
	struct watch *watch = m->watch;

	if (!watch) {
		watch = m->watch = calloc(1, sizeof(*watch));
		if (!watch || find_sites(m))
			return error_set(err, "out of memory");
	}
	for (unsigned int i = 0; i < watch->nr; i++) {
		struct site *site = &watch->sites[i];

		if (!on)
			uc_hook_del(m->cpu.uc, site->hook);
		else if (uc_hook_add(m->cpu.uc, &site->hook, UC_HOOK_CODE, on_site, site, site->pc,
		                     site->pc))
			return error_set(err, "unicorn: no hook at 0x%llx",
			                 (unsigned long long)site->pc);
	}

	/* What was translated before has no such hook in it, or has it still. */
	emu_text_changed(&m->cpu);
	return 0;
}

void machine_free_watch(struct machine *m)
{
	if (m->watch)
		free(m->watch->sites);
	free(m->watch);
}
