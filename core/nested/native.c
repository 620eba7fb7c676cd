// SPDX-License-Identifier: GPL-2.0-only
/*
 * The nested world compiled for this machine: an image with its own addresses, loaded into this process.
 * There is one such core in a process.
 */
#include "core/image/image.h"
#include "core/native/coverage.h"
#include "core/native/hooks.h"
#include "core/native/load.h"
#include "core/native/sanitize.h"
#include "core/native/shadow.h"
#include "core/native/signal_frame.h"
#include "core/nested/core.h"
#include "core/nested/pages.h"
#include "core/nested/places.h"
#include "core/syndrome.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>

#include "tree.h"

/* Of unmodelled symbols there are some hundred. */
#define NOTHING_SIZE (4096 * MAP_PAGE_SIZE)
#define STACK_SIZE (1 << 20)
#define TICK_US 500000
#define HANG_TICKS 8

struct native_nested {
	struct core core; /* first: the core interface hands it around */
	struct nested_view view;
	struct image image;
	bool sanitized;
	struct pages pages;
	struct coverage coverage;
	void (*boot)(void);
	void (*step)(void);
	/* While the driver runs */
	sigjmp_buf leave;
	volatile bool running;
	volatile unsigned int ticks; /* with no end of a step between them */
	u64 stack;
	struct crash crash;
	enum outcome_kind how;
	struct told_bug bug;
};

static struct native_nested *current;

static struct native_nested *native(const struct core *core)
{
	return (struct native_nested *)core;
}

/* Who called: the tree keeps its frame pointers. What is up to @pc, where it stopped, is known. */
static void backtrace(u64 fp, u64 pc)
{
	struct crash *crash = &current->crash;
	bool above = !pc;

	crash->nr_frames = 0;
	while (current->stack - fp < STACK_SIZE && !(fp & 7)) {
		const u64 *record = (const u64 *)fp;

		if (above && record[1] >= current->image.start && record[1] < current->image.end &&
		    crash->nr_frames < CRASH_MAX_FRAMES)
			crash->frames[crash->nr_frames++] = record[1];
		above |= record[1] == pc;
		if (record[0] <= fp)
			return;
		fp = record[0];
	}
}

_Noreturn static void leave(enum outcome_kind how, u64 pc, u64 ec, u64 far)
{
	current->how = how;
	current->crash.pc = pc;
	current->crash.esr = ESR_EC(ec);
	current->crash.far = far;
	siglongjmp(current->leave, 1);
}

static void on_bug(unsigned long pc, const char *file, int line, int flags)
{
	current->bug = (struct told_bug){ file, line, flags };
	backtrace((u64)__builtin_frame_address(0), pc);
	leave(OUTCOME_EL2_BUG, pc - 1, EC_BRK64, 0);
}

static void on_stop(unsigned long pc)
{
	backtrace((u64)__builtin_frame_address(0), pc);
	leave(OUTCOME_EL2_REPORT, pc - 1, EC_UNKNOWN, 0);
}

static void note(const struct event *event)
{
	if (current->core.events.on)
		events_add(&current->core.events, event);
}

static void on_sync(unsigned long pc, int crm)
{
	note(&(struct event){
		.kind = crm < 0 ? EVENT_ISB : EVENT_DSB, .op = crm < 0 ? 0 : crm, .pc = pc });
}

static void on_cache(unsigned long pc, int instructions, unsigned long addr, unsigned long size)
{
	note(&(struct event){ .kind = instructions ? EVENT_ICACHE : EVENT_DCACHE,
	                      .arg = addr,
	                      .size = size,
	                      .pc = pc });
}

static void on_event(const void *event)
{
	nested_note_event(&current->core, event);
}

static void on_report(unsigned long pc, const char *what, const char *access, unsigned long addr,
                      unsigned long size)
{
	crash_report(&current->crash, what, access, size);
	backtrace((u64)__builtin_frame_address(0), pc);
	leave(OUTCOME_EL2_REPORT, pc - 1, EC_UNKNOWN, addr);
}

