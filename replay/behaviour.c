// SPDX-License-Identifier: GPL-2.0-only
#include "replay/behaviour.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE 4096
#define MAX_PAGES 1024
#define STATE_LEN 16

/* Whose a page is, as the changes so far have told. */
struct page {
	unsigned long long pa;
	char host[STATE_LEN], hyp[STATE_LEN];
};

struct behaviour_reader {
	const char *next;
	char line[1024];
	struct page pages[MAX_PAGES];
	unsigned int nr_pages;
	unsigned long long
		subject; /* PA of the page that the op is about, if it is memory of the host */
	bool has_subject;
};

struct behaviour_reader *behaviour_open(const char *text)
{
	struct behaviour_reader *reader = calloc(1, sizeof(*reader));

	if (reader)
		reader->next = text;
	return reader;
}

void behaviour_close(struct behaviour_reader *reader)
{
	free(reader);
}

static bool peek(struct behaviour_reader *reader)
{
	size_t len = strcspn(reader->next, "\n");

	snprintf(reader->line, sizeof(reader->line), "%.*s", (int)len, reader->next);
	return *reader->next;
}

static void skip(struct behaviour_reader *reader)
{
	reader->next += strcspn(reader->next, "\n");
	reader->next += *reader->next == '\n';
}

/* "  3  host_share_hyp: ..." */
static bool begins_step(const char *line)
{
	const char *at = line + strspn(line, " ");
	size_t digits = strspn(at, "0123456789");

	return digits && !strncmp(at + digits, "  ", 2) && isalpha((unsigned char)at[digits + 2]);
}

static struct page *page_at(struct behaviour_reader *reader, unsigned long long pa)
{
	struct page *page;

	for (unsigned int i = 0; i < reader->nr_pages; i++) {
		if (reader->pages[i].pa == pa)
			return &reader->pages[i];
	}
	if (reader->nr_pages == MAX_PAGES)
		return NULL;
	page = &reader->pages[reader->nr_pages++];
	*page = (struct page){ .pa = pa, .host = "OWNED", .hyp = "NOPAGE" };
	return page;
}

/* "ram+0x12 (0x40012000)" is the host's memory, "0x40400000 (hypervisor pool)" somebody's. */
static bool parse_place(const char *text, unsigned long long *pa, char *name, size_t len)
{
	const char *open = strchr(text, '('), *close = open ? strchr(open, ')') : NULL;

	if (!close)
		return false;
	snprintf(name, len, "%.*s", (int)(close - open - 1), open + 1);
	if (sscanf(open, "(0x%llx)", pa) != 1)
		return sscanf(text, "0x%llx", pa) == 1;
	snprintf(name, len, "the host's");
	return true;
}

/* By its first argument; what follows is where it goes to, or how much. */
static void read_condition(struct behaviour_reader *reader, struct behaviour *behaviour)
{
	const char *arg = strchr(reader->line, ','), *end = arg ? strchr(arg + 1, ',') : NULL;
	char name[64], text[128];

	behaviour->condition[0] = '\0';
	arg = arg ? strchr(arg + 2, ' ') : NULL;
	snprintf(text, sizeof(text), "%.*s", arg && end ? (int)(end - arg - 1) : 127,
	         arg ? arg + 1 : "");
	reader->has_subject = parse_place(text, &reader->subject, name, sizeof(name));
	if (!reader->has_subject)
		return;

	reader->subject = reader->subject / PAGE * PAGE;
	if (!strcmp(name, "the host's") || !strcmp(name, "host objects")) {
		const struct page *page = page_at(reader, reader->subject);

		snprintf(behaviour->condition, sizeof(behaviour->condition), "host %s, hyp %s",
		         page ? page->host : "?", page ? page->hyp : "?");
	} else {
		/* Of its memory the host may know the text. */
		bool hidden = !strncmp(name, "hypervisor ", 11) && strcmp(name, "hypervisor text");

		snprintf(behaviour->condition, sizeof(behaviour->condition), "%s",
		         hidden ? "the hypervisor's" : name);
	}
}

/*
 * How many registers of the answer count, by how an op's name begins, where it is not x0 and x1: the register of
 * an access is what was there, and what a call does not write is left from before.
 */
static unsigned int nr_answers(const char *op, enum behaviour_end end)
{
	static const struct {
		const char *op;
		unsigned int nr;
	} few[] = {
		{ "host_load", 0 },
		{ "host_store", 0 },
		{ "host_fetch", 0 },
		{ "kvm_set", 0 },
		{ "vcpu_set", 0 },
		{ "memcache_push", 0 },
		{ "guest_code", 0 },
		{ "on_cpu", 0 },
		{ "ffa_describe", 0 },
		{ "ffa_range", 0 },
		{ "ffa_set", 0 },
		{ "ffa_fill", 0 },
		{ "spmd_", 0 },
		{ "host_smc", 1 },
		{ "ffa_", 1 },
		{ "adjust_pc", 1 },
		{ "flush_", 1 },
		{ "tlb_flush_", 1 },
		{ "timer_set_cntvoff", 1 },
		{ "tracing_unload", 1 },
		{ "tracing_update_clock", 1 },
		{ "tracing_write_event", 1 },
		{ "unreserve_vm", 1 },
		{ "vcpu_put", 1 },
		{ "vcpu_sync_state", 1 },
		{ "vgic_", 1 },
		{ "pkvm_tlb_flush_vmid", 1 },
	};

	/* There is no such call; or it gives a handle, which reserve_vm gives in other trees. */
	if (end == BEHAVIOUR_UNKNOWN || (end == BEHAVIOUR_DONE && !strcmp(op, "init_vm")))
		return 1;
	for (size_t i = 0; i < ARRAY_SIZE(few); i++) {
		if (!strncmp(op, few[i].op, strlen(few[i].op)))
			return few[i].nr;
	}

	return 2;
}

