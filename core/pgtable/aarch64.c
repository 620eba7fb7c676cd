// SPDX-License-Identifier: GPL-2.0-only
/* The pgtable world as the tree's own AArch64 code, run by Unicorn at EL2. */
#include "core/aarch64/machine.h"
#include "core/pgtable/core.h"

#define PA_BITS 44

/* An op makes at most all tables that there is room for, entry by entry. */
#define OP_BUDGET 100000000

/* BRK #0, where the driver returns to */
#define INSN_BRK 0xd4200000U

/* The identity map: VMSAv8-64 descriptors (Arm ARM D8.3), attribute 0 of MAIR_EL2 */
#define DESC_TABLE 3ULL
#define DESC_BLOCK 1ULL
#define DESC_AF_ISH (BIT(10) | 3 << 8)
#define DESC_AP_EL2 BIT(6) /* RES1 in a regime of one EL */
#define MAIR_NORMAL 0xff
#define TCR_EL2_RES1 (BIT(31) | BIT(23))
#define TCR_48_BITS 16 /* T0SZ; 4 KiB granule */
#define TCR_PS_44 (4 << 16)
#define SCTLR_EL2_M BIT(0)

/* TLBI is a SYS instruction with op0 1 and CRn 8 (Arm ARM C5.5). */
#define TLBI_MASK 0xfff8f000U
#define TLBI_INSN 0xd5088000U

struct emulated {
	struct machine m; /* first: the core interface hands it around */
	struct pgtable_places places;
	u64 step[PGTABLE_NR_FORMS];
	u64 done;
	uc_hook told[PGTABLE_NR_FORMS];
};

static struct emulated *emulated(const struct core *core)
{
	return (struct emulated *)core;
}

static enum cpu_stop call_driver(struct emulated *e, enum pgtable_form form)
{
	struct cpu *cpu = &e->m.cpu;

	emu_set_xregs(cpu, &e->places.shared, 1);
	emu_set_reg(cpu, UC_ARM64_REG_SP, e->places.stack + PGTABLE_STACK_SIZE);
	emu_set_reg(cpu, UC_ARM64_REG_X29, 0);
	emu_set_reg(cpu, UC_ARM64_REG_X30, e->done);
	cpu->blocks = 0;

	return emu_run(cpu, e->step[form]);
}

static void emulated_step(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
                          struct outcome *out)
{
	struct emulated *e = emulated(core);
	enum pgtable_form form = pgtable_ask(core, op, args);
	enum cpu_stop stop = call_driver(e, form);

	if (stop == STOP_EXIT)
		pgtable_answer(core, form, out);
	else
		exception_crash(&e->m, stop, out);
}

static void emulated_reset(struct core *core)
{
	pgtable_ask(core, NULL, NULL);
	for (unsigned int form = 0; form < PGTABLE_NR_FORMS; form++)
		call_driver(emulated(core), form);
}

/* Gigabyte by gigabyte, as far as one table reaches. */
static void map_memory(struct emulated *e)
{
	struct core *core = &e->m.core;
	struct cpu *cpu = &e->m.cpu;
	u64 l0 = e->places.tables, l1 = l0 + MAP_PAGE_SIZE;
	u64 *entries = phys_ptr(&core->phys, l0, 2 * MAP_PAGE_SIZE);

	entries[0] = l1 | DESC_TABLE;
	for (u64 i = 0; i < 512; i++)
		entries[512 + i] = i << 30 | DESC_BLOCK | DESC_AF_ISH | DESC_AP_EL2;

	emu_set_sysreg(cpu, SYSREG_MAIR_EL2, MAIR_NORMAL);
	emu_set_sysreg(cpu, SYSREG_TTBR0_EL2, l0);
	emu_set_sysreg(cpu, SYSREG_TCR_EL2, TCR_EL2_RES1 | TCR_PS_44 | TCR_48_BITS);
	emu_set_sysreg(cpu, SYSREG_SCTLR_EL2, emu_sysreg(cpu, SYSREG_SCTLR_EL2) | SCTLR_EL2_M);
	/* The current task of the host kernel's code, which has the stack's guard in it */
	emu_set_reg(cpu, UC_ARM64_REG_SP_EL0, e->places.stack);
	root_from_tcr(&core->observer.hyp_s1, l0, emu_sysreg(cpu, SYSREG_TCR_EL2), MAIR_NORMAL);
}

static void on_tlbi(uc_engine *uc, u64 pc, u32 size, void *arg)
{
	struct emulated *e = arg;
	const u32 *insn = phys_ptr(&e->m.core.phys, pc, size);
	unsigned int rt = *insn & 0x1f;
	u64 value = 0;

	(void)uc;
	if (rt < 31)
		value = emu_reg(&e->m.cpu, rt < 29 ? (int)UC_ARM64_REG_X0 + (int)rt :
		                                     (int)UC_ARM64_REG_X29 + (int)rt - 29);
	pgtable_note_tlbi(&e->m.core, value);
}

