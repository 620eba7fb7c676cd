// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls the tree's page-table library, one function an op, and is all that the library needs around
 * it: an allocator that counts, and TLB maintenance that only tells. Compiled with the tree's headers
 * and flags, for both machines.
 *
 * What no caller of the library could do is refused (destroying a table that is not there); what a
 * caller could do by mistake is passed on.
 */
#include <linux/kvm_host.h>

#include <asm/kvm_hyp.h>
#include <asm/kvm_mmu.h>
#include <asm/kvm_pgtable.h>
#include <asm/tlbflush.h>

#define EL2FUZZ_PAGE_SHIFT PAGE_SHIFT
#include "op_numbers.h"
#include "shared.h"

void el2fuzz_pgtable_step(struct pgtable_shared *s);
void el2fuzz_pgtable_event(const struct pgtable_event *event);

#define SCALE_OF_CHUNKS 64

static struct pgtable_shared *shared;
static struct kvm_s2_mmu mmu;
static struct kvm_pgtable s2, hyp;
static struct kvm_pgtable_mm_ops mm_ops[PGTABLE_NR_STYLES];
static u8 s2_style, hyp_style;
static bool s2_made, hyp_made;
static s8 unlinked_level[PGTABLE_UNLINKED];
static int budget; /* of allocations without a memcache */
static u16 free_stack[PGTABLE_POOL_PAGES];
static u16 nr_free;
static u64 *pending; /* the entry that was counted last */
static bool destroying; /* a table that nothing walks any more */

/* Memory */

static void *virt(u64 pa)
{
	return (void *)(pa + shared->va_offset);
}

static u64 phys(const void *va)
{
	return (u64)va - shared->va_offset;
}

static u64 *page_words(unsigned int index)
{
	return virt(PGTABLE_POOL_PA + (u64)index * PGTABLE_PAGE_SIZE);
}

/* Index of the page that a PA or an entry lies in; -1 if it is none of the tables'. */
static int page_index(u64 pa)
{
	u64 index = (pa - PGTABLE_POOL_PA) / PGTABLE_PAGE_SIZE;

	return pa >= PGTABLE_POOL_PA && index < PGTABLE_POOL_PAGES ? index : -1;
}

static struct pgtable_event *add_event(u8 kind, u64 addr, u64 size)
{
	static struct pgtable_event overflow;
	u64 i = shared->nr_events++;
	struct pgtable_event *event = i < PGTABLE_MAX_EVENTS ? &shared->events[i] : &overflow;

	event->addr = addr;
	event->size = size;
	event->seen = 0;
	event->kind = kind;
	event->level = PGTABLE_ANY_LEVEL;
	return event;
}

/* The harness stops by here: it has just happened, and memory is as it is then. */
void __weak noinline el2fuzz_pgtable_event(const struct pgtable_event *event)
{
	barrier_data(event);
}

/*
 * An entry is counted just before it is written, so by the next thing that the library asks for it leads
 * to a table, if it does.
 */
static void note_link(void)
{
	u64 entry;
	int index;

	if (!pending)
		return;
	entry = READ_ONCE(*pending);
	index = entry & KVM_PTE_VALID ? page_index(kvm_pte_to_phys(entry)) : -1;
	if (index >= 0 && shared->pages[index].state == PGTABLE_PAGE_USED)
		shared->pages[index].link = phys(pending);
	pending = NULL;
}

/* Do entries lead from the first level of a table to this page? */
static bool is_linked(unsigned int index)
{
	for (int i = index; i >= 0;) {
		u64 link = shared->pages[i].link, entry;

		if (i < PGTABLE_PGD_PAGES || page_words(i) == (u64 *)hyp.pgd)
			return true;
		entry = link ? READ_ONCE(*(u64 *)virt(link)) : 0;
		if (!(entry & KVM_PTE_VALID) || page_index(kvm_pte_to_phys(entry)) != i)
			return false;
		i = page_index(link);
	}
	return false;
}

static void fill(unsigned int index, u64 word)
{
	u64 *words = page_words(index);

	for (unsigned int i = 0; i < PGTABLE_PAGE_SIZE / sizeof(u64); i++)
		words[i] = word;
}

static void check_poison(unsigned int index)
{
	const u64 *words = page_words(index);
	u64 wrong = 0;

	for (unsigned int i = 0; i < PGTABLE_PAGE_SIZE / sizeof(u64); i++)
		wrong |= words[i] ^ PGTABLE_POISON;
	if (wrong)
		shared->misuse |= PGTABLE_WRITTEN_FREED;
}

