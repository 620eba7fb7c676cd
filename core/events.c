// SPDX-License-Identifier: GPL-2.0-only
#include "core/events.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	u8 op1, crm, op2;
	u8 what;
	bool shared;
} table[] = {
#define SHARED true
#define LOCAL false
#define T(name, op1, crm, op2, what, scope) { #name, op1, crm, op2, TLBI_WHAT_##what, scope },
	TLBIS(T)
#undef T
#undef LOCAL
#undef SHARED
		{ "of another kind", 0, 0, 0, TLBI_WHAT_NOTHING, false },
};

enum tlbi tlbi_by_encoding(unsigned int op1, unsigned int crm, unsigned int op2)
{
	unsigned int i = 0;

	while (i < TLBI_OTHER &&
	       (table[i].op1 != op1 || table[i].crm != crm || table[i].op2 != op2))
		i++;

	return i;
}

enum tlbi tlbi_by_name(const char *name)
{
	unsigned int i = 0;

	while (i < TLBI_OTHER && strcmp(table[i].name, name))
		i++;

	return i;
}

const char *tlbi_name(enum tlbi op)
{
	return table[op].name;
}

enum tlbi_what tlbi_what(enum tlbi op)
{
	return table[op].what;
}

bool tlbi_is_shared(enum tlbi op)
{
	return table[op].shared;
}

const char *dsb_name(unsigned int crm)
{
	static const char *const names[16] = {
		[DSB_oshld] = "oshld", [DSB_oshst] = "oshst", [DSB_osh] = "osh",
		[DSB_nshld] = "nshld", [DSB_nshst] = "nshst", [DSB_nsh] = "nsh",
		[DSB_ishld] = "ishld", [DSB_ishst] = "ishst", [DSB_ish] = "ish",
		[DSB_ld] = "ld",       [DSB_st] = "st",       [DSB_sy] = "sy",
	};

	return names[crm & 15] ? names[crm & 15] : "of no kind";
}

#define HCR_VM BIT(0)
#define HCR_TGE BIT(27)

void events_begin(struct event_log *log, u64 vttbr)
{
	log->nr = log->lost = 0;
	log->vttbr = vttbr;
	log->hcr = HCR_VM;
}

void events_add(struct event_log *log, const struct event *event)
{
	struct event overflow, *e = log->nr < EVENTS_MAX ? &log->events[log->nr] : &overflow;

	*e = *event;
	e->vttbr = log->vttbr;
	e->hcr = (log->hcr & HCR_VM) | (log->hcr & HCR_TGE ? 2 : 0);
	if (e == &overflow)
		log->lost++;
	else
		log->nr++;
	if (log->visit)
		log->visit(log->arg, e);

	if (e->kind == EVENT_REG && e->op == EVENT_VTTBR_EL2)
		log->vttbr = e->arg;
	if (e->kind == EVENT_REG && e->op == EVENT_HCR_EL2)
		log->hcr = e->arg;
}

static void add(struct event_log *log, u8 kind, u8 op, u64 arg, u64 size)
{
	const struct event event = { .kind = kind, .op = op, .arg = arg, .size = size };

	events_add(log, &event);
}

/* TTL of a TLBI, bits 47..44: granule and level (Arm ARM C5.5) */
static u64 ttl(int level, unsigned int page_shift)
{
	return level == EVENT_ANY_LEVEL ? 0 : (u64)((page_shift - 10) / 2 << 2 | level) << 44;
}

void events_add_flush(struct event_log *log, u64 vttbr, enum event_flush flush, u64 ipa, u64 size,
                      int level, unsigned int page_shift)
{
	static const struct {
		u8 dsb, stage2, stage1;
	} does[] = {
		[EVENT_FLUSH_IPA] = { DSB_ish, TLBI_ipas2e1is, TLBI_vmalle1is },
		[EVENT_FLUSH_IPA_NSH] = { DSB_nsh, TLBI_ipas2e1, TLBI_vmalle1 },
		[EVENT_FLUSH_RANGE] = { DSB_ish, TLBI_ripas2e1is, TLBI_vmalle1is },
		[EVENT_FLUSH_VMID] = { DSB_ish, TLBI_vmalls12e1is, TLBI_OTHER },
	};
	/* In a TLBI, pages are of 4 KiB whatever the granule. */
	const u64 arg = flush == EVENT_FLUSH_VMID ? 0 : ipa >> 12 | ttl(level, page_shift);

	add(log, EVENT_DSB, does[flush].dsb, 0, 0);
	if (log->vttbr != vttbr) {
		add(log, EVENT_REG, EVENT_VTTBR_EL2, vttbr, 0);
		add(log, EVENT_ISB, 0, 0, 0);
	}
	add(log, EVENT_TLBI, does[flush].stage2, arg, size);
	if (does[flush].stage1 != TLBI_OTHER) {
		add(log, EVENT_DSB, does[flush].dsb, 0, 0);
		add(log, EVENT_TLBI, does[flush].stage1, 0, 0);
	}
	add(log, EVENT_DSB, does[flush].dsb, 0, 0);
	add(log, EVENT_ISB, 0, 0, 0);
}

