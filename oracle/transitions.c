// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/transitions.h"

#include <stdlib.h>

struct transitions {
	const struct model *model;
	u8 *counters;
	size_t nr;
	u8 *state; /* of each page, when it was last looked at */
	u8 *boot;
};

static u8 state_of(const struct model_page *page)
{
	return (page->host & 3) | (page->hyp & 3) << 2 | (page->access & 3) << 4 |
	       (page->owner & 3) << 6;
}

struct transitions *transitions_open(const struct model *model, u8 *counters, size_t nr)
{
	struct transitions *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	*t = (struct transitions){ .model = model,
		                   .counters = counters,
		                   .nr = nr,
		                   .state = malloc(model->nr_pages),
		                   .boot = malloc(model->nr_pages) };
	if (!t->state || !t->boot) {
		transitions_close(t);
		return NULL;
	}
	for (u64 i = 0; i < model->nr_pages; i++)
		t->state[i] = t->boot[i] = state_of(&model->boot[i]);

	return t;
}

void transitions_close(struct transitions *t)
{
	if (!t)
		return;
	free(t->state);
	free(t->boot);
	free(t);
}

void transitions_reset(struct transitions *t)
{
	for (u32 i = 0; i < t->model->nr_dirty; i++)
		t->state[t->model->dirty[i]] = t->boot[t->model->dirty[i]];
}

void transitions_count(struct transitions *t, const struct op *op)
{
	for (unsigned int i = 0; i < t->model->nr_touched; i++) {
		u32 page = t->model->touched[i];
		u8 from = t->state[page], to = state_of(&t->model->pages[page]);
		u64 pair = (u64)op->code << 16 | from << 8 | to;

		if (from == to)
			continue;
		t->state[page] = to;
		t->counters[(pair * 0x9e3779b97f4a7c15ULL >> 32) % t->nr]++;
	}
}
