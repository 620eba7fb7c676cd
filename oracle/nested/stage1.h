/* SPDX-License-Identifier: GPL-2.0-only */
/* L2's own stage 1, by its registers and the tables that it has in L1's RAM, behind L1's stage 2. */
#ifndef EL2FUZZ_NESTED_STAGE1_H
#define EL2FUZZ_NESTED_STAGE1_H

#include "oracle/nested/model.h"

/* What the stage 1 of EL1&0 says of an address. */
struct nested_s1 {
	bool off; /* SCTLR_EL1.M is clear */
	bool failed;
	bool s2; /* by stage 2, in a walk of stage 1 */
	u8 fsc;
	bool any_level; /* reported for level 0, or for the first of the walk */
	const char *odd; /* stage 2 is unusual: as in struct nested_l1 */
	u64 pa; /* an IPA, where there is a stage 2 */
	int level;
	u64 desc;
	bool user, writable;
};

/** nested_walk_s1() - @s2: behind the stage 2 of L1 */
void nested_walk_s1(const struct nested_model *m, const struct nested_vcpu *vcpu, u64 va, bool s2,
                    struct nested_s1 *s1);

#endif
