/* SPDX-License-Identifier: GPL-2.0-only */
/* An SMC goes to the harness's firmware: the variadic macros find out how many arguments there are. */
#ifndef EL2FUZZ_LINUX_ARM_SMCCC_H
#define EL2FUZZ_LINUX_ARM_SMCCC_H

#include_next <linux/arm-smccc.h>

#undef arm_smccc_1_1_smc
#undef arm_smccc_1_1_hvc

#define EL2FUZZ_NR_ARGS_(a, b, c, d, e, f, g, h, i, n, ...) n
#define EL2FUZZ_NR_ARGS(...) EL2FUZZ_NR_ARGS_(__VA_ARGS__, 9, 8, 7, 6, 5, 4, 3, 2, 1)
#define EL2FUZZ_PASTE_(a, b) a##b
#define EL2FUZZ_PASTE(a, b) EL2FUZZ_PASTE_(a, b)

/* Function id, of which 32 bits count, and up to seven arguments, then where the answer goes */
#define EL2FUZZ_SMC(res, ...)                                                                    \
	do {                                                                                     \
		unsigned long __args[8] = { __VA_ARGS__ };                                       \
		struct arm_smccc_res *__res = (res);                                             \
                                                                                                 \
		__args[0] = (u32)__args[0];                                                      \
		el2fuzz_smc(__args, 8);                                                          \
		if (__res)                                                                       \
			*__res = (typeof(*__res)){ __args[0], __args[1], __args[2], __args[3] }; \
	} while (0)
#define EL2FUZZ_SMC2(a, r) EL2FUZZ_SMC(r, (unsigned long)(a))
#define EL2FUZZ_SMC3(a, b, r) EL2FUZZ_SMC(r, (unsigned long)(a), (unsigned long)(b))
#define EL2FUZZ_SMC4(a, b, c, r) \
	EL2FUZZ_SMC(r, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c))
#define EL2FUZZ_SMC5(a, b, c, d, r)                                                \
	EL2FUZZ_SMC(r, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), \
	            (unsigned long)(d))
#define EL2FUZZ_SMC6(a, b, c, d, e, r)                                             \
	EL2FUZZ_SMC(r, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), \
	            (unsigned long)(d), (unsigned long)(e))
#define EL2FUZZ_SMC7(a, b, c, d, e, f, r)                                          \
	EL2FUZZ_SMC(r, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), \
	            (unsigned long)(d), (unsigned long)(e), (unsigned long)(f))
#define EL2FUZZ_SMC8(a, b, c, d, e, f, g, r)                                       \
	EL2FUZZ_SMC(r, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), \
	            (unsigned long)(d), (unsigned long)(e), (unsigned long)(f),    \
	            (unsigned long)(g))
#define EL2FUZZ_SMC9(a, b, c, d, e, f, g, h, r)                                    \
	EL2FUZZ_SMC(r, (unsigned long)(a), (unsigned long)(b), (unsigned long)(c), \
	            (unsigned long)(d), (unsigned long)(e), (unsigned long)(f),    \
	            (unsigned long)(g), (unsigned long)(h))
#define arm_smccc_1_1_smc(...) EL2FUZZ_PASTE(EL2FUZZ_SMC, EL2FUZZ_NR_ARGS(__VA_ARGS__))(__VA_ARGS__)
#define arm_smccc_1_1_hvc(...) arm_smccc_1_1_smc(__VA_ARGS__)

#endif
