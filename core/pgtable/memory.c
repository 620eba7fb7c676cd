// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the library needs around it: an allocator that counts, zeroes and poisons, cache and TLB
 * maintenance that only tells, and what it asks of the host kernel.
 */
#include "driver.h"

#ifdef EL2FUZZ_SANITIZED
#include "core/native/sanitize_check.h"
#endif

static u64 *pending; /* the entry that was counted last */
static unsigned int readers; /* how deep in RCU: the hypervisor has none */
static unsigned int nr_unlinked;
static struct {
	void *table;
	s8 level;
} unlinked[64];

void *virt(u64 pa)
{
	return (void *)(pa + shared->va_offset);
}

u64 phys(const void *va)
{
	return (u64)va - shared->va_offset;
}

static u64 page_pa(unsigned int index)
{
	return PGTABLE_POOL_PA + (u64)index * PGTABLE_PAGE_SIZE;
}

static u64 *page_words(unsigned int index)
{
	return virt(page_pa(index));
}

/* Index of the page that a PA or an entry lies in; -1 if it is none of the tables'. */
static int page_index(u64 pa)
{
	u64 index = (pa - PGTABLE_POOL_PA) / PGTABLE_PAGE_SIZE;

	return pa >= PGTABLE_POOL_PA && index < PGTABLE_POOL_PAGES ? index : -1;
}

/* The harness stops by here: it has just happened, and memory is as it is then. */
void __weak noinline el2fuzz_pgtable_event(const struct pgtable_event *event)
{
	barrier_data(event);
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

/*
 * An entry is counted just before it is written, so by the next thing that the library asks for it leads
 * to a table, if it does.
 */
void note_link(void)
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

		if (i < PGTABLE_PGD_PAGES || page_pa(i) == shared->hyp.pgd)
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

/* In the sanitized form, what is not given out is not to be touched; see sanitize_hooks.c. */
static void hide(unsigned int index, bool hidden)
{
#ifdef EL2FUZZ_SANITIZED
	memset(EL2FUZZ_SHADOW((unsigned long)page_words(index)), hidden ? SHADOW_FREE : 0,
	       PGTABLE_PAGE_SIZE / 8);
#endif
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
	hide(index, false);
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

	if (!driver.destroying && is_linked(index))
		shared->misuse |= PGTABLE_FREED_LINKED;
	el2fuzz_pgtable_event(add_event(PGTABLE_FREE, page_pa(index), 0));
	fill(index, PGTABLE_POISON);
	hide(index, true);
	page->refs = 0;
	page->state = PGTABLE_PAGE_FREED;
	shared->used--;
}

/* mm_ops */

/* Between a look at an entry and its change: a good time for somebody else. */
static void let_others_in(void)
{
	void (*others)(const u64 *args) = driver.others;

	note_link();
	driver.others = NULL;
	if (others)
		others(shared->args);
}

static bool may_allocate(struct kvm_mmu_memory_cache *mc)
{
	int *left = mc ? &mc->nobjs : &driver.budget;

	if (*left <= 0)
		return false;
	--*left;
	return true;
}

static void *zalloc_page(void *arg)
{
	unsigned int next;

	let_others_in();
	next = max_t(unsigned int, shared->nr_touched, PGTABLE_PGD_PAGES);
	if ((!shared->nr_free && next == PGTABLE_POOL_PAGES) || !may_allocate(arg))
		return NULL;
	if (shared->nr_free)
		next = shared->free_stack[--shared->nr_free];
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

static void free_exact(void *addr, size_t size)
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

/* A table that was replaced is freed when nobody can be walking it any more. */
static void free_last_unlinked(void)
{
	nr_unlinked--;
	kvm_pgtable_stage2_free_unlinked(&mm_ops[driver.s2_style], unlinked[nr_unlinked].table,
	                                 unlinked[nr_unlinked].level);
}

static void free_unlinked_table(void *addr, s8 level)
{
	note_link();
	if (nr_unlinked == ARRAY_SIZE(unlinked))
		free_last_unlinked();
	unlinked[nr_unlinked].table = addr;
	unlinked[nr_unlinked++].level = level;
	if (!readers)
		free_last_unlinked();
}

static __always_inline struct pgtable_page *counted_page(void *addr)
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
	shared->free_stack[shared->nr_free++] = page - shared->pages;
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
	let_others_in();
	el2fuzz_pgtable_event(add_event(PGTABLE_DCACHE, phys(addr), size));
}

static void icache(void *addr, size_t size)
{
	let_others_in();
	el2fuzz_pgtable_event(add_event(PGTABLE_ICACHE, phys(addr), size));
}

#define COUNTING                                                                    \
	.zalloc_page = zalloc_page, .zalloc_pages_exact = zalloc_pages_exact,       \
	.free_unlinked_table = free_unlinked_table, .get_page = get_page_ref,       \
	.put_page = put_page_ref, .page_count = page_refs, .phys_to_virt = to_virt, \
	.virt_to_phys = to_phys

#define WITH_CACHES \
	.free_pages_exact = free_exact, .dcache_clean_inval_poc = dcache, .icache_inval_pou = icache

struct kvm_pgtable_mm_ops mm_ops[PGTABLE_NR_STYLES] = {
	[PGTABLE_STYLE_host] = { COUNTING },
	[PGTABLE_STYLE_guest] = { COUNTING, WITH_CACHES },
	[PGTABLE_STYLE_kvm] = { COUNTING, WITH_CACHES },
	[PGTABLE_STYLE_early] = {
		.zalloc_page = zalloc_page,
		.get_page = note_entry,
		.put_page = ignore_page,
		.phys_to_virt = to_virt,
		.virt_to_phys = to_phys,
	},
};

/* TLB maintenance */

/* The descriptor that translates an IPA, found without the library's walker. */
static u64 descriptor_of(u64 ipa)
{
	s8 level = driver.s2.start_level;
	const u64 *table = (const u64 *)driver.s2.pgd;
	u64 entry;

	if (!table || ipa >> driver.s2.ia_bits)
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

void memory_begin(void)
{
	pending = NULL;
	readers = nr_unlinked = 0;
	shared->nr_events = 0;
}

void memory_reset(void)
{
	for (unsigned int i = 0; i < shared->nr_touched; i++)
		hide(i, true);
	memset(shared->pages, 0, shared->nr_touched * sizeof(shared->pages[0]));
	shared->misuse = shared->used = shared->nr_touched = shared->nr_free = 0;
}

#ifndef __KVM_NVHE_HYPERVISOR__
void __rcu_read_lock(void)
{
	readers++;
}

void __rcu_read_unlock(void)
{
	if (--readers)
		return;
	while (nr_unlinked)
		free_last_unlinked();
}

void __noreturn __stack_chk_fail(void)
{
	__builtin_trap();
}
#endif
