// SPDX-License-Identifier: GPL-2.0-only
/* A step: what it answered, and the pages it could change. */
#include "oracle/check.h"

#include <stdio.h>
#include <string.h>

int check_fail(struct check *check, enum finding_class class, const char *place,
               const char *expected, const char *actual)
{
	struct finding *finding = check->finding;

	finding->class = class;
	snprintf(finding->place, sizeof(finding->place), "%s", place);
	snprintf(finding->expected, sizeof(finding->expected), "%s", expected);
	snprintf(finding->actual, sizeof(finding->actual), "%s", actual);

	return -1;
}

static enum finding_class crash_class(enum outcome_kind kind)
{
	switch (kind) {
	case OUTCOME_EL2_BUG:
		return FINDING_BUG;
	case OUTCOME_HANG:
		return FINDING_HANG;
	case OUTCOME_EL2_REPORT:
		return FINDING_SANITIZER;
	default:
		return FINDING_EXCEPTION;
	}
}

const char *check_crash_place(const struct core *core, const struct outcome *out, char *buf,
                              size_t len)
{
	struct source_place source;
	bool warning = false, bug;

	bug = core_bug_source(core, out->crash.pc, &source, &warning);
	if (!bug)
		core_source(core, out->crash.pc, &source);
	/*
	 * A BUG is one line. An access that faults, or a loop, is many lines, in functions that the
	 * compiler inlined or not: name the function that holds them.
	 */
	if (bug)
		snprintf(buf, len, "%s %s:%u %s", source.function, source.file, source.line,
		         warning ? "WARN" : "BUG");
	else if (out->kind == OUTCOME_EL2_REPORT)
		snprintf(buf, len, "%s %s:%u %s", source.function, source.file, source.line,
		         out->crash.report);
	else
		snprintf(buf, len, "%s", source.symbol);

	return buf;
}

static int crashed(struct check *check, const struct expectation *expect, const struct outcome *out)
{
	char expected[256], actual[FINDING_TEXT_MAX], place[160];

	check_crash_place(check->core, out, place, sizeof(place));
	/* Where it is in the source, which is the same on every core; addresses are not. */
	for (const char *c = place; *c; c++)
		check_digest_add(check, *c);
	return check_fail(check, crash_class(out->kind), place,
	                  describe_expectation(expect, expected, sizeof(expected)),
	                  describe_outcome(check->core, out, actual, sizeof(actual)));
}

static int differ(struct check *check, const struct expectation *expect, const struct outcome *out,
                  const char *what)
{
	char expected[512], actual[FINDING_TEXT_MAX], place[160];

	snprintf(place, sizeof(place), "%s %s", expect->rule, what);
	return check_fail(check, FINDING_RETURN, place,
	                  describe_expectation(expect, expected, sizeof(expected)),
	                  describe_outcome(check->core, out, actual, sizeof(actual)));
}

static int check_regs(struct check *check, const struct expectation *expect,
                      const struct outcome *out)
{
	char place[160], expected[64], actual[64];

	if (!memcmp(out->regs, expect->regs, sizeof(out->regs)))
		return 0;

	for (int i = 0; i < 31; i++) {
		if (out->regs[i] == expect->regs[i] || (i == 1 && expect->any_x1))
			continue;
		if (i == 1 && check->any_error &&
		    finding_other_error(expect->regs[1], out->regs[1]))
			continue;
		if (i < 2)
			return differ(check, expect, out, i ? "x1" : "x0");
		/* Nothing but the answer may change, not even what the caller need not save. */
		snprintf(place, sizeof(place), "%s preserved registers", expect->rule);
		snprintf(expected, sizeof(expected), "x%d 0x%llx", i,
		         (unsigned long long)expect->regs[i]);
		snprintf(actual, sizeof(actual), "x%d 0x%llx", i, (unsigned long long)out->regs[i]);
		return check_fail(check, FINDING_RETURN, place, expected, actual);
	}

	return 0;
}

/* EL1h, interrupts masked: how the host issues every op, and how it takes an abort. */
#define PSTATE_MODE_MASK GENMASK(9, 0)
#define PSTATE_EL1H 0x3c5