/* The emulator does not tell of a TLBI: look where they are. */
static int watch_tlbis(struct emulated *e, u64 text, u64 text_end, struct error *err)
{
	const u32 *insns = phys_ptr(&e->m.core.phys, text, text_end - text);

	for (u64 i = 0; i < (text_end - text) / 4; i++) {
		u64 pc = text + i * 4;
		uc_hook hook;

		if ((insns[i] & TLBI_MASK) != TLBI_INSN)
			continue;
		if (uc_hook_add(e->m.cpu.uc, &hook, UC_HOOK_CODE, on_tlbi, e, pc, pc))
			return error_set(err, "unicorn: no hook at 0x%llx", (unsigned long long)pc);
	}

	return 0;
}

static void on_told(uc_engine *uc, u64 pc, u32 size, void *arg)
{
	struct emulated *e = arg;

	(void)uc;
	(void)pc;
	(void)size;
	pgtable_note_event(&e->m.core,
	                   phys_ptr(&e->m.core.phys, emu_reg(&e->m.cpu, UC_ARM64_REG_X0),
	                            sizeof(struct pgtable_event)));
}

static int emulated_watch(struct core *core, bool on, struct error *err)
{
	struct emulated *e = emulated(core);
	const u64 told[PGTABLE_NR_FORMS] = {
		[PGTABLE_FORM_NVHE] = image_symbol(&e->m.image, "el2fuzz_pgtable_event"),
		[PGTABLE_FORM_HOST] =
			image_raw_symbol(&e->m.image, "el2fuzz_host_el2fuzz_pgtable_event"),
	};

	for (unsigned int i = 0; i < PGTABLE_NR_FORMS; i++) {
		if (!on && e->told[i])
			uc_hook_del(e->m.cpu.uc, e->told[i]);
		if (on && (!told[i] || uc_hook_add(e->m.cpu.uc, &e->told[i], UC_HOOK_CODE, on_told,
		                                   e, told[i], told[i])))
			return error_set(err, "unicorn: no hook at el2fuzz_pgtable_event()");
	}

	return machine_watch(&e->m, on, err);
}

/* At the stack's far end */
static void place_exit(struct emulated *e)
{
	u32 *brk = phys_ptr(&e->m.core.phys, e->places.stack, sizeof(*brk));

	*brk = INSN_BRK;
	e->done = e->places.stack;
	emu_add_exit(&e->m.cpu, e->done);
}

static int open_machine(struct emulated *e, struct error *err)
{
	struct machine *m = &e->m;
	struct core *core = &m->core;
	u64 text, text_end;

	if (image_open(&m->image, core->config.image, EM_AARCH64, err))
		return -1;
	text = image_raw_symbol(&m->image, "el2fuzz_text_start");
	text_end = image_raw_symbol(&m->image, "el2fuzz_text_end");
	e->step[PGTABLE_FORM_NVHE] = image_symbol(&m->image, "el2fuzz_pgtable_step");
	e->step[PGTABLE_FORM_HOST] =
		image_raw_symbol(&m->image, "el2fuzz_host_el2fuzz_pgtable_step");
	if (!e->step[PGTABLE_FORM_NVHE] || !e->step[PGTABLE_FORM_HOST] || m->image.va_base)
		return error_set(
			err,
			"%s: not an image of the page-table library; './el2fuzz build' makes one",
			core->config.image);
	if (phys_init(&core->phys, &core->map, err) || image_load(&m->image, &core->phys, err) ||
	    image_patch(&m->image, &core->phys, core->config.caps, err) ||
	    emu_open(&m->cpu, &core->phys, err) ||
	    emu_cover(&m->cpu, text, text_end, phys_ptr(&core->phys, text, text_end - text), err))
		return -1;
	if (m->image.end - m->image.start > PGTABLE_TEXT_SIZE)
		return error_set(err, "%s: larger than expected", core->config.image);
	if (pgtable_place(core, 0, &e->places, err) || watch_tlbis(e, text, text_end, err))
		return -1;
	map_memory(e);
	place_exit(e);

	m->cpu.budget = OP_BUDGET;
	emulated_reset(core);
	return 0;
}

static struct core *emulated_open(const struct core_config *config, struct error *err)
{
	struct emulated *e =
		machine_new(sizeof(*e), &pgtable_aarch64_backend, config, PA_BITS, 0, err);

	if (e && open_machine(e, err)) {
		machine_close(&e->m.core);
		return NULL;
	}
	return e ? &e->m.core : NULL;
}

const struct core_backend pgtable_aarch64_backend = {
	.open = emulated_open,
	.close = machine_close,
	.reset = emulated_reset,
	.step = emulated_step,
	.watch = emulated_watch,
	.source = machine_source,
	.bug_source = machine_bug_source,
	.coverage = machine_coverage,
	.blocks_covered = machine_blocks_covered,
	.counters = machine_counters,
};
