// SPDX-License-Identifier: GPL-2.0-only
/* The hyp_vmemmap entry of a page, and its two leaves. */
#include "core/observe/observe.h"

#include <stdlib.h>

#include "tree.h"
#include "tree_features.h"

_Static_assert(TREE_sizeof_hyp_page <= 8, "observe_page() reads struct hyp_page as one word");

/* The unit of a field in a word; a tree without the field has no mask. */
#define LOWEST_BIT(mask) ((mask) ? (mask) & -(mask) : 1)

static u64 hyp_page_word(const u8 *hyp_page)
{
	u64 word = 0;

	memcpy(&word, hyp_page, TREE_sizeof_hyp_page);
	return word;
}

static u64 hyp_page_at(const struct observer *obs, u64 pa)
{
	return hyp_page_word(phys_ptr(obs->phys, pa, TREE_sizeof_hyp_page));
}

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
		obs->boot_words[i] = hyp_page_at(obs, obs->hyp_pages[i]);
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
			.now = phys_ptr(obs->phys, obs->hyp_pages[first], n * TREE_sizeof_hyp_page),
		};
	}
}

int observer_init(struct observer *obs, u64 vmemmap_va, struct error *err)
{
	obs->hyp_pages = calloc(obs->map->nr_pages, sizeof(*obs->hyp_pages));
	obs->boot_words = calloc(obs->map->nr_pages, sizeof(*obs->boot_words));
	obs->runs = calloc(obs->map->nr_pages, sizeof(*obs->runs));
	obs->paths = calloc(2, sizeof(*obs->paths));
	if (!obs->paths || !obs->hyp_pages || !obs->boot_words || !obs->runs)
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
	free(obs->paths);
	boot_tables_release(&obs->boot[WALK_HOST_S2]);
	boot_tables_release(&obs->boot[WALK_HYP_S1]);
}

static void visit_changed_words(const struct observer *obs, const struct hyp_page_run *run,
                                void (*visit)(void *arg, u64 pa), void *arg)
{
	const u64 *now = (const u64 *)run->now, *then = &obs->boot_words[run->first];

	for (u32 i = next_difference(now, then, 0, run->nr); i < run->nr;
	     i = next_difference(now, then, i + 1, run->nr))
		visit(arg, map_page_pa(obs->map, run->first + i));
}

/* Of trees where an entry is less than a word. */
static void visit_changed_parts(const struct observer *obs, const struct hyp_page_run *run,
                                void (*visit)(void *arg, u64 pa), void *arg)
{
	for (u32 i = 0; i < run->nr; i++) {
		if (hyp_page_word(run->now + i * TREE_sizeof_hyp_page) !=
		    obs->boot_words[run->first + i])
			visit(arg, map_page_pa(obs->map, run->first + i));
	}
}

void observe_changed(const struct observer *obs, void (*visit)(void *arg, u64 pa), void *arg)
{
	for (u32 r = 0; r < obs->nr_runs; r++) {
		const struct hyp_page_run *run = &obs->runs[r];

		if (phys_is_unwritten_at(obs->phys, run->now))
			continue;
		if (TREE_sizeof_hyp_page == sizeof(u64))
			visit_changed_words(obs, run, visit, arg);
		else
			visit_changed_parts(obs, run, visit, arg);
	}
}

static void states_in_vmemmap(u64 word, struct page_view *view)
{
	u64 host = word & TREE_mask_host_state, hyp = word & TREE_mask_hyp_state;

	view->host = state_from(host / LOWEST_BIT(TREE_mask_host_state));
	/* Stored as its complement, so that a zeroed vmemmap means NOPAGE. */
	view->hyp = state_from(hyp / LOWEST_BIT(TREE_mask_hyp_state) ^ TREE_hyp_state_complement);
	view->host_shares = word >> (8 * TREE_hyp_page_share_count);
}

static void find_leaves(const struct observer *obs, u64 pa, struct page_view *view)
{
	pa = ALIGN_DOWN(pa, MAP_PAGE_SIZE);
	table_lookup_by(obs->phys, &obs->host_s2, &obs->paths[WALK_HOST_S2], pa, &view->s2);
	table_lookup_by(obs->phys, &obs->hyp_s1, &obs->paths[WALK_HYP_S1], map_hyp_va(obs->map, pa),
	                &view->s1);
}

static void find_states(const struct observer *obs, u64 pa, struct page_view *view)
{
	u64 word = hyp_page_at(obs, obs->hyp_pages[map_page_index(obs->map, pa)]);

	view->refcount =
		word >> (8 * TREE_hyp_page_refcount) & (BIT(8 * TREE_sizeof_hyp_page_refcount) - 1);
	if (HAS_states_in_vmemmap) {
		states_in_vmemmap(word, view);
		return;
	}
	/* The host owns what nothing is said of. */
	view->host = leaf_state(&view->s2, STATE_OWNED);
	view->hyp = leaf_state(&view->s1, STATE_NOPAGE);
	view->host_shares = 0;
}

void observe_states(const struct observer *obs, u64 pa, struct page_view *view)
{
	if (!HAS_states_in_vmemmap)
		find_leaves(obs, pa, view);
	find_states(obs, pa, view);
}

void observe_page(const struct observer *obs, u64 pa, struct page_view *view)
{
	find_leaves(obs, pa, view);
	find_states(obs, pa, view);
}
