/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program that guests run: one load, store, hypercall, trapping instruction or jump, then a hypercall that EL2 leaves to the
 * host. The host writes it into a page (guest_code), and gives the page to the guest at GUEST_CODE_IPA.
 */
#ifndef EL2FUZZ_GUEST_CODE_H
#define EL2FUZZ_GUEST_CODE_H

#define GUEST_CODE_IPA 0x80000000ULL
#define GUEST_CODE_OFFSET 0xf00ULL /* into its page, out of the way of data */

#define GUEST_CODE_LOAD 0x00
#define GUEST_CODE_STORE 0x08
#define GUEST_CODE_HVC 0x10
#define GUEST_CODE_EXIT 0x18
#define GUEST_CODE_EXITED 0x20 /* preferred return address of the last hypercall */
#define GUEST_CODE_TRAP 0x28 /* an instruction that may trap, then exit */
#define GUEST_CODE_JUMP 0x30 /* to x0 */
#define GUEST_CODE_SIZE 0x38

/* LDR and STR (immediate, unsigned offset, 64 bits; Arm ARM C6): the program's only accesses */
#define INSN_LDR_STR_MASK 0xff800000U
#define INSN_LDR_STR 0xf9000000U
#define INSN_IS_LOAD BIT(22)

/* HLT, undefined where nothing is to halt: it stands for what the op says, see guest_insn.h */
#define INSN_ANY 0xd44175a0U
#define INSN_RET_X0 0xd65f0000U

/* A function id that means nothing to pKVM, so that a guest's exit reaches the host. */
#define GUEST_EXIT_ID 0xbad0ULL

static const unsigned long long guest_code[GUEST_CODE_SIZE / 8] = {
	0x14000005f9400001ULL, /* ldr x1, [x0]; b exit */
	0x14000003f9000001ULL, /* str x1, [x0]; b exit */
	0xaa0003e3d4000002ULL, /* hvc #0; mov x3, x0 */
	0xd4000002d2975a00ULL, /* exit: mov x0, #GUEST_EXIT_ID; hvc #0 */
	0xd503201f17fffffeULL, /* b exit: a guest that is run on exits again */
	0x17fffffbd44175a0ULL, /* hlt #0xbad; b exit */
	0xd503201fd65f0000ULL, /* ret x0: BR would leave PSTATE.BTYPE set */
};

#endif
