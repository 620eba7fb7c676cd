// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nested world as the tree's own AArch64 objects, run by Unicorn at EL2, where a host kernel with VHE
 * is. The emulated CPU knows no VAs of 52 bits, as the kernel is linked for: with its MMU off it asks the
 * harness for each page, whose kernel's memory map is these few windows.
 */
#include "core/aarch64/machine.h"
#include "core/nested/core.h"
#include "core/syndrome.h"

#include "tree.h"

/* Basic blocks; of a piece of an empty stage 2 an unmap takes a dozen, and an op does several to all shadows. */
#define OP_BUDGET 100000000
#define PIECE_BUDGET 1000

/* What the emulator asks for at once, in virtual mode */
#define FILL_SIZE 0x400ULL

/* PAs that nothing else has: the image, and struct pages */
#define IMAGE_PA 0x40000000ULL
#define IMAGE_SIZE 0x1000000ULL
#define STRUCTS_PA 0x60000000ULL
#define STRUCTS_SIZE 0x800000ULL

#define INSN_LEN 4
#define TCR_EL1_48_BITS (16 << 16) /* T1SZ */
/* EPD0 and EPD1: EL1&0 translates nothing. An AT of the CPU's fails, and KVM walks the tables itself. */
#define TCR_EL1_NOTHING (BIT(7) | BIT(23))
#define SCTLR_M BIT(0)

enum window_of {
	WINDOW_IMAGE,
	WINDOW_POOL,
	WINDOW_RAM,
	WINDOW_POOL_STRUCTS,
	WINDOW_RAM_STRUCTS,
	NR_WINDOWS
};

struct window {
	u64 va, size, pa;
};

struct emulated_nested {
	struct machine m; /* first: the core interface hands it around */
	struct nested_view view;
	struct window windows[NR_WINDOWS];
	u64 boot, step, stack, task, done;
	uc_hook told; /* at el2fuzz_nested_event(), while events are of interest */
	u64 missed; /* the last address that is nowhere */
};

static struct emulated_nested *emulated(const struct core *core)
{
	return (struct emulated_nested *)core;
}

/* Return: the PA; 0: there is nothing */
static u64 translate(const struct emulated_nested *e, u64 va)
{
	for (unsigned int i = 0; i < NR_WINDOWS; i++) {
		const struct window *w = &e->windows[i];

		if (va - w->va < w->size)
			return w->pa + (va - w->va);
	}
	return 0;
}

static bool on_fill(uc_engine *uc, u64 va, uc_mem_type type, uc_tlb_entry *entry, void *arg)
{
	struct emulated_nested *e = arg;
	u64 pa = translate(e, ALIGN_DOWN(va, FILL_SIZE));

	(void)uc;
	(void)type;
	if (!pa) {
		e->missed = va;
		return false;
	}
	entry->paddr = pa;
	entry->perms = UC_PROT_ALL;
	return true;
}

static u64 word_at(const struct emulated_nested *e, u64 va)
{
	return phys_read64(&e->m.core.phys, translate(e, va));
}

/* Frame records (AAPCS64 6.4.6) */
static void backtrace(struct emulated_nested *e, struct crash *crash)
{
	const struct image *image = &e->m.image;
	u64 fp = emu_reg(&e->m.cpu, UC_ARM64_REG_X29);

	while (crash->nr_frames < CRASH_MAX_FRAMES && fp && !(fp & 7)) {
		u64 next = word_at(e, fp), lr = word_at(e, fp + 8);

		if (lr < image->start || lr >= image->end)
			break;
		crash->frames[crash->nr_frames++] = lr;
		if (next <= fp)
			break;
		fp = next;
	}
}

static u32 insn_at(const struct emulated_nested *e, u64 pc)
{
	return word_at(e, ALIGN_DOWN(pc, 8)) >> (pc & 4 ? 32 : 0);
}

/* How it stopped, where it was not to */
static void describe(struct emulated_nested *e, enum cpu_stop stop, struct outcome *out)
{
	struct nested_shared *shared = e->view.shared;
	struct crash *crash = &out->crash;

	memset(crash, 0, sizeof(*crash));
	crash->pc = emu_reg(&e->m.cpu, UC_ARM64_REG_PC);
	crash->far = e->missed;
	crash->esr = ESR_EC(EC_UNKNOWN);
	out->kind = OUTCOME_EL2_EXCEPTION;
	if (stop == STOP_BUDGET) {
		out->kind = OUTCOME_HANG;
	} else if (shared->stop) {
		crash->pc = emu_reg(&e->m.cpu, UC_ARM64_REG_X30) - INSN_LEN;
	} else if (stop == STOP_EXCEPTION && e->m.cpu.exception == EXC_BRK) {
		brk_describe(&e->m.cpu, insn_at(e, crash->pc), insn_at(e, e->m.cpu.branch_pc), out);
	} else if (e->missed && nested_name_nothing(&e->m.image, shared, e->missed)) {
		/* What was called is none of the tree's code: who called it is. */
		if (crash->pc == e->missed)
			crash->pc = emu_reg(&e->m.cpu, UC_ARM64_REG_X30) - INSN_LEN;
	} else if (e->missed) {
		crash->esr = ESR_EC(EC_DABT_CUR);
	}
	backtrace(e, crash);
	if (shared->stop)
		nested_stopped(shared, out);
}

