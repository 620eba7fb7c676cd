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

static struct native *current(void)
{
	return (struct native *)program_current;
}

enum outcome_kind native_run(struct native *n, void (*fn)(void *arg))
{
	n->hooks = 0;
	n->runs++;
	return program_run(&n->p, fn, n);
}

/* Hooks */

static void count_hook(u64 pc)
{
	if (++current()->hooks > HOOK_BUDGET)
		program_leave_hook(OUTCOME_HANG, pc, EC_UNKNOWN, 0);
}

static void on_lock_error(unsigned long pc, int error)
{
	/* Taken twice, it is waited for for ever. */
	if (error == EL2FUZZ_LOCK_HELD)
		program_leave_hook(OUTCOME_HANG, pc, EC_UNKNOWN, 0);
	/* Its tickets are out of order from now on. */
	program_on_report(pc, "unlock of a lock that is not held", NULL, 0, 0);
}

static void on_undefined(unsigned long pc)
{
	program_leave_hook(OUTCOME_EL2_EXCEPTION, pc, EC_UNKNOWN, 0);
}

static void on_host_enter(void)
{
	program_return();
}

static void on_panic(void)
{
	program_leave(OUTCOME_EL2_EXCEPTION, (u64)__builtin_return_address(0), EC_UNKNOWN, 0);
}

static bool is_linear(u64 va)
{
	return va >= NATIVE_HYP_VA_BASE;
}

static void on_cache(unsigned long pc, int instructions, unsigned long addr, unsigned long size)
{
	program_note(instructions ? EVENT_ICACHE : EVENT_DCACHE, 0,
	             instructions ? addr : core_translate(&current()->p.core, addr), size, pc);
}

/* EL2's own translations, by VA or all: what a TLBI means to the TLB of this machine. */
static void on_tlbi(unsigned long pc, const char *op, el2fuzz_u64 arg)
{
	u64 va = (arg & (BIT(44) - 1)) << MAP_PAGE_SHIFT;
	struct native *n = current();

	count_hook(pc);
	program_note(EVENT_TLBI, tlbi_by_name(op), arg, 0, pc);
	if (n->fast && is_linear(va))
		return;
	if (!strncmp(op, "vae2", 4) || !strncmp(op, "vale2", 5))
		tlb_drop(&n->memory, va);
	else if (!strncmp(op, "alle2", 5))
		tlb_drop_all(&n->memory);
}

/* EL1's MMU is off, in the host as in guests: its stage 1 gives back what it is asked. */
static int on_at(unsigned int op, el2fuzz_u64 addr)
{
	bool fault = addr >> NATIVE_PA_BITS;

	(void)op;
	current()->sym.sysregs[NATIVE_PAR_EL1] =
		fault ? PAR_FAULT : ALIGN_DOWN(addr, MAP_PAGE_SIZE);
	return 0;
}

static void on_smc(unsigned long *args, unsigned int nr)
{
	u64 regs[SMC_REGS] = { 0 };

	count_hook((u64)__builtin_return_address(0));
	memcpy(regs, args, nr * sizeof(*args));
	firmware_smc(&current()->p.core, regs);
	memcpy(args, regs, nr * sizeof(*args));
	if (current()->p.core.firmware.psci.restart)
		program_return();
}

static void on_guest_enter(unsigned long pc, el2fuzz_u64 *x)
{
	count_hook(pc);
	program_note(EVENT_GUEST, 0, 0, 0, pc);
	native_guest(current(), (u64 *)x);
}

/* Signals */

s64 native_translate(const struct native *n, u64 va, u8 *perm)
{
	const struct core *core = &n->p.core;
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
	n->p.crash = (struct crash){ .pc = entry->pc,
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
	struct observer *obs = &n->p.core.observer;

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
	struct native *n = current();

	if (!n || !n->p.running) {
		/* The harness's own: again, for whoever was there first. */
		sigaction(sig, &before[sig], NULL);
		return;
	}
	if (pc == n->sym.switch_pgd && !n->own_tables) {
		switch_pgd(n, arg);
		return;
	}
	if (sig == SIGILL)
		program_leave_signal(arg, OUTCOME_EL2_EXCEPTION, pc, EC_UNKNOWN, 0);
	if (frame_is_fetch(arg))
		program_leave_signal(arg, OUTCOME_EL2_EXCEPTION, pc, EC_IABT_CUR, pc);
	/* An address that no process can use has no si_addr. */
	if (info->si_code == SI_KERNEL || !handle_fault(n, va, frame_is_write(arg), pc))
		program_leave_signal(arg, OUTCOME_EL2_EXCEPTION, pc, EC_DABT_CUR, va);
}

/* A tick of CPU time: is EL2 still where it was at the one before? */
static void on_tick(int sig, siginfo_t *info, void *arg)
{
	const struct native *n = current();
	static u64 runs;
	static unsigned int ticks;

	(void)sig;
	(void)info;
	if (!n || !n->p.running || runs != n->runs) {
		runs = n ? n->runs : 0;
		ticks = 0;
	} else if (++ticks == STEP_SECONDS) {
		ticks = 0;
		program_leave_signal(arg, OUTCOME_HANG, frame_pc(arg), EC_UNKNOWN, 0);
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

	*n->sym.hooks = (struct el2fuzz_hooks){
		.bug = program_on_bug,
		.report = program_on_report,
		.lock_error = on_lock_error,
		.undefined = on_undefined,
		.host_enter = on_host_enter,
		.panic = on_panic,
		.tlbi = on_tlbi,
		.sync = program_on_sync,
		.reg_written = program_on_reg_written,
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
