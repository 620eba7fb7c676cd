// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's stage-2 tables, as far as their number goes: which exist, how many entries each holds. An
 * empty table goes back to the VM's pool at once.
 */
#include "oracle/model.h"

#define LAST_LEVEL 3

/* Bits of the IPA that index the entries of a table at @level, and all below. */
static unsigned int span_bits(int level)
{
	return 12 + 9 * (LAST_LEVEL - level) + 9;
}

/* The first table, with four levels: 44 bits of IPA need them all. */
static int first_level(void)
{
	return 0;
}

u32 vcpu_min_cache(const struct model *model)
{
	(void)model;
	return LAST_LEVEL - first_level();
}

static struct guest_table *table_at(const struct model_vm *vm, int level, u64 gfn)
{
	u64 prefix = gfn << MAP_PAGE_SHIFT >> span_bits(level);

	for (u32 i = 0; i < vm->nr_tables; i++) {
		if (vm->tables[i].level == level && vm->tables[i].prefix == prefix)
			return (struct guest_table *)&vm->tables[i];
	}

	return NULL;
}

struct guest_page *guest_page_in(struct model_vm *vm, u64 gfn, u64 nr_pages, u32 *at)
{
	for (; *at < vm->nr_pages; ++*at) {
		struct guest_page *page = &vm->pages[*at];

		if (page->gfn < gfn + nr_pages && gfn < page->gfn + guest_nr_pages(page))
			return page;
	}

	return NULL;
}

struct guest_page *guest_page_at(struct model_vm *vm, u64 gfn)
{
	u32 at = 0;

	return guest_page_in(vm, gfn, 1, &at);
}

int guest_walk_level(struct model_vm *vm, u64 gfn)
{
	int level = first_level();

	while (level < LAST_LEVEL && table_at(vm, level + 1, gfn))
		level++;

	return level;
}

/* The pool first, which holds the tables that were given up. */
static bool take_table_page(struct model_vm *vm, struct model_vcpu *vcpu)
{
	if (vm->nr_tables < vm->nr_table_pages)
		return true;
	if (!vcpu->nr_cache || vm->nr_table_pages == MODEL_MAX_CACHE)
		return false;

	vm->table_pages[vm->nr_table_pages++] = vcpu->cache[--vcpu->nr_cache];
	return true;
}

struct guest_page *guest_map(struct model *model, struct model_vm *vm, struct model_vcpu *vcpu,
                             u64 gfn, int last)
{
	struct guest_page *page = &vm->pages[vm->nr_pages];

	(void)model;
	if (vm->nr_pages == MODEL_MAX_GUEST_PAGES || vm->nr_tables + LAST_LEVEL > MODEL_MAX_TABLES)
		return NULL;

	for (int level = first_level() + 1; level <= last; level++) {
		struct guest_table *parent = table_at(vm, level - 1, gfn);

		if (table_at(vm, level, gfn))
			continue;
		if (!take_table_page(vm, vcpu))
			return NULL;
		if (parent)
			parent->entries++;
		vm->tables[vm->nr_tables++] = (struct guest_table){
			.level = level,
			.prefix = gfn << MAP_PAGE_SHIFT >> span_bits(level),
		};
	}
	table_at(vm, last, gfn)->entries++;

	*page = (struct guest_page){ .gfn = gfn, .level = last };
	vm->nr_pages++;
	return page;
}

void guest_unmap(struct model_vm *vm, struct guest_page *page)
{
	u64 gfn = page->gfn;
	int last = page->level;

	*page = vm->pages[--vm->nr_pages];
	for (int level = last; level > first_level(); level--) {
		struct guest_table *table = table_at(vm, level, gfn);

		if (--table->entries)
			return;
		*table = vm->tables[--vm->nr_tables];
	}
}
