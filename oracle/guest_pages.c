// SPDX-License-Identifier: GPL-2.0-only
/* Pages that go between the host and guests. */
#include "oracle/model.h"

#define BLOCK_PAGES (MAP_BLOCK_SIZE / MAP_PAGE_SIZE)

/* An IPA is a GFN shifted: what does not fit is lost. */
static u64 real_gfn(u64 gfn)
{
	return gfn << MAP_PAGE_SHIFT >> MAP_PAGE_SHIFT;
}

static bool ipa_in_range(const struct model *model, u64 gfn)
{
	return real_gfn(gfn) < BIT(model->map->pa_bits - MAP_PAGE_SHIFT);
}

/* What the host's annotation of a donated page says: whose it is, and where it is mapped there. */
static u64 guest_meta(const struct model *model, const struct model_vm *vm, u64 gfn)
{
	return (model->info->vm_handle_base + vm->slot) | gfn << 16;
}

static bool read_cache(struct model *model, u64 vcpu, enum vcpu_field field, u64 *value)
{
	const struct tree_field *f = &model->info->vcpu_fields[field];

	return model_read_bits(model, vcpu + f->offset, f->size, value);
}

static void write_cache(struct model *model, u64 vcpu, u64 head, u64 nr)
{
	const struct tree_field *f = model->info->vcpu_fields;

	model_expect_memory(model, vcpu + f[VCPU_FIELD_mc_head].offset, 8, head);
	model_expect_memory(model, vcpu + f[VCPU_FIELD_mc_nr].offset, 8, nr);
}

/*
 * The host's list is the host's: each page must be exclusively its own and is donated; the first word
 * of the page, as the host left it, names the next. What was taken stays taken if one cannot be.
 */
s64 vcpu_refill(struct model *model, struct model_vcpu *vcpu, struct expectation *expect)
{
	u64 head, nr, want;
	s64 ret = 0;

	if (!read_cache(model, vcpu->host, VCPU_FIELD_mc_head, &head) ||
	    !read_cache(model, vcpu->host, VCPU_FIELD_mc_nr, &nr)) {
		expect->unmodelled = "a memcache that the model does not know";
		return 0;
	}

	want = nr;
	while (vcpu->nr_cache < want) {
		u64 page = ALIGN_DOWN(head, MAP_PAGE_SIZE), next;

		if (!nr || model_donate_hyp(model, page, MAP_PAGE_SIZE)) {
			ret = E_NOMEM;
			break;
		}
		if (!model_read(model, page, &next) || vcpu->nr_cache == MODEL_MAX_CACHE) {
			expect->unmodelled = "a memcache page that the model does not know";
			return 0;
		}
		vcpu->cache[vcpu->nr_cache++] = page;
		model_forget(model, page, MAP_PAGE_SIZE);
		head = next;
		nr--;
	}
	write_cache(model, vcpu->host, head, nr);

	return ret;
}

static struct model_vcpu *loaded(struct model *model, bool protected)
{
	struct model_vm *vm = model->vms.loaded_vm;

	return vm && vm->protected == protected ? model->vms.loaded_vcpu : NULL;
}

void rule_host_donate_guest(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct model_vcpu *vcpu = loaded(model, true);
	struct model_vm *vm = model->vms.loaded_vm;
	u64 pa = regs[1] << MAP_PAGE_SHIFT, gfn = regs[2];
	struct guest_page *guest;
	struct model_page *page;
	s64 ret = vcpu ? vcpu_refill(model, vcpu, expect) : E_INVAL;

	model_touch(model, pa, MAP_PAGE_SIZE);
	if (!ret)
		ret = model_check_host(model, pa, MAP_PAGE_SIZE, STATE_OWNED);
	if (!ret && !ipa_in_range(model, gfn))
		ret = E_RANGE;
	if (!ret && guest_page_at(vm, real_gfn(gfn)))
		ret = E_PERM;
	if (!ret && vcpu->nr_cache < vcpu_min_cache(model))
		ret = E_NOMEM;
	expect_return(expect, ret);
	if (ret || expect->unmodelled)
		return;

	guest = guest_map(model, vm, vcpu, real_gfn(gfn), 3);
	if (!guest) {
		expect->unmodelled = "more guest pages than the model keeps";
		return;
	}
	guest->pa = pa;
	guest->state = STATE_OWNED;
	guest->perm = PERM_R | PERM_W | PERM_X;
	page = model_change(model, pa);
	page->host = STATE_NOPAGE;
	page->owner = OWNER_GUEST;
	page->meta = guest_meta(model, vm, gfn);
	model_set_access(model, page, ACCESS_DONATED);
}

