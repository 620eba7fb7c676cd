/* SPDX-License-Identifier: GPL-2.0-only */
/* VMs as the model sees them: who they are, which memory they hold, what their stage-2 maps. */
#ifndef EL2FUZZ_VM_H
#define EL2FUZZ_VM_H

#include "core/core.h"

struct model;
struct expectation;

#define MODEL_MAX_SLOTS 1024
#define MODEL_MAX_VMS 8 /* alive at a time */
#define MODEL_MAX_VCPUS 4
#define MODEL_MAX_GUEST_PAGES 256
#define MODEL_MAX_TABLES 256
#define MODEL_MAX_CACHE 512
/* A destroyed VM's pages: for its tables, for its structures. */
#define MODEL_NR_LISTS 2
#define MODEL_MAX_HANDED 4096

/* A page in a guest's stage-2, or a block. */
struct guest_page {
	u64 gfn; /* the first */
	u64 pa;
	int level; /* 3; 2 for a block */
	enum page_state state;
	u8 perm;
	bool old; /* without the access flag: the next access faults */
	bool poisoned; /* taken by force: annotated, maps nothing */
};

/* A page table below the first, by what it translates. */
struct guest_table {
	int level;
	u64 prefix; /* IPA >> (bits that one entry of the level above translates) */
	u32 entries;
};

/* Registers of a guest that its program uses. */
enum guest_reg { GUEST_X0, GUEST_X1, GUEST_X2, GUEST_X3, GUEST_PC, GUEST_PSTATE, NR_GUEST_REGS };

struct guest_regs {
	u64 value[NR_GUEST_REGS];
	bool known[NR_GUEST_REGS];
};

struct model_vcpu {
	bool exists;
	bool loaded;
	u64 host; /* PA of the host's struct kvm_vcpu, pinned */
	u64 mem; /* PA of the hypervisor's, donated */
	u64 sve_state, sve_size; /* of its SVE registers, pinned; 0: it has none */
	/* As EL2 keeps them; those of a protected guest come from the host at each run, and go back. */
	struct guest_regs regs;
	u64 esr, far, hpfar; /* of its last exit, as the hypervisor keeps them */
	u64 cache[MODEL_MAX_CACHE]; /* pages for tables, as a stack */
	u32 nr_cache;
};

enum vm_state {
	VM_FREE,
	VM_RESERVED,
	VM_LIVE,
	VM_DYING,
};

struct model_vm {
	u32 slot;
	bool protected;
	bool sve; /* among the features that its vCPUs have */
	u64 host; /* PA of the host's struct kvm, pinned */
	u64 mem, mem_size; /* the hypervisor's struct and pointers, donated */
	u64 pgd, pgd_size;
	u32 nr_vcpus; /* that it may have */
	u32 refs; /* loaded vCPUs */
	struct model_vcpu vcpus[MODEL_MAX_VCPUS];
	struct guest_page pages[MODEL_MAX_GUEST_PAGES];
	u32 nr_pages;
	struct guest_table tables[MODEL_MAX_TABLES];
	u32 nr_tables;
	/* Pages that came from memcaches and went into tables; in use or in the VM's pool. */
	u64 table_pages[MODEL_MAX_CACHE];
	u32 nr_table_pages;
};

struct vms {
	u8 state[MODEL_MAX_SLOTS]; /* enum vm_state */
	struct model_vm *of_slot[MODEL_MAX_SLOTS];
	bool used[MODEL_MAX_VMS];
	bool any; /* since reset */
	/* loaded on the CPU that issues ops */
	struct model_vm *loaded_vm;
	struct model_vcpu *loaded_vcpu;
	struct model_vm vm[MODEL_MAX_VMS]; /* last: large, and cleared one by one */
};

/** vm_by_handle() - the VM, live or dying, of a handle as the host passes it; NULL if there is none */
struct model_vm *vm_by_handle(struct model *model, u64 handle);

/** vms_reset() - no VMs, no slot taken */
void vms_reset(struct model *model);

/** guest_page_at() - what the guest's stage-2 has for a page; NULL for nothing */
struct guest_page *guest_page_at(struct model_vm *vm, u64 gfn);

/** guest_nr_pages() - of a page or block */
static inline u64 guest_nr_pages(const struct guest_page *page)
{
	return page->level == 3 ? 1 : MAP_BLOCK_SIZE / MAP_PAGE_SIZE;
}

/** guest_pa() - where in it an IPA is */
static inline u64 guest_pa(const struct guest_page *page, u64 ipa)
{
	return page->pa + (ipa - (page->gfn << MAP_PAGE_SHIFT));
}

/** guest_page_in() - the first page or block, from vm->pages[*at] on, that reaches into a range */
struct guest_page *guest_page_in(struct model_vm *vm, u64 gfn, u64 nr_pages, u32 *at);

/**
 * guest_map() - add a page, or a block at @level 2, taking tables from the VM's pool, then from @vcpu's cache
 *
 * Return: the new page, or NULL when the model has no room for it.
 */
struct guest_page *guest_map(struct model *model, struct model_vm *vm, struct model_vcpu *vcpu,
                             u64 gfn, int level);

/** guest_unmap() - remove a page and the tables that it leaves empty */
void guest_unmap(struct model_vm *vm, struct guest_page *page);

/** guest_walk_level() - the level at which a walk for @gfn ends */
int guest_walk_level(struct model_vm *vm, u64 gfn);

/** model_donate_hyp() - pages of the host become the hypervisor's; 0 or the error, nothing done */
s64 model_donate_hyp(struct model *model, u64 pa, u64 size);

/** model_return_host() - pages of the hypervisor become the host's */
void model_return_host(struct model *model, u64 pa, u64 size);

void model_pin(struct model *model, u64 pa, u64 size);
void model_unpin(struct model *model, u64 pa, u64 size);

/** vcpu_field_pa() - where a field of the host's struct kvm_vcpu is */
u64 vcpu_field_pa(const struct model *model, u64 vcpu, enum vcpu_field field);

/** vcpu_read() - what a field holds; false if the model does not know */
bool vcpu_read(const struct model *model, u64 vcpu, enum vcpu_field field, u64 *value);

/** vcpu_store() - the host writes a field; false, with the abort expected, if it cannot */
bool vcpu_store(struct model *model, u64 vcpu, enum vcpu_field field, u64 value,
                struct expectation *expect);

/** vcpu_keeps_regs() - do the registers of the VM's vCPUs stay in EL2, and go to the host on demand? */
bool vcpu_keeps_regs(const struct model *model, const struct model_vm *vm);

/**
 * vcpu_flush() - the registers that the loaded vCPU runs with become those of vms.loaded_vcpu
 *
 * Return: false, with the reason in @expect, if the model cannot tell.
 */
bool vcpu_flush(struct model *model, struct expectation *expect);

/** vcpu_sync() - the vCPU has run: what the host's structure holds now; @fault: also the fault's addresses */
void vcpu_sync(struct model *model, bool fault);

/** vcpu_adjust_pc() - what is pending in the struct kvm_vcpu at @vcpu, which any host memory can be, is done */
void vcpu_adjust_pc(struct model *model, u64 vcpu, struct expectation *expect);

/** vcpu_refill() - take pages from the host's memcache, until there are as many as it says it has */
s64 vcpu_refill(struct model *model, struct model_vcpu *vcpu, struct expectation *expect);

/** vcpu_min_cache() - pages that must be there before a page is mapped */
u32 vcpu_min_cache(const struct model *model);

#endif
