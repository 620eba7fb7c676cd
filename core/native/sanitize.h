/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the sanitized image and the harness agree on: where the shadow of EL2's memory is, and what is known
 * of each page. Read under the kernel's headers and flags and by ours, so: no includes.
 *
 * A byte of shadow stands for eight bytes of memory, as AddressSanitizer has it. The offset puts the shadow
 * of all that EL2 can name, and of its stack, right below what it can name.
 */
#ifndef EL2FUZZ_NATIVE_SANITIZE_H
#define EL2FUZZ_NATIVE_SANITIZE_H

#define EL2FUZZ_SHADOW_OFFSET 0x100000000000UL
/* From the private mappings up to the top of a process */
#define EL2FUZZ_SHADOWED_START 0x200000000000UL
#define EL2FUZZ_SHADOWED_END 0x800000000000UL
#define EL2FUZZ_SHADOW(addr) ((signed char *)(((addr) >> 3) + EL2FUZZ_SHADOW_OFFSET))

/* A page of the linear map. */
struct el2fuzz_note {
	void *lock; /* without which EL2 must not write to it, or NULL */
	unsigned short hidden; /* bytes at its end that EL2 has no business with */
	unsigned char listed; /* as not being what it was at the snapshot */
};

/* One for each page of the linear map; the harness's memory. */
extern struct el2fuzz_note *el2fuzz_notes;

/** el2fuzz_sanitize_start() - EL2 is initialised: what it writes from now on needs a lock */
void el2fuzz_sanitize_start(void *hyp_pool, void *host_pool, void *vm_table, void *vm_table_lock);

/** el2fuzz_sanitize_reset() - memory is as it was at el2fuzz_sanitize_start() */
void el2fuzz_sanitize_reset(void);

#endif
