/* SPDX-License-Identifier: GPL-2.0-only */
/* Ask a model for what it expects of one op after the other; no kernel runs. */
#ifndef EL2FUZZ_TESTS_RULE_H
#define EL2FUZZ_TESTS_RULE_H

#include "oracle/model.h"
#include "tests/oracle/fake_core.h"
#include "tests/replay/cmocka_test.h"

extern struct core *core;
extern struct model *model;
extern struct expectation expect; /* of the last op */

struct arg {
	enum place place;
	u64 value;
};

#define RAW(v) { PLACE_RAW, (v) }
#define RAM(v) { PLACE_RAM, (v) }
#define HYP(v) { PLACE_HYP, (v) }
#define TEXT(v) { PLACE_TEXT, (v) }
#define DATA(v) { PLACE_DATA, (v) }
#define PERCPU(v) { PLACE_PERCPU, (v) }
#define NOMAP(v) { PLACE_NOMAP, (v) }
#define MMIO(v) { PLACE_MMIO, (v) }
#define END(v) { PLACE_END, (v) }
#define LIMIT(v) { PLACE_LIMIT, (v) }
#define VM(v) { PLACE_VM, (v) }

/** before() - x0.. before an op: what no argument overwrites must come back */
u64 before(int reg);

/** issue() - have the model say what it expects of an op; nothing but x0 and x1 ever answers */
void issue(enum op_code code, const struct arg args[OP_MAX_ARGS]);

#define ISSUE(op, ...) issue(OP_##op, (const struct arg[OP_MAX_ARGS]){ __VA_ARGS__ })

/* The op is a hypercall, and answers @x1. */
#define ANSWERS(x1, op, ...)                                                                      \
	do {                                                                                      \
		ISSUE(op, __VA_ARGS__);                                                           \
		if (expect.kind != OUTCOME_RETURNED || expect.unmodelled || expect.regs[0] ||     \
		    (s64)expect.regs[1] != (s64)(x1))                                             \
			fail_msg("%s(%s): x0 0x%llx, x1 %lld instead of %lld", #op, #__VA_ARGS__, \
			         (unsigned long long)expect.regs[0], (long long)expect.regs[1],   \
			         (long long)(x1));                                                \
	} while (0)

struct model_page *page(enum place place, u64 n);
void assert_page(enum place place, u64 n, enum page_state host, enum page_state hyp);

/** touched() - may the last op have written to that page? */
bool touched(enum place place, u64 n);

/** last_page_of_first_region() - "ram" goes on behind it in holes: the last page before NOMAP memory */
u64 last_page_of_first_region(void);

int open_small(void **state);
int open_holes(void **state);
int close_model(void **state);

#define in_both(test)                                                  \
	{ #test " in small", test, open_small, close_model, NULL },    \
	{                                                              \
		#test " in holes", test, open_holes, close_model, NULL \
	}

#endif
