// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pgtable world compiled for this machine: driver and library are part of this program, and what
 * their shims ask for is here.
 */
#include "core/image/image.h"
#include "core/native/hooks.h"
#include "core/native/signal_frame.h"
#include "core/native/sanitize.h"
#include "core/native/shadow.h"
#include "core/pgtable/core.h"
#include "core/syndrome.h"

#include <link.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tree.h"

#define PA_BITS 44

/* Of the runner's stack: more than a step takes */
#define STEP_STACK 0x10000

void el2fuzz_pgtable_event(const struct pgtable_event *event);

typedef void step_fn(struct pgtable_shared *shared);

/* The driver and the library, in both forms: see CMakeLists.txt. */
step_fn el2fuzz_pgtable_step, el2fuzz_pgtable_host_step;
step_fn el2fuzz_pgtable_san_step, el2fuzz_pgtable_host_san_step;

static step_fn *const steps[][PGTABLE_NR_FORMS] = {
	[false] = {
		[PGTABLE_FORM_NVHE] = el2fuzz_pgtable_step,
		[PGTABLE_FORM_HOST] = el2fuzz_pgtable_host_step,
	},
	/* sanitized */
	[true] = {
		[PGTABLE_FORM_NVHE] = el2fuzz_pgtable_san_step,
		[PGTABLE_FORM_HOST] = el2fuzz_pgtable_host_san_step,
	},
};

unsigned char el2fuzz_caps[EL2FUZZ_MAX_CAPS];
unsigned char el2fuzz_watched;

struct native_pgtable {
	struct core core; /* first: the core interface hands it around */
	struct image image; /* this program */
	u64 bias; /* of its addresses */
	bool sanitized;
	u8 *seen; /* for each counter, not 0 if it ever was */
	/* While the driver runs */
	sigjmp_buf leave;
	volatile bool running;
	struct crash crash;
	enum outcome_kind how;
	struct told_bug bug;
};

static struct native_pgtable *current;
static struct core_counters counters;

static struct native_pgtable *native(const struct core *core)
{
	return (struct native_pgtable *)core;
}

_Noreturn static void leave(enum outcome_kind how, u64 pc, u64 ec, u64 far)
{
	current->how = how;
	current->crash.pc = pc - current->bias;
	current->crash.esr = ESR_EC(ec);
	current->crash.far = far;
	siglongjmp(current->leave, 1);
}

/* What the shims ask for */

void el2fuzz_bug(const char *file, int line, int flags)
{
	current->bug = (struct told_bug){ file, line, flags };
	leave(OUTCOME_EL2_BUG, (u64)__builtin_return_address(0) - 1, EC_BRK64, 0);
}

static void note(enum event_kind kind, unsigned int op, u64 arg, u64 pc)
{
	const struct event event = { .kind = kind, .op = op, .arg = arg, .pc = pc };

	if (current->core.events.on)
		events_add(&current->core.events, &event);
}

void el2fuzz_tlbi(const char *op, el2fuzz_u64 arg)
{
	pgtable_note_tlbi(&current->core, arg);
	note(EVENT_TLBI, tlbi_by_name(op), arg, (u64)__builtin_return_address(0) - current->bias);
}

void el2fuzz_barrier(int crm)
{
	note(crm < 0 ? EVENT_ISB : EVENT_DSB, crm < 0 ? 0 : crm, 0,
	     (u64)__builtin_return_address(0) - current->bias);
}

/* The library writes none of them. */
void el2fuzz_reg_written(unsigned int index, el2fuzz_u64 value)
{
	(void)index;
	(void)value;
}

void el2fuzz_pgtable_event(const struct pgtable_event *event)
{
	pgtable_note_event(&current->core, event);
}

static void on_report(unsigned long pc, const char *what, const char *access, unsigned long addr,
                      unsigned long size)
{
	crash_report(&current->crash, what, access, size);
	leave(OUTCOME_EL2_REPORT, pc - 1, EC_UNKNOWN, addr);
}

struct el2fuzz_hooks el2fuzz_hooks = { .report = on_report };

