// SPDX-License-Identifier: GPL-2.0-only
/* test-tlb NAME: play a script of this folder, and see whether it breaks the rule that it says. */
#include "tests/tlb/script.h"

#include <stdio.h>
#include <string.h>

#define SCRIPT_NAME(name) extern const struct script script_##name;
#include "scripts.h"
#undef SCRIPT_NAME

static const struct script *const scripts[] = {
#define SCRIPT_NAME(name) &script_##name,
#include "scripts.h"
#undef SCRIPT_NAME
};

static const struct script *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(scripts); i++) {
		if (!strcmp(scripts[i]->name, name))
			return scripts[i];
	}

	return NULL;
}

int main(int argc, char **argv)
{
	static struct tlb tlb;
	const struct script *script = argc == 2 ? find(argv[1]) : NULL;
	const char *wanted, *broken;

	if (!script) {
		fprintf(stderr, "test-tlb: there is no such script\n");
		return 2;
	}
	tlb_init(&tlb, 12);
	tlb.fwb = tlb.dic = true;
	tlb_add_context(&tlb, &(struct tlb_context){ .stage2 = true, .live = true });
	tlb_add_context(&tlb, &(struct tlb_context){ .live = true });
	tlb_step_begin(&tlb);
	script->play(&tlb);
	tlb_step_end(&tlb);

	wanted = script->rule ? script->rule : tlb_rule_name(TLB_RULE_NONE);
	broken = tlb_rule_name(tlb.broken.rule);
	if (!strcmp(wanted, broken))
		return 0;
	fprintf(stderr, "%s: broken is %s, not %s\n", script->name, broken, wanted);
	return 1;
}
