// SPDX-License-Identifier: GPL-2.0-only
/*
 * When are two words the same? Compilers put code and variables where they like, and each core has a
 * hypervisor VA space of its own: an address is the same if it leads to the same thing.
 */
#include "oracle/cores_internal.h"

#include <stdlib.h>
#include <string.h>

static void count(void *arg, const char *name, u64 pa, u64 size)
{
	u32 *nr = arg;

	(void)name;
	(void)pa;
	(void)size;
	(*nr)++;
}

struct list {
	struct variable *variables;
	u32 nr;
};

static void collect(void *arg, const char *name, u64 pa, u64 size)
{
	struct list *list = arg;

	list->variables[list->nr++] = (struct variable){ .name = name, .pa = { pa }, .size = size };
}

/* By name; those of several CPUs, in the order of CPUs. */
static int by_name(const void *a, const void *b)
{
	const struct variable *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->pa[0] > y->pa[0]) - (x->pa[0] < y->pa[0]);
}

static void find_pages(const struct cores *cores, struct variable *var)
{
	for (unsigned int i = 0; i < 2; i++) {
		const struct memory_map *map = core_map(cores->core[i]);

		var->page[i] = map_page_index(map, var->pa[i]);
		var->nr_pages[i] =
			map_page_index(map, var->pa[i] + var->size - 1) + 1 - var->page[i];
	}
}

static int by_pa(const void *a, const void *b)
{
	const struct variable *x = a, *y = b;

	return (x->pa[0] > y->pa[0]) - (x->pa[0] < y->pa[0]);
}

static int variables_of(const struct core *core, struct list *list)
{
	u32 nr = 0;

	core_variables(core, count, &nr);
	list->nr = 0;
	list->variables = calloc(nr + 1, sizeof(*list->variables));
	if (!list->variables)
		return -1;
	core_variables(core, collect, list);
	qsort(list->variables, list->nr, sizeof(*list->variables), by_name);

	return 0;
}

/* How many in a row have the name of the first. */
static u32 same_name(const struct list *list, u32 first)
{
	u32 n = 1;

	while (first + n < list->nr &&
	       !strcmp(list->variables[first].name, list->variables[first + n].name))
		n++;

	return n;
}

/*
 * Names that both have equally often, with the same size. A constant that a compiler keeps among its
 * code, or a lock that it has split into its halves, is a variable of one core only.
 */
static void match(struct cores *cores, const struct list *one, const struct list *two)
{
	u32 i = 0, j = 0;

	while (i < one->nr && j < two->nr) {
		u32 n = same_name(one, i), m = same_name(two, j);
		int order = strcmp(one->variables[i].name, two->variables[j].name);

		for (u32 k = 0; !order && n == m && k < n; k++) {
			struct variable var = one->variables[i + k];

			if (var.size != two->variables[j + k].size)
				continue;
			var.pa[1] = two->variables[j + k].pa[0];
			find_pages(cores, &var);
			cores->variables[cores->nr_variables++] = var;
		}
		i += order <= 0 ? n : 0;
		j += order >= 0 ? m : 0;
	}
}

int cores_find_variables(struct cores *cores)
{
	struct list one = { 0 }, two = { 0 };
	int ret = -1;

	if (variables_of(cores->core[0], &one) || variables_of(cores->core[1], &two))
		goto out;
	cores->variables = calloc(one.nr + 1, sizeof(*cores->variables));
	if (!cores->variables)
		goto out;
	match(cores, &one, &two);
	qsort(cores->variables, cores->nr_variables, sizeof(*cores->variables), by_pa);
	ret = 0;
out:
	free(one.variables);
	free(two.variables);
	return ret;
}

/* The variable that the first core has at @pa. */
static const struct variable *find_variable(const struct cores *cores, u64 pa)
{
	u32 low = 0, high = cores->nr_variables;

	while (low < high) {
		u32 middle = (low + high) / 2;
		const struct variable *var = &cores->variables[middle];

		if (pa < var->pa[0])
			high = middle;
		else if (pa - var->pa[0] >= var->size)
			low = middle + 1;
		else
			return var;
	}

	return NULL;
}

/* What lies in the code's own memory has a name there. */
static bool same_symbol(struct cores *cores, u64 one, u64 two)
{
	const char *name[2];
	u64 offset[2];

	for (unsigned int i = 0; i < cores->nr_pairs; i++) {
		if (cores->pairs[i].va[0] == one && cores->pairs[i].va[1] == two)
			return true;
	}

	name[0] = core_symbol(cores->core[0], one, &offset[0]);
	name[1] = name[0] ? core_symbol(cores->core[1], two, &offset[1]) : NULL;
	if (!name[0] || !name[1] || strcmp(name[0], name[1]) || offset[0] != offset[1])
		return false;
	if (cores->nr_pairs < MAX_PAIRS)
		cores->pairs[cores->nr_pairs++] = (struct address_pair){ .va = { one, two } };

	return true;
}

/*
 * The ranges of a hypervisor VA space (ID map, private mappings, vmemmap, linear map) begin at the same
 * eighths of its lower half.
 */
static bool same_place(const struct cores *cores, u64 one, u64 two)
{
	u64 eighth[] = { core_map(cores->core[0])->hyp_va_base / 8,
		         core_map(cores->core[1])->hyp_va_base / 8 };

	return one / eighth[0] < 16 && one / eighth[0] == two / eighth[1] &&
	       one % eighth[0] == two % eighth[1];
}

bool cores_same_word(struct cores *cores, u64 one, u64 two)
{
	const struct memory_map *map[] = { core_map(cores->core[0]), core_map(cores->core[1]) };
	const struct variable *var;

	if (one == two)
		return true;
	if (one < map[0]->hyp_va_base / 8)
		return false;

	var = find_variable(cores, map_hyp_pa(map[0], one));
	if (var)
		return map_hyp_pa(map[1], two) - var->pa[1] == map_hyp_pa(map[0], one) - var->pa[0];

	return same_place(cores, one, two) || same_symbol(cores, one, two);
}
