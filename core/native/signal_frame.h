/* SPDX-License-Identifier: GPL-2.0-only */
/* What a signal handler reads of, and writes to, the registers that it interrupted: a part for each machine. */
#ifndef EL2FUZZ_NATIVE_SIGNAL_FRAME_H
#define EL2FUZZ_NATIVE_SIGNAL_FRAME_H

#include "core/types.h"

#include <ucontext.h>

#if defined(__x86_64__)

static inline u64 frame_pc(const ucontext_t *uc)
{
	return uc->uc_mcontext.gregs[REG_RIP];
}

static inline u64 frame_fp(const ucontext_t *uc)
{
	return uc->uc_mcontext.gregs[REG_RBP];
}

static inline u64 frame_sp(const ucontext_t *uc)
{
	return uc->uc_mcontext.gregs[REG_RSP];
}

/* The page fault's error code (Intel SDM 3A 4.7): W/R and I/D */
static inline bool frame_is_write(const ucontext_t *uc)
{
	return uc->uc_mcontext.gregs[REG_ERR] & BIT(1);
}

static inline bool frame_is_fetch(const ucontext_t *uc)
{
	return uc->uc_mcontext.gregs[REG_ERR] & BIT(4);
}

/* The first and the third argument of the function that begins at the PC */
static inline u64 frame_arg0(const ucontext_t *uc)
{
	return uc->uc_mcontext.gregs[REG_RDI];
}

static inline u64 frame_arg2(const ucontext_t *uc)
{
	return uc->uc_mcontext.gregs[REG_RDX];
}

static inline void frame_jump(ucontext_t *uc, u64 pc)
{
	uc->uc_mcontext.gregs[REG_RIP] = pc;
}

#elif defined(__aarch64__)

#include <asm/sigcontext.h>

static inline u64 frame_pc(const ucontext_t *uc)
{
	return uc->uc_mcontext.pc;
}

static inline u64 frame_fp(const ucontext_t *uc)
{
	return uc->uc_mcontext.regs[29];
}

static inline u64 frame_sp(const ucontext_t *uc)
{
	return uc->uc_mcontext.sp;
}

/* ESR_EL1, in one of the records that follow the registers; 0 if there is none */
static inline u64 frame_esr(const ucontext_t *uc)
{
	const u8 *at = (const u8 *)uc->uc_mcontext.__reserved;
	const struct _aarch64_ctx *head = (const void *)at;

	for (; head->magic && head->size; head = (const void *)at) {
		if (head->magic == ESR_MAGIC)
			return ((const struct esr_context *)at)->esr;
		at += head->size;
	}

	return 0;
}

/* ESR_ELx.ISS.WnR of a data abort, ESR_ELx.EC of an instruction abort (Arm ARM D24.2.40) */
static inline bool frame_is_write(const ucontext_t *uc)
{
	return frame_esr(uc) & BIT(6);
}

static inline bool frame_is_fetch(const ucontext_t *uc)
{
	u64 esr = frame_esr(uc);

	return esr ? esr >> 26 == 0x20 : uc->uc_mcontext.fault_address == frame_pc(uc);
}

static inline u64 frame_arg0(const ucontext_t *uc)
{
	return uc->uc_mcontext.regs[0];
}

static inline u64 frame_arg2(const ucontext_t *uc)
{
	return uc->uc_mcontext.regs[2];
}

static inline void frame_jump(ucontext_t *uc, u64 pc)
{
	uc->uc_mcontext.pc = pc;
}

#else
#error "core/native has not been taken to this machine: see docs/native.md"
#endif

#endif
