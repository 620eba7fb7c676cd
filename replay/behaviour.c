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

static void read_condition(struct behaviour_reader *reader, struct behaviour *behaviour)
{
	const char *arg = strchr(reader->line, ',');
	char name[64];

	reader->has_subject = false;
	behaviour->condition[0] = '\0';
	while (arg && !reader->has_subject) {
		const char *value = strchr(arg + 2, ' '), *end = strchr(arg + 1, ',');
		char text[128];

		snprintf(text, sizeof(text), "%.*s",
		         value ? (int)((end ? end : value + strlen(value)) - value - 1) : 0,
		         value ? value + 1 : "");
		reader->has_subject = parse_place(text, &reader->subject, name, sizeof(name));
		arg = end;
	}
	if (!reader->has_subject)
		return;

	reader->subject = reader->subject / PAGE * PAGE;
	if (!strcmp(name, "the host's") || !strcmp(name, "host objects")) {
		const struct page *page = page_at(reader, reader->subject);

		snprintf(behaviour->condition, sizeof(behaviour->condition), "host %s, hyp %s",
		         page ? page->host : "?", page ? page->hyp : "?");
	} else {
		snprintf(behaviour->condition, sizeof(behaviour->condition), "%s", name);
	}
}

static void add(struct behaviour *behaviour, const char *prefix, const char *text, int len)
{
	size_t at = strlen(behaviour->result);

	snprintf(behaviour->result + at, sizeof(behaviour->result) - at, "%s%.*s", prefix, len,
	         text);
}

/* A register of an access is what was there. */
static bool answers(const char *op)
{
	static const char *const silent[] = { "host_load",   "host_store", "host_fetch",
		                              "kvm_set",     "vcpu_set",   "memcache_push",
		                              "guest_code",  "on_cpu",     "ffa_describe",
		                              "ffa_range",   "ffa_set",    "ffa_fill",
		                              "spmd_answer", "spmd_data" };

	for (size_t i = 0; i < ARRAY_SIZE(silent); i++) {
		if (!strcmp(op, silent[i]))
			return false;
	}

	return true;
}

/* What the host left in a register: an address, another one in each tree, or all in a call refused. */
static void cut_address(struct behaviour *behaviour)
{
	char *x1 = strstr(behaviour->result, ", x1 0x");

	if (x1 && (strlen(x1) > strlen(", x1 0x") + 4 ||
	           strstr(behaviour->result, "x0 0xffffffffffffffff")))
		*x1 = '\0';
}

static void read_actual(struct behaviour_reader *reader, struct behaviour *behaviour)
{
	const char *text = reader->line + strlen("       actual") + 3, *end;

	end = strstr(text, answers(behaviour->op) ? ", ESR" : ", ");
	if (!end)
		end = strstr(text, ", pc ");
	add(behaviour, "", text, end ? (int)(end - text) : (int)strlen(text));
	cut_address(behaviour);
	if (!strstr(text, ", pc "))
		return;
	/* A crash has its place in the next line. */
	end = strstr(behaviour->result, ", pc ");
	if (end)
		behaviour->result[end - behaviour->result] = '\0';
	skip(reader);
	if (peek(reader)) {
		text = reader->line + strspn(reader->line, " ");
		add(behaviour, " in ", text, (int)strcspn(text, " "));
	}
}

/* "host OWNED -> NOPAGE" */
static void read_state(struct behaviour *behaviour, struct page *page, bool subject,
                       const char *item)
{
	bool host = !strncmp(item, "host ", 5);
	const char *arrow = strstr(item, " -> ");

	if (!arrow || !strncmp(item, "host stage-2", 12) || !strncmp(item, "hyp stage-1", 11))
		return;
	if (!host && strncmp(item, "hyp ", 4))
		return;
	if (page)
		snprintf(host ? page->host : page->hyp, STATE_LEN, "%s", arrow + 4);
	add(behaviour, subject ? "; " : "; other: ", item, 64);
}

static void read_change(struct behaviour_reader *reader, struct behaviour *behaviour)
{
	char *items = strstr(reader->line, "): "), name[64], *rest;
	unsigned long long pa;
	unsigned int nr = 1;

	if (!items || !parse_place(reader->line + 7, &pa, name, sizeof(name))) {
		items = strstr(reader->line, " pages: ");
		if (!items || !parse_place(reader->line + 7, &pa, name, sizeof(name)))
			return;
	}
	sscanf(strchr(reader->line, ')') + 1, ", %u pages", &nr);
	if (strcmp(name, "the host's") && strcmp(name, "host objects"))
		return;
	items = strstr(items, ": ") + 2;
	for (char *item = strtok_r(items, ",", &rest); item; item = strtok_r(NULL, ",", &rest)) {
		item += *item == ' ';
		for (unsigned int n = 0; n < nr && n < 16; n++) {
			struct behaviour ignored = { 0 };

			read_state(n ? &ignored : behaviour, page_at(reader, pa + n * PAGE),
			           reader->has_subject && reader->subject == pa, item);
		}
	}
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
		else if (!strcmp(reader->line + 7, "the tree has no such op"))
			add(behaviour, "", "no such op", 10);
		else if (strncmp(reader->line + 7, "expected ", 9) && reader->line[7] != ' ')
			read_change(reader, behaviour);
		skip(reader);
	}

	return true;
}
