/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace that makes a VM, for tests over the fake core. */
#ifndef EL2FUZZ_TESTS_VM_TRACE_H
#define EL2FUZZ_TESTS_VM_TRACE_H

#include "tests/oracle/fake_core.h"

#define GFN 0x90000 /* of the guest's first page; then one each */
#define PAGE 40 /* "ram+PAGE" is given to the guest; then one each */
#define CACHE 60 /* and these are for its tables */
#define NR_CACHE 8
#define PROT_RWX 0xf

struct vm_trace {
	const struct core *core;
	struct op ops[128];
	u32 nr_ops;
};

#define OP(trace, name, ...)                          \
	(trace)->ops[(trace)->nr_ops++] = (struct op) \
	{                                             \
		.code = OP_##name, __VA_ARGS__        \
	}

/** trace_make_vm() - a VM with a vCPU that is loaded and has pages for tables, in slot 0 */
void trace_make_vm(struct vm_trace *trace, bool protected);

/** trace_give_pages() - three pages to it, from GFN on */
void trace_give_pages(struct vm_trace *trace, bool protected);

#endif
