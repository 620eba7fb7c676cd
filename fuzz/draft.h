/* SPDX-License-Identifier: GPL-2.0-only */
/* A trace being made: what the generator and its recipes share. */
#ifndef EL2FUZZ_DRAFT_H
#define EL2FUZZ_DRAFT_H

#include "fuzz/generate.h"
#include "fuzz/prng.h"

#define NR_RECENT 4

/* The GFNs that recipes and ops of guests are about: the first is where a guest's program lies. */
#define RECIPE_GFN 0x80000ULL
#define RECIPE_GFNS 8
/* Then as many blocks as this, each where a block may be. */
#define RECIPE_BLOCKS 3

/* A page as all kinds of arguments can name it. */
struct spot {
	u8 place;
	u64 page;
};

/* A VM as the host thinks of it; the hypervisor may have refused. */
struct draft_vm {
	bool made;
	bool shared; /* its struct kvm and struct kvm_vcpu are, from when it was made before */
	bool protected;
	bool sve; /* its vCPUs have all features */
	u64 slot; /* in the hypervisor's table */
	u64 program; /* page in "ram" of its guest's program */
};

struct draft {
	const struct generator *gen;
	struct prng prng;
	u32 limit; /* ops in the trace */
	u64 window; /* first page in "ram" */
	u64 window_pages;
	struct spot recent[NR_RECENT];
	u64 nr_recent; /* ever */

	bool vms; /* the trace is about VMs */
	bool smp; /* several CPUs issue ops */
	struct draft_vm vm[MAP_VMS];
	unsigned int current; /* the VM that things happen to */
	u64 slots; /* a bit for each that is taken */
	bool blocks; /* guests have blocks */
	u64 cache_page; /* next page, in "ram", for page tables */

	bool ffa; /* the trace is about FF-A */
	bool ffa_mapped; /* the host believes */
	u32 ffa_version;
	u64 ffa_sent; /* transactions */
};

/** hostile_number() - a number at which code goes wrong */
u64 hostile_number(struct prng *prng);

/** draft_spot() - a page that ops are about, or a hostile one */
struct spot draft_spot(struct draft *draft);

/** draft_hostile_spot() - a page that is not the host's, or none, or one at an edge */
struct spot draft_hostile_spot(struct draft *draft);

/** draft_recall() - know what is in a trace, and in what state it leaves things */
void draft_recall(struct draft *draft, const struct trace *trace);

/**
 * recipe_append() - what a host does in several ops: make a VM, give it pages, tear it down
 *
 * An op is left out now and then, as a host that makes mistakes would. Return: 0, -1 when the trace
 * is full.
 */
int recipe_append(struct draft *draft, struct trace *trace);

/** recipe_gfn() - one that a guest of the trace may have: of a page, in a block, or at the end of all */
u64 recipe_gfn(struct draft *draft);

/** recipe_ffa() - what a host does in several FF-A calls; the same */
int recipe_ffa(struct draft *draft, struct trace *trace);

/** recipe_ffa_aim() - let a single op be about the host's buffers and transactions */
void recipe_ffa_aim(struct draft *draft, struct op *op);

/** recipe_emit() - append an op, unless the host forgets it or the trace is long enough */
int recipe_emit(struct draft *draft, struct trace *trace, struct op op);

/** draft_hostile_number() - a number at which code goes wrong */
u64 draft_hostile_number(struct draft *draft);

/** smp_append() - another CPU goes on, is turned on, or interferes; 0, -1 without memory */
int smp_append(struct draft *draft, struct trace *trace);

/** smp_switch() - another CPU goes on */
struct op smp_switch(struct draft *draft);

/** recipe_prot() - permissions for a guest's page: mostly all, or fewer, or bits that mean nothing */
u64 recipe_prot(struct draft *draft);

/** recipe_lie() - a field of the VM's structures that is not as it should be */
int recipe_lie(struct draft *draft, struct trace *trace);

/** recipe_sve() - where a vCPU has its SVE registers, and how long they are */
int recipe_sve(struct draft *draft, struct trace *trace, u64 vcpu);

/** recipe_chain() - fill the vCPU's memcache, mostly not as a correct host would */
int recipe_chain(struct draft *draft, struct trace *trace);

/** recipe_aim() - let an op be about the VM that things happen to */
void recipe_aim(struct draft *draft, struct op *op);

#endif