static void give_out(unsigned int index)
{
	struct pgtable_page *page = &shared->pages[index];

	if (page->state == PGTABLE_PAGE_FREED)
		check_poison(index);
	fill(index, 0);
	page->refs = 1;
	page->state = PGTABLE_PAGE_USED;
	page->link = 0;
	shared->used++;
	if (shared->nr_touched <= index)
		shared->nr_touched = index + 1;
}

static void take_back(unsigned int index)
{
	struct pgtable_page *page = &shared->pages[index];

	if (!destroying && is_linked(index))
		shared->misuse |= PGTABLE_FREED_LINKED;
	el2fuzz_pgtable_event(
		add_event(PGTABLE_FREE, PGTABLE_POOL_PA + (u64)index * PGTABLE_PAGE_SIZE, 0));
	fill(index, PGTABLE_POISON);
	page->refs = 0;
	page->state = PGTABLE_PAGE_FREED;
	shared->used--;
}

/* mm_ops */

static bool may_allocate(struct kvm_mmu_memory_cache *mc)
{
	int *left = mc ? &mc->nobjs : &budget;

	if (*left <= 0)
		return false;
	--*left;
	return true;
}

static void *zalloc_page(void *arg)
{
	unsigned int next =
		shared->nr_touched < PGTABLE_PGD_PAGES ? PGTABLE_PGD_PAGES : shared->nr_touched;

	note_link();
	if ((!nr_free && next == PGTABLE_POOL_PAGES) || !may_allocate(arg))
		return NULL;
	if (nr_free)
		next = free_stack[--nr_free];
	give_out(next);
	return page_words(next);
}

static void *zalloc_pages_exact(size_t size)
{
	note_link();
	if (size > PGTABLE_PGD_PAGES * PGTABLE_PAGE_SIZE || !may_allocate(NULL))
		return NULL;
	for (unsigned int i = 0; i < size / PGTABLE_PAGE_SIZE; i++)
		give_out(i);
	return page_words(0);
}

static void free_pages_exact(void *addr, size_t size)
{
	note_link();
	for (unsigned int i = 0; i < size / PGTABLE_PAGE_SIZE; i++) {
		int index = page_index(phys(addr) + i * PGTABLE_PAGE_SIZE);

		if (index < 0 || shared->pages[index].state != PGTABLE_PAGE_USED) {
			shared->misuse |= PGTABLE_NO_PAGE;
			continue;
		}
		if (shared->pages[index].refs != 1)
			shared->misuse |= PGTABLE_FREED_COUNTED;
		take_back(index);
	}
}

static void free_unlinked_table(void *addr, s8 level)
{
	note_link();
	kvm_pgtable_stage2_free_unlinked(&mm_ops[s2_style], addr, level);
}

static struct pgtable_page *counted_page(void *addr)
{
	int index = page_index(phys(addr));

	note_link();
	if (index >= 0 && shared->pages[index].state == PGTABLE_PAGE_USED)
		return &shared->pages[index];
	shared->misuse |= PGTABLE_NO_PAGE;
	return NULL;
}

static void get_page_ref(void *addr)
{
	struct pgtable_page *page = counted_page(addr);

	if (page)
		page->refs++;
	pending = addr;
}

static void put_page_ref(void *addr)
{
	struct pgtable_page *page = counted_page(addr);

	if (!page || --page->refs)
		return;
	take_back(page - shared->pages);
	free_stack[nr_free++] = page - shared->pages;
}

static int page_refs(void *addr)
{
	struct pgtable_page *page = counted_page(addr);

	return page ? page->refs : 0;
}

/* The hypervisor's first allocator counts nothing. */
static void note_entry(void *addr)
{
	note_link();
	pending = addr;
}

static void ignore_page(void *addr)
{
}

static void *to_virt(phys_addr_t pa)
{
	return virt(pa);
}

static phys_addr_t to_phys(void *va)
{
	return phys(va);
}

static void dcache(void *addr, size_t size)
{
	el2fuzz_pgtable_event(add_event(PGTABLE_DCACHE, phys(addr), size));
}

static void icache(void *addr, size_t size)
{
	el2fuzz_pgtable_event(add_event(PGTABLE_ICACHE, phys(addr), size));
}

