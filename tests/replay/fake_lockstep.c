// SPDX-License-Identifier: GPL-2.0-only
/*
 * A core and a lockstep that test the runner, the client and the command without a kernel. They
 * agree on everything, but the environment names ops that make them misbehave:
 *
 *  FAKE_FIND=OP	a finding; its signature depends on the op's first argument
 *  FAKE_DIFFER=OP	the digest and what is explained are others
 *  FAKE_DIE=OP		the runner kills itself
 *  FAKE_HANG=OP	the runner never answers
 *  FAKE_GARBAGE=OP	the runner answers with what is no frame
 *  FAKE_WORDY=OP	the runner prints on its standard output
 *  FAKE_MOODY=OP	the digest is another one each time
 *  FAKE_START=fail|die|hang|garbage
 *  FAKE_ONCE=FILE	misbehave only while FILE exists, and remove it
 *  FAKE_STEP_US=N	each step takes so long
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "oracle/lockstep.h"

struct core {
	struct memory_map map;
	struct tree_info info;
	u64 blocks;
};

struct lockstep {
	struct core *core;
};

static bool asked_for(const char *variable, const char *what)
{
	const char *once = getenv("FAKE_ONCE");
	const char *value = getenv(variable);

	return value && !strcmp(value, what) && (!once || !unlink(once));
}

static void hang(void)
{
	for (;;)
		pause();
}

/* The channel is not on standard output any more: write to all that might be it. */
static void send_garbage(void)
{
	static const char garbage[] = "this is not a frame at all, far from it";

	for (int fd = 3; fd < 16; fd++) {
		if (write(fd, garbage, sizeof(garbage)) < 0)
			continue;
	}
	hang();
}

struct core *core_open(const struct core_config *config, struct error *err)
{
	struct core *core = calloc(1, sizeof(*core));

	if (asked_for("FAKE_START", "fail")) {
		error_set(err, "%s: the fake core was asked to fail", config->image);
		free(core);
		return NULL;
	}
	if (asked_for("FAKE_START", "die"))
		raise(SIGKILL);
	if (asked_for("FAKE_START", "hang"))
		hang();
	if (asked_for("FAKE_START", "garbage"))
		send_garbage();

	map_init(&core->map, config->layout, 40, BIT(47));
	map_carve(&core->map, CARVE_TEXT, 0x20000, MAP_PAGE_SIZE);
	map_carve(&core->map, CARVE_POOL, 0x200000, MAP_PAGE_SIZE);
	map_finish(&core->map);
	core->info.hypercall_base = 0xc6000000;
	core->info.hypercall_max = 50;
	core->info.vm_slots = 8;
	return core;
}

void core_close(struct core *core)
{
	free(core);
}

void core_reset(struct core *core)
{
	core->blocks++;
}

int core_kind_by_name(const char *name)
{
	return strcmp(name, "aarch64") ? -1 : CORE_AARCH64;
}

const char *core_kind_name(enum core_kind kind)
{
	(void)kind;
	return "aarch64";
}

const struct core_config *core_config(const struct core *core)
{
	static const struct core_config config;

	(void)core;
	return &config;
}

const struct memory_map *core_map(const struct core *core)
{
	return &core->map;
}

unsigned int tree_unknown_hypercalls(struct unknown_hypercall unknown[TREE_MAX_UNKNOWN])
{
	(void)unknown;
	return 0;
}

const struct tree_info *core_info(const struct core *core)
{
	return &core->info;
}

/* It is of no world whose steps are timed. */
const struct nested_view *core_nested(const struct core *core)
{
	(void)core;
	return NULL;
}

void core_step(struct core *core, const struct op *op, const u64 args[OP_MAX_ARGS],
               struct outcome *out)
{
	(void)core;
	(void)op;
	(void)args;
	out->kind = OUTCOME_LOST;
}

bool core_has_op(const struct core *core, unsigned int code)
{
	(void)core;
	return code != OP_tracing_load;
}

int core_coverage(const struct core *core, FILE *out, struct error *err)
{
	(void)core;
	(void)out;
	return error_set(err, "the fake core has no lines");
}

u64 core_blocks_covered(const struct core *core)
{
	return core->blocks < 1000 ? core->blocks : 1000;
}

struct lockstep *lockstep_open(struct core *core)
{
	struct lockstep *lockstep = calloc(1, sizeof(*lockstep));

	lockstep->core = core;
	return lockstep;
}

void lockstep_reset(struct lockstep *lockstep)
{
	core_reset(lockstep->core);
}

int lockstep_add(struct lockstep *lockstep, struct core *core, struct error *err)
{
	(void)lockstep;
	(void)core;
	return error_set(err, "the fake core is one");
}

void lockstep_close(struct lockstep *lockstep)
{
	free(lockstep);
}

static void find(struct lockstep_result *result, const struct op *op, u32 step)
{
	struct finding *f = &result->finding;
	u64 mix = (op->value[0] * 0x9e3779b97f4a7c15ULL) >> 55;

	result->verdict = VERDICT_FINDING;
	f->class = FINDING_RETURN;
	f->step = step;
	snprintf(f->op, sizeof(f->op), "%s", op_desc(op->code)->name);
	snprintf(f->place, sizeof(f->place), "fake %c%c", (char)('a' + mix % 24),
	         (char)('a' + mix / 24));
	snprintf(f->expected, sizeof(f->expected), "x1 = 0");
	snprintf(f->actual, sizeof(f->actual), "x1 = -1");
}

static u64 moods;

/* Return: does the trace go on? */
static bool step(const struct op *op, u32 i, struct lockstep_result *result)
{
	const char *delay = getenv("FAKE_STEP_US");
	const char *name = op_desc(op->code)->name;

	if (delay)
		usleep(atoi(delay));
	if (asked_for("FAKE_DIE", name)) {
		fprintf(stderr, "the fake core dies at step %u\n", i);
		raise(SIGKILL);
	}
	if (asked_for("FAKE_HANG", name))
		hang();
	if (asked_for("FAKE_GARBAGE", name))
		send_garbage();
	if (asked_for("FAKE_WORDY", name)) {
		printf("a library has something to say\n");
		fflush(stdout);
	}
	if (asked_for("FAKE_MOODY", name))
		result->digest += ++moods;
	if (asked_for("FAKE_FIND", name)) {
		find(result, op, i);
		return false;
	}

	return true;
}

int lockstep_watch(struct lockstep *lockstep, enum tlb_mode mode, struct error *err)
{
	(void)lockstep;
	(void)mode;
	(void)err;
	return 0;
}

void lockstep_tell(struct lockstep *lockstep, const struct explain_options *options)
{
	(void)lockstep;
	(void)options;
}

void lockstep_run(struct lockstep *lockstep, const struct op *ops, u32 nr_ops,
                  enum lockstep_mode mode, FILE *report, struct lockstep_result *result)
{
	(void)mode;
	memset(result, 0, sizeof(*result));
	core_reset(lockstep->core);

	for (u32 i = 0; i < nr_ops; i++) {
		if (report)
			fprintf(report, "%3u  %s: a step\n", i, op_desc(ops[i].code)->name);
		result->steps++;
		if (asked_for("FAKE_DIFFER", op_desc(ops[i].code)->name)) {
			result->digest++;
			if (report)
				fprintf(report, "           actual   another one\n");
		}
		if (!step(&ops[i], i, result))
			return;
		for (unsigned int n = 0; n < OP_MAX_ARGS; n++)
			result->digest = (result->digest ^ ops[i].value[n]) * 0x100000001b3ULL;
	}
}
