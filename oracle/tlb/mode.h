/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EL2FUZZ_TLB_MODE_H
#define EL2FUZZ_TLB_MODE_H

/* How the TLB rules are looked after. */
enum tlb_mode {
	TLB_OFF,
	TLB_END, /* what a step owes, when it is over */
	TLB_FULL, /* at each event */
	TLB_MODE_COUNT
};

/** tlb_mode_by_name() - "off", "end", "full"; -1 if there is no such mode */
int tlb_mode_by_name(const char *name);

#endif
