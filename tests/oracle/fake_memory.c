// SPDX-License-Identifier: GPL-2.0-only
/* The raw memory of a core that is arrays, and the names of what is there. */
#include "tests/oracle/fake_core.h"

#include <string.h>

#define ROOT_PAGE 8 /* of the pool */

void fake_write(struct core *core, u64 pa, u64 word)
{
	s64 index = map_page_index(&core->map, pa);

	memcpy(core->memory + index * MAP_PAGE_SIZE + (pa & (MAP_PAGE_SIZE - 1)), &word,
	       sizeof(word));
	core->written[index] = 1;
}

const char *core_kind_name(enum core_kind kind)
{
	return kind ? "second" : "first";
}

const struct core_config *core_config(const struct core *core)
{
	return &core->config;
}

const void *core_page(const struct core *core, u64 pa)
{
	return core->memory + map_page_index(&core->map, pa) * MAP_PAGE_SIZE;
}

const void *core_boot_page(const struct core *core, u64 pa)
{
	return core_page(core, pa);
}

void core_written(const struct core *core, u8 *pages)
{
	memcpy(pages, core->written, core->map.nr_pages);
}

u64 core_table(const struct core *core, enum walk_root root)
{
	return fake_place(core, PLACE_HYP, ROOT_PAGE + root);
}

static u64 hyp_pages(const struct core *core)
{
	return fake_place(core, PLACE_HYP, 64);
}

u64 core_hyp_page(const struct core *core, u64 pa)
{
	return hyp_pages(core) + map_page_index(&core->map, pa) * sizeof(u64);
}

bool fake_hyp_page(const struct core *core, u64 pa, u64 *word)
{
	u64 index = (pa - hyp_pages(core)) / sizeof(u64);
	const struct page_view *view = &core->views[index];

	if (index >= core->map.nr_pages)
		return false;
	*word = view->host | view->hyp << 8 | (u64)view->refcount << 16 |
	        (u64)view->host_shares << 32;
	return true;
}

u64 core_vm_table(const struct core *core)
{
	return fake_place(core, PLACE_HYP, 32);
}

void core_variables(const struct core *core,
                    void (*visit)(void *arg, const char *name, u64 pa, u64 size), void *arg)
{
	for (unsigned int i = 0; i < core->nr_variables; i++)
		visit(arg, core->variables[i].name, map_hyp_pa(&core->map, core->variables[i].va),
		      core->variables[i].size);
}

const char *core_symbol(const struct core *core, u64 va, u64 *offset)
{
	for (unsigned int i = 0; i < core->nr_functions; i++) {
		*offset = va - core->functions[i].va;
		if (*offset < core->functions[i].size)
			return core->functions[i].name;
	}

	return NULL;
}