static const char *const reg_names[EVENT_REG_COUNT] = {
	[EVENT_VTTBR_EL2] = "vttbr_el2",
	[EVENT_VTCR_EL2] = "vtcr_el2",
	[EVENT_HCR_EL2] = "hcr_el2",
	[EVENT_TTBR0_EL2] = "ttbr0_el2",
};

const char *event_describe(const struct event *event, char *buf, size_t len)
{
	const unsigned long long arg = event->arg, size = event->size;
	const unsigned int vmid = event->vttbr >> 48;

	switch (event->kind) {
	case EVENT_TLBI:
		if (tlbi_what(event->op) < TLBI_WHAT_EL1_VA)
			snprintf(buf, len, "tlbi %s, VMID %u", tlbi_name(event->op), vmid);
		else if (tlbi_what(event->op) < TLBI_WHAT_EL2_ALL)
			snprintf(buf, len, "tlbi %s, 0x%llx, VMID %u", tlbi_name(event->op), arg,
			         vmid);
		else
			snprintf(buf, len, "tlbi %s, 0x%llx", tlbi_name(event->op), arg);
		break;
	case EVENT_DSB:
		snprintf(buf, len, "dsb %s", dsb_name(event->op));
		break;
	case EVENT_ISB:
		snprintf(buf, len, "isb");
		break;
	case EVENT_REG:
		snprintf(buf, len, "msr %s, 0x%llx", reg_names[event->op], arg);
		break;
	case EVENT_DCACHE:
		snprintf(buf, len, "data cache cleaned, PA 0x%llx, 0x%llx bytes", arg, size);
		break;
	case EVENT_ICACHE:
		snprintf(buf, len, "instruction cache invalidated, PA 0x%llx, 0x%llx bytes", arg,
		         size);
		break;
	case EVENT_GUEST:
		snprintf(buf, len, "guest entered, VTTBR_EL2 0x%llx",
		         (unsigned long long)event->vttbr);
		break;
	case EVENT_FREE:
		snprintf(buf, len, "table page 0x%llx freed", arg);
		break;
	default:
		snprintf(buf, len, "event %u", event->kind);
	}

	return buf;
}

/* Each core has a VA space of the hypervisor's of its own: alike in so many bits. */
#define SAME_VA_BITS 44

static u64 same_arg(const struct event *event)
{
	if (event->kind == EVENT_TLBI && tlbi_what(event->op) >= TLBI_WHAT_VA)
		return event->arg & ~GENMASK(43, SAME_VA_BITS - 12);
	return event->arg;
}

u64 event_hash(const struct event *event)
{
	u64 hash = event->kind | (u64)event->op << 8 | (u64)event->hcr << 16;

	hash = (hash ^ same_arg(event)) * 0x9e3779b97f4a7c15ULL;
	hash = (hash ^ event->size ^ hash >> 29) * 0xff51afd7ed558ccdULL;
	hash = (hash ^ event->vttbr ^ hash >> 31) * 0x9e3779b97f4a7c15ULL;
	return hash ^ hash >> 32;
}

static void describe_nth(const struct event_log *log, u32 i, char text[EVENT_TEXT])
{
	if (i < log->nr)
		event_describe(&log->events[i], text, EVENT_TEXT);
	else
		snprintf(text, EVENT_TEXT, "no more events");
}

int events_differ(const struct event_log *one, const struct event_log *other,
                  char text_one[EVENT_TEXT], char text_other[EVENT_TEXT])
{
	u32 i = 0;

	while (i < one->nr && i < other->nr &&
	       event_hash(&one->events[i]) == event_hash(&other->events[i]))
		i++;
	if (i == one->nr && i == other->nr)
		return -1;
	describe_nth(one, i, text_one);
	describe_nth(other, i, text_other);

	return i;
}
