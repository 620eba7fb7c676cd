// SPDX-License-Identifier: GPL-2.0-only
/* The target's side of libFuzzer. */
#include "fuzz/mutate.h"
#include "fuzz/target.h"

/* Of LLVM's coverage interface, as instrumented programs call it when they are loaded */
void __sanitizer_cov_8bit_counters_init(u8 *start, u8 *stop);
void __sanitizer_cov_pcs_init(const u64 *start, const u64 *stop);

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const u8 *data, size_t size, const u8 *other, size_t other_size,
                                 u8 *out, size_t max, unsigned int seed);

/* libFuzzer takes and clears what is in a section of this name. */
static u8 state[TARGET_STATE_COUNTERS] __attribute__((section("__libfuzzer_extra_counters"), used));

void engine_start(const struct core_counters *counters)
{
	if (counters->start == counters->stop)
		return;
	__sanitizer_cov_8bit_counters_init(counters->start, counters->stop);
	__sanitizer_cov_pcs_init(counters->pcs, counters->pcs_stop);
}

u8 *engine_state(void)
{
	return state;
}

void engine_ran(bool good)
{
	(void)good;
}

static struct mutator *mutator(void)
{
	static struct mutator only;
	static bool ready;

	if (!ready)
		mutator_init(&only, target_hello());
	ready = true;
	return &only;
}

size_t LLVMFuzzerCustomMutator(u8 *data, size_t size, size_t max, unsigned int seed)
{
	return mutate(mutator(), data, size, max, seed);
}

size_t LLVMFuzzerCustomCrossOver(const u8 *data, size_t size, const u8 *other, size_t other_size,
                                 u8 *out, size_t max, unsigned int seed)
{
	return crossover(mutator(), data, size, other, other_size, out, max, seed);
}
