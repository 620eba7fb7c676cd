/* SPDX-License-Identifier: GPL-2.0-only */
/* User memory is in the address space of the code under test: copies are the fake host kernel's. */
#ifndef EL2FUZZ_ASM_UACCESS_H
#define EL2FUZZ_ASM_UACCESS_H

#include <linux/bitops.h>
#include <linux/kasan-checks.h>
#include <linux/string.h>

#include <asm/alternative.h>
#include <asm/asm-extable.h>
#include <asm/cpufeature.h>
#include <asm/extable.h>
#include <asm/kernel-pgtable.h>
#include <asm/memory.h>
#include <asm/mmu.h>
#include <asm/mte.h>
#include <asm/ptrace.h>
#include <asm/sysreg.h>

static inline int __access_ok(const void __user *ptr, unsigned long size)
{
	return (unsigned long)ptr + size < PAGE_OFFSET;
}
#define __access_ok __access_ok
#include <asm-generic/access_ok.h>

unsigned long __arch_copy_from_user(void *to, const void __user *from, unsigned long n);
unsigned long __arch_copy_to_user(void __user *to, const void *from, unsigned long n);
unsigned long __arch_clear_user(void __user *to, unsigned long n);
long strncpy_from_user(char *to, const char __user *from, long n);
long strnlen_user(const char __user *from, long n);

#define uaccess_ttbr0_enable() false
#define uaccess_ttbr0_disable() false
#define uaccess_enable_privileged() \
	do {                        \
	} while (0)
#define uaccess_disable_privileged() \
	do {                         \
	} while (0)
#define raw_copy_from_user __arch_copy_from_user
#define raw_copy_to_user __arch_copy_to_user
#define __clear_user __arch_clear_user
#define clear_user __arch_clear_user
#define INLINE_COPY_TO_USER
#define INLINE_COPY_FROM_USER

#define __get_user(x, ptr) (__arch_copy_from_user(&(x), (ptr), sizeof(*(ptr))) ? -EFAULT : 0)
#define get_user __get_user
#define __put_user(x, ptr)                                                           \
	({                                                                           \
		typeof(*(ptr)) __value = (x);                                        \
                                                                                     \
		__arch_copy_to_user((ptr), &__value, sizeof(__value)) ? -EFAULT : 0; \
	})
#define put_user __put_user

#endif