/* Where the host goes on, and in which state. */
static int check_return(struct check *check, const struct expectation *expect,
                        const struct outcome *out)
{
	char place[160], actual[160];

	if (!out->pc_offset && !out->elr_offset &&
	    (out->pstate & PSTATE_MODE_MASK) == PSTATE_EL1H &&
	    (out->kind != OUTCOME_ABORTED || out->spsr == PSTATE_EL1H) &&
	    (out->kind != OUTCOME_RETURNED || out->pstate == PSTATE_EL1H))
		return 0;

	snprintf(place, sizeof(place), "%s return state", expect->rule);
	snprintf(actual, sizeof(actual),
	         "pc off by 0x%llx, ELR_EL1 off by 0x%llx, PSTATE 0x%x, SPSR_EL1 0x%x",
	         (unsigned long long)out->pc_offset, (unsigned long long)out->elr_offset,
	         out->pstate, out->spsr);
	return check_fail(check, FINDING_RETURN, place,
	                  "the host goes on at the right place, PSTATE 0x3c5", actual);
}

static void describe_smc(const u64 *args, unsigned int nr, char *buf, size_t len)
{
	size_t at = 0;

	snprintf(buf, len, "no call");
	for (unsigned int i = 0; i < nr && at < len; i++)
		at += snprintf(buf + at, len - at, "%s0x%llx", i ? ", " : "",
		               (unsigned long long)args[i]);
}

/* What EL2 asked of EL3: the host's memory is in the hands of whoever is there. */
static int check_smcs(struct check *check, const struct expectation *expect)
{
	const struct smc_log *log = core_smcs(check->core);
	const struct expected_smc *smc = &expect->smc;
	char place[160], expected[256], actual[256];

	for (u32 i = 0; i < log->nr && i < SMC_MAX_CALLS; i++) {
		check_digest_add(check, log->calls[i].args[0]);
		for (unsigned int r = 0; r < 4; r++)
			check_digest_add(check, log->calls[i].answer[r]);
	}
	if (expect->wrong_data) {
		snprintf(place, sizeof(place), "%s data for EL3", expect->rule);
		return check_fail(check, FINDING_RETURN, place, "what the host wrote",
		                  expect->wrong_data);
	}
	if (!smc->wrong)
		return 0;

	snprintf(place, sizeof(place), "%s EL3 call", expect->rule);
	describe_smc(smc->args, smc->nr, expected, sizeof(expected));
	if (smc->index < log->nr && smc->index < SMC_MAX_CALLS)
		describe_smc(log->calls[smc->index].args, smc->nr ? smc->nr : 8, actual,
		             sizeof(actual));
	else
		describe_smc(NULL, 0, actual, sizeof(actual));
	return check_fail(check, FINDING_RETURN, place, expected, actual);
}

int check_outcome(struct check *check, const struct op *op, const struct expectation *expect,
                  const struct outcome *out)
{
	(void)op;
	check_digest_add(check, out->kind);
	if (outcome_crashed(out)) {
		return crashed(check, expect, out);
	}
	check_digest_words(check, out->regs, 8);
	if (check_smcs(check, expect))
		return -1;

	if (out->kind != expect->kind)
		return differ(check, expect, out, "exit");
	if (out->esr != expect->esr)
		return differ(check, expect, out, "esr");
	if (out->far != expect->far)
		return differ(check, expect, out, "far");

	return check_regs(check, expect, out) ? -1 : check_return(check, expect, out);
}

/* The host's stage-2 leaf of a memory page. */
static const char *check_host_leaf(const struct model_page *page, const struct leaf *leaf, u64 pa)
{
	switch (page->access) {
	case ACCESS_LAZY:
		if (leaf->kind == LEAF_NONE)
			return NULL;
		return leaf->kind == LEAF_MAPPED && leaf->pa == pa && leaf->type == MEM_NORMAL &&
		                       leaf->perm == (PERM_R | PERM_W | PERM_X) ?
		               NULL :
		               "host_stage2";
	case ACCESS_READ:
		return leaf->kind == LEAF_MAPPED && leaf->pa == pa && leaf->type == MEM_NORMAL &&
		                       leaf->perm == PERM_R ?
		               NULL :
		               "host_stage2";
	default:
		/* Only a page of its own may be annotated: neighbours could be anyone's. */
		return leaf->kind == LEAF_DONATED && leaf->level == 3 &&
		                       leaf->owner == page->owner && leaf->meta == page->meta ?
		               NULL :
		               "host_annotation";
	}
}

static const char *check_hyp_leaf(const struct model_page *page, const struct leaf *leaf, u64 pa)
{
	if (!page->hyp_perm)
		return leaf->kind == LEAF_MAPPED ? "hyp_stage1" : NULL;

	return leaf->kind == LEAF_MAPPED && leaf->pa == pa && leaf->perm == page->hyp_perm &&
	                       leaf->type == MEM_NORMAL ?
	               NULL :
	               "hyp_stage1";
}

