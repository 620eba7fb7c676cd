// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pgtable world compiled for this machine: driver and library are an image with its own addresses, loaded
 * into this process. There is one such core in a process.
 */
#include "core/native/hooks.h"
#include "core/native/load.h"
#include "core/native/program.h"
#include "core/native/signal_frame.h"
#include "core/pgtable/core.h"
#include "core/syndrome.h"

#include <signal.h>
#include <sys/mman.h>

#include "tree.h"

#define PA_BITS 44

struct native_pgtable {
	struct program p; /* first: the core interface hands it around */
	void (*step[PGTABLE_NR_FORMS])(void *shared);
	u8 *watched;
};

static struct native_pgtable *native(const struct core *core)
{
	return (struct native_pgtable *)core;
}

/* What the shims ask for */

static void on_tlbi(unsigned long pc, const char *op, el2fuzz_u64 arg)
{
	pgtable_note_tlbi(&program_current->core, arg);
	program_note(EVENT_TLBI, tlbi_by_name(op), arg, 0, pc);
}

static void on_event(const void *event)
{
	pgtable_note_event(&program_current->core, event);
}

/* What nobody has modelled */
static void on_stop(unsigned long pc)
{
	program_leave_hook(OUTCOME_EL2_EXCEPTION, pc, EC_UNKNOWN, 0);
}

static void on_fault(int sig, siginfo_t *info, void *arg)
{
	if (!program_current || !program_current->running) {
		/* The harness's own: again, and for good. */
		signal(sig, SIG_DFL);
		return;
	}
	program_leave_signal(arg, OUTCOME_EL2_EXCEPTION, frame_pc(arg),
	                     sig == SIGILL ? EC_UNKNOWN : EC_DABT_CUR, (u64)info->si_addr);
}

static void native_step(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
                        struct outcome *out)
{
	struct native_pgtable *n = native(core);
	enum pgtable_form form = pgtable_ask(core, op, args);
	enum outcome_kind how = program_run(&n->p, n->step[form], core->pgtable);

	if (how == OUTCOME_RETURNED)
		pgtable_answer(core, form, out);
	else
		program_crash(&n->p, how, out);
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
	return image_raw_symbol(&n->p.image, name);
}

static void set_caps(const struct native_pgtable *n)
{
	u8 *caps = (u8 *)symbol(n, "el2fuzz_caps");

	caps[TREE_cap_always_boot] = caps[TREE_cap_always_system] = 1;
	caps[TREE_cap_vhe] = 1;
	program_set_caps(&n->p, caps);
}

static int load(struct native_pgtable *n, struct error *err)
{
	if (load_open(&n->p.image, n->p.core.config.image,
	              n->p.sanitized ? "pgtable-native-san.elf" : "pgtable-native.elf", err) ||
	    load_map(&n->p.image, symbol(n, "el2fuzz_state_end"), err) ||
	    load_fill(&n->p.image, err))
		return -1;

	*(struct el2fuzz_hooks *)symbol(n, "el2fuzz_hooks") =
		(struct el2fuzz_hooks){ .bug = program_on_bug,
		                        .report = program_on_report,
		                        .stop = on_stop,
		                        .tlbi = on_tlbi,
		                        .sync = program_on_sync,
		                        .event = on_event };
	n->step[PGTABLE_FORM_NVHE] = (void *)symbol(n, "el2fuzz_pgtable_step");
	n->step[PGTABLE_FORM_HOST] = (void *)symbol(n, "el2fuzz_pgtable_host_step");
	n->watched = (u8 *)symbol(n, "el2fuzz_watched");
	set_caps(n);
	return coverage_open(&n->p.coverage, &n->p.image, err);
}

static int open_machine(struct native_pgtable *n, struct error *err)
{
	struct core *core = &n->p.core;
	struct pgtable_places places;

	if (program_map_shadow(&n->p, err) || load(n, err) ||
	    phys_init(&core->phys, &core->map, err))
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

	if (n->p.image.start)
		munmap((void *)n->p.image.start, symbol(n, "el2fuzz_state_end") - n->p.image.start);
	program_close(&n->p);
}

static struct core *native_open(const struct core_config *config, struct error *err)
{
	struct native_pgtable *n =
		program_new(sizeof(*n), &pgtable_native_backend, config, PA_BITS, 0, err);

	if (n && open_machine(n, err)) {
		native_close(&n->p.core);
		return NULL;
	}
	return n ? &n->p.core : NULL;
}

const struct core_backend pgtable_native_backend = {
	.open = native_open,
	.close = native_close,
	.reset = native_reset,
	.step = native_step,
	.watch = native_watch,
	.source = program_source,
	.bug_source = program_bug_source,
	.counters = program_counters,
	.blocks_covered = program_blocks_covered,
};
