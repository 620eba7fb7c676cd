// SPDX-License-Identifier: GPL-2.0-only
/*
 * EL2 at run: how it is entered and left, what it asks of the harness, and what the harness makes of the
 * signals that its accesses raise. There is one native core in a process, since its addresses are fixed.
 */
#include "core/native/machine.h"
#include "core/native/signal_frame.h"
#include "core/syndrome.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

/* PAR_EL1.F (Arm ARM D24.2.157): an address size fault, level 0 */
#define PAR_FAULT 1

static struct native *current;

/*
 * Who called: the tree keeps its frame pointers, and so do we in this file.
 * @fp: a frame record
 * @callee: the return address below which there are only hooks, 0 if @fp is EL2's own
 */
static void backtrace(u64 fp, u64 callee)
{
	struct crash *crash = &current->crash;

	crash->nr_frames = 0;
	while (current->stack - fp < NATIVE_STACK_SIZE && !(fp & 7)) {
		const u64 *record = (const u64 *)fp;

		if (!callee) {
			if (record[1] < current->image.start || record[1] >= current->image.end ||
			    crash->nr_frames == CRASH_MAX_FRAMES)
				return;
			crash->frames[crash->nr_frames++] = record[1];
		} else if (record[1] == callee) {
			callee = 0;
		}
		/* Stacks grow down: a caller's record is above. */
		if (record[0] <= fp)
			return;
		fp = record[0];
	}
}

_Noreturn static void leave(enum leave how, u64 pc, u64 ec, u64 far)
{
	current->crash.pc = pc;
	current->crash.esr = ESR_EC(ec);
	current->crash.far = far;
	siglongjmp(current->leave, how);
}

/* From a hook that was called so that it would return to @pc */
_Noreturn static void leave_hook(enum leave how, u64 pc, u64 ec, u64 far)
{
	backtrace((u64)__builtin_frame_address(0), pc);
	leave(how, pc - 1, ec, far);
}

_Noreturn static void leave_signal(const ucontext_t *uc, enum leave how, u64 ec, u64 far)
{
	backtrace(frame_fp(uc), 0);
	leave(how, frame_pc(uc), ec, far);
}

enum leave native_run(struct native *n, void (*fn)(struct native *n))
{
	enum leave how;

	current = n;
	n->hooks = 0;
	n->runs++;
	n->bug.file = NULL;
	n->crash.nr_frames = 0;
	n->stack = (u64)__builtin_frame_address(0);
	how = sigsetjmp(n->leave, 0);
	if (!how) {
		n->running = true;
		fn(n);
		how = LEAVE_RETURNED;
	} else {
		native_clear_stack(n);
	}
	n->running = false;

	return how;
}

void native_crash(struct native *n, enum leave how, struct outcome *out)
{
	out->kind = how == LEAVE_BUG    ? OUTCOME_EL2_BUG :
	            how == LEAVE_HANG   ? OUTCOME_HANG :
	            how == LEAVE_REPORT ? OUTCOME_EL2_REPORT :
	                                  OUTCOME_EL2_EXCEPTION;
	out->crash = n->crash;
}

/* Hooks */

static void count_hook(u64 pc)
{
	if (++current->hooks > HOOK_BUDGET)
		leave_hook(LEAVE_HANG, pc, EC_UNKNOWN, 0);
}

static void on_bug(unsigned long pc, const char *file, int line, int flags)
{
	current->bug = (struct told_bug){ file, line, flags };
	leave_hook(LEAVE_BUG, pc, EC_BRK64, 0);
}

static void on_report(unsigned long pc, const char *what, const char *access, unsigned long addr,
                      unsigned long size)
{
	crash_report(&current->crash, what, access, size);
	leave_hook(LEAVE_REPORT, pc, EC_UNKNOWN, addr);
}

static void on_lock_error(unsigned long pc, int error)
{
	/* Taken twice, it is waited for for ever. */
	if (error == EL2FUZZ_LOCK_HELD)
		leave_hook(LEAVE_HANG, pc, EC_UNKNOWN, 0);
	/* Its tickets are out of order from now on. */
	on_report(pc, "unlock of a lock that is not held", NULL, 0, 0);
}

static void on_undefined(unsigned long pc)
{
	leave_hook(LEAVE_EXCEPTION, pc, EC_UNKNOWN, 0);
}

static void on_host_enter(void)
{
	siglongjmp(current->leave, LEAVE_RETURNED);
}

static void on_panic(void)
{
	leave(LEAVE_EXCEPTION, (u64)__builtin_return_address(0), EC_UNKNOWN, 0);
}

