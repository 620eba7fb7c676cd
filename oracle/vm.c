// SPDX-License-Identifier: GPL-2.0-only
/* VMs: slots, creation, teardown. */
#include "oracle/model.h"

#include <string.h>

/* Errors of the hypervisor leave its own state as it was; contents may have been cleared. */

static u64 slot_of(const struct model *model, u64 handle)
{
	return (u32)((handle & model->info->vm_handle_mask) - model->info->vm_handle_base);
}

struct model_vm *vm_by_handle(struct model *model, u64 handle)
{
	u64 slot = slot_of(model, handle);

	return slot < model->info->vm_slots ? model->vms.of_slot[slot] : NULL;
}

void vms_reset(struct model *model)
{
	if (model->vms.any)
		memset(&model->vms, 0, offsetof(struct vms, vm));
}

static void set_slot(struct model *model, u32 slot, enum vm_state state, struct model_vm *vm)
{
	model->vms.any = true;
	model->vms.state[slot] = state;
	model->vms.of_slot[slot] = vm;
	model->slots_changed = true;
}

void rule_reserve_vm(struct model *model, const u64 *regs, struct expectation *expect)
{
	(void)regs;
	for (u32 slot = 0; slot < model->info->vm_slots; slot++) {
		if (model->vms.state[slot] != VM_FREE)
			continue;
		set_slot(model, slot, VM_RESERVED, NULL);
		expect_return(expect, model->info->vm_handle_base + slot);
		return;
	}

	expect_return(expect, E_NOMEM);
}

/* Only a slot that is reserved and no more than that; anything else is ignored. */
void rule_unreserve_vm(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 slot = slot_of(model, regs[1]);

	(void)expect;
	if (slot < model->info->vm_slots && model->vms.state[slot] == VM_RESERVED)
		set_slot(model, slot, VM_FREE, NULL);
}

s64 model_donate_hyp(struct model *model, u64 pa, u64 size)
{
	s64 ret;

	model_touch(model, pa, size);
	if (pa + size > BIT(model->map->pa_bits))
		return E_INVAL;
	ret = model_check_host(model, pa, size, STATE_OWNED);
	if (!ret && tree_has(model->info, FEATURE_checks_both_sides))
		ret = model_check_hyp(model, pa, size, STATE_NOPAGE);
	if (ret)
		return ret;

	for (u64 at = pa; at < pa + size; at += MAP_PAGE_SIZE) {
		struct model_page *page = model_change(model, at);

		page->host = STATE_NOPAGE;
		page->hyp = STATE_OWNED;
		page->owner = OWNER_HYP;
		page->meta = 0;
		page->allocator = true;
		model_set_access(model, page, ACCESS_DONATED);
		model_set_hyp_map(model, page, PERM_R | PERM_W);
	}

	return 0;
}

void model_return_host(struct model *model, u64 pa, u64 size)
{
	for (u64 at = pa; at < pa + size; at += MAP_PAGE_SIZE) {
		struct model_page *page = model_change(model, at);

		page->host = STATE_OWNED;
		page->hyp = STATE_NOPAGE;
		page->allocator = false;
		page->pins = 0;
		model_set_access(model, page, ACCESS_LAZY);
		model_set_hyp_map(model, page, 0);
	}
}

/* [pa, pa + size), not aligned: the pages that it reaches into. A pinned page is mapped at EL2. */
void model_pin(struct model *model, u64 pa, u64 size)
{
	for (u64 at = ALIGN_DOWN(pa, MAP_PAGE_SIZE); at < pa + size; at += MAP_PAGE_SIZE) {
		struct model_page *page = model_change(model, at);

		if (!page->pins++ && tree_has(model->info, FEATURE_maps_when_pinned))
			model_set_hyp_map(model, page, PERM_R | PERM_W);
	}
}

void model_unpin(struct model *model, u64 pa, u64 size)
{
	for (u64 at = ALIGN_DOWN(pa, MAP_PAGE_SIZE); at < pa + size; at += MAP_PAGE_SIZE) {
		struct model_page *page = model_change(model, at);

		if (!--page->pins && tree_has(model->info, FEATURE_maps_when_pinned))
			model_set_hyp_map(model, page, 0);
	}
}

static bool kvm_field(struct model *model, u64 kvm, enum kvm_field field, u64 *value)
{
	const struct tree_field *f = &model->info->kvm_fields[field];

	*value = 0;
	/* Of a field that the tree has not, there is nothing to know. */
	return !f->size || model_read_bits(model, kvm + f->offset, f->size, value);
}