static void set_mm_ops(void)
{
	struct kvm_pgtable_mm_ops counting = {
		.zalloc_page = zalloc_page,
		.zalloc_pages_exact = zalloc_pages_exact,
		.free_unlinked_table = free_unlinked_table,
		.get_page = get_page_ref,
		.put_page = put_page_ref,
		.page_count = page_refs,
		.phys_to_virt = to_virt,
		.virt_to_phys = to_phys,
	};

	mm_ops[PGTABLE_STYLE_host] = counting;
	counting.free_pages_exact = free_pages_exact;
	counting.dcache_clean_inval_poc = dcache;
	counting.icache_inval_pou = icache;
	mm_ops[PGTABLE_STYLE_guest] = counting;
	mm_ops[PGTABLE_STYLE_early] = (struct kvm_pgtable_mm_ops){
		.zalloc_page = zalloc_page,
		.get_page = note_entry,
		.put_page = ignore_page,
		.phys_to_virt = to_virt,
		.virt_to_phys = to_phys,
	};
}

static bool force_pte(u64 addr, u64 end, enum kvm_pgtable_prot prot)
{
	return prot != KVM_PGTABLE_PROT_RWX;
}

/* TLB maintenance */

/* The descriptor that translates an IPA, found without the library's walker. */
static u64 descriptor_of(u64 ipa)
{
	s8 level = s2.start_level;
	const u64 *table = (const u64 *)s2.pgd;
	u64 entry;

	if (!table || ipa >> s2.ia_bits)
		return 0;
	entry = table[ipa >> kvm_granule_shift(level)];
	while (level < KVM_PGTABLE_LAST_LEVEL && (entry & 3) == 3) {
		if (page_index(kvm_pte_to_phys(entry)) < 0)
			return 0;
		table = virt(kvm_pte_to_phys(entry));
		level++;
		entry = table[ipa >> kvm_granule_shift(level) & (PTRS_PER_PTE - 1)];
	}
	return entry;
}

static void add_tlbi(u8 kind, u64 ipa, u64 size, int level)
{
	struct pgtable_event *event;

	note_link();
	event = add_event(kind, ipa, size);
	event->seen = descriptor_of(ipa);
	if (level >= 0 && level <= KVM_PGTABLE_LAST_LEVEL)
		event->level = level;
	el2fuzz_pgtable_event(event);
}

void __kvm_tlb_flush_vmid_ipa(struct kvm_s2_mmu *mmu, phys_addr_t ipa, int level)
{
	add_tlbi(PGTABLE_TLBI_IPA, ipa, 0, level);
}

void __kvm_tlb_flush_vmid_ipa_nsh(struct kvm_s2_mmu *mmu, phys_addr_t ipa, int level)
{
	add_tlbi(PGTABLE_TLBI_IPA_NSH, ipa, 0, level);
}

void __kvm_tlb_flush_vmid_range(struct kvm_s2_mmu *mmu, phys_addr_t start, unsigned long pages)
{
	add_tlbi(PGTABLE_TLBI_RANGE, start, (u64)pages << PAGE_SHIFT, PGTABLE_ANY_LEVEL);
}

void __kvm_tlb_flush_vmid(struct kvm_s2_mmu *mmu)
{
	add_tlbi(PGTABLE_TLBI_VMID, 0, 0, PGTABLE_ANY_LEVEL);
}

/* Ops */

static enum kvm_pgtable_prot prot_of(u64 prot)
{
	return (prot & PGTABLE_R ? KVM_PGTABLE_PROT_R : 0) |
	       (prot & PGTABLE_W ? KVM_PGTABLE_PROT_W : 0) |
	       (prot & PGTABLE_PX ? KVM_PGTABLE_PROT_PX : 0) |
	       (prot & PGTABLE_UX ? KVM_PGTABLE_PROT_UX : 0) |
	       (prot & PGTABLE_DEVICE ? KVM_PGTABLE_PROT_DEVICE : 0) |
	       (prot & PGTABLE_NC ? KVM_PGTABLE_PROT_NORMAL_NC : 0) |
	       FIELD_PREP(KVM_PTE_LEAF_ATTR_HI_SW, (prot & PGTABLE_SW) / PGTABLE_SW0);
}