static enum cpu_stop call(struct emulated_nested *e, u64 fn)
{
	struct cpu *cpu = &e->m.cpu;

	emu_set_reg(cpu, UC_ARM64_REG_SP, e->stack);
	emu_set_reg(cpu, UC_ARM64_REG_SP_EL0, e->task);
	emu_set_reg(cpu, UC_ARM64_REG_X29, 0);
	emu_set_reg(cpu, UC_ARM64_REG_X30, e->done);
	cpu->blocks = 0;
	e->missed = 0;

	return emu_run(cpu, fn);
}

static void emulated_step(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
                          struct outcome *out)
{
	struct emulated_nested *e = emulated(core);
	enum cpu_stop stop;

	nested_ask(e->view.shared, op, args);
	stop = call(e, e->step);
	if (stop == STOP_EXIT)
		nested_answer(e->view.shared, out);
	else
		describe(e, stop, out);
	out->blocks = e->m.cpu.blocks;
}

/* A step that was left on the way may have left the CPU otherwise than a call does. */
static void emulated_reset(struct core *core)
{
	struct machine *m = &emulated(core)->m;

	phys_reset(&core->phys);
	emu_set_el(&m->cpu, PSTATE_EL2H);
}

static u64 symbol(const struct emulated_nested *e, const char *name)
{
	return image_raw_symbol(&e->m.image, name);
}

static void on_told(uc_engine *uc, u64 pc, u32 size, void *arg)
{
	struct emulated_nested *e = arg;
	u64 event = translate(e, emu_reg(&e->m.cpu, UC_ARM64_REG_X0));

	(void)uc;
	(void)pc;
	(void)size;
	nested_note_event(&e->m.core,
	                  phys_ptr(&e->m.core.phys, event, sizeof(struct nested_event)));
}

static int emulated_watch(struct core *core, bool on, struct error *err)
{
	struct emulated_nested *e = emulated(core);
	const u64 told = symbol(e, "el2fuzz_nested_event");

	if (!on)
		uc_hook_del(e->m.cpu.uc, e->told);
	else if (!told || uc_hook_add(e->m.cpu.uc, &e->told, UC_HOOK_CODE, on_told, e, told, told))
		return error_set(err, "unicorn: no hook at el2fuzz_nested_event()");
	return machine_watch(&e->m, on, err);
}

static int load_image(struct emulated_nested *e, struct error *err)
{
	struct core *core = &e->m.core;
	struct image *image = &e->m.image;

	if (image_map(image, core->config.image, err))
		return -1;
	image->prefix = "";
	image->host = true;
	image->start = symbol(e, "el2fuzz_code_start");
	image->end = symbol(e, "el2fuzz_code_end");
	image->va_base = image->start - IMAGE_PA;
	if (!image->start || !symbol(e, "el2fuzz_places"))
		return error_set(
			err,
			"%s: not an image of the nested world for AArch64; './el2fuzz build' "
			"makes one",
			core->config.image);
	if (symbol(e, "el2fuzz_state_end") - image->start > IMAGE_SIZE)
		return error_set(err, "%s: larger than expected", core->config.image);
	return image_load(image, &core->phys, err) ||
	       image_patch(image, &core->phys, core->config.caps, err);
}

/* Physical memory, and where the kernel has it: el2fuzz_places, entry_aarch64.c */
static int place_memory(struct emulated_nested *e, struct error *err)
{
	const u64 pool_size = NESTED_POOL_PAGES * NESTED_PAGE_SIZE;
	const struct memory_map memory = {
		.regions = { { .base = IMAGE_PA, .size = IMAGE_SIZE },
		             { .base = STRUCTS_PA, .size = STRUCTS_SIZE },
		             { .base = NESTED_POOL_PA, .size = pool_size },
		             { .base = NESTED_RAM_PA, .size = NESTED_RAM_SIZE } },
		.nr_regions = 4,
	};
	const u64 *places;
	u64 structs;

	if (phys_init(&e->m.core.phys, &memory, err) || load_image(e, err))
		return -1;
	e->windows[WINDOW_IMAGE] = (struct window){ e->m.image.start, IMAGE_SIZE, IMAGE_PA };
	places = phys_ptr(&e->m.core.phys, translate(e, symbol(e, "el2fuzz_places")),
	                  NESTED_NR_PLACES * sizeof(*places));
	structs = places[NESTED_PLACE_sizeof_page] * NESTED_POOL_PAGES;
	e->windows[WINDOW_POOL] =
		(struct window){ places[NESTED_PLACE_pool], pool_size, NESTED_POOL_PA };
	e->windows[WINDOW_RAM] = (struct window){ NESTED_RAM_HVA, NESTED_RAM_SIZE, NESTED_RAM_PA };
	e->windows[WINDOW_POOL_STRUCTS] =
		(struct window){ places[NESTED_PLACE_pool_structs], structs, STRUCTS_PA };
	e->windows[WINDOW_RAM_STRUCTS] =
		(struct window){ places[NESTED_PLACE_ram_structs],
		                 places[NESTED_PLACE_sizeof_page] * 2 * NESTED_RAM_PAGES,
		                 STRUCTS_PA + structs };
	return 0;
}