static void on_fault(int sig, siginfo_t *info, void *arg)
{
	const ucontext_t *uc = arg;
	u64 va = (u64)info->si_addr, pc = frame_pc(uc);

	if (!current || !current->running) {
		/* The harness's own: again, and for good. */
		signal(sig, SIG_DFL);
		return;
	}
	if (sig == SIGSEGV && frame_is_write(uc) && pages_write(&current->pages, va))
		return;
	backtrace(frame_fp(uc), 0);
	if (nested_name_nothing(&current->image, current->view.shared, va)) {
		/* What was called is none of the tree's code; who called it is on top of the stack. */
		if (pc == va)
			pc = *(const u64 *)frame_sp(uc) - 1;
		leave(OUTCOME_EL2_REPORT, pc, EC_UNKNOWN, 0);
	}
	leave(OUTCOME_EL2_EXCEPTION, pc, sig == SIGILL ? EC_UNKNOWN : EC_DABT_CUR, va);
}

static void on_tick(int sig, siginfo_t *info, void *arg)
{
	(void)sig;
	(void)info;
	if (!current || !current->running || ++current->ticks < HANG_TICKS)
		return;
	backtrace(frame_fp(arg), 0);
	leave(OUTCOME_HANG, frame_pc(arg), EC_UNKNOWN, 0);
}

/* Frames that were left by a jump have marks around their variables still. */
static void clear_stack(const struct native_nested *n)
{
	if (n->sanitized)
		memset(EL2FUZZ_SHADOW(n->stack - STACK_SIZE), 0, STACK_SIZE >> 3);
}

/* Return: did it come back? */
static bool run(struct native_nested *n, void (*fn)(void))
{
	n->bug.file = NULL;
	n->crash.nr_frames = 0;
	n->ticks = 0;
	n->stack = (u64)__builtin_frame_address(0);
	n->running = true;
	if (sigsetjmp(n->leave, 0)) {
		n->running = false;
		clear_stack(n);
		return false;
	}
	fn();
	n->running = false;
	return true;
}

/* The backtrace goes to where it began. */
static void crashed(struct native_nested *n, struct outcome *out)
{
	out->kind = n->how;
	out->crash = n->crash;
	if (n->view.shared->stop)
		nested_stopped(n->view.shared, out);
}

static void native_step(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
                        struct outcome *out)
{
	struct native_nested *n = native(core);

	/* The harness writes to the request, and that page may still be watched. */
	n->running = true;
	nested_ask(n->view.shared, op, args);
	if (run(n, n->step))
		nested_answer(n->view.shared, out);
	else
		crashed(n, out);
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
	return image_raw_symbol(&n->image, name);
}

static int map_memory(struct native_nested *n, struct error *err)
{
	const u64 state = symbol(n, "el2fuzz_state_start"), end = symbol(n, "el2fuzz_state_end");

	if (load_map(&n->image, state, err))
		return -1;
	if (mmap((void *)EL2FUZZ_NESTED_NOTHING, NOTHING_SIZE, PROT_NONE,
	         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
	         0) == MAP_FAILED)
		return error_set(
			err,
			"the nested world's addresses are in use: there can be one such core a "
			"process (%s)",
			strerror(errno));
	return pages_add(&n->pages, state, end - state, err) || load_fill(&n->image, err);
}

static int map_machine(struct native_nested *n, struct error *err)
{
	const u64 pool = EL2FUZZ_PAGE_OFFSET + NESTED_POOL_PA;
	const u64 of_page = *(const u64 *)symbol(n, "el2fuzz_sizeof_page");
	const u64 structs = EL2FUZZ_VMEMMAP_START;

	n->view.pool = (const u8 *)pool;
	n->view.ram = (const u8 *)NESTED_RAM_HVA;
	if (n->sanitized)
		pages_watch(&n->pages, (u64)EL2FUZZ_SHADOW(pool),
		            NESTED_POOL_PAGES * NESTED_PAGE_SIZE >> 3);
	return pages_add(&n->pages, pool, NESTED_POOL_PAGES * NESTED_PAGE_SIZE, err) ||
	       pages_add(&n->pages, NESTED_RAM_HVA, NESTED_RAM_SIZE, err) ||
	       pages_add(&n->pages, structs + NESTED_POOL_PA / NESTED_PAGE_SIZE * of_page,
	                 NESTED_POOL_PAGES * of_page, err) ||
	       pages_add(&n->pages, structs + NESTED_RAM_PA / NESTED_PAGE_SIZE * of_page,
	                 2 * NESTED_RAM_PAGES * of_page, err);
}