static enum kvm_pgtable_walk_flags flags_of(u64 flags)
{
	return (flags & PGTABLE_SHARED ? KVM_PGTABLE_WALK_SHARED : 0) |
	       (flags & PGTABLE_IGNORE_EAGAIN ? KVM_PGTABLE_WALK_IGNORE_EAGAIN : 0) |
	       (flags & PGTABLE_SKIP_BBM_TLBI ? KVM_PGTABLE_WALK_SKIP_BBM_TLBI : 0) |
	       (flags & PGTABLE_SKIP_CMO ? KVM_PGTABLE_WALK_SKIP_CMO : 0);
}

static enum kvm_pgtable_walk_flags visits_of(u64 flags)
{
	return flags_of(flags) | (flags & PGTABLE_LEAF ? KVM_PGTABLE_WALK_LEAF : 0) |
	       (flags & PGTABLE_TABLE_PRE ? KVM_PGTABLE_WALK_TABLE_PRE : 0) |
	       (flags & PGTABLE_TABLE_POST ? KVM_PGTABLE_WALK_TABLE_POST : 0);
}

static int pages_of(u64 cache)
{
	return cache < PGTABLE_POOL_PAGES ? cache : PGTABLE_POOL_PAGES;
}

static struct kvm_mmu_memory_cache *memcache(u64 cache)
{
	mmu.split_page_cache.nobjs = cache == CACHE_NONE ? 0 : pages_of(cache);
	return cache == CACHE_NONE ? NULL : &mmu.split_page_cache;
}

static u64 vtcr_of(u64 ia_bits)
{
	const u64 mmfr0 = FIELD_PREP(ID_AA64MMFR0_EL1_PARANGE_MASK, ID_AA64MMFR0_EL1_PARANGE_48);

	return kvm_get_vtcr(mmfr0, 0, ia_bits);
}

static bool good_ia_bits(u64 ia_bits)
{
	return ia_bits >= PGTABLE_MIN_IA_BITS && ia_bits <= PGTABLE_MAX_IA_BITS;
}

static s64 s2_init(u64 style, u64 ia_bits, u64 flags, u64 cache)
{
	enum kvm_pgtable_stage2_flags of = (flags & PGTABLE_IDMAP ? KVM_PGTABLE_S2_IDMAP : 0) |
	                                   (flags & PGTABLE_AS_S1 ? KVM_PGTABLE_S2_AS_S1 : 0);
	int ret;

	if (s2.pgd || style >= PGTABLE_STYLE_early || !good_ia_bits(ia_bits))
		return PGTABLE_REFUSED;
	budget = pages_of(cache);
	mmu.pgt = &s2;
	mmu.vtcr = vtcr_of(ia_bits);
	ret = __kvm_pgtable_stage2_init(&s2, &mmu, &mm_ops[style], of,
	                                style == PGTABLE_STYLE_host ? force_pte : NULL);
	if (!ret) {
		s2_style = style;
		s2_made = true;
	}
	return ret;
}

/* As the host destroys a large VM's: in pieces that blocks do not straddle, the first level last. */
static s64 s2_destroy(u64 chunk)
{
	u64 block = kvm_granule_size(KVM_PGTABLE_MIN_BLOCK_LEVEL);
	u64 end = BIT(s2.ia_bits), step;

	if (!s2.pgd || s2_style == PGTABLE_STYLE_host)
		return PGTABLE_REFUSED;
	if (!chunk) {
		kvm_pgtable_stage2_destroy(&s2);
		return 0;
	}
	step = chunk < end / block ? chunk * block : end;
	if (step < end / SCALE_OF_CHUNKS)
		step = ALIGN(end / SCALE_OF_CHUNKS, block);
	for (u64 addr = 0; addr < end; addr += step)
		kvm_pgtable_stage2_destroy_range(&s2, addr, min(step, end - addr));
	kvm_pgtable_stage2_destroy_pgd(&s2);
	return 0;
}

static s64 s2_create_unlinked(u64 slot, u64 to, u64 level, u64 prot, u64 cache, u64 force)
{
	kvm_pte_t *table;

	if (slot >= PGTABLE_UNLINKED || shared->unlinked[slot] || level >= KVM_PGTABLE_LAST_LEVEL ||
	    pgtable_reaches_pool(to, kvm_granule_size(level)))
		return PGTABLE_REFUSED;
	table = kvm_pgtable_stage2_create_unlinked(&s2, to, level, prot_of(prot), memcache(cache),
	                                           force);
	if (IS_ERR(table))
		return PTR_ERR(table);
	shared->unlinked[slot] = phys(table);
	unlinked_level[slot] = level;
	return 0;
}