static int open_cpu(struct emulated_nested *e, struct error *err)
{
	const u64 text = symbol(e, "el2fuzz_text_start"), text_end = symbol(e, "el2fuzz_text_end");
	struct phys *phys = &e->m.core.phys;
	struct cpu *cpu = &e->m.cpu;
	uc_hook hook;

	if (emu_open(cpu, phys, err) ||
	    emu_cover(cpu, text, text_end, phys_ptr(phys, translate(e, text), text_end - text),
	              err))
		return -1;
	if (uc_ctl_tlb_mode(cpu->uc, UC_TLB_VIRTUAL) ||
	    uc_hook_add(cpu->uc, &hook, UC_HOOK_TLB_FILL, on_fill, e, 1, 0))
		return error_set(err, "unicorn: no virtual TLB");
	emu_set_sysreg(cpu, SYSREG_TCR_EL1, TCR_EL1_48_BITS | TCR_EL1_NOTHING);
	emu_set_sysreg(cpu, SYSREG_SCTLR_EL1, emu_sysreg(cpu, SYSREG_SCTLR_EL1) | SCTLR_M);
	cpu->budget = OP_BUDGET + PIECE_BUDGET * nested_pieces(e->m.core.config.layout);
	e->boot = symbol(e, "el2fuzz_nested_boot");
	e->step = symbol(e, "el2fuzz_nested_step");
	e->stack = symbol(e, "el2fuzz_stack_end");
	e->task = symbol(e, "el2fuzz_task");
	e->done = symbol(e, "el2fuzz_done");
	emu_add_exit(cpu, e->done);
	return 0;
}

static int boot(struct emulated_nested *e, struct error *err)
{
	struct outcome out = { 0 };
	struct source_place place;
	enum cpu_stop stop = call(e, e->boot);

	if (stop == STOP_EXIT)
		return 0;
	describe(e, stop, &out);
	image_source(&e->m.image, out.crash.nr_frames > 1 ? out.crash.frames[1] : out.crash.pc,
	             &place);
	return error_set(err, "boot: the host kernel stopped below %s %s:%u, for 0x%llx: %s",
	                 place.function, place.file, place.line, (unsigned long long)out.crash.far,
	                 out.kind == OUTCOME_EL2_REPORT ? out.crash.report : "an exception");
}

static int open_machine(struct emulated_nested *e, struct error *err)
{
	struct phys *phys = &e->m.core.phys;

	if (place_memory(e, err))
		return -1;
	e->view.shared =
		phys_ptr(phys, translate(e, symbol(e, "el2fuzz_nested")), sizeof(*e->view.shared));
	e->view.pool = phys_ptr(phys, NESTED_POOL_PA, 1);
	e->view.ram = phys_ptr(phys, NESTED_RAM_PA, 1);
	e->view.shared->pa_bits = nested_pa_bits(e->m.core.config.layout);
	e->m.core.nested = &e->view;
	if (open_cpu(e, err) || boot(e, err))
		return -1;
	return phys_snapshot(phys, err);
}

static struct core *emulated_open(const struct core_config *config, struct error *err)
{
	struct emulated_nested *e;

	if (config->layout == LAYOUT_PA48) {
		error_set(
			err,
			"a walk of 48 bits of IPAs takes the emulator a second, and a trace has many: "
			"layout pa48 is for --core native");
		return NULL;
	}
	e = machine_new(sizeof(*e), &nested_aarch64_backend, config, nested_pa_bits(config->layout),
	                0, err);
	if (!e)
		return NULL;
	map_finish(&e->m.core.map); /* of no meaning here, but it is shown to whoever asks */
	if (open_machine(e, err)) {
		machine_close(&e->m.core);
		return NULL;
	}

	return &e->m.core;
}

const struct core_backend nested_aarch64_backend = {
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
