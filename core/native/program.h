/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the native cores of all worlds are: code compiled for this machine, that runs in this process, and how
 * it is left otherwise than by returning. There is one in a process, since its addresses are fixed.
 */
#ifndef EL2FUZZ_NATIVE_PROGRAM_H
#define EL2FUZZ_NATIVE_PROGRAM_H

#include "core/backend.h"
#include "core/native/coverage.h"
#include "core/native/hooks.h"
#include "core/sysregs.h"

#include <setjmp.h>
#include <ucontext.h>

#define NATIVE_SYSREG_INDEX(op0, op1, crn, crm, op2) \
	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))

enum native_sysreg {
#define S(name, op0, op1, crn, crm, op2) \
	NATIVE_##name = NATIVE_SYSREG_INDEX(op0, op1, crn, crm, op2),
	SYSREGS(S)
#undef S
};

/* It runs on the runner's stack, and has so much of it. */
#define PROGRAM_STACK_SIZE (1 << 20)

struct program {
	struct core core; /* first: the core interface hands it around */
	struct image image;
	struct coverage coverage;
	bool sanitized; /* its shadow is mapped */
	/* While it runs */
	volatile bool running;
	sigjmp_buf leave;
	u64 stack; /* where its own begins */
	/* How it was left */
	enum outcome_kind how;
	struct crash crash;
	struct told_bug bug; /* of the last OUTCOME_EL2_BUG */
};

/* The one that is open, or NULL: what signals and hooks are about */
extern struct program *program_current;

static inline struct program *program_of(const struct core *core)
{
	return (struct program *)core;
}

/** program_new() - core_new() of what begins with a program */
void *program_new(size_t size, const struct core_backend *backend, const struct core_config *config,
                  unsigned int pa_bits, u64 hyp_va_base, struct error *err);
void program_close(struct program *p);

/** program_map_shadow() - what code with sanitizers needs before it runs, if the configuration asks for it */
int program_map_shadow(struct program *p, struct error *err);

/** program_set_caps() - tell its kernel which capabilities were chosen; @to: by the tree's numbers */
void program_set_caps(const struct program *p, u8 to[EL2FUZZ_MAX_CAPS]);

/**
 * program_run() - run it until it returns, or is left
 *
 * Return: OUTCOME_RETURNED, or the kind that it was left with.
 */
enum outcome_kind program_run(struct program *p, void (*fn)(void *arg), void *arg);

/** program_return() - leave it as if it had returned */
_Noreturn void program_return(void);

/** program_leave() - leave it: it crashed at @pc; @ec: of the exception that EL2 would have taken */
_Noreturn void program_leave(enum outcome_kind how, u64 pc, u64 ec, u64 far);

/** program_leave_hook() - the same, from a hook that was called so that it would return to @pc */
_Noreturn void program_leave_hook(enum outcome_kind how, u64 pc, u64 ec, u64 far);

/** program_leave_signal() - the same, from a signal's handler */
_Noreturn void program_leave_signal(const ucontext_t *uc, enum outcome_kind how, u64 pc, u64 ec,
                                    u64 far);

/** program_crash() - the outcome of what was left with such a kind */
void program_crash(const struct program *p, enum outcome_kind how, struct outcome *out);

/** program_note() - an event (struct event), while they are watched */
void program_note(enum event_kind kind, unsigned int op, u64 arg, u64 size, u64 pc);

/* Of struct el2fuzz_hooks, alike in all worlds */
void program_on_bug(unsigned long pc, const char *file, int line, int flags);
void program_on_report(unsigned long pc, const char *what, const char *access, unsigned long addr,
                       unsigned long size);
void program_on_sync(unsigned long pc, int crm);
void program_on_reg_written(unsigned long pc, unsigned int index, el2fuzz_u64 value);

/* As the core interface has them */
void program_source(const struct core *core, u64 va, struct source_place *place);
bool program_bug_source(const struct core *core, u64 va, struct source_place *place, bool *warning);
int program_coverage(const struct core *core, FILE *out, struct error *err);
u64 program_blocks_covered(const struct core *core);
bool program_counters(const struct core *core, struct core_counters *counters);

#endif
