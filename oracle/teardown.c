// SPDX-License-Identifier: GPL-2.0-only
#include "oracle/teardown.h"

#include <stdio.h>

#define OP_OF(name, ...) ((struct op){ .code = OP_##name, .value = { __VA_ARGS__ } })

/* Shared with the hypervisor, and not in use there. */
static bool can_unshare(const struct model_page *page)
{
	return page->host == STATE_SHARED_OWNED && page->hyp == STATE_SHARED_BORROWED &&
	       !page->pins;
}

bool teardown_needed(const struct model *model)
{
	if (model->vms.any || model->ffa.tx)
		return true;
	for (u32 i = 0; i < model->nr_dirty; i++) {
		if (can_unshare(&model->pages[model->dirty[i]]))
			return true;
	}

	return false;
}

void teardown_begin(struct teardown *td, const struct model *model)
{
	*td = (struct teardown){ .model = model };
}

static const struct model_vm *vm_of(const struct teardown *td)
{
	return &td->model->vms.vm[td->vm];
}

static u64 handle_of(const struct teardown *td)
{
	return td->model->info->vm_handle_base + vm_of(td)->slot;
}

/* On this CPU, then on each other one that has a vCPU. */
static bool next_put(struct teardown *td, struct op *op)
{
	const struct model *model = td->model;

	if (model->vms.loaded_vcpu) {
		*op = OP_OF(vcpu_put);
		return true;
	}
	for (u64 cpu = 0; cpu < NR_MACHINE_CPUS; cpu++) {
		if (cpu == model->cpu || !model->cpus[cpu].on || !model->cpus[cpu].loaded_vcpu)
			continue;
		*op = OP_OF(on_cpu, cpu);
		return true;
	}

	return false;
}

static bool next_start(struct teardown *td, struct op *op)
{
	td->was = ~0U;
	if (td->model->info->hypercall[OP_start_teardown_vm] < 0)
		return false;
	if (td->at++ || td->model->vms.state[vm_of(td)->slot] != VM_LIVE)
		return false;
	*op = OP_OF(start_teardown_vm, handle_of(td));
	return true;
}

/* What a protected guest had for itself, the host must not read. */
static bool next_look(struct teardown *td, struct op *op)
{
	*op = OP_OF(host_load, td->cleared);
	td->cleared = 0;
	return true;
}

/* Each page once. One that is taken leaves the model's list, and another is in its place. */
static bool next_reclaim(struct teardown *td, struct op *op)
{
	const struct model_vm *vm = vm_of(td);
	const struct guest_page *page;

	if (td->cleared)
		return next_look(td, op);
	if (td->was == vm->nr_pages)
		td->at++;
	if (td->at >= vm->nr_pages)
		return false;

	td->was = vm->nr_pages;
	page = &vm->pages[td->at];
	if (vm->protected)
		*op = OP_OF(reclaim_dying_guest_page, handle_of(td), page->gfn);
	else
		*op = OP_OF(host_unshare_guest, handle_of(td), page->gfn, guest_nr_pages(page));
	if (vm->protected && !page->poisoned && page->state == STATE_OWNED)
		td->cleared = page->pa;
	return true;
}

static bool next_finalize(struct teardown *td, struct op *op)
{
	if (td->at++)
		return false;
	if (td->model->info->hypercall[OP_finalize_teardown_vm] < 0)
		*op = OP_OF(teardown_vm, handle_of(td));
	else
		*op = OP_OF(finalize_teardown_vm, handle_of(td));
	return true;
}

static void begin_walk(struct teardown *td)
{
	td->list = 0;
	td->left = 0;
	for (unsigned int i = 0; i < MODEL_NR_LISTS; i++) {
		bool filled = i < td->model->nr_lists;

		td->heads[i] = td->model->lists[i].head;
		td->lengths[i] = filled ? td->model->lists[i].nr_pages : 0;
	}
}

/* Along the memcaches, as free_hyp_memcache() of the host goes: each page must be readable again. */
static bool next_walk(struct teardown *td, const struct outcome *out, struct op *op)
{
	if (!td->at++)
		begin_walk(td);
	if (td->left) {
		td->left--;
		*op = OP_OF(host_load, ALIGN_DOWN(out->regs[1], MAP_PAGE_SIZE));
		return true;
	}
	while (td->list < MODEL_NR_LISTS && !td->lengths[td->list])
		td->list++;
	if (td->list == MODEL_NR_LISTS)
		return false;

	td->left = td->lengths[td->list];
	*op = OP_OF(host_load, td->heads[td->list++]);
	return true;
}

static bool is_ours_alone(const struct model *model, u64 pa)
{
	return model_page(model, pa)->pins == 1;
}