static struct model_vm *new_vm(struct model *model)
{
	for (int i = 0; i < MODEL_MAX_VMS; i++) {
		if (model->vms.used[i])
			continue;
		model->vms.used[i] = true;
		model->vms.any = true;
		memset(&model->vms.vm[i], 0, sizeof(model->vms.vm[i]));
		return &model->vms.vm[i];
	}

	return NULL;
}

static void free_vm(struct model *model, struct model_vm *vm)
{
	model->vms.used[vm - model->vms.vm] = false;
}

/* Donated memory that turned out not to be needed goes back, cleared. */
static void undo_donation(struct model *model, u64 pa, u64 size)
{
	model_zero(model, pa, size);
	model_return_host(model, pa, ALIGN_UP(size, MAP_PAGE_SIZE));
}

/* The slot that the host has reserved; where none can be, the first free one. */
static u64 choose_slot(const struct model *model, u64 handle)
{
	u64 slot = slot_of(model, handle);

	if (!tree_has(model->info, FEATURE_reserved_slots)) {
		for (slot = 0; slot < model->info->vm_slots; slot++) {
			if (model->vms.state[slot] == VM_FREE)
				break;
		}
		return slot;
	}

	return slot < model->info->vm_slots && model->vms.state[slot] == VM_RESERVED ?
	               slot :
	               model->info->vm_slots;
}

static s64 create_vm(struct model *model, struct model_vm *vm, u64 handle)
{
	u64 slot = choose_slot(model, handle);

	if (vm->mem & (MAP_PAGE_SIZE - 1) ||
	    model_donate_hyp(model, vm->mem, ALIGN_UP(vm->mem_size, MAP_PAGE_SIZE)))
		return E_NOMEM;
	model_zero(model, vm->mem, vm->mem_size);

	if (vm->pgd & (MAP_PAGE_SIZE - 1) || model_donate_hyp(model, vm->pgd, vm->pgd_size)) {
		undo_donation(model, vm->mem, vm->mem_size);
		return E_NOMEM;
	}
	if (slot == model->info->vm_slots) {
		undo_donation(model, vm->mem, vm->mem_size);
		undo_donation(model, vm->pgd, vm->pgd_size);
		return tree_has(model->info, FEATURE_reserved_slots) ? E_INVAL : E_NOMEM;
	}

	vm->slot = slot;
	return 0;
}

/*
 * The host's struct kvm must be shared and is pinned; it says how many vCPUs there may be and which
 * reserved slot to take. Memory for the hypervisor's own structure and first table is donated.
 */
void rule_init_vm(struct model *model, const u64 *regs, struct expectation *expect)
{
	bool reserved = tree_has(model->info, FEATURE_reserved_slots);
	u64 kvm, nr_vcpus, handle, protected, features;
	struct model_vm *vm;
	s64 ret = model_check_pin(model, regs[1], model->info->sizeof_kvm, &kvm);

	expect_return(expect, ret);
	if (ret)
		return;

	model_touch(model, kvm, model->info->sizeof_kvm);
	if (!kvm_field(model, kvm, KVM_FIELD_created_vcpus, &nr_vcpus) ||
	    !kvm_field(model, kvm, KVM_FIELD_handle, &handle) ||
	    !kvm_field(model, kvm, KVM_FIELD_is_protected, &protected) ||
	    !kvm_field(model, kvm, KVM_FIELD_vcpu_features, &features)) {
		expect->unmodelled = "a struct kvm of which the model does not know all";
		return;
	}
	/* Undefined in C: which bits count is the compiler's choice, at each use anew. */
	if (protected > 1) {
		expect->unmodelled = "a bool of the host that is neither true nor false";
		return;
	}
	if (nr_vcpus < 1 || (reserved && handle < model->info->vm_handle_base)) {
		expect_return(expect, E_INVAL);
		return;
	}
	vm = new_vm(model);
	if (!vm) {
		expect->unmodelled = "more VMs than the model keeps";
		return;
	}

	vm->host = kvm;
	vm->protected = protected;
	/* A protected guest gets no feature that EL2 does not know how to keep from it, nor SVE. */
	vm->sve = !protected && features & model->info->feature_sve;
	vm->nr_vcpus = nr_vcpus;
	vm->mem = map_hva_pa(regs[2]);
	vm->mem_size = model->info->sizeof_hyp_vm + nr_vcpus * sizeof(u64);
	vm->pgd = map_hva_pa(regs[3]);
	vm->pgd_size = model->map->arenas[ARENA_PGD].object_size;
	ret = create_vm(model, vm, handle);
	expect_return(expect, ret);
	if (ret) {
		free_vm(model, vm);
		return;
	}

	if (!reserved)
		expect_return(expect, model->info->vm_handle_base + vm->slot);
	model_pin(model, kvm, model->info->sizeof_kvm);
	set_slot(model, vm->slot, VM_LIVE, vm);
}

