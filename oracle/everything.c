// SPDX-License-Identifier: GPL-2.0-only
/*
 * The whole state: no page is reachable by anyone that the model does not let reach it, no table page
 * is miscounted, nothing changed that no op should have changed.
 */
#include "oracle/check.h"

#include <stdio.h>

struct scan {
	struct check *check;
	u64 donated; /* annotated pages in the host's stage-2 */
	u64 readable; /* pages there that the host may only read */
	u64 linear; /* pages in the hypervisor's linear map */
	int failed;
};

/* What a leaf adds to the counts of a scan. */
static u64 leaf_pages(const struct leaf *leaf)
{
	return BIT(9 * (3 - leaf->level));
}

static bool is_readable(const struct scan *scan, const struct leaf *leaf)
{
	return leaf->kind == LEAF_MAPPED && leaf->perm == PERM_R &&
	       map_page_index(scan->check->model->map, leaf->pa) >= 0;
}

static bool is_linear(const struct scan *scan, u64 ia, const struct leaf *leaf)
{
	return leaf->kind == LEAF_MAPPED && ia >= scan->check->model->map->hyp_va_base;
}

static void fail_leaf(struct scan *scan, const char *place, const char *expected, u64 ia,
                      const struct leaf *leaf)
{
	char where[64], text[128], actual[256];

	if (scan->failed)
		return;
	map_describe(scan->check->model->map, ia, where, sizeof(where));
	snprintf(actual, sizeof(actual), "%s: %s", where, describe_leaf(leaf, text, sizeof(text)));
	scan->failed = check_fail(scan->check, FINDING_INVARIANT, place, expected, actual);
}

static u64 leaf_size(const struct leaf *leaf)
{
	return leaf_pages(leaf) << MAP_PAGE_SHIFT;
}

/* Does [ia, ia + size) reach into a memory page? */
static bool overlaps_memory(const struct memory_map *map, u64 ia, u64 size)
{
	for_each_region(map, reg) {
		u64 base = ALIGN_DOWN(reg->base, MAP_PAGE_SIZE);
		u64 end = ALIGN_UP(reg->base + reg->size, MAP_PAGE_SIZE);

		if (ia < end && base < ia + size)
			return true;
	}

	return false;
}

/* Where the leaf is what says who owns the page. */
static bool says_otherwise(const struct model *model, const struct leaf *leaf,
                           enum page_state state)
{
	return !tree_has(model->info, FEATURE_states_in_vmemmap) && leaf->state != state;
}

/*
 * Is all of [ia, ia + size) the host's own memory, which it may or may not have mapped? So it was after
 * boot, and is, unless what changed since is in there.
 */
static bool all_of_the_host(const struct model *model, u64 ia, u64 size, const struct leaf *leaf)
{
	u64 nr = size >> MAP_PAGE_SHIFT;
	s64 first = map_page_index(model->map, ia);

	if (first < 0 ||
	    map_page_index(model->map, ia + size - MAP_PAGE_SIZE) != first + (s64)nr - 1)
		return false;
	if (nr == 1)
		return model->pages[first].access == ACCESS_LAZY &&
		       !says_otherwise(model, leaf, model->pages[first].host);
	if (model->boot_lazy[first] < nr || says_otherwise(model, leaf, STATE_OWNED))
		return false;
	for (u32 i = 0; i < model->nr_dirty; i++) {
		u32 index = model->dirty[i];

		if (index - (u64)first < nr &&
		    (model->pages[index].access != ACCESS_LAZY ||
		     says_otherwise(model, leaf, model->pages[index].host)))
			return false;
	}

	return true;
}

/* A mapping of the host: identity, RWX of its own memory, RW of what is not memory. */
static void host_mapping(struct scan *scan, u64 ia, const struct leaf *leaf)
{
	const struct model *model = scan->check->model;
	u64 size = leaf_size(leaf);

	if (leaf->pa != ia) {
		fail_leaf(scan, "host_stage2 identity", "an identity mapping", ia, leaf);
		return;
	}
	if (leaf->type == MEM_NORMAL && leaf->perm == (PERM_R | PERM_W | PERM_X) &&
	    all_of_the_host(model, ia, size, leaf))
		return;
	if (!overlaps_memory(model->map, ia, size)) {
		/* The type is left to the host's stage 1, as for memory. */
		if (leaf->perm != (PERM_R | PERM_W) || leaf->type != MEM_NORMAL)
			fail_leaf(scan, "host_stage2 mmio", "rw- of the type stage 1 says", ia,
			          leaf);
		return;
	}

	for (u64 pa = ia; pa < ia + size && !scan->failed; pa += MAP_PAGE_SIZE) {
		const struct model_page *page = model_page(model, pa);

		if (!page)
			fail_leaf(scan, "host_stage2 block", "memory and devices mapped apart", ia,
			          leaf);
		else if (page->access == ACCESS_DONATED)
			fail_leaf(scan, "isolation host", "no access to a page given away", pa,
			          leaf);
		else if (leaf->type != MEM_NORMAL ||
		         leaf->perm !=
		                 (page->access == ACCESS_READ ? PERM_R : PERM_R | PERM_W | PERM_X))
			fail_leaf(scan, "host_stage2 permission",
			          page->access == ACCESS_READ ? "r-- memory" : "rwx memory", pa,
			          leaf);
		else if (says_otherwise(model, leaf, page->host))
			fail_leaf(scan, "host_stage2 state", describe_state(page->host), pa, leaf);
	}
}

