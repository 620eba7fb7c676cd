// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pgtable world compiled for this machine: driver and library are an image with its own addresses, loaded
 * into this process. There is one such core in a process.
 */
#include "core/image/image.h"
#include "core/native/coverage.h"
#include "core/native/hooks.h"
#include "core/native/load.h"
#include "core/native/sanitize.h"
#include "core/native/shadow.h"
#include "core/native/signal_frame.h"
#include "core/pgtable/core.h"
#include "core/syndrome.h"

#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tree.h"

#define PA_BITS 44

/* Of the runner's stack: more than a step takes */
#define STEP_STACK 0x10000

struct native_pgtable {
	struct core core; /* first: the core interface hands it around */
	struct image image;
	bool sanitized;
	struct coverage coverage;
	void (*step[PGTABLE_NR_FORMS])(struct pgtable_shared *shared);
	u8 *watched;
	/* While the driver runs */
	sigjmp_buf leave;
	volatile bool running;
	struct crash crash;
	enum outcome_kind how;
	struct told_bug bug;
};

static struct native_pgtable *current;

static struct native_pgtable *native(const struct core *core)
{
	return (struct native_pgtable *)core;
}

_Noreturn static void leave(enum outcome_kind how, u64 pc, u64 ec, u64 far)
{
	current->how = how;
	current->crash.pc = pc;
	current->crash.esr = ESR_EC(ec);
	current->crash.far = far;
	siglongjmp(current->leave, 1);
}

/* What the shims ask for */

static void on_bug(unsigned long pc, const char *file, int line, int flags)
{
	current->bug = (struct told_bug){ file, line, flags };
	leave(OUTCOME_EL2_BUG, pc - 1, EC_BRK64, 0);
}

static void note(enum event_kind kind, unsigned int op, u64 arg, u64 pc)
{
	const struct event event = { .kind = kind, .op = op, .arg = arg, .pc = pc };

	if (current->core.events.on)
		events_add(&current->core.events, &event);
}

static void on_tlbi(unsigned long pc, const char *op, el2fuzz_u64 arg)
{
	pgtable_note_tlbi(&current->core, arg);
	note(EVENT_TLBI, tlbi_by_name(op), arg, pc);
}

static void on_sync(unsigned long pc, int crm)
{
	note(crm < 0 ? EVENT_ISB : EVENT_DSB, crm < 0 ? 0 : crm, 0, pc);
}

static void on_event(const void *event)
{
	pgtable_note_event(&current->core, event);
}

static void on_report(unsigned long pc, const char *what, const char *access, unsigned long addr,
                      unsigned long size)
{
	crash_report(&current->crash, what, access, size);
	leave(OUTCOME_EL2_REPORT, pc - 1, EC_UNKNOWN, addr);
}

/* What nobody has modelled */
static void on_stop(unsigned long pc)
{
	leave(OUTCOME_EL2_EXCEPTION, pc - 1, EC_UNKNOWN, 0);
}

static void on_fault(int sig, siginfo_t *info, void *arg)
{
	u64 pc = frame_pc(arg);

	if (!current || !current->running) {
		/* The harness's own: again, and for good. */
		signal(sig, SIG_DFL);
		return;
	}
	leave(OUTCOME_EL2_EXCEPTION, pc, sig == SIGILL ? EC_UNKNOWN : EC_DABT_CUR,
	      (u64)info->si_addr);
}

/* Frames that were left by a jump have marks around their variables still. */
static void clear_stack(const struct native_pgtable *n)
{
	u64 sp = (u64)__builtin_frame_address(0);

	if (n->sanitized)
		memset(EL2FUZZ_SHADOW(sp - STEP_STACK), 0, STEP_STACK >> 3);
}

static void native_step(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
                        struct outcome *out)
{
	struct native_pgtable *n = native(core);

	enum pgtable_form form = pgtable_ask(core, op, args);

	n->bug.file = NULL;
	n->running = true;
	if (sigsetjmp(n->leave, 0)) {
		n->running = false;
		clear_stack(n);
		out->kind = n->how;
		out->crash = n->crash;
		return;
	}
	n->step[form](core->pgtable);
	n->running = false;
	pgtable_answer(core, form, out);
}

static void native_reset(struct core *core)
{
	pgtable_ask(core, NULL, NULL);
	for (unsigned int form = 0; form < PGTABLE_NR_FORMS; form++)
		native(core)->step[form](core->pgtable);
}

static int native_watch(struct core *core, bool on, struct error *err)
{
	(void)err;
	*native(core)->watched = on;
	return 0;
}