/* Where a vCPU with SVE keeps these registers: memory that the host shares, as much as its vectors take. */
static s64 check_sve(struct model *model, struct model_vcpu *vcpu, struct expectation *expect)
{
	const struct tree_info *info = model->info;
	u64 vl, state;

	if (!vcpu_read(model, vcpu->host, VCPU_FIELD_sve_max_vl, &vl) ||
	    !vcpu_read(model, vcpu->host, VCPU_FIELD_sve_state, &state)) {
		expect->unmodelled = "the SVE state of a vCPU that the model does not know";
		return 0;
	}
	vl = vl < info->sve_vl_max ? vl : info->sve_vl_max;
	if (!vl || vl % info->sve_vl_unit)
		return E_INVAL;
	vcpu->sve_size = vl / info->sve_vl_unit * info->sve_state_unit;

	return model_check_pin(model, state, vcpu->sve_size, &vcpu->sve_state);
}

/* What init_vcpu answers once its memory is donated; @idx for 0. */
static s64 create_vcpu(struct model *model, struct model_vm *vm, u64 hva, struct model_vcpu *vcpu,
                       u64 *idx, struct expectation *expect)
{
	bool any_order = tree_has(model->info, FEATURE_guest_stage2);
	u64 *host = &vcpu->host, flags, next = 0;
	s64 ret;

	if (!vm)
		return E_NOENT;
	/* In the order of their indices, before guests were EL2's business. */
	while (!any_order && next < vm->nr_vcpus && next < MODEL_MAX_VCPUS &&
	       vm->vcpus[next].exists)
		next++;
	if (next == vm->nr_vcpus)
		return E_INVAL;
	if (model_check_pin(model, hva, model->info->sizeof_vcpu, host))
		return E_BUSY;
	model_touch(model, *host, model->info->sizeof_vcpu);
	if (!vm->protected && any_order) {
		/* The host must have set the ID registers, which are copied. */
		if (!kvm_field(model, vm->host, KVM_FIELD_flags, &flags))
			expect->unmodelled = "flags of a struct kvm that the model does not know";
		else if (!(flags & model->info->flag_id_regs))
			return E_INVAL;
	}
	ret = vm->sve ? check_sve(model, vcpu, expect) : 0;
	if (ret)
		return ret;
	if (!vcpu_read(model, *host, VCPU_FIELD_vcpu_idx, idx)) {
		expect->unmodelled = "a vCPU index that the model does not know";
		return 0;
	}
	if (*idx >= vm->nr_vcpus || (!any_order && *idx != next))
		return E_INVAL;
	if (*idx >= MODEL_MAX_VCPUS) {
		expect->unmodelled = "more vCPUs than the model keeps";
		return 0;
	}

	return vm->vcpus[*idx].exists ? E_INVAL : 0;
}

void rule_init_vcpu(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 size = ALIGN_UP(model->info->sizeof_hyp_vcpu, MAP_PAGE_SIZE);
	u64 mem = map_hva_pa(regs[3]), idx = 0;
	struct model_vcpu vcpu = { .exists = true, .mem = mem };
	struct model_vm *vm;
	s64 ret;

	if (mem & (MAP_PAGE_SIZE - 1) || model_donate_hyp(model, mem, size)) {
		model_touch(model, mem, size);
		expect_return(expect, E_NOMEM);
		return;
	}
	/* The structure is cleared, not the rest of its last page: that is the host's own data. */
	model_zero(model, mem, model->info->sizeof_hyp_vcpu);

	vm = vm_by_handle(model, regs[1]);
	ret = create_vcpu(model, vm, regs[2], &vcpu, &idx, expect);
	expect_return(expect, ret);
	if (expect->unmodelled)
		return;
	if (ret) {
		model_return_host(model, mem, size);
		return;
	}

	/* EL2's copy of the registers is zero until the host's is taken. */
	memset(vcpu.regs.known, true, sizeof(vcpu.regs.known));
	vm->vcpus[idx] = vcpu;
	model_pin(model, vcpu.host, model->info->sizeof_vcpu);
	model_pin(model, vcpu.sve_state, vcpu.sve_size);
}

void rule_start_teardown_vm(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct model_vm *vm = vm_by_handle(model, regs[1]);

	if (!vm || vm->refs || model->vms.state[vm->slot] == VM_DYING) {
		expect_return(expect, E_INVAL);
		return;
	}

	model->vms.state[vm->slot] = VM_DYING;
	expect_return(expect, 0);
}

/* A memcache of the host's struct kvm, to which pages will be pushed. */
static struct page_list *start_list(struct model *model, u64 kvm, enum kvm_field head)
{
	struct page_list *list = &model->lists[model->nr_lists++];

