/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a step did, in words that any two trees have in common: what the host was answered, and how pages
 * changed hands. Not how tables are made, what is counted, or where the hypervisor keeps things.
 */
#ifndef EL2FUZZ_BEHAVIOUR_H
#define EL2FUZZ_BEHAVIOUR_H

#include "core/types.h"

/* How far it got */
enum behaviour_end {
	BEHAVIOUR_DONE,
	BEHAVIOUR_REFUSED, /* or EL2 crashed */
	BEHAVIOUR_UNKNOWN, /* there is no such call */
};

struct behaviour {
	char op[48];
	char condition[96]; /* whose the page was that the op is about */
	char answer[128]; /* "": the tree has no such op */
	char place[64]; /* of a crash: the function, which compilers may call otherwise */
	char changes[256]; /* of pages, each told once: "; host OWNED -> NOPAGE" */
	enum behaviour_end end;
};

/* An explanation that is read step by step. */
struct behaviour_reader;

/** behaviour_open() - @text is what client_explain() wrote; NULL without memory */
struct behaviour_reader *behaviour_open(const char *text);
void behaviour_close(struct behaviour_reader *reader);

/** behaviour_next() - the next step; false after the last one of the trace itself */
bool behaviour_next(struct behaviour_reader *reader, struct behaviour *behaviour);

#endif
