// SPDX-License-Identifier: GPL-2.0-only
#include "core/native/program.h"

#include "core/native/sanitize.h"
#include "core/native/shadow.h"
#include "core/native/signal_frame.h"
#include "core/syndrome.h"

#include <stdlib.h>
#include <string.h>

#include "tree.h"

struct program *program_current;

void *program_new(size_t size, const struct core_backend *backend, const struct core_config *config,
                  unsigned int pa_bits, u64 hyp_va_base, struct error *err)
{
	struct program *p = core_new(size, backend, config, pa_bits, hyp_va_base, err);

	if (!p)
		return NULL;
	p->image.fd = -1;
	program_current = p;
	return p;
}

void program_close(struct program *p)
{
	program_current = NULL;
	if (p->sanitized)
		shadow_unmap();
	coverage_close(&p->coverage);
	image_close(&p->image);
	core_release(&p->core);
	free(p);
}

int program_map_shadow(struct program *p, struct error *err)
{
	if (p->core.config.kind != CORE_NATIVE_SAN)
		return 0;
	if (shadow_map(err))
		return -1;
	p->sanitized = true;
	return 0;
}

void program_set_caps(const struct program *p, u8 to[EL2FUZZ_MAX_CAPS])
{
	static const u16 numbers[CAP_CPU_COUNT] = {
#define CAP(name, enumerator, feature) [CAP_##name] = TREE_cap_##name,
		EL2FUZZ_CAPS(CAP)
#undef CAP
	};

	/* One that the tree does not know has no number. */
	for (unsigned int i = 0; i < CAP_CPU_COUNT; i++) {
		if (numbers[i] < EL2FUZZ_MAX_CAPS)
			to[numbers[i]] = !!(p->core.config.caps & BIT(i));
	}
}

/* Frames that were left by a jump have marks around their variables still. */
static void clear_stack(const struct program *p)
{
	if (p->sanitized)
		memset(EL2FUZZ_SHADOW(p->stack - PROGRAM_STACK_SIZE), 0, PROGRAM_STACK_SIZE >> 3);
}

enum outcome_kind program_run(struct program *p, void (*fn)(void *arg), void *arg)
{
	p->how = OUTCOME_RETURNED;
	p->bug.file = NULL;
	p->crash.nr_frames = 0;
	p->stack = (u64)__builtin_frame_address(0);
	if (!sigsetjmp(p->leave, 0)) {
		p->running = true;
		fn(arg);
	} else {
		clear_stack(p);
	}
	p->running = false;

	return p->how;
}

_Noreturn void program_return(void)
{
	siglongjmp(program_current->leave, 1);
}

/*
 * The tree keeps its frame pointers, and so do we in this file.
 * @callee: the return address below which there are only hooks, 0 if @fp is the program's own
 */
static void backtrace(u64 fp, u64 callee)
{
	const struct program *p = program_current;
	struct crash *crash = &program_current->crash;

	crash->nr_frames = 0;
	while (p->stack - fp < PROGRAM_STACK_SIZE && !(fp & 7)) {
		const u64 *record = (const u64 *)fp;

		if (!callee) {
			if (record[1] < p->image.start || record[1] >= p->image.end ||
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

_Noreturn void program_leave(enum outcome_kind how, u64 pc, u64 ec, u64 far)
{
	struct program *p = program_current;

	p->how = how;
	p->crash.pc = pc;
	p->crash.esr = ESR_EC(ec);
	p->crash.far = far;
	siglongjmp(p->leave, 1);
}

_Noreturn void program_leave_hook(enum outcome_kind how, u64 pc, u64 ec, u64 far)
{
	backtrace((u64)__builtin_frame_address(0), pc);
	program_leave(how, pc - 1, ec, far);
}

_Noreturn void program_leave_signal(const ucontext_t *uc, enum outcome_kind how, u64 pc, u64 ec,
                                    u64 far)
{
	backtrace(frame_fp(uc), 0);
	program_leave(how, pc, ec, far);
}

void program_crash(const struct program *p, enum outcome_kind how, struct outcome *out)
{
	out->kind = how;
	out->crash = p->crash;
}

void program_note(enum event_kind kind, unsigned int op, u64 arg, u64 size, u64 pc)
{
	const struct event event = { .kind = kind, .op = op, .arg = arg, .size = size, .pc = pc };

	if (program_current->core.events.on)
		events_add(&program_current->core.events, &event);
}

void program_on_bug(unsigned long pc, const char *file, int line, int flags)
{
	program_current->bug = (struct told_bug){ file, line, flags };
	program_leave_hook(OUTCOME_EL2_BUG, pc, EC_BRK64, 0);
}

void program_on_report(unsigned long pc, const char *what, const char *access, unsigned long addr,
                       unsigned long size)
{
	crash_report(&program_current->crash, what, access, size);
	program_leave_hook(OUTCOME_EL2_REPORT, pc, EC_UNKNOWN, addr);
}

void program_on_sync(unsigned long pc, int crm)
{
	program_note(crm < 0 ? EVENT_ISB : EVENT_DSB, crm < 0 ? 0 : crm, 0, 0, pc);
}

void program_on_reg_written(unsigned long pc, unsigned int index, el2fuzz_u64 value)
{
	const enum event_reg reg = index == NATIVE_VTTBR_EL2 ? EVENT_VTTBR_EL2 :
	                           index == NATIVE_VTCR_EL2  ? EVENT_VTCR_EL2 :
	                           index == NATIVE_HCR_EL2   ? EVENT_HCR_EL2 :
	                                                       EVENT_TTBR0_EL2;

	program_note(EVENT_REG, reg, reg == EVENT_HCR_EL2 ? value & EVENT_HCR_MASK : value, 0, pc);
}

void program_source(const struct core *core, u64 va, struct source_place *place)
{
	image_source(&program_of(core)->image, va, place);
}

bool program_bug_source(const struct core *core, u64 va, struct source_place *place, bool *warning)
{
	struct program *p = program_of(core);

	return va == p->crash.pc && image_told_bug(&p->image, &p->bug, va, place, warning);
}

int program_coverage(const struct core *core, FILE *out, struct error *err)
{
	struct program *p = program_of(core);

	return coverage_lcov(&p->coverage, &p->image, out, err);
}

u64 program_blocks_covered(const struct core *core)
{
	return coverage_blocks(&program_of(core)->coverage);
}

bool program_counters(const struct core *core, struct core_counters *counters)
{
	*counters = program_of(core)->coverage.counters;
	return counters->start != counters->stop;
}
