/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the el2fuzz command talks to a runner: frames over the runner's standard input and output.
 * Both ends are built together, so structures travel as they are. The runner answers in the order
 * asked.
 */
#ifndef EL2FUZZ_RUNNER_PROTOCOL_H
#define EL2FUZZ_RUNNER_PROTOCOL_H

#include "core/nested/shared.h"
#include "oracle/lockstep.h"

#define RUNNER_MAGIC 0x3446324fU /* changes with the protocol */
#define RUNNER_MAX_PAYLOAD (1U << 20)

/* What --core calls two cores in lockstep. */
#define CORES_BOTH "both"

enum frame_type {
	/* to the runner */
	FRAME_RUN = 1, /* struct run_request, then a binary trace -> FRAME_RESULT */
	FRAME_EXPLAIN, /* the same -> FRAME_TEXT (may repeat), FRAME_RESULT */
	FRAME_BENCH, /* struct bench_request, then a binary trace -> FRAME_BENCHED */
	FRAME_TIME, /* struct time_request, then a binary trace -> FRAME_TIMED */
	FRAME_COVERAGE, /* nothing -> FRAME_TEXT (may repeat) of an lcov tracefile, FRAME_COVERED */
	/* from the runner */
	FRAME_HELLO, /* struct hello, once, when the core has booted */
	FRAME_RESULT, /* struct run_result, struct finding if verdict is VERDICT_FINDING */
	FRAME_TEXT, /* part of a report */
	FRAME_BENCHED, /* struct bench_result */
	FRAME_TIMED, /* struct time_result, as many struct timed_step as it says */
	FRAME_COVERED, /* nothing */
	FRAME_FAILED, /* text: why the runner cannot start, or what is wrong with the request */
};

struct frame {
	u32 magic;
	u32 type;
	u32 len; /* payload bytes that follow */
	u32 reserved;
};

struct hello {
	char build_id[65];
	char core[16]; /* core_kind_name() */
	u32 world; /* enum world */
	u32 has_native; /* a native core is there, too */
	u8 has_op[OP_CODE_LIMIT]; /* by its number in this world */
	struct memory_map map;
	u64 hypercall_base; /* function id of hypercall 0 */
	u32 hypercall_max;
	u32 vm_slots;
	struct ffa_layout ffa;
	u64 features; /* BIT(FEATURE_*) */
	u32 caps; /* CAP_* */
	u32 nr_unknown; /* hypercalls that no op stands for */
	struct unknown_hypercall unknown[TREE_MAX_UNKNOWN];
};

struct run_request {
	u64 cookie; /* comes back in the result */
	u32 mode; /* enum lockstep_mode */
	struct explain_options tell; /* for FRAME_EXPLAIN */
};

struct run_result {
	u64 cookie;
	u32 verdict; /* enum verdict */
	u32 steps;
	u32 absent;
	u32 reserved;
	u64 digest;
	u64 blocks_covered; /* since the runner started */
	char reason[160];
};

struct bench_request {
	u32 mode; /* enum lockstep_mode */
	u32 repeat; /* how often to reset and run the trace */
	u32 resets_only; /* time the resets after the trace, not the trace */
	u32 reserved;
};

struct bench_result {
	u64 nanoseconds;
	u64 steps;
	u64 resets;
	u64 peak_rss_kb;
	u64 tlbis, full_tlbis, needless_tlbis; /* see struct lockstep_result */
};

/* A bare run of a trace of the nested world, step by step */
struct time_request {
	u32 op; /* of which each step is timed */
	u32 reserved;
};

struct timed_step {
	u64 nanoseconds;
	u64 walks;
};

struct time_result {
	struct nested_costs costs; /* of the whole trace */
	u32 nr; /* steps of that op */
	u32 reserved;
};

#endif
