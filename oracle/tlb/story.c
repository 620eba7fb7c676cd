// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/tlb/story.h"

#include "oracle/check.h"

#include <stdarg.h>
#include <stdio.h>

struct text {
	char *buf;
	size_t len, at;
};

static void __printf(2, 3) say(struct text *text, const char *format, ...)
{
	va_list ap;

	if (text->at >= text->len)
		return;
	va_start(ap, format);
	text->at += vsnprintf(text->buf + text->at, text->len - text->at, format, ap);
	va_end(ap);
}

static const char *regime(const struct tlb *tlb, const struct core *core, u32 context)
{
	const struct tlb_context *c = &tlb->contexts[context];

	if (core_nested(core))
		return context ? "shadow stage-2" : "canonical stage-2";
	return !c->stage2 ? "hyp stage-1" : c->guest ? "guest stage-2" : "host stage-2";
}

static void say_who(struct text *text, const struct tlb *tlb, const struct core *core, u32 context)
{
	const struct tlb_context *c = &tlb->contexts[context];

	if (core_nested(core))
		say(text, "a vCPU that runs %s", context ? "L2" : "L1");
	else if (!c->stage2)
		say(text, "EL2 on any CPU");
	else if (c->guest)
		say(text, "the guest of VMID %u", c->vmid);
	else
		say(text, "the host on any CPU");
}

static const char *describe_desc(const struct tlb *tlb, const struct core *core,
                                 const struct tlb_debt *debt, u64 desc, char *buf, size_t len)
{
	struct leaf leaf;

	if (tlb_is_table(desc, debt->level)) {
		snprintf(buf, len, "table 0x%llx", (unsigned long long)(desc & GENMASK(47, 12)));
		return buf;
	}
	core_decode_leaf(core, tlb->contexts[debt->context].stage2 ? WALK_HOST_S2 : WALK_HYP_S1,
	                 desc, debt->level, &leaf);
	return describe_leaf(&leaf, buf, len);
}

/* Who has the memory that a translation led to. */
static void say_owner(struct text *text, const struct core *core, u64 pa)
{
	struct page_view view;
	char where[64], state[512];

	if (core_config(core)->world != WORLD_EL2 || map_page_index(core_map(core), pa) < 0)
		return;
	core_view(core, pa, &view);
	say(text, "\nnow %s: %s", map_describe(core_map(core), pa, where, sizeof(where)),
	    describe_view(&view, state, sizeof(state)));
}

static void say_events(struct text *text, const struct tlb *tlb, const struct core *core)
{
	const struct event_log *log = core_events(core);
	char line[160];

	(void)tlb;
	say(text, "\nthe step's events:");
	for (u32 i = 0; i < log->nr && i < 40; i++)
		say(text, "\n  %s", event_describe(&log->events[i], line, sizeof(line)));
	if (!log->nr)
		say(text, " none");
	else if (log->nr > 40)
		say(text, "\n  and %u more", log->nr - 40 + log->lost);
}

/* A translation that a legal CPU may still hold, though the tables forbid it. */
static void say_stale(struct text *text, const struct tlb *tlb, const struct core *core,
                      const struct tlb_debt *debt)
{
	const u64 span = tlb_span(tlb, debt->level), pa = debt->was & GENMASK(47, 12) & ~(span - 1);

	if (!tlb_valid(debt->was) || debt->need != TLB_NEED_ALL)
		return;
	say(text, "\n");
	say_who(text, tlb, core, debt->context);
	if (tlb_is_table(debt->was, debt->level)) {
		say(text, " may still walk through page 0x%llx", (unsigned long long)pa);
	} else {
		say(text, " may still use what was: from 0x%llx to PA 0x%llx, 0x%llx bytes",
		    (unsigned long long)debt->ia, (unsigned long long)pa, (unsigned long long)span);
		say_owner(text, core, pa);
	}
}

static void say_debt(struct text *text, const struct tlb *tlb, const struct core *core,
                     const struct tlb_debt *debt)
{
	char was[256], is[256];

	say(text, "%s, 0x%llx, level %d: %s -> %s", regime(tlb, core, debt->context),
	    (unsigned long long)debt->ia, debt->level,
	    describe_desc(tlb, core, debt, debt->was, was, sizeof(was)),
	    describe_desc(tlb, core, debt, debt->is, is, sizeof(is)));
	say_stale(text, tlb, core, debt);
}

void tlb_tell(const struct tlb *tlb, const struct core *core, struct finding *finding)
{
	const struct tlb_violation *broken = &tlb->broken;
	struct text text = { finding->actual, sizeof(finding->actual), 0 };
	char line[160];

	finding->class = FINDING_TLB;
	snprintf(finding->place, sizeof(finding->place), "%s %s", tlb_rule_name(broken->rule),
	         regime(tlb, core, broken->debt.context));
	snprintf(finding->expected, sizeof(finding->expected), "%s", tlb_rule_text(broken->rule));
	finding->actual[0] = '\0';
	switch (broken->rule) {
	case TLB_RULE_ISB_CONTEXT:
		say(&text, "no ISB before");
		break;
	case TLB_RULE_VMID_REUSE:
		say(&text, "VMID %u was that of the tables at 0x%llx, never invalidated",
		    tlb->contexts[broken->debt.context].vmid, (unsigned long long)broken->debt.was);
		break;
	case TLB_RULE_CLEAN:
		say(&text, "PA 0x%llx was not", (unsigned long long)broken->debt.ia);
		break;
	default:
		say_debt(&text, tlb, core, &broken->debt);
	}
	if (broken->near_event.kind != EVENT_KIND_COUNT)
		say(&text, ": %s", event_describe(&broken->near_event, line, sizeof(line)));
	say_events(&text, tlb, core);
}
