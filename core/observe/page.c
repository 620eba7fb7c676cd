// SPDX-License-Identifier: GPL-2.0-only
/* The hyp_vmemmap entry of a page, and its two leaves. */
#include "core/observe/observe.h"

#include <stdlib.h>

#include "tree.h"

_Static_assert(TREE_sizeof_hyp_page == 8, "observe_page() reads struct hyp_page as one word");

static int find_hyp_pages(struct observer *obs, u64 vmemmap_va, struct error *err)
{
	for (u64 i = 0; i < obs->map->nr_pages; i++) {
		u64 va = vmemmap_va +
		         (map_page_pa(obs->map, i) >> MAP_PAGE_SHIFT) * TREE_sizeof_hyp_page;
		struct leaf leaf;

		table_lookup(obs->phys, &obs->hyp_s1, va, &leaf);
		if (leaf.kind != LEAF_MAPPED)
			return error_set(err, "hyp_vmemmap has no entry for page 0x%llx after boot",
			                 (unsigned long long)map_page_pa(obs->map, i));
		obs->hyp_pages[i] = leaf.pa + (va & (MAP_PAGE_SIZE - 1));
		obs->boot_words[i] = phys_read64(obs->phys, obs->hyp_pages[i]);
	}

	return 0;
}

/* How many entries from @first on lie in a row in one page. */
static u64 run_length(const struct observer *obs, u64 first)
{
	u64 start = obs->hyp_pages[first];
	u64 room = (MAP_PAGE_SIZE - (start & (MAP_PAGE_SIZE - 1))) / TREE_sizeof_hyp_page;
	u64 n = 1;

	while (n < room && first + n < obs->map->nr_pages &&
	       obs->hyp_pages[first + n] == start + n * TREE_sizeof_hyp_page)
		n++;

	return n;
}

static void find_runs(struct observer *obs)
{
	for (u64 first = 0, n; first < obs->map->nr_pages; first += n) {
		n = run_length(obs, first);
		obs->runs[obs->nr_runs++] = (struct hyp_page_run){
			.first = first,
			.nr = n,
			.pa = obs->hyp_pages[first],
		};
	}
}

int observer_init(struct observer *obs, u64 vmemmap_va, struct error *err)
{
	obs->hyp_pages = calloc(obs->map->nr_pages, sizeof(*obs->hyp_pages));
	obs->boot_words = calloc(obs->map->nr_pages, sizeof(*obs->boot_words));
	obs->runs = calloc(obs->map->nr_pages, sizeof(*obs->runs));
	if (!obs->hyp_pages || !obs->boot_words || !obs->runs)
		return error_set(err, "out of memory");

	if (find_hyp_pages(obs, vmemmap_va, err))
		return -1;
	find_runs(obs);
	if (boot_tables_init(&obs->boot[WALK_HOST_S2], obs, &obs->host_s2) ||
	    boot_tables_init(&obs->boot[WALK_HYP_S1], obs, &obs->hyp_s1))
		return error_set(err, "the page tables of the boot leave memory, or are too many");

	return 0;
}

void observer_release(struct observer *obs)
{
	free(obs->hyp_pages);
	free(obs->boot_words);
	free(obs->runs);
	boot_tables_release(&obs->boot[WALK_HOST_S2]);
	boot_tables_release(&obs->boot[WALK_HYP_S1]);
}

void observe_changed(const struct observer *obs, void (*visit)(void *arg, u64 pa), void *arg)
{
	for (u32 r = 0; r < obs->nr_runs; r++) {
		const struct hyp_page_run *run = &obs->runs[r];
		const u64 *words, *then = &obs->boot_words[run->first];

		if (phys_is_unwritten(obs->phys, run->pa))
			continue;
		words = phys_ptr(obs->phys, run->pa, run->nr * sizeof(u64));
		for (u32 i = next_difference(words, then, 0, run->nr); i < run->nr;
		     i = next_difference(words, then, i + 1, run->nr))
			visit(arg, map_page_pa(obs->map, run->first + i));
	}
}

void observe_page(const struct observer *obs, u64 pa, struct page_view *view)
{
	u64 word = phys_read64(obs->phys, obs->hyp_pages[map_page_index(obs->map, pa)]);
	u64 hyp = (word & TREE_mask_hyp_state) >> __builtin_ctzll(TREE_mask_hyp_state);

	view->host =
		state_from((word & TREE_mask_host_state) >> __builtin_ctzll(TREE_mask_host_state));
	/* Stored as its complement, so that a zeroed vmemmap means NOPAGE. */
	view->hyp = state_from(hyp ^ TREE_hyp_state_complement);
	view->refcount =
		word >> (8 * TREE_hyp_page_refcount) & (BIT(8 * TREE_sizeof_hyp_page_refcount) - 1);
	view->host_shares = word >> (8 * TREE_hyp_page_share_count);

	pa = ALIGN_DOWN(pa, MAP_PAGE_SIZE);
	table_lookup(obs->phys, &obs->host_s2, pa, &view->s2);
	table_lookup(obs->phys, &obs->hyp_s1, map_hyp_va(obs->map, pa), &view->s1);
}
