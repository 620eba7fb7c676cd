/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef EL2FUZZ_TLB_STORY_H
#define EL2FUZZ_TLB_STORY_H

#include "core/core.h"
#include "oracle/finding.h"
#include "oracle/tlb/rules.h"

/** tlb_tell() - the rule that was broken, as a finding: what was written, what came close, who may still reach what */
void tlb_tell(const struct tlb *tlb, const struct core *core, struct finding *finding);

#endif