	list->head = kvm + model->info->kvm_fields[head].offset;
	list->tail_known = model_read(model, list->head, &list->tail);
	list->nr_pages = 0;

	return list;
}

/* Its length is what it was and the pages; which of them comes first is the allocator's business. */
static void end_list(struct model *model, struct page_list *list, u64 kvm, enum kvm_field nr_field)
{
	u64 nr_pa = kvm + model->info->kvm_fields[nr_field].offset, nr;

	if (!list->nr_pages)
		return;
	model_forget_bits(model, list->head, sizeof(u64));
	if (model_read(model, nr_pa, &nr))
		model_expect_memory(model, nr_pa, sizeof(u64), nr + list->nr_pages);
}

/*
 * Each page becomes the host's, and links to the one before. Tables are no secret; of EL2's own structures,
 * which hold a guest's registers, nothing may be left (teardown_donated_memory()).
 */
static void hand_back(struct model *model, struct page_list *list, u64 pa, u64 size, bool cleared)
{
	/* To the end of its last page: that is cleared, too. */
	size = ALIGN_UP(size, MAP_PAGE_SIZE);
	model_return_host(model, pa, size);
	model_forget(model, pa, size);
	for (u64 at = pa; at < pa + size && list->nr_pages < MODEL_MAX_HANDED;
	     at += MAP_PAGE_SIZE) {
		list->cleared[list->nr_pages] = cleared;
		list->pages[list->nr_pages++] = at;
	}
}

/* Pages that the host did not take back while it could: it never will. */
static void orphan_pages(struct model *model, const struct model_vm *vm)
{
	for (u32 i = 0; i < vm->nr_pages; i++) {
		const struct guest_page *page = &vm->pages[i];

		for (u64 n = 0; n < guest_nr_pages(page) && !page->poisoned; n++)
			model_change(model, page->pa + n * MAP_PAGE_SIZE)->orphaned++;
	}
}

static void destroy_vm(struct model *model, struct model_vm *vm)
{
	bool two_lists = tree_has(model->info, FEATURE_stage2_teardown_mc);
	struct page_list *tables =
		two_lists ? start_list(model, vm->host, KVM_FIELD_stage2_mc_head) : NULL;
	struct page_list *structs = start_list(model, vm->host, KVM_FIELD_teardown_mc_head);

	if (!tables)
		tables = structs;

	orphan_pages(model, vm);
	hand_back(model, tables, vm->pgd, vm->pgd_size, false);
	for (u32 i = 0; i < vm->nr_table_pages; i++)
		hand_back(model, tables, vm->table_pages[i], MAP_PAGE_SIZE, false);
	for (u32 i = 0; i < MODEL_MAX_VCPUS; i++) {
		struct model_vcpu *vcpu = &vm->vcpus[i];

		if (!vcpu->exists)
			continue;
		model_unpin(model, vcpu->host, model->info->sizeof_vcpu);
		model_unpin(model, vcpu->sve_state, vcpu->sve_size);
		for (u32 j = 0; j < vcpu->nr_cache; j++)
			hand_back(model, tables, vcpu->cache[j], MAP_PAGE_SIZE, false);
		hand_back(model, structs, vcpu->mem, model->info->sizeof_hyp_vcpu, true);
	}
	hand_back(model, structs, vm->mem, vm->mem_size, true);
	if (two_lists)
		end_list(model, tables, vm->host, KVM_FIELD_stage2_mc_nr);
	end_list(model, structs, vm->host, KVM_FIELD_teardown_mc_nr);
	model_unpin(model, vm->host, model->info->sizeof_kvm);
}

/* In one step, if no CPU runs one of its vCPUs. */
void rule_teardown_vm(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct model_vm *vm = vm_by_handle(model, regs[1]);

	if (!vm) {
		expect_return(expect, E_NOENT);
		return;
	}

	expect_return(expect, 0);
	destroy_vm(model, vm);
	set_slot(model, vm->slot, VM_FREE, NULL);
	free_vm(model, vm);
}

void rule_finalize_teardown_vm(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct model_vm *vm = vm_by_handle(model, regs[1]);

	if (!vm || vm->refs || model->vms.state[vm->slot] != VM_DYING) {
		expect_return(expect, E_INVAL);
		return;
	}

	expect_return(expect, 0);
	destroy_vm(model, vm);
	set_slot(model, vm->slot, VM_FREE, NULL);
	free_vm(model, vm);
}

void rule_timer_set_cntvoff(struct model *model, const u64 *regs, struct expectation *expect)
{
	(void)expect;
	model->cntvoff = regs[1];
}
