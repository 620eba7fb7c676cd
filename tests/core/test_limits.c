// SPDX-License-Identifier: GPL-2.0-only
/*
 * Why cmake/kernel/configurations refuses what it refuses: what the emulated CPU lacks. When a test fails here,
 * libunicorn has learned something, and there is an option to be made.
 */
#include <unicorn/unicorn.h>

#include "core/types.h"
#include "tests/replay/cmocka_test.h"

#define CODE 0x10000
#define EL2H 0x3c9

#define HCR_RW BIT(31)
#define HCR_E2H BIT(34)
#define SCR_NS_RW (BIT(0) | BIT(10))

#define INSN_MSR_TCR_EL2_X0 0xd51c2040U
#define INSN_MSR_TCR_EL12_X0 0xd51d2040U
#define INSN_MRS_X1_TCR_EL1 0xd5382041U

static uc_engine *uc;

static u64 read_register(unsigned int op1, unsigned int crn, unsigned int crm, unsigned int op2)
{
	uc_arm64_cp_reg reg = { .op0 = 3, .op1 = op1, .crn = crn, .crm = crm, .op2 = op2 };

	assert_int_equal(uc_reg_read(uc, UC_ARM64_REG_CP_REG, &reg), UC_ERR_OK);
	return reg.val;
}

static void write_register(unsigned int op1, unsigned int crn, unsigned int crm, unsigned int op2,
                           u64 val)
{
	uc_arm64_cp_reg reg = {
		.op0 = 3, .op1 = op1, .crn = crn, .crm = crm, .op2 = op2, .val = val
	};

	assert_int_equal(uc_reg_write(uc, UC_ARM64_REG_CP_REG, &reg), UC_ERR_OK);
}

/* Non-secure EL2, with HCR_EL2.E2H */
static int open_cpu(void **state)
{
	const u32 pstate = EL2H;

	(void)state;
	if (uc_open(UC_ARCH_ARM64, UC_MODE_ARM, &uc) ||
	    uc_ctl_set_cpu_model(uc, UC_CPU_ARM64_MAX) || uc_mem_map(uc, CODE, 0x1000, UC_PROT_ALL))
		return -1;
	write_register(6, 1, 1, 0, SCR_NS_RW);
	uc_reg_write(uc, UC_ARM64_REG_PSTATE, &pstate);
	write_register(4, 1, 1, 0, HCR_RW | HCR_E2H);
	return 0;
}

static int close_cpu(void **state)
{
	(void)state;
	return uc_close(uc);
}

static uc_err run(u32 insn)
{
	assert_int_equal(uc_mem_write(uc, CODE, &insn, sizeof(insn)), UC_ERR_OK);
	return uc_emu_start(uc, CODE, CODE + sizeof(insn), 0, 0);
}

/* --hvhe: kvm_hyp.h's write_sysreg_el1() is an MSR of an _EL12 name there, el2_setup.h names registers of EL1's. */
static void registers_do_not_follow_e2h(void **state)
{
	const u64 val = BIT(23);
	u64 x1 = ~0ULL;

	(void)state;
	assert_true(read_register(4, 1, 1, 0) & HCR_E2H);
	assert_int_equal(run(INSN_MSR_TCR_EL2_X0), UC_ERR_OK);
	assert_int_equal(run(INSN_MSR_TCR_EL12_X0), UC_ERR_EXCEPTION);

	write_register(4, 2, 0, 2, val);
	assert_int_equal(run(INSN_MRS_X1_TCR_EL1), UC_ERR_OK);
	uc_reg_read(uc, UC_ARM64_REG_X1, &x1);
	assert_int_not_equal(x1, val);
}

/* --lpa2: ID_AA64MMFR0_EL1.PARange and TGran4, ID_AA64MMFR2_EL1.VARange (Arm ARM D24.2) */
static void addresses_have_no_52_bits(void **state)
{
	u64 mmfr0 = read_register(0, 0, 7, 0), mmfr2 = read_register(0, 0, 7, 2);

	(void)state;
	assert_int_equal(mmfr0 & 0xf, 4); /* 44 bits */
	assert_int_equal(mmfr0 >> 28 & 0xf, 0); /* 4 KiB, without FEAT_LPA2 */
	assert_int_equal(mmfr2 >> 16 & 0xf, 0); /* 48 bits, without FEAT_LVA */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(registers_do_not_follow_e2h, open_cpu, close_cpu),
		cmocka_unit_test_setup_teardown(addresses_have_no_52_bits, open_cpu, close_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