static bool is_linear(u64 va)
{
	return va >= NATIVE_HYP_VA_BASE;
}

static void note(enum event_kind kind, unsigned int op, u64 arg, u64 size, u64 pc)
{
	const struct event event = { .kind = kind, .op = op, .arg = arg, .size = size, .pc = pc };

	if (current->core.events.on)
		events_add(&current->core.events, &event);
}

static void on_barrier(unsigned long pc, int crm)
{
	note(crm < 0 ? EVENT_ISB : EVENT_DSB, crm < 0 ? 0 : crm, 0, 0, pc);
}

static void on_reg_written(unsigned long pc, unsigned int index, el2fuzz_u64 value)
{
	const enum event_reg reg = index == NATIVE_VTTBR_EL2 ? EVENT_VTTBR_EL2 :
	                           index == NATIVE_VTCR_EL2  ? EVENT_VTCR_EL2 :
	                           index == NATIVE_HCR_EL2   ? EVENT_HCR_EL2 :
	                                                       EVENT_TTBR0_EL2;

	note(EVENT_REG, reg, reg == EVENT_HCR_EL2 ? value & EVENT_HCR_MASK : value, 0, pc);
}

static void on_cache(unsigned long pc, int instructions, unsigned long addr, unsigned long size)
{
	note(instructions ? EVENT_ICACHE : EVENT_DCACHE, 0,
	     instructions ? addr : core_translate(&current->core, addr), size, pc);
}

/* EL2's own translations, by VA or all: what a TLBI means to the TLB of this machine. */
static void on_tlbi(unsigned long pc, const char *op, el2fuzz_u64 arg)
{
	u64 va = (arg & (BIT(44) - 1)) << MAP_PAGE_SHIFT;

	count_hook(pc);
	note(EVENT_TLBI, tlbi_by_name(op), arg, 0, pc);
	if (current->fast && is_linear(va))
		return;
	if (!strncmp(op, "vae2", 4) || !strncmp(op, "vale2", 5))
		tlb_drop(&current->memory, va);
	else if (!strncmp(op, "alle2", 5))
		tlb_drop_all(&current->memory);
}

/* EL1's MMU is off, in the host as in guests: its stage 1 gives back what it is asked. */
static int on_at(unsigned int op, el2fuzz_u64 addr)
{
	bool fault = addr >> NATIVE_PA_BITS;

	(void)op;
	current->sym.sysregs[NATIVE_PAR_EL1] = fault ? PAR_FAULT : ALIGN_DOWN(addr, MAP_PAGE_SIZE);
	return 0;
}

static void on_smc(unsigned long *args, unsigned int nr)
{
	u64 regs[SMC_REGS] = { 0 };

	count_hook((u64)__builtin_return_address(0));
	memcpy(regs, args, nr * sizeof(*args));
	firmware_smc(&current->core, regs);
	memcpy(args, regs, nr * sizeof(*args));
	if (current->core.firmware.psci.restart)
		siglongjmp(current->leave, LEAVE_RESTARTED);
}

static void on_guest_enter(unsigned long pc, el2fuzz_u64 *x)
{
	count_hook(pc);
	note(EVENT_GUEST, 0, 0, 0, pc);
	native_guest(current, (u64 *)x);
}

/* Signals */

s64 native_translate(const struct native *n, u64 va, u8 *perm)
{
	const struct core *core = &n->core;
	struct leaf leaf;

	if (!n->own_tables || (n->fast && is_linear(va))) {
		*perm = PERM_R | PERM_W;
		return is_linear(va) ? memory_page(&n->memory, map_hyp_pa(&core->map, va)) : -1;
	}
	table_lookup(&core->phys, &core->observer.hyp_s1, va, &leaf);
	*perm = leaf.perm;

	return leaf.kind == LEAF_MAPPED ? memory_page(&n->memory, leaf.pa) : -1;
}

/* A translation may be forgotten at any time, but what is remembered has to be true. */
static bool is_held(void *arg, const struct tlb_entry *entry)
{
	u8 perm;

	return native_translate(arg, entry->va, &perm) == entry->page && !(entry->perm & ~perm);
}

bool native_stale(struct native *n)
{
	const struct tlb_entry *entry = n->fast ? NULL : tlb_stale(&n->memory, is_held, n);

	if (!entry)
		return false;
	n->crash = (struct crash){ .pc = entry->pc,
		                   .esr = ESR_EC(EC_UNKNOWN),
		                   .far = entry->va,
		                   .report = "its translation is stale when the step ends" };
	return true;
}