/* What the secure world holds, then the buffers: unless someone else holds on to them, too. */
static bool next_ffa(struct teardown *td, struct op *op)
{
	const struct model_ffa *ffa = &td->model->ffa;

	if (!ffa->tx)
		return false;
	if (!td->at++) {
		td->left = ffa->nr_handles;
		*op = OP_OF(ffa_rx_release);
		return true;
	}
	if (td->left) {
		*op = OP_OF(ffa_mem_reclaim, ffa->handles[--td->left]);
		return true;
	}
	if (!is_ours_alone(td->model, ffa->tx) || !is_ours_alone(td->model, ffa->rx))
		return false;
	*op = OP_OF(ffa_rxtx_unmap, 0);
	return true;
}

static bool next_unshare(struct teardown *td, struct op *op)
{
	const struct model *model = td->model;

	while (td->at < model->nr_dirty) {
		u32 index = model->dirty[td->at++];

		if (!can_unshare(&model->pages[index]))
			continue;
		*op = OP_OF(host_unshare_hyp, map_page_pa(model->map, index) >> MAP_PAGE_SHIFT);
		return true;
	}

	return false;
}

static bool next_unreserve(struct teardown *td, struct op *op)
{
	const struct model *model = td->model;

	while (model->vms.any && td->at < model->info->vm_slots) {
		u32 slot = td->at++;

		if (model->vms.state[slot] != VM_RESERVED)
			continue;
		*op = OP_OF(unreserve_vm, model->info->vm_handle_base + slot);
		return true;
	}

	return false;
}

/* From one VM to the next; to what comes after all VMs, when there is none. */
static void next_stage(struct teardown *td)
{
	td->at = 0;
	td->stage++;
	if (td->stage == TEARDOWN_FFA) {
		td->vm++;
		td->stage = TEARDOWN_START;
	}
	if (td->stage != TEARDOWN_START)
		return;
	while (td->vm < MODEL_MAX_VMS && !td->model->vms.used[td->vm])
		td->vm++;
	if (td->vm == MODEL_MAX_VMS)
		td->stage = TEARDOWN_FFA;
}

bool teardown_next(struct teardown *td, const struct outcome *out, struct op *op)
{
	bool more = false;

	while (!more) {
		switch (td->stage) {
		case TEARDOWN_PUT:
			more = next_put(td, op);
			break;
		case TEARDOWN_START:
			more = next_start(td, op);
			break;
		case TEARDOWN_RECLAIM:
			more = next_reclaim(td, op);
			break;
		case TEARDOWN_FINALIZE:
			more = next_finalize(td, op);
			break;
		case TEARDOWN_WALK:
			more = next_walk(td, out, op);
			break;
		case TEARDOWN_FFA:
			more = next_ffa(td, op);
			break;
		case TEARDOWN_UNSHARE:
			more = next_unshare(td, op);
			break;
		case TEARDOWN_UNRESERVE:
			more = next_unreserve(td, op);
			break;
		case TEARDOWN_DONE:
			return false;
		}
		if (!more)
			next_stage(td);
	}

	return true;
}

/*
 * As after boot, but for what a VM held when it was destroyed: the host had its chance, and from then on
 * nobody can tell the hypervisor to give it back. Nor can anyone where a transaction with the secure world
 * came to nothing after its first fragment: of those EL2 keeps nothing.
 */
static const char *leak(const struct model_page *page, const struct model_page *boot)
{
	if (page->pins)
		return "leak pin";
	if (page->host_shares != (page->host_shares ? page->orphaned : 0))
		return "leak share";
	if (page->orphaned || (page->secure && page->host == STATE_SHARED_OWNED))
		return NULL;
	if (page->host != boot->host || page->hyp != boot->hyp || page->access != boot->access ||
	    (page->access == ACCESS_DONATED && page->owner != boot->owner))
		return boot->host == STATE_OWNED ? "leak page" : "leak page of the hypervisor";

	return page->hyp_perm != boot->hyp_perm ? "leak mapping" : NULL;
}

static int fail_leak(struct check *check, const char *place, u32 index)
{
	const struct model *model = check->model;
	char expected[512], actual[512], where[64], line[640];

	map_describe(model->map, map_page_pa(model->map, index), where, sizeof(where));
	snprintf(line, sizeof(line), "%s: %s", where,
	         describe_model(&model->pages[index], actual, sizeof(actual)));
	return check_fail(check, FINDING_INVARIANT, place,
	                  describe_model(&model->boot[index], expected, sizeof(expected)), line);
}

int check_leaks(struct check *check)
{
	const struct model *model = check->model;

	for (u32 i = 0; i < model->nr_dirty; i++) {
		u32 index = model->dirty[i];
		const char *place = leak(&model->pages[index], &model->boot[index]);

		if (place)
			return fail_leak(check, place, index);
	}
	for (u32 slot = 0; model->vms.any && slot < model->info->vm_slots; slot++) {
		char actual[64];

		if (model->vms.state[slot] == VM_FREE)
			continue;
		snprintf(actual, sizeof(actual), "VM slot %u is taken", slot);
		return check_fail(check, FINDING_INVARIANT, "leak VM slot", "every VM slot free",
		                  actual);
	}

	return 0;
}