static s64 s2_free_unlinked(u64 slot)
{
	if (slot >= PGTABLE_UNLINKED || !shared->unlinked[slot])
		return PGTABLE_REFUSED;
	kvm_pgtable_stage2_free_unlinked(&mm_ops[s2_style], virt(shared->unlinked[slot]),
	                                 unlinked_level[slot]);
	shared->unlinked[slot] = 0;
	return 0;
}

static s64 get_leaf(struct kvm_pgtable *pgt, u64 addr)
{
	kvm_pte_t pte = 0;
	s8 level = 0;
	int ret = kvm_pgtable_get_leaf(pgt, addr, &pte, &level);

	shared->value[0] = pte;
	shared->value[1] = level;
	return ret;
}

struct visits {
	u64 nr;
	u64 hash;
	u64 stop;
	int ret;
};

static int visit(const struct kvm_pgtable_visit_ctx *ctx, enum kvm_pgtable_walk_flags when)
{
	struct visits *v = ctx->arg;
	unsigned int kind = when == KVM_PGTABLE_WALK_LEAF      ? PGTABLE_LEAF :
	                    when == KVM_PGTABLE_WALK_TABLE_PRE ? PGTABLE_TABLE_PRE :
	                                                         PGTABLE_TABLE_POST;

	v->hash = PGTABLE_HASH(v->hash, ctx->addr);
	v->hash = PGTABLE_HASH(v->hash, kind | (u64)(ctx->level + 1) << 8);
	return ++v->nr == v->stop ? v->ret : 0;
}

static s64 walk(struct kvm_pgtable *pgt, u64 addr, u64 size, u64 flags, u64 stop, u64 ret)
{
	struct visits v = { .stop = stop, .ret = ret };
	struct kvm_pgtable_walker walker = {
		.cb = visit,
		.arg = &v,
		.flags = visits_of(flags),
	};
	int got = kvm_pgtable_walk(pgt, addr, size, &walker);

	shared->value[0] = v.nr;
	shared->value[1] = v.hash;
	return got;
}

static s64 hyp_init(u64 style, u64 ia_bits, u64 cache)
{
	int ret;

	/*
	 * Less, and the number of levels is that of a negative size; between what the architecture has
	 * and what the library refuses, a TLBI has no room for the address.
	 */
	if (hyp.pgd || style >= PGTABLE_NR_STYLES || !pgtable_good_hyp_bits(ia_bits))
		return PGTABLE_REFUSED;
	budget = pages_of(cache);
	ret = kvm_pgtable_hyp_init(&hyp, ia_bits, &mm_ops[style]);
	if (!ret) {
		hyp_style = style;
		hyp_made = true;
	}
	return ret;
}

static s64 hyp_destroy(void)
{
	if (!hyp.pgd || hyp_style == PGTABLE_STYLE_early)
		return PGTABLE_REFUSED;
	kvm_pgtable_hyp_destroy(&hyp);
	return 0;
}

static s64 s2_op(u64 op, const u64 *a)
{
	switch (op) {
	case PGTABLE_OP_s2_map:
		if (pgtable_reaches_pool(a[2], a[1]))
			return PGTABLE_REFUSED;
		return kvm_pgtable_stage2_map(&s2, a[0], a[1], a[2], prot_of(a[3]), memcache(a[4]),
		                              flags_of(a[5]));
	case PGTABLE_OP_s2_annotate:
		return kvm_pgtable_stage2_annotate(
			&s2, a[0], a[1], memcache(a[4]),
			FIELD_GET(KVM_INVALID_PTE_TYPE_MASK,
		                  FIELD_PREP(KVM_INVALID_PTE_TYPE_MASK, a[2])),
			a[3]);
	case PGTABLE_OP_s2_unmap:
		return kvm_pgtable_stage2_unmap(&s2, a[0], a[1]);
	case PGTABLE_OP_s2_wrprotect:
		return kvm_pgtable_stage2_wrprotect(&s2, a[0], a[1]);
	case PGTABLE_OP_s2_relax_perms:
		return kvm_pgtable_stage2_relax_perms(&s2, a[0], prot_of(a[1]), flags_of(a[2]));
	case PGTABLE_OP_s2_mkyoung:
		kvm_pgtable_stage2_mkyoung(&s2, a[0], flags_of(a[1]));
		return 0;
	case PGTABLE_OP_s2_test_clear_young:
		return kvm_pgtable_stage2_test_clear_young(&s2, a[0], a[1], a[2]);
	case PGTABLE_OP_s2_flush:
		return kvm_pgtable_stage2_flush(&s2, a[0], a[1]);
	case PGTABLE_OP_s2_split:
		return kvm_pgtable_stage2_split(&s2, a[0], a[1],
		                                memcache(a[2] == CACHE_NONE ? 0 : a[2]));
	case PGTABLE_OP_s2_create_unlinked:
		return s2_create_unlinked(a[0], a[1], a[2], a[3], a[4], a[5]);
	case PGTABLE_OP_s2_free_unlinked:
		return s2_free_unlinked(a[0]);
	case PGTABLE_OP_s2_get_leaf:
		return get_leaf(&s2, a[0]);
	case PGTABLE_OP_s2_walk:
		return walk(&s2, a[0], a[1], a[2], a[3], a[4]);
	default:
		return PGTABLE_REFUSED;
	}
}