static enum behaviour_end end_of(const char *answer)
{
	if (strstr(answer, ", x0 0xffffffffffffffff"))
		return BEHAVIOUR_UNKNOWN;
	if (strncmp(answer, "returned", 8) || strstr(answer, ", x1 -") ||
	    strstr(answer, ", x0 FFA_ERROR") || strstr(answer, ", x0 0xffffffff"))
		return BEHAVIOUR_REFUSED;

	return BEHAVIOUR_DONE;
}

static void read_actual(struct behaviour_reader *reader, struct behaviour *behaviour)
{
	static const char *const ends[] = { ", ", ", x1 ", ", ESR" };
	char *answer = behaviour->answer, *end;
	bool crashed = strstr(reader->line, ", pc ");

	snprintf(answer, sizeof(behaviour->answer), "%s",
	         reader->line + strlen("       actual   "));
	behaviour->end = end_of(answer);
	end = strstr(answer, ends[nr_answers(behaviour->op, behaviour->end)]);
	if (end)
		*end = '\0';
	end = strstr(answer, crashed ? ", pc " : ", ESR");
	if (end)
		*end = '\0';
	if (!crashed)
		return;
	skip(reader);
	if (peek(reader)) {
		const char *text = reader->line + strspn(reader->line, " ");

		snprintf(behaviour->place, sizeof(behaviour->place), " in %.*s",
		         (int)strcspn(text, " "), text);
	}
}

/* "host OWNED -> NOPAGE" */
static void read_state(struct behaviour *behaviour, struct page *page, bool subject,
                       const char *item)
{
	bool host = !strncmp(item, "host ", 5);
	const char *arrow = strstr(item, " -> ");
	size_t at = strlen(behaviour->changes);
	char text[64];

	if (!arrow || !strncmp(item, "host stage-2", 12) || !strncmp(item, "hyp stage-1", 11))
		return;
	if (!host && strncmp(item, "hyp ", 4))
		return;
	if (page)
		snprintf(host ? page->host : page->hyp, STATE_LEN, "%s", arrow + 4);
	snprintf(text, sizeof(text), "; %s%s", subject ? "" : "other: ", item);
	if (!strstr(behaviour->changes, text))
		snprintf(behaviour->changes + at, sizeof(behaviour->changes) - at, "%s", text);
}

/* @items: "host OWNED -> NOPAGE, refcount 0 -> 1" */
static void read_states(struct behaviour_reader *reader, struct behaviour *behaviour,
                        unsigned long long pa, const char *items)
{
	bool subject = reader->has_subject && reader->subject == pa;
	struct page *page = page_at(reader, pa);

	for (; *items; items += strspn(items, ", ")) {
		char item[64];

		snprintf(item, sizeof(item), "%.*s", (int)strcspn(items, ","), items);
		read_state(behaviour, page, subject, item);
		items += strcspn(items, ",");
	}
}

static void read_change(struct behaviour_reader *reader, struct behaviour *behaviour)
{
	const char *items = strstr(reader->line, "): ");
	unsigned long long pa;
	unsigned int nr = 1;
	char name[64];

	if (!items)
		items = strstr(reader->line, " pages: ");
	if (!items || !parse_place(reader->line + 7, &pa, name, sizeof(name)))
		return;
	sscanf(strchr(reader->line, ')') + 1, ", %u pages", &nr);
	if (strcmp(name, "the host's") && strcmp(name, "host objects"))
		return;
	for (unsigned int n = 0; n < nr; n++)
		read_states(reader, behaviour, pa + n * PAGE, strstr(items, ": ") + 2);
}

bool behaviour_next(struct behaviour_reader *reader, struct behaviour *behaviour)
{
	const char *name;

	while (peek(reader) && !begins_step(reader->line)) {
		if (!strncmp(reader->line, "the host takes back", 19))
			return false;
		skip(reader);
	}
	if (!*reader->next)
		return false;

	memset(behaviour, 0, sizeof(*behaviour));
	name = reader->line + strspn(reader->line, " 0123456789");
	snprintf(behaviour->op, sizeof(behaviour->op), "%.*s", (int)strcspn(name, ":"), name);
	read_condition(reader, behaviour);
	skip(reader);
	while (peek(reader) && !begins_step(reader->line) && !strncmp(reader->line, "       ", 7)) {
		if (!strncmp(reader->line + 7, "actual ", 7))
			read_actual(reader, behaviour);
		else if (strncmp(reader->line + 7, "expected ", 9) && reader->line[7] != ' ')
			read_change(reader, behaviour);
		skip(reader);
	}

	return true;
}
