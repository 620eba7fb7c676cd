// SPDX-License-Identifier: GPL-2.0-only
/* States and outcomes in words. */
#include "core/ffa.h"
#include "oracle/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const states[] = {
	[STATE_OWNED] = "OWNED",
	[STATE_SHARED_OWNED] = "SHARED_OWNED",
	[STATE_SHARED_BORROWED] = "SHARED_BORROWED",
	[STATE_NOPAGE] = "NOPAGE",
	[STATE_UNKNOWN] = "(no such state)",
};

static const char *const owners[] = {
	[OWNER_HOST] = "host",
	[OWNER_HYP] = "hyp",
	[OWNER_GUEST] = "guest",
	[OWNER_UNKNOWN] = "(no such owner)",
};

static const char *const outcomes[] = {
	[OUTCOME_RETURNED] = "returned",
	[OUTCOME_ABORTED] = "abort injected into EL1",
	[OUTCOME_EL1_FAULT] = "fault in stage 1 of EL1",
	[OUTCOME_REFAULTED] = "faults again and again",
	[OUTCOME_EL2_BUG] = "BUG or WARN in EL2",
	[OUTCOME_EL2_EXCEPTION] = "exception taken from EL2",
	[OUTCOME_EL2_REPORT] = "stopped by a check in EL2",
	[OUTCOME_HANG] = "EL2 does not return",
	[OUTCOME_ABSENT] = "not in this tree",
	[OUTCOME_LOST] = "EL1's own code is gone",
};

const char *describe_state(enum page_state state)
{
	return states[state];
}

/* Appends to @buf of @len bytes and says where to go on. */
static size_t __printf(4, 5) add(char *buf, size_t len, size_t at, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (at >= len)
		return at;
	va_start(ap, fmt);
	n = vsnprintf(buf + at, len - at, fmt, ap);
	va_end(ap);

	return at + n;
}

static const char *perm(u8 bits, char buf[4])
{
	snprintf(buf, 4, "%c%c%c", bits & PERM_R ? 'r' : '-', bits & PERM_W ? 'w' : '-',
	         "-pux"[bits / PERM_PX & 3]);
	return buf;
}

const char *describe_leaf(const struct leaf *leaf, char *buf, size_t len)
{
	char bits[4];

	switch (leaf->kind) {
	case LEAF_NONE:
		snprintf(buf, len, "nothing");
		break;
	case LEAF_MAPPED:
		snprintf(buf, len, "0x%llx %s %s at level %d", (unsigned long long)leaf->pa,
		         perm(leaf->perm, bits),
		         leaf->type == MEM_NORMAL ? "memory" :
		         leaf->type == MEM_DEVICE ? "device" :
		                                    "of an odd type",
		         leaf->level);
		break;
	case LEAF_POISONED:
		snprintf(buf, len, "poisoned, at level %d", leaf->level);
		break;
	case LEAF_DONATED:
		snprintf(buf, len, "donated to %s, meta 0x%llx, at level %d", owners[leaf->owner],
		         (unsigned long long)leaf->meta, leaf->level);
		break;
	default:
		snprintf(buf, len, "invalid, holding 0x%llx, at level %d",
		         (unsigned long long)leaf->raw, leaf->level);
	}

	return buf;
}

const char *describe_view(const struct page_view *view, char *buf, size_t len)
{
	char s2[96], s1[96];

	snprintf(buf, len,
	         "host %s, hyp %s, refcount %u, guest shares %u, host stage-2: %s, hyp stage-1: %s",
	         states[view->host], states[view->hyp], view->refcount, view->host_shares,
	         describe_leaf(&view->s2, s2, sizeof(s2)),
	         describe_leaf(&view->s1, s1, sizeof(s1)));
	return buf;
}

static void describe_access(const struct model_page *page, char *buf, size_t len)
{
	switch (page->access) {
	case ACCESS_LAZY:
		snprintf(buf, len, "nothing or rwx memory");
		break;
	case ACCESS_READ:
		snprintf(buf, len, "r-- memory");
		break;
	default:
		snprintf(buf, len, "donated to %s, meta 0x%llx", owners[page->owner],
		         (unsigned long long)page->meta);
	}
}

const char *describe_model(const struct model_page *page, char *buf, size_t len)
{
	char access[64], count[32], bits[4];

	describe_access(page, access, sizeof(access));
	snprintf(count, sizeof(count), "%u", page->pins);
	snprintf(buf, len,
	         "host %s, hyp %s, refcount %s, guest shares %u, host stage-2: %s, hyp stage-1: %s",
	         states[page->host], states[page->hyp], page->allocator ? "any" : count,
	         page->host_shares, access,
	         page->hyp_perm ? perm(page->hyp_perm, bits) : "nothing");
	return buf;
}

static size_t describe_exit(enum outcome_kind kind, const u64 *regs, u64 esr, u64 far, char *buf,
                            size_t len)
{
	size_t at = add(buf, len, 0, "%s", outcomes[kind]);

	if (kind == OUTCOME_ABORTED || kind == OUTCOME_EL1_FAULT)
		return add(buf, len, at, ", ESR_EL1 0x%llx, FAR_EL1 0x%llx",
		           (unsigned long long)esr, (unsigned long long)far);
	if (kind == OUTCOME_RETURNED) {
		s64 ret = regs[1];
		/* The hypervisor's errors are Linux's. */
		const char *name = ret < 0 && ret > -4096 ? strerrorname_np(-ret) : NULL;

		if (regs[0] == FFA_ERROR)
			return add(buf, len, at, ", x0 FFA_ERROR, x2 %lld",
			           (long long)(s32)regs[2]);
		at = add(buf, len, at, ", x0 0x%llx, x1 ", (unsigned long long)regs[0]);
		return name ? add(buf, len, at, "-%s", name) :
		              add(buf, len, at, "0x%llx", (unsigned long long)regs[1]);
	}

	return at;
}

const char *describe_expectation(const struct expectation *expect, char *buf, size_t len)
{
	if (expect->kind == OUTCOME_RETURNED && expect->any_x1)
		snprintf(buf, len, "%s, x0 0x%llx, x1 any", outcomes[expect->kind],
		         (unsigned long long)expect->regs[0]);
	else
		describe_exit(expect->kind, expect->regs, expect->esr, expect->far, buf, len);
	return buf;
}

static size_t describe_place(const struct core *core, u64 va, char *buf, size_t len, size_t at)
{
	struct source_place place;

	core_source(core, va, &place);
	return add(buf, len, at, "\n  %s (%s:%u)", place.function, place.file, place.line);
}

const char *describe_outcome(const struct core *core, const struct outcome *out, char *buf,
                             size_t len)
{
	size_t at = describe_exit(out->kind, out->regs, out->esr, out->far, buf, len);

	if (!outcome_crashed(out))
		return buf;

	if (out->kind == OUTCOME_EL2_REPORT)
		at = add(buf, len, at, ", %s", out->crash.report);
	at = add(buf, len, at, ", pc 0x%llx, ESR 0x%llx", (unsigned long long)out->crash.pc,
	         (unsigned long long)out->crash.esr);
	if (out->crash.far)
		at = add(buf, len, at, ", FAR 0x%llx", (unsigned long long)out->crash.far);
	at = describe_place(core, out->crash.pc, buf, len, at);
	/* A return address is behind its call. */
	for (unsigned int i = 0; i < out->crash.nr_frames; i++)
		at = describe_place(core, out->crash.frames[i] - 4, buf, len, at);

	return buf;
}
