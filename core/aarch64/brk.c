// SPDX-License-Identifier: GPL-2.0-only
/* What the BRK instructions that compilers put into the kernel's code say. */
#include "core/aarch64/machine.h"
#include "core/syndrome.h"

#include <stdio.h>

#include "tree.h"

/* report_ubsan_failure(), in the words of the native core's sanitizer (core/native/sanitize_hooks.c) */
static const char *ubsan_check(u64 check)
{
	switch (check) {
	case TREE_ubsan_shift:
		return "shift-out-of-bounds";
	case TREE_ubsan_bounds:
		return "array-index-out-of-bounds";
	case TREE_ubsan_division:
		return "division-overflow";
	case TREE_ubsan_invalid:
		return "invalid-value";
	case TREE_ubsan_unreachable:
		return "unreachable";
	default:
		return "undefined-behaviour";
	}
}

/* Where does a conditional branch at @pc lead (Arm ARM C4.1, Branches)? */
static u64 branch_target(u64 pc, u32 insn)
{
	/* imm14 of TBZ and TBNZ, imm19 of the others, both from bit 5 */
	unsigned int width = (insn & 0x7e000000) == 0x36000000 ? 14 : 19;

	return pc + ((s64)((u64)insn << (59 - width)) >> (64 - width)) * 4;
}

/*
 * A function has one BRK for all checks of a kind, which stands on no line: the check is where a branch leads to it
 * from.
 */
static u64 failed_check(const struct cpu *cpu, u64 brk, u32 branch)
{
	u64 pc = cpu->branch_pc;

	return brk == pc + 4 || brk == branch_target(pc, branch) ? pc : brk;
}

void brk_describe(const struct cpu *cpu, u32 insn, u32 branch, struct outcome *out)
{
	struct crash *crash = &out->crash;
	u32 imm = insn >> 5 & 0xffff;
	char what[64];

	crash->esr = ESR_EC(EC_BRK64) | imm;
	if (imm == TREE_bug_brk_imm) {
		out->kind = OUTCOME_EL2_BUG;
	} else if ((imm & ~TREE_ubsan_brk_mask) == TREE_ubsan_brk_imm) {
		out->kind = OUTCOME_EL2_REPORT;
		crash->pc = failed_check(cpu, crash->pc, branch);
		snprintf(what, sizeof(what), "UBSan: %s", ubsan_check(imm & TREE_ubsan_brk_mask));
		crash_report(crash, what, NULL, 0);
	} else if ((imm & ~TREE_cfi_brk_mask) == TREE_cfi_brk_base) {
		out->kind = OUTCOME_EL2_REPORT;
		crash->far = emu_reg(cpu, UC_ARM64_REG_X0 + (imm & TREE_cfi_brk_target));
		crash_report(crash, "CFI: call of a function of another type", NULL, 0);
	}
}
