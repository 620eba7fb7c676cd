// SPDX-License-Identifier: GPL-2.0-only
/*
 * The memory of two cores, page by page. What is not compared, and why:
 *
 *  - the stacks of EL2: compilers lay frames out as they like, and a core may use a stack of its own;
 *  - constants and code: they do not change, and each core has its own;
 *  - the first table of EL2's stage 1 is compared by what its entries translate, since the hypervisor's VA
 *    space has another size on each core, which the variables in va_space[] say;
 *  - variables that only one core has: a compiler may split a lock into its halves;
 *  - variables in compilers_own[].
 */
#include "oracle/cores_internal.h"

#include <stdio.h>
#include <string.h>

/* __guest_enter() saves there what a compiler keeps in the registers that a callee must preserve. */
static const char *const compilers_own[] = { "kvm_hyp_ctxt" };

/* Variables that say how large the hypervisor's VA space is, and where its linear map begins. */
static const char *const va_space[] = {
	"hyp_physvirt_offset", "kvm_init_params", /* TCR_EL2 */
	"pkvm_pgtable", /* ia_bits */
};

static bool is_listed(const char *const *list, size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++) {
		if (!strcmp(name, list[i]))
			return true;
	}

	return false;
}

#define TCR_T0SZ GENMASK(5, 0)

/* Is that what the words say? */
static bool same_va_space(const struct cores *cores, const u64 word[2])
{
	bool offset = true, bits = true, t0sz = (word[0] ^ word[1]) <= TCR_T0SZ;

	for (unsigned int i = 0; i < 2; i++) {
		u64 base = core_map(cores->core[i])->hyp_va_base;
		/* The linear map is the upper half. */
		unsigned int va_bits = __builtin_ctzll(base) + 1;

		offset = offset && word[i] == -base;
		bits = bits && word[i] == va_bits;
		t0sz = t0sz && (word[i] & TCR_T0SZ) == 64 - va_bits;
	}

	return offset || bits || t0sz;
}

static u64 word_at(const struct core *core, u64 pa)
{
	u64 word;

	memcpy(&word, (const u8 *)core_page(core, pa) + (pa & (MAP_PAGE_SIZE - 1)), sizeof(word));
	return word;
}

struct table_search {
	u64 pa;
	int level;
	bool found;
};

static void look_at_table(void *arg, u64 pa, int level, unsigned int entries)
{
	struct table_search *search = arg;

	(void)entries;
	if (pa == search->pa) {
		search->found = true;
		search->level = level;
	}
}

static void ignore_leaf(void *arg, u64 ia, const struct leaf *leaf)
{
	(void)arg;
	(void)ia;
	(void)leaf;
}

/* Is it a table of either core? */
static bool find_table(const struct cores *cores, enum walk_root root, struct table_search *search)
{
	static const struct table_visitor visit = { .leaf = ignore_leaf, .table = look_at_table };

	for (unsigned int i = 0; i < 2 && !search->found; i++)
		core_walk(cores->core[i], root, 0, &visit, search);

	return search->found;
}

/* Whose struct hyp_page is at @pa? -1: nobody's. */
static s64 hyp_page_of(const struct core *core, u64 pa)
{
	const struct memory_map *map = core_map(core);

	for (u64 i = 0; i < map->nr_pages; i++) {
		if (core_hyp_page(core, map_page_pa(map, i)) == pa)
			return i;
	}

	return -1;
}

static const char *const roles[] = {
	[CARVE_TEXT] = "text",
	[CARVE_RODATA] = "constants",
	[CARVE_DATA] = "data",
	[CARVE_PERCPU] = "per-CPU data",
	[CARVE_STACK] = "stack",
	[CARVE_POOL] = "pool",
	[CARVE_HOST] = "host's own memory",
	[CARVE_ARENA] = "host's memory for VMs",
};

/* A word that differs: what it is part of. */
static int words_differ(struct cores *cores, u64 pa, struct finding *finding)
{
	const struct core *core = cores->core[0];
	const struct memory_map *map = core_map(core);
	const u64 value[] = { word_at(core, pa), word_at(cores->core[1], pa) };
	const struct carveout *carve = map_carveout(map, pa);
	struct table_search search = { .pa = ALIGN_DOWN(pa, MAP_PAGE_SIZE) };
	u64 slot = (pa - core_vm_table(core)) / sizeof(u64);
	s64 page = hyp_page_of(core, pa);
	char where[64], place[64];

	map_describe(map, page >= 0 ? map_page_pa(map, page) : pa, where, sizeof(where));
	if (page >= 0)
		return cores_differ(cores, finding, "memory of the vmemmap", value,
		                    "struct hyp_page of %s", where);
	if (slot < core_info(core)->vm_slots)
		return cores_differ(cores, finding, "memory of the VM table", value, "VM slot %u",
		                    (unsigned int)slot);
	for (int root = WALK_HOST_S2; root <= WALK_HYP_S1; root++) {
		const char *name = root == WALK_HOST_S2 ? "host stage-2" : "hyp stage-1";

		if (!find_table(cores, root, &search))
			continue;
		snprintf(place, sizeof(place), "memory of the %s", name);
		return cores_differ(cores, finding, place, value,
		                    "entry %u of the level %d table at %s",
		                    (unsigned int)(pa / sizeof(u64) % 512), search.level, where);
	}

	snprintf(place, sizeof(place), "memory of the %s", carve ? roles[carve->role] : "host");
	return cores_differ(cores, finding, place, value, "%s", where);
}

