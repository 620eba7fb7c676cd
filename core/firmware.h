/* SPDX-License-Identifier: GPL-2.0-only */
/* EL3: the firmware that answers EL2's SMCs, the same for every core. */
#ifndef EL2FUZZ_FIRMWARE_H
#define EL2FUZZ_FIRMWARE_H

#include "core/smc.h"

struct firmware {
	struct smc_log log; /* of this step */
};

/** firmware_smc() - answer an SMC of EL2 in @regs, which hold its arguments */
void firmware_smc(struct firmware *fw, u64 regs[SMC_REGS]);

#endif
