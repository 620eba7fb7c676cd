// SPDX-License-Identifier: GPL-2.0-only
#include "core/guest_insn.h"
#include "tests/replay/cmocka_test.h"

static enum guest_effect effect(unsigned int code, u64 arg, u64 hcr, u64 *esr)
{
	const struct op op = { .code = code };
	const u64 args[OP_MAX_ARGS] = { 0, 0, arg };

	return guest_insn_effect(guest_insn_of(&op, args), hcr, esr);
}

static void a_trap_bit_decides(void **state)
{
	u64 esr;

	(void)state;
	for (u64 n = 0; n < NR_GUEST_SYSREGS; n++) {
		const struct guest_sysreg *reg = guest_sysreg(n);

		for (int write = 0; write < 2; write++) {
			unsigned int code = write ? OP_guest_sysreg_write : OP_guest_sysreg_read;
			bool may = write ? reg->writable : reg->readable;

			assert_int_equal(effect(code, n, 0, &esr),
			                 may ? GUEST_COMPLETES : GUEST_UNDEFINED);
			assert_int_equal(effect(code, n, ~reg->trap, &esr),
			                 may ? GUEST_COMPLETES : GUEST_UNDEFINED);
			assert_int_equal(effect(code, n, reg->trap, &esr),
			                 may ? GUEST_TRAPS : GUEST_UNDEFINED);
		}
	}
	assert_int_equal(effect(OP_guest_wait, 0, HCR_TWI, &esr), GUEST_TRAPS);
	assert_int_equal(effect(OP_guest_wait, 0, HCR_TWE, &esr), GUEST_COMPLETES);
	assert_int_equal(effect(OP_guest_wait, 1, HCR_TWE, &esr), GUEST_TRAPS);
	assert_int_equal(effect(OP_guest_smc, 0, HCR_TSC, &esr), GUEST_TRAPS);
}

static void a_syndrome_is_as_the_architecture_has_it(void **state)
{
	u64 esr;

	(void)state;
	/* mrs x1, ctr_el0 */
	effect(OP_guest_sysreg_read, GUEST_SYSREG_ctr_el0, HCR_TID2, &esr);
	assert_int_equal(esr, 0x6232c021);
	/* msr csselr_el1, x1 */
	effect(OP_guest_sysreg_write, GUEST_SYSREG_csselr_el1, HCR_TID2, &esr);
	assert_int_equal(esr, 0x62308020);
	effect(OP_guest_wait, 0, HCR_TWI, &esr);
	assert_int_equal(esr, 0x07e00000);
	effect(OP_guest_wait, 1, HCR_TWE, &esr);
	assert_int_equal(esr, 0x07e00001);
	effect(OP_guest_smc, 0, HCR_TSC, &esr);
	assert_int_equal(esr, 0x5e000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trap_bit_decides),
		cmocka_unit_test(a_syndrome_is_as_the_architecture_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