static const u64 *page_words(const struct cores *cores, unsigned int i, u64 pa, u64 index)
{
	return cores->written[i][index] ? core_page(cores->core[i], pa) :
	                                  core_boot_page(cores->core[i], pa);
}

static int check_page_words(struct cores *cores, u64 pa, u64 index, struct finding *finding)
{
	const u64 *one = page_words(cores, 0, pa, index), *two = page_words(cores, 1, pa, index);

	if (!memcmp(one, two, MAP_PAGE_SIZE))
		return 0;
	for (unsigned int i = 0; i < MAP_PAGE_SIZE / sizeof(u64); i++) {
		if (one[i] != two[i] && !cores_same_word(cores, one[i], two[i]))
			return words_differ(cores, pa + i * sizeof(u64), finding);
	}

	return 0;
}

#define ROOT_ENTRIES (MAP_PAGE_SIZE / sizeof(u64))

/* An entry of the first table spans so much; those of the same range are found in a row. */
static int check_hyp_root(struct cores *cores, struct finding *finding)
{
	unsigned int eighth[2];
	const u64 *entries[2];

	for (unsigned int i = 0; i < 2; i++) {
		const struct core *core = cores->core[i];

		/* Level 0 of a 4 KiB granule: 512 GiB an entry (Arm ARM D8.2.6). */
		eighth[i] = core_map(core)->hyp_va_base >> 39 >> 3;
		entries[i] = core_page(core, core_table(core, WALK_HYP_S1));
	}
	for (unsigned int range = 0; range < 16; range++) {
		for (unsigned int n = 0; n < eighth[0] || n < eighth[1]; n++) {
			u64 value[2];

			for (unsigned int i = 0; i < 2; i++)
				value[i] = n < eighth[i] ? entries[i][range * eighth[i] + n] : 0;
			if (value[0] != value[1])
				return cores_differ(
					cores, finding, "memory of the hyp stage-1", value,
					"entry %u of range %u of the first table", n, range);
		}
	}

	return 0;
}

static bool is_written(const struct cores *cores, const struct variable *var)
{
	for (unsigned int i = 0; i < 2; i++) {
		for (u32 n = 0; n < var->nr_pages[i]; n++) {
			if (cores->written[i][var->page[i] + n])
				return true;
		}
	}

	return false;
}

/* Bytes of a variable may lie across pages, which lie in a row. */
static const u8 *variable_bytes(const struct core *core, u64 pa)
{
	return (const u8 *)core_page(core, pa) + (pa & (MAP_PAGE_SIZE - 1));
}

static int check_variable(struct cores *cores, const struct variable *var, struct finding *finding)
{
	const u8 *one = variable_bytes(cores->core[0], var->pa[0]);
	const u8 *two = variable_bytes(cores->core[1], var->pa[1]);
	char place[160];

	if (!memcmp(one, two, var->size) ||
	    is_listed(compilers_own, ARRAY_SIZE(compilers_own), var->name))
		return 0;
	for (u64 at = 0; at < var->size; at += sizeof(u64)) {
		u64 len = var->size - at < sizeof(u64) ? var->size - at : sizeof(u64);
		u64 value[2] = { 0 };

		memcpy(&value[0], one + at, len);
		memcpy(&value[1], two + at, len);
		if (cores_same_word(cores, value[0], value[1]) ||
		    (is_listed(va_space, ARRAY_SIZE(va_space), var->name) &&
		     same_va_space(cores, value)))
			continue;
		snprintf(place, sizeof(place), "variable %s", var->name);
		return cores_differ(cores, finding, place, value, "%s+0x%llx", var->name,
		                    (unsigned long long)at);
	}

	return 0;
}

static int check_variables(struct cores *cores, struct finding *finding)
{
	for (u32 i = 0; i < cores->nr_variables; i++) {
		const struct variable *var = &cores->variables[i];

		if (is_written(cores, var) && check_variable(cores, var, finding))
			return -1;
	}

	return 0;
}

static bool is_compared_by_page(const struct cores *cores, u64 pa)
{
	const struct carveout *carve = map_carveout(core_map(cores->core[0]), pa);

	if (carve && (carve->role == CARVE_RODATA || carve->role == CARVE_DATA ||
	              carve->role == CARVE_PERCPU || carve->role == CARVE_STACK))
		return false;

	return pa != core_table(cores->core[0], WALK_HYP_S1);
}

/* The first page from @i on that either core has written to; most are not. */
static u64 next_written(const struct cores *cores, u64 i)
{
	const u64 nr = core_map(cores->core[0])->nr_pages;
	u64 one, two;

	for (; i + sizeof(u64) <= nr; i += sizeof(u64)) {
		memcpy(&one, cores->written[0] + i, sizeof(one));
		memcpy(&two, cores->written[1] + i, sizeof(two));
		if (one | two)
			break;
	}
	while (i < nr && !cores->written[0][i] && !cores->written[1][i])
		i++;

	return i;
}

int cores_check_memory(struct cores *cores, bool all, struct finding *finding)
{
	const struct memory_map *map = core_map(cores->core[0]);

	for (unsigned int i = 0; i < 2; i++) {
		if (all)
			memset(cores->written[i], 1, map->nr_pages);
		else
			core_written(cores->core[i], cores->written[i]);
	}

	for (u64 i = next_written(cores, 0); i < map->nr_pages; i = next_written(cores, i + 1)) {
		u64 pa = map_page_pa(map, i);

		if (is_compared_by_page(cores, pa) && check_page_words(cores, pa, i, finding))
			return -1;
	}

	return check_hyp_root(cores, finding) ? -1 : check_variables(cores, finding);
}
