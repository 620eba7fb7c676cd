// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nested world compiled for this machine: an image with its own addresses, loaded into this process.
 * There is one such core in a process.
 */
#include "core/native/hooks.h"
#include "core/native/load.h"
#include "core/native/program.h"
#include "core/native/sanitize.h"
#include "core/native/signal_frame.h"
#include "core/nested/core.h"
#include "core/nested/pages.h"
#include "core/nested/places.h"
#include "core/syndrome.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "tree.h"

/* Of unmodelled symbols there are some hundred. */
#define NOTHING_SIZE (4096 * MAP_PAGE_SIZE)
#define TICK_US 500000
/* Of the processor's time: an op may take 4 s, and where all of a stage 2 is many pieces, 1 s for some 65,000. */
#define HANG_TICKS 8
#define TICK_PIECES (1u << 15)

struct native_nested {
	struct program p; /* first: the core interface hands it around */
	struct nested_view view;
	struct pages pages;
	void (*boot)(void);
	void (*step)(void);
	volatile unsigned int ticks; /* with no end of a step between them */
	unsigned int hang_ticks; /* so many are a hang */
};

static struct native_nested *native(const struct core *core)
{
	return (struct native_nested *)core;
}

static struct native_nested *current(void)
{
	return (struct native_nested *)program_current;
}

static void on_stop(unsigned long pc)
{
	program_leave_hook(OUTCOME_EL2_REPORT, pc, EC_UNKNOWN, 0);
}

static void on_cache(unsigned long pc, int instructions, unsigned long addr, unsigned long size)
{
	program_note(instructions ? EVENT_ICACHE : EVENT_DCACHE, 0, addr, size, pc);
}

static void on_event(const void *event)
{
	nested_note_event(&program_current->core, event);
}

static void on_fault(int sig, siginfo_t *info, void *arg)
{
	const ucontext_t *uc = arg;
	u64 va = (u64)info->si_addr, pc = frame_pc(uc);
	struct native_nested *n = current();

	if (!n || !n->p.running) {
		/* The harness's own: again, and for good. */
		signal(sig, SIG_DFL);
		return;
	}
	if (sig == SIGSEGV && frame_is_write(uc) && pages_write(&n->pages, va))
		return;
	if (nested_name_nothing(&n->p.image, n->view.shared, va))
		/* What was called is none of the tree's code; who called it is on top of the stack. */
		program_leave_signal(uc, OUTCOME_EL2_REPORT,
		                     pc == va ? *(const u64 *)frame_sp(uc) - 1 : pc, EC_UNKNOWN, 0);
	program_leave_signal(uc, OUTCOME_EL2_EXCEPTION, pc,
	                     sig == SIGILL ? EC_UNKNOWN : EC_DABT_CUR, va);
}

static void on_tick(int sig, siginfo_t *info, void *arg)
{
	struct native_nested *n = current();

	(void)sig;
	(void)info;
	if (n && n->p.running && ++n->ticks >= n->hang_ticks)
		program_leave_signal(arg, OUTCOME_HANG, frame_pc(arg), EC_UNKNOWN, 0);
}

static void call_boot(void *arg)
{
	((struct native_nested *)arg)->boot();
}

static void call_step(void *arg)
{
	((struct native_nested *)arg)->step();
}

static enum outcome_kind run(struct native_nested *n, void (*fn)(void *arg))
{
	n->ticks = 0;
	return program_run(&n->p, fn, n);
}

/* The backtrace goes to where it began. */
static void crashed(struct native_nested *n, enum outcome_kind how, struct outcome *out)
{
	program_crash(&n->p, how, out);
	if (n->view.shared->stop)
		nested_stopped(n->view.shared, out);
}

static void native_step(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
                        struct outcome *out)
{
	struct native_nested *n = native(core);
	enum outcome_kind how;

	/* The harness writes to the request, and that page may still be watched. */
	n->p.running = true;
	nested_ask(n->view.shared, op, args);
	how = run(n, call_step);
	if (how == OUTCOME_RETURNED)
		nested_answer(n->view.shared, out);
	else
		crashed(n, how, out);
}

static void native_reset(struct core *core)
{
	pages_reset(&native(core)->pages);
}

/* It always tells. */
static int native_watch(struct core *core, bool on, struct error *err)
{
	(void)core;
	(void)on;
	(void)err;
	return 0;
}

