// SPDX-License-Identifier: GPL-2.0-only
/*
 * The mutator as AFL++ loads it. afl-fuzz has no machine, so what traces are for is read from the file that
 * EL2FUZZ_HELLO names: a struct hello, as `el2fuzz fuzz` writes it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/mutate.h"

/* AFL++'s custom mutator interface */
void *afl_custom_init(void *afl, unsigned int seed);
void afl_custom_deinit(void *data);
size_t afl_custom_fuzz(void *data, u8 *buf, size_t size, u8 **out, u8 *other, size_t other_size,
                       size_t max);

struct afl_mutator {
	struct mutator mutator;
	struct hello hello;
	u64 seed;
	u8 *out;
	size_t room;
};

static bool read_hello(struct hello *hello)
{
	const char *path = getenv("EL2FUZZ_HELLO");
	FILE *in = path ? fopen(path, "re") : NULL;
	bool ok = in && fread(hello, sizeof(*hello), 1, in) == 1 && fgetc(in) == EOF;

	if (in)
		fclose(in);
	if (!ok)
		fprintf(stderr, "el2fuzz: EL2FUZZ_HELLO must name a file that this build's "
		                "`el2fuzz fuzz --engine afl` wrote\n");
	return ok;
}

void *afl_custom_init(void *afl, unsigned int seed)
{
	struct afl_mutator *m = calloc(1, sizeof(*m));

	(void)afl;
	if (!m || !read_hello(&m->hello))
		exit(2);
	m->seed = (u64)seed << 32;
	mutator_init(&m->mutator, &m->hello);
	return m;
}

void afl_custom_deinit(void *data)
{
	struct afl_mutator *m = data;

	mutator_free(&m->mutator);
	free(m->out);
	free(m);
}

size_t afl_custom_fuzz(void *data, u8 *buf, size_t size, u8 **out, u8 *other, size_t other_size,
                       size_t max)
{
	struct afl_mutator *m = data;

	if (m->room < max) {
		free(m->out);
		m->room = max;
		m->out = malloc(max);
		if (!m->out)
			exit(2);
	}
	*out = m->out;
	m->seed++;
	if (other && other_size && m->seed % 4 == 0)
		return crossover(&m->mutator, buf, size, other, other_size, m->out, max, m->seed);
	if (size > max)
		size = max;
	memcpy(m->out, buf, size);
	return mutate(&m->mutator, m->out, size, max, m->seed);
}