/* With VHE the host kernel's code calls TLB maintenance as functions, not EL2. */
void el2fuzz_smc(unsigned long *args, unsigned int nr)
{
	(void)args;
	(void)nr;
	leave(OUTCOME_EL2_EXCEPTION, (u64)__builtin_return_address(0) - 1, EC_UNKNOWN, 0);
}

/* What the compiler's instrumentation calls before main(); another user of it comes first. */
void __sanitizer_cov_8bit_counters_init(u8 *start, u8 *stop);
void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop);

__attribute__((weak)) void __sanitizer_cov_8bit_counters_init(u8 *start, u8 *stop)
{
	counters.start = start;
	counters.stop = stop;
}

__attribute__((weak)) void __sanitizer_cov_pcs_init(const uintptr_t *start, const uintptr_t *stop)
{
	counters.pcs = (const u64 *)start;
	counters.pcs_stop = (const u64 *)stop;
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
	steps[n->sanitized][form](core->pgtable);
	n->running = false;
	pgtable_answer(core, form, out);
}

static void native_reset(struct core *core)
{
	pgtable_ask(core, NULL, NULL);
	for (unsigned int form = 0; form < PGTABLE_NR_FORMS; form++)
		steps[native(core)->sanitized][form](core->pgtable);
}

static int native_watch(struct core *core, bool on, struct error *err)
{
	(void)core;
	(void)err;
	el2fuzz_watched = on;
	return 0;
}

static int find_bias(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	*(u64 *)arg = info->dlpi_addr;
	return 1; /* the first is this program */
}

static int handle_faults(void)
{
	/* Left by a jump, so that the signal must not stay blocked. */
	const struct sigaction action = { .sa_sigaction = on_fault,
		                          .sa_flags = SA_SIGINFO | SA_NODEFER };

	return sigaction(SIGSEGV, &action, NULL) || sigaction(SIGBUS, &action, NULL) ||
	       sigaction(SIGILL, &action, NULL);
}

static void set_caps(u32 chosen)
{
	static const u16 caps[CAP_CPU_COUNT] = {
#define CAP(name, enumerator, feature) [CAP_##name] = TREE_cap_##name,
		EL2FUZZ_CAPS(CAP)
#undef CAP
	};

	el2fuzz_caps[TREE_cap_always_boot] = el2fuzz_caps[TREE_cap_always_system] = 1;
	el2fuzz_caps[TREE_cap_vhe] = 1;
	/* One that the tree does not know has no number. */
	for (unsigned int i = 0; i < CAP_CPU_COUNT; i++) {
		if (caps[i] < EL2FUZZ_MAX_CAPS)
			el2fuzz_caps[caps[i]] = !!(chosen & BIT(i));
	}
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
	if (image_map(&n->image, "/proc/self/exe", err) || phys_init(&core->phys, &core->map, err))
		return -1;
	dl_iterate_phdr(find_bias, &n->bias);
	set_caps(core->config.caps);
	if (pgtable_place(core, (u64)core->phys.segments[0].host - core->phys.segments[0].base,
	                  &places, err))
		return -1;
	n->seen = calloc(counters.stop - counters.start + 1, 1);
	if (!n->seen || handle_faults())
		return error_set(err, "cannot run the page-table library here");

	native_reset(core);
	return 0;
}

static void native_close(struct core *core)
{
	struct native_pgtable *n = native(core);

	current = NULL;
	image_close(&n->image);
	core_release(core);
	if (n->sanitized)
		shadow_unmap();
	free(n->seen);
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

/* A counter wraps around: what it was at the end of an earlier trace is remembered. */
static u64 native_blocks_covered(const struct core *core)
{
	struct native_pgtable *n = native(core);
	u64 ran = 0;

	for (size_t i = 0; i < (size_t)(counters.stop - counters.start); i++) {
		n->seen[i] |= counters.start[i];
		ran += !!n->seen[i];
	}

	return ran;
}

static bool native_counters(const struct core *core, struct core_counters *to)
{
	(void)core;
	*to = counters;
	return counters.start != counters.stop;
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