static s64 check_size(u64 pa, u64 gfn, u64 nr_pages)
{
	if (nr_pages == 1)
		return 0;
	if (nr_pages != BLOCK_PAGES || (pa | gfn << MAP_PAGE_SHIFT) & (MAP_BLOCK_SIZE - 1))
		return E_INVAL;

	return 0;
}

/* The host may share a page with several guests that are not protected, and with nobody else. */
static s64 check_shareable(const struct model *model, u64 pa)
{
	const struct model_page *page = model_page(model, pa);

	if (page->host == STATE_OWNED || (page->host == STATE_SHARED_OWNED && page->host_shares))
		return 0;

	return E_PERM;
}

static s64 check_range(const struct model *model, u64 pfn, u64 nr_pages)
{
	u64 limit = BIT(model->map->pa_bits - MAP_PAGE_SHIFT);
	u64 pa = pfn << MAP_PAGE_SHIFT, size = nr_pages << MAP_PAGE_SHIFT;
	const struct mem_region *reg;

	if (pfn >= limit || limit - pfn < nr_pages)
		return E_INVAL;
	reg = map_region(model->map, pa);
	if (reg && pa + size - reg->base > reg->size)
		return E_INVAL;
	if (!reg) {
		for_each_region(model->map, other) {
			if (other->base > pa && other->base < pa + size)
				return E_INVAL;
		}
	}

	return !reg || reg->nomap ? E_PERM : 0;
}

/* Linux's enum kvm_pgtable_prot, which the host passes as it is. */
static u8 perm_of(const struct model *model, u64 prot)
{
	const struct tree_info *info = model->info;

	return (prot & info->prot_r ? PERM_R : 0) | (prot & info->prot_w ? PERM_W : 0) |
	       (prot & info->prot_px ? PERM_PX : 0) | (prot & info->prot_ux ? PERM_UX : 0);
}

static bool prot_is_valid(const struct model *model, u64 prot)
{
	const struct tree_info *info = model->info;

	return !(prot & ~(info->prot_r | info->prot_w | info->prot_px | info->prot_ux));
}

/* Without FEAT_XNX a page is executable at both EL1 and EL0, or at neither. */
static bool exec_is_possible(const struct model *model, u8 perm)
{
	return model->info->has_xnx || (perm & PERM_X) == 0 || (perm & PERM_X) == PERM_X;
}

/* Page by page: each must be the host's, or shared with other guests of its kind. */
static s64 check_all_shareable(const struct model *model, u64 pa, u64 nr_pages)
{
	s64 ret = 0;

	for (u64 i = 0; i < nr_pages && !ret; i++)
		ret = check_shareable(model, pa + i * MAP_PAGE_SIZE);

	return ret;
}

static s64 check_share(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 pfn = regs[1], gfn = regs[2], nr_pages = regs[3];
	u64 pa = pfn << MAP_PAGE_SHIFT;
	struct model_vcpu *vcpu = loaded(model, false);
	s64 ret = vcpu ? vcpu_refill(model, vcpu, expect) : E_INVAL;
	u32 at = 0;

	if (!ret && !prot_is_valid(model, regs[4]))
		ret = E_INVAL;
	if (!ret && pfn >= BIT(model->map->pa_bits - MAP_PAGE_SHIFT))
		ret = E_INVAL;
	if (!ret)
		ret = check_size(pa, gfn, nr_pages);
	if (!ret)
		ret = check_range(model, pfn, nr_pages);
	if (!ret)
		model_touch(model, pa, nr_pages * MAP_PAGE_SIZE);
	if (!ret && !ipa_in_range(model, gfn))
		ret = E_RANGE;
	if (!ret && guest_page_in(model->vms.loaded_vm, real_gfn(gfn), nr_pages, &at))
		ret = E_PERM;
	if (!ret)
		ret = check_all_shareable(model, pa, nr_pages);
	if (!ret && vcpu->nr_cache < vcpu_min_cache(model))
		ret = E_NOMEM;
	if (!ret && !exec_is_possible(model, perm_of(model, regs[4])))
		ret = E_INVAL;

	return ret;
}