static int handle_signals(void)
{
	/* Left by a jump, so that the signal must not stay blocked. */
	const struct sigaction fault = { .sa_sigaction = on_fault,
		                         .sa_flags = SA_SIGINFO | SA_NODEFER };
	const struct sigaction tick = { .sa_sigaction = on_tick,
		                        .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART };
	const struct itimerval timer = { .it_interval.tv_usec = TICK_US,
		                         .it_value.tv_usec = TICK_US };

	return sigaction(SIGSEGV, &fault, NULL) || sigaction(SIGBUS, &fault, NULL) ||
	       sigaction(SIGILL, &fault, NULL) || sigaction(SIGVTALRM, &tick, NULL) ||
	       setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

static u64 symbol(const struct native_nested *n, const char *name)
{
	return image_raw_symbol(&n->p.image, name);
}

static int map_memory(struct native_nested *n, struct error *err)
{
	const u64 state = symbol(n, "el2fuzz_state_start"), end = symbol(n, "el2fuzz_state_end");

	if (load_map(&n->p.image, state, err))
		return -1;
	if (mmap((void *)EL2FUZZ_NESTED_NOTHING, NOTHING_SIZE, PROT_NONE,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
	         0) == MAP_FAILED)
		return error_set(
			err,
			"the nested world's addresses are in use: there can be one such core a "
			"process (%s)",
			strerror(errno));
	return pages_add(&n->pages, state, end - state, err) || load_fill(&n->p.image, err);
}

static int map_machine(struct native_nested *n, struct error *err)
{
	const u64 pool = EL2FUZZ_PAGE_OFFSET + NESTED_POOL_PA;
	const u64 of_page = *(const u64 *)symbol(n, "el2fuzz_sizeof_page");
	const u64 structs = EL2FUZZ_VMEMMAP_START;

	n->view.pool = (const u8 *)pool;
	n->view.ram = (const u8 *)NESTED_RAM_HVA;
	if (n->p.sanitized)
		pages_watch(&n->pages, (u64)EL2FUZZ_SHADOW(pool),
		            NESTED_POOL_PAGES * NESTED_PAGE_SIZE >> 3);
	return pages_add(&n->pages, pool, NESTED_POOL_PAGES * NESTED_PAGE_SIZE, err) ||
	       pages_add(&n->pages, NESTED_RAM_HVA, NESTED_RAM_SIZE, err) ||
	       pages_add(&n->pages, structs + NESTED_POOL_PA / NESTED_PAGE_SIZE * of_page,
	                 NESTED_POOL_PAGES * of_page, err) ||
	       pages_add(&n->pages, structs + NESTED_RAM_PA / NESTED_PAGE_SIZE * of_page,
	                 2 * NESTED_RAM_PAGES * of_page, err);
}

static int boot(struct native_nested *n, struct error *err)
{
	const enum outcome_kind how = run(n, call_boot);
	struct outcome out;
	struct source_place place;

	if (how == OUTCOME_RETURNED)
		return 0;
	crashed(n, how, &out);
	/* Not where it stopped: who asked for it. */
	image_source(&n->p.image, out.crash.nr_frames > 2 ? out.crash.frames[2] : out.crash.pc,
	             &place);
	return error_set(err, "boot: the host kernel stopped below %s %s:%u, for 0x%llx: %s",
	                 place.function, place.file, place.line, (unsigned long long)out.crash.far,
	                 out.kind == OUTCOME_EL2_REPORT ? out.crash.report :
	                 n->p.bug.file                  ? n->p.bug.file :
	                                                  "an exception");
}

static int open_machine(struct native_nested *n, struct error *err)
{
	struct el2fuzz_hooks *hooks;

	if (program_map_shadow(&n->p, err) ||
	    load_open(&n->p.image, n->p.core.config.image,
	              n->p.sanitized ? "nested-native-san.elf" : "nested-native.elf", err) ||
	    map_memory(n, err) || map_machine(n, err))
		return -1;
	hooks = (void *)symbol(n, "el2fuzz_hooks");
	*hooks = (struct el2fuzz_hooks){ .bug = program_on_bug,
		                         .report = program_on_report,
		                         .stop = on_stop,
		                         .sync = program_on_sync,
		                         .reg_written = program_on_reg_written,
		                         .cache = on_cache,
		                         .event = on_event };
	n->view.shared = (void *)symbol(n, "el2fuzz_nested");
	n->view.shared->pa_bits = nested_pa_bits(n->p.core.config.layout);
	n->hang_ticks = HANG_TICKS + nested_pieces(n->p.core.config.layout) / TICK_PIECES;
	n->boot = (void (*)(void))symbol(n, "el2fuzz_nested_boot");
	n->step = (void (*)(void))symbol(n, "el2fuzz_nested_step");
	n->p.core.nested = &n->view;
	((void (*)(void))symbol(n, "el2fuzz_nested_prepare"))();
	program_set_caps(&n->p, (u8 *)symbol(n, "el2fuzz_caps"));
	if (handle_signals())
		return error_set(err, "cannot run the nested world here: %s", strerror(errno));
	if (boot(n, err) || coverage_open(&n->p.coverage, &n->p.image, err))
		return -1;
	return pages_snapshot(&n->pages, err);
}

static void native_close(struct core *core)
{
	struct native_nested *n = native(core);

	if (n->p.image.start) {
		munmap((void *)n->p.image.start,
		       symbol(n, "el2fuzz_state_start") - n->p.image.start);
		munmap((void *)EL2FUZZ_NESTED_NOTHING, NOTHING_SIZE);
	}
	pages_close(&n->pages);
	program_close(&n->p);
}

static struct core *native_open(const struct core_config *config, struct error *err)
{
	struct native_nested *n = program_new(sizeof(*n), &nested_native_backend, config,
	                                      nested_pa_bits(config->layout), 0, err);

	if (!n)
		return NULL;
	map_finish(&n->p.core.map); /* of no meaning here, but it is shown to whoever asks */
	if (open_machine(n, err)) {
		native_close(&n->p.core);
		return NULL;
	}

	return &n->p.core;
}

const struct core_backend nested_native_backend = {
	.open = native_open,
	.close = native_close,
	.reset = native_reset,
	.step = native_step,
	.watch = native_watch,
	.source = program_source,
	.bug_source = program_bug_source,
	.coverage = program_coverage,
	.counters = program_counters,
	.blocks_covered = program_blocks_covered,
};