static void host_leaf(void *arg, u64 ia, const struct leaf *leaf)
{
	struct scan *scan = arg;
	const struct model_page *page;

	if (scan->failed)
		return;

	check_digest_add(scan->check, ia ^ leaf->raw);
	switch (leaf->kind) {
	case LEAF_MAPPED:
		host_mapping(scan, ia, leaf);
		if (is_readable(scan, leaf))
			scan->readable += leaf_pages(leaf);
		break;
	case LEAF_DONATED:
		page = model_page(scan->check->model, ia);
		if (!page || page->access != ACCESS_DONATED || leaf->level != 3 ||
		    leaf->owner != page->owner || leaf->meta != page->meta)
			fail_leaf(scan, "host_annotation", "no annotation, or another", ia, leaf);
		scan->donated++;
		break;
	default:
		fail_leaf(scan, "host_stage2 entry", "a mapping or an annotation", ia, leaf);
	}
}

static void host_leaf_lost(void *arg, u64 ia, const struct leaf *was)
{
	struct scan *scan = arg;

	check_digest_add(scan->check, ia ^ ~was->raw);
	scan->donated -= was->kind == LEAF_DONATED;
	if (is_readable(scan, was))
		scan->readable -= leaf_pages(was);
}

/* That the host keeps, and EL2 runs on. */
static bool is_hosts_stack(const struct model *model, u64 pa)
{
	const struct carveout *carve = map_carveout(model->map, pa);

	return carve && carve->role == CARVE_STACK && !tree_has(model->info, FEATURE_takes_stacks);
}

/* What EL2 owns, and what it has pinned; or all that is shared with it. */
static bool may_map(const struct model *model, const struct model_page *page, u64 pa)
{
	if (tree_has(model->info, FEATURE_maps_when_pinned))
		return page->hyp == STATE_OWNED || page->pins;
	/* A stack has its page in the private range, where no state of the linear map is. */
	return page->hyp != STATE_NOPAGE || page->owner == OWNER_HYP || is_hosts_stack(model, pa);
}

/* A mapping of the hypervisor: never writable and executable, never of a page that is the host's. */
static void hyp_leaf(void *arg, u64 ia, const struct leaf *leaf)
{
	struct scan *scan = arg;
	const struct model *model = scan->check->model;

	if (scan->failed)
		return;
	check_digest_add(scan->check, map_hyp_va_offset(model->map, ia) ^ leaf->raw);
	/* Entries of the fixmap stay behind, invalid. */
	if (leaf->kind != LEAF_MAPPED)
		return;
	if (leaf->perm & PERM_W && leaf->perm & PERM_X) {
		fail_leaf(scan, "hyp_stage1 W^X", "not both writable and executable", ia, leaf);
		return;
	}

	for (u64 off = 0; off < leaf_size(leaf) && !scan->failed; off += MAP_PAGE_SIZE) {
		const struct model_page *page = model_page(model, leaf->pa + off);
		bool linear = is_linear(scan, ia, leaf);

		if (!page || !may_map(model, page, leaf->pa + off))
			fail_leaf(scan, "isolation hyp", "no mapping of the host's memory", ia,
			          leaf);
		else if (linear && (leaf->pa != map_hyp_pa(model->map, ia) ||
		                    leaf->perm != page->hyp_perm || leaf->type != MEM_NORMAL))
			fail_leaf(scan, "hyp_stage1 linear",
			          "normal memory with the page's own permission", ia, leaf);
		else if (linear && says_otherwise(model, leaf, page->hyp))
			fail_leaf(scan, "hyp_stage1 state", describe_state(page->hyp), ia, leaf);
	}
	if (is_linear(scan, ia, leaf))
		scan->linear += leaf_pages(leaf);
}

static void hyp_leaf_lost(void *arg, u64 ia, const struct leaf *was)
{
	struct scan *scan = arg;

	check_digest_add(scan->check, map_hyp_va_offset(scan->check->model->map, ia) ^ ~was->raw);
	if (is_linear(scan, ia, was))
		scan->linear -= leaf_pages(was);
}