static const char *check_page_states(const struct model_page *page, const struct page_view *view)
{
	if (view->host != page->host)
		return "host_state";
	if (view->hyp != page->hyp)
		return "hyp_state";
	if (!page->allocator && view->refcount != page->pins)
		return "refcount";

	return view->host_shares != page->host_shares ? "host_share_guest_count" : NULL;
}

static u64 digest_of_states(const struct page_view *view)
{
	return view->host | view->hyp << 8 | (u64)view->refcount << 16 |
	       (u64)view->host_shares << 32;
}

static int fail_page(struct check *check, u32 index, const char *field)
{
	u64 pa = map_page_pa(check->model->map, index);
	char expected[512], actual[512], where[64], line[640];
	struct page_view view;

	core_view(check->core, pa, &view);
	map_describe(check->model->map, pa, where, sizeof(where));
	snprintf(line, sizeof(line), "%s: %s", where, describe_view(&view, actual, sizeof(actual)));
	return check_fail(check, FINDING_STATE, field,
	                  describe_model(&check->model->pages[index], expected, sizeof(expected)),
	                  line);
}

int check_page(struct check *check, u32 index)
{
	const struct model_page *page = &check->model->pages[index];
	u64 pa = map_page_pa(check->model->map, index);
	struct page_view view;
	const char *field;

	core_view(check->core, pa, &view);
	check_digest_words(check,
	                   (const u64[]){ digest_of_states(&view), view.s2.raw, view.s1.raw }, 3);
	field = check_page_states(page, &view);
	if (!field)
		field = check_host_leaf(page, &view.s2, pa);
	if (!field)
		field = check_hyp_leaf(page, &view.s1, pa);

	return field ? fail_page(check, index, field) : 0;
}

int check_states(struct check *check, u32 index)
{
	struct page_view view;
	const char *field;

	core_states(check->core, map_page_pa(check->model->map, index), &view);
	check_digest_add(check, digest_of_states(&view));
	field = check_page_states(&check->model->pages[index], &view);

	return field ? fail_page(check, index, field) : 0;
}

static u64 expected_slot(const struct model *model, u32 slot)
{
	switch (model->vms.state[slot]) {
	case VM_FREE:
		return 0;
	case VM_RESERVED:
		return model->info->vm_reserved_entry;
	default:
		return map_hyp_va(model->map, model->vms.of_slot[slot]->mem);
	}
}

static int check_slot(struct check *check, u32 slot, u64 entry)
{
	static const char *const states[] = {
		[VM_FREE] = "free",
		[VM_RESERVED] = "reserved",
		[VM_LIVE] = "live",
		[VM_DYING] = "dying",
	};
	enum vm_state state = check->model->vms.state[slot];
	char expected[64], actual[64];

	if (state != VM_FREE)
		check_digest_add(check, (u64)slot << 8 | state);
	if (entry == expected_slot(check->model, slot))
		return 0;

	snprintf(expected, sizeof(expected), "VM slot %u %s", slot, states[state]);
	snprintf(actual, sizeof(actual), "0x%llx", (unsigned long long)entry);
	return check_fail(check, FINDING_STATE, "vm_table", expected, actual);
}

static int check_memory(struct check *check, const struct memory_check *memory)
{
	u64 word = core_read64(check->core, memory->pa) & memory->mask;
	char where[64], expected[64], actual[160];

	check_digest_add(check, word);
	if (word == memory->value)
		return 0;

	map_describe(check->model->map, memory->pa, where, sizeof(where));
	snprintf(expected, sizeof(expected), "0x%llx", (unsigned long long)memory->value);
	snprintf(actual, sizeof(actual), "%s+0x%llx: 0x%llx", where,
	         (unsigned long long)(memory->pa & (MAP_PAGE_SIZE - 1)), (unsigned long long)word);
	return check_fail(check, FINDING_STATE, "host memory", expected, actual);
}

/* Which of the pages it is that a link leads to; each once. nr_pages if it is none. */
static u32 take_page(const struct page_list *list, u64 pa, bool taken[MODEL_MAX_HANDED])
{
	for (u32 i = 0; i < list->nr_pages; i++) {
		if (list->pages[i] == pa && !taken[i]) {
			taken[i] = true;
			return i;
		}
	}

	return list->nr_pages;
}

