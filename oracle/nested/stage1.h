/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stage 1 by its registers and the tables that it has in L1's RAM: L2's own, behind L1's stage 2, or L1's own.
 */
#ifndef EL2FUZZ_NESTED_STAGE1_H
#define EL2FUZZ_NESTED_STAGE1_H

#include "oracle/nested/model.h"

/* EL1&0 is L2's, EL2&0 L1's: KVM has VNCR_EL2 for guests alone whose HCR_EL2.E2H is set for ever. */
enum nested_regime { NESTED_EL10, NESTED_EL20 };

/* What a stage 1 says of an address. */
struct nested_s1 {
	bool off; /* SCTLR_ELx.M is clear */
	bool failed;
	bool s2; /* by stage 2, in a walk of stage 1 */
	u8 fsc;
	bool any_level; /* reported for level 0, or for the first of the walk */
	const char *odd; /* stage 2 is unusual: as in struct nested_l1 */
	u64 pa; /* an IPA, where there is a stage 2 */
	int level;
	unsigned int granule; /* log2 */
	u64 desc;
	bool user, writable;
};

/** nested_walk_s1() - @s2: behind the stage 2 of L1 */
void nested_walk_s1(const struct nested_model *m, const struct nested_vcpu *vcpu,
                    enum nested_regime regime, u64 va, bool s2, struct nested_s1 *s1);

/** nested_asid() - the ASID that a regime runs with */
u16 nested_asid(const struct nested_vcpu *vcpu, enum nested_regime regime);

#endif
