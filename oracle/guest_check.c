// SPDX-License-Identifier: GPL-2.0-only
/* The stage-2 of every guest: exactly the pages that the model gave it, as the model says. */
#include "oracle/check.h"

#include <stdio.h>

struct guest_scan {
	struct check *check;
	struct model_vm *vm;
	u32 seen;
	int failed;
};

static const char *difference(const struct guest_page *page, const struct leaf *leaf)
{
	if (!page)
		return "isolation guest";
	if (page->poisoned)
		return leaf->kind == LEAF_POISONED ? NULL : "guest_annotation";
	if (leaf->kind != LEAF_MAPPED || leaf->pa != page->pa || leaf->level != page->level ||
	    leaf->type != MEM_NORMAL)
		return "guest_stage2";
	if (leaf->perm != page->perm)
		return "guest_stage2 permission";
	if (leaf->old != page->old)
		return "guest_stage2 access flag";

	return leaf->state == page->state ? NULL : "guest_state";
}

static void describe_page(const struct guest_page *page, char *buf, size_t len)
{
	if (!page)
		snprintf(buf, len, "nothing");
	else if (page->poisoned)
		snprintf(buf, len, "poisoned");
	else
		snprintf(buf, len, "0x%llx %c%c%c, %s%s", (unsigned long long)page->pa,
		         page->perm & PERM_R ? 'r' : '-', page->perm & PERM_W ? 'w' : '-',
		         "-pux"[page->perm / PERM_PX & 3], describe_state(page->state),
		         page -> old ? ", old" : "");
}

static int fail_page(struct guest_scan *scan, const char *place, u64 ipa,
                     const struct guest_page *page, const struct leaf *leaf)
{
	char expected[128], actual[256], text[128];

	describe_page(page, expected, sizeof(expected));
	if (leaf)
		snprintf(actual, sizeof(actual), "VM slot %u, IPA 0x%llx: %s, %s%s", scan->vm->slot,
		         (unsigned long long)ipa, describe_leaf(leaf, text, sizeof(text)),
		         describe_state(leaf->state), leaf->old ? ", old" : "");
	else
		snprintf(actual, sizeof(actual), "VM slot %u, IPA 0x%llx: nothing", scan->vm->slot,
		         (unsigned long long)ipa);

	return check_fail(scan->check, FINDING_INVARIANT, place, expected, actual);
}

static void guest_leaf(void *arg, u64 ipa, const struct leaf *leaf)
{
	struct guest_scan *scan = arg;
	const struct guest_page *page = guest_page_at(scan->vm, ipa >> MAP_PAGE_SHIFT);
	const char *field;

	if (scan->failed)
		return;
	check_digest_add(scan->check, ipa ^ leaf->raw);
	scan->seen++;
	field = difference(page, leaf);
	if (field)
		scan->failed = fail_page(scan, field, ipa, page, leaf);
}

static void guest_table_page(void *arg, u64 pa, int level, unsigned int entries)
{
	struct guest_scan *scan = arg;

	if (!scan->failed)
		scan->failed = check_table_page(scan->check, pa, level, entries);
}

static void seen_at(void *arg, u64 ipa, const struct leaf *leaf)
{
	u64 *wanted = arg;

	(void)leaf;
	if (ipa == *wanted)
		*wanted = ~0ULL;
}

static int find_lost_page(struct guest_scan *scan)
{
	for (u32 i = 0; i < scan->vm->nr_pages; i++) {
		static const struct table_visitor visit = { .leaf = seen_at };
		u64 ipa = scan->vm->pages[i].gfn << MAP_PAGE_SHIFT, wanted = ipa;

		core_walk(scan->check->core, WALK_GUEST_S2, scan->vm->pgd, &visit, &wanted);
		if (wanted == ipa)
			return fail_page(scan, "guest_stage2", ipa, &scan->vm->pages[i], NULL);
	}

	return 0;
}

static int check_guest(struct check *check, struct model_vm *vm)
{
	static const struct table_visitor visit = { .leaf = guest_leaf, .table = guest_table_page };
	struct guest_scan scan = { .check = check, .vm = vm };

	if (core_walk(check->core, WALK_GUEST_S2, vm->pgd, &visit, &scan) && !scan.failed)
		return check_fail(check, FINDING_INVARIANT, "guest_stage2 broken", "a page table",
		                  "a table outside memory, or a loop");
	if (!scan.failed && scan.seen != vm->nr_pages)
		scan.failed = find_lost_page(&scan);

	return scan.failed;
}

int check_guests(struct check *check)
{
	const struct vms *vms = &check->model->vms;

	if (!vms->any)
		return 0;
	for (int i = 0; i < MODEL_MAX_VMS; i++) {
		if (vms->used[i] && check_guest(check, (struct model_vm *)&vms->vm[i]))
			return -1;
	}

	return 0;
}
