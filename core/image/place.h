/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the host puts into memory before it starts the hypervisor: the image, what follows it, and two
 * pages of its own at EL1. The same on every core, so that a page of a trace is the same page.
 */
#ifndef EL2FUZZ_PLACE_H
#define EL2FUZZ_PLACE_H

#include "core/image/image.h"
#include "core/tree/boot_args.h"
#include "core/tree_info.h"

#define PKVM_INIT_ARGS 5

/* The host's own code and vectors at EL1: two pages of host memory. */
struct el1_code {
	u64 page;
	u64 resume; /* where a hypercall returns to */
	u64 load, load_done;
	u64 store, store_done;
	u64 vectors;
	u64 sync_vector; /* where an injected abort arrives */
};

struct placement {
	struct boot_args boot;
	struct el1_code el1;
	u64 boot_pgd; /* table until __pkvm_init switches to its own */
	u64 boot_stack; /* stack until then */
};

/**
 * place_image() - carve out memory as the AArch64 image is linked, write EL1's code
 *
 * boot.percpu, .stack and the regions are filled in; the per-CPU areas are left to the caller.
 */
int place_image(struct placement *place, const struct image *image, struct memory_map *map,
                const struct phys *phys, struct error *err);

/**
 * place_pool() - carve out what boot.pool_pages asks for, and say so to __pkvm_init
 * @args: its arguments
 *
 * Return: how many arguments; -1 if there is no room.
 */
int place_pool(const struct placement *place, struct memory_map *map, const struct tree_info *info,
               u64 args[PKVM_INIT_ARGS], struct error *err);

/** place_finish() - take away what only the boot needed, so that the host finds none of it */
void place_finish(const struct placement *place, const struct phys *phys);

#endif