/* Behind the link, in the first word */
static int check_cleared(struct check *check, u64 pa)
{
	const u64 *words = core_page(check->core, pa);
	char where[64], actual[128];

	for (u32 i = 1; i < MAP_PAGE_SIZE / sizeof(u64); i++) {
		if (!words[i])
			continue;
		map_describe(check->model->map, pa, where, sizeof(where));
		snprintf(actual, sizeof(actual), "%s+0x%zx: 0x%llx", where, i * sizeof(u64),
		         (unsigned long long)words[i]);
		return check_fail(check, FINDING_STATE, "memory of a destroyed VM", "zeroes",
		                  actual);
	}

	return 0;
}

static int fail_list(struct check *check, const struct page_list *list, u32 index, u64 link,
                     const char *place)
{
	char expected[160], actual[128], where[64];

	if (index < list->nr_pages)
		snprintf(expected, sizeof(expected),
		         "a list of the %u pages that the VM was given for this", list->nr_pages);
	else
		snprintf(expected, sizeof(expected), "after %u pages, the list as it was: 0x%llx",
		         list->nr_pages, (unsigned long long)list->tail);
	snprintf(actual, sizeof(actual), "link %u: %s", index,
	         map_describe(check->model->map, link, where, sizeof(where)));
	return check_fail(check, FINDING_STATE, place, expected, actual);
}

/* A memcache that pages were pushed to: each of them once, then what was there before. */
static int check_list(struct check *check, const struct page_list *list)
{
	bool taken[MODEL_MAX_HANDED] = { false };
	u64 link = core_read64(check->core, list->head);

	for (u32 i = 0; i < list->nr_pages; i++) {
		u32 page = take_page(list, link, taken);

		check_digest_add(check, link);
		if (page == list->nr_pages)
			return fail_list(check, list, i, link, "memcache of a destroyed VM");
		if (list->cleared[page] && check_cleared(check, link))
			return -1;
		link = core_read64(check->core, link);
	}

	return !list->tail_known || link == list->tail ?
	               0 :
	               fail_list(check, list, list->nr_pages, link, "memcache tail");
}

int check_slots(struct check *check)
{
	const struct model *model = check->model;
	const u64 *slots = core_vm_slots(check->core);
	u64 taken = 0;

	for (u32 slot = 0; slot < model->info->vm_slots; slot++)
		taken |= slots[slot];
	if (!taken && !model->vms.any)
		return 0;

	for (u32 slot = 0; slot < model->info->vm_slots; slot++) {
		/* As most of them are. */
		if (!slots[slot] && model->vms.state[slot] == VM_FREE)
			continue;
		if (check_slot(check, slot, slots[slot]))
			return -1;
	}

	return 0;
}

static void secure_range(void *arg, u64 pa, u32 nr_pages)
{
	struct check *check = arg;
	char where[64], actual[160];

	for (u64 n = 0; n < nr_pages && !check->insecure; n++, pa += MAP_PAGE_SIZE) {
		const struct model_page *page = model_page(check->model, pa);

		if (page && page->host == STATE_SHARED_OWNED && page->hyp == STATE_NOPAGE)
			continue;
		map_describe(check->model->map, pa, where, sizeof(where));
		snprintf(actual, sizeof(actual), "%s: host %s, hyp %s", where,
		         describe_state(page ? page->host : STATE_NOPAGE),
		         describe_state(page ? page->hyp : STATE_NOPAGE));
		check_fail(check, FINDING_INVARIANT, "isolation secure",
		           "only memory that the host owns and has shared", actual);
		check->insecure = true;
	}
}

int check_secure_world(struct check *check)
{
	check->insecure = false;
	core_secure_ranges(check->core, secure_range, check);
	return check->insecure ? -1 : 0;
}

int check_touched(struct check *check)
{
	const struct model *model = check->model;

	for (unsigned int i = 0; i < model->nr_touched; i++) {
		if (check_page(check, model->touched[i]))
			return -1;
	}

	for (unsigned int i = 0; i < model->nr_checks; i++) {
		if (check_memory(check, &model->checks[i]))
			return -1;
	}

	for (unsigned int i = 0; i < model->nr_lists; i++) {
		if (check_list(check, &model->lists[i]))
			return -1;
	}
	if (core_smcs(check->core)->nr && check_secure_world(check))
		return -1;

	return model->slots_changed ? check_slots(check) : 0;
}
