/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the harness calls in the native image, by symbol. Read under the kernel's headers and flags and
 * by ours, so: no includes beside hooks.h.
 */
#ifndef EL2FUZZ_NATIVE_ENTRY_H
#define EL2FUZZ_NATIVE_ENTRY_H

#include "core/native/hooks.h"

/** el2fuzz_prepare() - once, before anything else */
void el2fuzz_prepare(unsigned long hyp_va_base);

/** el2fuzz_init_cpu() - what __kvm_hyp_init does with the CPU's registers */
void el2fuzz_init_cpu(unsigned long params_pa);

/**
 * el2fuzz_start_cpu() - what kvm_hyp_cpu_entry does, or kvm_hyp_cpu_resume if @resume
 *
 * Leaves by hooks.
 */
void el2fuzz_start_cpu(el2fuzz_u64 regs[31], unsigned long params_pa, int resume);

/** el2fuzz_enable_keys() - the static keys that the host turns on before it finalises pKVM */
void el2fuzz_enable_keys(void);

/**
 * el2fuzz_trap() - an exception from EL1: the host's registers in, and out again
 *
 * Returns, or leaves by hooks: host_enter() with @regs written, or one of those that end a step. ESR_EL2
 * and the other syndrome registers are set in el2fuzz_cpu_sysregs before.
 */
void el2fuzz_trap(el2fuzz_u64 regs[31]);

#endif