void rule_host_share_guest(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 pa = regs[1] << MAP_PAGE_SHIFT, nr_pages = regs[3];
	struct guest_page *guest;
	s64 ret = check_share(model, regs, expect);

	expect_return(expect, ret);
	if (ret || expect->unmodelled)
		return;

	guest = guest_map(model, model->vms.loaded_vm, model->vms.loaded_vcpu, real_gfn(regs[2]),
	                  nr_pages == 1 ? 3 : 2);
	if (!guest) {
		expect->unmodelled = "more guest pages than the model keeps";
		return;
	}
	guest->pa = pa;
	guest->state = STATE_SHARED_BORROWED;
	guest->perm = perm_of(model, regs[4]);
	for (u64 i = 0; i < nr_pages; i++) {
		struct model_page *page = model_change(model, pa + i * MAP_PAGE_SIZE);

		page->host = STATE_SHARED_OWNED;
		page->host_shares++;
	}
}

static struct model_vm *np_vm(struct model *model, u64 handle)
{
	struct model_vm *vm = vm_by_handle(model, handle);

	return vm && !vm->protected ? vm : NULL;
}

void rule_host_unshare_guest(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct model_vm *vm = np_vm(model, regs[1]);
	struct guest_page *guest;
	s64 ret = vm ? check_size(0, regs[2], regs[3]) : E_INVAL;

	if (!ret && !ipa_in_range(model, regs[2]))
		ret = E_RANGE;
	guest = ret ? NULL : guest_page_at(vm, real_gfn(regs[2]));
	if (!ret && !guest)
		ret = E_NOENT;
	if (!ret && regs[3] != guest_nr_pages(guest))
		ret = E_2BIG;
	expect_return(expect, ret);
	if (ret)
		return;

	for (u64 i = 0; i < regs[3]; i++) {
		struct model_page *page = model_change(model, guest->pa + i * MAP_PAGE_SIZE);

		if (!--page->host_shares)
			page->host = STATE_OWNED;
	}
	guest_unmap(vm, guest);
}

static struct guest_page *mapped_page(struct model_vm *vm, u64 gfn)
{
	struct guest_page *page = guest_page_at(vm, real_gfn(gfn));

	return page && !page->poisoned ? page : NULL;
}

/* What is asked for is added; but who may execute is replaced, if anyone may. The access flag stays. */
void rule_host_relax_perms_guest(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct guest_page *guest;
	u64 prot = regs[2];
	u8 perm = perm_of(model, prot);

	expect_return(expect, E_INVAL);
	if (!loaded(model, false) || !prot_is_valid(model, prot))
		return;
	if (!exec_is_possible(model, perm))
		return;
	if (!ipa_in_range(model, regs[1])) {
		expect_return(expect, E_RANGE);
		return;
	}
	guest = mapped_page(model->vms.loaded_vm, regs[1]);
	expect_return(expect, guest ? 0 : E_AGAIN);
	if (!guest)
		return;
	if (perm & PERM_X)
		guest->perm &= ~PERM_X;
	guest->perm |= perm;
}

void rule_host_mkyoung_guest(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct guest_page *guest;

	expect_return(expect, E_INVAL);
	if (!loaded(model, false))
		return;

	expect_return(expect, 0);
	guest = ipa_in_range(model, regs[1]) ? mapped_page(model->vms.loaded_vm, regs[1]) : NULL;
	if (guest)
		guest->old = false;
}

/* One page, or all pages of a block; 0, or why not. */
static s64 check_guest_range(struct model *model, struct model_vm *vm, u64 gfn, u64 nr_pages)
{
	s64 ret = vm ? check_size(0, gfn, nr_pages) : E_INVAL;

	return !ret && !ipa_in_range(model, gfn) ? E_RANGE : ret;
}

void rule_host_wrprotect_guest(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct model_vm *vm = np_vm(model, regs[1]);
	s64 ret = check_guest_range(model, vm, regs[2], regs[3]);

	expect_return(expect, ret);
	for (u32 at = 0; !ret; at++) {
		struct guest_page *guest = guest_page_in(vm, real_gfn(regs[2]), regs[3], &at);

		if (!guest)
			break;
		guest->perm &= ~PERM_W;
	}
}

void rule_host_test_clear_young_guest(struct model *model, const u64 *regs,
                                      struct expectation *expect)
{
	struct model_vm *vm = np_vm(model, regs[1]);
	s64 ret = check_guest_range(model, vm, regs[2], regs[3]);
	bool young = false, mkold = regs[4];

	/* A page that is not there is not young. */
	expect_return(expect, ret == E_RANGE ? 0 : ret);
	if (ret)
		return;
	for (u32 at = 0;; at++) {
		struct guest_page *guest = guest_page_in(vm, real_gfn(regs[2]), regs[3], &at);

		if (!guest)
			break;
		young |= !guest->old;
		guest->old |= mkold;
	}
	expect_return(expect, young);
}

