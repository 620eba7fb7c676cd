// SPDX-License-Identifier: GPL-2.0-only
#include "core/guest_insn.h"

#include "core/guest_code.h"
#include "core/syndrome.h"

/* ISS of a trapped WFI or WFE (D24.2.40): condition valid, always */
#define ISS_WFX (BIT(24) | 0xe << 20)
#define ISS_WFE 1

#define ACCESS_R true, false
#define ACCESS_W false, true
#define ACCESS_RW true, true

static const struct guest_sysreg sysregs[] = {
#define G(number, name, op0, op1, crn, crm, op2, trap, access) \
	[number] = { #name, op0, op1, crn, crm, op2, ACCESS_##access, HCR_##trap },
	GUEST_SYSREGS(G)
#undef G
};

const struct guest_sysreg *guest_sysreg(u64 number)
{
	return &sysregs[number % ARRAY_SIZE(sysregs)];
}

struct guest_insn guest_insn_of(const struct op *op, const u64 args[OP_MAX_ARGS])
{
	switch (op->code) {
	case OP_guest_sysreg_read:
		return (struct guest_insn){ GUEST_INSN_MRS, args[2] % ARRAY_SIZE(sysregs) };
	case OP_guest_sysreg_write:
		return (struct guest_insn){ GUEST_INSN_MSR, args[2] % ARRAY_SIZE(sysregs) };
	case OP_guest_wait:
		return (struct guest_insn){ .kind = args[2] ? GUEST_INSN_WFE : GUEST_INSN_WFI };
	case OP_guest_smc:
		return (struct guest_insn){ .kind = GUEST_INSN_SMC };
	default:
		return (struct guest_insn){ .kind = GUEST_INSN_NONE };
	}
}

/* x1 is the program's register for all accesses. */
static u64 iss_of(const struct guest_sysreg *reg, bool read)
{
	return (u64)reg->op0 << 20 | reg->op2 << 17 | reg->op1 << 14 | reg->crn << 10 | 1 << 5 |
	       reg->crm << 1 | read;
}

static enum guest_effect access_effect(struct guest_insn insn, u64 hcr, u64 *esr)
{
	const struct guest_sysreg *reg = guest_sysreg(insn.sysreg);
	bool read = insn.kind == GUEST_INSN_MRS;

	if (!(read ? reg->readable : reg->writable))
		return GUEST_UNDEFINED;
	*esr = ESR_EC(EC_SYS64) | iss_of(reg, read);
	return hcr & reg->trap ? GUEST_TRAPS : GUEST_COMPLETES;
}

enum guest_effect guest_insn_effect(struct guest_insn insn, u64 hcr, u64 *esr)
{
	switch (insn.kind) {
	case GUEST_INSN_MRS:
	case GUEST_INSN_MSR:
		return access_effect(insn, hcr, esr);
	case GUEST_INSN_WFI:
		*esr = ESR_EC(EC_WFX) | ISS_WFX;
		return hcr & HCR_TWI ? GUEST_TRAPS : GUEST_COMPLETES;
	case GUEST_INSN_WFE:
		*esr = ESR_EC(EC_WFX) | ISS_WFX | ISS_WFE;
		return hcr & HCR_TWE ? GUEST_TRAPS : GUEST_COMPLETES;
	case GUEST_INSN_SMC:
		/* Trapped, or taken to an EL3 that is not there for guests. */
		*esr = ESR_EC(EC_SMC64);
		return hcr & HCR_TSC ? GUEST_TRAPS : GUEST_UNDEFINED;
	default:
		return GUEST_UNDEFINED;
	}
}

u64 guest_entry(const struct op *op, const u64 args[OP_MAX_ARGS], u64 x[4])
{
	x[0] = args[2];
	x[1] = args[3];
	x[2] = x[3] = 0;

	switch (op->code) {
	case OP_guest_load:
		return GUEST_CODE_LOAD;
	case OP_guest_store:
		return GUEST_CODE_STORE;
	case OP_guest_hvc:
		return GUEST_CODE_HVC;
	case OP_guest_hvc_args:
		x[1] = 0;
		x[2] = (u32)args[3];
		x[3] = args[3] >> 32;
		return GUEST_CODE_HVC;
	case OP_guest_fetch:
		return GUEST_CODE_JUMP;
	default:
		return GUEST_CODE_TRAP;
	}
}
