// SPDX-License-Identifier: GPL-2.0-only
/* What the AArch64 image has of its own: where the kernel has its memory, a stack, and ways out. */
#include <linux/mm.h>

#include "host.h"

#define STACK_SIZE 0x10000
#define STRUCT_PAGE(pa) (VMEMMAP_START + ((pa) >> PAGE_SHIFT) * sizeof(struct page))

/* enum nested_place; read by the harness before anything runs */
const u64 el2fuzz_places[NESTED_NR_PLACES] = {
	[NESTED_PLACE_pool] = PAGE_OFFSET + NESTED_POOL_PA,
	[NESTED_PLACE_pool_structs] = STRUCT_PAGE(NESTED_POOL_PA),
	[NESTED_PLACE_ram_structs] = STRUCT_PAGE(NESTED_RAM_PA),
	[NESTED_PLACE_sizeof_page] = sizeof(struct page),
};

unsigned long __icache_flags;
char el2fuzz_stack[STACK_SIZE] __aligned(16);

/* Where a call of the harness's returns to, and where host_stop() ends: a BRK each */
asm("	.text\n"
    "	.globl el2fuzz_done\n"
    "el2fuzz_done:\n"
    "	brk #0\n"
    "	.globl el2fuzz_stop\n"
    "el2fuzz_stop:\n"
    "	brk #0\n"
    "	.globl el2fuzz_stack_end\n"
    "	.set el2fuzz_stack_end, el2fuzz_stack + " __stringify(STACK_SIZE) "\n");

void __noreturn __stack_chk_fail(void)
{
	host_stop(NESTED_MISUSE, "the stack was overrun");
}