/* ESR_EL2: class and fault status */
#define ESR_EC(esr) ((esr) >> 26 & 0x3f)
#define EC_IABT_LOW 0x20
#define EC_DABT_LOW 0x24
#define FSC_TYPE(esr) ((esr) & 0x3c)
#define FSC_TRANSLATION 0x04

/* Did the guest's last exit come from a page that was taken by force? */
void rule_vcpu_in_poison_fault(struct model *model, const u64 *regs, struct expectation *expect)
{
	const struct model_vcpu *vcpu = model->vms.loaded_vcpu;
	struct guest_page *guest;
	u64 gfn;

	(void)regs;
	expect_return(expect, E_INVAL);
	if (!vcpu || (ESR_EC(vcpu->esr) != EC_IABT_LOW && ESR_EC(vcpu->esr) != EC_DABT_LOW) ||
	    FSC_TYPE(vcpu->esr) != FSC_TRANSLATION)
		return;

	gfn = (vcpu->hpfar & GENMASK(43, 4)) >> 4;
	guest = guest_page_at(model->vms.loaded_vm, gfn);
	/* Only a walk that ends at the last level can find a poisoned page. */
	if (!ipa_in_range(model, gfn))
		expect_return(expect, E_RANGE);
	else if (guest_walk_level(model->vms.loaded_vm, gfn) == 3)
		expect_return(expect, guest && guest->poisoned);
}

/* Back to the host; cleared first if the guest had it for itself. */
static void take_back(struct model *model, const struct guest_page *guest)
{
	struct model_page *page = model_change(model, guest->pa);

	if (guest->state == STATE_OWNED)
		model_zero(model, guest->pa, MAP_PAGE_SIZE);
	page->host = STATE_OWNED;
	page->meta = 0;
	model_set_access(model, page, ACCESS_LAZY);
}

void rule_reclaim_dying_guest_page(struct model *model, const u64 *regs, struct expectation *expect)
{
	struct model_vm *vm = vm_by_handle(model, regs[1]);
	struct guest_page *guest;
	s64 ret = 0;

	if (!vm || model->vms.state[vm->slot] != VM_DYING)
		ret = E_INVAL;
	else if (!ipa_in_range(model, regs[2]))
		ret = E_RANGE;
	guest = ret ? NULL : guest_page_at(vm, real_gfn(regs[2]));
	if (!ret && !guest)
		ret = E_NOENT;
	else if (guest && !guest->poisoned && guest_nr_pages(guest) > 1)
		ret = E_2BIG; /* get_valid_guest_pte(): a page is asked for, a block is there */
	else if (guest && !guest->poisoned && guest->state == STATE_SHARED_BORROWED)
		ret = E_PERM;
	expect_return(expect, ret);
	/* A page taken by force is the host's already: that is success. */
	if (ret || guest->poisoned)
		return;

	take_back(model, guest);
	guest_unmap(vm, guest);
}

/* A page of a protected guest, taken while the guest lives: the guest finds it poisoned. */
static s64 force_reclaim(struct model *model, u64 pa)
{
	const struct model_page *page = model_page(model, pa);
	struct model_vm *vm = vm_by_handle(model, page->meta & 0xffff);
	struct guest_page *guest;

	if (!vm)
		return E_AGAIN;
	guest = guest_page_at(vm, page->meta >> 16);
	if (!guest)
		return E_NOENT;
	if (guest->poisoned)
		return E_HWPOISON;
	/* Of a VM that is gone, and whose slot was taken again: this one has another page there. */
	if (guest->pa != pa)
		return E_PERM;
	if (guest->state != STATE_OWNED)
		return E_PERM;

	take_back(model, guest);
	guest->poisoned = true;
	return 0;
}

void rule_force_reclaim_guest_page(struct model *model, const u64 *regs, struct expectation *expect)
{
	u64 pa = ALIGN_DOWN(regs[1], MAP_PAGE_SIZE);
	const struct model_page *page = model_page(model, pa);

	model_touch(model, pa, 1);
	if (!page || !map_region(model->map, pa))
		expect_return(expect, E_FAULT);
	else if (page->host != STATE_NOPAGE)
		expect_return(expect, E_AGAIN);
	else if (page->access != ACCESS_DONATED)
		expect_return(expect, E_INVAL);
	else if (page->owner != OWNER_GUEST)
		expect_return(expect, E_PERM);
	else
		expect_return(expect, force_reclaim(model, pa));
}