static int handle_faults(void)
{
	/* Left by a jump, so that the signal must not stay blocked. */
	const struct sigaction action = { .sa_sigaction = on_fault,
		                          .sa_flags = SA_SIGINFO | SA_NODEFER };

	return sigaction(SIGSEGV, &action, NULL) || sigaction(SIGBUS, &action, NULL) ||
	       sigaction(SIGILL, &action, NULL);
}

static u64 symbol(const struct native_pgtable *n, const char *name)
{
	return image_raw_symbol(&n->image, name);
}

static void set_caps(u8 *to, u32 chosen)
{
	static const u16 caps[CAP_CPU_COUNT] = {
#define CAP(name, enumerator, feature) [CAP_##name] = TREE_cap_##name,
		EL2FUZZ_CAPS(CAP)
#undef CAP
	};

	to[TREE_cap_always_boot] = to[TREE_cap_always_system] = 1;
	to[TREE_cap_vhe] = 1;
	/* One that the tree does not know has no number. */
	for (unsigned int i = 0; i < CAP_CPU_COUNT; i++) {
		if (caps[i] < EL2FUZZ_MAX_CAPS)
			to[caps[i]] = !!(chosen & BIT(i));
	}
}

static int load(struct native_pgtable *n, struct error *err)
{
	if (load_open(&n->image, n->core.config.image,
	              n->sanitized ? "pgtable-native-san.elf" : "pgtable-native.elf", err) ||
	    load_map(&n->image, symbol(n, "el2fuzz_state_end"), err) || load_fill(&n->image, err))
		return -1;

	*(struct el2fuzz_hooks *)symbol(n, "el2fuzz_hooks") =
		(struct el2fuzz_hooks){ .bug = on_bug,
		                        .report = on_report,
		                        .stop = on_stop,
		                        .tlbi = on_tlbi,
		                        .sync = on_sync,
		                        .event = on_event };
	n->step[PGTABLE_FORM_NVHE] = (void *)symbol(n, "el2fuzz_pgtable_step");
	n->step[PGTABLE_FORM_HOST] = (void *)symbol(n, "el2fuzz_pgtable_host_step");
	n->watched = (u8 *)symbol(n, "el2fuzz_watched");
	set_caps((u8 *)symbol(n, "el2fuzz_caps"), n->core.config.caps);
	return coverage_open(&n->coverage, &n->image, err);
}

static int open_machine(struct native_pgtable *n, struct error *err)
{
	struct core *core = &n->core;
	struct pgtable_places places;

	current = n;
	if (core->config.kind == CORE_NATIVE_SAN) {
		if (shadow_map(err))
			return -1;
		n->sanitized = true;
	}
	if (load(n, err) || phys_init(&core->phys, &core->map, err))
		return -1;
	if (pgtable_place(core, (u64)core->phys.segments[0].host - core->phys.segments[0].base,
	                  &places, err))
		return -1;
	if (handle_faults())
		return error_set(err, "cannot run the page-table library here");

	native_reset(core);
	return 0;
}

static void native_close(struct core *core)
{
	struct native_pgtable *n = native(core);

	current = NULL;
	if (n->image.start)
		munmap((void *)n->image.start, symbol(n, "el2fuzz_state_end") - n->image.start);
	coverage_close(&n->coverage);
	image_close(&n->image);
	core_release(core);
	if (n->sanitized)
		shadow_unmap();
	free(n);
}

static struct core *native_open(const struct core_config *config, struct error *err)
{
	struct native_pgtable *n = calloc(1, sizeof(*n));

	if (!n) {
		error_set(err, "out of memory");
		return NULL;
	}

	core_init(&n->core, &pgtable_native_backend, config, PA_BITS, 0);
	n->image.fd = -1;
	if (open_machine(n, err)) {
		native_close(&n->core);
		return NULL;
	}

	return &n->core;
}

static void native_source(const struct core *core, u64 va, struct source_place *place)
{
	image_source(&native(core)->image, va, place);
}

static bool native_bug_source(const struct core *core, u64 va, struct source_place *place,
                              bool *warning)
{
	struct native_pgtable *n = native(core);

	return va == n->crash.pc && image_told_bug(&n->image, &n->bug, va, place, warning);
}

static u64 native_blocks_covered(const struct core *core)
{
	return coverage_blocks(&native(core)->coverage);
}

static bool native_counters(const struct core *core, struct core_counters *to)
{
	*to = native(core)->coverage.counters;
	return to->start != to->stop;
}

const struct core_backend pgtable_native_backend = {
	.open = native_open,
	.close = native_close,
	.reset = native_reset,
	.step = native_step,
	.watch = native_watch,
	.source = native_source,
	.bug_source = native_bug_source,
	.counters = native_counters,
	.blocks_covered = native_blocks_covered,
};