/* kvm_pgtable: a table page holds one reference of its own and one per entry that is not zero. */
int check_table_page(struct check *check, u64 pa, int level, unsigned int entries)
{
	char expected[64], actual[96], where[64];
	struct page_view view;

	if (map_page_index(check->model->map, pa) < 0)
		return check_fail(check, FINDING_INVARIANT, "table outside memory",
		                  "tables in memory", "a table elsewhere");

	core_states(check->core, pa, &view);
	check_digest_add(check, view.refcount);
	if (view.refcount == entries + 1 && view.hyp == STATE_OWNED)
		return 0;

	map_describe(check->model->map, pa, where, sizeof(where));
	snprintf(expected, sizeof(expected), "level %d table: refcount %u, owned by hyp", level,
	         entries + 1);
	snprintf(actual, sizeof(actual), "%s: refcount %u", where, view.refcount);
	return check_fail(check, FINDING_INVARIANT, "table refcount", expected, actual);
}

static void table_page(void *arg, u64 pa, int level, unsigned int entries)
{
	struct scan *scan = arg;

	if (!scan->failed)
		scan->failed = check_table_page(scan->check, pa, level, entries);
}

static void changed_page(void *arg, u64 pa)
{
	struct scan *scan = arg;
	const struct model *model = scan->check->model;
	u32 index = map_page_index(model->map, pa);

	/* What the model has changed is looked at anyway. */
	if (!scan->failed && !model->pages[index].allocator && !model->is_dirty[index])
		scan->failed = check_page(scan->check, index);
}

static const struct table_visitor host_visitor = {
	.leaf = host_leaf,
	.table = table_page,
	.lost = host_leaf_lost,
};

static const struct table_visitor hyp_visitor = {
	.leaf = hyp_leaf,
	.table = table_page,
	.lost = hyp_leaf_lost,
};

static int check_table(struct scan *scan, enum walk_root root, const struct table_visitor *visit)
{
	struct core *core = scan->check->core;
	int broken = scan->check->boot ? core_walk(core, root, 0, visit, scan) :
	                                 core_walk_changes(core, root, visit, scan);

	if (broken && !scan->failed)
		scan->failed = check_fail(scan->check, FINDING_INVARIANT,
		                          root == WALK_HOST_S2 ? "host_stage2 broken" :
		                                                 "hyp_stage1 broken",
		                          "a page table", "a table outside memory, or a loop");
	return scan->failed;
}

/* A count is off: say which page it is. */
static int find_missing(struct check *check, const char *what)
{
	for (u32 i = 0; i < check->model->nr_pages; i++) {
		if (check_page(check, i))
			return -1;
	}

	return check_fail(check, FINDING_INVARIANT, what, "one leaf per page", "a page twice");
}

/* The registers of every CPU that is on. */
static int check_cpus(struct check *check)
{
	char place[64], expected[64], actual[64];

	for (unsigned int cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		u64 cntvoff = model_cntvoff(check->model, cpu);

		if (!check->model->cpus[cpu].on)
			continue;
		/* Not in the digest: the tables lie at other VAs on another core. */
		if (core_control(check->core, cpu) != check->control[cpu]) {
			snprintf(place, sizeof(place), "control registers of CPU %u", cpu);
			return check_fail(
				check, FINDING_INVARIANT, place,
				"HCR, VTTBR, VTCR, TTBR0, TCR, MAIR, VBAR of EL2 as after boot",
				"another value");
		}
		if (core_cntvoff(check->core, cpu) != cntvoff) {
			snprintf(expected, sizeof(expected), "CPU %u: 0x%llx", cpu,
			         (unsigned long long)cntvoff);
			snprintf(actual, sizeof(actual), "0x%llx",
			         (unsigned long long)core_cntvoff(check->core, cpu));
			return check_fail(check, FINDING_STATE, "CNTVOFF_EL2", expected, actual);
		}
	}

	return 0;
}

int check_everything(struct check *check)
{
	const struct model *model = check->model;
	struct scan scan = { .check = check };

	if (check_cpus(check))
		return -1;

	/* All that is there after boot was looked at then. */
	if (!check->boot) {
		scan.donated = model->boot_nr_donated;
		scan.readable = model->boot_nr_readable;
		scan.linear = model->boot_nr_hyp_mapped;
	}

	/* Pages that changed, and pages that should have. */
	core_changed_pages(check->core, changed_page, &scan);
	for (u32 i = 0; i < model->nr_dirty && !scan.failed; i++)
		scan.failed = check->exact ? check_page(check, model->dirty[i]) :
		                             check_states(check, model->dirty[i]);
	if (scan.failed || check_table(&scan, WALK_HOST_S2, &host_visitor) ||
	    check_table(&scan, WALK_HYP_S1, &hyp_visitor))
		return -1;
	if (scan.donated != model->nr_donated)
		return find_missing(check, "host_annotation count");
	if (scan.readable != model->nr_readable)
		return find_missing(check, "host_stage2 read-only count");
	if (scan.linear != model->nr_hyp_mapped)
		return find_missing(check, "hyp_stage1 count");

	return check_guests(check) || check_secure_world(check) ? -1 : check_slots(check);
}