static s64 hyp_op(u64 op, const u64 *a)
{
	switch (op) {
	case PGTABLE_OP_hyp_map:
		if (pgtable_reaches_pool(a[2], a[1]))
			return PGTABLE_REFUSED;
		budget = pages_of(a[4]);
		return kvm_pgtable_hyp_map(&hyp, a[0], a[1], a[2], prot_of(a[3]));
	case PGTABLE_OP_hyp_unmap:
		shared->value[0] = kvm_pgtable_hyp_unmap(&hyp, a[0], a[1]);
		return 0;
	case PGTABLE_OP_hyp_get_leaf:
		return get_leaf(&hyp, a[0]);
	case PGTABLE_OP_hyp_walk:
		return walk(&hyp, a[0], a[1], a[2], a[3], a[4]);
	default:
		return PGTABLE_REFUSED;
	}
}

static s64 perform(u64 op, const u64 *a)
{
	switch (op) {
	case PGTABLE_OP_s2_init:
		return s2_init(a[0], a[1], a[2], a[3]);
	case PGTABLE_OP_s2_destroy:
		destroying = true;
		return s2_destroy(a[0]);
	case PGTABLE_OP_s2_pgd_size:
		return good_ia_bits(a[0]) ? (s64)kvm_pgtable_stage2_pgd_size(vtcr_of(a[0])) :
		                            PGTABLE_REFUSED;
	case PGTABLE_OP_hyp_init:
		return hyp_init(a[0], a[1], a[2]);
	case PGTABLE_OP_hyp_destroy:
		destroying = true;
		return hyp_destroy();
	}
	if (op < PGTABLE_OP_hyp_init)
		return s2_made ? s2_op(op, a) : PGTABLE_REFUSED;
	return hyp_made ? hyp_op(op, a) : PGTABLE_REFUSED;
}

static void reset(void)
{
	for (unsigned int i = 0; i < shared->nr_touched; i++)
		memset(&shared->pages[i], 0, sizeof(shared->pages[i]));
	memset(shared->unlinked, 0, sizeof(shared->unlinked));
	memset(&s2, 0, sizeof(s2));
	memset(&hyp, 0, sizeof(hyp));
	s2_made = hyp_made = false;
	nr_free = 0;
	shared->misuse = shared->used = shared->nr_touched = 0;
	set_mm_ops();
}

static void tell_root(struct pgtable_root *root, const struct kvm_pgtable *pgt)
{
	root->pgd = pgt->pgd ? phys(pgt->pgd) : 0;
	root->ia_bits = pgt->ia_bits;
	root->start_level = pgt->start_level;
}

/**
 * el2fuzz_pgtable_step() - do what the harness asks for
 * @s: always the same
 */
void el2fuzz_pgtable_step(struct pgtable_shared *s)
{
	shared = s;
	pending = NULL;
	destroying = false;
	s->nr_events = 0;
	s->value[0] = s->value[1] = s->value[2] = 0;
	budget = 0;
	if (!s->op) {
		reset();
		s->ret = 0;
	} else {
		s->ret = perform(s->op, s->args);
	}
	note_link();
	tell_root(&s->s2, &s2);
	tell_root(&s->hyp, &hyp);
}