/*
 * What is mapped can be read, so that a fault there is a write, whatever the machine says: QEMU's user mode
 * has no ESR to tell. Return: false if EL2 may not do that.
 */
static bool handle_fault(struct native *n, u64 va, bool write, u64 pc)
{
	struct tlb_entry *entry;
	s64 page;
	u8 perm;

	if (memory_write_regs(&n->memory, va))
		return true;
	entry = tlb_find(&n->memory, va);
	if (entry) {
		if (entry->writable || !(entry->perm & PERM_W))
			return false;
		tlb_write(&n->memory, entry);
		return true;
	}
	page = native_translate(n, va, &perm);
	if (page < 0 || !(perm & (write ? PERM_W : PERM_R)))
		return false;

	return !tlb_fill(&n->memory, va, page, perm, write, pc);
}

/*
 * __pkvm_init_switch_pgd(pgd, sp, fn), called by its PA: from here on EL2 has its own tables. It goes on
 * with fn on the stack that it has.
 */
static void switch_pgd(struct native *n, ucontext_t *uc)
{
	struct observer *obs = &n->core.observer;

	n->sym.sysregs[NATIVE_TTBR0_EL2] = frame_arg0(uc);
	root_from_tcr(&obs->hyp_s1, frame_arg0(uc), n->sym.sysregs[NATIVE_TCR_EL2],
	              n->sym.sysregs[NATIVE_MAIR_EL2]);
	tlb_drop_all(&n->memory);
	n->own_tables = true;
	frame_jump(uc, frame_arg2(uc));
}

static struct sigaction before[NSIG];

static void on_fault(int sig, siginfo_t *info, void *arg)
{
	u64 pc = frame_pc(arg), va = (u64)info->si_addr;
	struct native *n = current;

	if (!n || !n->running) {
		/* The harness's own: again, for whoever was there first. */
		sigaction(sig, &before[sig], NULL);
		return;
	}
	if (pc == n->sym.switch_pgd && !n->own_tables) {
		switch_pgd(n, arg);
		return;
	}
	if (sig == SIGILL)
		leave_signal(arg, LEAVE_EXCEPTION, EC_UNKNOWN, 0);
	if (frame_is_fetch(arg))
		leave_signal(arg, LEAVE_EXCEPTION, EC_IABT_CUR, pc);
	/* An address that no process can use has no si_addr. */
	if (info->si_code == SI_KERNEL || !handle_fault(n, va, frame_is_write(arg), pc))
		leave_signal(arg, LEAVE_EXCEPTION, EC_DABT_CUR, va);
}

/* A tick of CPU time: is EL2 still where it was at the one before? */
static void on_tick(int sig, siginfo_t *info, void *arg)
{
	static u64 runs;
	static unsigned int ticks;

	(void)sig;
	(void)info;
	if (!current->running || runs != current->runs) {
		runs = current->runs;
		ticks = 0;
	} else if (++ticks == STEP_SECONDS) {
		ticks = 0;
		leave_signal(arg, LEAVE_HANG, EC_UNKNOWN, 0);
	}
}

static int start_ticks(void)
{
	const struct itimerval second = { .it_interval.tv_sec = 1, .it_value.tv_sec = 1 };
	const struct sigaction action = { .sa_sigaction = on_tick,
		                          .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER |
		                                      SA_RESTART };

	return sigaction(SIGPROF, &action, NULL) || setitimer(ITIMER_PROF, &second, NULL) ? -1 : 0;
}

int native_handlers(struct native *n, struct error *err)
{
	static u8 stack[1 << 16];
	const stack_t alt = { .ss_sp = stack, .ss_size = sizeof(stack) };
	/* Left by a jump, so that the signal must not stay blocked. */
	struct sigaction action = { .sa_sigaction = on_fault,
		                    .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };

	current = n;
	*n->sym.hooks = (struct el2fuzz_hooks){
		.bug = on_bug,
		.report = on_report,
		.lock_error = on_lock_error,
		.undefined = on_undefined,
		.host_enter = on_host_enter,
		.panic = on_panic,
		.tlbi = on_tlbi,
		.sync = on_barrier,
		.reg_written = on_reg_written,
		.cache = on_cache,
		.at = on_at,
		.smc = on_smc,
		.guest_enter = on_guest_enter,
	};
	if (sigaltstack(&alt, NULL) || sigaction(SIGSEGV, &action, &before[SIGSEGV]) ||
	    sigaction(SIGBUS, &action, &before[SIGBUS]) ||
	    sigaction(SIGILL, &action, &before[SIGILL]) || start_ticks())
		return error_set(err, "cannot handle signals: %s", strerror(errno));

	return 0;
}
