// SPDX-License-Identifier: GPL-2.0-only
#include "core/native/coverage.h"

#include "core/image/coverage.h"

#include <elf.h>
#include <stdlib.h>

static void *bound(const struct image *image, const char *name)
{
	return (void *)image_raw_symbol(image, name);
}

int coverage_open(struct coverage *coverage, const struct image *image, struct error *err)
{
	struct core_counters *counters = &coverage->counters;

	*counters = (struct core_counters){
		.start = bound(image, "__start___sancov_cntrs"),
		.stop = bound(image, "__stop___sancov_cntrs"),
		.pcs = bound(image, "__start___sancov_pcs"),
		.pcs_stop = bound(image, "__stop___sancov_pcs"),
	};
	coverage->seen = calloc(counters->stop - counters->start + 1, 1);

	return coverage->seen ? 0 : error_set(err, "out of memory");
}

void coverage_close(struct coverage *coverage)
{
	free(coverage->seen);
}

/* A counter wraps around: what it was at the end of an earlier trace is remembered. */
u64 coverage_blocks(struct coverage *coverage)
{
	const u8 *counters = coverage->counters.start;
	size_t nr = coverage->counters.stop - counters;
	u32 ran = 0;

	for (size_t i = 0; i < nr; i++) {
		coverage->seen[i] |= counters[i];
		ran += !!coverage->seen[i];
	}

	return ran;
}

/* A block of code that has a counter. */
struct block {
	u64 pc;
	bool ran;
};

static int by_pc(const void *a, const void *b)
{
	const struct block *x = a, *y = b;

	return (x->pc > y->pc) - (x->pc < y->pc);
}

/* Every block has a counter (no-prune in CMakeLists.txt), and a block goes on to the next one. */
static struct block *find_blocks(struct coverage *coverage, size_t nr)
{
	struct block *blocks = calloc(nr + 1, sizeof(*blocks));

	coverage_blocks(coverage);
	for (size_t i = 0; blocks && i < nr; i++)
		blocks[i] = (struct block){
			.pc = coverage->counters.pcs[2 * i],
			.ran = coverage->seen[i],
		};
	if (blocks)
		qsort(blocks, nr, sizeof(*blocks), by_pc);

	return blocks;
}

static void take_block(const struct block *block, u64 end, u64 start, u8 *ran, u8 *unknown)
{
	memset(unknown + (block->pc - start), 0, end - block->pc);
	memset(ran + (block->pc - start), block->ran ? INSN_RAN : 0, end - block->pc);
}

/* Functions without counters are those of ours, and what must not be instrumented. */
static void take_function(const Elf64_Sym *sym, const struct block *blocks, size_t nr, u64 start,
                          u8 *ran, u8 *unknown)
{
	u64 end = sym->st_value + sym->st_size;

	for (size_t i = 0; i < nr; i++) {
		if (blocks[i].pc - sym->st_value < sym->st_size)
			take_block(&blocks[i], blocks[i + 1].pc < end ? blocks[i + 1].pc : end,
			           start, ran, unknown);
	}
}

int coverage_lcov(struct coverage *coverage, struct image *image, FILE *out, struct error *err)
{
	size_t nr = coverage->counters.stop - coverage->counters.start;
	struct executed executed = {
		.start = image->start,
		.size = image->end - image->start,
	};
	u8 *ran = calloc(executed.size, 1), *unknown = malloc(executed.size);
	struct block *blocks = find_blocks(coverage, nr);
	int ret = -1;

	if (!ran || !unknown || !blocks) {
		error_set(err, "out of memory");
		goto out;
	}
	blocks[nr].pc = ~0ULL;
	memset(unknown, 1, executed.size);
	for (u64 i = 0; i < image->nr_symbols; i++) {
		const Elf64_Sym *sym = &image->symbols[i];

		if (ELF64_ST_TYPE(sym->st_info) == STT_FUNC &&
		    sym->st_value - executed.start < executed.size)
			take_function(sym, blocks, nr, executed.start, ran, unknown);
	}
	executed.insns = ran;
	executed.unknown = unknown;
	ret = image_coverage(image, &executed, out, err);
out:
	free(ran);
	free(unknown);
	free(blocks);
	return ret;
}
