/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the harness tells the host's side of the boot (host.c), and what it answers. Read by the
 * kernel's compiler flags and by ours, so: fixed widths.
 */
#ifndef EL2FUZZ_BOOT_ARGS_H
#define EL2FUZZ_BOOT_ARGS_H

#include "../cpus.h"

#define BOOT_MAX_CPUS NR_MACHINE_CPUS
#define BOOT_MAX_REGIONS 4

struct boot_args {
	/* in: addresses are physical */
	unsigned long long nr_cpus;
	unsigned long long nr_regions;
	struct {
		unsigned long long base;
		unsigned long long size;
		unsigned long long nomap;
	} regions[BOOT_MAX_REGIONS];
	unsigned long long hva_base; /* kernel VA = hva_base | PA */
	unsigned long long hyp_va_base; /* hyp VA = hyp_va_base + PA */
	unsigned long long hyp_va_bits;
	unsigned long long va_offset; /* of where the host's side runs: VA minus PA */
	struct {
		unsigned long long mpidr;
		unsigned long long online; /* when KVM is initialised */
	} cpus[BOOT_MAX_CPUS];
	unsigned long long percpu[BOOT_MAX_CPUS]; /* already hold the initial per-CPU image */
	unsigned long long stack[BOOT_MAX_CPUS]; /* lowest address */
	unsigned long long boot_stack_top; /* hyp VA: EL2's stack until __pkvm_init has made one */
	unsigned long long pgd; /* of the boot page table */

	/* out */
	unsigned long long pool_pages; /* what __pkvm_init needs */
	unsigned long long
		ffa_pages; /* of these for the FF-A proxy: two mailboxes, then a descriptor */
	unsigned long long pgd_size; /* bytes: first page table of a guest */
	unsigned long long pa_bits;
	unsigned long long init_params[BOOT_MAX_CPUS];
	unsigned long long percpu_base_hva; /* kernel VA of the array of per-CPU bases */
};

#endif