static void set_caps(struct native_nested *n)
{
	static const u16 numbers[CAP_CPU_COUNT] = {
#define CAP(name, enumerator, feature) [CAP_##name] = TREE_cap_##name,
		EL2FUZZ_CAPS(CAP)
#undef CAP
	};
	u8 *caps = (u8 *)symbol(n, "el2fuzz_caps");

	((void (*)(void))symbol(n, "el2fuzz_nested_prepare"))();
	for (unsigned int i = 0; i < CAP_CPU_COUNT; i++)
		caps[numbers[i]] = !!(n->core.config.caps & BIT(i));
}

static int boot(struct native_nested *n, struct error *err)
{
	struct outcome out;
	struct source_place place;

	if (run(n, n->boot))
		return 0;
	crashed(n, &out);
	/* Not where it stopped: who asked for it. */
	image_source(&n->image, out.crash.nr_frames > 2 ? out.crash.frames[2] : out.crash.pc,
	             &place);
	return error_set(err, "boot: the host kernel stopped below %s %s:%u, for 0x%llx: %s",
	                 place.function, place.file, place.line, (unsigned long long)out.crash.far,
	                 out.kind == OUTCOME_EL2_REPORT ? out.crash.report :
	                 n->bug.file                    ? n->bug.file :
	                                                  "an exception");
}

static int open_machine(struct native_nested *n, struct error *err)
{
	struct el2fuzz_hooks *hooks;

	current = n;
	if (n->core.config.kind == CORE_NATIVE_SAN) {
		if (shadow_map(err))
			return -1;
		n->sanitized = true;
	}
	if (load_open(&n->image, n->core.config.image,
	              n->sanitized ? "nested-native-san.elf" : "nested-native.elf", err) ||
	    map_memory(n, err) || map_machine(n, err))
		return -1;
	hooks = (void *)symbol(n, "el2fuzz_hooks");
	*hooks = (struct el2fuzz_hooks){ .bug = on_bug,
		                         .report = on_report,
		                         .stop = on_stop,
		                         .sync = on_sync,
		                         .cache = on_cache,
		                         .event = on_event };
	n->view.shared = (void *)symbol(n, "el2fuzz_nested");
	n->view.shared->pa_bits = nested_pa_bits(n->core.config.layout);
	n->boot = (void (*)(void))symbol(n, "el2fuzz_nested_boot");
	n->step = (void (*)(void))symbol(n, "el2fuzz_nested_step");
	n->core.nested = &n->view;
	set_caps(n);
	if (handle_signals())
		return error_set(err, "cannot run the nested world here: %s", strerror(errno));
	if (boot(n, err) || coverage_open(&n->coverage, &n->image, err))
		return -1;
	return pages_snapshot(&n->pages, err);
}

static void native_close(struct core *core)
{
	struct native_nested *n = native(core);

	current = NULL;
	if (n->image.start) {
		munmap((void *)n->image.start, symbol(n, "el2fuzz_state_start") - n->image.start);
		munmap((void *)EL2FUZZ_NESTED_NOTHING, NOTHING_SIZE);
	}
	pages_close(&n->pages);
	if (n->sanitized)
		shadow_unmap();
	coverage_close(&n->coverage);
	image_close(&n->image);
	core_release(core);
	free(n);
}

static struct core *native_open(const struct core_config *config, struct error *err)
{
	struct native_nested *n = calloc(1, sizeof(*n));

	if (!n) {
		error_set(err, "out of memory");
		return NULL;
	}

	core_init(&n->core, &nested_native_backend, config, nested_pa_bits(config->layout), 0);
	map_finish(&n->core.map); /* of no meaning here, but it is shown to whoever asks */
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
	struct native_nested *n = native(core);

	return va == n->crash.pc && image_told_bug(&n->image, &n->bug, va, place, warning);
}

static u64 native_blocks_covered(const struct core *core)
{
	return coverage_blocks(&native(core)->coverage);
}

static int native_coverage(const struct core *core, FILE *out, struct error *err)
{
	struct native_nested *n = native(core);

	return coverage_lcov(&n->coverage, &n->image, out, err);
}

static bool native_counters(const struct core *core, struct core_counters *to)
{
	*to = native(core)->coverage.counters;
	return to->start != to->stop;
}

const struct core_backend nested_native_backend = {
	.open = native_open,
	.close = native_close,
	.reset = native_reset,
	.step = native_step,
	.watch = native_watch,
	.source = native_source,
	.bug_source = native_bug_source,
	.coverage = native_coverage,
	.counters = native_counters,
	.blocks_covered = native_blocks_covered,
};
